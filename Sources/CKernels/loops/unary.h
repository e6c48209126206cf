// out[i] = f(x[i]), and conversions between dtypes.

#define UNARY(NAME, R, T, EXPRESSION) \
  ALWAYS_INLINE R NAME##_of_##T(T x) { return EXPRESSION; } \
  static void NAME##_##T(HEAD, void *out, i64 out_stride, const void *input, i64 x_stride) { \
    R *o = out; \
    const T *p = input; \
    if (n == 1) { \
      *o = NAME##_of_##T(*p); \
      return; \
    } \
    if (out_stride == 1 && x_stride == 1) { \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i])); \
      return; \
    } \
    if (out_stride == 1 && x_stride == 0) { \
      const R value = NAME##_of_##T(*p); \
      FOR_EACH(R, o[i] = value); \
      return; \
    } \
    for (i64 i = 0; i < n; i++) o[i * out_stride] = NAME##_of_##T(p[i * x_stride]); \
  }

#define FLOATING(NAME, EXPRESSION) \
  UNARY(NAME, f32, f32, EXPRESSION) \
  UNARY(NAME, f64, f64, EXPRESSION)
// As in PyTorch, sign(NaN) = 0 and relu(-0) = -0.
FLOATING(neg, -x)
FLOATING(abs, __builtin_elementwise_abs(x))
FLOATING(sign, (x > 0) - (x < 0))
FLOATING(square, x * x)
FLOATING(cube, x * x * x)
FLOATING(relu, x < 0 ? 0 : x)
FLOATING(sqrt, __builtin_elementwise_sqrt(x))
FLOATING(rsqrt, 1 / __builtin_elementwise_sqrt(x))
FLOATING(reciprocal, 1 / x)
FLOATING(floor, __builtin_elementwise_floor(x))
FLOATING(ceil, __builtin_elementwise_ceil(x))
FLOATING(round, __builtin_elementwise_roundeven(x))
FLOATING(trunc, __builtin_elementwise_trunc(x))

// float32's tanh in less than half of SLEEF's time: 1 - 2 / (exp(2|x|) + 1), and where that cancels
// a polynomial (both after Cephes, tanhf.c and expf.c). Within 2 ulp of PyTorch's: 1 was the most
// over 4 million float32 of every size.
ALWAYS_INLINE f32 tanh_by_exponential(f32 x) {
  const f32 size = __builtin_elementwise_abs(x);
  const f32 z = size * size;
  f32 near = -5.70498872745e-3f;
  near = near * z + 2.06390887954e-2f;
  near = near * z - 5.37397155531e-2f;
  near = near * z + 1.33314422036e-1f;
  near = near * z - 3.33332819422e-1f;
  near = size + size * (z * near);

  // exp(2 size) = 2^k exp(rest)
  const f32 bounded = size > 10 ? 10 : size, rounder = 0x1.8p23f;
  const f32 rounded = bounded * 2.88539008178f + rounder, k = rounded - rounder;
  const f32 rest = (2 * bounded - k * 0.693359375f) - k * -2.12194440e-4f;
  const f32 far = 1 - 1 / (half_exponential(rest, rounded) + 0.5f);

  return __builtin_copysignf(size < 0.625f ? near : far, x);
}
UNARY(tanh, f32, f32, tanh_by_exponential(x))
UNARY(sigmoid, f32, f32, sigmoid_by_exponential(x))

UNARY(erf, f32, f32, erf_by_normal(x))
UNARY(erfc, f32, f32, erfc_by_normal(x))

UNARY(asinh, f64, f64, __builtin_asinh(x))
UNARY(acosh, f64, f64, __builtin_acosh(x))

UNARY(trigamma, f32, f32, trigamma_value_f32(x))
UNARY(trigamma, f64, f64, trigamma_value_f64(x))

#define INTEGER(T) \
  UNARY(neg, T, T, WRAP(T, 0, -, x)) \
  UNARY(abs, T, T, x < 0 ? WRAP(T, 0, -, x) : x) \
  UNARY(sign, T, T, (x > 0) - (x < 0)) \
  UNARY(square, T, T, WRAP(T, x, *, x)) \
  UNARY(relu, T, T, x < 0 ? 0 : x) \
  UNARY(not, T, T, ~x)
INTEGER(i32)
INTEGER(i64)

UNARY(same, b8, b8, x)
UNARY(not, b8, b8, !x)

