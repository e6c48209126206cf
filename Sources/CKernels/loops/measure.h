// What a block of a run holds: counts, a hash, extent and moments; and products of two blocks.
//
// Registers of 64 bytes on every instruction set, or what stands for them, so that each gives the
// same bits. First the numbers are taken for finite and of middling size, and of float32 the sums of
// a stripe are kept in float32. Where that was wrong, as their sums show, the block is done again
// with care, in double precision.

typedef uint64_t words __attribute__((ext_vector_type(8), aligned(4)));
typedef f64 numbers __attribute__((ext_vector_type(8), aligned(8)));
typedef i64 places __attribute__((ext_vector_type(8), aligned(8)));
typedef f32 values_f32 __attribute__((ext_vector_type(16), aligned(4)));
typedef i32 bits_f32 __attribute__((ext_vector_type(16), aligned(4)));
typedef f64 totals_f32 __attribute__((ext_vector_type(16), aligned(8)));
typedef f32 eight_f32 __attribute__((ext_vector_type(8), aligned(4)));
typedef f64 values_f64 __attribute__((ext_vector_type(8), aligned(8)));
typedef i64 bits_f64 __attribute__((ext_vector_type(8), aligned(8)));
typedef f64 totals_f64 __attribute__((ext_vector_type(8), aligned(8)));
typedef f64 eight_f64 __attribute__((ext_vector_type(8), aligned(8)));
#define VALUES(T) ((i64)(64 / sizeof(T)))

// The bits without the sign, those of the least normal number and of infinity; below which mean
// square the squares may have lost digits by being subnormal.
#define SIZE_BITS_f32 INT32_MAX
#define SIZE_BITS_f64 INT64_MAX
#define LEAST_f32 0x00800000
#define LEAST_f64 0x0010000000000000
#define MIN_f32 FLT_MIN
#define MIN_f64 DBL_MIN
#define SMALL_SQUARE_f32 0x1p-120
#define SMALL_SQUARE_f64 0x1p-960

// So many registers ahead memory is asked for: the processor itself looks ahead within a page only.
enum { AHEAD = 64 };

#define ADDED(a, b) ((a) + (b))
#define EITHER_BITS(a, b) ((a) | (b))
#define LOWER_OF(a, b) ((b) < (a) ? (b) : (a))
#define HIGHER_OF(a, b) ((b) > (a) ? (b) : (a))
#define FOLD8(OP, v) \
  ({ \
    const __auto_type all8 = v; \
    const __auto_type all4 = OP(all8.lo, all8.hi); \
    const __auto_type all2 = OP(all4.lo, all4.hi); \
    OP(all2.lo, all2.hi); \
  })
#define FOLD16(OP, v) \
  ({ \
    const __auto_type all16 = v; \
    FOLD8(OP, OP(all16.lo, all16.hi)); \
  })
#define FOLD_f32 FOLD16
#define FOLD_f64 FOLD8

// `count` elements, fewer than a register has, and `others` behind them.
#if HAS_MASKS
#define LOAD_PART_f32(count, x, others) \
  ((values_f32)_mm512_mask_loadu_ps( \
      (__m512)(values_f32)(others), (__mmask16)((1 << (count)) - 1), x))
#define LOAD_PART_f64(count, x, others) \
  ((values_f64)_mm512_mask_loadu_pd( \
      (__m512d)(values_f64)(others), (__mmask8)((1 << (count)) - 1), x))
#else
#define LOAD_PART(T, count, x, others) \
  ({ \
    values_##T part = others; \
    memcpy(&part, x, (size_t)(count) * sizeof(T)); \
    part; \
  })
#define LOAD_PART_f32(count, x, others) LOAD_PART(f32, count, x, others)
#define LOAD_PART_f64(count, x, others) LOAD_PART(f64, count, x, others)
#endif

// The hash is a sum of products of 32-bit words and keys within a stripe of registers, so that no
// change of one word can go unseen there, and lanes are stirred from stripe to stripe.
#define LOW_WORDS(v) ((v) & UINT32_MAX)
#define HASH(v, high_words, j) \
  products += LOW_WORDS(v) * LOW_WORDS(*(const words *)agk_hash_keys[j][0]) \
      + LOW_WORDS(high_words) * LOW_WORDS(*(const words *)agk_hash_keys[j][1]);

