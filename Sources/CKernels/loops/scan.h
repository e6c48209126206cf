// Running sums, products and log-sums along `length` of contiguous data seen as
// [outer, length, inner], on the first `columns` of the inner ones.

// Runs whose running sums are taken together, for one waits on the one before it.
#define TOGETHER 8

// The rows of a tile become its columns.
#define TURN(A) \
  typedef A eight_##A __attribute__((ext_vector_type(8), aligned(sizeof(A)))); \
  ALWAYS_INLINE void turn_##A(A (*tile)[TOGETHER]) { \
    eight_##A *v = (eight_##A *)tile, t[8], u[8]; \
    for (int k = 0; k < 8; k += 2) { \
      t[k] = __builtin_shufflevector(v[k], v[k + 1], 0, 8, 2, 10, 4, 12, 6, 14); \
      t[k + 1] = __builtin_shufflevector(v[k], v[k + 1], 1, 9, 3, 11, 5, 13, 7, 15); \
    } \
    for (int k = 0; k < 8; k++) { \
      const int pair = k & ~2; \
      u[k] = k & 2 ? __builtin_shufflevector(t[pair], t[pair + 2], 2, 3, 10, 11, 6, 7, 14, 15) \
                   : __builtin_shufflevector(t[pair], t[pair + 2], 0, 1, 8, 9, 4, 5, 12, 13); \
    } \
    for (int k = 0; k < 4; k++) { \
      v[k] = __builtin_shufflevector(u[k], u[k + 4], 0, 1, 2, 3, 8, 9, 10, 11); \
      v[k + 4] = __builtin_shufflevector(u[k], u[k + 4], 4, 5, 6, 7, 12, 13, 14, 15); \
    } \
  }
TURN(i32)
TURN(i64)
TURN(f64)

// Running sums and products; floating point in double precision, as PyTorch has them.
#define CUMULATE(NAME, T, A, IDENTITY, JOIN) \
  static void NAME##_together_##T(i64 length, T *out, const T *x) { \
    A tile[TOGETHER][TOGETHER], sums[TOGETHER]; \
    for (i64 r = 0; r < TOGETHER; r++) sums[r] = IDENTITY; \
    i64 i = 0; \
    for (; i + TOGETHER <= length; i += TOGETHER) { \
      for (i64 r = 0; r < TOGETHER; r++) \
        for (i64 c = 0; c < TOGETHER; c++) tile[r][c] = (A)x[r * length + i + c]; \
      turn_##A(tile); \
      for (i64 c = 0; c < TOGETHER; c++) \
        for (i64 r = 0; r < TOGETHER; r++) tile[c][r] = sums[r] = JOIN(sums[r], tile[c][r]); \
      turn_##A(tile); \
      for (i64 r = 0; r < TOGETHER; r++) \
        for (i64 c = 0; c < TOGETHER; c++) out[r * length + i + c] = (T)tile[r][c]; \
    } \
    for (; i < length; i++) \
      for (i64 r = 0; r < TOGETHER; r++) { \
        sums[r] = JOIN(sums[r], (A)x[r * length + i]); \
        out[r * length + i] = (T)sums[r]; \
      } \
  } \
  static void NAME##_##T(i64 outer, i64 length, i64 columns, i64 inner, void *results, \
                         const void *input) { \
    T *out = results; \
    const T *x = input; \
    if (inner == 1) { \
      i64 o = 0; \
      for (; o + TOGETHER <= outer; o += TOGETHER) \
        NAME##_together_##T(length, out + o * length, x + o * length); \
      for (; o < outer; o++) { \
        A sum = IDENTITY; \
        for (i64 i = o * length; i < (o + 1) * length; i++) { \
          sum = JOIN(sum, (A)x[i]); \
          out[i] = (T)sum; \
        } \
      } \
      return; \
    } \
    for (i64 o = 0; o < outer; o++, x += length * inner, out += length * inner) { \
      for (i64 first = 0; first < columns; first += SUM_BLOCK) { \
        const i64 n = columns - first < SUM_BLOCK ? columns - first : SUM_BLOCK; \
        A sums[SUM_BLOCK]; \
        for (i64 c = 0; c < n; c++) sums[c] = IDENTITY; \
        for (i64 i = 0; i < length; i++) { \
          const T *row = x + i * inner + first; \
          T *to = out + i * inner + first; \
          FOR_EACH_COLUMN(T, { \
            sums[c] = JOIN(sums[c], (A)row[c]); \
            to[c] = (T)sums[c]; \
          }) \
        } \
      } \
    } \
  }
