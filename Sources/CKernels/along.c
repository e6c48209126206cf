// Moving elements along one dimension by an index of each, and finding true ones.
#include "kernels.h"

#include <math.h>
#include <string.h>

#define GATHER(T) \
  { \
    const T *from = x; \
    T *to = out; \
    if (index_stride == 0) { \
      if ((uint64_t)index[0] >= (uint64_t)size) return 0; \
      from += index[0] * x_step; \
      if (out_stride == 1 && x_stride == 1) { \
        memcpy(to, from, (size_t)n * sizeof(T)); \
      } else { \
        for (int64_t i = 0; i < n; i++) to[i * out_stride] = from[i * x_stride]; \
      } \
      return -1; \
    } \
    for (int64_t i = 0; i < n; i++) { \
      int64_t place = index[i * index_stride]; \
      if ((uint64_t)place >= (uint64_t)size) return i; \
      to[i * out_stride] = from[i * x_stride + place * x_step]; \
    } \
    return -1; \
  }

int64_t agk_gather_along(size_t item_size, int64_t n, void *out, int64_t out_stride, const void *x,
                         int64_t x_stride, int64_t x_step, int64_t size, const int64_t *index,
                         int64_t index_stride) {
  switch (item_size) {
    case 1: GATHER(uint8_t)
    case 4: GATHER(uint32_t)
    default: GATHER(uint64_t)
  }
}

// With one index for the whole run there is a loop without a look-up, which the compiler vectorises.
#define SCATTER(T, STATEMENT) \
  { \
    const T *from = x; \
    T *base = out; \
    if (index_stride == 0) { \
      if ((uint64_t)index[0] >= (uint64_t)size) return 0; \
      base += index[0] * out_step; \
      for (int64_t i = 0; i < n; i++) { \
        T *to = base + i * out_stride; \
        T value = from[i * x_stride]; \
        STATEMENT; \
      } \
      return -1; \
    } \
    for (int64_t i = 0; i < n; i++) { \
      int64_t place = index[i * index_stride]; \
      if ((uint64_t)place >= (uint64_t)size) return i; \
      T *to = base + i * out_stride + place * out_step; \
      T value = from[i * x_stride]; \
      STATEMENT; \
    } \
    return -1; \
  }

#define SCATTER_INTEGERS(T, U) \
  switch (op) { \
    case AGK_SCATTER_SET: SCATTER(T, *to = value) \
    case AGK_SCATTER_ADD: SCATTER(T, *to = (T)((U)*to + (U)value)) \
    case AGK_SCATTER_MUL: SCATTER(T, *to = (T)((U)*to * (U)value)) \
    case AGK_SCATTER_MAX: SCATTER(T, if (*to < value) *to = value) \
    case AGK_SCATTER_MIN: SCATTER(T, if (value < *to) *to = value) \
  }

#define SCATTER_FLOATS(T) \
  switch (op) { \
    case AGK_SCATTER_SET: SCATTER(T, *to = value) \
    case AGK_SCATTER_ADD: SCATTER(T, *to += value) \
    case AGK_SCATTER_MUL: SCATTER(T, *to *= value) \
    case AGK_SCATTER_MAX: SCATTER(T, if (isnan(value) || *to < value) *to = value) \
    case AGK_SCATTER_MIN: SCATTER(T, if (isnan(value) || value < *to) *to = value) \
  }

static int64_t scatter_bool(agk_scatter_op op, int64_t n, void *out, int64_t out_stride,
                            int64_t out_step, int64_t size, const int64_t *index,
                            int64_t index_stride, const void *x, int64_t x_stride) {
  switch (op) {
    case AGK_SCATTER_SET: SCATTER(bool, *to = value)
    case AGK_SCATTER_ADD:
    case AGK_SCATTER_MAX: SCATTER(bool, *to |= value)
    case AGK_SCATTER_MUL:
    case AGK_SCATTER_MIN: SCATTER(bool, *to &= value)
  }
  return -1;
}

int64_t agk_scatter_along(agk_scatter_op op, agk_dtype dtype, int64_t n, void *out,
                          int64_t out_stride, int64_t out_step, int64_t size,
                          const int64_t *index, int64_t index_stride, const void *x,
                          int64_t x_stride) {
  switch (dtype) {
    case AGK_BOOL:
      return scatter_bool(op, n, out, out_stride, out_step, size, index, index_stride, x,
                          x_stride);
    case AGK_INT32: SCATTER_INTEGERS(int32_t, uint32_t) break;
    case AGK_INT64: SCATTER_INTEGERS(int64_t, uint64_t) break;
    case AGK_FLOAT32: SCATTER_FLOATS(float) break;
    case AGK_FLOAT64: SCATTER_FLOATS(double) break;
  }
  return -1;
}

int64_t agk_count_true(int64_t n, const bool *mask) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) count += mask[i];
  return count;
}

void agk_true_positions(int64_t n, const bool *mask, int64_t *positions) {
  int64_t found = 0;
  for (int64_t i = 0; i < n; i++) {
    if (mask[i]) positions[found++] = i;
  }
}
