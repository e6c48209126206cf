// Stable sorting of a run with the positions that its elements came from, by radix; the first k of
// it; the element of a rank.
//
// An element becomes an unsigned key in whose order it sorts. Sorting takes least significant digits
// first, and skips digits that all keys share.
#include <string.h>

#include "kernels.h"

enum {
  DIGITS = 256,
  // Runs up to this length are sorted by insertion.
  SHORT_RUN = 48,
  // Keys that are made at a time.
  BLOCK = 256,
  // The first k are sorted out of the whole run when they are more than one in FEW.
  FEW = 8
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

#define TAKE(T) \
  { \
    const T *from = x; \
    T *to = out; \
    for (int64_t i = 0; i < n; i++) to[i] = from[positions[i]]; \
    break; \
  }

static void take_items(size_t item, int64_t n, void *out, const void *x,
                       const int64_t *positions) {
  switch (item) {
    case 1: TAKE(uint8_t)
    case 4: TAKE(uint32_t)
    case 8: TAKE(uint64_t)
  }
}

#define SORT(BITS) \
  typedef uint##BITS##_t key##BITS; \
  typedef struct pair##BITS { \
    key##BITS key, position; \
  } pair##BITS; \
  /* Sorts `from`; the result lies there or in `other`, and is returned. */ \
  static pair##BITS *sort##BITS(int64_t n, pair##BITS *from, pair##BITS *other) { \
    if (n <= SHORT_RUN) { \
      for (int64_t i = 1; i < n; i++) { \
        const pair##BITS moving = from[i]; \
        int64_t j = i; \
        for (; j > 0 && from[j - 1].key > moving.key; j--) from[j] = from[j - 1]; \
        from[j] = moving; \
      } \
      return from; \
    } \
    int64_t counts[BITS / 8][DIGITS] = {0}; \
    for (int64_t i = 0; i < n; i++) \
      for (int d = 0; d < BITS / 8; d++) counts[d][from[i].key >> (8 * d) & 255]++; \
    for (int d = 0; d < BITS / 8; d++) { \
      int64_t *count = counts[d], start = 0; \
      if (count[from[0].key >> (8 * d) & 255] == n) continue; \
      for (int k = 0; k < DIGITS; k++) { \
        const int64_t size = count[k]; \
        count[k] = start; \
        start += size; \
      } \
      for (int64_t i = 0; i < n; i++) other[count[from[i].key >> (8 * d) & 255]++] = from[i]; \
      pair##BITS *const swapped = from; \
      from = other; \
      other = swapped; \
    } \
    return from; \
  } \
\
  static pair##BITS *sort_run##BITS(agk_dtype dtype, bool descending, int64_t n, const char *x, \
                                    pair##BITS *pairs) { \
    key##BITS keys[BLOCK]; \
    for (int64_t first = 0; first < n; first += BLOCK) { \
      const int64_t size = least(n - first, BLOCK); \
      agk_current->sort_keys(dtype, descending, size, keys, \
                               x + (size_t)first * agk_item_size(dtype)); \
      for (int64_t i = 0; i < size; i++) \
        pairs[first + i] = (pair##BITS){keys[i], (key##BITS)(first + i)}; \
    } \
    return sort##BITS(n, pairs, pairs + n); \
  } \
