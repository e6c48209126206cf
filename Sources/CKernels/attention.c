// Attention by blocks of queries: the scores of a block against all keys stay in the caches.
#include <stdlib.h>

#include "kernels.h"

// Queries worked on together.
enum { QUERIES = 64 };

typedef struct job {
  const agk_attention *a;
  agk_heads gradient, q_gradient, k_gradient, v_gradient;
  int64_t item, block;
} job;

static char *head_of(const job *j, const agk_heads *x, int64_t b, int64_t h) {
  return (char *)x->start + (b * x->batch + h * x->head) * j->item;
}

static char *rows_of(const job *j, const agk_heads *x, int64_t b, int64_t h, int64_t row) {
  return head_of(j, x, b, h) + row * x->row * j->item;
}

static const void *mask_of(const job *j, int64_t b, int64_t h, int64_t row) {
  return j->a->mask.start == NULL ? NULL : rows_of(j, &j->a->mask, b, h, row);
}

// Memory that must be had: attention has no smaller way.
static char *scratch(size_t bytes) {
  char *block = agk_allocate(bytes);
  if (block == NULL) abort();
  return block;
}

// The keys that the queries from `first` on see, of which there are `rows`.
static int64_t keys_seen(const agk_attention *a, int64_t first, int64_t rows) {
  return a->causal && first + rows < a->keys ? first + rows : a->keys;
}

static void attend(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const agk_attention *a = j->a;
  const int64_t item = j->item;
  const size_t bytes = (size_t)(j->block * (a->keys + 1) * item);
  char *scores = scratch(bytes), *inverses = scores + j->block * a->keys * item;
  for (int64_t n = begin; n < end; n++) {
    const int64_t b = n / a->heads, h = n % a->heads, kv = h / (a->heads / a->kv_heads);
    const char *k = head_of(j, &a->k, b, kv), *v = head_of(j, &a->v, b, kv);
    for (int64_t first = 0; first < a->queries; first += j->block) {
      const int64_t rows = a->queries - first < j->block ? a->queries - first : j->block;
      const int64_t length = keys_seen(a, first, rows);
      char *out = rows_of(j, &a->out, b, h, first);
      agk_matmul(a->dtype, false, true, rows, length, a->size, rows_of(j, &a->q, b, h, first),
                 a->q.row, k, a->k.row, scores, length);
      agk_current->attention_rows(a->dtype, rows, length, length, a->causal ? first : -1, scores,
                                  a->scale, mask_of(j, b, h, first), a->mask.row, a->mask_column,
                                  inverses, (char *)a->log_sums + (n * a->queries + first) * item);
      agk_matmul(a->dtype, false, false, rows, a->size, length, scores, length, v, a->v.row, out,
                 a->out.row);
      agk_current->scale_rows(a->dtype, rows, a->size, a->out.row, out, inverses);
    }
  }
  agk_deallocate(scores, bytes);
}

// Heads of keys, each with all the heads of queries that it serves, in their order.
static void attend_backward(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const agk_attention *a = j->a;
  const int64_t item = j->item, served = a->heads / a->kv_heads;
  const size_t bytes = (size_t)(j->block * (2 * a->keys + 1) * item);
  char *scores = scratch(bytes), *gradients = scores + j->block * a->keys * item;
  char *sums = gradients + j->block * a->keys * item;
  for (int64_t n = begin; n < end; n++) {
    const int64_t b = n / a->kv_heads, kv = n % a->kv_heads;
    const char *k = head_of(j, &a->k, b, kv), *v = head_of(j, &a->v, b, kv);
    char *dk = head_of(j, &j->k_gradient, b, kv), *dv = head_of(j, &j->v_gradient, b, kv);
    for (int64_t h = kv * served; h < (kv + 1) * served; h++) {
      for (int64_t first = 0; first < a->queries; first += j->block) {
        const int64_t rows = a->queries - first < j->block ? a->queries - first : j->block;
        const int64_t length = keys_seen(a, first, rows);
        const char *q = rows_of(j, &a->q, b, h, first);
        const char *g = rows_of(j, &j->gradient, b, h, first);
        agk_matmul(a->dtype, false, true, rows, length, a->size, q, a->q.row, k, a->k.row, scores,
                   length);
        agk_matmul(a->dtype, false, true, rows, length, a->size, g, j->gradient.row, v, a->v.row,
                   gradients, length);
        agk_current->dot_rows(a->dtype, rows, a->size, sums, g, j->gradient.row,
                              rows_of(j, &a->out, b, h, first), a->out.row);
        agk_current->attention_backward_rows(
            a->dtype, rows, length, length, a->causal ? first : -1, scores, gradients, a->scale,
            mask_of(j, b, h, first), a->mask.row, a->mask_column,
            (char *)a->log_sums + ((b * a->heads + h) * a->queries + first) * item, sums);
        agk_matmul_add(a->dtype, true, false, length, a->size, rows, 1, scores, length, g,
                       j->gradient.row, 1, dv, j->v_gradient.row);
        agk_matmul_add(a->dtype, true, false, length, a->size, rows, 1, gradients, length, q,
                       a->q.row, 1, dk, j->k_gradient.row);
        agk_matmul(a->dtype, false, false, rows, a->size, length, gradients, length, k, a->k.row,
                   rows_of(j, &j->q_gradient, b, h, first), j->q_gradient.row);
      }
    }
  }
  agk_deallocate(scores, bytes);
}

static void run(job j, int64_t heads, agk_task *task) {
  const agk_attention *a = j.a;
  j.item = agk_item_size(a->dtype);
  j.block = a->queries < QUERIES ? a->queries : QUERIES;
  const int64_t work = a->queries * a->keys * a->size * (a->heads * a->batch / heads);
  agk_parallel_for(heads, 1 + PARALLEL_FROM / (work + 1), task, &j);
}

void agk_attend(const agk_attention *a) {
  run((job){.a = a}, a->batch * a->heads, attend);
}

void agk_attend_backward(const agk_attention *a, agk_heads gradient, agk_heads q_gradient,
                         agk_heads k_gradient, agk_heads v_gradient) {
  run((job){a, gradient, q_gradient, k_gradient, v_gradient, 0, 0}, a->batch * a->kv_heads,
      attend_backward);
}
