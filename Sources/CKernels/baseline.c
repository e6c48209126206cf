// The loops for any CPU, with SLEEF's SSE2 functions on x86-64 and its scalar ones elsewhere.
#include "loops/prelude.h"

#define VARIANT baseline
#define VECTOR_BYTES 16
#define RUN_OF(name, T) baseline_##name##_##T
#define ONE_OF(name, T) SLEEF_PLAIN_##T(name)

#if defined(__x86_64__)
typedef f32 vector_f32 __attribute__((vector_size(16), aligned(4)));
typedef f64 vector_f64 __attribute__((vector_size(16), aligned(8)));
#define SLEEF_f32(name) Sleef_cinz_##name##f4_u10sse2
#define SLEEF_f64(name) Sleef_cinz_##name##d2_u10sse2
#else
typedef f32 vector_f32;
typedef f64 vector_f64;
#define SLEEF_f32(name) SLEEF_PLAIN_f32(name)
#define SLEEF_f64(name) SLEEF_PLAIN_f64(name)
#endif

#define RUN(name, T) \
  vector_##T SLEEF_##T(name)(vector_##T); \
  T ONE_OF(name, T)(T); \
  static void baseline_##name##_##T(T *out, const T *x, i64 n) { \
    const i64 lanes = sizeof(vector_##T) / sizeof(T); \
    i64 i = 0; \
    for (; i + lanes <= n; i += lanes) \
      *(vector_##T *)(out + i) = SLEEF_##T(name)(*(const vector_##T *)(x + i)); \
    for (; i < n; i++) out[i] = ONE_OF(name, T)(x[i]); \
  }
#define RUN2(name, T) \
  vector_##T SLEEF_##T(name)(vector_##T, vector_##T); \
  T ONE_OF(name, T)(T, T); \
  static void baseline_##name##_##T(T *out, const T *a, const T *b, i64 n) { \
    const i64 lanes = sizeof(vector_##T) / sizeof(T); \
    i64 i = 0; \
    for (; i + lanes <= n; i += lanes) \
      *(vector_##T *)(out + i) = \
          SLEEF_##T(name)(*(const vector_##T *)(a + i), *(const vector_##T *)(b + i)); \
    for (; i < n; i++) out[i] = ONE_OF(name, T)(a[i], b[i]); \
  }
SLEEF_FUNCTIONS(RUN)
SLEEF_PARTS(RUN)
SLEEF_FUNCTIONS2(RUN2)

#include "loops/all.h"
