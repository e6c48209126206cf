// PyTorch's CPU random numbers, bit for bit: the Mersenne Twister and how rand, randn, randint and
// randperm draw from it.
//
// Contraction is off throughout: where PyTorch's build fuses a multiplication and an addition, the
// code here says fmaf, which rounds alike with and without the instruction. Logarithm, sine and
// cosine in double precision are the C library's, as they are PyTorch's.
#include "CKernels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && !defined(__FMA__)
#define AGK_FMA_AT_RUN_TIME 1
#endif

// ---- mt19937 (Matsumoto and Nishimura, 1998) -------------------------------------------------

enum { STATE_SIZE = 624, SHIFT_SIZE = 397 };

void agk_generator_seed(agk_generator *generator, uint64_t seed) {
  uint32_t *state = generator->state;
  state[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < STATE_SIZE; i++) {
    state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
  }
  generator->left = 1;
  generator->next = 0;
  generator->has_next_normal = false;
  generator->next_normal = 0;
}

static inline uint32_t twist(uint32_t high, uint32_t low) {
  uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);
  return (mixed >> 1) ^ (-(low & 1u) & 0x9908b0dfu);
}

static void advance(agk_generator *generator) {
  uint32_t *state = generator->state;
  int i = 0;
  for (; i < STATE_SIZE - SHIFT_SIZE; i++) {
    state[i] = state[i + SHIFT_SIZE] ^ twist(state[i], state[i + 1]);
  }
  for (; i < STATE_SIZE - 1; i++) {
    state[i] = state[i + SHIFT_SIZE - STATE_SIZE] ^ twist(state[i], state[i + 1]);
  }
  state[i] = state[i + SHIFT_SIZE - STATE_SIZE] ^ twist(state[i], state[0]);
  generator->left = STATE_SIZE;
  generator->next = 0;
}

