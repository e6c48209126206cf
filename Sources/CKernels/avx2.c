// The loops for CPUs with AVX2 and FMA (FMA inside SLEEF only).
#if defined(__x86_64__)
#include "loops/prelude.h"

#define VARIANT avx2
#define VECTOR_BYTES 32
#define SLEEF_F32(name) Sleef_finz_##name##f8_u10avx2
#define SLEEF_F64(name) Sleef_finz_##name##d4_u10avx2
#define SLEEF_ONE_F32(name) Sleef_finz_##name##f1_u10purecfma
#define SLEEF_ONE_F64(name) Sleef_finz_##name##d1_u10purecfma
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "loops/all.h"
#pragma clang attribute pop
#endif
