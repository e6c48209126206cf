// A panel of rows times a panel of columns, with all sums in registers. For the element type T.

typedef T OF(vector) __attribute__((ext_vector_type(VECTOR_BYTES / sizeof(T)),
                                    aligned(sizeof(T))));

#ifndef PANEL_KINDS
#define PANEL_KINDS 4
// How a panel of rows lies: with the rows of a step together, steps `a_stride` apart, or with each
// row's steps together, rows `a_stride` apart. And whether the panel of columns is packed on the way.
enum { STEPS, ROWS, PACKING, STEPS_PACKING = PACKING, ROWS_PACKING };
#endif

// out = alpha · a·b + beta · out for `rows` rows and `vectors` vectors of columns. The panel of rows
// at `next` is brought into the cache meanwhile.
ALWAYS_INLINE void OF(multiply_panels)(const int kind, const int rows, const int vectors, i64 k,
                                       const T *a, i64 a_stride, const T *b, i64 b_step, T *packed,
                                       T *out, i64 out_row, T alpha, T beta, const T *next) {
  enum { AHEAD = 16, LINE = 64 / sizeof(T) };
  OF(vector) sums[PANEL_ROWS][PANEL_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = 0;
  PRAGMA(clang loop unroll(disable))
  for (i64 p = 0; p < k; p++) {
    OF(vector) right[PANEL_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
      right[v] = *(const OF(vector) *)(b + v * LANES);
      __builtin_prefetch(b + AHEAD * b_step + v * LANES);
      if (kind >= PACKING) *(OF(vector) *)(packed + v * LANES) = right[v];
    }
    if (kind % PACKING == ROWS)
      UNROLL for (int i = 0; i < rows; i += LINE)
        __builtin_prefetch(next + (i + p % LINE) * a_stride + p / LINE * LINE);
    else
      __builtin_prefetch(next + p * a_stride + rows - 1);
    UNROLL for (int i = 0; i < rows; i++) {
      const OF(vector) left = (OF(vector))(kind % PACKING == ROWS ? a[i * a_stride] : a[i]);
      UNROLL for (int v = 0; v < vectors; v++)
        sums[i][v] = __builtin_elementwise_fma(left, right[v], sums[i][v]);
    }
    a += kind % PACKING == ROWS ? 1 : a_stride;
    b += b_step;
    if (kind >= PACKING) packed += PANEL_COLUMNS;
  }
  if (alpha != 1)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sums[i][v] *= alpha;
  if (beta == 0) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++)
        *(OF(vector) *)(out + i * out_row + v * LANES) = sums[i][v];
  } else {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) {
        OF(vector) *const place = (OF(vector) *)(out + i * out_row + v * LANES);
        *place = __builtin_elementwise_fma((OF(vector))beta, *place, sums[i][v]);
      }
  }
}

#define PANEL_ARGUMENTS \
  i64 k, const T *a, i64 a_stride, const T *b, i64 b_step, T *packed, T *out, i64 out_row, T alpha, \
      T beta, const T *next
typedef void OF(panel_kernel)(PANEL_ARGUMENTS);

#define PANEL_KERNEL(kind, rows, vectors) \
  static void NAME_FOR(kind##_##rows##_##vectors, T)(PANEL_ARGUMENTS) { \
    OF(multiply_panels) \
    (kind, rows, vectors, k, a, a_stride, b, b_step, packed, out, out_row, alpha, beta, next); \
  }
#define PANEL_KERNELS(rows) \
  PANEL_KERNEL(STEPS, rows, 1) \
  PANEL_KERNEL(STEPS, rows, 2) \
  PANEL_KERNEL(STEPS_PACKING, rows, 2) \
  PANEL_KERNEL(ROWS_PACKING, rows, 2) \
  PANEL_KERNEL(ROWS, rows, 1) \
  PANEL_KERNEL(ROWS, rows, 2)
FOR_PANEL_ROWS(PANEL_KERNELS)

// By kind, vectors and rows, both less one. The last panel of columns, where it is narrow, is packed
// beforehand.
#define ONE_STEPS(rows) NAME_FOR(STEPS_##rows##_1, T),
#define TWO_STEPS(rows) NAME_FOR(STEPS_##rows##_2, T),
#define TWO_STEPS_PACKING(rows) NAME_FOR(STEPS_PACKING_##rows##_2, T),
#define TWO_ROWS_PACKING(rows) NAME_FOR(ROWS_PACKING_##rows##_2, T),
#define ONE_ROWS(rows) NAME_FOR(ROWS_##rows##_1, T),
#define TWO_ROWS(rows) NAME_FOR(ROWS_##rows##_2, T),
static OF(panel_kernel) *const OF(panel_kernels)[PANEL_KINDS][PANEL_VECTORS][PANEL_ROWS] = {
    [STEPS] = {{FOR_PANEL_ROWS(ONE_STEPS)}, {FOR_PANEL_ROWS(TWO_STEPS)}},
    [STEPS_PACKING] = {{NULL}, {FOR_PANEL_ROWS(TWO_STEPS_PACKING)}},
    [ROWS_PACKING] = {{NULL}, {FOR_PANEL_ROWS(TWO_ROWS_PACKING)}},
    [ROWS] = {{FOR_PANEL_ROWS(ONE_ROWS)}, {FOR_PANEL_ROWS(TWO_ROWS)}},
};
#undef PANEL_ARGUMENTS
#undef PANEL_KERNEL
#undef PANEL_KERNELS
#undef ONE_STEPS
#undef TWO_STEPS
#undef TWO_STEPS_PACKING
#undef TWO_ROWS_PACKING
#undef ONE_ROWS
#undef TWO_ROWS
