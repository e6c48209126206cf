// Counts of equal elements, places in sorted runs and bars of histograms.
#include <string.h>

#include "kernels.h"

#define DISTINCT(T) \
  { \
    const T *from = x; \
    T *kept = values; \
    for (int64_t i = 0; i < n; i++) { \
      if (i == 0 || from[i] != from[i - 1]) { \
        kept[distinct] = from[i]; \
        counts[distinct++] = 0; \
      } \
      counts[distinct - 1]++; \
      inverse[positions ? positions[i] : i] = distinct - 1; \
    } \
    break; \
  }

int64_t agk_distinct(agk_dtype dtype, int64_t n, const void *x, const int64_t *positions,
                     void *values, int64_t *inverse, int64_t *counts) {
  int64_t distinct = 0;
  switch (dtype) {
    case AGK_BOOL: DISTINCT(bool)
    case AGK_INT32: DISTINCT(int32_t)
    case AGK_INT64: DISTINCT(int64_t)
    case AGK_FLOAT32: DISTINCT(float)
    case AGK_FLOAT64: DISTINCT(double)
  }
  return distinct;
}

// Places up to which neighbours are counted apart, so that equal ones do not wait on each other.
enum { APART = 1024, TABLES = 4 };

void agk_count_places(int64_t n, const int64_t *places, int64_t length, int64_t *counts) {
  memset(counts, 0, (size_t)length * sizeof *counts);
  int64_t i = 0;
  if (length <= APART && n >= APART) {
    int64_t tables[TABLES][APART] = {0};
    for (; i + TABLES <= n; i += TABLES)
      for (int t = 0; t < TABLES; t++) tables[t][places[i + t]]++;
    for (int t = 0; t < TABLES; t++)
      for (int64_t k = 0; k < length; k++) counts[k] += tables[t][k];
  }
  for (; i < n; i++) counts[places[i]]++;
}

#define HISTOGRAM(T) \
  for (int64_t i = 0; i < n; i++) { \
    const double element = (double)((const T *)x)[i]; \
    if (!(element >= low && element <= high)) continue; \
    int64_t place = (int64_t)((element - low) * scale); \
    if (place > bars - 1) place = bars - 1; \
    while (place > 0 && element < edges[place]) place--; \
    while (place < bars - 1 && element >= edges[place + 1]) place++; \
    counts[place]++; \
  }

void agk_histogram(agk_dtype dtype, int64_t n, const void *x, int64_t bars, const double *edges,
                   double low, double high, double *counts) {
  memset(counts, 0, (size_t)bars * sizeof *counts);
  const double scale = (double)bars / (high - low);
  if (dtype == AGK_FLOAT32) {
    HISTOGRAM(float)
  } else {
    HISTOGRAM(double)
  }
}

typedef struct lookup {
  agk_dtype dtype;
  bool right;
  int64_t *places;
  const char *values, *runs;
  int64_t length, per_run;
} lookup;

static void look_up(void *context, int64_t begin, int64_t end) {
  const lookup *l = context;
  const int64_t item = l->dtype == AGK_FLOAT32 ? 4 : 8;
  while (begin < end) {
    const int64_t run = begin / l->per_run, rest = (run + 1) * l->per_run - begin;
    const int64_t n = end - begin < rest ? end - begin : rest;
    agk_current->search(l->dtype, l->right, n, l->places + begin, l->values + begin * item,
                          l->length, l->runs + run * l->length * item);
    begin += n;
  }
}

void agk_search(agk_dtype dtype, bool right, int64_t n, int64_t *places, const void *values,
                int64_t length, const void *runs, int64_t per_run) {
  lookup all = {dtype, right, places, values, runs, length, per_run};
  agk_parallel_for(n, 4096, look_up, &all);
}
