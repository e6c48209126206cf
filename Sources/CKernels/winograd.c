// Splits convolutions by 3×3 kernels, done as loops/winograd.h says, over the pool of threads.
#include <stdatomic.h>

#include "kernels.h"

enum { POINTS = 36, GAP = 16, MULTIPLE = 16 };

typedef struct work {
  const agk_convolution *c;
  float *out;
  const float *x, *weight, *bias;
  float *points;        // the weight at each point
  int64_t rows, block;  // of tiles: all, and those done at a time
  int64_t channels;     // of the input, of which the weight's gradient is found at a time
  size_t memory;
  atomic_bool failed;
} work;

static int64_t divided_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t lanes(void) { return agk_current->vector_bytes / (int64_t)sizeof(float); }

bool agk_suits_winograd(agk_dtype dtype, const agk_convolution *c) {
  if (!c->is_derivative || dtype != AGK_FLOAT32 || c->groups != 1 || c->in_channels % MULTIPLE != 0
      || c->out_channels % MULTIPLE != 0)
    return false;
  const int64_t kernel[3] = {1, 3, 3};
  for (int i = 0; i < 3; i++)
    if (c->kernel[i] != kernel[i] || c->stride[i] != 1 || c->dilation[i] != 1) return false;
  if (c->in[0] != 1 || c->out[0] != 1) return false;
  // Few tiles do not pay for the weight's transformation, tiles that are empty for theirs.
  const int64_t tiles = divided_up(c->out[1], 4) * divided_up(c->out[2], 4);
  return c->batch * tiles >= 16 && c->out[1] * c->out[2] >= tiles * 10;
}

static void transform_weight(void *context, int64_t begin, int64_t end) {
  work *w = context;
  const size_t bytes = (size_t)(w->c->in_channels * 9 * lanes()) * sizeof(float);
  float *memory = agk_allocate(bytes);
  if (memory == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  for (int64_t i = begin; i < end; i++)
    agk_current->winograd_weight(w->c, i * lanes(), w->points, w->weight, memory);
  agk_deallocate(memory, bytes);
}

static void convolve_rows(void *context, int64_t begin, int64_t end) {
  work *w = context;
  float *memory = agk_allocate(w->memory);
  if (memory == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  for (int64_t i = begin; i < end && !atomic_load(&w->failed); i++) {
    const int64_t from = i * w->block;
    const int64_t to = from + w->block < w->rows ? from + w->block : w->rows;
    if (!agk_current->winograd_rows(
            w->c, from, to, w->out, w->x, w->points, w->bias, memory))
      atomic_store(&w->failed, true);
  }
  agk_deallocate(memory, w->memory);
}

bool agk_winograd(const agk_convolution *c, float *out, const float *x, const float *weight,
                  const float *bias) {
  // So many tiles at a time, that their numbers stay in the second-level cache.
  const int64_t most_tiles = 32;
  const int64_t panel = 2 * lanes(), across = divided_up(c->out[2], 4);
  work w = {.c = c, .out = out, .x = x, .weight = weight, .bias = bias};
  w.rows = c->batch * divided_up(c->out[1], 4);
  w.block = larger(1, most_tiles / across);
  const int64_t share = divided_up(w.rows, agk_threads());
  if (w.block > share) w.block = share;
  const int64_t tiles = w.block * across;
  const int64_t in_rows = w.block * 4 + 2 < c->in[1] ? w.block * 4 + 2 : c->in[1];
  const int64_t in_pixels = c->in_channels * (in_rows * c->in[2] + 1);
  const int64_t out_pixels = lanes() * w.block * 4 * c->out[2];
  w.memory = sizeof(float)
             * (size_t)(POINTS * (tiles * (c->in_channels + c->out_channels) + 2 * GAP)
                        + larger(in_pixels, out_pixels));
  const size_t bytes =
      sizeof(float) * POINTS
      * (size_t)(divided_up(c->out_channels, panel) * c->in_channels * panel + GAP);
  w.points = agk_allocate(bytes);
  if (w.points == NULL) return false;
  const int64_t blocks = c->out_channels / lanes();
  agk_parallel_for(blocks, 1 + 4096 / (c->in_channels * lanes()), transform_weight, &w);
  if (!atomic_load(&w.failed))
    agk_parallel_for(divided_up(w.rows, w.block), 1, convolve_rows, &w);
  agk_deallocate(w.points, bytes);
  return !atomic_load(&w.failed);
}

static void find_weight(void *context, int64_t begin, int64_t end) {
  work *w = context;
  float *memory = agk_allocate(w->memory);
  if (memory == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  for (int64_t i = begin; i < end && !atomic_load(&w->failed); i++) {
    const int64_t from = i * w->channels, all = w->c->in_channels;
    const int64_t to = from + w->channels < all ? from + w->channels : all;
    if (!agk_current->winograd_weight_gradient(
            w->c, from, to, w->block, w->out, w->x, w->weight, memory))
      atomic_store(&w->failed, true);
  }
  agk_deallocate(memory, w->memory);
}

bool agk_winograd_weight(const agk_convolution *c, float *weight, const float *x,
                         const float *gradient) {
  // The sums stay in the second-level cache, and so do the numbers of a block of tiles.
  const int64_t most_sums = 4096, most_tiles = 32;
  const int64_t panel = 2 * lanes(), across = divided_up(c->out[2], 4);
  const int64_t width = divided_up(c->out_channels, panel) * panel;
  work w = {.c = c, .out = weight, .x = x, .weight = gradient};
  w.rows = c->batch * divided_up(c->out[1], 4);
  w.block = larger(1, most_tiles / across);
  if (w.block > w.rows) w.block = w.rows;
  int64_t parts = divided_up(c->in_channels * width, most_sums);
  parts = divided_up(parts, agk_threads()) * agk_threads();
  w.channels = divided_up(divided_up(c->in_channels, parts), MULTIPLE) * MULTIPLE;
  const int64_t tiles = w.block * across;
  const int64_t in_rows = w.block * 4 + 2 < c->in[1] ? w.block * 4 + 2 : c->in[1];
  const int64_t in_pixels = w.channels * (in_rows * c->in[2] + 1);
  const int64_t out_pixels = lanes() * (w.block * 4 * c->out[2] + 1);
  const int64_t pixels = larger(larger(in_pixels, out_pixels), w.channels * 9 * lanes());
  w.memory = sizeof(float)
             * (size_t)(POINTS * (tiles * (w.channels + width) + w.channels * width + 3 * GAP)
                        + pixels);
  agk_parallel_for(divided_up(c->in_channels, w.channels), 1, find_weight, &w);
  return !atomic_load(&w.failed);
}
