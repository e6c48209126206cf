// A panel of rows times a panel of columns, with all sums in registers. For the element type T.

typedef T OF(vector) __attribute__((ext_vector_type(VECTOR_BYTES / sizeof(T)),
                                    aligned(sizeof(T))));

#ifndef PANEL_KINDS
#define PANEL_KINDS 6
// How a panel of rows lies: with the rows of a step together, steps `a_stride` apart, or with each
// row's steps together, rows `a_stride` apart. And whether the panel of columns is packed on the
// way, or its last vector is not full.
enum {
  STEPS,
  ROWS,
  PACKING,
  STEPS_PACKING = PACKING,
  ROWS_PACKING,
  PARTIAL,
  STEPS_PARTIAL = PARTIAL,
  ROWS_PARTIAL
};
#endif

// out = alpha · a·b + beta · out for `rows` rows and `vectors` vectors of columns. The panel of
// rows at `next` is brought into the cache meanwhile.
ALWAYS_INLINE void OF(multiply_panels)(const int kind, const int rows, const int vectors, i64 k,
                                       const T *a, i64 a_stride, const T *b, i64 b_step, T *packed,
                                       T *out, i64 out_row, T alpha, T beta, const T *next,
                                       i64 columns) {
  enum { AHEAD = 16, LINE = 64 / sizeof(T) };
  const bool partial = kind >= PARTIAL, in_rows = kind % PACKING == ROWS;
  const __typeof__(FIRST(0)) mask = FIRST(partial ? columns - (vectors - 1) * WIDTH(T) : 0);
  OF(vector) sums[PANEL_ROWS][PANEL_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = 0;
  PRAGMA(clang loop unroll(disable))
  for (i64 p = 0; p < k; p++) {
    OF(vector) right[PANEL_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
      right[v] = partial && v == vectors - 1 ? LOAD_FIRST(mask, b + v * WIDTH(T))
                                             : *(const OF(vector) *)(b + v * WIDTH(T));
      __builtin_prefetch(b + AHEAD * b_step + v * WIDTH(T));
      if (kind / PACKING == 1) *(OF(vector) *)(packed + v * WIDTH(T)) = right[v];
    }
    if (in_rows)
      UNROLL for (int i = 0; i < rows; i += LINE)
        __builtin_prefetch(next + (i + p % LINE) * a_stride + p / LINE * LINE);
    else
      __builtin_prefetch(next + p * a_stride + rows - 1);
    UNROLL for (int i = 0; i < rows; i++) {
      const OF(vector) left = (OF(vector))(in_rows ? a[i * a_stride] : a[i]);
      UNROLL for (int v = 0; v < vectors; v++)
        sums[i][v] = __builtin_elementwise_fma(left, right[v], sums[i][v]);
      UNROLL for (int v = 0; v < vectors; v++) SETTLE(sums[i][v]);
    }
    a += in_rows ? 1 : a_stride;
    b += b_step;
    if (kind / PACKING == 1) packed += PANEL_COLUMNS;
  }
  if (alpha != 1)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sums[i][v] *= alpha;
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) {
      T *const place = out + i * out_row + v * WIDTH(T);
      if (partial && v == vectors - 1) {
        if (beta != 0)
          sums[i][v] =
              __builtin_elementwise_fma((OF(vector))beta, LOAD_FIRST(mask, place), sums[i][v]);
        STORE_FIRST(mask, place, sums[i][v]);
      } else {
        if (beta != 0)
          sums[i][v] = __builtin_elementwise_fma((OF(vector))beta, *(const OF(vector) *)place,
                                                 sums[i][v]);
        *(OF(vector) *)place = sums[i][v];
      }
    }
}

#define PANEL_ARGUMENTS \
  i64 k, const T *a, i64 a_stride, const T *b, i64 b_step, T *packed, T *out, i64 out_row, T alpha, \
      T beta, const T *next, i64 columns
