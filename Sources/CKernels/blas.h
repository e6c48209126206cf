// OpenBLAS, opened at run time. Not for callers.
#pragma once

#include <stdbool.h>

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

// The products that OpenBLAS does.
typedef struct agk_blas {
  float_gemm *sgemm;
  double_gemm *dgemm;
  float_gemv *sgemv;
  double_gemv *dgemv;
  // Whether it multiplies small matrices in place, with kernels of their own.
  bool has_small_kernels;
} agk_blas;

// OpenBLAS, opened when it is first asked for; NULL where it is not installed.
const agk_blas *agk_open_blas(void);

// A function of OpenBLAS by its symbol; NULL where it has none such.
void *agk_blas_symbol(const char *name);
