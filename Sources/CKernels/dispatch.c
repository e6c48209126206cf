// Chooses the instruction set and forwards every public loop to it.
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

const agk_kernels *agk_kernels_for(const char *name) {
  if (strcmp(name, "baseline") == 0) return &agk_kernels_baseline;
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (strcmp(name, "avx2") == 0 && avx2) return &agk_kernels_avx2;
  if (strcmp(name, "avx512") == 0 && avx2 && __builtin_cpu_supports("avx512f")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl"))
    return &agk_kernels_avx512;
#endif
  return NULL;
}

// Valid before the constructor below has run, so that no call needs a check.
static const agk_kernels *current = &agk_kernels_baseline;

// Before main, hence before a second thread: nothing to lock, nothing to test per call.
__attribute__((constructor)) static void choose(void) {
  const char *const names[] = {"avx512", "avx2", "baseline"};
  const char *limit = getenv("AGVIZ_CPU");
  int first = 0;
  for (int i = 0; i < 3; i++)
    if (limit != NULL && strcmp(limit, names[i]) == 0) first = i;
  for (int i = first; i < 3; i++) {
    const agk_kernels *found = agk_kernels_for(names[i]);
    if (found != NULL) {
      current = found;
      return;
    }
  }
}

const char *agk_cpu(void) { return current->name; }

void agk_unary(agk_unary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
               const void *x, int64_t x_stride) {
  current->unary(op, dtype, n, out, out_stride, x, x_stride);
}

void agk_binary(agk_binary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
                const void *a, int64_t a_stride, const void *b, int64_t b_stride) {
  current->binary(op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
}

void agk_ternary(agk_ternary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
                 const void *a, int64_t a_stride, const void *b, int64_t b_stride, const void *c,
                 int64_t c_stride) {
  current->ternary(op, dtype, n, out, out_stride, a, a_stride, b, b_stride, c, c_stride);
}

void agk_compare(agk_compare_op op, agk_dtype dtype, int64_t n, bool *out, int64_t out_stride,
                 const void *a, int64_t a_stride, const void *b, int64_t b_stride) {
  current->compare(op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
}

void agk_where(agk_dtype dtype, int64_t n, void *out, int64_t out_stride, const bool *condition,
               int64_t condition_stride, const void *a, int64_t a_stride, const void *b,
               int64_t b_stride) {
  current->where(dtype, n, out, out_stride, condition, condition_stride, a, a_stride, b, b_stride);
}

void agk_convert(agk_dtype to, agk_dtype from, int64_t n, void *out, int64_t out_stride,
                 const void *x, int64_t x_stride) {
  current->convert(to, from, n, out, out_stride, x, x_stride);
}

void agk_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, void *out, const void *x,
                int64_t x_stride) {
  current->reduce(op, dtype, n, out, x, x_stride);
}

void agk_reduce_columns(agk_reduce_op op, agk_dtype dtype, int64_t rows, int64_t columns,
                        void *out, const void *x, int64_t row_stride) {
  current->reduce_columns(op, dtype, rows, columns, out, x, row_stride);
}

int64_t agk_arg_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, const void *x,
                       int64_t x_stride) {
  return current->arg_reduce(op, dtype, n, x, x_stride);
}

void agk_softmax(agk_dtype dtype, int64_t n, void *out, int64_t out_stride, const void *x,
                 int64_t x_stride) {
  current->softmax(dtype, n, out, out_stride, x, x_stride);
}

void agk_log_softmax(agk_dtype dtype, int64_t n, void *out, int64_t out_stride, const void *x,
                     int64_t x_stride) {
  current->log_softmax(dtype, n, out, out_stride, x, x_stride);
}

void agk_plain_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                      int64_t k, const void *a, int64_t lda, const void *b, int64_t ldb, void *out,
                      int64_t ldout) {
  current->plain_matmul(
      dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout);
}

void agk_sum_of(agk_sum_of_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                double *out, const double *shift, const void *x) {
  current->sum_of(op, dtype, outer, length, inner, out, shift, x);
}

void agk_cumulate(agk_reduce_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                  void *out, const void *x) {
  current->cumulate(op, dtype, outer, length, inner, out, x);
}

void agk_extremes(agk_reduce_op op, agk_dtype dtype, bool running, int64_t outer, int64_t length,
                  int64_t inner, void *values, int64_t *indices, const void *x) {
  current->extremes(op, dtype, running, outer, length, inner, values, indices, x);
}
