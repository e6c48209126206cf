// Planes in another size, as separate weighted sums along each dimension.
//
// A row of the input is resized along itself once, and rows so resized are then added up with the
// weights of the outer dimensions. Neighbouring rows of the result share most of them.

#define RESIZE(T) \
  static void resize_row_##T(const agk_resize *r, T *out, const T *x) { \
    const i64 n = r->out[2]; \
    const i32 *p = r->places[2]; \
    const T *w = r->weights[2]; \
    if (w == NULL) { \
      FOR_EACH(T, out[i] = x[p[i]]); \
    } else if (r->taps[2] == 2) { \
      FOR_EACH(T, out[i] = w[i] * x[p[i]] + w[n + i] * x[p[n + i]]); \
    } else { \
      FOR_EACH(T, out[i] = w[i] * x[p[i]]); \
      for (i64 t = 1; t < r->taps[2]; t++) { \
        p += n; \
        w += n; \
        FOR_EACH(T, out[i] = out[i] + w[i] * x[p[i]]); \
      } \
    } \
  } \
  /* The weighted sum of rows. */ \
  static void join_rows_##T(i64 n, i64 rows, T *out, const T *const *from, const T *weights) { \
    const T *a = from[0]; \
    if (rows == 1) { \
      memcpy(out, a, (size_t)n * sizeof(T)); \
    } else { \
      const T *b = from[1]; \
      FOR_EACH(T, out[i] = weights[0] * a[i] + weights[1] * b[i]); \
      for (i64 k = 2; k < rows; k++) { \
        const T *c = from[k]; \
        FOR_EACH(T, out[i] = out[i] + weights[k] * c[i]); \
      } \
    } \
  } \
  /* The input's rows that a row of the result is made of, and their weights. */ \
  ALWAYS_INLINE i64 rows_of_##T(const agk_resize *r, i64 plane, i64 slice, i64 row, i64 *rows, \
                                T *weights) { \
    i64 count = 0; \
    for (i64 a = 0; a < r->taps[0]; a++) \
      for (i64 b = 0; b < r->taps[1]; b++) { \
        const i64 outer = a * r->out[0] + slice, inner = b * r->out[1] + row; \
        rows[count] = (plane * r->size[0] + r->places[0][outer]) * r->size[1] \
            + r->places[1][inner]; \
        weights[count] = (r->weights[0] ? ((const T *)r->weights[0])[outer] : 1) \
            * (r->weights[1] ? ((const T *)r->weights[1])[inner] : 1); \
        count++; \
      } \
    return count; \
  } \
  ALWAYS_INLINE i64 slot_of_##T(i64 row, i64 count, const i64 *held) { \
    for (i64 slot = 0; slot < count; slot++) \
      if (held[slot] == row) return slot; \
    return -1; \
  } \
  static void resize_rows_##T(const agk_resize *r, i64 first, i64 last, T *out, const T *x, \
                              T *scratch) { \
    const i64 n = r->out[2]; \
    i64 rows[AGK_RESIZE_ROWS], held[AGK_RESIZE_ROWS]; \
    T weights[AGK_RESIZE_ROWS]; \
    const T *from[AGK_RESIZE_ROWS]; \
    for (i64 k = 0; k < AGK_RESIZE_ROWS; k++) held[k] = -1; \
    for (i64 at = first; at < last; at++) { \
      const i64 plane = at / (r->out[0] * r->out[1]); \
      const i64 count = rows_of_##T(r, plane, at / r->out[1] % r->out[0], at % r->out[1], rows, \
                                    weights); \
      for (i64 k = 0; k < count; k++) { \
        i64 slot = slot_of_##T(rows[k], count, held); \
        if (slot < 0) { \
          /* There are as many slots as rows, so that one holds a row no longer needed. */ \
          slot = 0; \
          while (slot_of_##T(held[slot], count, rows) >= 0) slot++; \
          resize_row_##T(r, scratch + slot * n, x + rows[k] * r->size[2]); \
          held[slot] = rows[k]; \
        } \
        from[k] = scratch + slot * n; \
      } \
      join_rows_##T(n, count, out + at * n, from, weights); \
    } \
  } \
\
  static void add_weighted_##T(i64 n, T *out, T weight, const T *x) { \
    FOR_EACH(T, out[i] = out[i] + weight * x[i]); \
  } \
  static void spread_resized_##T(const agk_resize *r, T *out, const T *g) { \
    const i64 n = r->out[2]; \
    const i32 *p = r->places[2]; \
    const T *w = r->weights[2]; \
    if (w == NULL) { \
      for (i64 i = 0; i < n; i++) out[p[i]] += g[i]; \
      return; \
    } \
    for (i64 i = 0; i < n; i++) \
      for (i64 t = 0; t < r->taps[2]; t++) out[p[t * n + i]] += w[t * n + i] * g[i]; \
  } \
  static void resize_backward_##T(const agk_resize *r, i64 first, i64 last, T *out, const T *g, \
                                  T *scratch) { \
    const i64 n = r->out[2], height = r->size[0] * r->size[1], width = r->size[2]; \
    i64 rows[AGK_RESIZE_ROWS]; \
    T weights[AGK_RESIZE_ROWS]; \
    for (i64 plane = first; plane < last; plane++) { \
      memset(scratch, 0, (size_t)(height * n) * sizeof(T)); \
      for (i64 d = 0; d < r->out[0]; d++) \
        for (i64 h = 0; h < r->out[1]; h++) { \
          const T *from = g + ((plane * r->out[0] + d) * r->out[1] + h) * n; \
          const i64 count = rows_of_##T(r, 0, d, h, rows, weights); \
          for (i64 k = 0; k < count; k++) \
            add_weighted_##T(n, scratch + rows[k] * n, weights[k], from); \
        } \
      T *to = out + plane * height * width; \
      memset(to, 0, (size_t)(height * width) * sizeof(T)); \
      for (i64 row = 0; row < height; row++) \
        spread_resized_##T(r, to + row * width, scratch + row * n); \
    } \
  }
RESIZE(f32)
RESIZE(f64)

static void resize_rows(agk_dtype dtype, const agk_resize *r, i64 first, i64 last, void *out,
                        const void *x, void *scratch) {
  if (dtype == AGK_FLOAT32)
    resize_rows_f32(r, first, last, out, x, scratch);
  else
    resize_rows_f64(r, first, last, out, x, scratch);
}

static void resize_backward(agk_dtype dtype, const agk_resize *r, i64 first, i64 last, void *out,
                            const void *g, void *scratch) {
  if (dtype == AGK_FLOAT32)
    resize_backward_f32(r, first, last, out, g, scratch);
  else
    resize_backward_f64(r, first, last, out, g, scratch);
}
