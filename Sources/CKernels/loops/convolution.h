// Convolutions as matrix products whose operands are read from the images as they lie.
//
// One matrix has a row for each of a group's channels and positions of the kernel, `rows` in all, and
// a column for each pixel of the result in the whole batch; a panel of its columns is looked up at a
// time. `places` say where its elements are in an image: the same for every channel.

// How the elements of a row of a panel lie, for each of its two vectors.
enum {
  PLACES_NONE, PLACES_RUN, PLACES_PART_OF_RUN,
  PLACES_EVERY_SECOND, PLACES_PART_OF_EVERY_SECOND, PLACES_APART
};

// Of a panel: `at` has the place of each pixel for each position of the kernel, relative to the
// channel's place in the panel's first image, or -1 for the border; `kind` and `start` describe each
// vector of them.
typedef struct panel_places {
  i64 image, pixels;  // the first pixel's image; how many pixels there are
  i64 first;          // the first pixel's place in its image
  int32_t *at, *start;
  uint8_t *kind;
} panel_places;

ALWAYS_INLINE i64 positions_of(const agk_convolution *c) {
  return c->kernel[0] * c->kernel[1] * c->kernel[2];
}
ALWAYS_INLINE i64 in_plane_of(const agk_convolution *c) { return c->in[0] * c->in[1] * c->in[2]; }
ALWAYS_INLINE i64 out_plane_of(const agk_convolution *c) {
  return c->out[0] * c->out[1] * c->out[2];
}

// How a weight is read as the row operand, a row for each of the result's channels. A turned one
// belongs to the convolution of which this one is the way back: input and result exchanged, the
// kernel the other way round.
ALWAYS_INLINE tile_terms weight_terms(const agk_convolution *c, bool turned) {
  const i64 positions = positions_of(c), rows = c->in_channels * positions;
  if (!turned) return (tile_terms){1, rows, rows, 1, 0};
  if (positions == 1) return (tile_terms){1, rows, 1, c->out_channels, 0};
  return (tile_terms){c->in_channels, positions, positions, -1, c->out_channels * positions};
}

// The bytes of the places of a panel of `width` columns.
ALWAYS_INLINE i64 bytes_of_places(const agk_convolution *c, i64 width) {
  return (positions_of(c) * (width * 4 + 2 * 4 + 2) + 63) / 64 * 64;
}

