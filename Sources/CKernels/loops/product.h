// Products of matrices for instruction sets with fused multiply-add, in the manner of Goto and van de
// Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), and BLIS: blocks of the operands
// are packed into panels, and a kernel multiplies panels with the sums in registers.
//
// Every element is the sum of its terms in their order, in blocks that follow from k alone, so that
// no result depends on how a product is divided, nor on the instruction set.

// A panel of rows is as many as leave registers for the operands: 14 of 32 vector registers with
// AVX-512, 6 of 16 with AVX2, two vectors of columns each.
#if VECTOR_BYTES == 64
#define PANEL_ROWS 14
#define FOR_PANEL_ROWS(M) \
  M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#define VECTOR_OP(name) _mm512_##name
#else
#define PANEL_ROWS 6
#define FOR_PANEL_ROWS(M) M(1) M(2) M(3) M(4) M(5) M(6)
#define VECTOR_OP(name) _mm256_##name
#endif
#define PANEL_VECTORS 2

// Names and sizes for the element type T.
#define NAME_WITH(name, type) name##_##type
#define NAME_FOR(name, type) NAME_WITH(name, type)
#define OF(name) NAME_FOR(name, T)
#define LANES ((i64)(VECTOR_BYTES / sizeof(T)))
#define PANEL_COLUMNS (PANEL_VECTORS * LANES)
// From one step of a packed panel of rows to the next: whole vectors.
#define PANEL_STEP ((PANEL_ROWS + LANES - 1) / LANES * LANES)
// Terms that are summed in registers: a panel of rows takes half of the first-level cache.
#define BLOCK_TERMS (1792 / (i64)sizeof(T))
// Columns that are packed together: half of the second-level cache.
#define BLOCK_COLUMNS ((1 << 20) / (BLOCK_TERMS * (i64)sizeof(T)) / PANEL_COLUMNS * PANEL_COLUMNS)

#define UNROLL PRAGMA(clang loop unroll(full))

#define T f32
#include "product_kernel.h"
#include "product_pack.h"
#include "product_blocks.h"
#undef T
#define T f64
#include "product_kernel.h"
#include "product_pack.h"
#include "product_blocks.h"
#undef T

static void product(const agk_product *p, i64 row, i64 rows, i64 column, i64 columns) {
  if (p->dtype == AGK_FLOAT32)
    product_f32(p, row, rows, column, columns);
  else
    product_f64(p, row, rows, column, columns);
}
