// Normalisation split over the pool: by rows, groups or channels; what several of these add to, the
// gradients of weights and biases, goes by blocks that the shape alone decides, which are then joined
// in their order. No result depends on the number of threads.
#include <string.h>

#include "kernels.h"

// The fewest of `each` elements that make a part worth a thread.
static int64_t grain_of(int64_t each) { return each > 0 ? 1 + GRAIN / each : GRAIN; }

static void some_layers(void *context, int64_t begin, int64_t end) {
  agk_current->layer_norm(context, begin, end);
}

void agk_layer_norm(const agk_rows *all) {
  agk_parallel_for(all->rows, grain_of(all->length), some_layers, (void *)all);
}

// Blocks of rows that sum apart: at most so many, of at least so many rows.
enum { ROW_BLOCKS = 16, BLOCK_ROWS = 16 };

typedef struct layer_blocks {
  const agk_rows *all;
  int64_t block;
  char *weight_sums, *bias_sums;
} layer_blocks;

static void some_layer_blocks(void *context, int64_t begin, int64_t end) {
  const layer_blocks *blocks = context;
  const int64_t bytes = blocks->all->length * agk_item_size(blocks->all->dtype);
  for (int64_t k = begin; k < end; k++) {
    const int64_t first = k * blocks->block, last = first + blocks->block;
    agk_current->layer_norm_backward(
        blocks->all, first, last < blocks->all->rows ? last : blocks->all->rows,
        blocks->weight_sums ? blocks->weight_sums + k * bytes : NULL,
        blocks->bias_sums ? blocks->bias_sums + k * bytes : NULL);
  }
}

bool agk_layer_norm_backward(const agk_rows *all) {
  const int64_t bytes = all->length * agk_item_size(all->dtype);
  int64_t block = (all->rows + ROW_BLOCKS - 1) / ROW_BLOCKS;
  if (block < BLOCK_ROWS) block = BLOCK_ROWS;
  const int64_t count = (all->rows + block - 1) / block;
  const int64_t sums = (all->weight_gradient ? count : 0) + (all->bias_gradient ? count : 0);
  char *scratch = NULL;
  if (sums > 0) {
    scratch = agk_allocate((size_t)(sums * bytes));
    if (scratch == NULL) return false;
    memset(scratch, 0, (size_t)(sums * bytes));
  }
  layer_blocks blocks = {all, block, all->weight_gradient ? scratch : NULL, NULL};
  if (all->bias_gradient) blocks.bias_sums = scratch + (all->weight_gradient ? count * bytes : 0);
  agk_parallel_for(count, grain_of(block * all->length), some_layer_blocks, &blocks);
  if (all->weight_gradient)
    agk_reduce_columns(AGK_SUM, all->dtype, count, all->length, all->weight_gradient,
                       blocks.weight_sums, all->length);
  if (all->bias_gradient)
    agk_reduce_columns(AGK_SUM, all->dtype, count, all->length, all->bias_gradient,
                       blocks.bias_sums, all->length);
  if (scratch) agk_deallocate(scratch, (size_t)(sums * bytes));
  return true;
}

static int64_t group_size(const agk_channels *all) {
  return all->channels / all->groups * all->inner;
}

static void some_groups(void *context, int64_t begin, int64_t end) {
  agk_current->group_norm(context, begin, end);
}

void agk_group_norm(const agk_channels *all) {
  agk_parallel_for(all->batch * all->groups, grain_of(group_size(all)), some_groups, (void *)all);
}

typedef struct group_sums {
  const agk_channels *all;
  void *products, *gradients;
} group_sums;

static void some_group_gradients(void *context, int64_t begin, int64_t end) {
  const group_sums *sums = context;
  agk_current->group_norm_backward(sums->all, begin, end, sums->products, sums->gradients);
}

// The gradients of weight and bias from the sums of each channel of each element of the batch.
#define JOIN_GROUPS(T) \
  static void join_groups_##T(const agk_channels *all, const T *products, const T *gradients) { \
    const int64_t together = all->channels / all->groups; \
    T *weight = all->weight_gradient, *bias = all->bias_gradient; \
    for (int64_t c = 0; c < all->channels; c++) { \
      T weight_sum = 0, bias_sum = 0; \
      for (int64_t k = 0; k < all->batch; k++) { \
        const int64_t i = k * all->channels + c, row = k * all->groups + c / together; \
        const T mean = ((const T *)all->mean)[row], rstd = ((const T *)all->rstd)[row]; \
        weight_sum = FUSED_##T(FUSED_##T(-gradients[i], mean, products[i]), rstd, weight_sum); \
        bias_sum += gradients[i]; \
      } \
      if (weight) weight[c] = weight_sum; \
      if (bias) bias[c] = bias_sum; \
    } \
  }
// Fused as by PyTorch's compiler, see loops/normalize.h.
#define FUSED_float __builtin_fmaf
#define FUSED_double __builtin_fma
JOIN_GROUPS(float)
JOIN_GROUPS(double)

bool agk_group_norm_backward(const agk_channels *all) {
  const int64_t count = all->batch * all->channels;
  const size_t bytes = (size_t)(count * agk_item_size(all->dtype));
  char *scratch = agk_allocate(2 * bytes);
  if (scratch == NULL) return false;
  group_sums sums = {all, scratch, scratch + bytes};
  agk_parallel_for(all->batch * all->groups, grain_of(group_size(all)), some_group_gradients,
                   &sums);
  if (all->weight_gradient || all->bias_gradient) {
    if (all->dtype == AGK_FLOAT64) join_groups_double(all, sums.products, sums.gradients);
    else join_groups_float(all, sums.products, sums.gradients);
  }
  agk_deallocate(scratch, 2 * bytes);
  return true;
}

static void some_channels(void *context, int64_t begin, int64_t end) {
  agk_current->batch_norm(context, begin, end);
}

static void some_channel_gradients(void *context, int64_t begin, int64_t end) {
  agk_current->batch_norm_backward(context, begin, end);
}

void agk_batch_norm(const agk_channels *all) {
  agk_parallel_for(all->channels, grain_of(all->batch * all->inner), some_channels, (void *)all);
}

void agk_batch_norm_backward(const agk_channels *all) {
  agk_parallel_for(all->channels, grain_of(all->batch * all->inner), some_channel_gradients,
                   (void *)all);
}