#define PLUS(a, b) ((a) + (b))
CUMULATE(cumulative_sum, i32, i32, 0, ADD_i32)
CUMULATE(cumulative_sum, i64, i64, 0, ADD_i64)
CUMULATE(cumulative_sum, f32, f64, 0, PLUS)
CUMULATE(cumulative_sum, f64, f64, 0, PLUS)
CUMULATE(cumulative_product, i32, i32, 1, MULTIPLY_i32)
CUMULATE(cumulative_product, i64, i64, 1, MULTIPLY_i64)
CUMULATE(cumulative_product, f32, f64, 1, MULTIPLY)
CUMULATE(cumulative_product, f64, f64, 1, MULTIPLY)

static void cumulate(agk_reduce_op op, agk_dtype dtype, i64 outer, i64 length, i64 columns,
                     i64 inner, void *out, const void *x) {
  typedef void (*loop)(i64, i64, i64, i64, void *, const void *);
  static const loop loops[][5] = {
      [AGK_SUM] = {[AGK_INT32] = cumulative_sum_i32, cumulative_sum_i64,
                   cumulative_sum_f32, cumulative_sum_f64},
      [AGK_PROD] = {[AGK_INT32] = cumulative_product_i32, cumulative_product_i64,
                    cumulative_product_f32, cumulative_product_f64},
  };
  loops[op][dtype](outer, length, columns, inner, out, x);
}

// Runs that are turned into columns together, and elements of them at a time.
#define TURNED_RUNS 64
#define TURNED_BLOCK 32

// Each of n ≤ SUM_BLOCK numbers becomes log(exp of it + exp of v), as PyTorch's helper in
// ATen/native/cpu/LogAddExp.h: the larger plus log1p(exp(smaller - larger)).
static void add_exponentials(i64 n, f64 *sums, const f64 *v) {
  f64 tops[SUM_BLOCK], parts[SUM_BLOCK];
  FOR_EACH_COLUMN(f64, {
    const f64 top = LARGER(v[c], sums[c]);
    tops[c] = top;
    parts[c] = SMALLER(v[c], sums[c]) - top;
  })
  RUN_OF(exp, f64)(parts, parts, n);
  RUN_OF(log1p, f64)(parts, parts, n);
  FOR_EACH_COLUMN(f64, {
    const f64 top = tops[c];
    sums[c] = top - top == 0 ? top + parts[c] : top;
  })
}

#define LOG_CUMULATE(T) \
  static void log_cumulate_turned_##T(i64 runs, i64 length, T *out, const T *x) { \
    f64 block[TURNED_BLOCK][TURNED_RUNS], sums[TURNED_RUNS]; \
    for (i64 r = 0; r < runs; r++) sums[r] = -__builtin_inf(); \
    for (i64 first = 0; first < length; first += TURNED_BLOCK) { \
      const i64 n = length - first < TURNED_BLOCK ? length - first : TURNED_BLOCK; \
      for (i64 r = 0; r < runs; r++) \
        for (i64 c = 0; c < n; c++) block[c][r] = (f64)x[r * length + first + c]; \
      for (i64 c = 0; c < n; c++) { \
        add_exponentials(runs, sums, block[c]); \
        memcpy(block[c], sums, (size_t)runs * sizeof(f64)); \
      } \
      for (i64 r = 0; r < runs; r++) \
        for (i64 c = 0; c < n; c++) out[r * length + first + c] = (T)block[c][r]; \
    } \
  } \
  static void log_cumulate_##T(i64 outer, i64 length, i64 columns, i64 inner, void *results, \
                               const void *input) { \
    T *out = results; \
    const T *x = input; \
    if (inner == 1) { \
      for (i64 o = 0; o < outer; o += TURNED_RUNS) \
        log_cumulate_turned_##T(outer - o < TURNED_RUNS ? outer - o : TURNED_RUNS, length, \
                                out + o * length, x + o * length); \
      return; \
    } \
    for (i64 o = 0; o < outer; o++, x += length * inner, out += length * inner) { \
      for (i64 first = 0; first < columns; first += SUM_BLOCK) { \
        const i64 n = columns - first < SUM_BLOCK ? columns - first : SUM_BLOCK; \
        f64 sums[SUM_BLOCK], v[SUM_BLOCK]; \
        for (i64 c = 0; c < n; c++) sums[c] = -__builtin_inf(); \
        for (i64 i = 0; i < length; i++) { \
          const T *row = x + i * inner + first; \
          T *to = out + i * inner + first; \
          FOR_EACH_COLUMN(T, v[c] = (f64)row[c]) \
          add_exponentials(n, sums, v); \
          FOR_EACH_COLUMN(T, to[c] = (T)sums[c]) \
        } \
      } \
    } \
  }
LOG_CUMULATE(f32)
LOG_CUMULATE(f64)

static void log_cumulate(agk_dtype dtype, i64 outer, i64 length, i64 columns, i64 inner, void *out,
                         const void *x) {
  if (dtype == AGK_FLOAT32)
    log_cumulate_f32(outer, length, columns, inner, out, x);
  else
    log_cumulate_f64(outer, length, columns, inner, out, x);
}
