// What a run of numbers holds: counts, extent and a hash.
#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

static double element(agk_dtype dtype, const void *x, int64_t i) {
  return dtype == AGK_FLOAT32 ? ((const float *)x)[i] : ((const double *)x)[i];
}

void agk_measure(agk_dtype dtype, int64_t n, const void *x, bool health_only,
                 agk_statistics *out) {
  const double least = dtype == AGK_FLOAT32 ? FLT_MIN : DBL_MIN;
  *out = (agk_statistics){.minimum = NAN, .maximum = NAN, .mean = NAN, .deviation = NAN,
                          .norm = NAN, .hash = (uint64_t)n};
  double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    const double v = element(dtype, x, i);
    uint64_t bits = 0;
    const int64_t item = agk_item_size(dtype);
    memcpy(&bits, (const char *)x + i * item, (size_t)item);
    out->hash = (out->hash ^ bits) * 0x9E3779B97F4A7C15u;
    out->hash ^= out->hash >> 29;
    out->zeros += v == 0;
    out->subnormals += v != 0 && fabs(v) < least;
    if (v != v) out->nans++;
    else if (v > DBL_MAX) out->positive_infinities++;
    else if (v < -DBL_MAX) out->negative_infinities++;
    else {
      sum += v;
      low = v < low ? v : low;
      high = v > high ? v : high;
    }
  }
  const int64_t finite = n - out->nans - out->positive_infinities - out->negative_infinities;
  if (health_only || finite == 0) return;
  out->minimum = low;
  out->maximum = high;
  out->mean = sum / (double)finite;
  for (int64_t i = 0; i < n; i++) {
    const double v = element(dtype, x, i);
    if (isfinite(v)) squares += (v - out->mean) * (v - out->mean);
  }
  out->deviation = sqrt(squares / (double)finite);
  out->norm = sqrt(squares + (double)finite * out->mean * out->mean);
}

double agk_dot(agk_dtype dtype, int64_t n, const void *a, const void *b) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += element(dtype, a, i) * element(dtype, b, i);
  return sum;
}

void agk_exponents(agk_dtype dtype, int64_t n, const void *x, uint32_t *counts) {
  memset(counts, 0, AGK_EXPONENTS * sizeof *counts);
  for (int64_t i = 0; i < n; i++) {
    const double v = element(dtype, x, i);
    if (v == 0 || !isfinite(v)) continue;
    const int place = ilogb(v) - AGK_LEAST_EXPONENT;
    counts[place < 0 ? 0 : place >= AGK_EXPONENTS ? AGK_EXPONENTS - 1 : place]++;
  }
}

int64_t agk_first_nonfinite(agk_dtype dtype, int64_t n, const void *x) {
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(element(dtype, x, i))) return i;
  return -1;
}
