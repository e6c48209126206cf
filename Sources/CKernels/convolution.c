// Splits convolutions over the pool of threads, each share of the work with its own memory.
#include <stdatomic.h>
#include <string.h>

#include "kernels.h"

// A convolution, and how it is split: each group into parts, each part into shares of `length` of the
// `whole` channels or rows.
typedef struct work {
  agk_dtype dtype;
  const agk_convolution *c;
  bool turned;
  void *out;
  const void *x, *y, *bias;
  int64_t parts, shares, length, whole;
  size_t memory;
  void (*perform)(const struct work *w, int64_t group, int64_t part, int64_t from, int64_t to,
                  char *memory);
  atomic_bool failed;
} work;

static int64_t volume(const int64_t sizes[3]) { return sizes[0] * sizes[1] * sizes[2]; }

static int64_t divided_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// The pixels of a panel, and what their places take, as loops/convolution.h lays them out.
static int64_t panel_width(agk_dtype dtype) {
  return 2 * agk_current->vector_bytes / agk_item_size(dtype);
}

static size_t places_memory(const agk_convolution *c, agk_dtype dtype) {
  const int64_t bytes = volume(c->kernel) * (panel_width(dtype) * 4 + 2 * 4 + 2);
  return (size_t)(divided_up(bytes, 64) * 64);
}

