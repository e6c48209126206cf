// The loops for CPUs with AVX-512 F, DQ, BW and VL.
#if defined(__x86_64__)
#include "loops/prelude.h"

#define VARIANT avx512
#define VECTOR_BYTES 64
#define HAS_MASKS 1
#define SLEEF_F32(name) Sleef_finz_##name##f16_u10avx512f
#define SLEEF_F64(name) Sleef_finz_##name##d8_u10avx512f
#define SLEEF_ONE_F32(name) Sleef_finz_##name##f1_u10purecfma
#define SLEEF_ONE_F64(name) Sleef_finz_##name##d1_u10purecfma
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#include "loops/all.h"
#pragma clang attribute pop
#endif
