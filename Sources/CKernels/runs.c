// Reductions of one run. A long one is split over the pool into pieces of fixed size, which are joined
// in their order: no result depends on the number of threads.
#include <string.h>

#include "kernels.h"

enum {
  // Elements of a piece, and pieces at a time.
  PIECE = 65536,
  PIECES = 64,
  // Bytes that what is kept of a piece takes.
  ITEM = 8,
  // Pieces of a sum; there are fewer for runs that fit into memory.
  SUM_PIECES = 1024
};

typedef struct pieces {
  agk_reduce_op op;
  agk_dtype dtype;
  int64_t n, item, kept_item;
  const char *x;
  char *kept;
  int64_t *positions;
} pieces;

static int64_t length_of(const pieces *p, int64_t piece) {
  const int64_t rest = p->n - piece * PIECE;
  return rest < PIECE ? rest : PIECE;
}

static void reduce_pieces(void *context, int64_t begin, int64_t end) {
  const pieces *p = context;
  for (int64_t k = begin; k < end; k++)
    agk_current->reduce(p->op, p->dtype, length_of(p, k), p->kept + k * p->kept_item,
                          p->x + k * PIECE * p->item, 1);
}

static void sum_pieces(void *context, int64_t begin, int64_t end) {
  const pieces *p = context;
  agk_current->sum_pieces(p->dtype, p->n, begin, end - begin,
                            p->kept + begin * AGK_SUM_PIECE_BYTES, p->x);
}

static void sum(agk_dtype dtype, int64_t n, void *out, const void *x) {
  const int64_t vector = AGK_SUM_PIECE_BYTES / agk_item_size(dtype), rows = n / vector;
  const int64_t count = rows >> (3 * agk_chunk_power(rows));
  if (count < 2 || count > SUM_PIECES) {
    agk_current->sum_joined(dtype, n, out, NULL, x);
    return;
  }
  _Alignas(64) char kept[SUM_PIECES * AGK_SUM_PIECE_BYTES];
  pieces p = {AGK_SUM, dtype, n, 0, 0, x, kept, NULL};
  agk_parallel_for(count, 1, sum_pieces, &p);
  agk_current->sum_joined(dtype, n, out, kept, x);
}

void agk_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, void *out, const void *x,
                int64_t x_stride) {
  const bool is_floating = dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64;
  // A product's order is PyTorch's, which has no pieces.
  if (n < 2 * PIECE || x_stride != 1 || (op == AGK_PROD && is_floating)) {
    agk_current->reduce(op, dtype, n, out, x, x_stride);
    return;
  }
  if (op == AGK_SUM && is_floating) {
    sum(dtype, n, out, x);
    return;
  }
  const agk_dtype kept_dtype = op == AGK_ALL || op == AGK_ANY ? AGK_BOOL : dtype;
  const int64_t item = agk_item_size(dtype), kept_item = agk_item_size(kept_dtype);
  // The first place is for what comes before.
  _Alignas(8) char kept[(1 + PIECES) * ITEM];
  for (int64_t done = 0; done < n; done += PIECES * PIECE) {
    const int64_t rest = n - done < PIECES * PIECE ? n - done : PIECES * PIECE;
    const int64_t count = (rest + PIECE - 1) / PIECE;
    pieces p = {op, dtype, rest, item, kept_item, (const char *)x + done * item, kept + kept_item,
                NULL};
    agk_parallel_for(count, 1, reduce_pieces, &p);
    const bool is_first = done == 0;
    agk_current->reduce(op, kept_dtype, count + !is_first, out,
                          kept + (is_first ? kept_item : 0), 1);
    memcpy(kept, out, (size_t)kept_item);
  }
}

static void find_in_pieces(void *context, int64_t begin, int64_t end) {
  const pieces *p = context;
  for (int64_t k = begin; k < end; k++) {
    const char *piece = p->x + k * PIECE * p->item;
    const int64_t at = agk_current->arg_reduce(p->op, p->dtype, length_of(p, k), piece, 1);
    memcpy(p->kept + k * p->item, piece + at * p->item, (size_t)p->item);
    p->positions[k] = k * PIECE + at;
  }
}

int64_t agk_arg_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, const void *x,
                       int64_t x_stride) {
  if (n < 2 * PIECE || x_stride != 1)
    return agk_current->arg_reduce(op, dtype, n, x, x_stride);
  const int64_t item = agk_item_size(dtype);
  _Alignas(8) char kept[(1 + PIECES) * ITEM];
  int64_t positions[1 + PIECES], best = 0;
  for (int64_t done = 0; done < n; done += PIECES * PIECE) {
    const int64_t rest = n - done < PIECES * PIECE ? n - done : PIECES * PIECE;
    const int64_t count = (rest + PIECE - 1) / PIECE;
    pieces p = {op, dtype, rest, item, item, (const char *)x + done * item, kept + item,
                positions + 1};
    agk_parallel_for(count, 1, find_in_pieces, &p);
    for (int64_t k = 1; k <= count; k++) positions[k] += done;
    const int64_t first = done == 0;
    const int64_t at =
        first + agk_current->arg_reduce(op, dtype, count + 1 - first, kept + first * item, 1);
    best = positions[at];
    positions[0] = best;
    memcpy(kept, (const char *)x + best * item, (size_t)item);
  }
  return best;
}
