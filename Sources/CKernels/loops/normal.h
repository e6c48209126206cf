// float32's normal distribution: gelu, erf and erfc. PyTorch's gelu, by 1 + erf, cancels below zero;
// this one does not.

// What exp(-s²/2) is multiplied with to give the share of the distribution beyond s ≥ 0: fitted to
// erfcx(s / sqrt 2) / 2 (SciPy's) up to 14.4 by linearised least squares, reweighted until the
// relative errors were even, 5.8e-9.
#define TAIL(T) \
  ALWAYS_INLINE T tail_above_##T(T s) { \
    PRAGMA(STDC FP_CONTRACT ON) \
    T sum = (T)4.108691444565928e-3; \
    sum = sum * s + (T)4.058198888169618e-2; \
    sum = sum * s + (T)1.830832679664042e-1; \
    sum = sum * s + (T)4.380901401390530e-1; \
    return sum * s + (T)5.000000029139282e-1; \
  } \
  ALWAYS_INLINE T tail_below_##T(T s) { \
    PRAGMA(STDC FP_CONTRACT ON) \
    T sum = (T)1.029884067638603e-2; \
    sum = sum * s + (T)1.017304778455558e-1; \
    sum = sum * s + (T)4.690696651073536e-1; \
    sum = sum * s + (T)1.201872622025358; \
    sum = sum * s + (T)1.674065256298935; \
    return sum * s + 1; \
  }
TAIL(f32)
TAIL(f64)

typedef struct normal {
  f32 density;  // exp(-x²/2) / sqrt(2 pi)
  f32 beyond;   // the share that lies beyond |x|
} normal;

// The exponential counts as 0 below the normal numbers.
ALWAYS_INLINE normal normal_at(f32 x) {
#pragma STDC FP_CONTRACT ON
  const f32 bound = 13.15f, size = __builtin_elementwise_abs(x);
  const f32 s = size > bound ? bound : size;

  // s² = whole + rest, the whole one exactly: its error would count 80 times in the exponential.
  uint32_t bits;
  memcpy(&bits, &s, sizeof bits);
  bits &= 0xfffff000;
  f32 front;
  memcpy(&front, &bits, sizeof front);
  const f32 whole = front * front, rest = (s - front) * (s + front);

  // exp(-s²/2) = 2^k exp(y)
  const f32 rounder = 0x1.8p23f;
  const f32 rounded = whole * -0.72134752044f + rounder, k = rounded - rounder;
  const f32 y = ((whole * -0.5f - k * 0.693359375f) - k * -2.12194440e-4f) - 0.5f * rest;
  const f32 e = size > bound ? 0 : 2 * half_exponential(y, rounded);
  return (normal){e * 0.39894228040f, e * tail_above_f32(s) / tail_below_f32(s)};
}

ALWAYS_INLINE f32 share_below(f32 x, f32 beyond) { return x > 0 ? 1 - beyond : beyond; }

// A polynomial where the tail would cancel (least squares, 1.2e-9), else 1 less both tails.
ALWAYS_INLINE f32 erf_by_normal(f32 x) {
#pragma STDC FP_CONTRACT ON
  const f32 z = x * x;
  f32 near = 7.853859115912e-5f;
  near = near * z - 8.010192948095e-4f;
  near = near * z + 5.188327608703e-3f;
  near = near * z - 2.685381189476e-2f;
  near = near * z + 1.128358514764e-1f;
  near = near * z - 3.761262582415e-1f;
  near = near * z + 1.283791657267e-1f;
  const f32 far = 1 - 2 * normal_at(x * 1.41421356237f).beyond;
  return z < 1 ? near * x + x : x != x ? x : __builtin_copysignf(far, x);
}

// In double precision, so that it is exact to the last bit down to subnormal numbers; exp(y) by its
// Taylor series.
ALWAYS_INLINE f32 erfc_by_normal(f32 x) {
#pragma STDC FP_CONTRACT ON
  const f64 bound = 14.4, size = (f64)__builtin_elementwise_abs(x) * 1.4142135623730951;
  const f64 s = size > bound ? bound : size, exponent = s * s * -0.5;
  const f64 rounder = 0x1.8p52;
  const f64 rounded = exponent * 1.4426950408889634 + rounder;
  const f64 y = exponent - (rounded - rounder) * 0.69314718055994531;
  f64 e = 1. / 40320;
  e = e * y + 1. / 5040;
  e = e * y + 1. / 720;
  e = e * y + 1. / 120;
  e = e * y + 1. / 24;
  e = e * y + 1. / 6;
  e = e * y + 0.5;
  e = (e * y) * y + y + 1;
  uint64_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  bits = (bits << 52) + 0x3ff0000000000000;
  f64 power;
  memcpy(&power, &bits, sizeof power);
  const f64 beyond = 2 * (e * power) * tail_above_f64(s) / tail_below_f64(s);
  return x != x ? x : (f32)(x < 0 ? 2 - beyond : beyond);
}
