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
  BINARY(pow, T, T, power_of_##T##_by_squaring(a, b)) \
  BINARY(maximum, T, T, b > a ? b : a) \
  BINARY(minimum, T, T, b < a ? b : a) \
  BINARY(and, T, T, a & b) \
  BINARY(or, T, T, a | b) \
  BINARY(xor, T, T, a ^ b)
INTEGER2(i32)
INTEGER2(i64)

// What fmod leaves of a block, and the operands, for EXPRESSION.
#define OF_REST(NAME, T, EXPRESSION) \
  ALWAYS_INLINE T NAME##_of_##T(__attribute__((unused)) T a, T b, T rest) { return EXPRESSION; } \
  static void NAME##_##T(HEAD, void *out, i64 out_stride, const void *left, i64 a_stride, \
                         const void *right, i64 b_stride) { \
    T *o = out; \
    const T *p = left, *q = right; \
    for (i64 first = 0; first < n; first += FUNCTION_BLOCK) { \
      const i64 count = n - first < FUNCTION_BLOCK ? n - first : FUNCTION_BLOCK; \
      T a[FUNCTION_BLOCK], b[FUNCTION_BLOCK], rest[FUNCTION_BLOCK]; \
      for (i64 i = 0; i < count; i++) { \
        a[i] = p[(first + i) * a_stride]; \
        b[i] = q[(first + i) * b_stride]; \
      } \
      RUN_OF(fmod, T)(rest, a, b, count); \
      for (i64 i = 0; i < count; i++) rest[i] = NAME##_of_##T(a[i], b[i], rest[i]); \
      for (i64 i = 0; i < count; i++) o[(first + i) * out_stride] = rest[i]; \
    } \
  }