static void find_places(const agk_convolution *c, i64 width, i64 panel, void *memory,
                        panel_places *p) {
  enum { MOST = 2 * VECTOR_BYTES / 4 };
  const i64 plane = out_plane_of(c), positions = positions_of(c), lanes = width / 2;
  const i64 image_size = c->groups * c->in_channels * in_plane_of(c);
  const i64 pixel = panel * width;
  p->image = pixel / plane;
  p->first = pixel % plane;
  p->pixels = c->batch * plane - pixel < width ? c->batch * plane - pixel : width;
  p->at = memory;
  p->start = p->at + positions * width;
  p->kind = (uint8_t *)(p->start + positions * 2);
  int32_t d[MOST], h[MOST], w[MOST], image[MOST];
  i64 at[3] = {p->first / (c->out[1] * c->out[2]), p->first / c->out[2] % c->out[1],
               p->first % c->out[2]};
  int32_t base = 0;
  for (i64 j = 0; j < width; j++) {
    // What lies behind the last pixel is far outside of every image.
    d[j] = j < p->pixels ? (int32_t)(at[0] * c->stride[0] - c->padding[0]) : INT32_MIN / 2;
    h[j] = (int32_t)(at[1] * c->stride[1] - c->padding[1]);
    w[j] = (int32_t)(at[2] * c->stride[2] - c->padding[2]);
    image[j] = base;
    if (++at[2] < c->out[2]) continue;
    at[2] = 0;
    if (++at[1] < c->out[1]) continue;
    at[1] = 0;
    if (++at[0] < c->out[0]) continue;
    at[0] = 0;
    base += (int32_t)image_size;
  }
  const int32_t depth = (int32_t)c->in[0], height = (int32_t)c->in[1], row = (int32_t)c->in[2];
  int32_t *place = p->at;
  for (i64 kd = 0; kd < c->kernel[0]; kd++)
    for (i64 kh = 0; kh < c->kernel[1]; kh++)
      for (i64 kw = 0; kw < c->kernel[2]; kw++, place += width) {
        const int32_t by_d = (int32_t)(kd * c->dilation[0]), by_h = (int32_t)(kh * c->dilation[1]),
                      by_w = (int32_t)(kw * c->dilation[2]);
        for (i64 j = 0; j < width; j++) {
          const int32_t i = d[j] + by_d, k = h[j] + by_h, l = w[j] + by_w;
          const bool inside = (uint32_t)i < (uint32_t)depth && (uint32_t)k < (uint32_t)height
                              && (uint32_t)l < (uint32_t)row;
          place[j] = inside ? image[j] + (i * height + k) * row + l : -1;
        }
      }
  for (i64 i = 0; i < positions * 2; i++) {
    place = p->at + i * lanes;
    i64 j = 0;
    while (j < lanes && place[j] < 0) j++;
    const int32_t begin = (int32_t)j, first = j < lanes ? place[j] : 0;
    int32_t present = 0, apart = 0, not_second = 0;
    for (int32_t k = 0; k < lanes; k++) {
      present += place[k] >= 0;
      apart += place[k] >= 0 && place[k] != first + k - begin;
      not_second += place[k] >= 0 && place[k] != first + 2 * (k - begin);
    }
    const bool is_whole = present == lanes;
    p->start[i] = first - (apart == 0 ? begin : 2 * begin);
    p->kind[i] = present == 0      ? PLACES_NONE
                 : apart == 0      ? (is_whole ? PLACES_RUN : PLACES_PART_OF_RUN)
                 : not_second == 0 ? (is_whole ? PLACES_EVERY_SECOND : PLACES_PART_OF_EVERY_SECOND)
                                   : PLACES_APART;
  }
}

// The elements 0, 2, 4, … of a run, of which none behind the last one is read.
#define SECONDS_2 0, 3
#define SECONDS_4 0, 2, 5, 7
#define SECONDS_8 0, 2, 4, 6, 9, 11, 13, 15
#define SECONDS_16 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31
#define SECONDS(N) JOINED(SECONDS_, N)
#define EVERY_SECOND(T, N) \
  ALWAYS_INLINE void every_second_##T(T *out, const T *run) { \
    const register_##T low = *(const register_##T *)run; \
    const register_##T high = *(const register_##T *)(run + N - 1); \
    *(register_##T *)out = __builtin_shufflevector(low, high, SECONDS(N)); \
  }
#if VECTOR_BYTES == 64
EVERY_SECOND(i32, 16) EVERY_SECOND(i64, 8) EVERY_SECOND(f32, 16) EVERY_SECOND(f64, 8)
#elif VECTOR_BYTES == 32
EVERY_SECOND(i32, 8) EVERY_SECOND(i64, 4) EVERY_SECOND(f32, 8) EVERY_SECOND(f64, 4)
#else
EVERY_SECOND(i32, 4) EVERY_SECOND(i64, 2) EVERY_SECOND(f32, 4) EVERY_SECOND(f64, 2)
#endif

