// Numbers counted from a start, and evenly between two.

#define COUNTING(T) \
  static void arange_##T(i64 n, T *out, f64 start, f64 step) { \
    enum { LANES = 32 / sizeof(T) }; \
    const i64 in_registers = n - n % (2 * LANES); \
    for (i64 first = 0; first < in_registers; first += LANES) { \
      const f64 base = (T)__builtin_elementwise_fma(step, (f64)first, start); \
      for (int lane = 0; lane < LANES; lane++) \
        out[first + lane] = (T)__builtin_elementwise_fma(step, (f64)lane, base); \
    } \
    for (i64 i = in_registers; i < n; i++) \
      out[i] = (T)__builtin_elementwise_fma(step, (f64)i, start); \
  } \
  static void linspace_##T(i64 n, T *out, T start, T end) { \
    const T step = n > 1 ? (end - start) / (T)(n - 1) : 0; \
    const i64 half = n == 1 ? 1 : n / 2; \
    PRAGMA(clang loop vectorize_width(WIDTH(T))) \
    for (i64 i = 0; i < half; i++) out[i] = __builtin_elementwise_fma(step, (T)i, start); \
    PRAGMA(clang loop vectorize_width(WIDTH(T))) \
    for (i64 i = half; i < n; i++) \
      out[i] = __builtin_elementwise_fma(-step, (T)(n - i - 1), end); \
  }
COUNTING(f32)
COUNTING(f64)

static void arange(agk_dtype dtype, i64 n, void *out, f64 start, f64 step) {
  if (dtype == AGK_FLOAT32) arange_f32(n, out, start, step);
  if (dtype == AGK_FLOAT64) arange_f64(n, out, start, step);
}

static void linspace(agk_dtype dtype, i64 n, void *out, f64 start, f64 end) {
  if (dtype == AGK_FLOAT32) linspace_f32(n, out, (f32)start, (f32)end);
  if (dtype == AGK_FLOAT64) linspace_f64(n, out, start, end);
}
