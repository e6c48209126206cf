// Keys that sort as elements do, and places in sorted runs.

// An element becomes an unsigned key in whose order it sorts: NaN is the largest, the two zeros are
// equal.
ALWAYS_INLINE uint32_t key_of_b8(b8 x) { return x; }
ALWAYS_INLINE uint32_t key_of_i32(i32 x) { return (uint32_t)x ^ (uint32_t)1 << 31; }
ALWAYS_INLINE uint64_t key_of_i64(i64 x) { return (uint64_t)x ^ (uint64_t)1 << 63; }
#define KEY_OF_FLOATING(T, U, BITS) \
  ALWAYS_INLINE U key_of_##T(T x) { \
    const T value = x + 0; /* -0 becomes 0 */ \
    U bits; \
    memcpy(&bits, &value, sizeof bits); \
    const U sign = (U)1 << (BITS - 1); \
    bits = bits & sign ? ~bits : bits | sign; \
    return x != x ? (U)-1 : bits; \
  }
KEY_OF_FLOATING(f32, uint32_t, 32)
KEY_OF_FLOATING(f64, uint64_t, 64)

#define SORT_KEYS(T, U) \
  static void sort_keys_##T(bool descending, i64 n, void *keys, const void *input) { \
    U *k = keys; \
    const T *x = input; \
    const U flip = descending ? (U)-1 : 0; \
    FOR_EACH(U, k[i] = key_of_##T(x[i]) ^ flip); \
  }
SORT_KEYS(b8, uint32_t)
SORT_KEYS(i32, uint32_t)
SORT_KEYS(i64, uint64_t)
SORT_KEYS(f32, uint32_t)
SORT_KEYS(f64, uint64_t)

static void sort_keys(agk_dtype dtype, bool descending, i64 n, void *keys, const void *x) {
  static void (*const loops[5])(bool, i64, void *, const void *) = {
      sort_keys_b8, sort_keys_i32, sort_keys_i64, sort_keys_f32, sort_keys_f64};
  loops[dtype](descending, n, keys, x);
}

// Values that are looked up together: their steps do not wait on each other.
#define SEARCHED_TOGETHER 32

// Halves what is left of the run by as many steps for every value, without a branch.
#define SEARCH(T, NAME, IS_BEHIND) \
  static void search_##NAME##_##T(i64 n, i64 *places, const T *values, i64 length, const T *run) { \
    for (i64 first = 0; first < n; first += SEARCHED_TOGETHER) { \
      const i64 rest = n - first < SEARCHED_TOGETHER ? n - first : SEARCHED_TOGETHER; \
      T wanted[SEARCHED_TOGETHER] = {0}; \
      i64 place[SEARCHED_TOGETHER] = {0}; \
      for (i64 j = 0; j < rest; j++) wanted[j] = values[first + j]; \
      for (i64 left = length; left > 0;) { \
        const i64 half = (left + 1) / 2; \
        PRAGMA(clang loop vectorize(assume_safety) vectorize_width(VECTOR_BYTES / 8)) \
        for (i64 j = 0; j < SEARCHED_TOGETHER; j++) { \
          const T probe = run[place[j] + half - 1], value = wanted[j]; \
          place[j] += IS_BEHIND ? half : 0; \
        } \
        left -= half; \
      } \
      for (i64 j = 0; j < rest; j++) places[first + j] = place[j]; \
    } \
  }
#define SEARCHES(T) \
  SEARCH(T, left, !(probe >= value)) \
  SEARCH(T, right, !(probe > value)) \
  static void search_##T(bool right, i64 n, i64 *places, const void *values, i64 length, \
                         const void *run) { \
    (right ? search_right_##T : search_left_##T)(n, places, values, length, run); \
  }
SEARCHES(i64)
SEARCHES(f32)
SEARCHES(f64)

static void search(agk_dtype dtype, bool right, i64 n, i64 *places, const void *values, i64 length,
                   const void *run) {
  switch (dtype) {
    case AGK_FLOAT32: search_f32(right, n, places, values, length, run); break;
    case AGK_FLOAT64: search_f64(right, n, places, values, length, run); break;
    default: search_i64(right, n, places, values, length, run);
  }
}
