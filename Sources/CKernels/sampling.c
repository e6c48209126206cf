// Elements between those of a plane. Source: ATen/native/GridSampler.h and
// ATen/native/cpu/GridSamplerKernel.cpp; places that are not finite count as beyond every edge.
#include <math.h>
#include <string.h>

#include "kernels.h"

// The elements that a result is made of, at most 4 × 4.
enum { TAPS = 4 };

typedef struct sampling {
  agk_dtype dtype;
  const agk_sampler *s;
  void *out, *grid_gradient, *g_gradient;
  const void *h, *g, *x, *grid;
} sampling;

#define SAMPLING(T, FLOOR, NEARBY) \
  /* Along one dimension: where the taps are, -1 for outside, by what they are multiplied, and that \
     weight's first two derivatives by the grid's number. */ \
  typedef struct axis_##T { \
    int64_t places[TAPS]; \
    T weights[TAPS], slopes[TAPS], bends[TAPS]; \
  } axis_##T; \
\
  static T unnormalized_##T(T place, int64_t size, bool aligned) { \
    return aligned ? (place + 1) * ((T)(size - 1) / 2) : (place + 1) * ((T)size / 2) - (T)0.5; \
  } \
  static T clipped_##T(T place, int64_t size, T *slope) { \
    if (!(place > 0)) { \
      *slope = 0; \
      return 0; \
    } \
    if (place >= (T)(size - 1)) { \
      *slope = 0; \
      return (T)(size - 1); \
    } \
    return place; \
  } \
  static T reflected_##T(T place, int64_t size, bool aligned, T *slope) { \
    const T low = aligned ? 0 : (T)-0.5, span = aligned ? (T)(size - 1) : (T)size; \
    if (span == 0) { \
      *slope = 0; \
      return 0; \
    } \
    T from = place - low; \
    if (from < 0) { \
      from = -from; \
      *slope = -*slope; \
    } \
    const T flips = FLOOR(from / span), rest = from - flips * span; \
    if (fmod((double)flips, 2) == 0) return rest + low; \
    *slope = -*slope; \
    return span - rest + low; \
  } \
  /* The place as the border has it; its slope is multiplied. */ \
  static T bordered_##T(const agk_sampler *s, T place, int64_t size, T *slope) { \
    if (s->border == AGK_SAMPLE_ZEROS) return place; \
    if (s->border == AGK_SAMPLE_REFLECTION) \
      place = reflected_##T(place, size, s->aligned, slope); \
    return clipped_##T(place, size, slope); \
  } \
  static int64_t inside_##T(T place, int64_t size) { \
    return place >= 0 && place < (T)size ? (int64_t)place : -1; \
  } \
  static int axis_of_##T(const agk_sampler *s, T place, int64_t size, axis_##T *axis) { \
    const T A = (T)-0.75; \
    T slope = s->aligned ? (T)(size - 1) / 2 : (T)size / 2; \
    place = unnormalized_##T(place, size, s->aligned); \
    if (s->sampling == AGK_SAMPLE_BICUBIC) { \
      const T first = FLOOR(place), t = place - first; \
      const T u = t + 1, v = 1 - t, w = 2 - t; \
      const T weights[TAPS] = { \
          ((A * u - 5 * A) * u + 8 * A) * u - 4 * A, ((A + 2) * t - (A + 3)) * t * t + 1, \
          ((A + 2) * v - (A + 3)) * v * v + 1, ((A * w - 5 * A) * w + 8 * A) * w - 4 * A}; \
      const T slopes[TAPS] = { \
          (3 * A * u - 10 * A) * u + 8 * A, (3 * (A + 2) * t - 2 * (A + 3)) * t, \
          -(3 * (A + 2) * v - 2 * (A + 3)) * v, -((3 * A * w - 10 * A) * w + 8 * A)}; \
      const T bends[TAPS] = {6 * A * u - 10 * A, 6 * (A + 2) * t - 2 * (A + 3), \
                             6 * (A + 2) * v - 2 * (A + 3), 6 * A * w - 10 * A}; \
      for (int k = 0; k < TAPS; k++) { \
        T ignored = 1; \
        const T at = bordered_##T(s, first + (T)(k - 1), size, &ignored); \
        axis->places[k] = inside_##T(at, size); \
        axis->weights[k] = weights[k]; \
        axis->slopes[k] = slope * slopes[k]; \
        axis->bends[k] = slope * slope * bends[k]; \
      } \
      return TAPS; \
    } \
    place = bordered_##T(s, place, size, &slope); \
    if (s->sampling == AGK_SAMPLE_NEAREST) { \
      axis->places[0] = inside_##T(NEARBY(place), size); \
      axis->weights[0] = 1; \
      axis->slopes[0] = axis->bends[0] = 0; \
      return 1; \
    } \
    const T first = FLOOR(place); \
    axis->places[0] = inside_##T(first, size); \
    axis->places[1] = inside_##T(first + 1, size); \
    axis->weights[1] = place - first; \
    axis->weights[0] = 1 - axis->weights[1]; \
    axis->slopes[0] = -slope; \
    axis->slopes[1] = slope; \
    axis->bends[0] = axis->bends[1] = 0; \
    return 2; \
  } \
