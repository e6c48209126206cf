// Items chosen by a mask, and where it is true.
#include <string.h>

#include "kernels.h"

// Eight elements of a mask, each a byte of 0 or 1.
static uint64_t eight(const bool *mask) {
  uint64_t word;
  memcpy(&word, mask, 8);
  return word;
}

static int64_t count_of(uint64_t word) { return (int64_t)((word * 0x0101010101010101) >> 56); }

int64_t agk_count_true(int64_t n, const bool *mask) {
  int64_t count = 0, i = 0;
  for (; i + 8 <= n; i += 8) count += count_of(eight(mask + i));
  for (; i < n; i++) count += mask[i];
  return count;
}

// WHOLE for the elements i..<i + 8 where none is false, ONE for each element i where some are true:
// without a branch, so it is done for false ones, too, which the next one undoes by not moving `done`
// on. The last eight true ones ask first, since nothing may be touched behind them.
#define EIGHT_AT_A_TIME(WHOLE, ONE) \
  int64_t i = 0, done = 0; \
  for (; i + 8 <= n && done + 8 <= count; i += 8) { \
    const uint64_t word = eight(mask + i); \
    if (word == 0) continue; \
    if (word == 0x0101010101010101) { \
      WHOLE; \
      done += 8; \
      continue; \
    } \
    for (int k = 0; k < 8; k++) { \
      ONE(i + k); \
      done += mask[i + k]; \
    } \
  } \
  for (; i < n && done < count; i++) { \
    if (!mask[i]) continue; \
    ONE(i); \
    done++; \
  }

#define SELECT(T) \
  { \
    const T *from = x; \
    T *to = out; \
    EIGHT_AT_A_TIME(memcpy(to + done, from + i, 8 * sizeof(T)), TAKE) \
    break; \
  }
#define TAKE(at) to[done] = from[at]

void agk_select(size_t item_size, int64_t n, void *out, const void *x, const bool *mask,
                int64_t count) {
  switch (item_size) {
    case 1: SELECT(uint8_t)
    case 4: SELECT(uint32_t)
    default: SELECT(uint64_t)
  }
}

#define SPREAD(T) \
  { \
    const T *from = x; \
    T *to = out; \
    EIGHT_AT_A_TIME(memcpy(to + i, from + done, 8 * sizeof(T)), PUT) \
    break; \
  }
#define PUT(at) to[at] = mask[at] ? from[done] : to[at]

void agk_spread(size_t item_size, int64_t n, void *out, const bool *mask, const void *x,
                int64_t count) {
  switch (item_size) {
    case 1: SPREAD(uint8_t)
    case 4: SPREAD(uint32_t)
    default: SPREAD(uint64_t)
  }
}

// The indices in a row of the mask, behind those of the row itself.
static int64_t places_in_row(int rank, int64_t n, const int64_t *row, const bool *mask,
                             int64_t *out, int64_t count) {
  if (rank == 1) {
#define PLACE(at) out[done] = at
    EIGHT_AT_A_TIME(for (int k = 0; k < 8; k++) out[done + k] = i + k, PLACE)
    return done;
  }
  if (rank == 2) {
#define PAIR(at) \
  out[2 * done] = row[0]; \
  out[2 * done + 1] = at
    EIGHT_AT_A_TIME(
        for (int k = 0; k < 8; k++) {
          out[2 * (done + k)] = row[0];
          out[2 * (done + k) + 1] = i + k;
        },
        PAIR)
    return done;
  }
  int64_t done = 0;
  for (int64_t i = 0; i < n && done < count; i++) {
    if (!mask[i]) continue;
    for (int d = 0; d < rank - 1; d++) out[done * rank + d] = row[d];
    out[done++ * rank + rank - 1] = i;
  }
  return done;
}

void agk_true_places(int32_t rank, const int64_t *sizes, const bool *mask, int64_t *out,
                     int64_t count) {
  if (rank == 0) return;
  int64_t row[8] = {0};
  const int64_t n = sizes[rank - 1];
  while (count > 0) {
    const int64_t found = places_in_row(rank, n, row, mask, out, count);
    out += found * rank;
    count -= found;
    mask += n;
    for (int d = rank - 2; d >= 0; d--) {
      if (++row[d] < sizes[d]) break;
      row[d] = 0;
    }
  }
}
