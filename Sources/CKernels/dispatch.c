// Chooses the instruction set and forwards the public loops to it; elementwise ones: elementwise.c.
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
const agk_kernels *agk_current = &agk_kernels_baseline;

// Before main, hence before a second thread: nothing to lock, nothing to test per call.
__attribute__((constructor(101))) static void choose(void) {
  const char *const names[] = {"avx512", "avx2", "baseline"};
  const char *limit = getenv("AGVIZ_CPU");
  int first = 0;
  for (int i = 0; i < 3; i++)
    if (limit != NULL && strcmp(limit, names[i]) == 0) first = i;
  for (int i = first; i < 3; i++) {
    const agk_kernels *found = agk_kernels_for(names[i]);
    if (found != NULL) {
      agk_current = found;
      return;
    }
  }
}

const char *agk_cpu(void) { return agk_current->name; }

typedef struct columns {
  agk_reduce_op op;
  agk_dtype dtype;
  int64_t rows, row_stride;
  char *out;
  const char *x;
} columns;

static void reduce_some_columns(void *context, int64_t begin, int64_t end) {
  const columns *all = context;
  const size_t item = agk_item_size(all->dtype);
  const size_t out_item = all->op == AGK_ALL || all->op == AGK_ANY ? 1 : item;
  agk_current->reduce_columns(all->op, all->dtype, all->rows, end - begin,
                          all->out + begin * (int64_t)out_item, all->x + begin * (int64_t)item,
                          all->row_stride);
}

void agk_reduce_columns(agk_reduce_op op, agk_dtype dtype, int64_t rows, int64_t count, void *out,
                        const void *x, int64_t row_stride) {
  if (rows == 0 || count < 2 || rows < PARALLEL_FROM / count) {
    agk_current->reduce_columns(op, dtype, rows, count, out, x, row_stride);
    return;
  }
  columns all = {op, dtype, rows, row_stride, out, x};
  // Parts of whole cache lines at least, so that columns keep the vectors that they are summed in.
  const int64_t grain = 1 + GRAIN / rows;
  agk_parallel_for(count, grain < 64 ? 64 : grain, reduce_some_columns, &all);
}

void agk_plain_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                      int64_t k, const void *a, int64_t lda, const void *b, int64_t ldb, void *out,
                      int64_t ldout) {
  agk_current->plain_matmul(
      dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, out, ldout);
}

void agk_copy_plane(size_t item, int64_t rows, int64_t columns, void *out, int64_t out_row,
                    int64_t out_column, const void *x, int64_t x_row, int64_t x_column) {
  agk_current->copy(item, rows, columns, out, out_row, out_column, x, x_row, x_column);
}

int64_t agk_gather_along(size_t item, const agk_along *plane, void *out, const void *x,
                         const int64_t *indices) {
  return agk_current->gather_along(item, plane, out, x, indices);
}

int64_t agk_scatter_along(agk_scatter_op op, agk_dtype dtype, const agk_along *plane, void *out,
                          const int64_t *indices, const void *x) {
  return agk_current->scatter_along(op, dtype, plane, out, indices, x);
}

void agk_arange(agk_dtype dtype, int64_t n, void *out, double start, double step) {
  agk_current->arange(dtype, n, out, start, step);
}

void agk_linspace(agk_dtype dtype, int64_t n, void *out, double start, double end) {
  agk_current->linspace(dtype, n, out, start, end);
}
