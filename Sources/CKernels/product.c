// Products of matrices by loops of our own: turned where that saves packing, divided over the pool.
#include "kernels.h"

// A product in a grid of parts, even ones of whole panels of columns.
typedef struct grid {
  const agk_product *product;
  int64_t rows, columns;
  int64_t panel;
} grid;

// Where part `i` of `parts` begins, when `count` is divided evenly.
static int64_t start_of(int64_t i, int64_t parts, int64_t count) {
  return count / parts * i + count % parts * i / parts;
}

static void multiply_parts(void *context, int64_t begin, int64_t end) {
  const grid *parts = context;
  const agk_product *p = parts->product;
  const int64_t panels = (p->n + parts->panel - 1) / parts->panel;
  for (int64_t i = begin; i < end; i++) {
    const int64_t down = i / parts->columns, across = i % parts->columns;
    const int64_t row = start_of(down, parts->rows, p->m);
    const int64_t rows = start_of(down + 1, parts->rows, p->m) - row;
    const int64_t column = start_of(across, parts->columns, panels) * parts->panel;
    int64_t end_column = start_of(across + 1, parts->columns, panels) * parts->panel;
    if (end_column > p->n) end_column = p->n;
    if (rows > 0 && end_column > column)
      agk_current->product(p, row, rows, column, end_column - column);
  }
}

static int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// About how long the largest part of a grid takes: its panels, and packing its operands, which
// others pack again.
static double cost_of(const agk_product *p, int64_t rows, int64_t columns, int64_t panel) {
  const int64_t tile = agk_current->product_rows;
  const int64_t down = quotient_up(quotient_up(p->m, rows), tile);
  const int64_t across = quotient_up(quotient_up(p->n, panel), columns);
  const double packing_b = p->transpose_b ? 8 : 2;
  return (double)(down * across * tile) + 4.0 * (double)(down * tile)
         + packing_b * (double)across;
}

void agk_multiply(const agk_product *product) {
  agk_product p = *product;
  // a·bᵀ of few rows as b·aᵀ: the rows of b are read as they lie, a and the result are turned.
  if (p.transpose_b && !p.transpose_a && p.m <= 48 && p.k >= 48)
    p = (agk_product){p.dtype, false, true, true, p.n, p.m, p.k, p.b, p.b_leading,
                      p.a, p.a_leading, p.out, p.out_leading, p.alpha, p.beta};
  const int64_t panel = agk_current->product_bytes / agk_item_size(p.dtype);
  // So many multiplications are worth another thread.
  const int64_t enough = 1 << 17;
  const int64_t useful = p.m * p.n / (quotient_up(enough, p.k));
  int64_t threads = agk_threads();
  if (threads > useful) threads = useful < 1 ? 1 : useful;
  grid best = {&p, 1, 1, panel};
  if (threads > 1) {
    double least = 0;
    for (int64_t rows = 1; rows <= threads; rows++) {
      const int64_t columns = threads / rows;
      const double cost = cost_of(&p, rows, columns, panel);
      if (rows == 1 || cost < least) {
        least = cost;
        best.rows = rows;
        best.columns = columns;
      }
    }
  }
  agk_parallel_for(best.rows * best.columns, 1, multiply_parts, &best);
}
