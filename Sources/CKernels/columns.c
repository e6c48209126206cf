// Blocks of images as columns, and back: unfold and fold.
#include <string.h>

#include "kernels.h"

typedef struct unfolding {
  agk_dtype dtype;
  const agk_convolution *c;
  char *columns, *x;
} unfolding;

// The places of a row, `from`..<`to` of c->out[2], whose elements are inside of an image.
static void inside(const agk_convolution *c, int64_t kernel, int64_t *from, int64_t *to) {
  const int64_t first = kernel * c->dilation[2] - c->padding[2], step = c->stride[2];
  *from = first >= 0 ? 0 : (-first + step - 1) / step;
  *to = first >= c->in[2] ? 0 : (c->in[2] - first + step - 1) / step;
  if (*to > c->out[2]) *to = c->out[2];
  if (*from > *to) *from = *to;
}

#define ROWS(T, AT_BORDER, INSIDE) \
  for (int64_t kh = 0; kh < c->kernel[1]; kh++) \
    for (int64_t kw = 0; kw < c->kernel[2]; kw++) { \
      int64_t from, to; \
      inside(c, kw, &from, &to); \
      for (int64_t h = 0; h < c->out[1]; h++, row += c->out[2]) { \
        const int64_t line = h * c->stride[1] + kh * c->dilation[1] - c->padding[1]; \
        const bool is_inside = line >= 0 && line < c->in[1]; \
        T *pixels = plane + line * c->in[2] + kw * c->dilation[2] - c->padding[2]; \
        for (int64_t i = 0; i < (is_inside ? from : c->out[2]); i++) AT_BORDER; \
        if (!is_inside) continue; \
        for (int64_t i = from; i < to; i++) INSIDE; \
        for (int64_t i = to; i < c->out[2]; i++) AT_BORDER; \
      } \
    }

#define UNFOLDING(T, ADD) \
  static void unfold_##T(const agk_convolution *c, T *row, T *plane) { \
    const int64_t step = c->stride[2]; \
    ROWS(T, row[i] = 0, row[i] = pixels[i * step]) \
  } \
  static void fold_##T(const agk_convolution *c, T *row, T *plane) { \
    const int64_t step = c->stride[2]; \
    memset(plane, 0, (size_t)(c->in[1] * c->in[2]) * sizeof(T)); \
    ROWS(T, (void)0, pixels[i * step] = (T)(pixels[i * step] ADD row[i])) \
  }
UNFOLDING(float, +)
UNFOLDING(double, +)
UNFOLDING(bool, |)

#define EACH_CHANNEL(FUNCTION) \
  const unfolding *u = context; \
  const agk_convolution *c = u->c; \
  const int64_t item = agk_item_size(u->dtype), plane = c->in[1] * c->in[2] * item; \
  const int64_t rows = c->kernel[1] * c->kernel[2] * c->out[1] * c->out[2] * item; \
  for (int64_t i = begin; i < end; i++) { \
    void *row = u->columns + i * rows, *image = u->x + i * plane; \
    if (u->dtype == AGK_FLOAT32) FUNCTION##_float(c, row, image); \
    else if (u->dtype == AGK_FLOAT64) FUNCTION##_double(c, row, image); \
    else FUNCTION##_bool(c, row, image); \
  }
static void unfold_channels(void *context, int64_t begin, int64_t end) { EACH_CHANNEL(unfold) }
static void fold_channels(void *context, int64_t begin, int64_t end) { EACH_CHANNEL(fold) }

static void for_each_channel(unfolding *u, agk_task *task) {
  const agk_convolution *c = u->c;
  const int64_t elements = c->kernel[1] * c->kernel[2] * c->out[1] * c->out[2];
  agk_parallel_for(c->batch * c->in_channels, 1 + GRAIN / (elements + 1), task, u);
}

void agk_blocks_to_columns(agk_dtype dtype, const agk_convolution *c, void *columns,
                           const void *x) {
  // The image is only read.
  unfolding u = {dtype, c, columns, (char *)(uintptr_t)x};
  for_each_channel(&u, unfold_channels);
}

void agk_columns_to_blocks(agk_dtype dtype, const agk_convolution *c, void *x,
                           const void *columns) {
  // The columns are only read.
  unfolding u = {dtype, c, (char *)(uintptr_t)columns, x};
  for_each_channel(&u, fold_channels);
}
