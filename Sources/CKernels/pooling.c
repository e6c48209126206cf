// Windows over planes, split over the pool of threads: rows of results, or whole planes of
// gradients. What no vector helps is done here: places that were chosen, and windows of all sizes.
#include <math.h>
#include <string.h>

#include "kernels.h"

typedef struct pooling {
  agk_dtype dtype;
  const agk_windows *w;
  bool counts_padding;
  int64_t divisor;
  void *out;
  int64_t *indices;
  const void *x;
} pooling;

static int64_t volume(const int64_t *sizes) { return sizes[0] * sizes[1] * sizes[2]; }

static int64_t rows_of(const agk_windows *w) { return w->planes * w->out[0] * w->out[1]; }

// Parts of so many units, each of which is worth `elements`, that a thread is worth its start.
static int64_t grain_of(int64_t elements) { return 1 + GRAIN / (elements > 0 ? elements : 1); }

static void max_rows(void *context, int64_t begin, int64_t end) {
  const pooling *p = context;
  agk_current->max_pool(p->dtype, p->w, begin, end, p->out, p->indices, p->x);
}

void agk_max_pool(agk_dtype dtype, const agk_windows *w, void *out, int64_t *indices,
                  const void *x) {
  pooling all = {.dtype = dtype, .w = w, .out = out, .indices = indices, .x = x};
  agk_parallel_for(rows_of(w), grain_of(w->out[2] * volume(w->kernel)), max_rows, &all);
}

static void avg_rows(void *context, int64_t begin, int64_t end) {
  const pooling *p = context;
  agk_current->avg_pool(p->dtype, p->w, p->counts_padding, p->divisor, begin, end, p->out, p->x);
}

void agk_avg_pool(agk_dtype dtype, const agk_windows *w, bool counts_padding, int64_t divisor,
                  void *out, const void *x) {
  pooling all = {dtype, w, counts_padding, divisor, out, NULL, x};
  agk_parallel_for(rows_of(w), grain_of(w->out[2] * volume(w->kernel)), avg_rows, &all);
}

static void avg_planes_backward(void *context, int64_t begin, int64_t end) {
  const pooling *p = context;
  agk_current->avg_pool_backward(p->dtype, p->w, p->counts_padding, p->divisor, begin, end, p->out,
                                 p->x);
}

void agk_avg_pool_backward(agk_dtype dtype, const agk_windows *w, bool counts_padding,
                           int64_t divisor, void *out, const void *g) {
  pooling all = {dtype, w, counts_padding, divisor, out, NULL, g};
  agk_parallel_for(w->planes, grain_of(volume(w->out) * volume(w->kernel)), avg_planes_backward,
                   &all);
}

// ---- places that were chosen -----------------------------------------------------------------

typedef struct chosen {
  agk_dtype dtype;
  int64_t size, windows;
  void *out;
  const void *x;
  const int64_t *indices;
} chosen;

#define AT_CHOSEN(T, STATEMENT) \
  for (int64_t plane = begin; plane < end; plane++) { \
    T *out = (T *)c->out + plane * c->size; \
    const T *x = (const T *)c->x + plane * c->windows; \
    const int64_t *indices = c->indices + plane * c->windows; \
    memset(out, 0, (size_t)c->size * sizeof(T)); \
    for (int64_t i = 0; i < c->windows; i++) STATEMENT; \
  }
#define ADD if ((uint64_t)indices[i] < (uint64_t)c->size) out[indices[i]] += x[i]
#define SET out[indices[i]] = x[i]

static void add_at_chosen(void *context, int64_t begin, int64_t end) {
  const chosen *c = context;
  if (c->dtype == AGK_FLOAT32) AT_CHOSEN(float, ADD) else AT_CHOSEN(double, ADD)
}

void agk_max_pool_backward(agk_dtype dtype, int64_t planes, int64_t size, int64_t windows,
                           void *out, const void *g, const int64_t *indices) {
  chosen all = {dtype, size, windows, out, g, indices};
  agk_parallel_for(planes, grain_of(size + windows), add_at_chosen, &all);
}

static void set_at_chosen(void *context, int64_t begin, int64_t end) {
  const chosen *c = context;
  if (c->dtype == AGK_FLOAT32) AT_CHOSEN(float, SET) else AT_CHOSEN(double, SET)
}

void agk_max_unpool(agk_dtype dtype, int64_t planes, int64_t size, int64_t windows, void *out,
                    const void *x, const int64_t *indices) {
  chosen all = {dtype, size, windows, out, x, indices};
  agk_parallel_for(planes, grain_of(size + windows), set_at_chosen, &all);
}

// ---- windows that share a plane evenly --------------------------------------------------------

// Where the i-th of `out` windows over `size` elements begins, and where it ends.
static int64_t share_begin(int64_t i, int64_t size, int64_t out) {
  return i / out * size + i % out * size / out;
}
static int64_t share_end(int64_t i, int64_t size, int64_t out) {
  return 1 + ((i + 1) * size - 1) / out;
}

