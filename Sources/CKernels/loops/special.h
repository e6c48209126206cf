// Special functions that SLEEF does not have.

// SLEEF's that overflow before their arguments do: from LIMIT on the C library's.
#define UP_TO(LIMIT, NAME, T, SUFFIX) \
  BLOCKWISE(NAME, T, { \
    RUN_OF(NAME, T)(y, x, count); \
    bool any = false; \
    for (i64 i = 0; i < count; i++) any |= __builtin_elementwise_abs(x[i]) > (T)LIMIT; \
    for (i64 i = 0; any && i < count; i++) \
      if (__builtin_elementwise_abs(x[i]) > (T)LIMIT) y[i] = __builtin_##NAME##SUFFIX(x[i]); \
  })
UP_TO(0x1p60, log1p, f32, f)
UP_TO(0x1p1000, log1p, f64, )
UP_TO(0x1p60, asinh, f32, f)
UP_TO(0x1p60, acosh, f32, f)

// The derivative of log gamma: its recurrence up to 10, then the asymptotic series.
static void digamma_of_block(f64 *y, const f64 *x, i64 n) {
  f64 z[FUNCTION_BLOCK], reflected[FUNCTION_BLOCK];
  bool any = false;
  for (i64 i = 0; i < n; i++) {
    any |= x[i] < 0;
    // digamma(x) = digamma(1 - x) - pi / tan(pi x); the whole part of x drops out of the tangent.
    reflected[i] = M_PI * (x[i] - __builtin_elementwise_trunc(x[i]));
    f64 at = x[i] < 0 ? 1 - x[i] : x[i], above = 0, below = 1;
    // above / below = 1 / at + 1 / (at + 1) + …
    for (int k = 0; k < 10; k++) {
      above = at < 10 ? above * at + below : above;
      below = at < 10 ? below * at : below;
      at = at < 10 ? at + 1 : at;
    }
    z[i] = at;
    y[i] = above / below;
  }
  if (any) RUN_OF(tan, f64)(reflected, reflected, n);
  for (i64 i = 0; i < n; i++) {
    // Bernoulli's numbers B(2k) / 2k, from k = 7 down.
    const f64 t = 1 / (z[i] * z[i]);
    f64 series = 8.33333333333333333333e-2;
    series = series * t - 2.10927960927960927961e-2;
    series = series * t + 7.57575757575757575758e-3;
    series = series * t - 4.16666666666666666667e-3;
    series = series * t + 3.96825396825396825397e-3;
    series = series * t - 8.33333333333333333333e-3;
    series = series * t + 8.33333333333333333333e-2;
    y[i] = -y[i] - 0.5 / z[i] - series * t;
    y[i] -= x[i] < 0 ? M_PI / reflected[i] : 0;
  }
  RUN_OF(log, f64)(z, z, n);
  for (i64 i = 0; i < n; i++) {
    y[i] += z[i];
    const bool pole = (x[i] < 0) & (x[i] == __builtin_elementwise_trunc(x[i]));
    y[i] = pole ? __builtin_nan("") : y[i];
    y[i] = x[i] == 0 ? __builtin_copysign(__builtin_inf(), -x[i]) : y[i];
  }
}
BLOCKWISE(digamma, f64, { digamma_of_block(y, x, count); })
BLOCKWISE(digamma, f32, {
  f64 wide[FUNCTION_BLOCK], result[FUNCTION_BLOCK];
  for (i64 i = 0; i < count; i++) wide[i] = x[i];
  digamma_of_block(result, wide, count);
  for (i64 i = 0; i < count; i++) y[i] = (f32)result[i];
})

// The derivative of digamma: reflection, recurrence and the terms of the series that PyTorch takes
// (c10/util/Math.h), in its precision.
#define TRIGAMMA(T, SUFFIX) \
  ALWAYS_INLINE T trigamma_value_##T(T x) { \
    T sign = 1, result = 0; \
    if (x < (T)0.5) { \
      sign = -1; \
      const T sine = __builtin_sin##SUFFIX((T)M_PI * x); \
      result = -((T)M_PI * (T)M_PI) / (sine * sine); \
      x = 1 - x; \
    } \
    for (int i = 0; i < 6; i++) { \
      result += 1 / (x * x); \
      x += 1; \
    } \
    const T z = 1 / (x * x); \
    const T series = (T)(1. / 6) - z * ((T)(1. / 30) - z * (T)(1. / 42)); \
    result += (1 + 1 / (2 * x) + z * series) / x; \
    return sign * result; \
  }
TRIGAMMA(f32, f)
TRIGAMMA(f64, )