static inline uint32_t random32(agk_generator *generator) {
  if (--generator->left == 0) advance(generator);
  uint32_t y = generator->state[generator->next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

static inline uint64_t random64(agk_generator *generator) {
  uint64_t high = random32(generator);
  return high << 32 | random32(generator);
}

// ---- uniform ---------------------------------------------------------------------------------

// As many low bits as the mantissa holds, in [0, 1).
static inline float uniform_float(agk_generator *generator) {
  return (float)(random32(generator) & 0xffffffu) * 0x1p-24f;
}

static inline double uniform_double(agk_generator *generator) {
  return (double)(random64(generator) & 0x1fffffffffffffu) * 0x1p-53;
}

static void fill_uniform_float(agk_generator *generator, int64_t n, float *out) {
  for (int64_t i = 0; i < n; i++) out[i] = uniform_float(generator);
}

static void fill_uniform_double(agk_generator *generator, int64_t n, double *out) {
  for (int64_t i = 0; i < n; i++) out[i] = uniform_double(generator);
}

void agk_random_uniform(agk_generator *generator, agk_dtype dtype, int64_t n, void *out) {
  if (dtype == AGK_FLOAT32) fill_uniform_float(generator, n, out);
  if (dtype == AGK_FLOAT64) fill_uniform_double(generator, n, out);
}

// ---- bernoulli, exponential -------------------------------------------------------------------

// Both draw in double precision, whatever the dtype.
void agk_random_bernoulli(agk_generator *generator, agk_dtype dtype, int64_t n, double p,
                          double value, void *out) {
  if (dtype == AGK_FLOAT32) {
    float *to = out;
    for (int64_t i = 0; i < n; i++) to[i] = uniform_double(generator) < p ? (float)value : 0;
  } else {
    double *to = out;
    for (int64_t i = 0; i < n; i++) to[i] = uniform_double(generator) < p ? value : 0;
  }
}

void agk_random_exponential(agk_generator *generator, agk_dtype dtype, int64_t n, double lambda,
                            void *out) {
  for (int64_t i = 0; i < n; i++) {
    const double value = -1 / lambda * log1p(-uniform_double(generator));
    if (dtype == AGK_FLOAT32) ((float *)out)[i] = (float)value;
    else ((double *)out)[i] = value;
  }
}

// ---- multinomial -----------------------------------------------------------------------------

// Sums of the weights so far, divided by that of all, in their dtype; the last is 1.
#define SAMPLE(T, NAME) \
  static void NAME(agk_generator *generator, int64_t rows, int64_t n, int64_t samples, \
                   const T *weights, T *sums, int64_t *out) { \
    for (int64_t r = 0; r < rows; r++) { \
      T sum = 0; \
      for (int64_t j = 0; j < n; j++) { \
        sum += weights[r * n + j]; \
        sums[j] = sum; \
      } \
      if (sum > 0 || (sum < 1.00001 && sum > 0.99999)) \
        for (int64_t j = 0; j < n; j++) sums[j] /= sum; \
      for (int64_t k = 0; k < samples; k++) { \
        const double u = uniform_double(generator); \
        int64_t left = 0, right = n; \
        sums[n - 1] = 1; \
        while (right > left) { \
          const int64_t middle = left + (right - left) / 2; \
          if ((double)sums[middle] < u) left = middle + 1; \
          else right = middle; \
        } \
        out[r * samples + k] = left; \
      } \
    } \
  }
SAMPLE(float, sample_f32)
SAMPLE(double, sample_f64)

void agk_random_multinomial(agk_generator *generator, agk_dtype dtype, int64_t rows, int64_t n,
                            int64_t samples, const void *weights, int64_t *out) {
  void *sums = malloc((size_t)n * sizeof(double));
  if (sums == NULL) abort();
  if (dtype == AGK_FLOAT32) sample_f32(generator, rows, n, samples, weights, sums, out);
  else sample_f64(generator, rows, n, samples, weights, sums, out);
  free(sums);
}

// ---- normal ----------------------------------------------------------------------------------

// From 16 elements on, PyTorch fills with uniform numbers and then turns each block of 16 into
// normal ones by the Box-Muller transform, element j paired with j + 8. The last block, if it is
// not whole, is drawn anew and reaches back over the one before.
enum { BLOCK = 16, PAIRS = 8 };

// The transcendental functions of the float32 transform are those of the Cephes library (Moshier)
// in the order of operations of avx_mathfun.h (Pommier, Garberoglio), with the fusions of PyTorch's
// build for AVX2. The arguments are known: 2^-24 ≤ x ≤ 1 for the logarithm and 0 ≤ x < 2π for sine
// and cosine, so that neither treats a special case.

static inline __attribute__((always_inline)) float log_cephes(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  float exponent = (float)((int32_t)(bits >> 23) - 126);
  bits = (bits & 0x807fffffu) | 0x3f000000u;
  float mantissa;
  memcpy(&mantissa, &bits, sizeof mantissa);
  bool below = mantissa < 0.707106781186547524f;
  exponent -= below ? 1.0f : 0.0f;
  float m = (mantissa - 1.0f) + (below ? mantissa : 0.0f);

  float square = m * m;
  float y = 7.0376836292e-2f;
  y = fmaf(y, m, -1.1514610310e-1f);
  y = fmaf(y, m, 1.1676998740e-1f);
  y = fmaf(y, m, -1.2420140846e-1f);
  y = fmaf(y, m, 1.4249322787e-1f);
  y = fmaf(y, m, -1.6668057665e-1f);
  y = fmaf(y, m, 2.0000714765e-1f);
  y = fmaf(y, m, -2.4999993993e-1f);
  y = fmaf(y, m, 3.3333331174e-1f);
  y = y * m;
  y = fmaf(y, square, exponent * -2.12194440e-4f);
  y = y - square * 0.5f;
  return fmaf(exponent, 0.693359375f, m + y);
}

static inline __attribute__((always_inline)) void sincos_cephes(
    float x, float *sine, float *cosine) {
  // The octant, rounded up to an even one, picks the polynomial for each and the signs.
  int32_t octant = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
  float y = (float)octant;
  x = fmaf(y, -0.78515625f, x);
  x = fmaf(y, -2.4187564849853515625e-4f, x);
  x = fmaf(y, -3.77489497744594108e-8f, x);

  float square = x * x;
  float even = 2.443315711809948e-5f;
  even = fmaf(even, square, -1.388731625493765e-3f);
  even = fmaf(even, square, 4.166664568298827e-2f);
  even = even * square;
  even = fmaf(even, square, -(square * 0.5f));
  even = even + 1.0f;

  float odd = -1.9515295891e-4f;
  odd = fmaf(odd, square, 8.3321608736e-3f);
  odd = fmaf(odd, square, -1.6666654611e-1f);
  odd = odd * square;
  odd = fmaf(odd, x, x);

  bool swap = octant & 2;
  float s = swap ? even : odd;
  float c = swap ? odd : even;
  *sine = octant & 4 ? -s : s;
  *cosine = (octant - 2) & 4 ? c : -c;
}

static inline __attribute__((always_inline)) void box_muller_float(float *block) {
  for (int j = 0; j < PAIRS; j++) {
    // The builtin sets no errno, which would keep the loop from being vectorised.
    float radius = __builtin_elementwise_sqrt(-2.0f * log_cephes(1.0f - block[j]));
    float sine, cosine;
    sincos_cephes(6.283185307179586f * block[j + PAIRS], &sine, &cosine);
    // Adding the mean, zero, turns -0 into +0.
    block[j] = radius * cosine + 0.0f;
    block[j + PAIRS] = radius * sine + 0.0f;
  }
}

static void box_muller_blocks(int64_t n, float *out) {
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK) box_muller_float(out + i);
}

#ifdef AGK_FMA_AT_RUN_TIME
__attribute__((target("avx2,fma"))) static void box_muller_blocks_fma(int64_t n, float *out) {
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK) box_muller_float(out + i);
}
#endif