\
  /* The first k of the sorted run. A few are kept in order; of more, candidates are collected and \
     sorted when there are twice as many as asked for. The last one kept is the bound for what comes \
     behind. */ \
  static pair##BITS *first##BITS(agk_dtype dtype, bool descending, int64_t n, int64_t k, \
                                 const char *x, pair##BITS *pairs) { \
    if (k > n / FEW) return sort_run##BITS(dtype, descending, n, x, pairs); \
    const int64_t capacity = 2 * k; \
    pair##BITS *other = pairs + capacity; \
    key##BITS keys[BLOCK], bound = (key##BITS)-1; \
    int64_t count = 0; \
    bool is_bounded = false; \
    for (int64_t first = 0; first < n; first += BLOCK) { \
      const int64_t size = least(n - first, BLOCK); \
      agk_current->sort_keys(dtype, descending, size, keys, \
                               x + (size_t)first * agk_item_size(dtype)); \
      for (int64_t start = 0; start < size; start += 32) { \
        const int64_t end = least(start + 32, size); \
        if (is_bounded) { \
          int found = 0; \
          for (int64_t i = start; i < end; i++) found |= keys[i] < bound; \
          if (!found) continue; \
        } \
        for (int64_t i = start; i < end; i++) { \
          if (is_bounded && keys[i] >= bound) continue; \
          if (k <= SHORT_RUN / 2) { \
            int64_t j = count < k ? count++ : k - 1; \
            for (; j > 0 && pairs[j - 1].key > keys[i]; j--) pairs[j] = pairs[j - 1]; \
            pairs[j] = (pair##BITS){keys[i], (key##BITS)(first + i)}; \
            if (count == k) { \
              bound = pairs[k - 1].key; \
              is_bounded = true; \
            } \
            continue; \
          } \
          pairs[count++] = (pair##BITS){keys[i], (key##BITS)(first + i)}; \
          if (count < capacity) continue; \
          pair##BITS *const sorted = sort##BITS(count, pairs, other); \
          other = sorted == pairs ? other : pairs; \
          pairs = sorted; \
          count = k; \
          bound = pairs[k - 1].key; \
          is_bounded = true; \
        } \
      } \
    } \
    return sort##BITS(count, pairs, other); \
  } \
\
  /* The key of a rank, and in *equal how many with this key come before it: digit by digit from the \
     most significant one, each time among those that share the digits so far. */ \
  static key##BITS key_of_rank##BITS(agk_dtype dtype, int64_t n, int64_t rank, const char *x, \
                                     key##BITS *keys, int64_t *equal) { \
    agk_current->sort_keys(dtype, false, n, keys, x); \
    for (int shift = BITS; n > SHORT_RUN && shift > 0;) { \
      const int bits = n > 1 << 14 && shift >= 11 ? 11 : shift >= 8 ? 8 : shift; \
      shift -= bits; \
      const key##BITS mask = ((key##BITS)1 << bits) - 1; \
      int64_t counts[1 << 11]; \
      memset(counts, 0, sizeof(int64_t) << bits); \
      for (int64_t i = 0; i < n; i++) counts[keys[i] >> shift & mask]++; \
      key##BITS digit = 0; \
      while (rank >= counts[digit]) rank -= counts[digit++]; \
      const int64_t left = counts[digit]; \
      if (left == n) continue; \
      int64_t kept = 0; \
      for (int64_t i = 0; i < n; i++) { \
        keys[kept] = keys[i]; \
        kept += (keys[i] >> shift & mask) == digit; \
      } \
      n = left; \
    } \
    *equal = rank; \
    if (n > SHORT_RUN) return keys[0]; \
    for (int64_t i = 1; i < n; i++) { \
      const key##BITS moving = keys[i]; \
      int64_t j = i; \
      for (; j > 0 && keys[j - 1] > moving; j--) keys[j] = keys[j - 1]; \
      keys[j] = moving; \
    } \
    for (int64_t i = 0; keys[i] != keys[rank]; i++) --*equal; \
    return keys[rank]; \
  } \
\
  static int64_t position_of_rank##BITS(agk_dtype dtype, int64_t n, int64_t rank, const char *x, \
                                        key##BITS *scratch) { \
    int64_t equal; \
    const key##BITS key = key_of_rank##BITS(dtype, n, rank, x, scratch, &equal); \
    key##BITS keys[BLOCK]; \
    for (int64_t first = 0; first < n; first += BLOCK) { \
      const int64_t size = least(n - first, BLOCK); \
      agk_current->sort_keys(dtype, false, size, keys, x + (size_t)first * agk_item_size(dtype)); \
      int64_t found = 0; \
      for (int64_t i = 0; i < size; i++) found += keys[i] == key; \
      if (found <= equal) { \
        equal -= found; \
        continue; \
      } \
      for (int64_t i = 0;; i++) \
        if (keys[i] == key && equal-- == 0) return first + i; \
    } \
    return -1; \
  } \
\
  static void put##BITS(int64_t n, const pair##BITS *pairs, size_t item, void *values, \
                        int64_t *indices, const void *x) { \
    for (int64_t i = 0; i < n; i++) indices[i] = (int64_t)pairs[i].position; \
    take_items(item, n, values, x, indices); \
  }
SORT(32)
SORT(64)

static bool has_short_keys(agk_dtype dtype) { return agk_item_size(dtype) < 8; }

void agk_sort(agk_dtype dtype, bool descending, int64_t n, void *values, int64_t *indices,
              const void *x, void *scratch) {
  agk_topk(dtype, descending, n, n, values, indices, x, scratch);
}

void agk_topk(agk_dtype dtype, bool descending, int64_t n, int64_t k, void *values,
              int64_t *indices, const void *x, void *scratch) {
  if (k == 0) return;
  const size_t item = agk_item_size(dtype);
  if (has_short_keys(dtype))
    put32(k, first32(dtype, descending, n, k, x, scratch), item, values, indices, x);
  else
    put64(k, first64(dtype, descending, n, k, x, scratch), item, values, indices, x);
}

int64_t agk_position_of_rank(agk_dtype dtype, int64_t n, int64_t rank, const void *x,
                             void *scratch) {
  return has_short_keys(dtype) ? position_of_rank32(dtype, n, rank, x, scratch)
                               : position_of_rank64(dtype, n, rank, x, scratch);
}
