// Reductions that keep more than one number per run: sums of a function of the elements, extremes
// with their positions.
//
// All take contiguous data seen as [outer, length, inner] and work along `length`, on the first
// `columns` of the inner ones. Where inner is more than 1 they go row by row over a block of columns,
// so that memory is read in its order.

// Elements of a run that are added up in the lanes before the lanes join the total.
#define ACCUMULATE_BLOCK 4096
#define ACCUMULATE_LANES 32

// EXPRESSION of v, the element as f64, and s, the shift; added up in f64, in an order that does not
// depend on the instruction set.
#define SUM_OF(NAME, T, EXPRESSION) \
  static void NAME##_##T(i64 outer, i64 length, i64 columns, i64 inner, f64 *out, const f64 *shift, \
                         const void *input) { \
    const T *x = input; \
    for (i64 o = 0; o < outer; o++, x += length * inner, out += inner) { \
      if (inner == 1) { \
        const f64 s = shift ? shift[o] : 0; \
        f64 total = 0; \
        for (i64 first = 0; first < length; first += ACCUMULATE_BLOCK) { \
          const i64 rest = length - first; \
          const i64 n = rest < ACCUMULATE_BLOCK ? rest : ACCUMULATE_BLOCK; \
          const T *p = x + first; \
          f64 sums[ACCUMULATE_LANES] = {0}; \
          i64 i = 0; \
          for (; i + ACCUMULATE_LANES <= n; i += ACCUMULATE_LANES) \
            for (i64 j = 0; j < ACCUMULATE_LANES; j++) { \
              const f64 v = (f64)p[i + j]; \
              sums[j] += EXPRESSION; \
            } \
          for (; i < n; i++) { \
            const f64 v = (f64)p[i]; \
            sums[i % ACCUMULATE_LANES] += EXPRESSION; \
          } \
          for (i64 half = ACCUMULATE_LANES / 2; half > 0; half /= 2) \
            for (i64 j = 0; j < half; j++) sums[j] += sums[j + half]; \
          total += sums[0]; \
        } \
        *out = total; \
        (void)s; \
        continue; \
      } \
      const f64 *shifts = shift ? shift + o * inner : NULL; \
      for (i64 first = 0; first < columns; first += SUM_BLOCK) { \
        const i64 n = columns - first < SUM_BLOCK ? columns - first : SUM_BLOCK; \
        f64 sums[SUM_BLOCK], away[SUM_BLOCK]; \
        for (i64 c = 0; c < n; c++) { \
          sums[c] = 0; \
          away[c] = shifts ? shifts[first + c] : 0; \
        } \
        for (i64 i = 0; i < length; i++) { \
          const T *row = x + i * inner + first; \
          FOR_EACH_COLUMN(T, { \
            const f64 v = (f64)row[c]; \
            const f64 s = away[c]; \
            sums[c] += EXPRESSION; \
            (void)s; \
          }) \
        } \
        for (i64 c = 0; c < n; c++) out[first + c] = sums[c]; \
      } \
    } \
  }
#define SUM_OF_FLOATING(NAME, EXPRESSION) \
  SUM_OF(NAME, f32, EXPRESSION) \
  SUM_OF(NAME, f64, EXPRESSION)
SUM_OF_FLOATING(sum_of_elements, v - s)
SUM_OF_FLOATING(sum_of_squares, (v - s) * (v - s))
SUM_OF_FLOATING(sum_of_sizes, __builtin_elementwise_abs(v))
SUM_OF_FLOATING(sum_of_numbers, v == v ? v : 0)
SUM_OF_FLOATING(count_of_numbers, v == v ? 1 : 0)
SUM_OF_FLOATING(count_of_nonzero, v != 0 ? 1 : 0)
SUM_OF(count_of_nonzero, b8, v != 0 ? 1 : 0)
SUM_OF(count_of_nonzero, i32, v != 0 ? 1 : 0)
SUM_OF(count_of_nonzero, i64, v != 0 ? 1 : 0)

static void sum_of(agk_sum_of_op op, agk_dtype dtype, i64 outer, i64 length, i64 columns, i64 inner,
                   f64 *out,
                   const f64 *shift, const void *x) {
#define FLOATS(NAME) {[AGK_FLOAT32] = NAME##_f32, NAME##_f64}
  typedef void (*loop)(i64, i64, i64, i64, f64 *, const f64 *, const void *);
  static const loop loops[][5] = {
      [AGK_SUM_OF_ELEMENTS] = FLOATS(sum_of_elements),
      [AGK_SUM_OF_SQUARES] = FLOATS(sum_of_squares),
      [AGK_SUM_OF_SIZES] = FLOATS(sum_of_sizes),
      [AGK_SUM_OF_NUMBERS] = FLOATS(sum_of_numbers),
      [AGK_COUNT_OF_NUMBERS] = FLOATS(count_of_numbers),
      [AGK_COUNT_OF_NONZERO] =
          {count_of_nonzero_b8, count_of_nonzero_i32, count_of_nonzero_i64,
           count_of_nonzero_f32, count_of_nonzero_f64},
  };
#undef FLOATS
  loops[op][dtype](outer, length, columns, inner, out, shift, x);
}

