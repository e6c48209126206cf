// Windows over planes: the largest and the mean of the elements that each covers, row by row.
//
// A row of results is worked on in blocks that stay in the first-level cache, tap by tap: for one
// place in the windows, all windows of the block at once.
enum { POOL_BLOCK = 256 };

typedef struct pool_range {
  i64 first, last;
} pool_range;

// The taps, `dilation` apart, of a window that begins at `start`, which lie inside 0..<size. There
// is no division where all do.
ALWAYS_INLINE pool_range taps_inside(i64 start, i64 size, i64 kernel, i64 dilation) {
  pool_range result = {0, kernel};
  if (start < 0) result.first = (dilation - 1 - start) / dilation;
  if (start + (kernel - 1) * dilation >= size)
    result.last = start < size ? (size - start + dilation - 1) / dilation : 0;
  return result;
}

// The windows of first..<last, `stride` apart, whose element at `place` from the start of the first
// window of all lies inside 0..<size.
ALWAYS_INLINE pool_range windows_reaching(i64 place, i64 size, i64 stride, pool_range of) {
  pool_range result = of;
  if (place + of.first * stride < 0) result.first = (stride - 1 - place) / stride;
  if (place + (of.last - 1) * stride >= size)
    result.last = place < size ? (size - place + stride - 1) / stride : 0;
  if (result.first > of.last) result.first = of.last;
  if (result.last < result.first) result.last = result.first;
  return result;
}

// Where a row of results is.
typedef struct pool_row {
  i64 plane;
  i64 start[2];       // of its windows, in the outer dimensions
  pool_range taps[2];
} pool_row;

ALWAYS_INLINE pool_row pool_row_at(const agk_windows *w, i64 row) {
  pool_row result = {.plane = row / (w->out[0] * w->out[1])};
  const i64 at[2] = {row / w->out[1] % w->out[0], row % w->out[1]};
  for (int d = 0; d < 2; d++) {
    result.start[d] = at[d] * w->stride[d] - w->padding[d];
    result.taps[d] = taps_inside(result.start[d], w->size[d], w->kernel[d], w->dilation[d]);
  }
  return result;
}

// CALL with the stride as a constant where vectors can be loaded that way.
#define WITH_STRIDE(step, CALL) \
  do { \
    if ((step) == 1) { \
      enum { stride = 1 }; \
      CALL; \
    } else if ((step) == 2) { \
      enum { stride = 2 }; \
      CALL; \
    } else { \
      const i64 stride = (step); \
      CALL; \
    } \
  } while (0)

// Where a window's element lies from the window's start: P, an integer as wide as T.
#define MAX_POOL(T, P, LOWEST, IS_NAN) \
  ALWAYS_INLINE void take_larger_##T(i64 n, T *best, P *places, const T *x, i64 stride, P place) { \
    FOR_EACH(T, { \
      const T value = x[i * stride]; \
      const b8 takes = (value > best[i]) | IS_NAN(value); \
      best[i] = takes ? value : best[i]; \
      places[i] = takes ? place : places[i]; \
    }); \
  } \
  static void max_pool_block_##T(const agk_windows *w, const pool_row *row, pool_range block, \
                                 T *best, i64 *indices, const T *x) { \
    P places[POOL_BLOCK]; \
    const i64 n = block.last - block.first, width = w->size[2], step = w->stride[2]; \
    const i64 rows = w->dilation[1] * width, slices = w->dilation[0] * w->size[1] * width; \
    const i64 start = (row->start[0] * w->size[1] + row->start[1]) * width - w->padding[2]; \
    /* Of elements that are all the lowest there are, the first. */ \
    const P outer = (P)(row->taps[0].first * slices + row->taps[1].first * rows); \
    FOR_EACH(T, { \
      best[i] = LOWEST; \
      places[i] = outer; \
    }); \
    for (i64 i = 0; i < n; i++) { \
      const i64 from = (block.first + i) * step - w->padding[2]; \
      if (from >= 0) break; \
      places[i] += \
          (P)(taps_inside(from, width, w->kernel[2], w->dilation[2]).first * w->dilation[2]); \
    } \
    for (i64 d = row->taps[0].first; d < row->taps[0].last; d++) \
      for (i64 h = row->taps[1].first; h < row->taps[1].last; h++) \
        for (i64 k = 0; k < w->kernel[2]; k++) { \
          const i64 column = k * w->dilation[2]; \
          const pool_range in = \
              windows_reaching(column - w->padding[2], width, step, block); \
          const i64 from = in.first - block.first; \
          const i64 place = d * slices + h * rows + column; \
          if (in.first == in.last) continue; \
          WITH_STRIDE(step, take_larger_##T(in.last - in.first, best + from, places + from, \
                                            x + start + place + in.first * step, stride, \
                                            (P)place)); \
        } \
    FOR_EACH(T, indices[i] = start + (block.first + i) * step + places[i]); \
  } \
  static void max_pool_##T(const agk_windows *w, i64 first, i64 last, T *out, i64 *indices, \
                           const T *x) { \
    const i64 plane = w->size[0] * w->size[1] * w->size[2], width = w->out[2]; \
    for (i64 r = first; r < last; r++) { \
      const pool_row row = pool_row_at(w, r); \
      for (i64 i = 0; i < width; i += POOL_BLOCK) \
        max_pool_block_##T(w, &row, \
                           (pool_range){i, i + POOL_BLOCK < width ? i + POOL_BLOCK : width}, \
                           out + r * width + i, indices + r * width + i, x + row.plane * plane); \
    } \
  }
