// What every instruction set's translation unit needs before its target attribute begins.
#pragma once

#include <float.h>
#include <math.h>
#include <string.h>

#include "../kernels.h"

// A loop that an instruction set cannot vectorise stays scalar there; that is no defect.
#pragma clang diagnostic ignored "-Wpass-failed"

// The dtypes under names short enough for macros, and the unsigned types in which integers wrap.
typedef bool b8;
typedef int32_t i32;
typedef int64_t i64;
typedef float f32;
typedef double f64;
typedef uint32_t unsigned_i32;
typedef uint64_t unsigned_i64;

#define WRAP(T, a, operator, b) ((T)((unsigned_##T)(a)operator(unsigned_##T)(b)))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define PRAGMA(text) _Pragma(#text)

// The sum is in its register now, and what is loaded later has not been loaded yet. Without this the
// compiler loads the operands of many sums ahead, and puts sums into memory to have registers for them.
#if defined(__x86_64__)
#define SETTLE(sum) __asm__ volatile("" : "+v"(sum) : : "memory")
#else
#define SETTLE(sum)
#endif

// SLEEF's functions of one argument that are used as they are.
#define SLEEF_FUNCTIONS(M) \
  M(exp, f32) \
  M(exp, f64) \
  M(log, f32) \
  M(log, f64) \
  M(sin, f32) \
  M(sin, f64) \
  M(cos, f32) \
  M(cos, f64) \
  M(atan, f32) \
  M(atan, f64) \
  M(erf, f64) \
  M(exp2, f32) \
  M(exp2, f64) \
  M(expm1, f32) \
  M(expm1, f64) \
  M(log2, f32) \
  M(log2, f64) \
  M(log10, f32) \
  M(log10, f64) \
  M(tan, f32) \
  M(tan, f64) \
  M(asin, f32) \
  M(asin, f64) \
  M(acos, f32) \
  M(acos, f64) \
  M(sinh, f32) \
  M(sinh, f64) \
  M(cosh, f32) \
  M(cosh, f64) \
  M(atanh, f32) \
  M(atanh, f64) \
  M(erfc, f64) \
  M(lgamma, f32) \
  M(lgamma, f64) \
  M(tanh, f64)

// Those that are parts of functions of ours.
#define SLEEF_PARTS(M) \
  M(log1p, f32) \
  M(log1p, f64) \
  M(asinh, f32) \
  M(acosh, f32)

// Those of two arguments.
#define SLEEF_FUNCTIONS2(M) \
  M(pow, f32) \
  M(pow, f64) \
  M(atan2, f32) \
  M(atan2, f64) \
  M(hypot, f32) \
  M(hypot, f64) \
  M(fmod, f32) \
  M(fmod, f64)

// SLEEF's functions of one number: those with FMA and those without.
#define SLEEF_FMA_f32(name) Sleef_finz_##name##f1_u10purecfma
#define SLEEF_FMA_f64(name) Sleef_finz_##name##d1_u10purecfma
#define SLEEF_PLAIN_f32(name) Sleef_cinz_##name##f1_u10purec
#define SLEEF_PLAIN_f64(name) Sleef_cinz_##name##d1_u10purec

// The bounds of erfc, hypot and fmod are other than 1.0 ulp, and so are their names.
#define Sleef_finz_hypotf1_u10purecfma Sleef_finz_hypotf1_u05purecfma
#define Sleef_finz_erfcd1_u10purecfma Sleef_finz_erfcd1_u15purecfma
#define Sleef_finz_hypotd1_u10purecfma Sleef_finz_hypotd1_u05purecfma
#define Sleef_cinz_hypotf1_u10purec Sleef_cinz_hypotf1_u05purec
#define Sleef_cinz_erfcd1_u10purec Sleef_cinz_erfcd1_u15purec
#define Sleef_cinz_hypotd1_u10purec Sleef_cinz_hypotd1_u05purec
#define Sleef_cinz_hypotf4_u10sse2 Sleef_cinz_hypotf4_u05sse2
#define Sleef_cinz_erfcd2_u10sse2 Sleef_cinz_erfcd2_u15sse2
#define Sleef_cinz_hypotd2_u10sse2 Sleef_cinz_hypotd2_u05sse2
#define Sleef_finz_fmodf1_u10purecfma Sleef_finz_fmodf1_purecfma
#define Sleef_finz_fmodd1_u10purecfma Sleef_finz_fmodd1_purecfma
#define Sleef_cinz_fmodf1_u10purec Sleef_cinz_fmodf1_purec
#define Sleef_cinz_fmodd1_u10purec Sleef_cinz_fmodd1_purec
#define Sleef_cinz_fmodf4_u10sse2 Sleef_cinz_fmodf4_sse2
#define Sleef_cinz_fmodd2_u10sse2 Sleef_cinz_fmodd2_sse2
