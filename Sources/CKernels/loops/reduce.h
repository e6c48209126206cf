// Reductions of a run and of adjacent columns, and the position of an extreme.
//
// Floating-point products, maxima and minima of a contiguous run go through four accumulators of
// one 32-byte vector each, joined as ((0,1),(2,3)) and then lane by lane: PyTorch's order
// (cpu/Reduce.h), the same for every instruction set. Integers may be taken in any order.

#define MULTIPLY(a, b) ((a) * (b))
#define LARGER(a, b) ((((a) > (b)) | ((a) != (a))) ? (a) : (b))
#define SMALLER(a, b) ((((a) < (b)) | ((a) != (a))) ? (a) : (b))

// Columns worked on together, so that their results stay in the first-level cache.
#define COLUMN_BLOCK 2048

#define COLUMNS(NAME, T, JOIN, IDENTITY) \
  static void NAME##_columns_##T(i64 rows, i64 columns, T *out, const T *x, i64 row_stride) { \
    if (columns == 1) { \
      *out = NAME##_run_##T(rows, x, row_stride); \
      return; \
    } \
    for (i64 first = 0; first < columns; first += COLUMN_BLOCK) { \
      const i64 n = columns - first < COLUMN_BLOCK ? columns - first : COLUMN_BLOCK; \
      T *o = out + first; \
      for (i64 c = 0; c < n; c++) o[c] = rows > 0 ? x[first + c] : (T)(IDENTITY); \
      for (i64 i = 1; i < rows; i++) { \
        const T *row = x + i * row_stride + first; \
        FOR_EACH_COLUMN(T, o[c] = JOIN(o[c], row[c])) \
      } \
    } \
  }

#define FOLD_RUN(NAME, T, JOIN, IDENTITY) \
  static T NAME##_##T(i64 n, const T *x, i64 stride) { \
    T result = IDENTITY; \
    i64 i = 0; \
    const i64 rows = n / (4 * LANES_OF(T)); \
    if (stride == 1 && rows > 0) { \
      const lanes_##T *v = (const lanes_##T *)x; \
      lanes_##T a = v[0], b = v[1], c = v[2], d = v[3]; \
      for (i64 r = 1; r < rows; r++) { \
        a = JOIN(a, v[4 * r]); \
        b = JOIN(b, v[4 * r + 1]); \
        c = JOIN(c, v[4 * r + 2]); \
        d = JOIN(d, v[4 * r + 3]); \
      } \
      a = JOIN(a, b); \
      c = JOIN(c, d); \
      a = JOIN(a, c); \
      for (i64 j = 0; j < LANES_OF(T); j++) result = j == 0 ? a[0] : JOIN(result, a[j]); \
      i = rows * 4 * LANES_OF(T); \
    } else if (n > 0) { \
      result = x[0]; \
      i = 1; \
    } \
    for (; i < n; i++) { \
      const T next = x[i * stride]; \
      result = JOIN(result, next); \
    } \
    return result; \
  }

#define REDUCE_INTEGER(NAME, T, JOIN, IDENTITY) \
  static T NAME##_run_##T(i64 n, const T *x, i64 stride) { \
    T result = IDENTITY; \
    if (stride == 1) \
      for (i64 i = 0; i < n; i++) result = JOIN(result, x[i]); \
    else \
      for (i64 i = 0; i < n; i++) result = JOIN(result, x[i * stride]); \
    return result; \
  } \
  COLUMNS(NAME, T, JOIN, IDENTITY)

#define ADD_i32(a, b) WRAP(i32, a, +, b)
#define ADD_i64(a, b) WRAP(i64, a, +, b)
#define MULTIPLY_i32(a, b) WRAP(i32, a, *, b)
#define MULTIPLY_i64(a, b) WRAP(i64, a, *, b)
#define EITHER(a, b) ((a) | (b))
#define BOTH(a, b) ((a) & (b))
#define LARGER_INTEGER(a, b) ((a) > (b) ? (a) : (b))
#define SMALLER_INTEGER(a, b) ((a) < (b) ? (a) : (b))

