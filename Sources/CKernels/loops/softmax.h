// Softmax and its logarithm along a dimension, and their derivatives.
//
// Results are rounded as PyTorch rounds them with AVX-512 (ATen/native/cpu/SoftMaxKernel.cpp): the
// gradient of a sum of a softmax is nothing but these rounding errors. Its vectors are 64 bytes
// wide; along a dimension that is not the last the columns that fill none go through the C library's
// exponential, one by one.
#define PYTORCH_LANES(T) ((i64)(64 / sizeof(T)))

// Elements that are added up in the lanes of a vector before these join the total.
#define SOFTMAX_BLOCK 4096
// Columns worked on together: rows long enough to be read ahead, sums in the first-level cache.
#define SOFTMAX_COLUMNS 1024

// TERM of i added up over a run as PyTorch's reduce_all does it: in the lanes of a vector, which are
// then joined, those of float32 by halves, but from the left in a run that fills none.
#define LANE_SUM(T, n, TERM, sum) SUM_OF_LANES(T, PYTORCH_LANES(T), n, TERM, sum)
#define SUM_OF_LANES(T, LANES, n, TERM, sum) \
  T sum = 0; \
  { \
    T lanes[LANES] = {0}; \
    i64 i = 0; \
    for (; i + LANES <= n; i += LANES) { \
      const i64 first = i; \
      for (i64 j = 0; j < LANES; j++) { \
        const i64 i = first + j; \
        lanes[j] += TERM; \
      } \
    } \
    for (i64 j = 0; i < n; i++, j++) lanes[j] += TERM; \
    if (n < LANES || sizeof(T) == 8) { \
      for (i64 j = 0; j < LANES && j < n; j++) sum += lanes[j]; \
    } else { \
      for (i64 half = LANES / 2; half > 0; half /= 2) \
        for (i64 j = 0; j < half; j++) lanes[j] += lanes[j + half]; \
      sum = lanes[0]; \
    } \
  }

#define SOFTMAX(T, LIBRARY_EXP) \
  /* exp(x - largest) for a piece of at most SOFTMAX_BLOCK; the sum of it. */ \
  ALWAYS_INLINE f64 exponentials_##T(i64 n, T *block, const T *x, T largest) { \
    FOR_EACH(T, block[i] = x[i] - largest); \
    RUN_OF(exp, T)(block, block, n); \
    LANE_SUM(T, n, block[i], sum) \
    return sum; \
  } \
  static void softmax_run_##T(i64 n, T *out, const T *x) { \
    const T largest = max_run_##T(n, x, 1); \
    f64 total = 0; \
    for (i64 i = 0; i < n; i += SOFTMAX_BLOCK) \
      total += exponentials_##T(n - i < SOFTMAX_BLOCK ? n - i : SOFTMAX_BLOCK, out + i, x + i, \
                                largest); \
    const T inverse = 1 / (T)total; \
    FOR_EACH(T, out[i] = out[i] * inverse); \
  } \
  static void log_softmax_run_##T(i64 n, T *out, const T *x) { \
    const T largest = max_run_##T(n, x, 1); \
    T block[SOFTMAX_BLOCK]; \
    f64 total = 0; \
    for (i64 i = 0; i < n; i += SOFTMAX_BLOCK) \
      total += exponentials_##T(n - i < SOFTMAX_BLOCK ? n - i : SOFTMAX_BLOCK, block, x + i, \
                                largest); \
    const T logarithm = (T)ONE_OF(log, f64)(total); \
    FOR_EACH(T, out[i] = x[i] - largest - logarithm); \
  } \
\
  /* The extreme and the sum of exponentials of each of at most SOFTMAX_COLUMNS columns; the \
     exponentials are left in `out`, row by row, unless its step is 0. */ \
  ALWAYS_INLINE void column_sums_##T(i64 length, i64 n, i64 inner, T *largest, T *sums, T *out, \
                                     i64 out_step, const T *x, b8 by_library) { \
    for (i64 c = 0; c < n; c++) { \
      largest[c] = x[c]; \
      sums[c] = 0; \
    } \
    for (i64 k = 1; k < length; k++) { \
      const T *row = x + k * inner; \
      FOR_EACH_COLUMN(T, largest[c] = LARGER(row[c], largest[c])) \
    } \
    for (i64 k = 0; k < length; k++) { \
      const T *row = x + k * inner; \
      T *to = out + k * out_step; \
      FOR_EACH_COLUMN(T, to[c] = row[c] - largest[c]) \
      if (by_library) \
        for (i64 c = 0; c < n; c++) to[c] = LIBRARY_EXP(to[c]); \
      else \
        RUN_OF(exp, T)(to, to, n); \
      FOR_EACH_COLUMN(T, sums[c] += to[c]) \
    } \
  } \
  static void softmax_columns_##T(i64 length, i64 n, i64 inner, T *out, const T *x) { \
    T largest[SOFTMAX_COLUMNS], sums[SOFTMAX_COLUMNS]; \
    column_sums_##T(length, n, inner, largest, sums, out, inner, x, n < PYTORCH_LANES(T)); \
    for (i64 k = 0; k < length; k++) { \
      T *to = out + k * inner; \
      FOR_EACH_COLUMN(T, to[c] = to[c] / sums[c]) \
    } \
  } \
  static void log_softmax_columns_##T(i64 length, i64 n, i64 inner, T *out, const T *x) { \
    T largest[SOFTMAX_COLUMNS], sums[SOFTMAX_COLUMNS], row_of[SOFTMAX_COLUMNS]; \
    column_sums_##T(length, n, inner, largest, sums, row_of, 0, x, false); \
    RUN_OF(log, T)(sums, sums, n); \
    for (i64 k = 0; k < length; k++) { \
      const T *row = x + k * inner; \
      T *to = out + k * inner; \
      FOR_EACH_COLUMN(T, to[c] = row[c] - largest[c] - sums[c]) \
    } \
  } \
