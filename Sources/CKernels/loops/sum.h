// Sums of floating-point numbers in the order of PyTorch's cascade sum (SumKernel.cpp), which its
// CPU builds run with 32-byte vectors whatever the processor: chunks of at least 16 rows are added
// up, chunks of chunks likewise, on four levels, so that only numbers of like size meet.

typedef f32 lanes_f32 __attribute__((ext_vector_type(8), aligned(4)));
typedef f64 lanes_f64 __attribute__((ext_vector_type(4), aligned(8)));
#define LANES_OF(T) ((i64)(sizeof(lanes_##T) / sizeof(T)))

// Leaves in sums[0..<WIDTH] the cascade over `rows` rows, where ADD_ROW adds row i to sums.
#define CASCADE(V, CAPACITY, WIDTH, rows, ADD_ROW) \
  CASCADE_FROM(0, NULL, V, CAPACITY, WIDTH, rows, ADD_ROW)
// The same from row `start` on, where `top`, if any, is what the rows before it come to.
#define CASCADE_FROM(start, top, V, CAPACITY, WIDTH, rows, ADD_ROW) \
  const i64 power = agk_chunk_power(rows), chunk = (i64)1 << power; \
  const V *before = top; \
  i64 i = start; \
  if (rows >= chunk) { \
    V levels[3][CAPACITY]; \
    for (i64 level = 0; level < 3; level++) \
      for (i64 k = 0; k < (WIDTH); k++) levels[level][k] = level == 2 && before ? before[k] : 0; \
    while (i + chunk <= (rows)) { \
      for (const i64 end = i + chunk; i < end; i++) ADD_ROW; \
      V *lower = sums; \
      for (i64 level = 0; level < 3; level++) { \
        for (i64 k = 0; k < (WIDTH); k++) { \
          levels[level][k] += lower[k]; \
          lower[k] = 0; \
        } \
        lower = levels[level]; \
        if ((i & ((chunk - 1) << ((level + 1) * power))) != 0) break; \
      } \
    } \
    for (; i < (rows); i++) ADD_ROW; \
    for (i64 level = 0; level < 3; level++) \
      for (i64 k = 0; k < (WIDTH); k++) sums[k] += levels[level][k]; \
  } else { \
    for (; i < (rows); i++) ADD_ROW; \
  }

#define SUMS(T) \
  static T sum_strided_##T(i64 n, const T *x, i64 stride) { \
    T sums[4] = {0, 0, 0, 0}; \
    const i64 rows = n / 4; \
    if (rows > 0) { \
      CASCADE(T, 4, 4, rows, { \
        const T *row = x + 4 * i * stride; \
        sums[0] += row[0]; \
        sums[1] += row[stride]; \
        sums[2] += row[2 * stride]; \
        sums[3] += row[3 * stride]; \
      }) \
    } \
    for (i64 j = 4 * rows; j < n; j++) sums[0] += x[j * stride]; \
    return ((sums[0] + sums[1]) + sums[2]) + sums[3]; \
  } \
\
  /* Pieces of a run, which are the cascade's highest level, 4 vectors each. */ \
  static void sum_pieces_##T(i64 n, i64 first, i64 count, lanes_##T *pieces, const T *x) { \
    const i64 power = agk_chunk_power(n / LANES_OF(T) / 4), chunk = (i64)1 << power; \
    const lanes_##T *v = (const lanes_##T *)x + ((4 * first) << (3 * power)); \
    for (; count > 0; count--, pieces += 4) { \
      lanes_##T upper[4] = {0, 0, 0, 0}; \
      for (i64 i = 0; i < chunk; i++) { \
        lanes_##T middle[4] = {0, 0, 0, 0}; \
        for (i64 j = 0; j < chunk; j++) { \
          lanes_##T sums[4] = {0, 0, 0, 0}; \
          for (const lanes_##T *end = v + 4 * chunk; v < end; v += 4) { \
            for (i64 k = 0; k < 4; k++) sums[k] += v[k]; \
          } \
          for (i64 k = 0; k < 4; k++) middle[k] += sums[k]; \
        } \
        for (i64 k = 0; k < 4; k++) upper[k] += middle[k]; \
      } \
      memcpy(pieces, upper, sizeof upper); \
    } \
  } \