typedef void OF(panel_kernel)(PANEL_ARGUMENTS);

#define PANEL_KERNEL(kind, rows, vectors) \
  static void NAME_FOR(kind##_##rows##_##vectors, T)(PANEL_ARGUMENTS) { \
    OF(multiply_panels) \
    (kind, rows, vectors, k, a, a_stride, b, b_step, packed, out, out_row, alpha, beta, next, \
     columns); \
  }
#define PANEL_KERNELS(rows) \
  PANEL_KERNEL(STEPS, rows, 1) \
  PANEL_KERNEL(STEPS, rows, 2) \
  PANEL_KERNEL(STEPS_PACKING, rows, 2) \
  PANEL_KERNEL(ROWS_PACKING, rows, 2) \
  PANEL_KERNEL(ROWS, rows, 1) \
  PANEL_KERNEL(ROWS, rows, 2) \
  PANEL_KERNEL(STEPS_PARTIAL, rows, 1) \
  PANEL_KERNEL(STEPS_PARTIAL, rows, 2) \
  PANEL_KERNEL(ROWS_PARTIAL, rows, 1) \
  PANEL_KERNEL(ROWS_PARTIAL, rows, 2)
FOR_PANEL_ROWS(PANEL_KERNELS)

// By kind, vectors and rows, both less one. A narrow panel of columns is not packed on the way.
#define KERNELS_OF(kind) {{FOR_PANEL_ROWS(ONE_##kind)}, {FOR_PANEL_ROWS(TWO_##kind)}}
#define ONE_STEPS(rows) NAME_FOR(STEPS_##rows##_1, T),
#define TWO_STEPS(rows) NAME_FOR(STEPS_##rows##_2, T),
#define ONE_ROWS(rows) NAME_FOR(ROWS_##rows##_1, T),
#define TWO_ROWS(rows) NAME_FOR(ROWS_##rows##_2, T),
#define ONE_STEPS_PARTIAL(rows) NAME_FOR(STEPS_PARTIAL_##rows##_1, T),
#define TWO_STEPS_PARTIAL(rows) NAME_FOR(STEPS_PARTIAL_##rows##_2, T),
#define ONE_ROWS_PARTIAL(rows) NAME_FOR(ROWS_PARTIAL_##rows##_1, T),
#define TWO_ROWS_PARTIAL(rows) NAME_FOR(ROWS_PARTIAL_##rows##_2, T),
#define TWO_STEPS_PACKING(rows) NAME_FOR(STEPS_PACKING_##rows##_2, T),
#define TWO_ROWS_PACKING(rows) NAME_FOR(ROWS_PACKING_##rows##_2, T),
static OF(panel_kernel) *const OF(panel_kernels)[PANEL_KINDS][PANEL_VECTORS][PANEL_ROWS] = {
    [STEPS] = KERNELS_OF(STEPS),
    [ROWS] = KERNELS_OF(ROWS),
    [STEPS_PARTIAL] = KERNELS_OF(STEPS_PARTIAL),
    [ROWS_PARTIAL] = KERNELS_OF(ROWS_PARTIAL),
    [STEPS_PACKING] = {{NULL}, {FOR_PANEL_ROWS(TWO_STEPS_PACKING)}},
    [ROWS_PACKING] = {{NULL}, {FOR_PANEL_ROWS(TWO_ROWS_PACKING)}},
};
#undef PANEL_ARGUMENTS
#undef PANEL_KERNEL
#undef PANEL_KERNELS
#undef KERNELS_OF
#undef ONE_STEPS
#undef TWO_STEPS
#undef ONE_ROWS
#undef TWO_ROWS
#undef ONE_STEPS_PARTIAL
#undef TWO_STEPS_PARTIAL
#undef ONE_ROWS_PARTIAL
#undef TWO_ROWS_PARTIAL
#undef TWO_STEPS_PACKING
#undef TWO_ROWS_PACKING
