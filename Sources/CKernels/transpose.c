// Turning tiles of elements round, in blocks that fit the registers.
#include "transpose.h"

typedef float f32x8 __attribute__((vector_size(32), aligned(4)));
typedef double f64x4 __attribute__((vector_size(32), aligned(8)));

#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// A block of 8 × 8: pairs of lines are interleaved, then pairs of pairs, then halves are exchanged.
#define BLOCK_4 \
  { \
    f32x8 a[8], b[8]; \
    for (int i = 0; i < 8; i++) a[i] = *(const f32x8 *)(from + i * line_stride); \
    for (int i = 0; i < 8; i += 2) { \
      b[i] = MIX(a[i], a[i + 1], 0, 8, 1, 9, 4, 12, 5, 13); \
      b[i + 1] = MIX(a[i], a[i + 1], 2, 10, 3, 11, 6, 14, 7, 15); \
    } \
    for (int i = 0; i < 8; i += 4) { \
      a[i] = MIX(b[i], b[i + 2], 0, 1, 8, 9, 4, 5, 12, 13); \
      a[i + 1] = MIX(b[i], b[i + 2], 2, 3, 10, 11, 6, 7, 14, 15); \
      a[i + 2] = MIX(b[i + 1], b[i + 3], 0, 1, 8, 9, 4, 5, 12, 13); \
      a[i + 3] = MIX(b[i + 1], b[i + 3], 2, 3, 10, 11, 6, 7, 14, 15); \
    } \
    for (int i = 0; i < 4; i++) { \
      *(f32x8 *)(out + i * to_stride) = MIX(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11); \
      *(f32x8 *)(out + (i + 4) * to_stride) = MIX(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15); \
    } \
  }

#define BLOCK_8 \
  { \
    f64x4 a[4], b[4]; \
    for (int i = 0; i < 4; i++) a[i] = *(const f64x4 *)(from + i * line_stride); \
    for (int i = 0; i < 4; i += 2) { \
      b[i] = MIX(a[i], a[i + 1], 0, 4, 2, 6); \
      b[i + 1] = MIX(a[i], a[i + 1], 1, 5, 3, 7); \
    } \
    for (int i = 0; i < 2; i++) { \
      *(f64x4 *)(out + i * to_stride) = MIX(b[i], b[i + 2], 0, 1, 4, 5); \
      *(f64x4 *)(out + (i + 2) * to_stride) = MIX(b[i], b[i + 2], 2, 3, 6, 7); \
    } \
  }

// SIDE × SIDE blocks by BLOCK, what is left element by element.
#define TRANSPOSE(NAME, T, SIDE, BLOCK, TARGET) \
  TARGET static void NAME(int64_t rows, int64_t count, T *restrict to, int64_t to_stride, \
                          const T *restrict lines, int64_t line_stride) { \
    const int64_t whole_rows = rows - rows % SIDE, whole_lines = count - count % SIDE; \
    for (int64_t l = 0; l < whole_lines; l += SIDE) \
      for (int64_t r = 0; r < whole_rows; r += SIDE) { \
        const T *from = lines + l * line_stride + r; \
        T *out = to + r * to_stride + l; \
        BLOCK \
      } \
    for (int64_t l = 0; l < count; l++) \
      for (int64_t r = l < whole_lines ? whole_rows : 0; r < rows; r++) \
        to[r * to_stride + l] = lines[l * line_stride + r]; \
  }

TRANSPOSE(transpose_1, uint8_t, 1, *out = *from;, )
TRANSPOSE(transpose_4, float, 8, BLOCK_4, )
TRANSPOSE(transpose_8, double, 4, BLOCK_8, )
#if defined(__x86_64__)
TRANSPOSE(transpose_4_avx2, float, 8, BLOCK_4, __attribute__((target("avx2"))))
TRANSPOSE(transpose_8_avx2, double, 4, BLOCK_8, __attribute__((target("avx2"))))
#endif

void agk_transpose(size_t item, int64_t rows, int64_t count, void *to, int64_t to_stride,
                   const void *lines, int64_t line_stride) {
  if (item == 1) return transpose_1(rows, count, to, to_stride, lines, line_stride);
#if defined(__x86_64__)
  if (agk_current != &agk_kernels_baseline) {
    if (item == 4) return transpose_4_avx2(rows, count, to, to_stride, lines, line_stride);
    return transpose_8_avx2(rows, count, to, to_stride, lines, line_stride);
  }
#endif
  if (item == 4) return transpose_4(rows, count, to, to_stride, lines, line_stride);
  return transpose_8(rows, count, to, to_stride, lines, line_stride);
}
