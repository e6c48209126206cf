// Copies of planes: out[r][c] = x[r][c] with steps of any size, for items of 1, 4 or 8 bytes.

// Transposing goes by square tiles that fill a vector register a row: each round interleaves the
// rows of the upper half with those of the lower, and after log2 rounds rows are columns.
#define LOW_2 0, 2
#define HIGH_2 1, 3
#define LOW_4 0, 4, 1, 5
#define HIGH_4 2, 6, 3, 7
#define LOW_8 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_8 4, 12, 5, 13, 6, 14, 7, 15
#define LOW_16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define JOINED(a, b) a##b
#define LOW(N) JOINED(LOW_, N)
#define HIGH(N) JOINED(HIGH_, N)

#define UNROLLED PRAGMA(clang loop unroll(full))

#define TRANSPOSING(T, N) \
  typedef T tile_##T __attribute__((vector_size(N * sizeof(T)), aligned(sizeof(T)), may_alias)); \
  ALWAYS_INLINE void transpose_tile_##T(T *out, i64 out_row, const T *x, i64 x_column) { \
    tile_##T rows[N], mixed[N]; \
    UNROLLED for (int c = 0; c < N; c++) rows[c] = *(const tile_##T *)(x + c * x_column); \
    UNROLLED for (int round = 1; round < N; round *= 2) { \
      UNROLLED for (int i = 0; i < N / 2; i++) { \
        mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + N / 2], LOW(N)); \
        mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + N / 2], HIGH(N)); \
      } \
      UNROLLED for (int i = 0; i < N; i++) rows[i] = mixed[i]; \
    } \
    UNROLLED for (int r = 0; r < N; r++) *(tile_##T *)(out + r * out_row) = rows[r]; \
  } \
  /* In blocks of whole cache lines, so that each line is read and written at one go. */ \
  static void transpose_##T(i64 rows, i64 columns, T *out, i64 out_row, const T *x, \
                            i64 x_column) { \
    const i64 block = 64 / sizeof(T), tiled_rows = rows & -N, tiled_columns = columns & -N; \
    for (i64 down = 0; down < tiled_rows; down += block) { \
      const i64 bottom = down + block < tiled_rows ? down + block : tiled_rows; \
      for (i64 across = 0; across < tiled_columns; across += block) { \
        const i64 end = across + block < tiled_columns ? across + block : tiled_columns; \
        for (i64 r = down; r < bottom; r += N) \
          for (i64 c = across; c < end; c += N) \
            transpose_tile_##T(out + r * out_row + c, out_row, x + r + c * x_column, x_column); \
      } \
    } \
    for (i64 r = 0; r < rows; r++) \
      for (i64 c = r < tiled_rows ? tiled_columns : 0; c < columns; c++) \
        out[r * out_row + c] = x[r + c * x_column]; \
  }

#if VECTOR_BYTES == 64
TRANSPOSING(uint64_t, 8)
TRANSPOSING(uint32_t, 16)
#elif VECTOR_BYTES == 32
TRANSPOSING(uint64_t, 4)
TRANSPOSING(uint32_t, 8)
#else
TRANSPOSING(uint64_t, 2)
TRANSPOSING(uint32_t, 4)
#endif
TRANSPOSING(uint8_t, 16)

// A run of bytes, by two overlapping moves where it is short. Not memcpy: its string instruction is
// slow on AMD where out and x lie at nearly the same place of a page.
ALWAYS_INLINE void copy_bytes(char *out, const char *x, i64 n) {
  if (n >= 64) {
    for (i64 i = 0; i + 64 < n; i += 64) __builtin_memcpy(out + i, x + i, 64);
    __builtin_memcpy(out + n - 64, x + n - 64, 64);
    return;
  }
#define OVERLAPPING(size) \
  if (n >= size) { \
    char first[size], last[size]; \
    __builtin_memcpy(first, x, size); \
    __builtin_memcpy(last, x + n - size, size); \
    __builtin_memcpy(out, first, size); \
    __builtin_memcpy(out + n - size, last, size); \
    return; \
  }
  OVERLAPPING(32)
  OVERLAPPING(16)
  OVERLAPPING(8)
  OVERLAPPING(4)
#undef OVERLAPPING
  for (i64 i = 0; i < n; i++) out[i] = x[i];
}

// STATEMENT for each row and column, `o` and `p` being the row's starts.
#define COPY_ROWS(T, STATEMENT) \
  for (i64 r = 0; r < rows; r++) { \
    T *o = out + r * out_row; \
    const T *p = x + r * x_row; \
    STATEMENT; \
  } \
  return

// Rows too short for a loop of their own.
#define SHORT_ROWS(T, N) \
  case N: \
    COPY_ROWS(T, UNROLLED for (int c = 0; c < N; c++) o[c * out_column] = p[c * x_column])

#define COPYING(T) \
  static void copy_##T(i64 rows, i64 n, T *out, i64 out_row, i64 out_column, const T *x, \
                       i64 x_row, i64 x_column) { \
    if (out_column == 1 && x_column == 1) { \
      const i64 bytes = n * (i64)sizeof(T); \
      COPY_ROWS(T, copy_bytes((char *)o, (const char *)p, bytes)); \
    } \
    switch (n) { \
      SHORT_ROWS(T, 1); \
      SHORT_ROWS(T, 2); \
      SHORT_ROWS(T, 3); \
      SHORT_ROWS(T, 4); \
    } \
    if (x_row == -1) { \
      x -= rows - 1; \
      out += (rows - 1) * out_row; \
      out_row = -out_row; \
      x_row = 1; \
    } \
    if (out_column != 1) { \
      COPY_ROWS(T, for (i64 c = 0; c < n; c++) o[c * out_column] = p[c * x_column]); \
    } \
    if (x_row == 1 && rows > 1 && x_column != 0) { \
      transpose_##T(rows, n, out, out_row, x, x_column); \
      return; \
    } \
    switch (x_column) { \
      case 0: \
        COPY_ROWS(T, const T value = *p; FOR_EACH(T, o[i] = value)); \
      case -1: \
        COPY_ROWS(T, FOR_EACH(T, o[i] = p[-i])); \
      case 2: \
        COPY_ROWS(T, FOR_EACH(T, o[i] = p[2 * i])); \
      default: \
        COPY_ROWS(T, for (i64 c = 0; c < n; c++) o[c] = p[c * x_column]); \
    } \
  }
COPYING(uint8_t)
COPYING(uint32_t)
COPYING(uint64_t)

static void copy(size_t item_size, i64 rows, i64 columns, void *out, i64 out_row, i64 out_column,
                 const void *x, i64 x_row, i64 x_column) {
  switch (item_size) {
    case 1: copy_uint8_t(rows, columns, out, out_row, out_column, x, x_row, x_column); break;
    case 4: copy_uint32_t(rows, columns, out, out_row, out_column, x, x_row, x_column); break;
    default: copy_uint64_t(rows, columns, out, out_row, out_column, x, x_row, x_column);
  }
}