static void fill_normal_float(agk_generator *generator, int64_t n, float *out) {
  void (*box_muller)(int64_t, float *) = box_muller_blocks;
#ifdef AGK_FMA_AT_RUN_TIME
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    box_muller = box_muller_blocks_fma;
  }
#endif
  fill_uniform_float(generator, n, out);
  box_muller(n, out);
  if (n % BLOCK != 0) {
    float *last = out + n - BLOCK;
    fill_uniform_float(generator, BLOCK, last);
    box_muller(BLOCK, last);
  }
}

static void box_muller_double(double *block) {
  for (int j = 0; j < PAIRS; j++) {
    double radius = sqrt(-2.0 * log(1.0 - block[j]));
    double theta = 6.283185307179586 * block[j + PAIRS];
    block[j] = radius * cos(theta) + 0.0;
    block[j + PAIRS] = radius * sin(theta) + 0.0;
  }
}

static void fill_normal_double(agk_generator *generator, int64_t n, double *out) {
  fill_uniform_double(generator, n, out);
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK) box_muller_double(out + i);
  if (n % BLOCK != 0) {
    double *last = out + n - BLOCK;
    fill_uniform_double(generator, BLOCK, last);
    box_muller_double(last);
  }
}

// Fewer than 16 elements come one at a time, in double precision for every dtype; the transform's
// second number waits for the next call, whatever its dtype.
static double one_normal(agk_generator *generator) {
  if (generator->has_next_normal) {
    generator->has_next_normal = false;
    return generator->next_normal + 0.0;
  }
  double u1 = uniform_double(generator);
  double u2 = uniform_double(generator);
  double radius = sqrt(-2.0 * log1p(-u2));
  double theta = 6.283185307179586 * u1;
  generator->next_normal = radius * sin(theta);
  generator->has_next_normal = true;
  return radius * cos(theta) + 0.0;
}

void agk_random_normal(agk_generator *generator, agk_dtype dtype, int64_t n, void *out) {
  if (dtype == AGK_FLOAT32) {
    float *values = out;
    if (n >= BLOCK) {
      fill_normal_float(generator, n, values);
    } else {
      for (int64_t i = 0; i < n; i++) values[i] = (float)one_normal(generator);
    }
  } else if (dtype == AGK_FLOAT64) {
    double *values = out;
    if (n >= BLOCK) {
      fill_normal_double(generator, n, values);
    } else {
      for (int64_t i = 0; i < n; i++) values[i] = one_normal(generator);
    }
  }
}

// ---- scaled ----------------------------------------------------------------------------------

// PyTorch's build fuses the scaling, in the precision that the number was drawn in.

void agk_random_uniform_between(agk_generator *generator, agk_dtype dtype, int64_t n, double from,
                                double to, void *out) {
  agk_random_uniform(generator, dtype, n, out);
  if (dtype == AGK_FLOAT32) {
    float *values = out;
    const float low = (float)from, range = (float)to - (float)from;
    for (int64_t i = 0; i < n; i++) values[i] = fmaf(values[i], range, low);
  } else if (dtype == AGK_FLOAT64) {
    double *values = out;
    for (int64_t i = 0; i < n; i++) values[i] = fma(values[i], to - from, from);
  }
}