#define CONVOLUTION(T) \
  /* Rows `from`..<`to` of a group's panel. */ \
  static void look_up_##T(const agk_convolution *c, const panel_places *p, i64 group, i64 from, \
                          i64 to, T *out, const T *x) { \
    const i64 positions = positions_of(c), plane = in_plane_of(c); \
    const T *begin = x, *end = x + c->batch * c->groups * c->in_channels * plane; \
    i64 k = from % positions; \
    x += ((p->image * c->groups + group) * c->in_channels + from / positions) * plane; \
    for (i64 row = from; row < to; row++) { \
      for (i64 v = 0; v < 2; v++) { \
        const i64 n = WIDTH(T); \
        const int32_t *at = p->at + k * PANEL(T) + v * n; \
        const T *run = x + p->start[2 * k + v]; \
        switch (p->kind[2 * k + v]) { \
          case PLACES_NONE: *(register_##T *)out = (register_##T){0}; break; \
          case PLACES_RUN: *(register_##T *)out = *(const register_##T *)run; break; \
          case PLACES_PART_OF_RUN: \
            FOR_EACH(T, out[i] = at[i] >= 0 ? run[i] : 0); \
            break; \
          case PLACES_EVERY_SECOND: every_second_##T(out, run); break; \
          case PLACES_PART_OF_EVERY_SECOND: \
            if (run >= begin && end - run >= 2 * n) { \
              every_second_##T(out, run); \
              FOR_EACH(T, out[i] = at[i] >= 0 ? out[i] : 0); \
              break; \
            } \
            __attribute__((fallthrough)); \
          default: \
            FOR_EACH(T, out[i] = at[i] >= 0 ? x[at[i]] : 0); \
        } \
        out += n; \
      } \
      if (++k == positions) { \
        k = 0; \
        x += plane; \
      } \
    } \
  } \
  /* Adds rows of a panel to where they were looked up. */ \
  static void add_back_##T(const agk_convolution *c, const panel_places *p, i64 from, i64 to, \
                           T *x, const T *panel) { \
    const i64 positions = positions_of(c), plane = in_plane_of(c); \
    i64 k = from % positions; \
    x += from / positions * plane; \
    for (i64 row = from; row < to; row++) { \
      for (i64 v = 0; v < 2; v++) { \
        const i64 n = WIDTH(T); \
        const int32_t *at = p->at + k * PANEL(T) + v * n; \
        T *run = x + p->start[2 * k + v]; \
        switch (p->kind[2 * k + v]) { \
          case PLACES_NONE: break; \
          case PLACES_RUN: *(register_##T *)run += *(const register_##T *)panel; break; \
          default: \
            for (i64 i = 0; i < n; i++) \
              if (at[i] >= 0) x[at[i]] = (T)((element_##T)x[at[i]] + (element_##T)panel[i]); \
        } \
        panel += n; \
      } \
      if (++k == positions) { \
        k = 0; \
        x += plane; \
      } \
    } \
  } \
  /* A panel of an image's channels themselves, `count` rows; pixels from the panel's first on. */ \
  static void take_pixels_##T(const panel_places *p, i64 plane, i64 image_size, i64 count, T *out, \
                              const T *x) { \
    i64 done = 0; \
    const T *image = x + p->image * image_size; \
    i64 pixel = p->first; \
    while (done < p->pixels) { \
      const i64 n = plane - pixel < p->pixels - done ? plane - pixel : p->pixels - done; \
      for (i64 row = 0; row < count; row++) { \
        const T *from = image + row * plane + pixel; \
        T *to = out + row * PANEL(T) + done; \
        for (i64 i = 0; i < n; i++) to[i] = from[i]; \
      } \
      done += n; \
      pixel = 0; \
      image += image_size; \
    } \
    for (i64 row = 0; row < count; row++) \
      for (i64 i = done; i < PANEL(T); i++) out[row * PANEL(T) + i] = 0; \
  } \
  /* The opposite: a panel's rows go to their channels. */ \
  static void put_pixels_##T(const panel_places *p, i64 plane, i64 image_size, i64 count, T *x, \
                             const T *panel) { \
    i64 done = 0; \
    T *image = x + p->image * image_size; \
    i64 pixel = p->first; \
    while (done < p->pixels) { \
      const i64 n = plane - pixel < p->pixels - done ? plane - pixel : p->pixels - done; \
      for (i64 row = 0; row < count; row++) { \
        T *to = image + row * plane + pixel; \
        const T *from = panel + row * PANEL(T) + done; \
        for (i64 i = 0; i < n; i++) to[i] = from[i]; \
      } \
      done += n; \
      pixel = 0; \
      image += image_size; \
    } \
  } \
  static void convolve_panel_##T(const agk_convolution *c, bool turned, i64 group, i64 panel, \
                                 i64 from, i64 to, T *out, const T *x, const T *weight, \
                                 const T *bias, char *memory) { \
    const i64 rows = c->in_channels * positions_of(c), plane = out_plane_of(c); \
    const i64 channels = c->groups * c->out_channels; \
    panel_places p; \
    find_places(c, PANEL(T), panel, memory, &p); \
    T *columns = (T *)(memory + bytes_of_places(c, PANEL(T))); \
    look_up_##T(c, &p, group, 0, rows, columns, x); \
    const bool is_whole = p.pixels == PANEL(T) && p.first + PANEL(T) <= plane; \
    const i64 vectors = p.pixels > WIDTH(T) ? 2 : 1; \
    const i64 positions = positions_of(c); \
    const tile_terms terms = weight_terms(c, turned); \
    const T *first = weight + group * c->out_channels * rows + (turned ? positions - 1 : 0); \
    T sums[TILE_ROWS * PANEL(T)]; \
    const i64 step = rows_of_tile(to - from); \
    for (i64 row = from; row < to; row += step) { \
      const i64 count = to - row < step ? to - row : step; \
      const i64 channel = group * c->out_channels + row; \
      T *tile = is_whole ? out + (p.image * channels + channel) * plane + p.first : sums; \
      const i64 tile_row = is_whole ? plane : PANEL(T); \
      if (bias != NULL) \
        for (i64 i = 0; i < count; i++) \
          for (i64 j = 0; j < PANEL(T); j++) tile[i * tile_row + j] = bias[channel + i]; \
      tile_##T(count, vectors, &terms, first + row * terms.a_row, columns, tile, tile_row, \
               bias != NULL); \
      if (!is_whole) \
        put_pixels_##T(&p, plane, channels * plane, count, out + channel * plane, sums); \
    } \
  } \
  static void convolve_back_##T(const agk_convolution *c, i64 group, i64 from, i64 to, T *x, \
                                const T *gradient, const T *weight, const T *bias, \
                                char *memory) { \
    const i64 positions = positions_of(c), rows = c->in_channels * positions; \
    const i64 plane = out_plane_of(c), in_plane = in_plane_of(c); \
    const i64 channels = c->groups * c->in_channels, out_channels = c->groups * c->out_channels; \
    x += group * c->in_channels * in_plane; \
    for (i64 image = 0; image < c->batch; image++) \
      for (i64 channel = from; channel < to; channel++) { \
        const T value = bias != NULL ? bias[group * c->in_channels + channel] : 0; \
        T *all = x + (image * channels + channel) * in_plane; \
        for (i64 i = 0; i < in_plane; i++) all[i] = value; \
      } \
    T *columns = (T *)(memory + bytes_of_places(c, PANEL(T))); \
    const i64 panels = (c->batch * plane + PANEL(T) - 1) / PANEL(T); \
    const i64 first = from * positions, last = to * positions, step = rows_of_tile(last - first); \
    const tile_terms terms = {1, c->out_channels, 1, rows, 0}; \
    T sums[TILE_ROWS * PANEL(T)]; \
    for (i64 panel = 0; panel < panels; panel++) { \
      panel_places p; \
      find_places(c, PANEL(T), panel, memory, &p); \
      take_pixels_##T(&p, plane, out_channels * plane, c->out_channels, columns, \
                      gradient + group * c->out_channels * plane); \
      const i64 vectors = p.pixels > WIDTH(T) ? 2 : 1; \
      for (i64 row = first; row < last; row += step) { \
        const i64 count = last - row < step ? last - row : step; \
        tile_##T(count, vectors, &terms, weight + group * c->out_channels * rows + row, columns, \
                 sums, PANEL(T), false); \
        add_back_##T(c, &p, row, row + count, x + p.image * channels * in_plane, sums); \
      } \
    } \
  } \
  /* The looked-up rows of a block of panels are the row operand here, pixels the terms. */ \
  static void convolve_weight_##T(const agk_convolution *c, i64 group, i64 from, i64 to, \
                                  T *weight, const T *x, const T *gradient, char *memory) { \
    const i64 rows = c->in_channels * positions_of(c), plane = out_plane_of(c), count = to - from; \
    const i64 out_channels = c->groups * c->out_channels; \
    const i64 panels = (c->batch * plane + PANEL(T) - 1) / PANEL(T); \
    const i64 columns = (c->out_channels + PANEL(T) - 1) / PANEL(T) * PANEL(T); \
    T *looked_up = (T *)(memory + bytes_of_places(c, PANEL(T))); \
    T *turned = looked_up + CONVOLUTION_BLOCK * count * PANEL(T); \
    T *sums = turned + CONVOLUTION_BLOCK * PANEL(T) * PANEL(T); \
    const i64 step = rows_of_tile(count); \
    gradient += group * c->out_channels * plane; \
    for (i64 block = 0; block < panels; block += CONVOLUTION_BLOCK) { \
      const i64 some = panels - block < CONVOLUTION_BLOCK ? panels - block : CONVOLUTION_BLOCK; \
      panel_places p; \
      for (i64 i = 0; i < some; i++) { \
        find_places(c, PANEL(T), block + i, memory, &p); \
        look_up_##T(c, &p, group, from, to, looked_up + i * count * PANEL(T), x); \
      } \
      const tile_terms terms = {some, PANEL(T), PANEL(T), 1, count * PANEL(T)}; \
      for (i64 channel = 0; channel < c->out_channels; channel += PANEL(T)) { \
        const i64 width = \
            c->out_channels - channel < PANEL(T) ? c->out_channels - channel : PANEL(T); \
        const i64 all = c->batch * plane; \
        i64 pixel = block * PANEL(T); \
        const i64 end = all - pixel < some * PANEL(T) ? all : pixel + some * PANEL(T); \
        T *to_row = turned; \
        if (width < PANEL(T) || end - pixel < some * PANEL(T)) \
          memset(turned, 0, (size_t)(some * PANEL(T) * PANEL(T)) * sizeof(T)); \
        while (pixel < end) { \
          const i64 image = pixel / plane, at = pixel % plane; \
          const i64 n = plane - at < end - pixel ? plane - at : end - pixel; \
          copy(sizeof(T), n, width, to_row, PANEL(T), 1, \
               gradient + (image * out_channels + channel) * plane + at, 1, plane); \
          to_row += n * PANEL(T); \
          pixel += n; \
        } \
        const i64 vectors = width > WIDTH(T) ? 2 : 1; \
        for (i64 row = 0; row < count; row += step) \
          tile_##T(count - row < step ? count - row : step, vectors, &terms, \
                   looked_up + row * PANEL(T), turned, sums + row * columns + channel, columns, \
                   block > 0); \
      } \
    } \
    copy(sizeof(T), c->out_channels, count, weight + group * c->out_channels * rows + from, rows, \
         1, sums, 1, columns); \
  }