\
  /* (g - Σ g·y) · y */ \
  static void softmax_backward_run_##T(i64 n, T *out, const T *g, const T *y) { \
    LANE_SUM(T, n, g[i] * y[i], sum) \
    FOR_EACH(T, out[i] = (g[i] - sum) * y[i]); \
  } \
  static void softmax_backward_columns_##T(i64 length, i64 n, i64 inner, T *out, const T *g, \
                                           const T *y) { \
    T sums[SOFTMAX_COLUMNS] = {0}; \
    for (i64 k = 0; k < length; k++) { \
      const T *gradients = g + k * inner, *results = y + k * inner; \
      FOR_EACH_COLUMN(T, sums[c] = __builtin_elementwise_fma(gradients[c], results[c], sums[c])) \
    } \
    for (i64 k = 0; k < length; k++) { \
      const T *gradients = g + k * inner, *results = y + k * inner; \
      T *to = out + k * inner; \
      FOR_EACH_COLUMN(T, to[c] = (gradients[c] - sums[c]) * results[c]) \
    } \
  } \
  /* g - exp y · Σ g */ \
  static void log_softmax_backward_run_##T(i64 n, T *out, const T *g, const T *y) { \
    LANE_SUM(T, n, g[i], sum) \
    RUN_OF(exp, T)(out, y, n); \
    FOR_EACH(T, out[i] = __builtin_elementwise_fma(-out[i], sum, g[i])); \
  } \
  static void log_softmax_backward_columns_##T(i64 length, i64 n, i64 inner, T *out, const T *g, \
                                               const T *y) { \
    T sums[SOFTMAX_COLUMNS] = {0}; \
    for (i64 k = 0; k < length; k++) { \
      const T *gradients = g + k * inner; \
      FOR_EACH_COLUMN(T, sums[c] += gradients[c]) \
    } \
    for (i64 k = 0; k < length; k++) { \
      const T *gradients = g + k * inner; \
      T *to = out + k * inner; \
      RUN_OF(exp, T)(to, y + k * inner, n); \
      FOR_EACH_COLUMN(T, to[c] = __builtin_elementwise_fma(-to[c], sums[c], gradients[c])) \
    } \
  }
SOFTMAX(f32, expf)
SOFTMAX(f64, exp)

// RUN for each run, or COLUMNS for `n` columns from c on, those that fill a vector apart from the rest.
#define ALONG(T, RUN, COLUMNS) \
  for (i64 o = 0; o < outer; o++) { \
    const i64 start = o * length * inner; \
    if (is_last) { \
      RUN; \
      continue; \
    } \
    const i64 filled = columns & -PYTORCH_LANES(T); \
    for (i64 first = 0, n; first < columns; first += n) { \
      const i64 c = start + first; \
      n = (first < filled ? filled : columns) - first; \
      if (n > SOFTMAX_COLUMNS) n = SOFTMAX_COLUMNS; \
      COLUMNS; \
    } \
  }
#define SOFTMAX_ENTRIES(NAME, T) \
  static void NAME##_##T(b8 is_last, i64 outer, i64 length, i64 columns, i64 inner, \
                         void *output, const void *input) { \
    T *out = output; \
    const T *x = input; \
    ALONG(T, NAME##_run_##T(length, out + start, x + start), \
          NAME##_columns_##T(length, n, inner, out + c, x + c)) \
  } \
  static void NAME##_backward_##T(b8 is_last, i64 outer, i64 length, i64 columns, i64 inner, \
                                  void *output, const void *gradient, const void *result) { \
    T *out = output; \
    const T *g = gradient, *y = result; \
    ALONG(T, NAME##_backward_run_##T(length, out + start, g + start, y + start), \
          NAME##_backward_columns_##T(length, n, inner, out + c, g + c, y + c)) \
  }
SOFTMAX_ENTRIES(softmax, f32)
SOFTMAX_ENTRIES(softmax, f64)
SOFTMAX_ENTRIES(log_softmax, f32)
SOFTMAX_ENTRIES(log_softmax, f64)

static void softmax(bool logarithm, bool is_last, agk_dtype dtype, i64 outer, i64 length,
                    i64 columns, i64 inner, void *out, const void *x) {
  static void (*const loops[2][2])(b8, i64, i64, i64, i64, void *, const void *) = {
      {softmax_f32, softmax_f64}, {log_softmax_f32, log_softmax_f64}};
  loops[logarithm][dtype == AGK_FLOAT64](is_last, outer, length, columns, inner, out, x);
}

static void softmax_backward(bool logarithm, bool is_last, agk_dtype dtype, i64 outer, i64 length,
                             i64 columns, i64 inner, void *out, const void *g, const void *y) {
  static void (*const loops[2][2])(b8, i64, i64, i64, i64, void *, const void *, const void *) = {
      {softmax_backward_f32, softmax_backward_f64},
      {log_softmax_backward_f32, log_softmax_backward_f64}};
  loops[logarithm][dtype == AGK_FLOAT64](is_last, outer, length, columns, inner, out, g, y);
}