// Counts zeros, and notes whether there is anything odd: subnormal or not finite.
#if HAS_MASKS
enum { ODD_CLASSES = 0x01 | 0x08 | 0x10 | 0x20 | 0x80 };
#define TALLIES_f32 \
  __m512i zeros = _mm512_setzero_si512(), less = _mm512_set1_epi64(-1); \
  __asm__("" : "+v"(less)); \
  __mmask16 odd = 0;
#define TALLIES_f64 \
  __m512i zeros = _mm512_setzero_si512(), less = _mm512_set1_epi64(-1); \
  __asm__("" : "+v"(less)); \
  __mmask8 odd = 0;
#define COUNT_f32(v) \
  zeros = _mm512_mask_sub_epi32( \
      zeros, _mm512_testn_epi32_mask((__m512i)(v), _mm512_set1_epi32(INT32_MAX)), zeros, less); \
  odd = _kor_mask16(odd, _mm512_fpclass_ps_mask((__m512)(v), ODD_CLASSES));
#define COUNT_f64(v) \
  zeros = _mm512_mask_sub_epi64( \
      zeros, _mm512_testn_epi64_mask((__m512i)(v), _mm512_set1_epi64(INT64_MAX)), zeros, less); \
  odd = _kor_mask8(odd, _mm512_fpclass_pd_mask((__m512d)(v), ODD_CLASSES));
// With moments beside them, which show what is not finite, only zeros and subnormal numbers together
// are counted, and told apart where there are any.
#define COUNT_SMALL_f32(v) \
  zeros = _mm512_mask_sub_epi32( \
      zeros, _mm512_testn_epi32_mask((__m512i)(v), _mm512_set1_epi32(0x7F800000)), zeros, less);
#define COUNT_SMALL_f64(v) \
  zeros = _mm512_mask_sub_epi64( \
      zeros, _mm512_testn_epi64_mask((__m512i)(v), _mm512_set1_epi64(0x7FF0000000000000)), zeros, \
      less);
#define COUNT_ZEROS(T) \
  static i64 count_zeros_##T(i64 n, const T *x) { \
    TALLIES_##T \
    const i64 whole = n - n % VALUES(T); \
    for (i64 i = 0; i < whole; i += VALUES(T)) { \
      COUNT_##T(*(const words *)(x + i)) \
    } \
    if (whole < n) { \
      COUNT_##T(LOAD_PART_##T(n - whole, x + whole, (T)1)) \
    } \
    (void)odd; \
    return ZEROS(T); \
  }
#define APART(T, n, x, out) \
  ({ \
    const i64 both = (out)->zeros; \
    if (both > 0) (out)->zeros = count_zeros_##T(n, x); \
    both != (out)->zeros; \
  })