CONVOLUTION(i32)
CONVOLUTION(i64)
CONVOLUTION(f32)
CONVOLUTION(f64)

#define FOR_DTYPE(CALL) \
  switch (dtype) { \
    case AGK_BOOL: break; \
    case AGK_INT32: CALL(i32); break; \
    case AGK_INT64: CALL(i64); break; \
    case AGK_FLOAT32: CALL(f32); break; \
    case AGK_FLOAT64: CALL(f64); break; \
  }

static void convolve_panel(agk_dtype dtype, const agk_convolution *c, bool turned, i64 group,
                           i64 panel, i64 from, i64 to, void *out, const void *x,
                           const void *weight, const void *bias, char *memory) {
#define CALL(T) \
  convolve_panel_##T(c, turned, group, panel, from, to, out, x, weight, bias, memory)
  FOR_DTYPE(CALL)
#undef CALL
}

static void convolve_back(agk_dtype dtype, const agk_convolution *c, i64 group, i64 from, i64 to,
                          void *x, const void *gradient, const void *weight, const void *bias,
                          char *memory) {
#define CALL(T) convolve_back_##T(c, group, from, to, x, gradient, weight, bias, memory)
  FOR_DTYPE(CALL)
#undef CALL
}

static void convolve_weight(agk_dtype dtype, const agk_convolution *c, i64 group, i64 from, i64 to,
                            void *weight, const void *x, const void *gradient, char *memory) {
#define CALL(T) convolve_weight_##T(c, group, from, to, weight, x, gradient, memory)
  FOR_DTYPE(CALL)
#undef CALL
}