#define FLOATING_DIVISION(T, SUFFIX) \
  /* Python's floor division: by way of the remainder, so that 1 // 0.1 is 9. */ \
  ALWAYS_INLINE T floor_quotient_##T(T a, T b, T rest) { \
    T quotient = (a - rest) / b; \
    quotient -= (rest != 0) & ((b < 0) != (rest < 0)); \
    const T below = __builtin_elementwise_floor(quotient); \
    const T whole = quotient - below > (T)0.5 ? below + 1 : below; \
    const T zero = __builtin_copysign##SUFFIX((T)0, a / b); \
    /* SLEEF's remainder is none, as PyTorch's, where the quotient is huge, and so a whole one. */ \
    const bool huge = (rest != rest) & (a - a == 0); \
    return ((b == 0) | huge) ? a / b : quotient == 0 ? zero : whole; \
  } \
  /* The remainder of whichever division leaves the divisor's sign. */ \
  OF_REST(remainder, T, ((rest != 0) & ((rest < 0) != (b < 0))) ? rest + b : rest) \
  OF_REST(floor_divide, T, floor_quotient_##T(a, b, rest)) \
  BINARY(trunc_divide, T, T, __builtin_elementwise_trunc(a / b)) \
  BINARY(copysign, T, T, __builtin_copysign##SUFFIX(a, b)) \
  BINARY(zeta, T, T, zeta_of(a, b)) \
  BINARY(fmax, T, T, ((b > a) | (a != a)) ? b : a) \
  BINARY(fmin, T, T, ((b < a) | (a != a)) ? b : a) \
  BINARY(nextafter, T, T, __builtin_nextafter##SUFFIX(a, b))
FLOATING_DIVISION(f32, f)
FLOATING_DIVISION(f64, )

// A divisor of -1 is apart: the smallest integer by it would trap.
#define INTEGER_DIVISION(T) \
  ALWAYS_INLINE T greatest_divisor_##T(T a, T b) { \
    unsigned_##T x = a < 0 ? 0 - (unsigned_##T)a : (unsigned_##T)a; \
    unsigned_##T y = b < 0 ? 0 - (unsigned_##T)b : (unsigned_##T)b; \
    while (x != 0) { \
      const unsigned_##T rest = y % x; \
      y = x; \
      x = rest; \
    } \
    return (T)y; \
  } \
  ALWAYS_INLINE T least_multiple_##T(T a, T b) { \
    const T divisor = greatest_divisor_##T(a, b); \
    if (divisor == 0) return 0; \
    const T multiple = WRAP(T, a / divisor, *, b); \
    return multiple < 0 ? WRAP(T, 0, -, multiple) : multiple; \
  } \
  ALWAYS_INLINE T remainder_like_divisor_##T(T a, T b) { \
    const T rest = b == -1 ? 0 : a % b; \
    return rest + (((rest != 0) & ((rest ^ b) < 0)) ? b : 0); \
  } \
  ALWAYS_INLINE T floor_quotient_##T(T a, T b) { \
    if (b == -1) return WRAP(T, 0, -, a); \
    const T quotient = a / b; \
    return quotient - ((quotient * b != a) & ((a ^ b) < 0)); \
  } \
  BINARY(fmod, T, T, b == -1 ? 0 : a % b) \
  BINARY(remainder, T, T, remainder_like_divisor_##T(a, b)) \
  BINARY(floor_divide, T, T, floor_quotient_##T(a, b)) \
  BINARY(trunc_divide, T, T, b == -1 ? WRAP(T, 0, -, a) : a / b) \
  BINARY(gcd, T, T, greatest_divisor_##T(a, b)) \
  BINARY(lcm, T, T, least_multiple_##T(a, b)) \
  BINARY(left_shift, T, T, b < 0 || b >= 8 * (T)sizeof(T) ? 0 : (T)((unsigned_##T)a << b)) \
  BINARY(right_shift, T, T, b < 0 || b >= 8 * (T)sizeof(T) ? (a < 0 ? -1 : 0) : a >> b)
INTEGER_DIVISION(i32)
INTEGER_DIVISION(i64)

BINARY(and, b8, b8, a & b)
BINARY(or, b8, b8, a | b)
BINARY(xor, b8, b8, a ^ b)

static void binary(agk_binary_op op, agk_dtype dtype, i64 n, void *out, i64 out_stride,
                   const void *a, i64 a_stride, const void *b, i64 b_stride) {
#define NUMBERS(f) {[AGK_INT32] = f##_i32, f##_i64, f##_f32, f##_f64}
#define FLOATS(f) {[AGK_FLOAT32] = f##_f32, f##_f64}
#define WITH_BOOL(boolean, f) {boolean##_b8, f##_i32, f##_i64, f##_f32, f##_f64}
#define BITS(f) {f##_b8, f##_i32, f##_i64}
#define INTEGERS(f) {[AGK_INT32] = f##_i32, f##_i64}
  static void (*const loops[][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64,
                                  const void *, i64) = {
      [AGK_ADD] = WITH_BOOL(or, add),
      [AGK_SUB] = NUMBERS(sub),
      [AGK_MUL] = WITH_BOOL(and, mul),
      [AGK_DIV] = FLOATS(div),
      [AGK_POW] = NUMBERS(pow),
      [AGK_MAXIMUM] = WITH_BOOL(or, maximum),
      [AGK_MINIMUM] = WITH_BOOL(and, minimum),
      [AGK_BITWISE_AND] = BITS(and),
      [AGK_BITWISE_OR] = BITS(or),
      [AGK_BITWISE_XOR] = BITS(xor),
      [AGK_TANH_BACKWARD] = FLOATS(tanh_backward),
      [AGK_SIGMOID_BACKWARD] = FLOATS(sigmoid_backward),
      [AGK_RELU_BACKWARD] = FLOATS(relu_backward),
      [AGK_ATAN2] = FLOATS(atan2),
      [AGK_HYPOT] = FLOATS(hypot),
      [AGK_COPYSIGN] = FLOATS(copysign),
      [AGK_ZETA] = FLOATS(zeta),
      [AGK_FMOD] = NUMBERS(fmod),
      [AGK_REMAINDER] = NUMBERS(remainder),
      [AGK_FLOOR_DIVIDE] = NUMBERS(floor_divide),
      [AGK_TRUNC_DIVIDE] = NUMBERS(trunc_divide),
      [AGK_GCD] = INTEGERS(gcd),
      [AGK_LCM] = INTEGERS(lcm),
      [AGK_LEFT_SHIFT] = INTEGERS(left_shift),
      [AGK_RIGHT_SHIFT] = INTEGERS(right_shift),
      [AGK_FMAX] = FLOATS(fmax),
      [AGK_FMIN] = FLOATS(fmin),
      [AGK_NEXTAFTER] = FLOATS(nextafter),
  };
#undef INTEGERS
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
