// The loops for CPUs with AVX-512 F, DQ, BW and VL.
#if defined(__x86_64__)
#include <immintrin.h>

#include "loops/prelude.h"

#define VARIANT avx512
#define VECTOR_BYTES 64
#define HAS_MASKS 1
#define HAS_FMA 1
#define RUN_OF(name, T) agk_avx512_##name##_##T
#define ONE_OF(name, T) SLEEF_FMA_##T(name)
// Defined in sleef_x86.S.
#define DECLARE_RUN(name, T) void RUN_OF(name, T)(T *out, const T *x, i64 n);
SLEEF_FUNCTIONS(DECLARE_RUN)
SLEEF_PARTS(DECLARE_RUN)
#define DECLARE_RUN2(name, T) void RUN_OF(name, T)(T *out, const T *a, const T *b, i64 n);
SLEEF_FUNCTIONS2(DECLARE_RUN2)

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#include "loops/all.h"
#pragma clang attribute pop
#endif