// For each window of some planes: BEFORE, EACH for the elements that it covers at `place` in the
// plane, and AFTER; the window is the plane's `window`-th.
#define FOR_SHARES(BEFORE, EACH, AFTER) \
  for (int64_t plane = begin; plane < end; plane++) \
    for (int64_t window = 0; window < volume(w->out); window++) { \
      const int64_t at[3] = {window / (w->out[1] * w->out[2]), window / w->out[2] % w->out[1], \
                             window % w->out[2]}; \
      int64_t from[3], to[3]; \
      for (int d = 0; d < 3; d++) { \
        from[d] = share_begin(at[d], w->size[d], w->out[d]); \
        to[d] = share_end(at[d], w->size[d], w->out[d]); \
      } \
      BEFORE; \
      for (int64_t a = from[0]; a < to[0]; a++) \
        for (int64_t b = from[1]; b < to[1]; b++) \
          for (int64_t c = from[2]; c < to[2]; c++) { \
            const int64_t place = (a * w->size[1] + b) * w->size[2] + c; \
            EACH; \
          } \
      AFTER; \
    }

// The number of elements that the window covers.
#define COVERED ((to[0] - from[0]) * (to[1] - from[1]) * (to[2] - from[2]))

#define ADAPTIVE(T) \
  static void adaptive_max_##T(const pooling *p, int64_t begin, int64_t end) { \
    const agk_windows *w = p->w; \
    const int64_t size = volume(w->size), windows = volume(w->out); \
    FOR_SHARES( \
        const T *x = (const T *)p->x + plane * size; T best = -INFINITY; \
        int64_t index = (from[0] * w->size[1] + from[1]) * w->size[2] + from[2], \
        if (x[place] > best || isnan(x[place])) { \
          best = x[place]; \
          index = place; \
        }, \
        ((T *)p->out)[plane * windows + window] = best; \
        p->indices[plane * windows + window] = index) \
  } \
  static void adaptive_avg_##T(const pooling *p, int64_t begin, int64_t end) { \
    const agk_windows *w = p->w; \
    const int64_t size = volume(w->size), windows = volume(w->out); \
    FOR_SHARES(const T *x = (const T *)p->x + plane * size; T sum = 0, sum += x[place], \
               ((T *)p->out)[plane * windows + window] = sum / COVERED) \
  } \
  static void adaptive_avg_backward_##T(const pooling *p, int64_t begin, int64_t end) { \
    const agk_windows *w = p->w; \
    const int64_t size = volume(w->size), windows = volume(w->out); \
    memset((T *)p->out + begin * size, 0, (size_t)((end - begin) * size) * sizeof(T)); \
    FOR_SHARES(T *out = (T *)p->out + plane * size; \
               const T share = ((const T *)p->x)[plane * windows + window] / COVERED, \
               out[place] += share, ) \
  }
ADAPTIVE(float)
ADAPTIVE(double)

#define FOR_DTYPE(NAME) \
  static void NAME##_planes(void *context, int64_t begin, int64_t end) { \
    const pooling *p = context; \
    if (p->dtype == AGK_FLOAT32) \
      NAME##_float(p, begin, end); \
    else \
      NAME##_double(p, begin, end); \
  }
FOR_DTYPE(adaptive_max)
FOR_DTYPE(adaptive_avg)
FOR_DTYPE(adaptive_avg_backward)

void agk_adaptive_max_pool(agk_dtype dtype, const agk_windows *w, void *out, int64_t *indices,
                           const void *x) {
  pooling all = {.dtype = dtype, .w = w, .out = out, .indices = indices, .x = x};
  agk_parallel_for(w->planes, grain_of(volume(w->size) + volume(w->out)), adaptive_max_planes,
                   &all);
}

void agk_adaptive_avg_pool(agk_dtype dtype, const agk_windows *w, void *out, const void *x) {
  pooling all = {.dtype = dtype, .w = w, .out = out, .x = x};
  agk_parallel_for(w->planes, grain_of(volume(w->size) + volume(w->out)), adaptive_avg_planes,
                   &all);
}

void agk_adaptive_avg_pool_backward(agk_dtype dtype, const agk_windows *w, void *out,
                                    const void *g) {
  pooling all = {.dtype = dtype, .w = w, .out = out, .x = g};
  agk_parallel_for(w->planes, grain_of(volume(w->size) + volume(w->out)),
                   adaptive_avg_backward_planes, &all);
}

// ---- planes in another size -------------------------------------------------------------------

void agk_resize_rows(agk_dtype dtype, const agk_resize *resize, int64_t first, int64_t last,
                     void *out, const void *x, void *scratch) {
  agk_current->resize_rows(dtype, resize, first, last, out, x, scratch);
}

void agk_resize_backward(agk_dtype dtype, const agk_resize *resize, int64_t first, int64_t last,
                         void *out, const void *g, void *scratch) {
  agk_current->resize_backward(dtype, resize, first, last, out, g, scratch);
}