static void perform_some(void *context, int64_t begin, int64_t end) {
  work *w = context;
  char *memory = agk_allocate(w->memory);
  if (memory == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  for (int64_t i = begin; i < end; i++) {
    const int64_t from = i % w->shares * w->length;
    const int64_t part = i / w->shares % w->parts, group = i / w->shares / w->parts;
    if (from < w->whole)
      w->perform(w, group, part, from, smaller(from + w->length, w->whole), memory);
  }
  agk_deallocate(memory, w->memory);
}

// Whether 32 bits hold the places of a panel, which lie in so many images at most.
static bool is_addressable(const work *w) {
  const agk_convolution *c = w->c;
  const int64_t images = smaller(c->batch, panel_width(w->dtype) / volume(c->out) + 2);
  return c->groups * c->in_channels * volume(c->in) <= INT32_MAX / 2 / images;
}

static bool perform_all(work *w) {
  if (!is_addressable(w)) return false;
  // So many multiplications are worth a thread of their own.
  const double enough = 1 << 18;
  const agk_convolution *c = w->c;
  const int64_t count = c->groups * w->parts * w->shares;
  const double each = (double)c->batch * (double)volume(c->out) * (double)volume(c->kernel)
                      * (double)c->in_channels * (double)c->out_channels
                      / (double)(w->parts * w->shares);
  const int64_t grain = each >= enough ? 1 : each < 1 ? count : (int64_t)(enough / each) + 1;
  agk_parallel_for(count, grain, perform_some, w);
  return !atomic_load(&w->failed);
}

// Splits what comes in `count` pieces further, where the threads would not get even shares of it.
static void split(work *w, int64_t count, int64_t least) {
  const int64_t threads = agk_threads();
  w->shares = count % threads == 0 || count >= 8 * threads ? 1 : threads;
  w->length = divided_up(w->whole, w->shares);
  if (w->length < least) w->length = least;
  w->shares = divided_up(w->whole, w->length);
}

// ---- forward ----

static void perform_forward(const work *w, int64_t group, int64_t part, int64_t from, int64_t to,
                            char *memory) {
  agk_current->convolve_panel(
      w->dtype, w->c, w->turned, group, part, from, to, w->out, w->x, w->y, w->bias, memory);
}

static bool convolve_directly(agk_dtype dtype, const agk_convolution *c, bool turned, void *out,
                              const void *x, const void *weight, const void *bias) {
  const int64_t width = panel_width(dtype);
  work w = {.dtype = dtype, .c = c, .turned = turned, .out = out, .x = x, .y = weight,
            .bias = bias, .perform = perform_forward};
  w.parts = divided_up(c->batch * volume(c->out), width);
  w.whole = c->out_channels;
  w.memory = places_memory(c, dtype)
             + (size_t)(c->in_channels * volume(c->kernel) * width * agk_item_size(dtype));
  split(&w, c->groups * w.parts, 8);
  return perform_all(&w);
}

bool agk_convolve(agk_dtype dtype, const agk_convolution *c, void *out, const void *x,
                  const void *weight, const void *bias) {
  if (agk_suits_winograd(dtype, c) && agk_winograd(c, out, x, weight, bias)) return true;
  if (agk_shifted(dtype, c, out, x, weight, bias)) return true;
  return convolve_directly(dtype, c, false, out, x, weight, bias);
}

// ---- the gradient of the input ----

// The weight of the way back: the kernel turned round, input and output channels exchanged.
static void turn_weight(const agk_convolution *c, float *out, const float *weight) {
  const int64_t positions = volume(c->kernel), rows = c->in_channels * positions;
  const int64_t sizes[3] = {c->in_channels, c->out_channels, positions};
  const int64_t steps[3] = {positions, rows, -1};
  const int64_t out_steps[3] = {c->out_channels * positions, positions, 1};
  agk_copy(sizeof(float), 3, sizes, out, out_steps, weight + positions - 1, steps);
}

// A convolution by steps of 1 has another one for its way back.
static bool convolve_back_by_ones(agk_dtype dtype, const agk_convolution *c, void *x,
                                  const void *gradient, const void *weight, const void *bias) {
  agk_convolution back = *c;
  back.in_channels = c->out_channels;
  back.out_channels = c->in_channels;
  for (int i = 0; i < 3; i++) {
    back.in[i] = c->out[i];
    back.out[i] = c->in[i];
    back.padding[i] = c->dilation[i] * (c->kernel[i] - 1) - c->padding[i];
  }
  if (agk_suits_winograd(dtype, &back)) {
    const size_t bytes =
        (size_t)(c->in_channels * c->out_channels * volume(c->kernel)) * sizeof(float);
    float *turned = agk_allocate(bytes);
    if (turned == NULL) return false;
    turn_weight(c, turned, weight);
    const bool done = agk_winograd(&back, x, gradient, turned, bias);
    agk_deallocate(turned, bytes);
    if (done) return true;
  }
  return convolve_directly(dtype, &back, true, x, gradient, weight, bias);
}

static void perform_back(const work *w, int64_t group, int64_t part, int64_t from, int64_t to,
                         char *memory) {
  (void)part;
  agk_current->convolve_back(
      w->dtype, w->c, group, from, to, w->out, w->x, w->y, w->bias, memory);
}

bool agk_convolve_transposed(agk_dtype dtype, const agk_convolution *c, void *x,
                             const void *gradient, const void *weight, const void *bias) {
  if (agk_shifted_back(dtype, c, x, gradient, weight, bias)) return true;
  if (volume(c->stride) == 1)
    return convolve_back_by_ones(dtype, c, x, gradient, weight, bias);
  work w = {.dtype = dtype, .c = c, .out = x, .x = gradient, .y = weight, .bias = bias,
            .perform = perform_back, .parts = 1};
  w.whole = c->in_channels;
  w.memory = places_memory(c, dtype)
             + (size_t)(c->out_channels * panel_width(dtype) * agk_item_size(dtype));
  split(&w, c->groups, 1);
  return perform_all(&w);
}

// ---- the gradient of the weight ----

static void perform_weight(const work *w, int64_t group, int64_t part, int64_t from, int64_t to,
                           char *memory) {
  (void)part;
  agk_current->convolve_weight(w->dtype, w->c, group, from, to, w->out, w->x, w->y, memory);
}

bool agk_convolve_weight(agk_dtype dtype, const agk_convolution *c, void *weight, const void *x,
                         const void *gradient) {
  if (agk_suits_winograd(dtype, c) && agk_winograd_weight(c, weight, x, gradient)) return true;
  if (agk_shifted_weight(dtype, c, weight, x, gradient)) return true;
  // The sums of a share stay in the second-level cache.
  const int64_t cached = 1 << 17, most = 256, least = 16;
  const int64_t width = panel_width(dtype), threads = agk_threads();
  const int64_t columns = divided_up(c->out_channels, width) * width;
  work w = {.dtype = dtype, .c = c, .out = weight, .x = x, .y = gradient,
            .perform = perform_weight, .parts = 1};
  w.whole = c->in_channels * volume(c->kernel);
  int64_t length = smaller(most, cached / columns);
  if (length < least) length = least;
  w.shares = divided_up(w.whole, length);
  if (c->groups % threads != 0) w.shares = divided_up(w.shares, threads) * threads;
  w.length = divided_up(w.whole, w.shares);
  w.shares = divided_up(w.whole, w.length);
  const int64_t elements = CONVOLUTION_BLOCK * w.length * width + CONVOLUTION_BLOCK * width * width
                           + w.length * columns;
  w.memory = places_memory(c, dtype) + (size_t)(elements * agk_item_size(dtype));
  return perform_all(&w);
}
