// Matrix products by plain loops: integers, tiny products, and all of them where there are neither
// kernels nor OpenBLAS. Every element adds its k products in order.

#define PLAIN_MATMUL(T, ADD, MULTIPLY) \
  static void matmul_##T(bool transpose_a, bool transpose_b, i64 m, i64 n, i64 k, const T *a, \
                         i64 lda, const T *b, i64 ldb, T *out, i64 ldout) { \
    const i64 a_row = transpose_a ? 1 : lda, a_column = transpose_a ? lda : 1; \
    if (transpose_b || n == 1) { \
      const i64 b_row = transpose_b ? 1 : ldb; \
      for (i64 i = 0; i < m; i++) \
        for (i64 j = 0; j < n; j++) { \
          const T *left = a + i * a_row; \
          const T *right = transpose_b ? b + j * ldb : b + j; \
          T sum = 0; \
          for (i64 p = 0; p < k; p++) \
            sum = ADD(sum, MULTIPLY(left[p * a_column], right[p * b_row])); \
          out[i * ldout + j] = sum; \
        } \
      return; \
    } \
    for (i64 i = 0; i < m; i++) { \
      T *row = out + i * ldout; \
      for (i64 j = 0; j < n; j++) row[j] = 0; \
      for (i64 p = 0; p < k; p++) { \
        const T factor = a[i * a_row + p * a_column]; \
        const T *right = b + p * ldb; \
        for (i64 j = 0; j < n; j++) row[j] = ADD(row[j], MULTIPLY(factor, right[j])); \
      } \
    } \
  }
#define ADD(a, b) ((a) + (b))
PLAIN_MATMUL(i32, ADD_i32, MULTIPLY_i32)
PLAIN_MATMUL(i64, ADD_i64, MULTIPLY_i64)
PLAIN_MATMUL(f32, ADD, MULTIPLY)
PLAIN_MATMUL(f64, ADD, MULTIPLY)

static void plain_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, i64 m, i64 n, i64 k,
                         const void *a, i64 lda, const void *b, i64 ldb, void *out, i64 ldout) {
#define CASE(DTYPE, T) \
  case DTYPE: \
    matmul_##T(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout); \
    break;
  switch (dtype) {
    case AGK_BOOL: break;
    CASE(AGK_INT32, i32)
    CASE(AGK_INT64, i64)
    CASE(AGK_FLOAT32, f32)
    CASE(AGK_FLOAT64, f64)
  }
#undef CASE
}