// The inverse of erf. float32: x times a polynomial in w = -log(1 - x²), from 5 on in sqrt w, fitted
// to SciPy's erfinv and erfcinv by reweighted least squares on Chebyshev's points (1e-8).
BLOCKWISE(erfinv, f32, {
  f32 w[FUNCTION_BLOCK];
  for (i64 i = 0; i < count; i++) w[i] = (1 - x[i]) * (1 + x[i]);
  RUN_OF(log, f32)(w, w, count);
  for (i64 i = 0; i < count; i++) {
    const f32 c = -w[i] - 2.5f;
    f32 central = -8.79103859e-9f;
    central = central * c + 2.32326349e-8f;
    central = central * c + 4.66170417e-7f;
    central = central * c - 3.46270464e-6f;
    central = central * c - 4.963346726e-6f;
    central = central * c + 2.183444390e-4f;
    central = central * c - 1.2527418804e-3f;
    central = central * c - 4.1773867806e-3f;
    central = central * c + 2.466402861543e-1f;
    const f32 t = __builtin_elementwise_sqrt(-w[i]) - 3.1680339887f;
    f32 tail = 1.1363969844e-4f;
    tail = tail * t - 1.3588899706e-4f;
    tail = tail * t - 3.5194692087e-4f;
    tail = tail * t + 1.2216029187e-3f;
    tail = tail * t - 2.2061980478e-3f;
    tail = tail * t + 3.2678986464e-3f;
    tail = tail * t - 4.6930495218e-3f;
    tail = tail * t + 6.4056229129e-3f;
    tail = tail * t + 1.0042970475581f;
    // The last steps in double precision: so late, an error is not made up for.
    const f64 ratio =
        w[i] > -5 ? (f64)central * c + 1.5014093592824 : (f64)tail * t + 3.0015267802406;
    y[i] = (f32)(x[i] * ratio);
    y[i] = __builtin_elementwise_abs(x[i]) == 1 ? x[i] * __builtin_inff() : y[i];
  }
})

// float64: rational approximations after P. Acklam and Blair et al., and two of Newton's steps.
BLOCKWISE(erfinv, f64, {
  f64 slope[FUNCTION_BLOCK], erf[FUNCTION_BLOCK];
  for (i64 i = 0; i < count; i++) y[i] = (1 - __builtin_elementwise_abs(x[i])) / 2;
  RUN_OF(log, f64)(y, y, count);
  for (i64 i = 0; i < count; i++) {
    const f64 size = __builtin_elementwise_abs(x[i]), z = x[i] * x[i];
    const f64 near = x[i]
        * (((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899)
        / ((((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1);
    const f64 t = __builtin_elementwise_sqrt(-y[i]);
    const f64 far = __builtin_copysign(
        ((1.641345311 * t + 3.429567803) * t - 1.624906493) * t - 1.970840454, x[i])
        / ((1.637067800 * t + 3.543889200) * t + 1);
    y[i] = size <= 0.7 ? near : far;
  }
  for (int step = 0; step < 2; step++) {
    RUN_OF(erf, f64)(erf, y, count);
    for (i64 i = 0; i < count; i++) slope[i] = -y[i] * y[i];
    RUN_OF(exp, f64)(slope, slope, count);
    for (i64 i = 0; i < count; i++)
      y[i] -= (erf[i] - x[i]) / (2 / __builtin_sqrt(M_PI) * slope[i]);
  }
  for (i64 i = 0; i < count; i++) {
    const f64 size = __builtin_elementwise_abs(x[i]);
    y[i] = size == 1 ? x[i] * __builtin_inf() : size < 1 ? y[i] : __builtin_nan("");
  }
})

// Hurwitz's zeta: the sum of (k + q) to the power of -x over k ≥ 0, by Euler and Maclaurin (Cephes,
// zeta.c).
ALWAYS_INLINE double zeta_of(double x, double q) {
  // (2k)! / B(2k)
  static const double terms[] = {
      12, -720, 30240, -1209600, 47900160, -1.8924375803183791606e9, 7.47242496e10,
      -2.950130727918164224e12, 1.1646782814350067249e14, -4.5979787224074726105e15,
      1.8152105401943546773e17, -7.1661652561756670113e18};
  if (x == 1) return __builtin_inf();
  if (!(x >= 1)) return __builtin_nan("");
  if (q <= 0) {
    if (q == __builtin_floor(q)) return __builtin_inf();
    if (x != __builtin_floor(x)) return __builtin_nan("");
  }
  double sum = __builtin_pow(q, -x), a = q, b = 0;
  for (int i = 0; i < 9 || a <= 9; i++) {
    a += 1;
    b = __builtin_pow(a, -x);
    sum += b;
    if (__builtin_fabs(b) < 1.11e-16 * __builtin_fabs(sum)) return sum;
  }
  sum += b * a / (x - 1) - 0.5 * b;
  double factor = 1;
  for (int i = 0; i < 12; i++) {
    factor *= x + 2 * i;
    b /= a;
    const double term = factor * b / terms[i];
    sum += term;
    if (__builtin_fabs(term) < 1.11e-16 * __builtin_fabs(sum)) return sum;
    factor *= x + 2 * i + 1;
    b /= a;
  }
  return sum;
}
