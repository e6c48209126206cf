// Softmax and its logarithm over one run.

// Short runs are rounded as PyTorch rounds them (ATen/native/cpu/SoftMaxKernel.cpp with AVX-512),
// one sum from the left and a product with its inverse: the gradient of a sum of a softmax is
// nothing but these rounding errors.

// Exponentials in pieces that stay in the first-level cache. Their sums are joined in double
// precision: the pieces' number is too small for that to cost anything.
#define SOFTMAX_BLOCK 512

#define SOFTMAX(T) \
  /* exp(x - largest) for a piece of at most SOFTMAX_BLOCK; the sum of it. */ \
  ALWAYS_INLINE f64 exponentials_##T(i64 n, T *block, const T *x, i64 x_stride, T largest) { \
    sub_##T(0, 0, n, block, 1, x, x_stride, &largest, 0); \
    exp_##T(0, 0, n, block, 1, block, 1); \
    if (n * (i64)sizeof(T) > 64) return sum_contiguous_##T(n, block); \
    T sum = 0; \
    for (i64 i = 0; i < n; i++) sum += block[i]; \
    return sum; \
  } \
  static void softmax_##T(i64 n, T *out, i64 out_stride, const T *x, i64 x_stride) { \
    const T largest = max_run_##T(n, x, x_stride); \
    T block[SOFTMAX_BLOCK]; \
    f64 total = 0; \
    for (i64 i = 0; i < n; i += SOFTMAX_BLOCK) { \
      const i64 count = n - i < SOFTMAX_BLOCK ? n - i : SOFTMAX_BLOCK; \
      T *piece = out_stride == 1 ? out + i : block; \
      total += exponentials_##T(count, piece, x + i * x_stride, x_stride, largest); \
      if (out_stride != 1) \
        for (i64 j = 0; j < count; j++) out[(i + j) * out_stride] = piece[j]; \
    } \
    const T inverse = 1 / (T)total; \
    mul_##T(0, 0, n, out, out_stride, out, out_stride, &inverse, 0); \
  } \
  static void log_softmax_##T(i64 n, T *out, i64 out_stride, const T *x, i64 x_stride) { \
    const T largest = max_run_##T(n, x, x_stride); \
    T block[SOFTMAX_BLOCK]; \
    f64 total = 0; \
    for (i64 i = 0; i < n; i += SOFTMAX_BLOCK) { \
      const i64 count = n - i < SOFTMAX_BLOCK ? n - i : SOFTMAX_BLOCK; \
      total += exponentials_##T(count, block, x + i * x_stride, x_stride, largest); \
    } \
    const T logarithm = (T)ONE_OF(log, f64)(total); \
    sub_##T(0, 0, n, out, out_stride, x, x_stride, &largest, 0); \
    sub_##T(0, 0, n, out, out_stride, out, out_stride, &logarithm, 0); \
  }
SOFTMAX(f32)
SOFTMAX(f64)

static void softmax(agk_dtype dtype, i64 n, void *out, i64 out_stride, const void *x,
                    i64 x_stride) {
  if (dtype == AGK_FLOAT32)
    softmax_f32(n, out, out_stride, x, x_stride);
  else
    softmax_f64(n, out, out_stride, x, x_stride);
}

static void log_softmax(agk_dtype dtype, i64 n, void *out, i64 out_stride, const void *x,
                        i64 x_stride) {
  if (dtype == AGK_FLOAT32)
    log_softmax_f32(n, out, out_stride, x, x_stride);
  else
    log_softmax_f64(n, out, out_stride, x, x_stride);
}
