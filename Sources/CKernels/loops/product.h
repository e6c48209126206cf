// Products of matrices for instruction sets with fused multiply-add, in the manner of Goto and van
// de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), and BLIS: a kernel multiplies
// a panel of rows by a panel of columns, with the sums in registers; panels are packed where that
// pays.
//
// Every element is the sum of its terms in their order, in blocks that follow from k alone, so that
// no result depends on how a product is divided, nor on the instruction set.

// A panel has as many rows as leave registers for the operands: 14, of two vectors of sums each, of
// the 32 registers of AVX-512, 6 of the 16 of AVX2.
#if VECTOR_BYTES == 64
#define PANEL_ROWS 14
#define FOR_PANEL_ROWS(M) \
  M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#define VECTOR_OP(name) _mm512_##name
// The first n elements of a vector, the others 0, and stored alone.
#define FIRST(n) (unsigned)((1u << (n)) - 1)
#define LOAD_FIRST_f32(mask, x) _mm512_maskz_loadu_ps((__mmask16)(mask), x)
#define LOAD_FIRST_f64(mask, x) _mm512_maskz_loadu_pd((__mmask8)(mask), x)
#define STORE_FIRST_f32(mask, x, value) _mm512_mask_storeu_ps(x, (__mmask16)(mask), value)
#define STORE_FIRST_f64(mask, x, value) _mm512_mask_storeu_pd(x, (__mmask8)(mask), value)
#else
#define PANEL_ROWS 6
#define FOR_PANEL_ROWS(M) M(1) M(2) M(3) M(4) M(5) M(6)
#define VECTOR_OP(name) _mm256_##name
#define FIRST(n) \
  (sizeof(T) == 4 ? _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), \
                                       _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) \
                  : _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)))
#define LOAD_FIRST_f32(mask, x) _mm256_maskload_ps(x, mask)
#define LOAD_FIRST_f64(mask, x) _mm256_maskload_pd(x, mask)
#define STORE_FIRST_f32(mask, x, value) _mm256_maskstore_ps(x, mask, value)
#define STORE_FIRST_f64(mask, x, value) _mm256_maskstore_pd(x, mask, value)
#endif
#define PANEL_VECTORS 2

// Names and sizes for the element type T.
#define NAME_WITH(name, type) name##_##type
#define NAME_FOR(name, type) NAME_WITH(name, type)
#define OF(name) NAME_FOR(name, T)
#define LOAD_FIRST(mask, x) (OF(vector)) NAME_FOR(LOAD_FIRST, T)(mask, x)
#define STORE_FIRST(mask, x, value) NAME_FOR(STORE_FIRST, T)(mask, x, value)
#define PANEL_COLUMNS (PANEL_VECTORS * WIDTH(T))
// From one step of a packed panel of rows to the next: whole vectors.
#define PANEL_STEP ((PANEL_ROWS + WIDTH(T) - 1) / WIDTH(T) * WIDTH(T))
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
