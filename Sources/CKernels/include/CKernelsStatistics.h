// What a run of numbers holds, in one pass over it. Included by CKernels.h; not for use on its own.
#pragma once

// The numbers of extent cover the finite elements alone: NaN where there is none. `deviation` is the
// root of the mean square distance from the mean, `norm` the root of the sum of squares; neither
// overflows where the result does not, nor cancels where the mean is far from 0. `hash` is equal for
// equal bits in the same order and, all but surely, for no others.
typedef struct agk_statistics {
  int64_t nans, positive_infinities, negative_infinities, zeros, subnormals;
  double minimum, maximum, mean, deviation, norm;
  uint64_t hash;
} agk_statistics;

// Of contiguous float32 or float64. With `health_only` the counts and the hash alone, the others NaN.
void agk_measure(agk_dtype dtype, int64_t n, const void *_Nonnull x, bool health_only,
                 agk_statistics *_Nonnull out);

// Σ a[i] · b[i] of contiguous float32 or float64, in double precision.
double agk_dot(agk_dtype dtype, int64_t n, const void *_Nonnull a, const void *_Nonnull b);

enum { AGK_LEAST_EXPONENT = -150, AGK_EXPONENTS = 279 };
// counts[e - AGK_LEAST_EXPONENT] = how many elements have 2^e ≤ |x| < 2^(e+1); those of float64 that
// lie beyond are counted at the ends, zeros and what is not finite nowhere. float32, float64.
void agk_exponents(agk_dtype dtype, int64_t n, const void *_Nonnull x,
                   uint32_t *_Nonnull counts);

// The position of the first element that is not finite, else -1. float32, float64.
int64_t agk_first_nonfinite(agk_dtype dtype, int64_t n, const void *_Nonnull x);