#define ZEROS(T) FOLD_##T(ADDED, (bits_##T)zeros)
#define ANY_ODD(T) (odd != 0)
#define LEAST_OF_f32(a, b) ((values_f32)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define MOST_OF_f32(a, b) ((values_f32)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define LEAST_OF_f64(a, b) ((values_f64)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#define MOST_OF_f64(a, b) ((values_f64)_mm512_max_pd((__m512d)(a), (__m512d)(b)))
#else
#define TALLIES(T) bits_##T zeros = 0, odd = 0;
#define TALLIES_f32 TALLIES(f32)
#define TALLIES_f64 TALLIES(f64)
#define COUNT(T, v) \
  { \
    const bits_##T sizes = (bits_##T)(v) & SIZE_BITS_##T; \
    const bits_##T is_zero = sizes == 0; \
    zeros -= is_zero; \
    odd |= ((sizes < LEAST_##T) ^ is_zero) | (sizes + LEAST_##T); \
  }
#define COUNT_f32(v) COUNT(f32, v)
#define COUNT_f64(v) COUNT(f64, v)
#define COUNT_SMALL_f32(v) COUNT(f32, v)
#define COUNT_SMALL_f64(v) COUNT(f64, v)
#define COUNT_ZEROS(T)
#define APART(T, n, x, out) false
#define ZEROS(T) FOLD_##T(ADDED, zeros)
#define ANY_ODD(T) (FOLD_##T(EITHER_BITS, odd) < 0)
#define LEAST_OF_f32(a, b) LOWER_OF(b, a)
#define MOST_OF_f32(a, b) HIGHER_OF(b, a)
#define LEAST_OF_f64(a, b) LOWER_OF(b, a)
#define MOST_OF_f64(a, b) HIGHER_OF(b, a)
#endif

#define EXTEND(T, v, k) \
  { \
    const values_##T value = v, distance = value - shift; \
    low = LEAST_OF_##T(value, low); \
    high = MOST_OF_##T(value, high); \
    sums[k] += distance; \
    squares[k] += distance * distance; \
  }

#define MEASURE(T) \
  COUNT_ZEROS(T) \
  /* Counts of what is not finite; extent and moments of the rest times `factor`. */ \
  static void measure_with_care_##T(i64 n, const T *x, bool health_only, f64 factor, \
                                    agk_block *out) { \
    const i64 whole = n & -8; \
    numbers shift = 0; \
    places nans = 0, above = 0, below = 0, small = 0; \
    numbers low = INFINITY, high = -INFINITY; \
    f64 finite = 0, mean = 0, distances = 0; \
    for (i64 pass = 0; pass < (health_only ? 1 : 2); pass++) { \
      numbers sums = 0, squares = 0; \
      for (i64 i = 0; i < n; i += 8) { \
        eight_##T own; \
        if (i < whole) { \
          own = *(const eight_##T *)(x + i); \
        } else { \
          own = NAN; \
          memcpy(&own, x + i, (size_t)(n - i) * sizeof(T)); \
        } \
        const numbers all = __builtin_convertvector(own, numbers); \
        const places usable = (all >= -DBL_MAX) & (all <= DBL_MAX); \
        if (pass == 0) { \
          nans -= all != all; \
          above -= all > DBL_MAX; \
          below -= all < -DBL_MAX; \
          small -= (all < MIN_##T) & (all > -MIN_##T) & (all != 0); \
          low = (usable & (all < low)) ? all : low; \
          high = (usable & (all > high)) ? all : high; \
        } \
        const numbers distance = usable ? all * factor - shift : 0; \
        sums += distance; \
        squares += distance * distance; \
      } \
      if (pass == 0) { \
        out->nans = FOLD8(ADDED, nans) - (whole == n ? 0 : whole + 8 - n); \
        out->positive_infinities = FOLD8(ADDED, above); \
        out->negative_infinities = FOLD8(ADDED, below); \
        out->subnormals = FOLD8(ADDED, small); \
        finite = (f64)(n - out->nans - out->positive_infinities - out->negative_infinities); \
        if (finite == 0) return; \
        out->minimum = FOLD8(LOWER_OF, low); \
        out->maximum = FOLD8(HIGHER_OF, high); \
      } \
      const f64 sum = FOLD8(ADDED, sums); \
      distances = FOLD8(ADDED, squares) - sum * (sum / finite); \
      mean += sum / finite; \
      shift = mean; \
    } \
    out->mean = mean; \
    out->distances = distances > 0 ? distances : 0; \
  } \
\
  ALWAYS_INLINE void measure_fast_##T(i64 n, const T *x, const bool health_only, f64 factor, \
                                      agk_block *out) { \
    words hash = *(const words *)agk_hash_keys[0][1]; \
    TALLIES_##T \
    values_##T low = INFINITY, high = -INFINITY; \
    totals_##T all_sums = 0, all_squares = 0; \
    /* Somewhere among the numbers, and where they are all one, that one. */ \
    const T shift = (x[0] / 4 + x[n / 3] / 4) + (x[n / 2] / 4 + x[n - 1] / 4); \
    i64 rest = n; \
    for (const T *from = x; rest > 0; from += HASH_STRIPE * VALUES(T)) { \
      words products = 0; \
      values_##T sums[2] = {0, 0}, squares[2] = {0, 0}; \
      /* More follows, so that odd words can be read in the even words' places. */ \
      if (rest > HASH_STRIPE * VALUES(T)) { \
        PRAGMA(clang loop unroll_count(4)) \
        for (i64 j = 0; j < HASH_STRIPE; j += 2) { \
          const words v = *(const words *)(from + j * VALUES(T)); \
          const words w = *(const words *)(from + (j + 1) * VALUES(T)); \
          __builtin_prefetch(from + (j + AHEAD) * VALUES(T)); \
          __builtin_prefetch(from + (j + 1 + AHEAD) * VALUES(T)); \
          HASH(v, *(const words *)((const uint32_t *)(from + j * VALUES(T)) + 1), j) \
          HASH(w, *(const words *)((const uint32_t *)(from + (j + 1) * VALUES(T)) + 1), j + 1) \
          if (health_only) { \
            COUNT_##T(v) \
            COUNT_##T(w) \
            continue; \
          } \
          COUNT_SMALL_##T(v) \
          COUNT_SMALL_##T(w) \
          EXTEND(T, (values_##T)v, 0) \
          EXTEND(T, (values_##T)w, 1) \
        } \
        rest -= HASH_STRIPE * VALUES(T); \
      } else { \
        i64 j = 0; \
        for (; rest >= VALUES(T); rest -= VALUES(T)) { \
          const words v = *(const words *)(from + j * VALUES(T)); \
          HASH(v, v >> 32, j) \
          j++; \
          if (health_only) { \
            COUNT_##T(v) \
            continue; \
          } \
          COUNT_SMALL_##T(v) \
          EXTEND(T, (values_##T)v, 0) \
        } \
        if (rest > 0) { \
          const words v = (words)LOAD_PART_##T(rest, from + j * VALUES(T), 0); \
          HASH(v, v >> 32, j) \
          if (health_only) { \
            COUNT_##T(v) \
          } else { \
            COUNT_SMALL_##T(v) \
            EXTEND(T, LOAD_PART_##T(rest, from + j * VALUES(T), shift), 1) \
          } \
          rest -= VALUES(T); \
        } \
      } \
      if (!health_only) { \
        all_sums += __builtin_convertvector(sums[0] + sums[1], totals_##T); \
        all_squares += __builtin_convertvector(squares[0] + squares[1], totals_##T); \
      } \
      hash = ((hash ^ hash >> 29) * HASH_FACTOR) + products; \
    } \
    /* At the end `rest` is the less-than-nothing by which the last register was not filled. */ \
    out->zeros = ZEROS(T) + rest; \
    out->subnormals = 0; \
    const bool any_odd = ANY_ODD(T) || (!health_only && APART(T, n, x, out)); \
    hash = (hash ^ hash >> 32) * *(const words *)agk_hash_lanes; \
    out->hash = FOLD8(ADDED, hash ^ hash >> 29); \
    out->nans = out->positive_infinities = out->negative_infinities = 0; \
    if (health_only) { \
      if (any_odd) measure_with_care_##T(n, x, true, 1, out); \
      return; \
    } \
    const f64 sum = FOLD_##T(ADDED, all_sums), square = FOLD_##T(ADDED, all_squares); \
    const f64 off = sum / (f64)n, distances = square - sum * off; \
    out->minimum = FOLD_##T(LOWER_OF, low); \
    out->maximum = FOLD_##T(HIGHER_OF, high); \
    out->mean = shift + off; \
    out->distances = distances; \
    const bool good = !any_odd && distances >= square / 8 && square <= DBL_MAX \
        && square >= (f64)n * SMALL_SQUARE_##T && factor == 1; \
    const bool one = !any_odd && out->minimum == out->maximum && square == 0; \
    if (one) { \
      out->mean *= factor; \
      out->distances = 0; \
    } else if (!good) { \
      measure_with_care_##T(n, x, false, factor, out); \
    } \
  } \
\
  static void measure_##T(i64 n, const T *x, bool health_only, f64 factor, agk_block *out) { \
    if (health_only) measure_fast_##T(n, x, true, 1, out); \
    else measure_fast_##T(n, x, false, factor, out); \
  } \
\
  static f64 dot_##T(i64 n, const T *a, const T *b) { \
    numbers sums[4] = {0, 0, 0, 0}; \
    i64 i = 0; \
    for (; i + 32 <= n; i += 32) { \
      for (i64 k = 0; k < 32; k += 64 / (i64)sizeof(T)) { \
        __builtin_prefetch(a + i + k + AHEAD * VALUES(T)); \
        __builtin_prefetch(b + i + k + AHEAD * VALUES(T)); \
      } \
      for (i64 k = 0; k < 4; k++) \
        sums[k] += __builtin_convertvector(*(const eight_##T *)(a + i + 8 * k), numbers) \
            * __builtin_convertvector(*(const eight_##T *)(b + i + 8 * k), numbers); \
    } \
    f64 rest = 0; \
    for (; i < n; i++) rest += (f64)a[i] * (f64)b[i]; \
    return FOLD8(ADDED, (sums[0] + sums[1]) + (sums[2] + sums[3])) + rest; \
  }
MEASURE(f32)
MEASURE(f64)

static void measure(agk_dtype dtype, i64 n, const void *x, bool health_only, f64 factor,
                    agk_block *out) {
  if (dtype == AGK_FLOAT32) measure_f32(n, x, health_only, factor, out);
  if (dtype == AGK_FLOAT64) measure_f64(n, x, health_only, factor, out);
}

static f64 dot(agk_dtype dtype, i64 n, const void *a, const void *b) {
  return dtype == AGK_FLOAT32 ? dot_f32(n, a, b) : dot_f64(n, a, b);
}
