#include "CPeak.h"

#include <time.h>

// Twelve independent sums hide the latency of an addition on every processor there is.
#define LOOP(VECTOR, FLOATS, FMA) \
  typedef float VECTOR __attribute__((vector_size(4 * FLOATS))); \
  FMA static float multiply_##VECTOR(int times) { \
    VECTOR a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0}, i = {0}, \
           j = {0}, k = {0}, l = {0}; \
    VECTOR x = a + 0.999f, y = a + 0.1f; \
    for (int n = 0; n < times; n++) { \
      a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y, f = f * x + y; \
      g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y, k = k * x + y, l = l * x + y; \
      /* Or the sums, which are all the same, would be made one. */ \
      __asm__("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e), "+x"(f)); \
      __asm__("" : "+x"(g), "+x"(h), "+x"(i), "+x"(j), "+x"(k), "+x"(l)); \
    } \
    a += b + c + d + e + f + g + h + i + j + k + l; \
    return a[0]; \
  }

#pragma clang fp contract(fast)
#if defined(__x86_64__)
LOOP(wide, 16, __attribute__((target("avx512f"))))
LOOP(medium, 8, __attribute__((target("avx2,fma"))))
#endif
LOOP(narrow, 4, )

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double peak_gflops(void) {
  enum { TIMES = 1000000, SUMS = 12 };
  float (*multiply)(int) = multiply_narrow;
  int floats = 4;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) {
    multiply = multiply_wide, floats = 16;
  } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    multiply = multiply_medium, floats = 8;
  }
#endif
  volatile float result = multiply(TIMES / 100);
  double best = 1e9;
  for (int i = 0; i < 10; i++) {
    const double start = seconds();
    result = multiply(TIMES);
    const double took = seconds() - start;
    if (took < best) best = took;
  }
  (void)result;
  return 2.0 * SUMS * floats * TIMES / best * 1e-9;
}
