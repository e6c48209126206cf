// Moving elements by position.
#include "kernels.h"

#define MOVE(T, STATEMENT) \
  { \
    const T *from = x; \
    T *to = out; \
    for (int64_t i = 0; i < n; i++) STATEMENT; \
    break; \
  }

void agk_gather(size_t item_size, int64_t n, void *out, const void *x, const int64_t *positions) {
  switch (item_size) {
    case 1: MOVE(uint8_t, to[i] = from[positions[i]])
    case 4: MOVE(uint32_t, to[i] = from[positions[i]])
    case 8: MOVE(uint64_t, to[i] = from[positions[i]])
  }
}

void agk_scatter(size_t item_size, int64_t n, void *out, const int64_t *positions,
                 const void *x) {
  switch (item_size) {
    case 1: MOVE(uint8_t, to[positions[i]] = from[i])
    case 4: MOVE(uint32_t, to[positions[i]] = from[i])
    case 8: MOVE(uint64_t, to[positions[i]] = from[i])
  }
}

void agk_scatter_add(agk_dtype dtype, int64_t n, void *out, const int64_t *positions,
                     const void *x) {
  switch (dtype) {
    case AGK_BOOL: MOVE(bool, to[positions[i]] |= from[i])
    case AGK_INT32: MOVE(uint32_t, to[positions[i]] += from[i])
    case AGK_INT64: MOVE(uint64_t, to[positions[i]] += from[i])
    case AGK_FLOAT32: MOVE(float, to[positions[i]] += from[i])
    case AGK_FLOAT64: MOVE(double, to[positions[i]] += from[i])
  }
}