// The extreme of a contiguous run of at least eight vectors. The processor's own maximum passes no
// NaN on, so that one is looked for beside it.
#define EXTREME_OF_RUN(NAME, T, BETTER) \
  static T NAME##_run_##T(i64 n, const T *x, i64 stride) { \
    const i64 group = 8 * LANES_OF(T); \
    if (stride != 1 || n < group) return NAME##_any_##T(n, x, stride); \
    const lanes_##T *v = (const lanes_##T *)x; \
    lanes_##T best[8]; \
    for (int k = 0; k < 8; k++) best[k] = v[k]; \
    __typeof__(best[0] != best[0]) nans = {0}; \
    const i64 groups = n / group; \
    for (i64 g = 0; g < groups; g++) \
      for (int k = 0; k < 8; k += 2) { \
        const lanes_##T a = v[8 * g + k], b = v[8 * g + k + 1]; \
        nans |= (a != a) | (b != b); \
        best[k] = best[k] BETTER a ? best[k] : a; \
        best[k + 1] = best[k + 1] BETTER b ? best[k + 1] : b; \
      } \
    if (__builtin_reduce_or(nans)) return __builtin_nanf(""); \
    const T last = NAME##_any_##T(n - groups * group, x + groups * group, 1); \
    const T most = NAME##_any_##T(group, (const T *)best, 1); \
    return ((last BETTER most) | (last != last)) ? last : most; \
  }

#define EXTREMES_OF(NAME, T, JOIN, BETTER, IDENTITY) \
  FOLD_RUN(NAME##_any, T, JOIN, IDENTITY) \
  EXTREME_OF_RUN(NAME, T, BETTER) \
  COLUMNS(NAME, T, JOIN, IDENTITY)
#define PRODUCTS(T) \
  FOLD_RUN(prod_run, T, MULTIPLY, 1) \
  COLUMNS(prod, T, MULTIPLY, 1)

PRODUCTS(f32)
PRODUCTS(f64)
EXTREMES_OF(max, f32, LARGER, >, -__builtin_inff())
EXTREMES_OF(max, f64, LARGER, >, -__builtin_inf())
EXTREMES_OF(min, f32, SMALLER, <, __builtin_inff())
EXTREMES_OF(min, f64, SMALLER, <, __builtin_inf())
REDUCE_INTEGER(sum, i32, ADD_i32, 0)
REDUCE_INTEGER(sum, i64, ADD_i64, 0)
REDUCE_INTEGER(prod, i32, MULTIPLY_i32, 1)
REDUCE_INTEGER(prod, i64, MULTIPLY_i64, 1)
REDUCE_INTEGER(max, i32, LARGER_INTEGER, INT32_MIN)
REDUCE_INTEGER(max, i64, LARGER_INTEGER, INT64_MIN)
REDUCE_INTEGER(min, i32, SMALLER_INTEGER, INT32_MAX)
REDUCE_INTEGER(min, i64, SMALLER_INTEGER, INT64_MAX)
REDUCE_INTEGER(max, b8, EITHER, false)
REDUCE_INTEGER(min, b8, BOTH, true)

ALWAYS_INLINE f32 sum_run_f32(i64 n, const f32 *x, i64 stride) {
  return stride == 1 ? sum_contiguous_f32(n, x, NULL) : sum_strided_f32(n, x, stride);
}
ALWAYS_INLINE f64 sum_run_f64(i64 n, const f64 *x, i64 stride) {
  return stride == 1 ? sum_contiguous_f64(n, x, NULL) : sum_strided_f64(n, x, stride);
}

// Looks at a block at a time, so that a run ends early without a branch per element.
#define FIND(NAME, T, CONDITION) \
  static i64 NAME##_##T(i64 n, const T *x, i64 stride, T value) { \
    (void)value; \
    i64 i = 0; \
    if (stride == 1) \
      for (; i + 64 <= n; i += 64) { \
        unsigned found = 0; \
        for (i64 j = 0; j < 64; j++) { \
          const T element = x[i + j]; \
          found |= CONDITION; \
        } \
        if (found) break; \
      } \
    for (; i < n; i++) { \
      const T element = x[i * stride]; \
      if (CONDITION) return i; \
    } \
    return n; \
  }
