// Special functions that SLEEF does not have, in double precision for float32 too unless they say.

// The derivative of log gamma: its recurrence up to 10, then the asymptotic series.
ALWAYS_INLINE double digamma_of(double x) {
  if (x == 0) return __builtin_copysign(__builtin_inf(), -x);
  double result = 0;
  if (x < 0) {
    if (x == __builtin_trunc(x)) return __builtin_nan("");
    // digamma(x) = digamma(1 - x) - pi / tan(pi x); the whole part of x drops out of the tangent.
    const double fraction = x - __builtin_trunc(x);
    result = -M_PI / __builtin_tan(M_PI * fraction);
    x = 1 - x;
  }
  for (; x < 10; x += 1) result -= 1 / x;
  if (x == 10) return result + 2.25175258906672110764;
  double series = 0;
  if (x < 1e17) {
    // Bernoulli's numbers B(2k) / 2k, from k = 7 down.
    static const double terms[] = {
        8.33333333333333333333e-2, -2.10927960927960927961e-2, 7.57575757575757575758e-3,
        -4.16666666666666666667e-3, 3.96825396825396825397e-3, -8.33333333333333333333e-3,
        8.33333333333333333333e-2};
    const double z = 1 / (x * x);
    for (int i = 0; i < 7; i++) series = series * z + terms[i];
    series *= z;
  }
  return result + __builtin_log(x) - 0.5 / x - series;
}

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

// The inverse of erf: rational approximations after P. Acklam and Blair et al., and two of Newton's
// steps.
ALWAYS_INLINE double erfinv_of(double y) {
  static const double a[] = {0.886226899, -1.645349621, 0.914624893, -0.140543331};
  static const double b[] = {-2.118377725, 1.442710462, -0.329097515, 0.012229801};
  static const double c[] = {-1.970840454, -1.624906493, 3.429567803, 1.641345311};
  static const double d[] = {3.543889200, 1.637067800};
  const double size = __builtin_fabs(y);
  if (!(size <= 1)) return __builtin_nan("");
  if (size == 1) return __builtin_copysign(__builtin_inf(), y);
  double x;
  if (size <= 0.7) {
    const double z = y * y;
    x = y * (((a[3] * z + a[2]) * z + a[1]) * z + a[0])
        / ((((b[3] * z + b[2]) * z + b[1]) * z + b[0]) * z + 1);
  } else {
    const double z = __builtin_sqrt(-__builtin_log((1 - size) / 2));
    x = __builtin_copysign((((c[3] * z + c[2]) * z + c[1]) * z + c[0]), y)
        / ((d[1] * z + d[0]) * z + 1);
  }
  for (int i = 0; i < 2; i++)
    x -= (__builtin_erf(x) - y) / (2 / __builtin_sqrt(M_PI) * __builtin_exp(-x * x));
  return x;
}

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
