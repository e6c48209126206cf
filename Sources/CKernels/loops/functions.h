// Transcendental functions: SLEEF's, 1 ulp, the variants that its documentation calls
// deterministic: the same bits for every vector width, lane and neighbour (checked over mixed
// vectors of finite, huge, subnormal, infinite and NaN values). Those with FMA (finz: AVX2, AVX-512)
// and those without (cinz: baseline) differ by at most 1 ulp, in 0.05 % of all float32 (erf: 0.4 %).

#if defined(__x86_64__)
typedef f32 vector_f32 __attribute__((vector_size(VECTOR_BYTES)));
typedef f64 vector_f64 __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef f32 vector_f32;
typedef f64 vector_f64;
#endif
#define LANES(T) ((i64)(sizeof(vector_##T) / sizeof(T)))

// sleef.h declares a width only where the whole file is compiled for it.
#define DECLARE1(name) \
  vector_f32 SLEEF_F32(name)(vector_f32); \
  vector_f64 SLEEF_F64(name)(vector_f64); \
  f32 SLEEF_ONE_F32(name)(f32); \
  f64 SLEEF_ONE_F64(name)(f64);
DECLARE1(exp)
DECLARE1(log)
DECLARE1(sin)
DECLARE1(cos)
DECLARE1(tanh)
DECLARE1(atan)
DECLARE1(erf)
vector_f32 SLEEF_F32(pow)(vector_f32, vector_f32);
vector_f64 SLEEF_F64(pow)(vector_f64, vector_f64);
f32 SLEEF_ONE_F32(pow)(f32, f32);
f64 SLEEF_ONE_F64(pow)(f64, f64);

// Some of a vector's lanes from memory and back, `stride` apart; the others are 0.
#define PARTS(T) \
  ALWAYS_INLINE vector_##T gather_##T(const T *p, i64 stride, i64 count) { \
    vector_##T v; \
    if (stride == 1) { \
      if (count == LANES(T)) { \
        memcpy(&v, p, sizeof v); \
        return v; \
      } \
      LOAD_PART(T, v, p, count) \
    } \
    T lanes[LANES(T)] = {0}; \
    for (i64 j = 0; j < count; j++) lanes[j] = p[j * stride]; \
    memcpy(&v, lanes, sizeof v); \
    return v; \
  } \
  ALWAYS_INLINE void scatter_##T(vector_##T v, T *p, i64 stride, i64 count) { \
    if (stride == 1) { \
      if (count == LANES(T)) { \
        memcpy(p, &v, sizeof v); \
        return; \
      } \
      STORE_PART(T, v, p, count) \
    } \
    T lanes[LANES(T)]; \
    memcpy(lanes, &v, sizeof v); \
    for (i64 j = 0; j < count; j++) p[j * stride] = lanes[j]; \
  }
#if HAS_MASKS
#define INTRINSIC_f32(name) _mm512_##name##_ps
#define INTRINSIC_f64(name) _mm512_##name##_pd
#define MASK(count) ((uint16_t)((1u << (count)) - 1))
#define LOAD_PART(T, v, p, count) return INTRINSIC_##T(maskz_loadu)(MASK(count), p);
#define STORE_PART(T, v, p, count) \
  INTRINSIC_##T(mask_storeu)(p, MASK(count), v); \
  return;
#else
#define LOAD_PART(T, v, p, count)
#define STORE_PART(T, v, p, count)
#endif
PARTS(f32)
PARTS(f64)

// VECTOR and ONE are expressions in x, a vector or a number.
#define FUNCTION(NAME, T, VECTOR, ONE) \
  static void NAME##_##T(HEAD, void *out, i64 out_stride, const void *input, i64 x_stride) { \
    T *o = out; \
    const T *p = input; \
    if (n == 1) { \
      const T x = *p; \
      *o = ONE; \
      return; \
    } \
    for (i64 i = 0; i < n; i += LANES(T)) { \
      const i64 count = n - i < LANES(T) ? n - i : LANES(T); \
      vector_##T x = gather_##T(p + i * x_stride, x_stride, count); \
      x = VECTOR; \
      scatter_##T(x, o + i * out_stride, out_stride, count); \
    } \
  }
#define SLEEF_FUNCTION(name) \
  FUNCTION(name, f32, SLEEF_F32(name)(x), SLEEF_ONE_F32(name)(x)) \
  FUNCTION(name, f64, SLEEF_F64(name)(x), SLEEF_ONE_F64(name)(x))

SLEEF_FUNCTION(exp)
SLEEF_FUNCTION(log)
SLEEF_FUNCTION(sin)
SLEEF_FUNCTION(cos)
SLEEF_FUNCTION(tanh)
SLEEF_FUNCTION(atan)
SLEEF_FUNCTION(erf)
FUNCTION(sigmoid, f32, 1 / (1 + SLEEF_F32(exp)(-x)), 1 / (1 + SLEEF_ONE_F32(exp)(-x)))
FUNCTION(sigmoid, f64, 1 / (1 + SLEEF_F64(exp)(-x)), 1 / (1 + SLEEF_ONE_F64(exp)(-x)))

#define POWER(T, VECTOR, ONE) \
  static void power_##T(HEAD, void *out, i64 out_stride, const void *base, i64 a_stride, \
                        const void *exponent, i64 b_stride) { \
    T *o = out; \
    const T *p = base, *q = exponent; \
    if (n == 1) { \
      *o = ONE(*p, *q); \
      return; \
    } \
    for (i64 i = 0; i < n; i += LANES(T)) { \
      const i64 count = n - i < LANES(T) ? n - i : LANES(T); \
      const vector_##T a = gather_##T(p + i * a_stride, a_stride, count); \
      const vector_##T b = gather_##T(q + i * b_stride, b_stride, count); \
      scatter_##T(VECTOR(a, b), o + i * out_stride, out_stride, count); \
    } \
  }
POWER(f32, SLEEF_F32(pow), SLEEF_ONE_F32(pow))
POWER(f64, SLEEF_F64(pow), SLEEF_ONE_F64(pow))
