// What every instruction set's translation unit needs before its target attribute begins.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif
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
