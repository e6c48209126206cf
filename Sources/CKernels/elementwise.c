// How elementwise loops cover their operands: along a line, over a shape, over the pool's threads.
#include <string.h>

#include "kernels.h"

// An input that lies across the output is turned round in tiles of whole cache lines, so that each
// line is read once.
enum { TILE_BYTES = 64, TILE_LINES = 128, ACROSS_FROM = 8 };

// From this many bytes on an output is written past the caches, since its lines need not be read
// first: that is twice as fast in tiles, and half as fast again for copies. Not for calculations: the
// next one finds part of the result in the cache.
enum { STREAM_FROM = 12 << 20 };

// One call: what is done, and each operand's step along a line and size of an element.
typedef struct call {
  agk_operator what;
  int operands;
  int64_t stride[4];
  size_t item[4];
} call;

static void call_kernel(const call *c, const int64_t *s, int64_t n, char *const *p) {
  const agk_dtype dtype = c->what.dtype;
  switch (c->what.kind) {
    case AGK_UNARY:
      return agk_current->unary((agk_unary_op)c->what.op, dtype, n, p[0], s[0], p[1], s[1]);
    case AGK_BINARY:
      return agk_current->binary(
          (agk_binary_op)c->what.op, dtype, n, p[0], s[0], p[1], s[1], p[2], s[2]);
    case AGK_TERNARY:
      return agk_current->ternary((agk_ternary_op)c->what.op, dtype, n, p[0], s[0], p[1], s[1],
                                  p[2], s[2], p[3], s[3]);
    case AGK_FUSED:
      return agk_current->fused((agk_fused_op)c->what.op, dtype, n, p[0], s[0], p[1], s[1],
                                c->operands > 2 ? p[2] : NULL, s[2],
                                c->operands > 3 ? p[3] : NULL, s[3], c->what.parameters);
    case AGK_COMPARE:
      return agk_current->compare(
          (agk_compare_op)c->what.op, dtype, n, (bool *)p[0], s[0], p[1], s[1], p[2], s[2]);
    case AGK_WHERE:
      return agk_current->where(
          dtype, n, p[0], s[0], (const bool *)p[1], s[1], p[2], s[2], p[3], s[3]);
    case AGK_CONVERT:
      return agk_current->convert(dtype, c->what.from, n, p[0], s[0], p[1], s[1]);
  }
}

static call call_of(agk_operator what, int operands) {
  const size_t item = agk_item_size(what.dtype);
  call c = {.what = what, .operands = operands, .item = {item, item, item, item}};
  if (what.kind == AGK_COMPARE) c.item[0] = 1;
  if (what.kind == AGK_WHERE) c.item[1] = 1;
  if (what.kind == AGK_CONVERT) c.item[1] = agk_item_size(what.from);
  return c;
}

typedef uint8_t chunk __attribute__((vector_size(64)));

static void stream(char *out, const char *x, size_t bytes) {
  const size_t before = -(uintptr_t)out & (sizeof(chunk) - 1);
  const size_t head = before < bytes ? before : bytes;
  memcpy(out, x, head);
  size_t i = head;
  for (; i + sizeof(chunk) <= bytes; i += sizeof(chunk)) {
    chunk value;
    memcpy(&value, x + i, sizeof value);
    __builtin_nontemporal_store(value, (chunk *)(out + i));
  }
  memcpy(out + i, x + i, bytes - i);
}