#define FINDS(T) \
  FIND(find, T, element == value) \
  FIND(find_nan, T, element != element) \
  FIND(find_zero, T, element == 0) \
  FIND(find_nonzero, T, element != 0) \
  static void all_run_##T(i64 n, void *out, const void *x, i64 stride) { \
    *(b8 *)out = find_zero_##T(n, x, stride, 0) == n; \
  } \
  static void any_run_##T(i64 n, void *out, const void *x, i64 stride) { \
    *(b8 *)out = find_nonzero_##T(n, x, stride, 0) < n; \
  } \
  static void all_any_columns_##T(b8 all, i64 rows, i64 n, b8 *out, const T *x, \
                                  i64 row_stride) { \
    for (i64 c = 0; c < n; c++) out[c] = all; \
    for (i64 i = 0; i < rows; i++) { \
      const T *row = x + i * row_stride; \
      if (all) { \
        FOR_EACH_COLUMN(T, out[c] = out[c] & (row[c] != 0)) \
      } else { \
        FOR_EACH_COLUMN(T, out[c] = out[c] | (row[c] != 0)) \
      } \
    } \
  } \
  static void all_columns_##T(i64 rows, i64 columns, void *out, const void *x, i64 row_stride) { \
    all_any_columns_##T(true, rows, columns, out, x, row_stride); \
  } \
  static void any_columns_##T(i64 rows, i64 columns, void *out, const void *x, i64 row_stride) { \
    all_any_columns_##T(false, rows, columns, out, x, row_stride); \
  } \
  static i64 arg_##T(agk_reduce_op op, i64 n, const T *x, i64 stride) { \
    T extreme = op == AGK_MAX ? max_run_##T(n, x, stride) : min_run_##T(n, x, stride); \
    return extreme != extreme ? find_nan_##T(n, x, stride, extreme) \
                              : find_##T(n, x, stride, extreme); \
  }
#pragma clang diagnostic push
// Integers and bool are never NaN; the loops above ask all the same and the answer costs nothing.
#pragma clang diagnostic ignored "-Wtautological-compare"
FINDS(b8)
FINDS(i32)
FINDS(i64)
FINDS(f32)
FINDS(f64)
#pragma clang diagnostic pop

#define ENTRY(NAME, T) \
  static void NAME##_run_entry_##T(i64 n, void *out, const void *x, i64 stride) { \
    *(T *)out = NAME##_run_##T(n, x, stride); \
  } \
  static void NAME##_columns_entry_##T(i64 rows, i64 columns, void *out, const void *x, \
                                       i64 row_stride) { \
    NAME##_columns_##T(rows, columns, out, x, row_stride); \
  }
#define NUMBER_ENTRIES(NAME) ENTRY(NAME, i32) ENTRY(NAME, i64) ENTRY(NAME, f32) ENTRY(NAME, f64)
NUMBER_ENTRIES(sum)
NUMBER_ENTRIES(prod)
NUMBER_ENTRIES(max)
NUMBER_ENTRIES(min)
ENTRY(max, b8)
ENTRY(min, b8)

#define NUMBERS(f) {[AGK_INT32] = f##_i32, f##_i64, f##_f32, f##_f64}
#define EACH(f) {f##_b8, f##_i32, f##_i64, f##_f32, f##_f64}
static void reduce(agk_reduce_op op, agk_dtype dtype, i64 n, void *out, const void *x,
                   i64 x_stride) {
  static void (*const loops[][5])(i64, void *, const void *, i64) = {
      NUMBERS(sum_run_entry), NUMBERS(prod_run_entry), EACH(max_run_entry), EACH(min_run_entry),
      EACH(all_run),          EACH(any_run)};
  loops[op][dtype](n, out, x, x_stride);
}

static void sum_pieces(agk_dtype dtype, i64 n, i64 first, i64 count, void *pieces, const void *x) {
  if (dtype == AGK_FLOAT32)
    sum_pieces_f32(n, first, count, pieces, x);
  else
    sum_pieces_f64(n, first, count, pieces, x);
}

static void sum_joined(agk_dtype dtype, i64 n, void *out, const void *pieces, const void *x) {
  if (dtype == AGK_FLOAT32)
    *(f32 *)out = sum_contiguous_f32(n, x, pieces);
  else
    *(f64 *)out = sum_contiguous_f64(n, x, pieces);
}

static void reduce_columns(agk_reduce_op op, agk_dtype dtype, i64 rows, i64 columns, void *out,
                           const void *x, i64 row_stride) {
  static void (*const loops[][5])(i64, i64, void *, const void *, i64) = {
      NUMBERS(sum_columns_entry), NUMBERS(prod_columns_entry), EACH(max_columns_entry),
      EACH(min_columns_entry),    EACH(all_columns),           EACH(any_columns)};
  loops[op][dtype](rows, columns, out, x, row_stride);
}
#undef NUMBERS
#undef EACH

static i64 arg_reduce(agk_reduce_op op, agk_dtype dtype, i64 n, const void *x, i64 x_stride) {
  switch (dtype) {
    case AGK_BOOL: return arg_b8(op, n, x, x_stride);
    case AGK_INT32: return arg_i32(op, n, x, x_stride);
    case AGK_INT64: return arg_i64(op, n, x, x_stride);
    case AGK_FLOAT32: return arg_f32(op, n, x, x_stride);
    case AGK_FLOAT64: return arg_f64(op, n, x, x_stride);
  }
}