\
  static void sample_##T(const sampling *p, int64_t begin, int64_t end) { \
    const agk_sampler *s = p->s; \
    const int64_t size = s->height * s->width; \
    for (int64_t at = begin; at < end; at++) { \
      const int64_t n = at / s->places, i = at % s->places; \
      const T *place = (const T *)p->grid + 2 * at; \
      axis_##T x, y; \
      const int taps = axis_of_##T(s, place[0], s->width, &x); \
      axis_of_##T(s, place[1], s->height, &y); \
      for (int64_t c = 0; c < s->channels; c++) { \
        const T *plane = (const T *)p->x + (n * s->channels + c) * size; \
        T sum = 0; \
        for (int a = 0; a < taps; a++) \
          for (int b = 0; b < taps; b++) { \
            const bool is_inside = y.places[a] >= 0 && x.places[b] >= 0; \
            const T value = is_inside ? plane[y.places[a] * s->width + x.places[b]] : 0; \
            if (s->sampling == AGK_SAMPLE_NEAREST) sum = value; \
            else sum += value * (x.weights[b] * y.weights[a]); \
          } \
        ((T *)p->out)[(n * s->channels + c) * s->places + i] = sum; \
      } \
    } \
  } \
  static void sample_backward_##T(const sampling *p, int64_t begin, int64_t end) { \
    const agk_sampler *s = p->s; \
    const int64_t size = s->height * s->width, planes = s->channels * size; \
    if (p->out) memset((T *)p->out + begin * planes, 0, (size_t)((end - begin) * planes) * sizeof(T)); \
    for (int64_t at = begin * s->places; at < end * s->places; at++) { \
      const int64_t n = at / s->places, i = at % s->places; \
      const T *place = (const T *)p->grid + 2 * at; \
      axis_##T x, y; \
      const int taps = axis_of_##T(s, place[0], s->width, &x); \
      axis_of_##T(s, place[1], s->height, &y); \
      T by_x = 0, by_y = 0; \
      for (int64_t c = 0; c < s->channels; c++) { \
        const int64_t plane = (n * s->channels + c) * size; \
        const T gradient = ((const T *)p->g)[(n * s->channels + c) * s->places + i]; \
        for (int a = 0; a < taps; a++) \
          for (int b = 0; b < taps; b++) { \
            if (y.places[a] < 0 || x.places[b] < 0) continue; \
            const int64_t element = plane + y.places[a] * s->width + x.places[b]; \
            const T value = ((const T *)p->x)[element]; \
            if (p->out) ((T *)p->out)[element] += x.weights[b] * y.weights[a] * gradient; \
            by_x += value * x.slopes[b] * y.weights[a] * gradient; \
            by_y += value * x.weights[b] * y.slopes[a] * gradient; \
          } \
      } \
      if (p->grid_gradient) { \
        const bool is_flat = s->sampling == AGK_SAMPLE_NEAREST; \
        ((T *)p->grid_gradient)[2 * at] = is_flat ? 0 : by_x; \
        ((T *)p->grid_gradient)[2 * at + 1] = is_flat ? 0 : by_y; \
      } \
    } \
  } \
  static void sample_twice_##T(const sampling *p, int64_t begin, int64_t end) { \
    const agk_sampler *s = p->s; \
    const int64_t size = s->height * s->width, planes = s->channels * size; \
    memset((T *)p->out + begin * planes, 0, (size_t)((end - begin) * planes) * sizeof(T)); \
    for (int64_t at = begin * s->places; at < end * s->places; at++) { \
      const int64_t n = at / s->places, i = at % s->places; \
      const T *place = (const T *)p->grid + 2 * at, *h = (const T *)p->h + 2 * at; \
      axis_##T x, y; \
      const int taps = axis_of_##T(s, place[0], s->width, &x); \
      axis_of_##T(s, place[1], s->height, &y); \
      T by_x = 0, by_y = 0; \
      for (int64_t c = 0; c < s->channels; c++) { \
        const int64_t plane = (n * s->channels + c) * size; \
        const int64_t result = (n * s->channels + c) * s->places + i; \
        const T gradient = ((const T *)p->g)[result]; \
        T by_gradient = 0; \
        for (int a = 0; a < taps; a++) \
          for (int b = 0; b < taps; b++) { \
            if (y.places[a] < 0 || x.places[b] < 0) continue; \
            const int64_t element = plane + y.places[a] * s->width + x.places[b]; \
            const T value = ((const T *)p->x)[element]; \
            const T slope = h[0] * x.slopes[b] * y.weights[a] + h[1] * x.weights[b] * y.slopes[a]; \
            const T both = x.slopes[b] * y.slopes[a]; \
            by_gradient += value * slope; \
            ((T *)p->out)[element] += gradient * slope; \
            by_x += gradient * value * (h[0] * x.bends[b] * y.weights[a] + h[1] * both); \
            by_y += gradient * value * (h[0] * both + h[1] * x.weights[b] * y.bends[a]); \
          } \
        ((T *)p->g_gradient)[result] = by_gradient; \
      } \
      ((T *)p->grid_gradient)[2 * at] = by_x; \
      ((T *)p->grid_gradient)[2 * at + 1] = by_y; \
    } \
  }