// Other threads see what was streamed only after this.
static void finish_stream(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

// ---- a line ----------------------------------------------------------------------------------

typedef struct line {
  call call;
  char *start[4];
  bool streams;  // whether it is a copy past the caches
} line;

static void run_part_of_line(void *context, int64_t begin, int64_t end) {
  const line *whole = context;
  const call *c = &whole->call;
  char *p[4] = {0};
  for (int k = 0; k < c->operands; k++)
    p[k] = whole->start[k] + begin * c->stride[k] * (int64_t)c->item[k];
  if (whole->streams) {
    stream(p[0], p[1], (size_t)(end - begin) * c->item[0]);
    finish_stream();
  } else {
    call_kernel(c, c->stride, end - begin, p);
  }
}

static void run_long_line(agk_operator what, int operands, int64_t n, void *const *start,
                          const int64_t *stride) {
  line whole = {.call = call_of(what, operands)};
  for (int k = 0; k < operands; k++) {
    whole.start[k] = start[k];
    whole.call.stride[k] = stride[k];
  }
  whole.streams = what.kind == AGK_CONVERT && what.from == what.dtype && stride[0] == 1
                  && stride[1] == 1 && n >= STREAM_FROM / (int64_t)whole.call.item[0];
  agk_parallel_for(n, GRAIN, run_part_of_line, &whole);
}

void agk_unary(agk_unary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
               const void *x, int64_t x_stride) {
  if (n < PARALLEL_FROM) return agk_current->unary(op, dtype, n, out, out_stride, x, x_stride);
  run_long_line((agk_operator){AGK_UNARY, op, dtype, dtype, NULL}, 2, n,
                (void *[]){out, (void *)x}, (int64_t[]){out_stride, x_stride});
}

void agk_binary(agk_binary_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
                const void *a, int64_t a_stride, const void *b, int64_t b_stride) {
  if (n < PARALLEL_FROM)
    return agk_current->binary(op, dtype, n, out, out_stride, a, a_stride, b, b_stride);
  run_long_line((agk_operator){AGK_BINARY, op, dtype, dtype, NULL}, 3, n,
                (void *[]){out, (void *)a, (void *)b},
                (int64_t[]){out_stride, a_stride, b_stride});
}

void agk_fused(agk_fused_op op, agk_dtype dtype, int64_t n, void *out, int64_t out_stride,
               const void *a, int64_t a_stride, const void *b, int64_t b_stride, const void *c,
               int64_t c_stride, const double *parameters) {
  if (n < PARALLEL_FROM)
    return agk_current->fused(
        op, dtype, n, out, out_stride, a, a_stride, b, b_stride, c, c_stride, parameters);
  run_long_line((agk_operator){AGK_FUSED, op, dtype, dtype, parameters},
                b == NULL ? 2 : c == NULL ? 3 : 4, n,
                (void *[]){out, (void *)a, (void *)b, (void *)c},
                (int64_t[]){out_stride, a_stride, b_stride, c_stride});
}

void agk_convert(agk_dtype to, agk_dtype from, int64_t n, void *out, int64_t out_stride,
                 const void *x, int64_t x_stride) {
  if (n < PARALLEL_FROM) return agk_current->convert(to, from, n, out, out_stride, x, x_stride);
  run_long_line((agk_operator){AGK_CONVERT, 0, to, from, NULL}, 2, n,
                (void *[]){out, (void *)x}, (int64_t[]){out_stride, x_stride});
}

// ---- a shape ---------------------------------------------------------------------------------

typedef struct area {
  call call;
  agk_shape shape;
  char *start[4];
  int split;     // the dimension that is split over the pool
  bool streams;  // whether tiles are written past the caches
} area;

// Whether operand k lies across lines, so that neighbours along dimension 1 are adjacent.
static bool lies_across(const agk_shape *shape, int k, int dimension) {
  const int64_t along = shape->strides[k][0];
  return shape->strides[k][dimension] == 1 && (along > ACROSS_FROM || along < -ACROSS_FROM);
}

static void exchange(agk_shape *shape, int a, int b) {
#define EXCHANGE(x, y) { const int64_t held = x; x = y; y = held; }
  EXCHANGE(shape->sizes[a], shape->sizes[b])
  for (int k = 0; k < shape->operands; k++) EXCHANGE(shape->strides[k][a], shape->strides[k][b])
#undef EXCHANGE
}

// Lines of the plane of dimensions 0 and 1.
static void run_rows(const call *c, const agk_shape *shape, int64_t rows, char *const *start) {
  char *p[4] = {start[0], start[1], start[2], start[3]};
  for (int64_t row = 0; row < rows; row++) {
    call_kernel(c, c->stride, shape->sizes[0], p);
    for (int k = 0; k < c->operands; k++) p[k] += shape->strides[k][1] * (int64_t)c->item[k];
  }
}

// The same where an input lies across the lines.
static void run_tiles(const call *c, const agk_shape *shape, int64_t rows, bool streams,
                      char *const *start) {
  double result[TILE_LINES], turned[3][TILE_LINES * TILE_BYTES / sizeof(double)];
  for (int64_t line = 0; line < shape->sizes[0]; line += TILE_LINES) {
    const int64_t rest = shape->sizes[0] - line;
    const int64_t lines = rest < TILE_LINES ? rest : TILE_LINES;
    int64_t height;
    for (int64_t row = 0; row < rows; row += height) {
      height = rows - row;
      for (int k = 1; k < c->operands; k++)
        if (lies_across(shape, k, 1) && height > TILE_BYTES / (int64_t)c->item[k])
          height = TILE_BYTES / (int64_t)c->item[k];
      char *p[4] = {0};
      int64_t along[4] = {0}, down[4] = {0};
      for (int k = 0; k < c->operands; k++) {
        const int64_t *strides = shape->strides[k];
        p[k] = start[k] + (line * strides[0] + row * strides[1]) * (int64_t)c->item[k];
        along[k] = strides[0];
        down[k] = strides[1];
        if (k == 0 || !lies_across(shape, k, 1)) continue;
        agk_copy_plane(c->item[k], height, lines, turned[k - 1], TILE_LINES, 1, p[k], 1, strides[0]);
        p[k] = (char *)turned[k - 1];
        along[k] = 1;
        down[k] = TILE_LINES;
      }
      for (int64_t i = 0; i < height; i++) {
        char *out = p[0];
        if (streams) p[0] = (char *)result;
        call_kernel(c, along, lines, p);
        if (streams) stream(out, p[0], (size_t)lines * c->item[0]);
        p[0] = out;
        for (int k = 0; k < c->operands; k++) p[k] += down[k] * (int64_t)c->item[k];
      }
    }
  }
}

static void run_part_of_area(void *context, int64_t begin, int64_t end) {
  const area *whole = context;
  const call *c = &whole->call;
  agk_shape shape = whole->shape;
  char *p[4] = {0};
  shape.sizes[whole->split] = end - begin;
  bool across = false;
  for (int k = 0; k < c->operands; k++) {
    p[k] = whole->start[k] + begin * shape.strides[k][whole->split] * (int64_t)c->item[k];
    if (k > 0 && lies_across(&shape, k, 1)) across = true;
  }
  int64_t position[8] = {0};
  for (;;) {
    if (across) run_tiles(c, &shape, shape.sizes[1], whole->streams, p);
    else run_rows(c, &shape, shape.sizes[1], p);
    int d = 2;
    for (; d < shape.dimensions; d++) {
      const bool carries = ++position[d] == shape.sizes[d];
      const int64_t steps = carries ? 1 - shape.sizes[d] : 1;
      for (int k = 0; k < c->operands; k++)
        p[k] += steps * shape.strides[k][d] * (int64_t)c->item[k];
      if (!carries) break;
      position[d] = 0;
    }
    if (d >= shape.dimensions) break;
  }
  if (whole->streams) finish_stream();
}

void agk_elementwise(agk_operator what, const agk_shape *shape, void *const *operands) {
  area whole = {.call = call_of(what, shape->operands), .shape = *shape, .split = 1};
  int64_t count = 1;
  for (int d = 0; d < shape->dimensions; d++) count *= shape->sizes[d];
  if (count == 0) return;
  for (int k = 0; k < shape->operands; k++) {
    whole.start[k] = operands[k];
    whole.call.stride[k] = shape->dimensions > 0 ? shape->strides[k][0] : 1;
  }
  if (shape->dimensions < 2) {
    if (count < PARALLEL_FROM)
      return call_kernel(&whole.call, whole.call.stride, count, whole.start);
    return run_long_line(what, shape->operands, count, operands, whole.call.stride);
  }
  // The dimension along which an input that lies across is adjacent comes second.
  for (int k = 1; k < shape->operands; k++)
    for (int d = 2; d < shape->dimensions; d++)
      if (lies_across(&whole.shape, k, d)) exchange(&whole.shape, 1, d);
  for (int d = 2; d < shape->dimensions; d++)
    if (whole.shape.sizes[d] > whole.shape.sizes[whole.split]) whole.split = d;
  whole.streams =
      whole.call.stride[0] == 1 && count >= STREAM_FROM / (int64_t)whole.call.item[0];
  const int64_t length = whole.shape.sizes[whole.split];
  if (count < PARALLEL_FROM) return run_part_of_area(&whole, 0, length);
  const int64_t grain = 1 + GRAIN * length / count;
  agk_parallel_for(length, grain, run_part_of_area, &whole);
}
