// Decompositions through LAPACK's Fortran symbols, which OpenBLAS exports.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "kernels.h"

// CBLAS's enumerations, as its ABI passes them.
enum { COLUMN_MAJOR = 102, NO_TRANSPOSE = 111, TRANSPOSE = 112, UPPER = 121, LOWER = 122 };
enum { NON_UNIT = 131, UNIT = 132, LEFT = 141 };

// Every function of LAPACK that is called here, for one element type; the hidden lengths of Fortran's
// texts come last. trsm is CBLAS's: LAPACK's trtrs refuses singular matrices.
#define FUNCTIONS(T) \
  struct { \
    void (*potrf)(const char *uplo, const int *n, T *a, const int *lda, int *info, size_t); \
    void (*getrf)(const int *m, const int *n, T *a, const int *lda, int *pivots, int *info); \
    void (*getrs)(const char *trans, const int *n, const int *columns, const T *a, \
                  const int *lda, const int *pivots, T *b, const int *ldb, int *info, size_t); \
    void (*geqrf)(const int *m, const int *n, T *a, const int *lda, T *tau, T *work, \
                  const int *lwork, int *info); \
    void (*orgqr)(const int *m, const int *n, const int *k, T *a, const int *lda, const T *tau, \
                  T *work, const int *lwork, int *info); \
    void (*gesdd)(const char *job, const int *m, const int *n, T *a, const int *lda, T *s, T *u, \
                  const int *ldu, T *vt, const int *ldvt, T *work, const int *lwork, int *iwork, \
                  int *info, size_t); \
    void (*syevd)(const char *job, const char *uplo, const int *n, T *a, const int *lda, \
                  T *values, T *work, const int *lwork, int *iwork, const int *liwork, int *info, \
                  size_t, size_t); \
    void (*gelsy)(const int *m, const int *n, const int *columns, T *a, const int *lda, T *b, \
                  const int *ldb, int *jpvt, const T *rcond, int *rank, T *work, \
                  const int *lwork, int *info); \
    void (*trsm)(int order, int side, int uplo, int trans, int diag, int m, int n, T alpha, \
                 const T *a, int lda, T *b, int ldb); \
  }

static FUNCTIONS(float) lapack_float;
static FUNCTIONS(double) lapack_double;
static bool found;

