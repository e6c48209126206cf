// Functions of up to three tensors and three numbers that would otherwise be chains of temporaries:
// activations, their derivatives, and blends.
//
// Each works on a contiguous block that stays in the first-level cache; the driver at the end brings
// the blocks in and out. The output may be the first input: it is written in the last pass only.

#define FUSED_BLOCK 512

#define FUSED_HEAD \
  i64 n, void *out, const void *first, __attribute__((unused)) const void *second, \
      __attribute__((unused)) const void *third, \
      __attribute__((unused)) const double *parameters
#define FUSED_OPERANDS(T) \
  T *o = out; \
  const T *a = first; \
  __attribute__((unused)) const T *b = second, *c = third; \
  __attribute__((unused)) const T p = (T)parameters[0], q = (T)parameters[1], \
                                  r = (T)parameters[2]
#define FUSED_VALUES(T) \
  __attribute__((unused)) T a, __attribute__((unused)) T b, __attribute__((unused)) T c, \
      __attribute__((unused)) T p, __attribute__((unused)) T q, __attribute__((unused)) T r

// o = EXPRESSION of the elements a, b, c and the numbers p, q, r.
#define FORMULA(NAME, T, EXPRESSION) \
  ALWAYS_INLINE T NAME##_result_##T(FUSED_VALUES(T)) { return EXPRESSION; } \
  static void NAME##_block_##T(FUSED_HEAD) { \
    FUSED_OPERANDS(T); \
    FOR_EACH(T, o[i] = NAME##_result_##T(a[i], b[i], c[i], p, q, r)); \
  }

