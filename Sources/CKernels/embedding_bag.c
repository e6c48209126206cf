// Rows of a table, reduced by bags, and the gradients of the table and of the rows' weights.
#include "kernels.h"

typedef struct bag_task {
  const agk_bags *b;
  const int64_t *bag, *divisors;
  const void *from;
  void *out;
} bag_task;

#define BAG(T, NAME) \
  static void NAME##_one(const agk_bags *b, const T *table, int64_t bag, T *to) { \
    int64_t count = 0; \
    for (int64_t j = 0; j < b->width; j++) to[j] = 0; \
    for (int64_t i = b->begins[bag]; i < b->ends[bag]; i++) { \
      const int64_t row = b->index[i]; \
      if (row == b->padding) continue; \
      const T *from = table + row * b->width; \
      if (b->mode != AGK_BAG_MAX) { \
        const T weight = b->weights == NULL ? 1 : ((const T *)b->weights)[i]; \
        for (int64_t j = 0; j < b->width; j++) to[j] += weight * from[j]; \
      } else { \
        int64_t *maximum = b->maximum + bag * b->width; \
        for (int64_t j = 0; j < b->width; j++) { \
          if (count > 0 && !(from[j] > to[j])) continue; \
          to[j] = from[j]; \
          maximum[j] = row; \
        } \
      } \
      count++; \
    } \
    if (b->mode == AGK_BAG_MAX) b->sizes[bag] = count; \
    if (b->mode != AGK_BAG_MEAN || b->sizes[bag] == 0) return; \
    const T size = (T)b->sizes[bag]; \
    for (int64_t j = 0; j < b->width; j++) to[j] /= size; \
  } \
  static void NAME(void *context, int64_t begin, int64_t end) { \
    const bag_task *t = context; \
    for (int64_t bag = begin; bag < end; bag++) \
      NAME##_one(t->b, t->from, bag, (T *)t->out + bag * t->b->width); \
  } \
  static void NAME##_max_backward(const agk_bags *b, const T *gradient, T *out) { \
    for (int64_t bag = 0; bag < b->bags; bag++) { \
      if (b->sizes[bag] == 0) continue; \
      for (int64_t j = 0; j < b->width; j++) { \
        const int64_t k = bag * b->width + j; \
        out[b->maximum[k] * b->width + j] += gradient[k]; \
      } \
    } \
  } \
  /* Each thread adds to rows of its own, in the order of the indices. */ \
  static void NAME##_backward(void *context, int64_t begin, int64_t end) { \
    const bag_task *t = context; \
    const agk_bags *b = t->b; \
    for (int64_t i = 0; i < b->n; i++) { \
      const int64_t row = b->index[i], bag = t->bag[i]; \
      if (row < begin || row >= end || row == b->padding || bag < 0 || bag >= b->bags) continue; \
      double scale = b->weights == NULL ? 1 : (double)((const T *)b->weights)[i]; \
      if (t->divisors != NULL) scale /= (double)t->divisors[row]; \
      if (b->mode == AGK_BAG_MEAN && b->sizes[bag] != 0) scale /= (double)b->sizes[bag]; \
      const T share = (T)scale; \
      const T *from = (const T *)t->from + bag * b->width; \
      T *to = (T *)t->out + row * b->width; \
      for (int64_t j = 0; j < b->width; j++) to[j] += share * from[j]; \
    } \
  } \
  static void NAME##_weights(const agk_bags *b, const int64_t *bags, const T *table, \
                             const T *gradient, T *out) { \
    for (int64_t i = 0; i < b->n; i++) { \
      const int64_t row = b->index[i], bag = bags[i]; \
      if (row == b->padding || bag < 0 || bag >= b->bags) continue; \
      T sum = 0; \
      for (int64_t j = 0; j < b->width; j++) \
        sum += gradient[bag * b->width + j] * table[row * b->width + j]; \
      out[i] = sum; \
    } \
  }
BAG(float, bag_f32)
BAG(double, bag_f64)

static void run(const agk_bags *b, int64_t count, agk_task *task, bag_task *t) {
  if (b->n * b->width < PARALLEL_FROM) task(t, 0, count);
  else agk_parallel_for(count, 1, task, t);
}

void agk_embedding_bag(const agk_bags *b, const void *table, void *out) {
  run(b, b->bags, b->dtype == AGK_FLOAT32 ? bag_f32 : bag_f64,
      &(bag_task){.b = b, .from = table, .out = out});
}

// What the gradients of rows are divided by: PyTorch takes for the k-th row that was named at all how
// often the row of the k-th of the sorted indices was named, which is another one where rows before
// it were named more than once.
static void find_divisors(const agk_bags *b, int64_t *counts, int64_t *divisors) {
  for (int64_t i = 0; i < b->n; i++) counts[b->index[i]]++;
  int64_t named = 0, sorted = 0, up_to = 0;
  for (int64_t row = 0; row < b->rows; row++) {
    if (counts[row] == 0) continue;
    while (up_to <= named) up_to += counts[sorted++];
    divisors[row] = counts[sorted - 1];
    named++;
  }
}

void agk_embedding_bag_backward(const agk_bags *b, const int64_t *bag, int64_t *counts,
                                const void *gradient, void *out) {
  if (b->mode == AGK_BAG_MAX) {
    if (b->dtype == AGK_FLOAT32) bag_f32_max_backward(b, gradient, out);
    else bag_f64_max_backward(b, gradient, out);
    return;
  }
  if (counts != NULL) find_divisors(b, counts, counts + b->rows);
  run(b, b->rows, b->dtype == AGK_FLOAT32 ? bag_f32_backward : bag_f64_backward,
      &(bag_task){b, bag, counts == NULL ? NULL : counts + b->rows, gradient, out});
}

void agk_embedding_bag_weights_backward(const agk_bags *b, const int64_t *bag, const void *table,
                                        const void *gradient, void *out) {
  if (b->dtype == AGK_FLOAT32) bag_f32_weights(b, bag, table, gradient, out);
  else bag_f64_weights(b, bag, table, gradient, out);
}
