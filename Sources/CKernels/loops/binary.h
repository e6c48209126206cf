// out[i] = f(a[i], b[i]) and comparisons.

#define BINARY(NAME, R, T, EXPRESSION) \
  ALWAYS_INLINE R NAME##_of_##T(T a, T b) { return EXPRESSION; } \
  static void NAME##_##T(HEAD, void *out, i64 out_stride, const void *left, i64 a_stride, \
                         const void *right, i64 b_stride) { \
    R *o = out; \
    const T *p = left, *q = right; \
    if (n == 1) { \
      *o = NAME##_of_##T(*p, *q); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 1) { \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i], q[i])); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 0) { \
      const T b = *q; \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i], b)); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 0 && b_stride == 1) { \
      const T a = *p; \
      FOR_EACH(T, o[i] = NAME##_of_##T(a, q[i])); \
      return; \
    } \
    for (i64 i = 0; i < n; i++) \
      o[i * out_stride] = NAME##_of_##T(p[i * a_stride], q[i * b_stride]); \
  }

// Of two equal values (0 and -0) maximum and minimum give the first.
#define FLOATING2(T) \
  BINARY(add, T, T, a + b) \
  BINARY(sub, T, T, a - b) \
  BINARY(mul, T, T, a * b) \
  BINARY(div, T, T, a / b) \
  BINARY(maximum, T, T, ((b > a) | (b != b)) ? b : a) \
  BINARY(minimum, T, T, ((b < a) | (b != b)) ? b : a) \
  BINARY(tanh_backward, T, T, a * (1 - b * b)) \
  BINARY(sigmoid_backward, T, T, a * (1 - b) * b) \
  BINARY(relu_backward, T, T, b <= 0 ? 0 : a)
FLOATING2(f32)
FLOATING2(f64)

#define INTEGER2(T) \
  ALWAYS_INLINE T power_of_##T##_by_squaring(T a, T b) { \
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0; \
    T result = 1; \
    for (; b != 0; b >>= 1) { \
      if (b & 1) result = WRAP(T, result, *, a); \
      a = WRAP(T, a, *, a); \
    } \
    return result; \
  } \
  BINARY(add, T, T, WRAP(T, a, +, b)) \
  BINARY(sub, T, T, WRAP(T, a, -, b)) \
  BINARY(mul, T, T, WRAP(T, a, *, b)) \
  BINARY(power, T, T, power_of_##T##_by_squaring(a, b)) \
  BINARY(maximum, T, T, b > a ? b : a) \
  BINARY(minimum, T, T, b < a ? b : a) \
  BINARY(and, T, T, a & b) \
  BINARY(or, T, T, a | b) \
  BINARY(xor, T, T, a ^ b)
INTEGER2(i32)
INTEGER2(i64)

BINARY(and, b8, b8, a & b)
BINARY(or, b8, b8, a | b)
BINARY(xor, b8, b8, a ^ b)

static void binary(agk_binary_op op, agk_dtype dtype, i64 n, void *out, i64 out_stride,
                   const void *a, i64 a_stride, const void *b, i64 b_stride) {
#define NUMBERS(f) {[AGK_INT32] = f##_i32, f##_i64, f##_f32, f##_f64}
#define FLOATS(f) {[AGK_FLOAT32] = f##_f32, f##_f64}
#define WITH_BOOL(boolean, f) {boolean##_b8, f##_i32, f##_i64, f##_f32, f##_f64}
#define BITS(f) {f##_b8, f##_i32, f##_i64}
  static void (*const loops[][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64,
                                  const void *, i64) = {
      [AGK_ADD] = WITH_BOOL(or, add),
      [AGK_SUB] = NUMBERS(sub),
      [AGK_MUL] = WITH_BOOL(and, mul),
      [AGK_DIV] = FLOATS(div),
      [AGK_POW] = NUMBERS(power),
      [AGK_MAXIMUM] = WITH_BOOL(or, maximum),
      [AGK_MINIMUM] = WITH_BOOL(and, minimum),
      [AGK_BITWISE_AND] = BITS(and),
      [AGK_BITWISE_OR] = BITS(or),
      [AGK_BITWISE_XOR] = BITS(xor),
      [AGK_TANH_BACKWARD] = FLOATS(tanh_backward),
      [AGK_SIGMOID_BACKWARD] = FLOATS(sigmoid_backward),
      [AGK_RELU_BACKWARD] = FLOATS(relu_backward),
  };
#undef NUMBERS
#undef FLOATS
#undef WITH_BOOL
#undef BITS
  loops[op][dtype](op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
}

#define COMPARISONS(T) \
  BINARY(eq, b8, T, a == b) \
  BINARY(ne, b8, T, a != b) \
  BINARY(lt, b8, T, a < b) \
  BINARY(le, b8, T, a <= b) \
  BINARY(gt, b8, T, a > b) \
  BINARY(ge, b8, T, a >= b)
COMPARISONS(b8)
COMPARISONS(i32)
COMPARISONS(i64)
COMPARISONS(f32)
COMPARISONS(f64)

static void compare(agk_compare_op op, agk_dtype dtype, i64 n, bool *out, i64 out_stride,
                    const void *a, i64 a_stride, const void *b, i64 b_stride) {
#define EACH(f) {f##_b8, f##_i32, f##_i64, f##_f32, f##_f64}
  static void (*const loops[][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64,
                                  const void *, i64) = {
      EACH(eq), EACH(ne), EACH(lt), EACH(le), EACH(gt), EACH(ge)};
#undef EACH
  loops[op][dtype](op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
}
