// Transcendental functions, except float32's tanh: SLEEF's, 1 ulp, the variants that its
// documentation calls deterministic: the same bits for every vector width, lane and neighbour
// (checked over mixed vectors of finite, huge, subnormal, infinite and NaN values). Those with FMA
// (finz: AVX2, AVX-512) and those without (cinz: baseline) differ by at most 1 ulp, in 0.05 % of
// all float32 (erf: 0.4 %).

// RUN_OF(name, T) names a function void (T *out, const T *x, i64 n), those of two arguments with two
// inputs, for a contiguous run of at least one element.
// ONE_OF(name, T) names the same function of one number.

#define DECLARE_ONE(name, T) T ONE_OF(name, T)(T);
SLEEF_FUNCTIONS(DECLARE_ONE)
#define DECLARE_ONE2(name, T) T ONE_OF(name, T)(T, T);
SLEEF_FUNCTIONS2(DECLARE_ONE2)

// Elements of a strided run that go through a buffer at a time.
#define FUNCTION_BLOCK 128

// Elements of a contiguous run that stay in the first-level cache between two passes.
#define PASS_BLOCK 2048

// What takes several passes: y[i] of x[i] for `count` elements by the statements given.
#define BLOCKWISE(NAME, T, ...) \
  static void NAME##_##T(HEAD, void *out, i64 out_stride, const void *input, i64 x_stride) { \
    T *o = out; \
    const T *p = input; \
    for (i64 first = 0; first < n; first += FUNCTION_BLOCK) { \
      const i64 count = n - first < FUNCTION_BLOCK ? n - first : FUNCTION_BLOCK; \
      T x[FUNCTION_BLOCK], y[FUNCTION_BLOCK]; \
      for (i64 i = 0; i < count; i++) x[i] = p[(first + i) * x_stride]; \
      __VA_ARGS__ \
      for (i64 i = 0; i < count; i++) o[(first + i) * out_stride] = y[i]; \
    } \
  }

#define FUNCTION(name, T) \
  static void name##_##T(HEAD, void *out, i64 out_stride, const void *input, i64 x_stride) { \
    T *o = out; \
    const T *p = input; \
    if (n == 1) { \
      *o = ONE_OF(name, T)(*p); \
      return; \
    } \
    if (out_stride == 1 && x_stride == 1) { \
      if (n > 0) RUN_OF(name, T)(o, p, n); \
      return; \
    } \
    for (i64 first = 0; first < n; first += FUNCTION_BLOCK) { \
      const i64 count = n - first < FUNCTION_BLOCK ? n - first : FUNCTION_BLOCK; \
      T x[FUNCTION_BLOCK]; \
      for (i64 i = 0; i < count; i++) x[i] = p[(first + i) * x_stride]; \
      RUN_OF(name, T)(x, x, count); \
      for (i64 i = 0; i < count; i++) o[(first + i) * out_stride] = x[i]; \
    } \
  }
SLEEF_FUNCTIONS(FUNCTION)

// 1 / (1 + exp(-x))
static void sigmoid_f64(HEAD, void *out, i64 out_stride, const void *input, i64 x_stride) {
  f64 *o = out;
  const f64 *p = input;
  if (n == 1) {
    *o = 1 / (1 + ONE_OF(exp, f64)(-*p));
    return;
  }
  if (out_stride == 1 && x_stride == 1) {
    for (i64 left = n; left > 0; left -= PASS_BLOCK, o += PASS_BLOCK, p += PASS_BLOCK) {
      const i64 n = left < PASS_BLOCK ? left : PASS_BLOCK;
      FOR_EACH(f64, o[i] = -p[i]);
      RUN_OF(exp, f64)(o, o, n);
      FOR_EACH(f64, o[i] = 1 / (1 + o[i]));
    }
    return;
  }
  for (i64 i = 0; i < n; i++) o[i * out_stride] = -p[i * x_stride];
  exp_f64(0, 0, n, o, out_stride, o, out_stride);
  for (i64 i = 0; i < n; i++) o[i * out_stride] = 1 / (1 + o[i * out_stride]);
}

// 2^k exp(rest) / 2 for a small rest, after Cephes, expf.c; k is in the lowest bits of `rounded`,
// where adding 1.5·2^23 leaves it. Half, so that the power does not overflow before the product.
ALWAYS_INLINE f32 half_exponential(f32 rest, f32 rounded) {
#pragma STDC FP_CONTRACT ON
  f32 e = 1.9875691500e-4f;
  e = e * rest + 1.3981999507e-3f;
  e = e * rest + 8.3334519073e-3f;
  e = e * rest + 4.1665795894e-2f;
  e = e * rest + 1.6666665459e-1f;
  e = e * rest + 5.0000001201e-1f;
  e = e * (rest * rest) + rest + 1;
  uint32_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  bits = (bits << 23) + 0x3f000000;
  f32 power;
  memcpy(&power, &bits, sizeof power);
  return e * power;
}

ALWAYS_INLINE f32 sigmoid_by_exponential(f32 x) {
#pragma STDC FP_CONTRACT ON
  const f32 y = x < -89 ? 89 : x > 87 ? -87 : -x, rounder = 0x1.8p23f;
  const f32 rounded = y * 1.44269504089f + rounder, k = rounded - rounder;
  const f32 rest = (y - k * 0.693359375f) - k * -2.12194440e-4f;
  return 1 / (1 + 2 * half_exponential(rest, rounded));
}

#define FUNCTION2(name, T) \
  static void name##_##T(HEAD, void *out, i64 out_stride, const void *left, i64 a_stride, \
                        const void *right, i64 b_stride) { \
    T *o = out; \
    const T *p = left, *q = right; \
    if (n == 1) { \
      *o = ONE_OF(name, T)(*p, *q); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 1) { \
      if (n > 0) RUN_OF(name, T)(o, p, q, n); \
      return; \
    } \
    for (i64 first = 0; first < n; first += FUNCTION_BLOCK) { \
      const i64 count = n - first < FUNCTION_BLOCK ? n - first : FUNCTION_BLOCK; \
      T a[FUNCTION_BLOCK], b[FUNCTION_BLOCK]; \
      for (i64 i = 0; i < count; i++) { \
        a[i] = p[(first + i) * a_stride]; \
        b[i] = q[(first + i) * b_stride]; \
      } \
      RUN_OF(name, T)(a, a, b, count); \
      for (i64 i = 0; i < count; i++) o[(first + i) * out_stride] = a[i]; \
    } \
  }
SLEEF_FUNCTIONS2(FUNCTION2)
