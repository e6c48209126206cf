// The gradient of a table from those of its rows that were looked up.
#include "kernels.h"

typedef struct lookup {
  agk_dtype dtype;
  int64_t n, width, padding;
  const int64_t *index, *counts;
  const void *gradient;
  void *out;
} lookup;

#define ADD_ROW(T) \
  { \
    const T *from = (const T *)l->gradient + i * l->width; \
    T *to = (T *)l->out + row * l->width; \
    if (l->counts == NULL) { \
      for (int64_t j = 0; j < l->width; j++) to[j] += from[j]; \
    } else { \
      const T share = (T)(1 / (double)l->counts[row]); \
      for (int64_t j = 0; j < l->width; j++) to[j] += share * from[j]; \
    } \
  }

// Each thread adds to rows of its own, in the order of the indices.
static void add_rows(void *context, int64_t begin, int64_t end) {
  const lookup *l = context;
  for (int64_t i = 0; i < l->n; i++) {
    const int64_t row = l->index[i];
    if (row < begin || row >= end || row == l->padding) continue;
    if (l->dtype == AGK_FLOAT32) ADD_ROW(float) else ADD_ROW(double)
  }
}

void agk_embedding_backward(agk_dtype dtype, int64_t n, int64_t width, int64_t rows,
                            int64_t padding, const int64_t *index, int64_t *counts,
                            const void *gradient, void *out) {
  if (counts != NULL)
    for (int64_t i = 0; i < n; i++) counts[index[i]]++;
  lookup l = {dtype, n, width, padding, index, counts, gradient, out};
  if (n * width < PARALLEL_FROM) add_rows(&l, 0, rows);
  else agk_parallel_for(rows, 1, add_rows, &l);
}