SAMPLING(float, floorf, nearbyintf)
SAMPLING(double, floor, nearbyint)

static void sample_places(void *context, int64_t begin, int64_t end) {
  const sampling *p = context;
  if (p->dtype == AGK_FLOAT32)
    sample_float(p, begin, end);
  else
    sample_double(p, begin, end);
}

static void sample_batch_backward(void *context, int64_t begin, int64_t end) {
  const sampling *p = context;
  if (p->dtype == AGK_FLOAT32)
    sample_backward_float(p, begin, end);
  else
    sample_backward_double(p, begin, end);
}

void agk_sample(agk_dtype dtype, const agk_sampler *s, void *out, const void *x,
                const void *grid) {
  sampling all = {.dtype = dtype, .s = s, .out = out, .x = x, .grid = grid};
  agk_parallel_for(s->batch * s->places, 1 + GRAIN / (16 * (s->channels + 1)), sample_places, &all);
}

void agk_sample_backward(agk_dtype dtype, const agk_sampler *s, void *x_gradient,
                         void *grid_gradient, const void *g, const void *x, const void *grid) {
  sampling all = {.dtype = dtype, .s = s, .out = x_gradient, .grid_gradient = grid_gradient,
                  .g = g, .x = x, .grid = grid};
  agk_parallel_for(s->batch, 1 + GRAIN / (1 + s->channels * (s->height * s->width + s->places)),
                   sample_batch_backward, &all);
}

static void sample_batch_twice(void *context, int64_t begin, int64_t end) {
  const sampling *p = context;
  if (p->dtype == AGK_FLOAT32)
    sample_twice_float(p, begin, end);
  else
    sample_twice_double(p, begin, end);
}

void agk_sample_twice(agk_dtype dtype, const agk_sampler *s, void *g_gradient, void *x_gradient,
                      void *grid_gradient, const void *h, const void *g, const void *x,
                      const void *grid) {
  sampling all = {dtype, s, x_gradient, grid_gradient, g_gradient, h, g, x, grid};
  agk_parallel_for(s->batch, 1 + GRAIN / (1 + s->channels * (s->height * s->width + s->places)),
                   sample_batch_twice, &all);
}
