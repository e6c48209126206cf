// Stable sorting of a run with the positions that its elements came from, by radix.
//
// An element becomes an unsigned key in whose order it sorts: NaN is the largest, the two zeros are
// equal. Least significant digits first; digits that all keys share are skipped.
#include <string.h>

#include "kernels.h"

#define DIGITS 256
// Runs up to this length are sorted by insertion.
#define SHORT_RUN 48

static uint32_t key_of_bool(uint8_t x) { return x; }
static uint32_t key_of_int32(uint32_t x) { return x ^ (uint32_t)1 << 31; }
static uint64_t key_of_int64(uint64_t x) { return x ^ (uint64_t)1 << 63; }
static uint32_t key_of_float32(uint32_t x) {
  if ((x & 0x7fffffff) > 0x7f800000) return UINT32_MAX;
  if (x == (uint32_t)1 << 31) x = 0;
  return x >> 31 ? ~x : x | (uint32_t)1 << 31;
}
static uint64_t key_of_float64(uint64_t x) {
  if ((x & INT64_MAX) > 0x7ff0000000000000) return UINT64_MAX;
  if (x == (uint64_t)1 << 63) x = 0;
  return x >> 63 ? ~x : x | (uint64_t)1 << 63;
}

#define RADIX_SORT(BITS) \
  typedef struct pair##BITS { \
    uint##BITS##_t key, position; \
  } pair##BITS; \
  /* Sorts `from`; the result lies there or in `other`, and is returned. */ \
  static pair##BITS *sort##BITS(int64_t n, pair##BITS *from, pair##BITS *other) { \
    if (n <= SHORT_RUN) { \
      for (int64_t i = 1; i < n; i++) { \
        const pair##BITS moving = from[i]; \
        int64_t j = i; \
        for (; j > 0 && from[j - 1].key > moving.key; j--) from[j] = from[j - 1]; \
        from[j] = moving; \
      } \
      return from; \
    } \
    int64_t counts[BITS / 8][DIGITS] = {0}; \
    for (int64_t i = 0; i < n; i++) \
      for (int d = 0; d < BITS / 8; d++) counts[d][from[i].key >> (8 * d) & 255]++; \
    for (int d = 0; d < BITS / 8; d++) { \
      int64_t *count = counts[d], start = 0; \
      if (count[from[0].key >> (8 * d) & 255] == n) continue; \
      for (int k = 0; k < DIGITS; k++) { \
        const int64_t size = count[k]; \
        count[k] = start; \
        start += size; \
      } \
      for (int64_t i = 0; i < n; i++) other[count[from[i].key >> (8 * d) & 255]++] = from[i]; \
      pair##BITS *const swapped = from; \
      from = other; \
      other = swapped; \
    } \
    return from; \
  }
RADIX_SORT(32)
RADIX_SORT(64)

#define SORT(BITS, T, KEY) \
  { \
    const T *from = x; \
    T *to = values; \
    pair##BITS *pairs = scratch; \
    const uint##BITS##_t flip = descending ? UINT##BITS##_MAX : 0; \
    for (int64_t i = 0; i < n; i++) \
      pairs[i] = (pair##BITS){KEY(from[i * x_stride]) ^ flip, (uint##BITS##_t)i}; \
    pairs = sort##BITS(n, pairs, pairs + n); \
    for (int64_t i = 0; i < n; i++) { \
      indices[i * out_stride] = (int64_t)pairs[i].position; \
      to[i * out_stride] = from[(int64_t)pairs[i].position * x_stride]; \
    } \
    break; \
  }

void agk_sort(agk_dtype dtype, bool descending, int64_t n, void *values, int64_t *indices,
              int64_t out_stride, const void *x, int64_t x_stride, void *scratch) {
  switch (dtype) {
    case AGK_BOOL: SORT(32, uint8_t, key_of_bool)
    case AGK_INT32: SORT(32, uint32_t, key_of_int32)
    case AGK_INT64: SORT(64, uint64_t, key_of_int64)
    case AGK_FLOAT32: SORT(32, uint32_t, key_of_float32)
    case AGK_FLOAT64: SORT(64, uint64_t, key_of_float64)
  }
}