static void open_lapack(void) {
  found = true;
#define OPEN(FIELD, SYMBOL) found = (*(void **)&(FIELD) = agk_blas_symbol(SYMBOL)) != NULL && found
#define OPEN_BOTH(NAME) \
  OPEN(lapack_float.NAME, "s" #NAME "_"); \
  OPEN(lapack_double.NAME, "d" #NAME "_")
  OPEN_BOTH(potrf);
  OPEN_BOTH(getrf);
  OPEN_BOTH(getrs);
  OPEN_BOTH(geqrf);
  OPEN_BOTH(orgqr);
  OPEN_BOTH(gesdd);
  OPEN_BOTH(syevd);
  OPEN_BOTH(gelsy);
  OPEN(lapack_float.trsm, "cblas_strsm");
  OPEN(lapack_double.trsm, "cblas_dtrsm");
}

bool agk_has_lapack(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_lapack);
  return found;
}

// LAPACK counts in 32 bits; a leading dimension is at least 1.
static bool fits(int64_t a, int64_t b) { return a <= INT32_MAX && b <= INT32_MAX; }
static int leading(int64_t rows) { return rows > 1 ? (int)rows : 1; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// The functions below, for one element type.
#define DEFINE(T) \
  static bool cholesky_##T(bool upper, int64_t batch, int64_t n, T *a, int32_t *info) { \
    const int size = (int)n, lda = leading(n); \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.potrf(upper ? "U" : "L", &size, a + i * n * n, &lda, info + i, 1); \
    return true; \
  } \
  static bool lu_##T(int64_t batch, int64_t m, int64_t n, T *a, int32_t *pivots, int32_t *info) { \
    const int rows = (int)m, columns = (int)n, lda = leading(m); \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.getrf(&rows, &columns, a + i * m * n, &lda, pivots + i * smaller(m, n), \
                       info + i); \
    return true; \
  } \
  static bool lu_solve_##T(bool transpose, int64_t batch, int64_t n, int64_t columns, const T *lu, \
                           const int32_t *pivots, T *b) { \
    const int size = (int)n, count = (int)columns, ld = leading(n); \
    int info; \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.getrs(transpose ? "T" : "N", &size, &count, lu + i * n * n, &ld, pivots + i * n, \
                       b + i * n * columns, &ld, &info, 1); \
    return true; \
  } \
  static bool triangular_solve_##T(bool upper, bool transpose, bool unit, int64_t batch, \
                                   int64_t n, int64_t columns, const T *a, T *b) { \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.trsm(COLUMN_MAJOR, LEFT, upper ? UPPER : LOWER, \
                      transpose ? TRANSPOSE : NO_TRANSPOSE, unit ? UNIT : NON_UNIT, (int)n, \
                      (int)columns, 1, a + i * n * n, leading(n), b + i * n * columns, \
                      leading(n)); \
    return true; \
  } \
  static bool qr_##T(int64_t batch, int64_t m, int64_t n, T *a, T *tau) { \
    const int rows = (int)m, columns = (int)n, lda = leading(m), ask = -1; \
    int info; \
    T size; \
    lapack_##T.geqrf(&rows, &columns, a, &lda, tau, &size, &ask, &info); \
    const int lwork = (int)size; \
    T *work = malloc(sizeof(T) * (size_t)leading(lwork)); \
    if (work == NULL) return false; \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.geqrf(&rows, &columns, a + i * m * n, &lda, tau + i * smaller(m, n), work, \
                       &lwork, &info); \
    free(work); \
    return true; \
  } \
  static bool qr_q_##T(int64_t batch, int64_t m, int64_t columns, int64_t k, T *q, \
                       const T *tau) { \
    const int rows = (int)m, width = (int)columns, count = (int)k, lda = leading(m), ask = -1; \
    int info; \
    T size; \
    lapack_##T.orgqr(&rows, &width, &count, q, &lda, tau, &size, &ask, &info); \
    const int lwork = (int)size; \
    T *work = malloc(sizeof(T) * (size_t)leading(lwork)); \
    if (work == NULL) return false; \
    for (int64_t i = 0; i < batch; i++) \
      lapack_##T.orgqr(&rows, &width, &count, q + i * m * columns, &lda, tau + i * k, work, \
                       &lwork, &info); \
    free(work); \
    return true; \
  } \
  static bool svd_##T(bool vectors, bool full, int64_t batch, int64_t m, int64_t n, T *a, T *u, \
                      T *s, T *vt, int32_t *info) { \
    const int64_t k = smaller(m, n); \
    const int64_t u_size = full ? m * m : m * k, vt_size = full ? n * n : k * n; \
    const char *job = !vectors ? "N" : full ? "A" : "S"; \
    const int rows = (int)m, columns = (int)n, lda = leading(m), ldu = leading(m); \
    const int ldvt = leading(full ? n : k), ask = -1; \
    T size; \
    int *iwork = malloc(sizeof(int) * 8 * (size_t)leading(k)); \
    if (iwork == NULL) return false; \
    lapack_##T.gesdd(job, &rows, &columns, a, &lda, s, u, &ldu, vt, &ldvt, &size, &ask, iwork, \
                     info, 1); \
    /* float32 holds no size above 2^24 exactly: ask for a little more. */ \
    const int lwork = (int)(size * (T)1.0001) + 1; \
    T *work = malloc(sizeof(T) * (size_t)lwork); \
    for (int64_t i = 0; work != NULL && i < batch; i++) \
      lapack_##T.gesdd(job, &rows, &columns, a + i * m * n, &lda, s + i * k, \
                       vectors ? u + i * u_size : u, &ldu, vectors ? vt + i * vt_size : vt, &ldvt, \
                       work, &lwork, iwork, info + i, 1); \
    free(work); \
    free(iwork); \
    return work != NULL; \
  } \
  static bool eigh_##T(bool upper, int64_t batch, int64_t n, T *a, T *values, int32_t *info) { \
    const int count = (int)n, lda = leading(n), ask = -1; \
    const char *uplo = upper ? "U" : "L"; \
    T size; \
    int integers; \
    lapack_##T.syevd("V", uplo, &count, a, &lda, values, &size, &ask, &integers, &ask, info, 1, \
                     1); \
    const int lwork = (int)(size * (T)1.0001) + 1, liwork = integers; \
    T *work = malloc(sizeof(T) * (size_t)lwork); \
    int *iwork = malloc(sizeof(int) * (size_t)leading(liwork)); \
    const bool got = work != NULL && iwork != NULL; \
    for (int64_t i = 0; got && i < batch; i++) \
      lapack_##T.syevd("V", uplo, &count, a + i * n * n, &lda, values + i * n, work, &lwork, \
                       iwork, &liwork, info + i, 1, 1); \
    free(work); \
    free(iwork); \
    return got; \
  } \
  static bool least_squares_##T(double rcond, int64_t batch, int64_t m, int64_t n, \
                                int64_t columns, T *a, T *b, int32_t *rank, int32_t *info) { \
    const int64_t longer = m > n ? m : n; \
    const int rows = (int)m, width = (int)n, count = (int)columns, ask = -1; \
    const int lda = leading(m), ldb = leading(longer); \
    const T limit = (T)rcond; \
    T size; \
    int *jpvt = malloc(sizeof(int) * (size_t)leading(n)); \
    if (jpvt == NULL) return false; \
    lapack_##T.gelsy(&rows, &width, &count, a, &lda, b, &ldb, jpvt, &limit, rank, &size, &ask, \
                     info); \
    const int lwork = (int)(size * (T)1.0001) + 1; \
    T *work = malloc(sizeof(T) * (size_t)lwork); \
    for (int64_t i = 0; work != NULL && i < batch; i++) { \
      memset(jpvt, 0, sizeof(int) * (size_t)n); \
      lapack_##T.gelsy(&rows, &width, &count, a + i * m * n, &lda, b + i * longer * columns, &ldb, \
                       jpvt, &limit, rank + i, work, &lwork, info + i); \
    } \
    free(work); \
    free(jpvt); \
    return work != NULL; \
  }
