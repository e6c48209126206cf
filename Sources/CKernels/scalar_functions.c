// Functions of one number without a vectorised loop: Bessel's, and those of the normal distribution.
#include <math.h>

#include "kernels.h"

// Coefficients of Chebyshev's polynomials for exp(-x) I0(x) and exp(-x) I1(x) / x up to 8, and for
// the same times sqrt(x) and without the division beyond it, by 32/x (Cephes, i0.c and i1.c).
static const double i0_near[] = {
    -4.41534164647933937950e-18, 3.33079451882223809783e-17, -2.43127984654795469359e-16,
    1.71539128555513303061e-15, -1.16853328779934516808e-14, 7.67618549860493561688e-14,
    -4.85644678311192946090e-13, 2.95505266312963983461e-12, -1.72682629144155570723e-11,
    9.67580903537323691224e-11, -5.18979560163526290666e-10, 2.65982372468238665035e-9,
    -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7,
    1.11738753912010371815e-6, -4.41673835845875056359e-6, 1.64484480707288970893e-5,
    -5.75419501008210370398e-5, 1.88502885095841655729e-4, -5.76375574538582365885e-4,
    1.63947561694133579842e-3, -4.32430999505057594430e-3, 1.05464603945949983183e-2,
    -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.49010970480476444210e-2,
    1.71620901522208775349e-1, -3.04682672343198398683e-1, 6.76795274409476084995e-1};
static const double i0_far[] = {
    -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17,
    3.46122286769746109310e-17, -2.82762398051658348494e-16, -3.42548561967721913462e-16,
    1.77256013305652638360e-15, 3.81168066935262242075e-15, -9.55484669882830764870e-15,
    -4.15056934728722208663e-14, 1.54008621752140982691e-14, 3.85277838274214270114e-13,
    7.18012445138366623367e-13, -1.79417853150680611778e-12, -1.32158118404477131188e-11,
    -3.14991652796324136454e-11, 1.18891471078464383424e-11, 4.94060238822496958910e-10,
    3.39623202570838634515e-9, 2.26666899049817806459e-8, 2.04891858946906374183e-7,
    2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.36911647825569408990e-3,
    8.04490411014108831608e-1};
static const double i1_near[] = {
    2.77791411276104639959e-18, -2.11142121435816608115e-17, 1.55363195773620046921e-16,
    -1.10559694773538630805e-15, 7.60068429473540693410e-15, -5.04218550472791168711e-14,
    3.22379336594557470981e-13, -1.98397439776494371520e-12, 1.17361862988909016308e-11,
    -6.66348972350202774223e-11, 3.62559028155211703701e-10, -1.88724975172282928790e-9,
    9.38153738649577178388e-9, -4.44505912879632808065e-8, 2.00329475355213526229e-7,
    -8.56872026469545474066e-7, 3.47025130813767847674e-6, -1.32731636560394358279e-5,
    4.78156510755005422638e-5, -1.61760815825896745588e-4, 5.12285956168575772895e-4,
    -1.51357245063125314899e-3, 4.15642294431288815669e-3, -1.05640848946261981558e-2,
    2.47264490306265168283e-2, -5.29459812080949914269e-2, 1.02643658689847095384e-1,
    -1.76416518357834055153e-1, 2.52587186443633654823e-1};
static const double i1_far[] = {
    7.51729631084210481353e-18, 4.41434832307170791151e-18, -4.65030536848935832153e-17,
    -3.20952592199342395980e-17, 2.96262899764595013876e-16, 3.30820231092092828324e-16,
    -1.88035477551078244854e-15, -3.81440307243700780478e-15, 1.04202769841288027642e-14,
    4.27244001671195135429e-14, -2.10154184277266431302e-14, -4.08355111109219731823e-13,
    -7.19855177624590851209e-13, 2.03562854414708950722e-12, 1.41258074366137813316e-11,
    3.25260358301548823856e-11, -1.89749581235054123450e-11, -5.58974346219658380687e-10,
    -3.83538038596423702205e-9, -2.63146884688951950684e-8, -2.51223623787020892529e-7,
    -3.88256480887769039346e-6, -1.10588938762623716291e-4, -9.76109749136146840777e-3,
    7.78576235018280120474e-1};

// The sum of Chebyshev's polynomials at x/2 by Clenshaw's recurrence.
static double chebyshev(double x, const double *coefficients, int count) {
  double b0 = coefficients[0], b1 = 0, b2 = 0;
  for (int i = 1; i < count; i++) {
    b2 = b1;
    b1 = b0;
    b0 = x * b1 - b2 + coefficients[i];
  }
  return (b0 - b2) / 2;
}
#define CHEBYSHEV(x, table) chebyshev(x, table, sizeof(table) / sizeof(*table))

