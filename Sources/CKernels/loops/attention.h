// What attention does to the rows of its scores between its matrix products.

#define ATTENTION(T) \
  /* out = scale · scores + mask for the first n. */ \
  ALWAYS_INLINE void attention_scores_##T(i64 n, T *out, T scale, const T *mask, i64 mask_step) { \
    if (mask == NULL) { \
      FOR_EACH(T, out[i] = out[i] * scale); \
    } else if (mask_step == 1) { \
      FOR_EACH(T, out[i] = out[i] * scale + mask[i]); \
    } else { \
      for (i64 i = 0; i < n; i++) out[i] = out[i] * scale + mask[i * mask_step]; \
    } \
  } \
  /* Scores become exponentials; their sums, inverted, and their logarithms. */ \
  static void attention_rows_##T(i64 rows, i64 length, i64 columns, i64 first, T *scores, \
                                 f64 factor, const T *mask, i64 mask_row, i64 mask_step, \
                                 T *inverses, T *log_sums) { \
    for (i64 r = 0; r < rows; r++) { \
      T *row = scores + r * columns; \
      const i64 sees = first < 0 || first + r + 1 > length ? length : first + r + 1; \
      i64 n = sees; \
      attention_scores_##T(n, row, (T)factor, mask == NULL ? NULL : mask + r * mask_row, \
                           mask_step); \
      const T largest = max_run_##T(n, row, 1); \
      inverses[r] = 0; \
      log_sums[r] = 0; \
      if (largest == (T)-INFINITY) { \
        memset(row, 0, (size_t)length * sizeof(T)); \
        continue; \
      } \
      FOR_EACH(T, row[i] = row[i] - largest); \
      RUN_OF(exp, T)(row, row, n); \
      LANE_SUM(T, n, row[i], sum) \
      inverses[r] = 1 / sum; \
      log_sums[r] = largest + (T)ONE_OF(log, f64)((f64)sum); \
      memset(row + sees, 0, (size_t)(length - sees) * sizeof(T)); \
    } \
  } \
  /* Scores become shares; the gradients of shares those of scores, times the factor. */ \
  static void attention_backward_rows_##T(i64 rows, i64 length, i64 columns, i64 first, T *scores, \
                                          T *gradients, f64 factor, const T *mask, i64 mask_row, \
                                          i64 mask_step, const T *log_sums, const T *sums) { \
    for (i64 r = 0; r < rows; r++) { \
      T *row = scores + r * columns, *g = gradients + r * columns; \
      const i64 sees = first < 0 || first + r + 1 > length ? length : first + r + 1; \
      i64 n = sees; \
      attention_scores_##T(n, row, (T)factor, mask == NULL ? NULL : mask + r * mask_row, \
                           mask_step); \
      const T log_sum = log_sums[r], sum = sums[r]; \
      FOR_EACH(T, row[i] = row[i] - log_sum); \
      RUN_OF(exp, T)(row, row, n); \
      FOR_EACH(T, g[i] = row[i] * (g[i] - sum) * (T)factor); \
      memset(row + sees, 0, (size_t)(length - sees) * sizeof(T)); \
      memset(g + sees, 0, (size_t)(length - sees) * sizeof(T)); \
    } \
  } \
  static void attention_finish_##T(i64 n, T *row, T inverse) { \
    FOR_EACH(T, row[i] = row[i] * inverse); \
  } \
  static T attention_dot_##T(i64 n, const T *a, const T *b) { \
    LANE_SUM(T, n, a[i] * b[i], sum) \
    return sum; \
  }
ATTENTION(f32)
ATTENTION(f64)

#define ATTENTION_CALL(NAME, ...) \
  if (dtype == AGK_FLOAT32) NAME##_f32(__VA_ARGS__); \
  else NAME##_f64(__VA_ARGS__)

static void attention_rows(agk_dtype dtype, i64 rows, i64 length, i64 columns, i64 first,
                           void *scores, f64 factor, const void *mask, i64 mask_row, i64 mask_step,
                           void *inverses, void *log_sums) {
  ATTENTION_CALL(attention_rows, rows, length, columns, first, scores, factor, mask, mask_row,
                 mask_step, inverses, log_sums);
}

static void attention_backward_rows(agk_dtype dtype, i64 rows, i64 length, i64 columns, i64 first,
                                    void *scores, void *gradients, f64 factor, const void *mask,
                                    i64 mask_row, i64 mask_step, const void *log_sums,
                                    const void *sums) {
  ATTENTION_CALL(attention_backward_rows, rows, length, columns, first, scores, gradients, factor,
                 mask, mask_row, mask_step, log_sums, sums);
}

// row[r] *= factor[r] for rows that lie `step` apart.
static void scale_rows(agk_dtype dtype, i64 rows, i64 n, i64 step, void *x, const void *factors) {
  for (i64 r = 0; r < rows; r++) {
    if (dtype == AGK_FLOAT32)
      attention_finish_f32(n, (f32 *)x + r * step, ((const f32 *)factors)[r]);
    else attention_finish_f64(n, (f64 *)x + r * step, ((const f64 *)factors)[r]);
  }
}

// out[r] = Σ a[r]·b[r]
static void dot_rows(agk_dtype dtype, i64 rows, i64 n, void *out, const void *a, i64 a_step,
                     const void *b, i64 b_step) {
  for (i64 r = 0; r < rows; r++) {
    if (dtype == AGK_FLOAT32)
      ((f32 *)out)[r] =
          attention_dot_f32(n, (const f32 *)a + r * a_step, (const f32 *)b + r * b_step);
    else
      ((f64 *)out)[r] =
          attention_dot_f64(n, (const f64 *)a + r * a_step, (const f64 *)b + r * b_step);
  }
}