// t = FUNCTION(BEFORE), o = AFTER, which may use t.
#define THROUGH(NAME, T, FUNCTION, BEFORE, AFTER) \
  ALWAYS_INLINE T NAME##_argument_##T(FUSED_VALUES(T)) { return BEFORE; } \
  ALWAYS_INLINE T NAME##_result_##T(FUSED_VALUES(T), __attribute__((unused)) T t) { \
    return AFTER; \
  } \
  static void NAME##_block_##T(FUSED_HEAD) { \
    FUSED_OPERANDS(T); \
    T t[FUSED_BLOCK]; \
    FOR_EACH(T, t[i] = NAME##_argument_##T(a[i], b[i], c[i], p, q, r)); \
    FUNCTION##_##T(0, 0, n, t, 1, t, 1); \
    FOR_EACH(T, o[i] = NAME##_result_##T(a[i], b[i], c[i], p, q, r, t[i])); \
  }

// Two functions in a row, for THROUGH.
#define log1p_of_exp_f32(op, dtype, n, out, out_stride, x, x_stride) \
  (exp_f32(op, dtype, n, out, out_stride, x, x_stride), \
   log1p_f32(op, dtype, n, out, out_stride, out, out_stride))
#define log1p_of_exp_f64(op, dtype, n, out, out_stride, x, x_stride) \
  (exp_f64(op, dtype, n, out, out_stride, x, x_stride), \
   log1p_f64(op, dtype, n, out, out_stride, out, out_stride))
#define log1p_of_exp2_f32(op, dtype, n, out, out_stride, x, x_stride) \
  (exp2_f32(op, dtype, n, out, out_stride, x, x_stride), \
   log1p_f32(op, dtype, n, out, out_stride, out, out_stride))
#define log1p_of_exp2_f64(op, dtype, n, out, out_stride, x, x_stride) \
  (exp2_f64(op, dtype, n, out, out_stride, x, x_stride), \
   log1p_f64(op, dtype, n, out, out_stride, out, out_stride))

#define ABS(x) __builtin_elementwise_abs(x)
// NaN in either passes; of two equal values the first.
#define GREATER(x, y) ((((y) > (x)) | ((y) != (y))) ? (y) : (x))
#define LESSER(x, y) ((((y) < (x)) | ((y) != (y))) ? (y) : (x))

#define ROOT_OF_2_BY_PI 0.79788456080286535588
#define ROOT_OF_HALF 0.70710678118654752440
#define NORMAL_PEAK 0.39894228040143267794  // 1 / sqrt(2 pi)
#define LOG2_OF_E 1.44269504088896340736
#define PI 3.14159265358979323846

#define FUSED_FUNCTIONS(T) \
  THROUGH(softplus, T, log1p_of_exp, -ABS(a * p), \
          a * p > q ? a : (GREATER(a * p, (T)0) + t) / p) \
  THROUGH(softplus_backward, T, exp, -(b * p), b * p > q ? a : a / (1 + t)) \
  THROUGH(silu, T, exp, -a, a / (1 + t)) \
  THROUGH(silu_backward, T, exp, -b, a / (1 + t) * (1 + b * (1 - 1 / (1 + t)))) \
  /* (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), which does not cancel. */ \
  THROUGH(gelu_tanh, T, exp, (T)-2 * tanh_angle_##T(a), a / (1 + t)) \
  /* In PyTorch's terms and order, since sums of gradients cancel. */ \
  THROUGH(gelu_tanh_backward, T, tanh, tanh_angle_##T(b), \
          a * ((T)0.5 * (1 + t) + (T)0.5 * b * (1 - t * t) * tanh_slope_##T(b))) \
  /* tanh(log(1 + e)) = w / (w + 2) with e = exp(x), w = e (e + 2); 1 from where it rounds to it. */ \
  THROUGH(mish, T, exp, a > MISH_BOUND(T) ? MISH_BOUND(T) : a, \
          /* A result below the normal numbers is not rounded twice. */ \
          (a < 0 ? 1 : a) * ((a < 0 ? a : 1) * (t * (t + 2)) / (t * (t + 2) + 2))) \
  THROUGH(mish_backward, T, exp, b > MISH_BOUND(T) ? MISH_BOUND(T) : b, \
          a * mish_slope_##T(b, t, t * (t + 2))) \
  THROUGH(elu, T, expm1, (a > 0 ? 0 : a) * r, a <= 0 ? t * p : a * q) \
  THROUGH(elu_backward, T, exp, (b > 0 ? 0 : b) * r, b <= 0 ? a * r * p * t : a * q) \
  FORMULA(elu_backward_of_result, T, b <= 0 ? a * r * (b + p) : a * q) \
  THROUGH(log_sigmoid, T, log1p_of_exp, -ABS(a), LESSER(a, (T)0) - t) \
  FORMULA(log_sigmoid_backward, T, a * ((b < 0) - (b < 0 ? 1 : -1) * (c / (1 + c)))) \
  THROUGH(glu, T, exp, -b, a / (1 + t)) \
  THROUGH(glu_backward, T, exp, -b, c * a * (1 - 1 / (1 + t)) / (1 + t)) \
  FORMULA(leaky_relu, T, a > 0 ? a : a * p) \
  FORMULA(leaky_relu_backward, T, b > 0 ? a : a * p) \
  FORMULA(hardtanh_backward, T, ((b > p) & (b < q)) ? a : 0) \
  FORMULA(hardsigmoid, T, LESSER(GREATER(a + 3, (T)0), (T)6) / 6) \
  /* PyTorch's sixth is float32's, for float64 too. */ \
  FORMULA(hardsigmoid_backward, T, ((b > -3) & (b < 3)) ? a * (T)(1.0f / 6.0f) : 0) \
  FORMULA(hardswish, T, a * LESSER(GREATER(a + 3, (T)0), (T)6) / 6) \
  FORMULA(hardswish_backward, T, b <= -3 ? 0 : b < 3 ? a * (b / 3 + (T)0.5) : a) \
  FORMULA(hardshrink, T, ((a >= -p) & (a <= p)) ? 0 : a) \
  FORMULA(softshrink, T, a > p ? a - p : a < -p ? a + p : a * 0) \
  FORMULA(shrink_backward, T, ((b < -p) | (b > p)) ? a : 0) \
  FORMULA(nan_to_num, T, a != a ? p : a > MAX_OF(T) ? q : a < -MAX_OF(T) ? r : a) \
  FORMULA(lerp, T, ABS(c) < (T)0.5 ? a + c * (b - a) : b - (b - a) * (1 - c)) \
  THROUGH(logaddexp, T, log1p_of_exp, -ABS(a - b), \
          a == b && ABS(a) > MAX_OF(T) ? a : GREATER(a, b) + t) \
  THROUGH(logaddexp2, T, log1p_of_exp2, -ABS(a - b), \
          a == b && ABS(a) > MAX_OF(T) ? a : GREATER(a, b) + t * (T)LOG2_OF_E) \
  THROUGH(xlogy, T, log, b, b != b ? b : a == 0 ? 0 : a * t) \
  THROUGH(sinc, T, sin, a * (T)PI, \
          a == 0 ? 1 : t / (a * (T)PI)) \
  FORMULA(squared_error, T, (a - b) * (a - b)) \
  FORMULA(squared_error_backward, T, p * (b - c) * a) \
  FORMULA(smooth_l1, T, \
          ABS(a - b) < p ? (T)0.5 * ABS(a - b) * ABS(a - b) / p : ABS(a - b) - (T)0.5 * p) \
  FORMULA(smooth_l1_backward, T, \
          b - c <= -p ? -q * a : b - c >= p ? q * a : q * (b - c) * a / p) \
  FORMULA(huber, T, \
          ABS(a - b) <= p ? (T)0.5 * ABS(a - b) * ABS(a - b) : p * (ABS(a - b) - (T)0.5 * p)) \
  FORMULA(huber_backward, T, \
          b - c <= -p ? -q * a * p : b - c >= p ? q * a * p : q * (b - c) * a) \
  /* PyTorch bounds logarithms by -100, and denominators by float32's 1e-12. */ \
  static void cross_entropy_block_##T(FUSED_HEAD) { \
    FUSED_OPERANDS(T); \
    T of_one[FUSED_BLOCK], of_zero[FUSED_BLOCK]; \
    FOR_EACH(T, of_zero[i] = -a[i]); \
    log_##T(0, 0, n, of_one, 1, a, 1); \
    log1p_##T(0, 0, n, of_zero, 1, of_zero, 1); \
    FOR_EACH(T, o[i] = (b[i] - 1) * GREATER(of_zero[i], (T)-100) - \
                       b[i] * GREATER(of_one[i], (T)-100)); \
  } \
  FORMULA(cross_entropy_backward, T, a * (b - c) / GREATER((1 - b) * b, (T)1e-12f)) \
  THROUGH(cross_entropy_of_logit, T, log1p_of_exp, -ABS(a), (1 - b) * a - (LESSER(a, (T)0) - t)) \
  THROUGH(cross_entropy_of_logit_backward, T, exp, -b, (1 / (1 + t) - c) * a)

#define MISH_BOUND(T) (sizeof(T) == 4 ? (T)20 : (T)40)
#define MAX_OF(T) ((T)(sizeof(T) == 4 ? 0x1.fffffep127 : 0x1.fffffffffffffp1023))
// tanh + x sigmoid(x) (1 - tanh²), by e = exp(x) and w = e (e + 2).
#define MISH_SLOPE(T) \
  ALWAYS_INLINE T mish_slope_##T(T x, T e, T w) { \
    const T rest = x > MISH_BOUND(T) ? 0 : 4 * (w + 1) / ((w + 2) * (w + 2)); \
    return w / (w + 2) + x * (e / (1 + e)) * rest; \
  }
MISH_SLOPE(f32)
MISH_SLOPE(f64)
#define GELU_TANH_PARTS(T) \
  ALWAYS_INLINE T tanh_angle_##T(T x) { \
    return (T)ROOT_OF_2_BY_PI * (x + (T)0.044715 * (x * x * x)); \
  } \
  ALWAYS_INLINE T tanh_slope_##T(T x) { \
    return (T)ROOT_OF_2_BY_PI * (1 + (T)0.134145 * (x * x)); \
  }
GELU_TANH_PARTS(f32)
GELU_TANH_PARTS(f64)
FUSED_FUNCTIONS(f32)
FUSED_FUNCTIONS(f64)

ALWAYS_INLINE f32 gelu_slope_f32(f32 x) {
  const normal at = normal_at(x);
  return share_below(x, at.beyond) + x * at.density;
}
FORMULA(gelu, f32, a * share_below(a, normal_at(a).beyond))
FORMULA(gelu_backward, f32, a * gelu_slope_f32(b))
THROUGH(gelu, f64, erf, a * ROOT_OF_HALF, a * 0.5 * (1 + t))
static void gelu_backward_block_f64(FUSED_HEAD) {
  FUSED_OPERANDS(f64);
  f64 share[FUSED_BLOCK], density[FUSED_BLOCK];
  FOR_EACH(f64, share[i] = b[i] * ROOT_OF_HALF);
  FOR_EACH(f64, density[i] = b[i] * b[i] * -0.5);
  erf_f64(0, 0, n, share, 1, share, 1);
  exp_f64(0, 0, n, density, 1, density, 1);
  FOR_EACH(f64, o[i] = a[i] * (0.5 * (1 + share[i]) + b[i] * (density[i] * NORMAL_PEAK)));
}

#define FUSED_NUMBERS(T) \
  FORMULA(clamp, T, LESSER(GREATER(a, b), c)) \
  FORMULA(threshold, T, a <= p ? q : a) \
  FORMULA(threshold_backward, T, b <= p ? 0 : a)
FUSED_NUMBERS(i32)
FUSED_NUMBERS(i64)
FUSED_NUMBERS(f32)
FUSED_NUMBERS(f64)
FORMULA(addcmul, i32, WRAP(i32, a, +, WRAP(i32, p, *, WRAP(i32, b, *, c))))
FORMULA(addcmul, i64, WRAP(i64, a, +, WRAP(i64, p, *, WRAP(i64, b, *, c))))
FORMULA(addcmul, f32, a + p * b * c)
FORMULA(addcmul, f64, a + p * b * c)
FORMULA(addcdiv, f32, a + p * b / c)
FORMULA(addcdiv, f64, a + p * b / c)

// A run of `count` elements from `first` on as a contiguous block: where it lies, or in `buffer`.
ALWAYS_INLINE const void *block_of(size_t size, const void *x, i64 stride, i64 first, i64 count,
                                   void *buffer) {
  if (stride == 1 || count == 1) return (const char *)x + first * stride * (i64)size;
  if (stride == 0 && first > 0) return buffer;
  if (size == 4) {
    const f32 *p = (const f32 *)x + first * stride;
    for (i64 i = 0; i < count; i++) ((f32 *)buffer)[i] = p[i * stride];
  } else {
    const f64 *p = (const f64 *)x + first * stride;
    for (i64 i = 0; i < count; i++) ((f64 *)buffer)[i] = p[i * stride];
  }
  return buffer;
}

static void fused(agk_fused_op op, agk_dtype dtype, i64 n, void *out, i64 out_stride,
                  const void *a, i64 a_stride, const void *b, i64 b_stride, const void *c,
                  i64 c_stride, const double *parameters) {
#define FLOATS(f) {[AGK_FLOAT32] = f##_block_f32, f##_block_f64}
#define NUMBERS(f) \
  {[AGK_INT32] = f##_block_i32, f##_block_i64, f##_block_f32, f##_block_f64}
  static void (*const blocks[][5])(i64, void *, const void *, const void *, const void *,
                                   const double *) = {
      [AGK_SOFTPLUS] = FLOATS(softplus),
      [AGK_SOFTPLUS_BACKWARD] = FLOATS(softplus_backward),
      [AGK_SILU] = FLOATS(silu),
      [AGK_SILU_BACKWARD] = FLOATS(silu_backward),
      [AGK_GELU] = FLOATS(gelu),
      [AGK_GELU_BACKWARD] = FLOATS(gelu_backward),
      [AGK_GELU_TANH] = FLOATS(gelu_tanh),
      [AGK_GELU_TANH_BACKWARD] = FLOATS(gelu_tanh_backward),
      [AGK_MISH] = FLOATS(mish),
      [AGK_MISH_BACKWARD] = FLOATS(mish_backward),
      [AGK_ELU] = FLOATS(elu),
      [AGK_ELU_BACKWARD] = FLOATS(elu_backward),
      [AGK_ELU_BACKWARD_OF_RESULT] = FLOATS(elu_backward_of_result),
      [AGK_LOG_SIGMOID] = FLOATS(log_sigmoid),
      [AGK_LOG_SIGMOID_BACKWARD] = FLOATS(log_sigmoid_backward),
      [AGK_GLU] = FLOATS(glu),
      [AGK_GLU_BACKWARD] = FLOATS(glu_backward),
      [AGK_LEAKY_RELU] = FLOATS(leaky_relu),
      [AGK_LEAKY_RELU_BACKWARD] = FLOATS(leaky_relu_backward),
      [AGK_HARDTANH_BACKWARD] = FLOATS(hardtanh_backward),
      [AGK_HARDSIGMOID] = FLOATS(hardsigmoid),
      [AGK_HARDSIGMOID_BACKWARD] = FLOATS(hardsigmoid_backward),
      [AGK_HARDSWISH] = FLOATS(hardswish),
      [AGK_HARDSWISH_BACKWARD] = FLOATS(hardswish_backward),
      [AGK_HARDSHRINK] = FLOATS(hardshrink),
      [AGK_SOFTSHRINK] = FLOATS(softshrink),
      [AGK_SHRINK_BACKWARD] = FLOATS(shrink_backward),
      [AGK_THRESHOLD] = NUMBERS(threshold),
      [AGK_THRESHOLD_BACKWARD] = NUMBERS(threshold_backward),
      [AGK_NAN_TO_NUM] = FLOATS(nan_to_num),
      [AGK_CLAMP] = NUMBERS(clamp),
      [AGK_LERP] = FLOATS(lerp),
      [AGK_ADDCMUL] = NUMBERS(addcmul),
      [AGK_ADDCDIV] = FLOATS(addcdiv),
      [AGK_LOGADDEXP] = FLOATS(logaddexp),
      [AGK_LOGADDEXP2] = FLOATS(logaddexp2),
      [AGK_XLOGY] = FLOATS(xlogy),
      [AGK_SINC] = FLOATS(sinc),
      [AGK_SQUARED_ERROR] = FLOATS(squared_error),
      [AGK_SQUARED_ERROR_BACKWARD] = FLOATS(squared_error_backward),
      [AGK_SMOOTH_L1] = FLOATS(smooth_l1),
      [AGK_SMOOTH_L1_BACKWARD] = FLOATS(smooth_l1_backward),
      [AGK_HUBER] = FLOATS(huber),
      [AGK_HUBER_BACKWARD] = FLOATS(huber_backward),
      [AGK_CROSS_ENTROPY] = FLOATS(cross_entropy),
      [AGK_CROSS_ENTROPY_BACKWARD] = FLOATS(cross_entropy_backward),
      [AGK_CROSS_ENTROPY_OF_LOGIT] = FLOATS(cross_entropy_of_logit),
      [AGK_CROSS_ENTROPY_OF_LOGIT_BACKWARD] = FLOATS(cross_entropy_of_logit_backward),
  };
#undef FLOATS
#undef NUMBERS
  const size_t size = dtype == AGK_INT32 || dtype == AGK_FLOAT32 ? 4 : 8;
  double buffer[4][FUSED_BLOCK];
  for (i64 first = 0; first < n; first += FUSED_BLOCK) {
    const i64 count = n - first < FUSED_BLOCK ? n - first : FUSED_BLOCK;
    const void *x = block_of(size, a, a_stride, first, count, buffer[0]);
    const void *y = b == NULL ? x : block_of(size, b, b_stride, first, count, buffer[1]);
    const void *z = c == NULL ? x : block_of(size, c, c_stride, first, count, buffer[2]);
    const bool in_place = out_stride == 1 || count == 1;
    void *o = in_place ? (void *)((char *)out + first * out_stride * (i64)size) : buffer[3];
    blocks[op][dtype](count, o, x, y, z, parameters);
    if (in_place) continue;
    if (size == 4) {
      f32 *to = (f32 *)out + first * out_stride;
      for (i64 i = 0; i < count; i++) to[i * out_stride] = ((f32 *)o)[i];
    } else {
      f64 *to = (f64 *)out + first * out_stride;
      for (i64 i = 0; i < count; i++) to[i * out_stride] = ((f64 *)o)[i];
    }
  }
}
