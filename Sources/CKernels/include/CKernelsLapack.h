// Decompositions of matrices through LAPACK, which OpenBLAS carries. Included by CKernels.h; not for
// use on its own.
//
// float32 and float64. A call works on a batch of matrices that lie one after another, each dense in
// column-major order. `info` has a number for each matrix: 0, or what LAPACK says went wrong. A
// function gives false, and does nothing, when its working memory cannot be had or LAPACK's 32-bit
// sizes do not hold a size.
#pragma once

/// Whether LAPACK is there: libopenblas.so.0 could be opened and has it.
bool agk_has_lapack(void);

// a[n×n] becomes its Cholesky factor, of which only the lower (or upper) triangle is written.
// info: the order of the leading minor that is not positive definite.
bool agk_cholesky(agk_dtype dtype, bool upper, int64_t batch, int64_t n, void *_Nonnull a,
                  int32_t *_Nonnull info);

// a[m×n] becomes L and U with row exchanges: pivots has min(m, n) numbers a matrix, counted from 1.
// info: the first diagonal element of U that is zero, counted from 1.
bool agk_lu(agk_dtype dtype, int64_t batch, int64_t m, int64_t n, void *_Nonnull a,
            int32_t *_Nonnull pivots, int32_t *_Nonnull info);

// b[n×columns] becomes the solution of A·X = B, or Aᵀ·X = B, from the factors of agk_lu.
bool agk_lu_solve(agk_dtype dtype, bool transpose, int64_t batch, int64_t n, int64_t columns,
                  const void *_Nonnull lu, const int32_t *_Nonnull pivots, void *_Nonnull b);

// b[n×columns] becomes the solution of A·X = B, or Aᵀ·X = B, for a triangular A of which the other
// triangle (and with `unit` the diagonal, taken as ones) is not read.
bool agk_triangular_solve(agk_dtype dtype, bool upper, bool transpose, bool unit, int64_t batch,
                          int64_t n, int64_t columns, const void *_Nonnull a, void *_Nonnull b);

// a[m×n] becomes R in its upper triangle and Householder vectors below; tau has min(m, n) numbers.
bool agk_qr(agk_dtype dtype, int64_t batch, int64_t m, int64_t n, void *_Nonnull a,
            void *_Nonnull tau);

// q[m×columns], whose first k columns hold the vectors of agk_qr, becomes the first columns of Q.
bool agk_qr_q(agk_dtype dtype, int64_t batch, int64_t m, int64_t columns, int64_t k,
              void *_Nonnull q, const void *_Nonnull tau);

// a[m×n], which is overwritten, = U·diag(s)·Vt. With `vectors` and `full` u is m×m and vt n×n, with
// `vectors` alone m×k and k×n for k = min(m, n); without, u and vt are not written. info > 0: did not
// converge.
bool agk_svd(agk_dtype dtype, bool vectors, bool full, int64_t batch, int64_t m, int64_t n,
             void *_Nonnull a, void *_Nonnull u, void *_Nonnull s, void *_Nonnull vt,
             int32_t *_Nonnull info);

// The symmetric a[n×n], of which one triangle is read, becomes its eigenvectors, column by column;
// `values` has the eigenvalues in ascending order. info > 0: did not converge.
bool agk_eigh(agk_dtype dtype, bool upper, int64_t batch, int64_t n, void *_Nonnull a,
              void *_Nonnull values, int32_t *_Nonnull info);

// b[max(m, n)×columns] becomes in its first n rows the least-squares solution of least norm of
// A·X = B; singular values under `rcond` times the largest count as zero; `rank` gets the rank.
// a[m×n] is overwritten.
bool agk_least_squares(agk_dtype dtype, double rcond, int64_t batch, int64_t m, int64_t n,
                       int64_t columns, void *_Nonnull a, void *_Nonnull b,
                       int32_t *_Nonnull rank, int32_t *_Nonnull info);