static void unary(agk_unary_op op, agk_dtype dtype, i64 n, void *out, i64 out_stride,
                  const void *x, i64 x_stride) {
  // By dtype in the order of agk_dtype; what PyTorch refuses is absent.
#define NUMBERS(f) {[AGK_INT32] = f##_i32, f##_i64, f##_f32, f##_f64}
#define FLOATS(f) {[AGK_FLOAT32] = f##_f32, f##_f64}
  static void (*const loops[][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64) = {
      [AGK_NEG] = NUMBERS(neg),
      [AGK_ABS] = {same_b8, abs_i32, abs_i64, abs_f32, abs_f64},
      [AGK_SIGN] = {same_b8, sign_i32, sign_i64, sign_f32, sign_f64},
      [AGK_SQUARE] = {same_b8, square_i32, square_i64, square_f32, square_f64},
      [AGK_RELU] = {same_b8, relu_i32, relu_i64, relu_f32, relu_f64},
      [AGK_BITWISE_NOT] = {not_b8, not_i32, not_i64},
      [AGK_EXP] = FLOATS(exp),
      [AGK_LOG] = FLOATS(log),
      [AGK_SQRT] = FLOATS(sqrt),
      [AGK_RSQRT] = FLOATS(rsqrt),
      [AGK_RECIPROCAL] = FLOATS(reciprocal),
      [AGK_SIN] = FLOATS(sin),
      [AGK_COS] = FLOATS(cos),
      [AGK_ATAN] = FLOATS(atan),
      [AGK_TANH] = FLOATS(tanh),
      [AGK_SIGMOID] = FLOATS(sigmoid),
      [AGK_ERF] = FLOATS(erf),
      [AGK_FLOOR] = FLOATS(floor),
      [AGK_CEIL] = FLOATS(ceil),
      [AGK_ROUND] = FLOATS(round),
      [AGK_TRUNC] = FLOATS(trunc),
      [AGK_EXP2] = FLOATS(exp2),
      [AGK_EXPM1] = FLOATS(expm1),
      [AGK_LOG2] = FLOATS(log2),
      [AGK_LOG10] = FLOATS(log10),
      [AGK_LOG1P] = FLOATS(log1p),
      [AGK_TAN] = FLOATS(tan),
      [AGK_ASIN] = FLOATS(asin),
      [AGK_ACOS] = FLOATS(acos),
      [AGK_SINH] = FLOATS(sinh),
      [AGK_COSH] = FLOATS(cosh),
      [AGK_ASINH] = FLOATS(asinh),
      [AGK_ACOSH] = FLOATS(acosh),
      [AGK_ATANH] = FLOATS(atanh),
      [AGK_ERFC] = FLOATS(erfc),
      [AGK_LGAMMA] = FLOATS(lgamma),
      [AGK_DIGAMMA] = FLOATS(digamma),
      [AGK_TRIGAMMA] = FLOATS(trigamma),
      [AGK_ERFINV] = FLOATS(erfinv),
      [AGK_CUBE] = FLOATS(cube),
  };
#undef NUMBERS
#undef FLOATS
  loops[op][dtype](op, dtype, n, out, out_stride, x, x_stride);
}

// Out of range (and NaN) gives the smallest integer, as cvttss2si and its kin do.
#define IN_RANGE(x, bits) ((x) >= -0x1p##bits && (x) < 0x1p##bits)
#define CONVERSIONS(T) \
  UNARY(b8_from, b8, T, x != 0) \
  UNARY(f32_from, f32, T, (f32)x) \
  UNARY(f64_from, f64, T, (f64)x)
CONVERSIONS(b8)
CONVERSIONS(i32)
CONVERSIONS(i64)
CONVERSIONS(f32)
CONVERSIONS(f64)
UNARY(i32_from, i32, b8, x)
UNARY(i64_from, i64, b8, x)
UNARY(i32_from, i32, i32, x)
UNARY(i64_from, i64, i32, x)
UNARY(i32_from, i32, i64, (i32)x)
UNARY(i64_from, i64, i64, x)
UNARY(i32_from, i32, f32, IN_RANGE(x, 31) ? (i32)x : INT32_MIN)
UNARY(i64_from, i64, f32, IN_RANGE(x, 63) ? (i64)x : INT64_MIN)
UNARY(i32_from, i32, f64, IN_RANGE(x, 31) ? (i32)x : INT32_MIN)
UNARY(i64_from, i64, f64, IN_RANGE(x, 63) ? (i64)x : INT64_MIN)

static void convert(agk_dtype to, agk_dtype from, i64 n, void *out, i64 out_stride, const void *x,
                    i64 x_stride) {
#define FROM_EACH(to) {to##_b8, to##_i32, to##_i64, to##_f32, to##_f64}
  static void (*const loops[5][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64) = {
      FROM_EACH(b8_from), FROM_EACH(i32_from), FROM_EACH(i64_from), FROM_EACH(f32_from),
      FROM_EACH(f64_from)};
#undef FROM_EACH
  loops[to][from](to, from, n, out, out_stride, x, x_stride);
}