static double i0e_of(double x) {
  x = fabs(x);
  return x <= 8 ? CHEBYSHEV(x / 2 - 2, i0_near) : CHEBYSHEV(32 / x - 2, i0_far) / sqrt(x);
}

static double i1e_of(double x) {
  const double size = fabs(x);
  const double y = size <= 8 ? CHEBYSHEV(size / 2 - 2, i1_near) * size
                             : CHEBYSHEV(32 / size - 2, i1_far) / sqrt(size);
  return x < 0 ? -y : y;
}

static double i0_of(double x) { return exp(fabs(x)) * i0e_of(x); }
static double i1_of(double x) { return exp(fabs(x)) * i1e_of(x); }

static double spherical_j0_of(double x) {
  if (isinf(x)) return 0;
  if (fabs(x) < 0.5) {
    // sin(x) / x, whose quotient would lose nothing but be undefined at zero.
    const double z = x * x;
    return 1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110 * (1 - z / 156)))));
  }
  return sin(x) / x;
}

// exp(x²) erfc(x). The square is made exact in two parts, since its error would be multiplied by it;
// beyond 25, where erfc is about to vanish, the asymptotic series.
static double erfcx_of(double x) {
  if (x > 25) {
    const double z = 1 / (2 * x * x);
    return (1 - z * (1 - 3 * z * (1 - 5 * z * (1 - 7 * z * (1 - 9 * z * (1 - 11 * z)))))) / (x * sqrt(M_PI));
  }
  if (x < -27) return INFINITY;
  const double high = x * x;
  const double low = fma(x, x, -high);
  return exp(high) * (1 + low) * erfc(x);
}

static double log_ndtr_of(double x) {
  const double t = x * M_SQRT1_2;
  return x < -1 ? log(erfcx_of(-t) / 2) - t * t : log1p(-erfc(t) / 2);
}

// Where the normal distribution reaches p: a start that is right to 5e-4 (Abramowitz and Stegun,
// 26.2.23), and three of Halley's steps.
static double ndtri_of(double p) {
  if (p == 0) return -INFINITY;
  if (p == 1) return INFINITY;
  if (p == 0.5) return 0;
  if (!(p > 0 && p < 1)) return NAN;
  // Symmetric: the lower half, in whose tail p is exact. 1 - p is exact too, from one half on.
  const double q = p < 0.5 ? p : 1 - p;
  const double t = sqrt(-2 * log(q));
  double x = (2.515517 + t * (0.802853 + t * 0.010328))
             / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int i = 0; i < 3; i++) {
    // The distance over the density, by erfcx so that neither vanishes in the tail.
    const double scaled = erfcx_of(-x * M_SQRT1_2) / 2;
    const double u = (scaled - q * exp(x * x / 2)) * sqrt(2 * M_PI);
    x -= u / (1 + x * u / 2);
  }
  return p < 0.5 ? x : -x;
}

typedef struct call {
  double (*function)(double);
  agk_dtype dtype;
  char *out;
  int64_t out_stride;
  const char *x;
  int64_t x_stride;
} call;

static void part(void *context, int64_t begin, int64_t end) {
  const call *c = context;
  if (c->dtype == AGK_FLOAT32) {
    float *out = (float *)c->out;
    const float *x = (const float *)c->x;
    for (int64_t i = begin; i < end; i++)
      out[i * c->out_stride] = (float)c->function(x[i * c->x_stride]);
  } else {
    double *out = (double *)c->out;
    const double *x = (const double *)c->x;
    for (int64_t i = begin; i < end; i++) out[i * c->out_stride] = c->function(x[i * c->x_stride]);
  }
}

void agk_scalar_function(agk_scalar_op op, agk_dtype dtype, int64_t n, void *out,
                         int64_t out_stride, const void *x, int64_t x_stride) {
  static double (*const functions[])(double) = {
      [AGK_BESSEL_I0] = i0_of,
      [AGK_BESSEL_I0E] = i0e_of,
      [AGK_BESSEL_I1] = i1_of,
      [AGK_BESSEL_I1E] = i1e_of,
      [AGK_BESSEL_J0] = j0,
      [AGK_BESSEL_J1] = j1,
      [AGK_BESSEL_Y0] = y0,
      [AGK_BESSEL_Y1] = y1,
      [AGK_SPHERICAL_J0] = spherical_j0_of,
      [AGK_ERFCX] = erfcx_of,
      [AGK_NDTRI] = ndtri_of,
      [AGK_LOG_NDTR] = log_ndtr_of,
  };
  call all = {functions[op], dtype, out, out_stride, x, x_stride};
  agk_parallel_for(n, 1024, part, &all);
}