#define IS_NAN(value) ((value) != (value))
#define IS_NEVER_NAN(value) false
MAX_POOL(f32, i32, -INFINITY, IS_NAN)
MAX_POOL(f64, i64, -(f64)INFINITY, IS_NAN)
MAX_POOL(i32, i32, INT32_MIN, IS_NEVER_NAN)
MAX_POOL(i64, i64, INT64_MIN, IS_NEVER_NAN)

static void max_pool(agk_dtype dtype, const agk_windows *w, i64 first, i64 last, void *out,
                     i64 *indices, const void *x) {
  switch (dtype) {
    case AGK_FLOAT32: return max_pool_f32(w, first, last, out, indices, x);
    case AGK_FLOAT64: return max_pool_f64(w, first, last, out, indices, x);
    case AGK_INT32: return max_pool_i32(w, first, last, out, indices, x);
    case AGK_INT64: return max_pool_i64(w, first, last, out, indices, x);
    case AGK_BOOL: return;
  }
}

// The elements along a dimension that a window from `start` on counts: inside, or also the padding.
ALWAYS_INLINE i64 counted(i64 start, i64 kernel, i64 size, i64 padding, b8 counts_padding) {
  const i64 limit = counts_padding ? size + padding : size;
  const i64 end = start + kernel < limit ? start + kernel : limit;
  return end - (counts_padding || start > 0 ? start : 0);
}