// TAKES of candidate and best: whether the candidate replaces the best so far.
#define FIRST_LARGER(candidate, best) \
  (((candidate) > (best)) | (((candidate) != (candidate)) & ((best) == (best))))
#define FIRST_SMALLER(candidate, best) \
  (((candidate) < (best)) | (((candidate) != (candidate)) & ((best) == (best))))
#define LAST_LARGER(candidate, best) (((candidate) >= (best)) | ((candidate) != (candidate)))
#define LAST_SMALLER(candidate, best) (((candidate) <= (best)) | ((candidate) != (candidate)))

// Elements of a run that are looked at together for one that replaces the extreme.
#define LOOK_AHEAD 32

// The extreme of each column; with RUNNING that of every row's beginning.
#define EXTREMES(NAME, T, TAKES, RUNNING) \
  static void NAME##_run_##T(i64 length, T *values, i64 *indices, const T *x) { \
    T best = x[0]; \
    i64 at = 0; \
    for (i64 first = 0; first < length; first += LOOK_AHEAD) { \
      const i64 n = length - first < LOOK_AHEAD ? length - first : LOOK_AHEAD; \
      const T *row = x + first; \
      T *v = values + first; \
      i64 *k = indices + first; \
      int replaces = n < LOOK_AHEAD; \
      if (n == LOOK_AHEAD) \
        for (i64 c = 0; c < LOOK_AHEAD; c++) replaces |= TAKES(row[c], best); \
      if (!replaces) { \
        for (i64 c = 0; c < LOOK_AHEAD; c++) v[c] = best; \
        for (i64 c = 0; c < LOOK_AHEAD; c++) k[c] = at; \
        continue; \
      } \
      for (i64 c = 0; c < n; c++) { \
        if (TAKES(row[c], best)) { \
          best = row[c]; \
          at = first + c; \
        } \
        v[c] = best; \
        k[c] = at; \
      } \
    } \
  } \
  static void NAME##_##T(i64 outer, i64 length, i64 columns, i64 inner, void *extremes, i64 *indices, \
                         const void *input) { \
    T *values = extremes; \
    const T *x = input; \
    const i64 results = RUNNING ? length * inner : inner; \
    for (i64 o = 0; o < outer; \
         o++, x += length * inner, values += results, indices += results) { \
      if (RUNNING && inner == 1) { \
        if (length > 0) NAME##_run_##T(length, values, indices, x); \
        continue; \
      } \
      for (i64 first = 0; first < columns; first += SUM_BLOCK) { \
        const i64 n = columns - first < SUM_BLOCK ? columns - first : SUM_BLOCK; \
        T best[SUM_BLOCK]; \
        i64 at[SUM_BLOCK]; \
        for (i64 i = 0; i < length; i++) { \
          const T *row = x + i * inner + first; \
          if (i == 0) { \
            for (i64 c = 0; c < n; c++) { \
              best[c] = row[c]; \
              at[c] = 0; \
            } \
          } else { \
            FOR_EACH_COLUMN(T, { \
              const T candidate = row[c]; \
              const int takes = TAKES(candidate, best[c]); \
              best[c] = takes ? candidate : best[c]; \
              at[c] = takes ? i : at[c]; \
            }) \
          } \
          if (RUNNING || i == length - 1) { \
            T *v = values + (RUNNING ? i * inner : 0) + first; \
            i64 *k = indices + (RUNNING ? i * inner : 0) + first; \
            for (i64 c = 0; c < n; c++) { \
              v[c] = best[c]; \
              k[c] = at[c]; \
            } \
          } \
        } \
      } \
    } \
  }
#define ALL_EXTREMES(T) \
  EXTREMES(largest, T, FIRST_LARGER, 0) \
  EXTREMES(smallest, T, FIRST_SMALLER, 0) \
  EXTREMES(running_largest, T, LAST_LARGER, 1) \
  EXTREMES(running_smallest, T, LAST_SMALLER, 1)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
ALL_EXTREMES(b8)
ALL_EXTREMES(i32)
ALL_EXTREMES(i64)
ALL_EXTREMES(f32)
ALL_EXTREMES(f64)
#pragma clang diagnostic pop

static void extremes(agk_reduce_op op, agk_dtype dtype, bool running, i64 outer, i64 length,
                     i64 columns, i64 inner, void *values, i64 *indices, const void *x) {
#define EACH(NAME) \
  {NAME##_b8, NAME##_i32, NAME##_i64, NAME##_f32, NAME##_f64}
  typedef void (*loop)(i64, i64, i64, i64, void *, i64 *, const void *);
  static const loop loops[][2][5] = {{EACH(largest), EACH(running_largest)},
                                     {EACH(smallest), EACH(running_smallest)}};
#undef EACH
  if (inner == 1 && !running) {
    // A run is searched for its extreme, which is quicker than to carry its position along.
    static const size_t item_sizes[] = {1, 4, 8, 4, 8};
    const size_t size = item_sizes[dtype];
    for (i64 o = 0; o < outer; o++) {
      const char *run = (const char *)x + (size_t)(o * length) * size;
      indices[o] = arg_reduce(op, dtype, length, run, 1);
      memcpy((char *)values + (size_t)o * size, run + (size_t)indices[o] * size, size);
    }
    return;
  }
  loops[op == AGK_MIN][running][dtype](outer, length, columns, inner, values, indices, x);
}
