// Moving elements along one dimension by an index of each.

// Where the first index in a row is that is not in 0..<size, or -1. All are looked at together
// first: the sign of an index, or of what is left behind it, tells.
static i64 first_wrong(i64 n, const i64 *index, i64 step, i64 size) {
  uint64_t wrong = 0;
  if (step == 0) {
    n = 1;
  } else if (step == 1) {
    for (i64 i = 0; i < n; i++)
      wrong |= (uint64_t)index[i] | ((uint64_t)size - 1 - (uint64_t)index[i]);
    if (wrong >> 63 == 0) return -1;
  }
  for (i64 i = 0; i < n; i++)
    if ((uint64_t)index[i * step] >= (uint64_t)size) return i * step;
  return -1;
}

// STATEMENT for each row, of which `index` is the row's start.
#define EACH_ROW(STATEMENT) \
  for (i64 r = 0; r < plane->rows; r++) { \
    const i64 *index = indices + r * plane->index_row; \
    if (r == 0 || plane->index_row != 0) { \
      const i64 wrong = \
          first_wrong(plane->columns, index, plane->index_column, plane->size); \
      if (wrong >= 0) return r * plane->index_row + wrong; \
    } \
    STATEMENT; \
  } \
  return -1

// A row whose elements all go one way: as a copy where it is one.
ALWAYS_INLINE void copy_row(size_t item_size, const agk_along *plane, void *out, i64 out_column,
                     const void *x, i64 x_column) {
  if (out_column == 1 && x_column == 1)
    copy_bytes((char *)out, (const char *)x, plane->columns * (i64)item_size);
  else
    copy(item_size, 1, plane->columns, out, 0, out_column, x, 0, x_column);
}

#define GATHER(T) \
  EACH_ROW({ \
    const T *from = (const T *)x + r * plane->place_row; \
    T *to = (T *)out + r * plane->item_row; \
    if (plane->index_column == 0) { \
      copy_row(sizeof(T), plane, to, plane->item_column, from + index[0] * plane->step, \
               plane->place_column); \
    } else if (plane->index_column == 1 && plane->item_column == 1 && plane->step == 1 \
               && plane->place_column == 0) { \
      PRAGMA(clang loop vectorize(disable)) \
      for (i64 i = 0; i < plane->columns; i++) to[i] = from[index[i]]; \
    } else { \
      for (i64 i = 0; i < plane->columns; i++) \
        to[i * plane->item_column] = \
            from[i * plane->place_column + index[i * plane->index_column] * plane->step]; \
    } \
  })

static i64 gather_along(size_t item_size, const agk_along *plane, void *out, const void *x,
                         const i64 *indices) {
  switch (item_size) {
    case 1: GATHER(uint8_t);
    case 4: GATHER(uint32_t);
    default: GATHER(uint64_t);
  }
}

// With one index for the whole row there is a loop without a look-up, which the compiler vectorises.
#define SCATTER(T, VALUE) \
  EACH_ROW({ \
    const T *from = (const T *)x + r * plane->item_row; \
    T *to = (T *)out + r * plane->place_row; \
    if (plane->index_column == 0) { \
      to += index[0] * plane->step; \
      for (i64 i = 0; i < plane->columns; i++) { \
        const T there = to[i * plane->place_column]; \
        const T value = from[i * plane->item_column]; \
        to[i * plane->place_column] = VALUE; \
      } \
    } else { \
      for (i64 i = 0; i < plane->columns; i++) { \
        T *place = \
            to + i * plane->place_column + index[i * plane->index_column] * plane->step; \
        const T there = *place; \
        const T value = from[i * plane->item_column]; \
        *place = VALUE; \
      } \
    } \
  })

#define SET(T) \
  EACH_ROW({ \
    const T *from = (const T *)x + r * plane->item_row; \
    T *to = (T *)out + r * plane->place_row; \
    if (plane->index_column == 0) { \
      copy_row(sizeof(T), plane, to + index[0] * plane->step, plane->place_column, from, \
               plane->item_column); \
    } else { \
      for (i64 i = 0; i < plane->columns; i++) \
        to[i * plane->place_column + index[i * plane->index_column] * plane->step] = \
            from[i * plane->item_column]; \
    } \
  })

static i64 set_along(size_t item_size, const agk_along *plane, void *out,
                         const i64 *indices, const void *x) {
  switch (item_size) {
    case 1: SET(uint8_t);
    case 4: SET(uint32_t);
    default: SET(uint64_t);
  }
}

#define SCATTER_INTEGERS(T, U) \
  switch (op) { \
    case AGK_SCATTER_ADD: SCATTER(T, (T)((U)there + (U)value)); \
    case AGK_SCATTER_MUL: SCATTER(T, (T)((U)there * (U)value)); \
    case AGK_SCATTER_MAX: SCATTER(T, there < value ? value : there); \
    default: SCATTER(T, value < there ? value : there); \
  }

#define SCATTER_FLOATS(T) \
  switch (op) { \
    case AGK_SCATTER_ADD: SCATTER(T, there + value); \
    case AGK_SCATTER_MUL: SCATTER(T, there * value); \
    case AGK_SCATTER_MAX: SCATTER(T, ((value != value) | (there < value)) ? value : there); \
    default: SCATTER(T, ((value != value) | (value < there)) ? value : there); \
  }

static i64 scatter_along(agk_scatter_op op, agk_dtype dtype, const agk_along *plane, void *out,
                          const i64 *indices, const void *x) {
  if (op == AGK_SCATTER_SET) {
    const bool is_short = dtype == AGK_INT32 || dtype == AGK_FLOAT32;
    return set_along(dtype == AGK_BOOL ? 1 : is_short ? 4 : 8, plane, out, indices, x);
  }
  switch (dtype) {
    case AGK_BOOL:
      if (op == AGK_SCATTER_ADD || op == AGK_SCATTER_MAX) SCATTER(bool, there | value);
      SCATTER(bool, there & value);
    case AGK_INT32: SCATTER_INTEGERS(int32_t, uint32_t)
    case AGK_INT64: SCATTER_INTEGERS(i64, uint64_t)
    case AGK_FLOAT32: SCATTER_FLOATS(float)
    case AGK_FLOAT64: SCATTER_FLOATS(double)
  }
}
