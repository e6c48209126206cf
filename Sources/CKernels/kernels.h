// The table that each instruction set's translation unit exports. Not for callers.
#pragma once

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
