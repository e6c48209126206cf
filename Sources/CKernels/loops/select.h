// Three operands: out[i] = a[i] + c[i] * b[i] and out[i] = condition[i] ? a[i] : b[i].

// A is the first operand's type; FIRST are the dispatcher's leading arguments.
#define TERNARY(NAME, FIRST, A, T, EXPRESSION) \
  ALWAYS_INLINE T NAME##_of_##T(A a, T b, T c) { return EXPRESSION; } \
  static void NAME##_##T(FIRST, void *out, i64 out_stride, const void *first, i64 a_stride, \
                         const void *second, i64 b_stride, const void *third, i64 c_stride) { \
    T *o = out; \
    const A *p = first; \
    const T *q = second, *r = third; \
    if (n == 1) { \
      *o = NAME##_of_##T(*p, *q, *r); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 1 && c_stride == 1) { \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i], q[i], r[i])); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 1 && c_stride == 0) { \
      const T c = *r; \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i], q[i], c)); \
      return; \
    } \
    if (out_stride == 1 && a_stride == 1 && b_stride == 0 && c_stride == 1) { \
      const T b = *q; \
      FOR_EACH(T, o[i] = NAME##_of_##T(p[i], b, r[i])); \
      return; \
    } \
    for (i64 i = 0; i < n; i++) \
      o[i * out_stride] = NAME##_of_##T(p[i * a_stride], q[i * b_stride], r[i * c_stride]); \
  }

#define WHERE_HEAD __attribute__((unused)) uint8_t dtype, i64 n
TERNARY(add_scaled, HEAD, b8, b8, a | (c & b))
TERNARY(add_scaled, HEAD, i32, i32, WRAP(i32, a, +, WRAP(i32, c, *, b)))
TERNARY(add_scaled, HEAD, i64, i64, WRAP(i64, a, +, WRAP(i64, c, *, b)))
TERNARY(add_scaled, HEAD, f32, f32, a + c * b)
TERNARY(add_scaled, HEAD, f64, f64, a + c * b)
TERNARY(choose, WHERE_HEAD, b8, b8, a ? b : c)
TERNARY(choose, WHERE_HEAD, b8, i32, a ? b : c)
TERNARY(choose, WHERE_HEAD, b8, i64, a ? b : c)
TERNARY(choose, WHERE_HEAD, b8, f32, a ? b : c)
TERNARY(choose, WHERE_HEAD, b8, f64, a ? b : c)

static void ternary(agk_ternary_op op, agk_dtype dtype, i64 n, void *out, i64 out_stride,
                    const void *a, i64 a_stride, const void *b, i64 b_stride, const void *c,
                    i64 c_stride) {
  static void (*const loops[][5])(uint8_t, uint8_t, i64, void *, i64, const void *, i64,
                                  const void *, i64, const void *, i64) = {
      [AGK_ADD_SCALED] =
          {add_scaled_b8, add_scaled_i32, add_scaled_i64, add_scaled_f32, add_scaled_f64},
  };
  loops[op][dtype](op, dtype, n, out, out_stride, a, a_stride, b, b_stride, c, c_stride);
}

static void where(agk_dtype dtype, i64 n, void *out, i64 out_stride, const bool *condition,
                  i64 condition_stride, const void *a, i64 a_stride, const void *b,
                  i64 b_stride) {
  static void (*const loops[5])(uint8_t, i64, void *, i64, const void *, i64, const void *, i64,
                                const void *, i64) = {
      choose_b8, choose_i32, choose_i64, choose_f32, choose_f64};
  if (condition_stride == 0) {
    const size_t item = dtype == AGK_BOOL ? 1 : dtype == AGK_INT32 || dtype == AGK_FLOAT32 ? 4 : 8;
    copy(item, 1, n, out, 0, out_stride, *condition ? a : b, 0, *condition ? a_stride : b_stride);
    return;
  }
  loops[dtype](dtype, n, out, out_stride, condition, condition_stride, a, a_stride, b, b_stride);
}
