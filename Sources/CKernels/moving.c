// Adding by position, and where indices lead.
#include "kernels.h"

#define ADD(T, STATEMENT) \
  { \
    const T *from = x; \
    T *to = out; \
    for (int64_t i = 0; i < n; i++) STATEMENT; \
    break; \
  }

void agk_scatter_add(agk_dtype dtype, int64_t n, void *out, const int64_t *positions,
                     const void *x) {
  switch (dtype) {
    case AGK_BOOL: ADD(bool, to[positions[i]] |= from[i])
    case AGK_INT32: ADD(uint32_t, to[positions[i]] += from[i])
    case AGK_INT64: ADD(uint64_t, to[positions[i]] += from[i])
    case AGK_FLOAT32: ADD(float, to[positions[i]] += from[i])
    case AGK_FLOAT64: ADD(double, to[positions[i]] += from[i])
  }
}

int64_t agk_places(int64_t n, int64_t *out, const int64_t *index, int64_t size, int64_t step,
                   bool adds) {
  uint64_t wrong = 0;
#define PLACES(OPERATOR) \
  for (int64_t i = 0; i < n; i++) { \
    const int64_t place = index[i] + (size & (index[i] >> 63)); \
    wrong |= (uint64_t)place | ((uint64_t)size - 1 - (uint64_t)place); \
    out[i] OPERATOR (int64_t)((uint64_t)place * (uint64_t)step); \
  }
  if (adds) {
    PLACES(+=)
  } else if (step == 1) {
    for (int64_t i = 0; i < n; i++) {
      out[i] = index[i] + (size & (index[i] >> 63));
      wrong |= (uint64_t)out[i] | ((uint64_t)size - 1 - (uint64_t)out[i]);
    }
  } else {
    PLACES(=)
  }
  // Only here is a sign set by an index that is negative or leaves nothing up to the end.
  if (wrong >> 63 == 0) return -1;
  for (int64_t i = 0;; i++)
    if (index[i] < -size || index[i] >= size) return i;
}