#define AVG_POOL(T) \
  /* What the sums of a block of windows are divided by. */ \
  static void pool_divisors_##T(const agk_windows *w, const pool_row *row, pool_range block, \
                                b8 counts_padding, i64 divisor, T *divisors) { \
    i64 outer = 1; \
    for (int d = 0; d < 2; d++) \
      outer *= counted(row->start[d], w->kernel[d], w->size[d], w->padding[d], counts_padding); \
    const i64 n = block.last - block.first, step = w->stride[2]; \
    const T usual = (T)(divisor != 0 ? divisor : outer * w->kernel[2]); \
    FOR_EACH(T, divisors[i] = usual); \
    if (divisor != 0) return; \
    for (i64 i = 0; i < n; i++) { \
      const i64 start = (block.first + i) * step - w->padding[2]; \
      if (start >= 0 && start + w->kernel[2] <= w->size[2]) { \
        /* On to the first that reaches beyond the end. */ \
        i = (w->size[2] - w->kernel[2] + w->padding[2]) / step - block.first; \
        continue; \
      } \
      divisors[i] = (T)(outer * counted(start, w->kernel[2], w->size[2], w->padding[2], \
                                        counts_padding)); \
    } \
  } \
  ALWAYS_INLINE void add_each_##T(i64 n, T *sums, const T *x, i64 stride) { \
    FOR_EACH(T, sums[i] = sums[i] + x[i * stride]); \
  } \
  static void avg_pool_##T(const agk_windows *w, b8 counts_padding, i64 divisor, i64 first, \
                           i64 last, T *out, const T *x) { \
    T divisors[POOL_BLOCK]; \
    const i64 width = w->size[2], step = w->stride[2]; \
    for (i64 r = first; r < last; r++) { \
      const pool_row row = pool_row_at(w, r); \
      for (i64 b = 0; b < w->out[2]; b += POOL_BLOCK) { \
        const pool_range block = {b, b + POOL_BLOCK < w->out[2] ? b + POOL_BLOCK : w->out[2]}; \
        const i64 n = block.last - b; \
        T *sums = out + r * w->out[2] + b; \
        FOR_EACH(T, sums[i] = 0); \
        for (i64 d = row.taps[0].first; d < row.taps[0].last; d++) \
          for (i64 h = row.taps[1].first; h < row.taps[1].last; h++) \
            for (i64 k = 0; k < w->kernel[2]; k++) { \
              const i64 place = k - w->padding[2]; \
              const pool_range in = windows_reaching(place, width, step, block); \
              if (in.first == in.last) continue; \
              const T *from = x + place + in.first * step \
                  + ((row.plane * w->size[0] + row.start[0] + d) * w->size[1] + row.start[1] + h) \
                      * width; \
              WITH_STRIDE(step, add_each_##T(in.last - in.first, sums + in.first - b, from, stride)); \
            } \
        pool_divisors_##T(w, &row, block, counts_padding, divisor, divisors); \
        FOR_EACH(T, sums[i] = sums[i] / divisors[i]); \
      } \
    } \
  }
AVG_POOL(f32)
AVG_POOL(f64)
AVG_POOL(i64)

static void avg_pool(agk_dtype dtype, const agk_windows *w, b8 counts_padding, i64 divisor,
                     i64 first, i64 last, void *out, const void *x) {
  switch (dtype) {
    case AGK_FLOAT32: return avg_pool_f32(w, counts_padding, divisor, first, last, out, x);
    case AGK_FLOAT64: return avg_pool_f64(w, counts_padding, divisor, first, last, out, x);
    case AGK_INT64: return avg_pool_i64(w, counts_padding, divisor, first, last, out, x);
    case AGK_BOOL:
    case AGK_INT32: return;
  }
}

#define AVG_POOL_BACKWARD(T) \
  ALWAYS_INLINE void add_to_each_##T(i64 n, T *out, const T *shares, i64 stride) { \
    FOR_EACH(T, out[i * stride] = out[i * stride] + shares[i]); \
  } \
  /* Two taps side by side of windows that lie two apart: whole vectors. */ \
  static void add_to_pairs_##T(i64 n, T *out, const T *shares) { \
    FOR_EACH(T, { \
      out[2 * i] = out[2 * i] + shares[i]; \
      out[2 * i + 1] = out[2 * i + 1] + shares[i]; \
    }); \
  } \
  static void spread_row_##T(const agk_windows *w, pool_range block, T *out, const T *shares) { \
    const i64 width = w->size[2], step = w->stride[2]; \
    for (i64 k = 0; k < w->kernel[2]; k++) { \
      const i64 place = k - w->padding[2]; \
      const pool_range in = windows_reaching(place, width, step, block); \
      T *to = out + place + in.first * step; \
      const T *from = shares + in.first - block.first; \
      if (step == 2 && k + 1 < w->kernel[2]) { \
        const pool_range next = windows_reaching(place + 1, width, step, block); \
        if (next.first == in.first && next.last == in.last) { \
          add_to_pairs_##T(in.last - in.first, to, from); \
          k++; \
          continue; \
        } \
      } \
      WITH_STRIDE(step, add_to_each_##T(in.last - in.first, to, from, stride)); \
    } \
  } \
  static void avg_pool_backward_##T(const agk_windows *w, b8 counts_padding, i64 divisor, \
                                    i64 first, i64 last, T *out, const T *g) { \
    T shares[POOL_BLOCK]; \
    const i64 rows = w->out[0] * w->out[1]; \
    const i64 plane = w->size[0] * w->size[1] * w->size[2]; \
    for (i64 r = first * rows; r < last * rows; r++) { \
      const pool_row row = pool_row_at(w, r); \
      T *to = out + row.plane * plane; \
      if (r % rows == 0) memset(to, 0, (size_t)plane * sizeof(T)); \
      for (i64 b = 0; b < w->out[2]; b += POOL_BLOCK) { \
        const pool_range block = {b, b + POOL_BLOCK < w->out[2] ? b + POOL_BLOCK : w->out[2]}; \
        const i64 n = block.last - b; \
        const T *gradients = g + r * w->out[2] + b; \
        pool_divisors_##T(w, &row, block, counts_padding, divisor, shares); \
        FOR_EACH(T, shares[i] = gradients[i] / shares[i]); \
        for (i64 d = row.taps[0].first; d < row.taps[0].last; d++) \
          for (i64 h = row.taps[1].first; h < row.taps[1].last; h++) \
            spread_row_##T(w, block, \
                           to + ((row.start[0] + d) * w->size[1] + row.start[1] + h) * w->size[2], \
                           shares); \
      } \
    } \
  }
AVG_POOL_BACKWARD(f32)
AVG_POOL_BACKWARD(f64)

static void avg_pool_backward(agk_dtype dtype, const agk_windows *w, b8 counts_padding,
                              i64 divisor, i64 first, i64 last, void *out, const void *g) {
  if (dtype == AGK_FLOAT32)
    avg_pool_backward_f32(w, counts_padding, divisor, first, last, out, g);
  else
    avg_pool_backward_f64(w, counts_padding, divisor, first, last, out, g);
}
