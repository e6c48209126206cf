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
#define SMALL_SQUARE_f32 0x1p-120
#define SMALL_SQUARE_f64 0x1p-960

#define ADDED(a, b) ((a) + (b))
#define BITS_OF_BOTH(a, b) ((a) | (b))
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
#define HASH(v, j) \
  hash += ((v) & UINT32_MAX) * *(const words *)agk_hash_keys[j][0] \
      + ((v) >> 32) * *(const words *)agk_hash_keys[j][1];

#define COUNT(T, v) \
  { \
    const bits_##T sizes = (bits_##T)(v) & SIZE_BITS_##T; \
    zeros -= sizes == 0; \
    small -= sizes < LEAST_##T; \
    large |= sizes + LEAST_##T; \
  }

#define EXTEND(T, v, k) \
  { \
    const values_##T value = v, distance = value - shift; \
    low = LOWER_OF(low, value); \
    high = HIGHER_OF(high, value); \
    sums[k] += distance; \
    squares[k] += distance * distance; \
  }

#define MEASURE(T) \
  /* Counts of what is not finite; extent and moments of the rest times `factor`. */ \
  static void measure_with_care_##T(i64 n, const T *x, bool health_only, f64 factor, \
                                    agk_block *out) { \
    const i64 whole = n & -8; \
    numbers shift = 0; \
    places nans = 0, above = 0, below = 0; \
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
  static void measure_##T(i64 n, const T *x, bool health_only, f64 factor, agk_block *out) { \
    words hash = *(const words *)agk_hash_keys[0][1]; \
    bits_##T zeros = 0, small = 0, large = 0; \
    values_##T low = INFINITY, high = -INFINITY; \
    totals_##T all_sums = 0, all_squares = 0; \
    /* Somewhere among the numbers, and where they are all one, that one. */ \
    const T shift = (x[0] / 4 + x[n / 3] / 4) + (x[n / 2] / 4 + x[n - 1] / 4); \
    i64 rest = n; \
    for (const T *from = x; rest > 0; from += HASH_STRIPE * VALUES(T)) { \
      const i64 registers = rest < HASH_STRIPE * VALUES(T) ? rest / VALUES(T) : HASH_STRIPE; \
      if (health_only) { \
        for (i64 j = 0; j < registers; j++) { \
          const words v = *(const words *)(from + j * VALUES(T)); \
          HASH(v, j) \
          COUNT(T, v) \
        } \
      } else { \
        values_##T sums[2] = {0, 0}, squares[2] = {0, 0}; \
        i64 j = 0; \
        for (; j + 1 < registers; j += 2) { \
          const words v = *(const words *)(from + j * VALUES(T)); \
          const words w = *(const words *)(from + (j + 1) * VALUES(T)); \
          HASH(v, j) \
          HASH(w, j + 1) \
          COUNT(T, v) \
          COUNT(T, w) \
          EXTEND(T, (values_##T)v, 0) \
          EXTEND(T, (values_##T)w, 1) \
        } \
        if (j < registers) { \
          const words v = *(const words *)(from + j * VALUES(T)); \
          HASH(v, j) \
          COUNT(T, v) \
          EXTEND(T, (values_##T)v, 0) \
        } \
        if (rest < HASH_STRIPE * VALUES(T) && rest % VALUES(T) != 0) \
          EXTEND(T, LOAD_PART_##T(rest % VALUES(T), from + registers * VALUES(T), shift), 1) \
        all_sums += __builtin_convertvector(sums[0], totals_##T) \
            + __builtin_convertvector(sums[1], totals_##T); \
        all_squares += __builtin_convertvector(squares[0], totals_##T) \
            + __builtin_convertvector(squares[1], totals_##T); \
      } \
      rest -= registers * VALUES(T); \
      if (registers < HASH_STRIPE && rest > 0) { \
        const words v = (words)LOAD_PART_##T(rest, from + registers * VALUES(T), 0); \
        HASH(v, registers) \
        COUNT(T, v) \
        rest = rest - VALUES(T); \
      } \
      hash = (hash ^ hash >> 29) * HASH_FACTOR; \
    } \
    /* At the end `rest` is the less-than-nothing by which the last register was not filled. */ \
    const i64 zero_count = FOLD_##T(ADDED, zeros) + rest; \
    out->zeros = zero_count; \
    out->subnormals = FOLD_##T(ADDED, small) + rest - zero_count; \
    hash = (hash ^ hash >> 32) * *(const words *)agk_hash_lanes; \
    out->hash = FOLD8(ADDED, hash ^ hash >> 29); \
    out->nans = out->positive_infinities = out->negative_infinities = 0; \
    if (health_only) { \
      if (FOLD_##T(BITS_OF_BOTH, large) < 0) measure_with_care_##T(n, x, true, 1, out); \
      return; \
    } \
    const f64 sum = FOLD_##T(ADDED, all_sums), square = FOLD_##T(ADDED, all_squares); \
    const f64 off = sum / (f64)n, distances = square - sum * off; \
    out->minimum = FOLD_##T(LOWER_OF, low); \
    out->maximum = FOLD_##T(HIGHER_OF, high); \
    out->mean = shift + off; \
    out->distances = distances; \
    const bool good = distances >= square / 8 && square <= DBL_MAX \
        && square >= (f64)n * SMALL_SQUARE_##T && factor == 1; \
    const bool one = out->minimum == out->maximum && square == 0; \
    if (one) out->distances = 0; \
    else if (!good) measure_with_care_##T(n, x, false, factor, out); \
  } \
\
  static f64 dot_##T(i64 n, const T *a, const T *b) { \
    numbers sums[4] = {0, 0, 0, 0}; \
    i64 i = 0; \
    for (; i + 32 <= n; i += 32) { \
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
