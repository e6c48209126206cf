// The loops for any CPU. On x86-64 SLEEF's SSE2 functions, elsewhere its scalar ones.
#include "loops/prelude.h"

#define VARIANT baseline
#define VECTOR_BYTES 16
#if defined(__x86_64__)
#define SLEEF_F32(name) Sleef_cinz_##name##f4_u10sse2
#define SLEEF_F64(name) Sleef_cinz_##name##d2_u10sse2
#else
#define SLEEF_F32(name) Sleef_cinz_##name##f1_u10purec
#define SLEEF_F64(name) Sleef_cinz_##name##d1_u10purec
#endif
#define SLEEF_ONE_F32(name) Sleef_cinz_##name##f1_u10purec
#define SLEEF_ONE_F64(name) Sleef_cinz_##name##d1_u10purec
#include "loops/all.h"
