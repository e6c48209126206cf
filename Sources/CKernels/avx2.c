// The loops for CPUs with AVX2 and FMA (FMA inside SLEEF only).
#if defined(__x86_64__)
#include "loops/prelude.h"

#define VARIANT avx2
#define VECTOR_BYTES 32
#define RUN_OF(name, T) agk_avx2_##name##_##T
#define ONE_OF(name, T) SLEEF_FMA_##T(name)
// Defined in sleef_x86.S.
#define DECLARE_RUN(name, T) void RUN_OF(name, T)(T *out, const T *x, i64 n);
SLEEF_FUNCTIONS(DECLARE_RUN)
void agk_avx2_pow_f32(f32 *out, const f32 *a, const f32 *b, i64 n);
void agk_avx2_pow_f64(f64 *out, const f64 *a, const f64 *b, i64 n);

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "loops/all.h"
#pragma clang attribute pop
#endif