void agk_random_normal_of(agk_generator *generator, agk_dtype dtype, int64_t n, bool one_by_one,
                          double mean, double std, void *out) {
  float *floats = out;
  double *doubles = out;
  const bool single = dtype == AGK_FLOAT32;
  if (one_by_one || n < BLOCK) {
    for (int64_t i = 0; i < n; i++) {
      const double value = fma(one_normal(generator), std, mean);
      if (single) floats[i] = (float)value;
      else doubles[i] = value;
    }
    return;
  }
  agk_random_normal(generator, dtype, n, out);
  for (int64_t i = 0; i < n; i++) {
    if (single) floats[i] = fmaf(floats[i], (float)std, (float)mean);
    else doubles[i] = fma(doubles[i], std, mean);
  }
}

// ---- integers --------------------------------------------------------------------------------

// 64 random bits from a range of 2^28 on, to keep the skew of the remainder small.
static inline int64_t one_integer(agk_generator *generator, uint64_t range, int64_t low) {
  uint64_t value = range >= 1ull << 28 ? random64(generator) % range
                                       : random32(generator) % (uint32_t)range;
  return (int64_t)(value + (uint64_t)low);
}

// `value` as the floating-point dtype holds it; 2^63, where it rounds up to that, wraps as on x86.
static int64_t rounded_to(agk_dtype dtype, int64_t value) {
  double rounded = dtype == AGK_FLOAT32 ? (double)(float)value : (double)value;
  return rounded < 0x1p63 ? (int64_t)rounded : INT64_MIN;
}

// The distance between neighbours of the floating-point dtype around `value`.
static uint64_t spacing_at(agk_dtype dtype, int64_t value) {
  int log2 = 63 - __builtin_clzll((uint64_t)llabs(value) | 1);
  int mantissa_bits = dtype == AGK_FLOAT32 ? FLT_MANT_DIG : DBL_MANT_DIG;
  return 1ull << (log2 - mantissa_bits + 1);
}

// Bounds of a floating-point tensor move inwards where rounding would step over them.
static void tighten(agk_dtype dtype, int64_t *low, int64_t *high) {
  int64_t first = rounded_to(dtype, *low + 1);
  int64_t last = rounded_to(dtype, *high - 1);
  if (first < *low) *low = (int64_t)((uint64_t)first + spacing_at(dtype, *low + 1));
  if (last >= *high) *high = (int64_t)((uint64_t)last - spacing_at(dtype, *high - 1));
}

#define FILL_INTEGERS(type)                                                                        \
  for (int64_t i = 0; i < n; i++) ((type *)out)[i] = (type)one_integer(generator, range, low)

void agk_random_integers(agk_generator *generator, agk_dtype dtype, int64_t low, int64_t high,
                         int64_t n, void *out) {
  if (low < high && (dtype == AGK_FLOAT32 || dtype == AGK_FLOAT64)) tighten(dtype, &low, &high);
  uint64_t range = low < high ? (uint64_t)high - (uint64_t)low : 1;
  switch (dtype) {
    case AGK_BOOL: FILL_INTEGERS(bool); break;
    case AGK_INT32: FILL_INTEGERS(int32_t); break;
    case AGK_INT64: FILL_INTEGERS(int64_t); break;
    case AGK_FLOAT32: FILL_INTEGERS(float); break;
    case AGK_FLOAT64: FILL_INTEGERS(double); break;
  }
}

// ---- permutation -----------------------------------------------------------------------------

void agk_random_permutation(agk_generator *generator, int64_t n, int64_t *out) {
  if (n < UINT32_MAX / 20) {
    // Fisher and Yates, forwards.
    for (int64_t i = 0; i < n; i++) out[i] = i;
    for (int64_t i = 0; i < n - 1; i++) {
      int64_t j = i + random32(generator) % (uint32_t)(n - i);
      int64_t chosen = out[j];
      out[j] = out[i];
      out[i] = chosen;
    }
  } else {
    // 32 bits would favour low positions: the inside-out variant, with 64.
    for (int64_t i = 0; i < n; i++) {
      int64_t j = (int64_t)(random64(generator) % (uint64_t)(i + 1));
      out[i] = i;
      out[i] = out[j];
      out[j] = i;
    }
  }
}
