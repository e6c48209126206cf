// The distribution of magnitudes, and where a run stops being finite.
#include <string.h>

#include "kernels.h"

// Neighbours are counted in tables of their own, so that equal ones do not wait on each other. The
// exponent's bits are the place; those of zeros, subnormals and what is not finite are looked at later.
enum { TABLES = 4, PLACES_F32 = 256, PLACES_F64 = 2048 };

static int clamped(int exponent) {
  const int place = exponent - AGK_LEAST_EXPONENT;
  return place < 0 ? 0 : place >= AGK_EXPONENTS ? AGK_EXPONENTS - 1 : place;
}

typedef struct run {
  agk_dtype dtype;
  const void *x;
  uint32_t *counts;
} run;

static void add(uint32_t *counts, int place, uint32_t count) {
  if (count > 0) __atomic_fetch_add(counts + place, count, __ATOMIC_RELAXED);
}

static void count_f32(const run *all, int64_t begin, int64_t end) {
  const uint32_t *x = all->x;
  uint32_t tables[TABLES][PLACES_F32] = {0};
  int64_t i = begin;
  for (; i + TABLES <= end; i += TABLES)
    for (int t = 0; t < TABLES; t++) tables[t][x[i + t] << 1 >> 24]++;
  for (; i < end; i++) tables[0][x[i] << 1 >> 24]++;
  uint32_t small = 0;
  for (int t = 0; t < TABLES; t++) small += tables[t][0];
  for (int e = 1; e < PLACES_F32 - 1; e++) {
    uint32_t count = 0;
    for (int t = 0; t < TABLES; t++) count += tables[t][e];
    add(all->counts, clamped(e - 127), count);
  }
  for (i = begin; small > 0 && i < end; i++) {
    const uint32_t size = x[i] << 1 >> 1;
    if (size >> 23 != 0) continue;
    small--;
    if (size != 0) add(all->counts, clamped(31 - __builtin_clz(size) - 149), 1);
  }
}

static void count_f64(const run *all, int64_t begin, int64_t end) {
  const uint64_t *x = all->x;
  uint32_t table[PLACES_F64] = {0}, subnormals = 0;
  for (int64_t i = begin; i < end; i++) {
    const uint64_t size = x[i] << 1 >> 1;
    table[size >> 52]++;
    subnormals += size >> 52 == 0 && size != 0;
  }
  add(all->counts, 0, subnormals);
  for (int e = 1; e < PLACES_F64 - 1; e++) add(all->counts, clamped(e - 1023), table[e]);
}

static void count_some(void *context, int64_t begin, int64_t end) {
  const run *all = context;
  if (all->dtype == AGK_FLOAT32) count_f32(all, begin, end);
  if (all->dtype == AGK_FLOAT64) count_f64(all, begin, end);
}

void agk_exponents(agk_dtype dtype, int64_t n, const void *x, uint32_t *counts) {
  memset(counts, 0, AGK_EXPONENTS * sizeof *counts);
  run all = {dtype, x, counts};
  agk_parallel_for(n, GRAIN, count_some, &all);
}

#define FIRST_NONFINITE(T, INFINITY_BITS) \
  { \
    enum { TOGETHER = 256 }; \
    const T *all = x; \
    int64_t i = 0; \
    for (; i + TOGETHER <= n; i += TOGETHER) { \
      bool any = false; \
      for (int64_t k = 0; k < TOGETHER; k++) any |= (all[i + k] & INFINITY_BITS) == INFINITY_BITS; \
      if (any) break; \
    } \
    for (; i < n; i++) \
      if ((all[i] & INFINITY_BITS) == INFINITY_BITS) return i; \
    return -1; \
  }

int64_t agk_first_nonfinite(agk_dtype dtype, int64_t n, const void *x) {
  if (dtype == AGK_FLOAT32) FIRST_NONFINITE(uint32_t, 0x7F800000u)
  FIRST_NONFINITE(uint64_t, 0x7FF0000000000000u)
}
