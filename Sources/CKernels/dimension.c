// Work along one dimension of contiguous data seen as [outer, length, inner], split over the pool
// between runs, never within one but where blocks of fixed size are joined in their order: no result
// depends on the number of threads.
#include "kernels.h"

// Columns that stay together: whole cache lines, whole vectors.
enum { COLUMNS = 64 };

// A tensor of the full shape, or of the shape [outer, inner] that is left of it.
typedef struct operand {
  char *start;
  int64_t item;
  bool is_reduced;
} operand;

enum { OPERANDS = 3 };

typedef struct work {
  int op;
  agk_dtype dtype;
  bool variant;
  int64_t outer, length, inner;
  operand operands[OPERANDS];
  // Does `columns` columns of `outer` slices, whose operands start at `p`.
  void (*call)(const struct work *w, int64_t outer, int64_t columns, char *const *p);
} work;

static void call_from(const work *w, int64_t o, int64_t outer, int64_t first, int64_t columns) {
  char *p[OPERANDS] = {NULL};
  for (int k = 0; k < OPERANDS; k++) {
    const operand *x = &w->operands[k];
    if (x->start == NULL) continue;
    const int64_t slice = x->is_reduced ? w->inner : w->length * w->inner;
    p[k] = x->start + (o * slice + first) * x->item;
  }
  w->call(w, outer, columns, p);
}

static int64_t blocks_of(const work *w) { return (w->inner + COLUMNS - 1) / COLUMNS; }

// A part in blocks of columns, counted through all slices.
static void do_blocks(void *context, int64_t begin, int64_t end) {
  const work *w = context;
  const int64_t blocks = blocks_of(w);
  while (begin < end) {
    const int64_t o = begin / blocks, block = begin % blocks;
    if (block == 0 && end - begin >= blocks) {
      const int64_t slices = (end - begin) / blocks;
      call_from(w, o, slices, 0, w->inner);
      begin += slices * blocks;
      continue;
    }
    const int64_t last = end - begin < blocks - block ? block + end - begin : blocks;
    const int64_t to = last * COLUMNS < w->inner ? last * COLUMNS : w->inner;
    call_from(w, o, 1, block * COLUMNS, to - block * COLUMNS);
    begin += last - block;
  }
}

static void split(work w) {
  const int64_t blocks = blocks_of(&w);
  if (w.outer == 0 || blocks == 0) return;
  const int64_t elements = w.length * (w.inner < COLUMNS ? w.inner : COLUMNS);
  agk_parallel_for(w.outer * blocks, elements > 0 ? 1 + GRAIN / elements : GRAIN, do_blocks, &w);
}

static void call_sum_of(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->sum_of((agk_sum_of_op)w->op, w->dtype, outer, w->length, columns, w->inner,
                        (double *)p[0], (const double *)p[1], p[2]);
}

// Pieces of one long run that are summed apart, and how many at a time.
enum { PIECE = 65536, PIECES = 64 };

static double sum_of_run(agk_sum_of_op op, agk_dtype dtype, int64_t length, const double *shift,
                         const void *x) {
  double total = 0, sums[PIECES], shifts[PIECES];
  for (int k = 0; k < PIECES; k++) shifts[k] = shift ? *shift : 0;
  const int64_t pieces = length / PIECE;
  for (int64_t first = 0; first < pieces; first += PIECES) {
    const int64_t n = pieces - first < PIECES ? pieces - first : PIECES;
    split((work){op, dtype, false, n, PIECE, 1,
                 {{(char *)sums, 8, true}, {(char *)shifts, 8, true},
                  {(char *)x + first * PIECE * agk_item_size(dtype), agk_item_size(dtype), false}},
                 call_sum_of});
    for (int64_t k = 0; k < n; k++) total += sums[k];
  }
  agk_current->sum_of(op, dtype, 1, length - pieces * PIECE, 1, 1, sums, shifts,
                        (const char *)x + pieces * PIECE * agk_item_size(dtype));
  return total + sums[0];
}

void agk_sum_of(agk_sum_of_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                double *out, const double *shift, const void *x) {
  if (inner == 1 && length >= 2 * PIECE) {
    for (int64_t o = 0; o < outer; o++)
      out[o] = sum_of_run(op, dtype, length, shift ? shift + o : NULL,
                          (const char *)x + o * length * agk_item_size(dtype));
    return;
  }
  split((work){op, dtype, false, outer, length, inner,
               {{(char *)out, 8, true}, {(char *)shift, 8, true},
                {(char *)x, agk_item_size(dtype), false}},
               call_sum_of});
}

static void call_cumulate(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->cumulate((agk_reduce_op)w->op, w->dtype, outer, w->length, columns, w->inner, p[0],
                          p[1]);
}

void agk_cumulate(agk_reduce_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                  void *out, const void *x) {
  const int64_t item = agk_item_size(dtype);
  split((work){op, dtype, false, outer, length, inner,
               {{out, item, false}, {(char *)x, item, false}}, call_cumulate});
}

static void call_log_cumulate(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->log_cumulate(w->dtype, outer, w->length, columns, w->inner, p[0], p[1]);
}

void agk_log_cumulate(agk_dtype dtype, int64_t outer, int64_t length, int64_t inner, void *out,
                      const void *x) {
  const int64_t item = agk_item_size(dtype);
  split((work){0, dtype, false, outer, length, inner,
               {{out, item, false}, {(char *)x, item, false}}, call_log_cumulate});
}

static void call_extremes(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->extremes((agk_reduce_op)w->op, w->dtype, w->variant, outer, w->length, columns,
                          w->inner, p[0], (int64_t *)(void *)p[1], p[2]);
}

void agk_extremes(agk_reduce_op op, agk_dtype dtype, bool running, int64_t outer, int64_t length,
                  int64_t inner, void *values, int64_t *indices, const void *x) {
  const int64_t item = agk_item_size(dtype);
  split((work){op, dtype, running, outer, length, inner,
               {{values, item, !running}, {(char *)indices, 8, !running}, {(char *)x, item, false}},
               call_extremes});
}

static void call_softmax(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->softmax(w->variant, w->op, w->dtype, outer, w->length, columns, w->inner, p[0],
                         p[1]);
}

void agk_softmax(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer, int64_t length,
                 int64_t inner, void *out, const void *x) {
  const int64_t item = agk_item_size(dtype);
  split((work){is_last, dtype, logarithm, outer, length, inner,
               {{out, item, false}, {(char *)x, item, false}}, call_softmax});
}

static void call_softmax_backward(const work *w, int64_t outer, int64_t columns, char *const *p) {
  agk_current->softmax_backward(w->variant, w->op, w->dtype, outer, w->length, columns,
                                  w->inner, p[0], p[1], p[2]);
}

void agk_softmax_backward(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer,
                          int64_t length, int64_t inner, void *out, const void *gradient, const void *result) {
  const int64_t item = agk_item_size(dtype);
  split((work){is_last, dtype, logarithm, outer, length, inner,
               {{out, item, false}, {(char *)gradient, item, false}, {(char *)result, item, false}},
               call_softmax_backward});
}
