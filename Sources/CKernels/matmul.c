// Matrix products: which loops do them, our own kernels, OpenBLAS's or plain ones.
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

// Below so many multiplications a call of OpenBLAS, or packing, costs more than the product.
static const int64_t tiny = 64;

// A product of which OpenBLAS computes a block of rows at a time. The blocks follow from the sizes
// alone: it rounds differently at their edges, and no result may depend on the number of threads.
typedef struct blas_product {
  const agk_blas *blas;
  const agk_product *product;
  int64_t rows;
} blas_product;

static void multiply_blocks(void *context, int64_t begin, int64_t end) {
  const blas_product *all = context;
  const agk_product *p = all->product;
  const int a_order = p->transpose_a ? TRANSPOSE : NO_TRANSPOSE;
  const int b_order = p->transpose_b ? TRANSPOSE : NO_TRANSPOSE;
  for (int64_t block = begin; block < end; block++) {
    const int64_t row = block * all->rows;
    const int rows = (int)(p->m - row < all->rows ? p->m - row : all->rows);
    const int64_t a = p->transpose_a ? row : row * p->a_leading, out = row * p->out_leading;
    if (p->dtype == AGK_FLOAT32)
      all->blas->sgemm(ROW_MAJOR, a_order, b_order, rows, (int)p->n, (int)p->k, (float)p->alpha,
                       (const float *)p->a + a, (int)p->a_leading, p->b, (int)p->b_leading,
                       (float)p->beta, (float *)p->out + out, (int)p->out_leading);
    else
      all->blas->dgemm(ROW_MAJOR, a_order, b_order, rows, (int)p->n, (int)p->k, p->alpha,
                       (const double *)p->a + a, (int)p->a_leading, p->b, (int)p->b_leading, p->beta,
                       (double *)p->out + out, (int)p->out_leading);
  }
}

static void multiply_by_blas(const agk_blas *blas, const agk_product *p) {
  enum { TILE = 64 };
  const int64_t enough = 1 << 18;
  int64_t rows = p->m;
  // Enough for a thread, few blocks, since each packs the other operand anew.
  if (p->m >= 2 * TILE && p->m * p->n >= enough / p->k) {
    const int64_t blocks = p->m < 1024 ? 2 : 4;
    rows = ((p->m + blocks - 1) / blocks + TILE - 1) / TILE * TILE;
  }
  blas_product all = {blas, p, rows};
  agk_parallel_for((p->m + rows - 1) / rows, 1, multiply_blocks, &all);
}

// A matrix times a column, or a row times a matrix, by the one function of BLAS for both: matrix · x,
// of `rows` rows as it is stored.
static void multiply_vector(const agk_blas *blas, const agk_product *p, int order, int64_t rows,
                            int64_t columns, const void *matrix, int64_t leading, const void *x,
                            int64_t x_stride, int64_t out_stride) {
  if (p->dtype == AGK_FLOAT32)
    blas->sgemv(ROW_MAJOR, order, (int)rows, (int)columns, (float)p->alpha, matrix, (int)leading, x,
                (int)x_stride, (float)p->beta, p->out, (int)out_stride);
  else
    blas->dgemv(ROW_MAJOR, order, (int)rows, (int)columns, p->alpha, matrix, (int)leading, x,
                (int)x_stride, p->beta, p->out, (int)out_stride);
}

// Whether OpenBLAS's kernels for small matrices are the faster ones: where our own would leave
// vectors partly empty, or have little to do at all.
static bool suits_small_kernels(const agk_product *p) {
  enum { SMALL = 1000000, LITTLE = 8192 };
  const int64_t lanes = p->dtype == AGK_FLOAT32 ? 16 : 8;
  const bool narrow = p->n <= lanes, few = p->m <= 2;
  if (p->m > SMALL / p->n / p->k) return false;
  if (narrow || few) return p->n % lanes != 0 || few;
  if (p->transpose_b) return false;
  return p->m <= (p->n % lanes != 0 ? SMALL / 2 : LITTLE) / p->n / p->k;
}

// Does a product of floating point, if it is not too small for that, by our own kernels or by
// OpenBLAS: those of vectors, which are bound by memory, and all where the kernels are missing.
static bool multiply(const agk_product *product) {
  agk_product p = *product;
  // Divisions, not products, so that no size overflows.
  if (p.m == 0 || p.n == 0 || p.k == 0 || p.m <= tiny / p.n / p.k) return false;
  const bool is_vector = p.m == 1 || p.n == 1;
  const bool has_kernels = agk_current->product != NULL && !is_vector;
  if (has_kernels && !suits_small_kernels(&p)) {
    agk_multiply(&p);
    return true;
  }
  const int64_t a_rows = p.transpose_a ? p.k : p.m, a_columns = p.transpose_a ? p.m : p.k;
  const int64_t b_rows = p.transpose_b ? p.n : p.k, b_columns = p.transpose_b ? p.k : p.n;
  const agk_blas *blas = NULL;
  if (fits(a_rows, a_columns, &p.a_leading) && fits(b_rows, b_columns, &p.b_leading)
      && fits(p.m, p.n, &p.out_leading))
    blas = agk_open_blas();
  if (has_kernels && (blas == NULL || !blas->has_small_kernels)) {
    agk_multiply(product);
    return true;
  }
  if (blas == NULL) return false;
  if (p.n == 1)
    multiply_vector(blas, &p, p.transpose_a ? TRANSPOSE : NO_TRANSPOSE, a_rows, a_columns, p.a,
                    p.a_leading, p.b, p.transpose_b ? 1 : p.b_leading, p.out_leading);
  else if (p.m == 1)
    multiply_vector(blas, &p, p.transpose_b ? NO_TRANSPOSE : TRANSPOSE, b_rows, b_columns, p.b,
                    p.b_leading, p.a, p.transpose_a ? p.a_leading : 1, 1);
  else
    multiply_by_blas(blas, &p);
  return true;
}

void agk_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                int64_t k, const void *a, int64_t lda, const void *b, int64_t ldb, void *out,
                int64_t ldout) {
  const agk_product whole = {dtype, transpose_a, transpose_b, false, m,     n, k,
                               a,     lda,         b,           ldb,   out, ldout, 1, 0};
  const bool floating = dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64;
  if (!floating || !multiply(&whole))
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
  const agk_product whole = {dtype, transpose_a, transpose_b, false, m,     n,     k,
                               a,     lda,         b,           ldb,   out, ldout, alpha, beta};
  if (multiply(&whole)) return;
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
