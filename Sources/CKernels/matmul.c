// Matrix products through OpenBLAS, opened when the first product needs it.
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "kernels.h"

// CBLAS's enumerations, as its ABI passes them: there is no header to depend on at run time.
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void float_gemm(int order, int transpose_a, int transpose_b, int m, int n, int k,
                        float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                        float *c, int ldc);
typedef void double_gemm(int order, int transpose_a, int transpose_b, int m, int n, int k,
                         double alpha, const double *a, int lda, const double *b, int ldb,
                         double beta, double *c, int ldc);
typedef void float_gemv(int order, int transpose_a, int m, int n, float alpha, const float *a,
                        int lda, const float *x, int x_stride, float beta, float *y, int y_stride);
typedef void double_gemv(int order, int transpose_a, int m, int n, double alpha, const double *a,
                         int lda, const double *x, int x_stride, double beta, double *y,
                         int y_stride);

static struct {
  float_gemm *sgemm;
  double_gemm *dgemm;
  float_gemv *sgemv;
  double_gemv *dgemv;
  bool found;
} blas;

static void open_blas(void) {
#if defined(__x86_64__)
  // OpenBLAS 0.3.21 takes its AVX2 kernels on AVX-512 processors that it does not know by name, at
  // half the speed.
  if (agk_kernels_for("avx512") != NULL) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
#endif
  // Its own threads would spin beside the caller's.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  void *library = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return;
  blas.sgemm = (float_gemm *)dlsym(library, "cblas_sgemm");
  blas.dgemm = (double_gemm *)dlsym(library, "cblas_dgemm");
  blas.sgemv = (float_gemv *)dlsym(library, "cblas_sgemv");
  blas.dgemv = (double_gemv *)dlsym(library, "cblas_dgemv");
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  if (set_threads != NULL) set_threads(1);
  blas.found =
      blas.sgemm != NULL && blas.dgemm != NULL && blas.sgemv != NULL && blas.dgemv != NULL;
}

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
  int64_t m, block;
  agk_dtype dtype;
  int a_order, b_order, n, k;
  const void *a;
  int a_leading;
  const void *b;
  int b_leading;
  void *out;
  int out_leading;
} product;

static void multiply_rows(const product *p, int64_t begin, int64_t end) {
  const int64_t a_step = p->a_order == TRANSPOSE ? 1 : p->a_leading;
  if (p->dtype == AGK_FLOAT32)
    blas.sgemm(ROW_MAJOR, p->a_order, p->b_order, (int)(end - begin), p->n, p->k, 1,
               (const float *)p->a + begin * a_step, p->a_leading, p->b, p->b_leading, 0,
               (float *)p->out + begin * p->out_leading, p->out_leading);
  else
    blas.dgemm(ROW_MAJOR, p->a_order, p->b_order, (int)(end - begin), p->n, p->k, 1,
               (const double *)p->a + begin * a_step, p->a_leading, p->b, p->b_leading, 0,
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

void agk_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                int64_t k, const void *a, int64_t lda, const void *b, int64_t ldb, void *out,
                int64_t ldout) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const bool floating = dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64;
  // Divisions, not products, so that no size overflows.
  const bool small = m == 0 || n == 0 || k == 0 || m <= tiny / n / k;
  int64_t a_leading = lda, b_leading = ldb, out_leading = ldout;
  if (!floating || small
      || !fits(transpose_a ? k : m, transpose_a ? m : k, &a_leading)
      || !fits(transpose_b ? n : k, transpose_b ? k : n, &b_leading)
      || !fits(m, n, &out_leading) || (pthread_once(&once, open_blas), !blas.found)) {
    agk_plain_matmul(dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout);
    return;
  }
  const int a_order = transpose_a ? TRANSPOSE : NO_TRANSPOSE;
  const int b_order = transpose_b ? TRANSPOSE : NO_TRANSPOSE;
  const int rows_a = (int)(transpose_a ? k : m), columns_a = (int)(transpose_a ? m : k);
  const int rows_b = (int)(transpose_b ? n : k), columns_b = (int)(transpose_b ? k : n);
  if (n == 1) {  // matrix times column
    const int x_stride = transpose_b ? 1 : (int)b_leading;
    if (dtype == AGK_FLOAT32)
      blas.sgemv(ROW_MAJOR, a_order, rows_a, columns_a, 1, a, (int)a_leading, b, x_stride, 0, out,
                 (int)out_leading);
    else
      blas.dgemv(ROW_MAJOR, a_order, rows_a, columns_a, 1, a, (int)a_leading, b, x_stride, 0, out,
                 (int)out_leading);
    return;
  }
  if (m == 1) {  // row times matrix: the transposed matrix times a column
    const int x_stride = transpose_a ? (int)a_leading : 1;
    const int order = transpose_b ? NO_TRANSPOSE : TRANSPOSE;
    if (dtype == AGK_FLOAT32)
      blas.sgemv(ROW_MAJOR, order, rows_b, columns_b, 1, b, (int)b_leading, a, x_stride, 0, out, 1);
    else
      blas.dgemv(ROW_MAJOR, order, rows_b, columns_b, 1, b, (int)b_leading, a, x_stride, 0, out, 1);
    return;
  }
  const int64_t block = block_rows(m, n, k);
  product whole = {m, block, dtype, a_order, b_order, (int)n, (int)k, a, (int)a_leading, b,
                   (int)b_leading, out, (int)out_leading};
  agk_parallel_for((m + block - 1) / block, 1, multiply_blocks, &whole);
}
