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
  agk_dtype dtype;
  bool transpose_a, transpose_b;
  int64_t m, n, k;
  const void *a;
  int64_t a_leading;
  const void *b;
  int64_t b_leading;
  void *out;
  int64_t out_leading;
  double alpha, beta;
  // What OpenBLAS computes at a time: so many rows, columns and terms of each sum.
  int64_t rows, columns, terms;
} product;

// The part of the product from `row`, `column` and `term` on.
static void multiply_part(const product *p, int64_t row, int64_t rows, int64_t column,
                          int64_t term) {
  const int a_order = p->transpose_a ? TRANSPOSE : NO_TRANSPOSE;
  const int b_order = p->transpose_b ? TRANSPOSE : NO_TRANSPOSE;
  const int64_t a = p->transpose_a ? term * p->a_leading + row : row * p->a_leading + term;
  const int64_t b = p->transpose_b ? column * p->b_leading + term : term * p->b_leading + column;
  const int64_t out = row * p->out_leading + column;
  const int64_t columns = p->n - column < p->columns ? p->n - column : p->columns;
  const int64_t terms = p->k - term < p->terms ? p->k - term : p->terms;
  const double beta = term == 0 ? p->beta : 1;
  if (p->dtype == AGK_FLOAT32)
    p->blas->sgemm(ROW_MAJOR, a_order, b_order, (int)rows, (int)columns, (int)terms,
                   (float)p->alpha, (const float *)p->a + a, (int)p->a_leading,
                   (const float *)p->b + b, (int)p->b_leading, (float)beta, (float *)p->out + out,
                   (int)p->out_leading);
  else
    p->blas->dgemm(ROW_MAJOR, a_order, b_order, (int)rows, (int)columns, (int)terms, p->alpha,
                   (const double *)p->a + a, (int)p->a_leading, (const double *)p->b + b,
                   (int)p->b_leading, beta, (double *)p->out + out, (int)p->out_leading);
}

static void multiply_blocks(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t column = 0; column < p->n; column += p->columns)
    for (int64_t term = 0; term < p->k; term += p->terms)
      for (int64_t block = begin; block < end; block++) {
        const int64_t row = block * p->rows;
        multiply_part(p, row, p->m - row < p->rows ? p->m - row : p->rows, column, term);
      }
}

// Rows for each of `blocks` blocks, in multiples of `tile`.
static int64_t even_rows(int64_t m, int64_t blocks, int64_t tile) {
  return ((m + blocks - 1) / blocks + tile - 1) / tile * tile;
}

// Whether OpenBLAS's kernels for small matrices should do the product, a small part at a time. They
// take operands as they lie, up to 100^3 multiplications; all else OpenBLAS copies into panels first,
// a tenth of its time where the second operand stays in the cache anyway. Their sums along both
// operands' rows, a·bᵀ, are slow.
static bool suits_small_kernels(const product *p) {
  const int64_t cached = (int64_t)1 << (p->dtype == AGK_FLOAT32 ? 19 : 18);
  return p->blas->has_small_kernels && p->m >= 16 && p->n >= 64 && p->n <= cached / p->k
         && (p->transpose_a || !p->transpose_b);
}

static void choose_blocks(product *p) {
  enum { SMALL_ROWS = 48, SMALL_COLUMNS = 64, SMALL_TERMS = 256, TILE = 64 };
  const int64_t small = 1000000, enough = 1 << 18;
  const int64_t area = p->m * p->n;
  p->rows = p->m;
  p->columns = p->n;
  p->terms = p->k;
  if (area > small / p->k && suits_small_kernels(p)) {
    // An even number of blocks, for two threads.
    p->rows = even_rows(p->m, (p->m + 2 * SMALL_ROWS - 1) / (2 * SMALL_ROWS) * 2, 4);
    p->columns = SMALL_COLUMNS;
    p->terms = SMALL_TERMS;
  } else if (p->m >= 2 * TILE && area >= enough / p->k) {
    // Enough for a thread, few blocks, since each packs the other operand anew.
    p->rows = even_rows(p->m, p->m < 1024 ? 2 : 4, TILE);
  }
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
  if (agk_current->product != NULL && m > 1 && n > 1) {
    const agk_product own = {dtype, transpose_a, transpose_b, false, m, n, k, a, lda, b, ldb, out, ldout, alpha, beta};
    agk_multiply(&own);
    return true;
  }
  const int rows_a = (int)(transpose_a ? k : m), columns_a = (int)(transpose_a ? m : k);
  const int rows_b = (int)(transpose_b ? n : k), columns_b = (int)(transpose_b ? k : n);
  if (n == 1) {  // matrix times column
    const int x_stride = transpose_b ? 1 : (int)ldb;
    const int order = transpose_a ? TRANSPOSE : NO_TRANSPOSE;
    if (dtype == AGK_FLOAT32)
      blas->sgemv(ROW_MAJOR, order, rows_a, columns_a, (float)alpha, a, (int)lda, b, x_stride,
                  (float)beta, out, (int)ldout);
    else
      blas->dgemv(ROW_MAJOR, order, rows_a, columns_a, alpha, a, (int)lda, b, x_stride, beta, out,
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
    product whole = {blas, dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout,
                     alpha, beta, 0, 0, 0};
    choose_blocks(&whole);
    agk_parallel_for((m + whole.rows - 1) / whole.rows, 1, multiply_blocks, &whole);
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