\
  /* `pieces` are those of sum_pieces, or NULL. */ \
  static T sum_contiguous_##T(i64 n, const T *x, const lanes_##T *pieces) { \
    if (n < LANES_OF(T)) return sum_strided_##T(n, x, 1); \
    lanes_##T sums[4] = {0, 0, 0, 0}; \
    const i64 vectors = n / LANES_OF(T), rows = vectors / 4; \
    const lanes_##T *v = (const lanes_##T *)x; \
    if (rows > 0) { \
      const i64 shift = 3 * agk_chunk_power(rows), count = rows >> shift; \
      lanes_##T top[4] = {0, 0, 0, 0}; \
      for (i64 j = 0; j < count; j++) { \
        lanes_##T own[4]; \
        if (!pieces) sum_pieces_##T(n, j, 1, own, x); \
        for (i64 k = 0; k < 4; k++) top[k] += pieces ? pieces[4 * j + k] : own[k]; \
      } \
      CASCADE_FROM(count << shift, top, lanes_##T, 4, 4, rows, { \
        sums[0] += v[4 * i]; \
        sums[1] += v[4 * i + 1]; \
        sums[2] += v[4 * i + 2]; \
        sums[3] += v[4 * i + 3]; \
      }) \
    } \
    for (i64 j = 4 * rows; j < vectors; j++) sums[0] += v[j]; \
    sums[0] = ((sums[0] + sums[1]) + sums[2]) + sums[3]; \
    T sum = 0; \
    for (i64 j = vectors * LANES_OF(T); j < n; j++) sum += x[j]; \
    for (i64 j = 0; j < LANES_OF(T); j++) sum += sums[0][j]; \
    return sum; \
  } \
\
  /* At most SUM_BLOCK adjacent columns, a cascade each. */ \
  static void sum_block_##T(i64 rows, i64 n, T *out, const T *x, i64 row_stride) { \
    T *sums = out; \
    for (i64 c = 0; c < n; c++) sums[c] = 0; \
    CASCADE(T, SUM_BLOCK, n, rows, { \
      const T *row = x + i * row_stride; \
      FOR_EACH_COLUMN(T, sums[c] += row[c]) \
    }) \
  } \
\
  static void sum_columns_##T(i64 rows, i64 columns, T *out, const T *x, i64 row_stride) { \
    if (columns == 1) { \
      *out = row_stride == 1 ? sum_contiguous_##T(rows, x, NULL) : sum_strided_##T(rows, x, row_stride); \
      return; \
    } \
    const i64 group = columns >= LANES_OF(T) ? 4 * LANES_OF(T) : 4; \
    const i64 grouped = columns / group * group; \
    for (i64 c = 0; c < grouped; c += SUM_BLOCK) { \
      const i64 width = grouped - c < SUM_BLOCK ? grouped - c : SUM_BLOCK; \
      sum_block_##T(rows, width, out + c, x + c, row_stride); \
    } \
    /* The columns that fill no group of vectors take four cascades each, as strided runs do. */ \
    if (grouped < columns) { \
      const i64 width = columns - grouped; \
      const T *rest = x + grouped; \
      if (width == 1 || rows < 64) { \
        for (i64 c = 0; c < width; c++) \
          out[grouped + c] = sum_strided_##T(rows, rest + c, row_stride); \
        return; \
      } \
      T quarters[4][4 * LANES_OF(T)]; \
      for (i64 k = 0; k < 4; k++) \
        sum_block_##T(rows / 4, width, quarters[k], rest + k * row_stride, 4 * row_stride); \
      for (i64 c = 0; c < width; c++) { \
        T sum = quarters[0][c]; \
        for (i64 i = rows / 4 * 4; i < rows; i++) sum += rest[i * row_stride + c]; \
        out[grouped + c] = ((sum + quarters[1][c]) + quarters[2][c]) + quarters[3][c]; \
      } \
    } \
  }
// Wide enough that a row's part is a few cache lines, narrow enough for the first-level cache.
#define SUM_BLOCK 512
#define FOR_EACH_COLUMN(T, STATEMENT) \
  PRAGMA(clang loop vectorize(assume_safety)) \
  for (i64 c = 0; c < n; c++) STATEMENT;
SUMS(f32)
SUMS(f64)
