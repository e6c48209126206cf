// The table that each instruction set's translation unit exports. Not for callers.
#pragma once

#include "CKernels.h"

extern const agk_kernels agk_kernels_baseline;
#if defined(__x86_64__)
extern const agk_kernels agk_kernels_avx2;
extern const agk_kernels agk_kernels_avx512;
#endif

// The loops in use.
extern const agk_kernels *_Nonnull agk_current;

// From this length on a run is split over the pool, in parts of at least half of it.
enum { PARALLEL_FROM = 32768, GRAIN = PARALLEL_FROM / 2 };

// The bytes of an element.
static inline int64_t agk_item_size(agk_dtype dtype) {
  return dtype == AGK_BOOL ? 1 : dtype == AGK_INT32 || dtype == AGK_FLOAT32 ? 4 : 8;
}

// The cascade sum of so many rows adds up chunks of 2^this of them, and so on, on each level.
static inline int64_t agk_chunk_power(int64_t rows) {
  const int64_t quarter = rows < 2 ? 0 : (64 - __builtin_clzll((uint64_t)rows - 1)) / 4;
  return quarter > 4 ? quarter : 4;
}

// A hash's stripe is so many registers of 64 bytes, with keys for their even 32-bit words and for
// their odd ones; the lanes of what comes of all have a key each.
enum { HASH_STRIPE = 16 };
#define HASH_FACTOR 0x9E3779B97F4A7C15u
extern const uint64_t agk_hash_keys[HASH_STRIPE][2][8], agk_hash_lanes[8];

// The panels of pixels that a convolution's weight gradient adds up at a time.
enum { CONVOLUTION_BLOCK = 8 };

// Convolutions by shifted images, where that is worth it. They give false, with nothing to be used,
// where it is not, or where the result is not all finite: see agk_suits_winograd.
bool agk_shifted(agk_dtype dtype, const agk_convolution *_Nonnull c, void *_Nonnull out,
                 const void *_Nonnull x, const void *_Nonnull weight, const void *_Nullable bias);
bool agk_shifted_back(agk_dtype dtype, const agk_convolution *_Nonnull c, void *_Nonnull x,
                      const void *_Nonnull gradient, const void *_Nonnull weight,
                      const void *_Nullable bias);
bool agk_shifted_weight(agk_dtype dtype, const agk_convolution *_Nonnull c,
                        void *_Nonnull weight, const void *_Nonnull x,
                        const void *_Nonnull gradient);

// Whether these, which do what agk_convolve and agk_convolve_weight do, suit a convolution and are
// worth it. Infinities and NaN spread over whole tiles there, so a result that has any is not to be
// used, and they give false. (A number that reaches a result on its way there makes it other than
// finite if it is so itself.)
bool agk_suits_winograd(agk_dtype dtype, const agk_convolution *_Nonnull c);
bool agk_winograd(const agk_convolution *_Nonnull c, float *_Nonnull out, const float *_Nonnull x,
                  const float *_Nonnull weight, const float *_Nullable bias);
bool agk_winograd_weight(const agk_convolution *_Nonnull c, float *_Nonnull weight,
                         const float *_Nonnull x, const float *_Nonnull gradient);

// agk_matmul by loops of our own, in the instruction set in use.
void agk_plain_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                      int64_t k, const void *_Nonnull a, int64_t lda, const void *_Nonnull b,
                      int64_t ldb, void *_Nonnull out, int64_t ldout);

// The product by the loops in use, divided over the pool; k is not 0.
void agk_multiply(const agk_product *_Nonnull product);

// agk_measure of elements that `make` makes first, a block at a time, which is in the cache then.
void agk_measure_made(void (*_Nonnull make)(void *_Nullable context, int64_t begin, int64_t end),
                      void *_Nullable context, agk_dtype dtype, int64_t n, const void *_Nonnull x,
                      agk_statistics *_Nonnull out);
