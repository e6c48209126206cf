// Copies of blocks of operands as panels for the kernel, and of what the kernel made to its place.
// For the element type T.

// Lines of 16 bytes from x, one for each 16 bytes of a vector, `apart` elements apart, none beyond
// `last`.
ALWAYS_INLINE OF(vector) OF(load_lines)(const T *x, i64 apart, const T *last) {
  typedef T line __attribute__((ext_vector_type(16 / sizeof(T)), aligned(sizeof(T))));
  union {
    line lines[VECTOR_BYTES / 16];
    OF(vector) whole;
  } result;
  UNROLL for (int i = 0; i < VECTOR_BYTES / 16; i++) {
    const T *place = x + i * apart;
    result.lines[i] = *(const line *)(place < last ? place : last);
  }
  return result.whole;
}

// As many steps as 16 bytes hold of a vector's worth of rows, each step's elements together.
ALWAYS_INLINE void OF(pack_lines)(T *out, i64 out_step, const T *x, i64 row, const T *last) {
#define LINES(i) OF(load_lines)(x + (i) * row, LINE * row, last)
#define STORE(i, value) *(OF(vector) *)(out + (i) * out_step) = (OF(vector))(value)
  enum { LINE = 16 / sizeof(T) };
  if (LINE == 4) {
    typedef __typeof__(VECTOR_OP(setzero_ps)()) singles;
    typedef __typeof__(VECTOR_OP(setzero_pd)()) doubles;
    const singles x0 = (singles)LINES(0), x1 = (singles)LINES(1);
    const singles x2 = (singles)LINES(2), x3 = (singles)LINES(3);
    const doubles low01 = (doubles)VECTOR_OP(unpacklo_ps)(x0, x1);
    const doubles low23 = (doubles)VECTOR_OP(unpacklo_ps)(x2, x3);
    const doubles high01 = (doubles)VECTOR_OP(unpackhi_ps)(x0, x1);
    const doubles high23 = (doubles)VECTOR_OP(unpackhi_ps)(x2, x3);
    STORE(0, VECTOR_OP(unpacklo_pd)(low01, low23));
    STORE(1, VECTOR_OP(unpackhi_pd)(low01, low23));
    STORE(2, VECTOR_OP(unpacklo_pd)(high01, high23));
    STORE(3, VECTOR_OP(unpackhi_pd)(high01, high23));
  } else {
    typedef __typeof__(VECTOR_OP(setzero_pd)()) doubles;
    const doubles x0 = (doubles)LINES(0), x1 = (doubles)LINES(1);
    STORE(0, VECTOR_OP(unpacklo_pd)(x0, x1));
    STORE(1, VECTOR_OP(unpackhi_pd)(x0, x1));
  }
#undef LINES
#undef STORE
}

// out[p · out_step + i] = x[i · row + p] for i in 0..<rows and p in 0..<k. Whole vectors are
// written; what is beyond the rows does not count.
static void OF(pack_across)(T *out, i64 out_step, const T *x, i64 row, i64 rows, i64 k) {
  enum { LINE = 16 / sizeof(T) };
  for (i64 first = 0; first < rows; first += WIDTH(T)) {
    T *const to = out + first;
    const T *const from = x + first * row;
    const T *const last = x + (rows - 1) * row;
    i64 p = 0;
    for (; p + LINE <= k; p += LINE)
      OF(pack_lines)(to + p * out_step, out_step, from + p, row, last + p);
    for (; p < k; p++)
      for (i64 i = 0; i < WIDTH(T) && first + i < rows; i++)
        to[p * out_step + i] = from[i * row + p];
  }
}

// out[p · out_step + i] = x[p · step + i], likewise.
static void OF(pack_along)(T *out, i64 out_step, const T *x, i64 step, i64 count, i64 k) {
  for (i64 first = 0; first < count; first += WIDTH(T)) {
    const i64 n = count - first < WIDTH(T) ? count - first : WIDTH(T);
    T *to = out + first;
    const T *from = x + first;
    // Whole vectors may be read as long as they end within the operand.
    i64 p = 0;
    const i64 beyond = WIDTH(T) - n;
    for (; p < k && (p + 1 < k ? (k - 1 - p) * step + n >= WIDTH(T) : beyond == 0);
         p++, to += out_step, from += step)
      *(OF(vector) *)to = *(const OF(vector) *)from;
    for (; p < k; p++, to += out_step, from += step)
      for (i64 i = 0; i < n; i++) to[i] = from[i];
  }
}

// out = alpha · sums + beta · out for the sums that the kernel has left in a tile, turned.
static void OF(place_tile)(const T *tile, i64 tile_row, i64 rows, i64 n, T *out, i64 out_row,
                           T alpha, T beta) {
  for (i64 r = 0; r < rows; r++, tile += tile_row, out += out_row) {
    if (beta == 0)
      FOR_EACH(T, out[i] = alpha * tile[i]);
    else
      FOR_EACH(T, out[i] = __builtin_elementwise_fma(beta, out[i], alpha * tile[i]));
  }
}
