// Matrix products through OpenBLAS.
#include "blas.h"
#include "kernels.h"

// CBLAS's enumerations, as its ABI passes them: there is no header to depend on at run time.
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

// OpenBLAS wants 32-bit sizes and a leading dimension that spans a row; where there is one row only
// any leading dimension will do.
static bool fits(int64_t rows, int64_t columns, int64_t *leading) {
  if (rows <= 1 && *leading < columns) *leading = columns;
  return rows <= INT32_MAX && columns <= INT32_MAX && *leading <= INT32_MAX
         && *leading >= columns && *leading >= 1;
}

// Below so many multiplications a call of OpenBLAS costs more than the product.
static const int64_t tiny = 64;

// A product of which a block of rows is computed at a time. The blocks follow from the sizes alone:
// OpenBLAS rounds differently at a block's edge, and no result may depend on the number of threads.
typedef struct product {
  const agk_blas *blas;
  int64_t m, block;
  agk_dtype dtype;
  int a_order, b_order, n, k;
  const void *a;
  int a_leading;
  const void *b;
  int b_leading;
  void *out;
  int out_leading;
  double alpha, beta;
} product;

static void multiply_rows(const product *p, int64_t begin, int64_t end) {
  const int64_t a_step = p->a_order == TRANSPOSE ? 1 : p->a_leading;
  if (p->dtype == AGK_FLOAT32)
    p->blas->sgemm(ROW_MAJOR, p->a_order, p->b_order, (int)(end - begin), p->n, p->k,
                   (float)p->alpha, (const float *)p->a + begin * a_step, p->a_leading, p->b,
                   p->b_leading, (float)p->beta, (float *)p->out + begin * p->out_leading,
                   p->out_leading);
  else
    p->blas->dgemm(ROW_MAJOR, p->a_order, p->b_order, (int)(end - begin), p->n, p->k, p->alpha,
                   (const double *)p->a + begin * a_step, p->a_leading, p->b, p->b_leading, p->beta,
                   (double *)p->out + begin * p->out_leading, p->out_leading);
}

static void multiply_blocks(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t i = begin; i < end; i++) {
    const int64_t last = (i + 1) * p->block;
    multiply_rows(p, i * p->block, last < p->m ? last : p->m);
  }
}

// The rows of a block: enough for a thread, few blocks, since each packs the other operand anew.
static int64_t block_rows(int64_t m, int64_t n, int64_t k) {
  enum { TILE = 64 };
  const int64_t enough = 1 << 18;
  if (m < 2 * TILE || m * n < enough / k) return m;
  const int64_t blocks = m < 1024 ? 2 : 4;
  return ((m + blocks - 1) / blocks + TILE - 1) / TILE * TILE;
}

// out = alpha · a·b + beta · out through OpenBLAS; false, and nothing done, where it is not for it.
static bool blas_product(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                         int64_t k, double alpha, const void *a, int64_t lda, const void *b,
                         int64_t ldb, double beta, void *out, int64_t ldout) {
  const bool floating = dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64;
  // Divisions, not products, so that no size overflows.
  const bool small = m == 0 || n == 0 || k == 0 || m <= tiny / n / k;
  const agk_blas *blas;
  if (!floating || small
      || !fits(transpose_a ? k : m, transpose_a ? m : k, &lda)
      || !fits(transpose_b ? n : k, transpose_b ? k : n, &ldb)
      || !fits(m, n, &ldout) || (blas = agk_open_blas()) == NULL)
    return false;
  const int a_order = transpose_a ? TRANSPOSE : NO_TRANSPOSE;
  const int b_order = transpose_b ? TRANSPOSE : NO_TRANSPOSE;
  const int rows_a = (int)(transpose_a ? k : m), columns_a = (int)(transpose_a ? m : k);
  const int rows_b = (int)(transpose_b ? n : k), columns_b = (int)(transpose_b ? k : n);
  if (n == 1) {  // matrix times column
    const int x_stride = transpose_b ? 1 : (int)ldb;
    if (dtype == AGK_FLOAT32)
      blas->sgemv(ROW_MAJOR, a_order, rows_a, columns_a, (float)alpha, a, (int)lda, b, x_stride,
                  (float)beta, out, (int)ldout);
    else
      blas->dgemv(ROW_MAJOR, a_order, rows_a, columns_a, alpha, a, (int)lda, b, x_stride, beta, out,
                  (int)ldout);
  } else if (m == 1) {  // row times matrix: the transposed matrix times a column
    const int x_stride = transpose_a ? (int)lda : 1;
    const int order = transpose_b ? NO_TRANSPOSE : TRANSPOSE;
    if (dtype == AGK_FLOAT32)
      blas->sgemv(ROW_MAJOR, order, rows_b, columns_b, (float)alpha, b, (int)ldb, a, x_stride,
                  (float)beta, out, 1);
    else
      blas->dgemv(ROW_MAJOR, order, rows_b, columns_b, alpha, b, (int)ldb, a, x_stride, beta, out,
                  1);
  } else {
    const int64_t block = block_rows(m, n, k);
    product whole = {blas, m, block, dtype, a_order, b_order, (int)n, (int)k, a, (int)lda, b,
                     (int)ldb, out, (int)ldout, alpha, beta};
    agk_parallel_for((m + block - 1) / block, 1, multiply_blocks, &whole);
  }
  return true;
}

void agk_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                int64_t k, const void *a, int64_t lda, const void *b, int64_t ldb, void *out,
                int64_t ldout) {
  if (!blas_product(dtype, transpose_a, transpose_b, m, n, k, 1, a, lda, b, ldb, 0, out, ldout))
    agk_plain_matmul(dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout);
}

// out = alpha · product + beta · out for a run of elements; with beta 0 what out held is not read.
#define COMBINE(T) \
  for (int64_t j = 0; j < columns; j++) { \
    const T value = (T)alpha * ((const T *)product)[j]; \
    T *const element = (T *)out + start + j; \
    *element = beta == 0 ? value : value + (T)beta * *element; \
  }

void agk_matmul_add(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                    int64_t k, double alpha, const void *a, int64_t lda, const void *b, int64_t ldb,
                    double beta, void *out, int64_t ldout) {
  if (dtype != AGK_FLOAT32 && dtype != AGK_FLOAT64) return;
  if (blas_product(dtype, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, out,
                   ldout))
    return;
  // Part of a row at a time, through a buffer.
  enum { WIDTH = 64 };
  double product[WIDTH];
  const int64_t item = dtype == AGK_FLOAT32 ? sizeof(float) : sizeof(double);
  for (int64_t i = 0; i < m; i++)
    for (int64_t first = 0; first < n; first += WIDTH) {
      const int64_t columns = n - first < WIDTH ? n - first : WIDTH;
      const int64_t start = i * ldout + first;
      agk_plain_matmul(dtype, transpose_a, transpose_b, 1, columns, k,
                       (const char *)a + item * i * (transpose_a ? 1 : lda), lda,
                       (const char *)b + item * first * (transpose_b ? ldb : 1), ldb, product,
                       columns);
      if (dtype == AGK_FLOAT32) {
        COMBINE(float)
      } else {
        COMBINE(double)
      }
    }
}
