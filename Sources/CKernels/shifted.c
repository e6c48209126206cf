// Splits convolutions of few channels, done as loops/shifted.h says, over the pool of threads.
#include <stdatomic.h>

#include "kernels.h"

typedef enum way { FORWARD, BACK, WEIGHT } way;

// Each group in parts of `images` images and shares of `length` of its `whole` rows.
typedef struct work {
  way way;
  agk_dtype dtype;
  const agk_convolution *c;
  void *out;
  const void *x, *y, *bias;
  int64_t parts, images, shares, length, whole;
  size_t memory;
  atomic_bool failed;
} work;

static int64_t volume(const int64_t sizes[3]) { return sizes[0] * sizes[1] * sizes[2]; }

static int64_t divided_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static void perform_some(void *context, int64_t begin, int64_t end) {
  work *w = context;
  char *memory = agk_allocate(w->memory);
  if (memory == NULL) atomic_store(&w->failed, true);
  for (int64_t i = begin; i < end && !atomic_load(&w->failed); i++) {
    const int64_t part = i / w->shares % w->parts;
    const agk_shifted_share share = {
        .group = i / w->shares / w->parts,
        .image = part * w->images, .end = smaller((part + 1) * w->images, w->c->batch),
        .from = i % w->shares * w->length,
        .to = smaller((i % w->shares + 1) * w->length, w->whole)};
    bool done = false;
    switch (w->way) {
      case FORWARD:
        done = agk_current->shifted_forward(
            w->dtype, w->c, &share, w->out, w->x, w->y, w->bias, memory);
        break;
      case BACK:
        done = agk_current->shifted_back(
            w->dtype, w->c, &share, w->out, w->x, w->y, w->bias, memory);
        break;
      case WEIGHT:
        done = agk_current->shifted_weight(w->dtype, w->c, &share, w->out, w->x, w->y, memory);
        break;
    }
    if (!done) atomic_store(&w->failed, true);
  }
  if (memory != NULL) agk_deallocate(memory, w->memory);
}

static bool perform(work *w) {
  const agk_convolution *c = w->c;
  const int64_t threads = agk_threads();
  w->whole = w->way == BACK ? c->in_channels : c->out_channels;
  w->parts = w->way == WEIGHT || c->groups >= 4 * threads ? 1 : smaller(c->batch, 2 * threads);
  w->images = divided_up(c->batch, w->parts);
  w->parts = divided_up(c->batch, w->images);
  w->shares = c->groups * w->parts < threads ? smaller(w->whole, threads) : 1;
  w->length = divided_up(w->whole, w->shares);
  w->shares = divided_up(w->whole, w->length);
  w->memory = (size_t)agk_current->shifted_memory(w->dtype, c, w->way == BACK, w->length);
  // So many multiplications are worth a thread of their own.
  const double enough = 1 << 18;
  const int64_t count = c->groups * w->parts * w->shares;
  const double each = (double)c->batch * (double)volume(c->out) * (double)volume(c->kernel)
                      * (double)c->in_channels * (double)c->out_channels
                      / (double)(w->parts * w->shares);
  const int64_t grain = each >= enough ? 1 : each < 1 ? count : (int64_t)(enough / each) + 1;
  agk_parallel_for(count, grain, perform_some, w);
  return !atomic_load(&w->failed);
}

// Whether a laid-out group of so many channels stays in the second-level cache, and there is a phase
// for everything.
static bool is_small(const agk_convolution *c, int64_t channels, bool by_steps) {
  int64_t pixels = 1;
  for (int i = 0; i < 3; i++) {
    const int64_t steps = by_steps ? 1 : c->stride[i];
    pixels *= c->out[i] * steps + (c->kernel[i] - 1) * c->dilation[i] + c->padding[i];
  }
  return channels * pixels <= 1 << 18 && volume(c->stride) <= AGK_MOST_PHASES;
}

// Whether runs over rows of so many pixels, of which others lie between them, fill vectors well.
static bool fills_vectors(agk_dtype dtype, int64_t rows, int64_t pixels, int64_t between) {
  const int64_t lanes = agk_current->vector_bytes / agk_item_size(dtype);
  const int64_t length = divided_up(rows * (pixels + between), lanes) * lanes;
  return rows * pixels * 3 >= length * 2;
}

enum { FEW = 16, VERY_FEW = 4 };

static bool is_floating(agk_dtype dtype) {
  return dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64;
}

bool agk_shifted(agk_dtype dtype, const agk_convolution *c, void *out, const void *x,
                 const void *weight, const void *bias) {
  if (!is_floating(dtype) || !is_small(c, c->in_channels, false)) return false;
  const bool is_few = c->groups > 1 ? c->out_channels <= FEW : c->in_channels <= VERY_FEW;
  const int64_t between = (c->kernel[2] - 1) * c->dilation[2] / c->stride[2];
  if (!is_few || (c->groups == 1 && !fills_vectors(dtype, c->out[1], c->out[2], between)))
    return false;
  work w = {.way = FORWARD, .dtype = dtype, .c = c, .out = out, .x = x, .y = weight,
            .bias = bias};
  return perform(&w);
}

bool agk_shifted_back(agk_dtype dtype, const agk_convolution *c, void *x, const void *gradient,
                      const void *weight, const void *bias) {
  if (!is_floating(dtype) || !is_small(c, c->out_channels, true)) return false;
  const int64_t between = (c->kernel[2] - 1) * c->dilation[2] / c->stride[2];
  const bool is_few = c->groups > 1 && c->in_channels <= FEW;
  const bool gains = (volume(c->stride) > 1 || c->in_channels <= VERY_FEW)
                     && fills_vectors(dtype, divided_up(c->in[1], c->stride[1]),
                                      divided_up(c->in[2], c->stride[2]), between);
  if (!is_few && !gains) return false;
  work w = {.way = BACK, .dtype = dtype, .c = c, .out = x, .x = gradient, .y = weight,
            .bias = bias};
  return perform(&w);
}

bool agk_shifted_weight(agk_dtype dtype, const agk_convolution *c, void *weight, const void *x,
                        const void *gradient) {
  if (!is_floating(dtype) || !is_small(c, c->in_channels, false)) return false;
  const bool is_few = c->out_channels <= FEW && (c->groups > 1 || c->in_channels <= VERY_FEW);
  if (!is_few) return false;
  work w = {.way = WEIGHT, .dtype = dtype, .c = c, .out = weight, .x = x, .y = gradient};
  return perform(&w);
}
