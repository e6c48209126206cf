// Tiles of matrix products, which convolutions are made of: a few rows by two vectors of columns,
// held in registers while their sums grow.
//
// A column operand lies in panels of PANEL(T) columns, one term of the sums after another. A row
// operand is read one number at a time, from wherever it lies.
#define PANEL(T) (2 * WIDTH(T))

// What registers there are hold so many rows, besides two vectors of columns and a factor.
#if HAS_MASKS
#define TILE_ROWS 14
#else
#define TILE_ROWS 6
#endif

#if VECTOR_BYTES >= 32
#define MULTIPLY_ADD_f32(a, b, c) __builtin_elementwise_fma(a, b, c)
#define MULTIPLY_ADD_f64(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define MULTIPLY_ADD_f32(a, b, c) ((a) * (b) + (c))
#define MULTIPLY_ADD_f64(a, b, c) ((a) * (b) + (c))
#endif
#define MULTIPLY_ADD_i32(a, b, c) ((a) * (b) + (c))
#define MULTIPLY_ADD_i64(a, b, c) ((a) * (b) + (c))
// Integers wrap.
typedef f32 element_f32;
typedef f64 element_f64;
typedef uint32_t element_i32;
typedef uint64_t element_i64;

// Terms come in `blocks` of `terms`: a's are a_term apart and start anew every a_block, b's follow
// each other. Blocks may lie too far apart for the processor to see the next one coming.
typedef struct tile_terms {
  i64 blocks, terms;
  i64 a_row, a_term, a_block;
} tile_terms;

#define TILE_CASE(T, ROWS) \
  case ROWS: \
    if (vectors == 1) sum_tile_##T(ROWS, 1, t, a, b, out, out_row, adds); \
    else sum_tile_##T(ROWS, 2, t, a, b, out, out_row, adds); \
    break;
#if HAS_MASKS
#define TILE_CASES(T) \
  TILE_CASE(T, 1) TILE_CASE(T, 2) TILE_CASE(T, 3) TILE_CASE(T, 4) TILE_CASE(T, 5) \
  TILE_CASE(T, 6) TILE_CASE(T, 7) TILE_CASE(T, 8) TILE_CASE(T, 9) TILE_CASE(T, 10) \
  TILE_CASE(T, 11) TILE_CASE(T, 12) TILE_CASE(T, 13) TILE_CASE(T, 14)
#else
#define TILE_CASES(T) \
  TILE_CASE(T, 1) TILE_CASE(T, 2) TILE_CASE(T, 3) TILE_CASE(T, 4) TILE_CASE(T, 5) TILE_CASE(T, 6)
#endif

#define TILE(T) \
  typedef element_##T register_##T \
      __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T)), may_alias)); \
  ALWAYS_INLINE void sum_tile_##T(const i64 rows, const i64 vectors, const tile_terms *t, \
                                  const T *a, const T *b, T *out, i64 out_row, bool adds) { \
    register_##T sums[TILE_ROWS][2]; \
    const i64 row = t->a_row; \
    _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) \
            sums[r][v] = (register_##T){0}; \
    for (i64 block = 0; block < t->blocks; block++) { \
      /* Three rows to a pointer, which an address reaches by itself. */ \
      const T *factors[(TILE_ROWS + 2) / 3]; \
      _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r += 3) \
          factors[r / 3] = a + block * t->a_block + r * t->a_row; \
      _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
          __builtin_prefetch(factors[r / 3] + r % 3 * row + t->a_block); \
      for (i64 i = 0; i < t->terms; i++) { \
        const register_##T first = *(const register_##T *)b; \
        const register_##T second = *(const register_##T *)(b + (vectors - 1) * WIDTH(T)); \
        _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) { \
          const register_##T all = \
              (element_##T)factors[r / 3][r % 3 * row] - (register_##T){0}; \
          sums[r][0] = MULTIPLY_ADD_##T(all, first, sums[r][0]); \
          if (vectors == 2) sums[r][1] = MULTIPLY_ADD_##T(all, second, sums[r][1]); \
        } \
        _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r += 3) \
            factors[r / 3] += t->a_term; \
        b += PANEL(T); \
      } \
    } \
    _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) { \
      register_##T *result = (register_##T *)(out + r * out_row + v * WIDTH(T)); \
      *result = adds ? *result + sums[r][v] : sums[r][v]; \
    } \
  } \
  /* out = a·b, or with `adds` added to it: at most TILE_ROWS rows by one or two vectors. */ \
  static void tile_##T(i64 rows, i64 vectors, const tile_terms *t, const T *a, const T *b, T *out, \
                       i64 out_row, bool adds) { \
    switch (rows) { TILE_CASES(T) } \
  }
TILE(i32)
TILE(i64)
TILE(f32)
TILE(f64)

// Rows are taken in even shares of at most TILE_ROWS.
ALWAYS_INLINE i64 rows_of_tile(i64 rows) {
  const i64 tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  return tiles == 0 ? 1 : (rows + tiles - 1) / tiles;
}
