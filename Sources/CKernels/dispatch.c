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

// From this length on a run is split over the pool, in parts of at least half of it.
enum { PARALLEL_FROM = 32768, GRAIN = PARALLEL_FROM / 2 };

static size_t item_size(agk_dtype dtype) {
  return dtype == AGK_BOOL ? 1 : dtype == AGK_INT32 || dtype == AGK_FLOAT32 ? 4 : 8;
}

// The operands of one elementwise call: where each starts, its step, and the size of its items.
typedef struct run {
  int op;
  agk_dtype dtype, from;
  int operands;
  char *start[4];
  int64_t stride[4];
  size_t item[4];
  void (*call)(const struct run *run, int64_t n, char *const *pointers);
  const double *parameters;
} run;

static void run_part(void *context, int64_t begin, int64_t end) {
  const run *whole = context;
  char *pointers[4];
  for (int k = 0; k < whole->operands; k++)
    pointers[k] = whole->start[k] + begin * whole->stride[k] * (int64_t)whole->item[k];
  whole->call(whole, end - begin, pointers);
}

static void call_unary(const run *r, int64_t n, char *const *p) {
  current->unary((agk_unary_op)r->op, r->dtype, n, p[0], r->stride[0], p[1], r->stride[1]);
}

void agk_unary(agk_unary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
               const void *x, int64_t x_stride) {
  if (n < PARALLEL_FROM) {
    current->unary(op, dtype, n, out, out_stride, x, x_stride);
    return;
  }
  const size_t item = item_size(dtype);
  run whole = {op, dtype, dtype, 2, {out, (char *)x}, {out_stride, x_stride}, {item, item},
               call_unary, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

static void call_binary(const run *r, int64_t n, char *const *p) {
  current->binary((agk_binary_op)r->op, r->dtype, n, p[0], r->stride[0], p[1], r->stride[1], p[2],
                  r->stride[2]);
}

void agk_binary(agk_binary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
                const void *a, int64_t a_stride, const void *b, int64_t b_stride) {
  if (n < PARALLEL_FROM) {
    current->binary(op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
    return;
  }
  const size_t item = item_size(dtype);
  run whole = {op, dtype, dtype, 3, {out, (char *)a, (char *)b},
               {out_stride, a_stride, b_stride}, {item, item, item}, call_binary, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

static void call_ternary(const run *r, int64_t n, char *const *p) {
  current->ternary((agk_ternary_op)r->op, r->dtype, n, p[0], r->stride[0], p[1], r->stride[1],
                   p[2], r->stride[2], p[3], r->stride[3]);
}

void agk_ternary(agk_ternary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
                 const void *a, int64_t a_stride, const void *b, int64_t b_stride, const void *c,
                 int64_t c_stride) {
  if (n < PARALLEL_FROM) {
    current->ternary(op, dtype, n, out, out_stride, a, a_stride, b, b_stride, c, c_stride);
    return;
  }
  const size_t item = item_size(dtype);
  run whole = {op, dtype, dtype, 4, {out, (char *)a, (char *)b, (char *)c},
               {out_stride, a_stride, b_stride, c_stride}, {item, item, item, item},
               call_ternary, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

static void call_compare(const run *r, int64_t n, char *const *p) {
  current->compare((agk_compare_op)r->op, r->dtype, n, (bool *)p[0], r->stride[0], p[1],
                   r->stride[1], p[2], r->stride[2]);
}

static void call_fused(const run *r, int64_t n, char *const *p) {
  current->fused((agk_fused_op)r->op, r->dtype, n, p[0], r->stride[0], p[1], r->stride[1],
                 r->operands > 2 ? p[2] : NULL, r->stride[2], r->operands > 3 ? p[3] : NULL,
                 r->stride[3], r->parameters);
}

void agk_fused(agk_fused_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
               const void *a, int64_t a_stride, const void *b, int64_t b_stride, const void *c,
               int64_t c_stride, const double *parameters) {
  if (n < PARALLEL_FROM) {
    current->fused(
        op, dtype, n, out, out_stride, a, a_stride, b, b_stride, c, c_stride, parameters);
    return;
  }
  const size_t item = item_size(dtype);
  run whole = {op, dtype, dtype, b == NULL ? 2 : c == NULL ? 3 : 4,
               {out, (char *)a, (char *)b, (char *)c},
               {out_stride, a_stride, b_stride, c_stride}, {item, item, item, item}, call_fused,
               parameters};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

void agk_compare(agk_compare_op op, agk_dtype dtype, int64_t n, bool *out, int64_t out_stride,
                 const void *a, int64_t a_stride, const void *b, int64_t b_stride) {
  const size_t item = item_size(dtype);
  run whole = {op, dtype, dtype, 3, {(char *)out, (char *)a, (char *)b},
               {out_stride, a_stride, b_stride}, {1, item, item}, call_compare, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

static void call_where(const run *r, int64_t n, char *const *p) {
  current->where(r->dtype, n, p[0], r->stride[0], (const bool *)p[1], r->stride[1], p[2],
                 r->stride[2], p[3], r->stride[3]);
}

void agk_where(agk_dtype dtype, int64_t n, void *out, int64_t out_stride, const bool *condition,
               int64_t condition_stride, const void *a, int64_t a_stride, const void *b,
               int64_t b_stride) {
  const size_t item = item_size(dtype);
  run whole = {0, dtype, dtype, 4, {out, (char *)condition, (char *)a, (char *)b},
               {out_stride, condition_stride, a_stride, b_stride}, {item, 1, item, item},
               call_where, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

static void call_convert(const run *r, int64_t n, char *const *p) {
  current->convert(r->dtype, r->from, n, p[0], r->stride[0], p[1], r->stride[1]);
}

void agk_convert(agk_dtype to, agk_dtype from, int64_t n, void *out, int64_t out_stride,
                 const void *x, int64_t x_stride) {
  if (n < PARALLEL_FROM) {
    current->convert(to, from, n, out, out_stride, x, x_stride);
    return;
  }
  run whole = {0, to, from, 2, {out, (char *)x}, {out_stride, x_stride},
               {item_size(to), item_size(from)}, call_convert, NULL};
  agk_parallel_for(n, GRAIN, run_part, &whole);
}

void agk_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, void *out, const void *x,
                int64_t x_stride) {
  current->reduce(op, dtype, n, out, x, x_stride);
}

typedef struct columns {
  agk_reduce_op op;
  agk_dtype dtype;
  int64_t rows, row_stride;
  char *out;
  const char *x;
} columns;

static void reduce_some_columns(void *context, int64_t begin, int64_t end) {
  const columns *all = context;
  const size_t item = item_size(all->dtype);
  const size_t out_item = all->op == AGK_ALL || all->op == AGK_ANY ? 1 : item;
  current->reduce_columns(all->op, all->dtype, all->rows, end - begin,
                          all->out + begin * (int64_t)out_item, all->x + begin * (int64_t)item,
                          all->row_stride);
}

void agk_reduce_columns(agk_reduce_op op, agk_dtype dtype, int64_t rows, int64_t count, void *out,
                        const void *x, int64_t row_stride) {
  if (rows == 0 || count < 2 || rows < PARALLEL_FROM / count) {
    current->reduce_columns(op, dtype, rows, count, out, x, row_stride);
    return;
  }
  columns all = {op, dtype, rows, row_stride, out, x};
  // Parts of whole cache lines at least, so that columns keep the vectors that they are summed in.
  const int64_t grain = 1 + GRAIN / rows;
  agk_parallel_for(count, grain < 64 ? 64 : grain, reduce_some_columns, &all);
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

void agk_copy_plane(size_t item, int64_t rows, int64_t columns, void *out, int64_t out_row,
                    int64_t out_column, const void *x, int64_t x_row, int64_t x_column) {
  current->copy(item, rows, columns, out, out_row, out_column, x, x_row, x_column);
}

int64_t agk_gather_along(size_t item, const agk_along *plane, void *out, const void *x,
                         const int64_t *indices) {
  return current->gather_along(item, plane, out, x, indices);
}

int64_t agk_scatter_along(agk_scatter_op op, agk_dtype dtype, const agk_along *plane, void *out,
                          const int64_t *indices, const void *x) {
  return current->scatter_along(op, dtype, plane, out, indices, x);
}

void agk_arange(agk_dtype dtype, int64_t n, void *out, double start, double step) {
  current->arange(dtype, n, out, start, step);
}

void agk_linspace(agk_dtype dtype, int64_t n, void *out, double start, double end) {
  current->linspace(dtype, n, out, start, end);
}