DEFINE(float)
DEFINE(double)

// Calls the function for the dtype, where there is LAPACK and the sizes fit.
#define DISPATCH(NAME, ROWS, COLUMNS, ...) \
  if (!fits(ROWS, COLUMNS) || !agk_has_lapack()) return false; \
  switch (dtype) { \
    case AGK_FLOAT32: return NAME##_float(__VA_ARGS__); \
    case AGK_FLOAT64: return NAME##_double(__VA_ARGS__); \
    default: return false; \
  }

bool agk_cholesky(agk_dtype dtype, bool upper, int64_t batch, int64_t n, void *a, int32_t *info) {
  DISPATCH(cholesky, n, n, upper, batch, n, a, info)
}

bool agk_lu(agk_dtype dtype, int64_t batch, int64_t m, int64_t n, void *a, int32_t *pivots,
            int32_t *info) {
  DISPATCH(lu, m, n, batch, m, n, a, pivots, info)
}

bool agk_lu_solve(agk_dtype dtype, bool transpose, int64_t batch, int64_t n, int64_t columns,
                  const void *lu, const int32_t *pivots, void *b) {
  DISPATCH(lu_solve, n, columns, transpose, batch, n, columns, lu, pivots, b)
}

bool agk_triangular_solve(agk_dtype dtype, bool upper, bool transpose, bool unit, int64_t batch,
                          int64_t n, int64_t columns, const void *a, void *b) {
  DISPATCH(triangular_solve, n, columns, upper, transpose, unit, batch, n, columns, a, b)
}

bool agk_qr(agk_dtype dtype, int64_t batch, int64_t m, int64_t n, void *a, void *tau) {
  DISPATCH(qr, m, n, batch, m, n, a, tau)
}

bool agk_qr_q(agk_dtype dtype, int64_t batch, int64_t m, int64_t columns, int64_t k, void *q,
              const void *tau) {
  DISPATCH(qr_q, m, columns, batch, m, columns, k, q, tau)
}

bool agk_svd(agk_dtype dtype, bool vectors, bool full, int64_t batch, int64_t m, int64_t n, void *a,
             void *u, void *s, void *vt, int32_t *info) {
  DISPATCH(svd, m, n, vectors, full, batch, m, n, a, u, s, vt, info)
}

bool agk_eigh(agk_dtype dtype, bool upper, int64_t batch, int64_t n, void *a, void *values,
              int32_t *info) {
  DISPATCH(eigh, n, n, upper, batch, n, a, values, info)
}

bool agk_least_squares(agk_dtype dtype, double rcond, int64_t batch, int64_t m, int64_t n,
                       int64_t columns, void *a, void *b, int32_t *rank, int32_t *info) {
  DISPATCH(least_squares, m > n ? m : n, columns, rcond, batch, m, n, columns, a, b, rank, info)
}
