// The table that each instruction set's translation unit exports. Not for callers.
#pragma once

#include <string.h>

#include "CKernels.h"

extern const agk_kernels agk_kernels_baseline;
#if defined(__x86_64__)
extern const agk_kernels agk_kernels_avx2;
extern const agk_kernels agk_kernels_avx512;
#endif

// agk_matmul by loops of our own, in the instruction set in use.
void agk_plain_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                      int64_t k, const void *_Nonnull a, int64_t lda, const void *_Nonnull b,
                      int64_t ldb, void *_Nonnull out, int64_t ldout);

// Two overlapping moves for a short run: a call of memcpy costs more than the move.
static inline __attribute__((always_inline, unused)) void copy_bytes(
    void *_Nonnull to, const void *_Nonnull from, int64_t n) {
  char *out = to;
  const char *x = from;
#define OVERLAPPING(size) \
  if (n >= size && n <= 2 * size) { \
    char first[size], last[size]; \
    __builtin_memcpy(first, x, size); \
    __builtin_memcpy(last, x + n - size, size); \
    __builtin_memcpy(out, first, size); \
    __builtin_memcpy(out + n - size, last, size); \
    return; \
  }
  OVERLAPPING(32)
  OVERLAPPING(16)
  OVERLAPPING(8)
  OVERLAPPING(4)
#undef OVERLAPPING
  memcpy(out, x, (size_t)n);
}
