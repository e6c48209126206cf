// What every instruction set's translation unit needs before its target attribute begins.
#pragma once

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
  M(erf, f32) \
  M(erf, f64) \
  M(tanh, f64)

// SLEEF's functions of one number: those with FMA and those without.
#define SLEEF_FMA_f32(name) Sleef_finz_##name##f1_u10purecfma
#define SLEEF_FMA_f64(name) Sleef_finz_##name##d1_u10purecfma
#define SLEEF_PLAIN_f32(name) Sleef_cinz_##name##f1_u10purec
#define SLEEF_PLAIN_f64(name) Sleef_cinz_##name##d1_u10purec
