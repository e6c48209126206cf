// Convolutions as sums of shifted images: each channel is laid out once with its border, so that what
// one position of the kernel reads is a run of it. For few channels, whose pixels are the vectors.
//
// An image with a stride comes apart into as many phases, of which each has the pixels that some
// positions of the kernel read, side by side. Runs go over the ends of rows: what comes of the pixels
// between is left out of the result.

// How a channel is laid out: pixel + padding, of which those below `extent` count, is the pixel's
// place, counted in `sizes` of each phase.
typedef struct shifted_layout {
  i64 in[3], phases[3], padding[3], extent[3], sizes[3];
  i64 plane, channel;  // the elements of a phase, and of all
} shifted_layout;

ALWAYS_INLINE void finish_layout(shifted_layout *s) {
  for (i64 i = 0; i < 3; i++) s->sizes[i] = (s->extent[i] + s->phases[i] - 1) / s->phases[i];
  s->plane = s->sizes[0] * s->sizes[1] * s->sizes[2];
  s->channel = s->plane * s->phases[0] * s->phases[1] * s->phases[2];
}

// The input, for the result and the weight's gradient.
static shifted_layout layout_of_input(const agk_convolution *c) {
  shifted_layout s;
  for (i64 i = 0; i < 3; i++) {
    s.in[i] = c->in[i];
    s.phases[i] = c->stride[i];
    s.padding[i] = c->padding[i];
    s.extent[i] = (c->out[i] - 1) * c->stride[i] + (c->kernel[i] - 1) * c->dilation[i] + 1;
  }
  finish_layout(&s);
  return s;
}

// The result's gradient, for the input's; runs over it are the phases of the input's, which begin with
// `first` and have `count` pixels at most.
static shifted_layout layout_of_gradient(const agk_convolution *c, i64 first[3], i64 count[3]) {
  shifted_layout s;
  for (i64 i = 0; i < 3; i++) {
    const i64 most = (c->kernel[i] - 1) * c->dilation[i] / c->stride[i];
    first[i] = c->padding[i] / c->stride[i];
    count[i] = (c->padding[i] + c->in[i] - 1) / c->stride[i] - first[i] + 1;
    s.in[i] = c->out[i];
    s.phases[i] = 1;
    s.padding[i] = most - first[i];
    s.extent[i] = count[i] + most;
  }
  finish_layout(&s);
  return s;
}

// a / b and a % b of what is not negative, without the division that most of them do not need.
ALWAYS_INLINE i64 quotient(i64 a, i64 b) { return b == 1 ? a : b == 2 ? a >> 1 : a / b; }
ALWAYS_INLINE i64 remainder_of(i64 a, i64 b) { return b == 1 ? 0 : b == 2 ? a & 1 : a % b; }

// Where runs for the kernel's positions begin.
static void shifts_of_input(const agk_convolution *c, const shifted_layout *s, int32_t *shifts) {
  const i64 *k = c->dilation, *by = c->stride;
  for (i64 d = 0; d < c->kernel[0]; d++)
    for (i64 h = 0; h < c->kernel[1]; h++)
      for (i64 w = 0; w < c->kernel[2]; w++) {
        const i64 phase = (d * k[0] % by[0] * by[1] + h * k[1] % by[1]) * by[2] + w * k[2] % by[2];
        const i64 place = (d * k[0] / by[0] * s->sizes[1] + h * k[1] / by[1]) * s->sizes[2];
        *shifts++ = (int32_t)(phase * s->plane + place + w * k[2] / by[2]);
      }
}

// The positions of the kernel that meet a phase of the input, and where their runs begin.
static i64 shifts_of_gradient(const agk_convolution *c, const shifted_layout *s,
                              const i64 phase[3], int32_t *positions, int32_t *shifts) {
  i64 found = 0, position = 0;
  for (i64 d = 0; d < c->kernel[0]; d++)
    for (i64 h = 0; h < c->kernel[1]; h++)
      for (i64 w = 0; w < c->kernel[2]; w++, position++) {
        const i64 at[3] = {d * c->dilation[0], h * c->dilation[1], w * c->dilation[2]};
        bool meets = true;
        i64 place = 0;
        for (i64 i = 0; i < 3; i++) {
          meets = meets && at[i] % c->stride[i] == phase[i];
          const i64 most = (c->kernel[i] - 1) * c->dilation[i] / c->stride[i];
          place = place * s->sizes[i] + most - at[i] / c->stride[i];
        }
        if (!meets) continue;
        positions[found] = (int32_t)position;
        shifts[found++] = (int32_t)place;
      }
  return found;
}

// What vectors read behind a layout's end, or write behind a run's.
#define SHIFTED_SLACK(T) (4 * WIDTH(T))
// The pixels whose sums are held at a time.
#define SHIFTED_RUN(T) (32 * WIDTH(T))
#define SHIFTED_RUN_ROW(T) (SHIFTED_RUN(T) + SHIFTED_SLACK(T))

#if HAS_MASKS
#define SHIFTED_VECTORS(ROWS) ((ROWS) <= 4 ? 4 : 2)
#define SHIFTED_CASES(T) \
  SHIFTED_CASE(T, 1) SHIFTED_CASE(T, 2) SHIFTED_CASE(T, 3) SHIFTED_CASE(T, 4) \
  SHIFTED_CASE(T, 5) SHIFTED_CASE(T, 6) SHIFTED_CASE(T, 7) SHIFTED_CASE(T, 8) \
  SHIFTED_CASE(T, 9) SHIFTED_CASE(T, 10) SHIFTED_CASE(T, 11) SHIFTED_CASE(T, 12) \
  SHIFTED_CASE(T, 13) SHIFTED_CASE(T, 14)
#else
#define SHIFTED_VECTORS(ROWS) ((ROWS) <= 2 ? 4 : 2)
#define SHIFTED_CASES(T) \
  SHIFTED_CASE(T, 1) SHIFTED_CASE(T, 2) SHIFTED_CASE(T, 3) SHIFTED_CASE(T, 4) \
  SHIFTED_CASE(T, 5) SHIFTED_CASE(T, 6)
#endif
#define SHIFTED_CASE(T, ROWS) \
  case ROWS: \
    for (; n - i > (SHIFTED_VECTORS(ROWS) - 1) * WIDTH(T); i += SHIFTED_VECTORS(ROWS) * WIDTH(T)) \
      sum_shifted_##T(ROWS, SHIFTED_VECTORS(ROWS), terms, a, b + i, shifts, out + i); \
    for (; i < n; i += WIDTH(T)) sum_shifted_##T(ROWS, 1, terms, a, b + i, shifts, out + i); \
    break;

// The rows and terms of dot products that registers hold.
enum { DOT_ROWS = 4, DOT_ROW_TERMS = 9 };
#if HAS_MASKS
enum { DOT_TERMS = 6 };
#else
enum { DOT_TERMS = 3 };
#endif

#define SHIFTED(T, BITS, EXPONENT) \
  static bool all_finite_##T(i64 n, const T *x) { \
    BITS found = 0; \
    for (i64 i = 0; i < n; i++) { \
      BITS bits; \
      memcpy(&bits, x + i, sizeof bits); \
      found |= (bits & EXPONENT) == EXPONENT; \
    } \
    return found == 0; \
  } \
  static void lay_out_##T(const shifted_layout *s, T *out, const T *x) { \
    const i64 steps = s->phases[2], width = s->in[2]; \
    for (i64 d = 0; d < s->in[0]; d++) { \
      const i64 at_d = d + s->padding[0]; \
      if (at_d < 0 || at_d >= s->extent[0]) continue; \
      for (i64 h = 0; h < s->in[1]; h++) { \
        const i64 at_h = h + s->padding[1]; \
        if (at_h < 0 || at_h >= s->extent[1]) continue; \
        const T *row = x + (d * s->in[1] + h) * width; \
        const i64 phase = \
            (remainder_of(at_d, s->phases[0]) * s->phases[1] + remainder_of(at_h, s->phases[1])) \
            * steps; \
        const i64 place = \
            (quotient(at_d, s->phases[0]) * s->sizes[1] + quotient(at_h, s->phases[1])) \
            * s->sizes[2]; \
        for (i64 first = 0; first < steps && first < width; first++) { \
          /* The pixels first, first + steps, …, of which those that count are from `w` on. */ \
          i64 w = first; \
          if (w + s->padding[2] < 0) \
            w += quotient(-s->padding[2] - w + steps - 1, steps) * steps; \
          const i64 at = w + s->padding[2]; \
          const i64 end = width - w < s->extent[2] - at ? width - w : s->extent[2] - at; \
          if (end <= 0) continue; \
          const i64 n = quotient(end + steps - 1, steps); \
          T *to = \
              out + (phase + remainder_of(at, steps)) * s->plane + place + quotient(at, steps); \
          const T *from = row + w; \
          if (steps == 1) FOR_EACH(T, to[i] = from[i]); \
          else if (steps == 2) \
            for (i64 i = 0; i < n; i++) to[i] = from[2 * i]; \
          else \
            for (i64 i = 0; i < n; i++) to[i] = from[steps * i]; \
        } \
      } \
    } \
  } \
  ALWAYS_INLINE void sum_shifted_##T(const i64 rows, const i64 vectors, i64 terms, const T *a, \
                                     const T *b, const int32_t *shifts, T *out) { \
    register_##T sums[TILE_ROWS][4]; \
    _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) \
            sums[r][v] = (register_##T){0}; \
    for (i64 k = 0; k < terms; k++, a += rows) { \
      const T *run = b + shifts[k]; \
      register_##T pixels[4]; \
      _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) \
          pixels[v] = *(const register_##T *)(run + v * WIDTH(T)); \
      _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) { \
        const register_##T all = (element_##T)a[r] - (register_##T){0}; \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) \
            sums[r][v] = MULTIPLY_ADD_##T(all, pixels[v], sums[r][v]); \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) SETTLE(sums[r][v]); \
      } \
    } \
    _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
        _Pragma("clang loop unroll(full)") for (i64 v = 0; v < vectors; v++) \
            *(register_##T *)(out + r * SHIFTED_RUN_ROW(T) + v * WIDTH(T)) = sums[r][v]; \
  } \
  /* Rows of sums over shifted runs of n pixels; the factors are a[term][row]. */ \
  static void sum_shifted_run_##T(i64 rows, i64 n, i64 terms, const T *a, const T *b, \
                          const int32_t *shifts, T *out) { \
    i64 i = 0; \
    switch (rows) { SHIFTED_CASES(T) } \
  } \
  static bool shifted_forward_##T(const agk_convolution *c, const agk_shifted_share *share, \
                                  T *out, const T *x, const T *weight, const T *bias, \
                                  char *memory) { \
    const shifted_layout s = layout_of_input(c); \
    const i64 positions = positions_of(c), terms = c->in_channels * positions; \
    const i64 out_plane = out_plane_of(c), in_plane = in_plane_of(c); \
    const i64 rows = share->to - share->from, step = rows_of_tile(rows); \
    T *images = (T *)memory, *sums = images + c->in_channels * s.channel + SHIFTED_SLACK(T); \
    T *a = sums + TILE_ROWS * SHIFTED_RUN_ROW(T); \
    int32_t *shifts = (int32_t *)(a + terms * rows); \
    memset(images, 0, (size_t)(c->in_channels * s.channel + SHIFTED_SLACK(T)) * sizeof(T)); \
    shifts_of_input(c, &s, shifts); \
    for (i64 k = positions; k < terms; k++) \
      shifts[k] = shifts[k - positions] + (int32_t)s.channel; \
    const i64 first = share->group * c->out_channels + share->from; \
    for (i64 row = 0; row < rows; row += step) { \
      const i64 some = rows - row < step ? rows - row : step; \
      for (i64 r = 0; r < some; r++) \
        for (i64 k = 0; k < terms; k++) \
          a[row * terms + k * some + r] = weight[(first + row + r) * terms + k]; \
    } \
    const i64 pitch = s.sizes[2], width = c->out[2], n = (c->out[1] - 1) * pitch + width; \
    for (i64 image = share->image; image < share->end; image++) { \
      for (i64 i = 0; i < c->in_channels; i++) { \
        const i64 channel = (image * c->groups + share->group) * c->in_channels + i; \
        lay_out_##T(&s, images + i * s.channel, x + channel * in_plane); \
      } \
      T *to = out + (image * c->groups * c->out_channels + first) * out_plane; \
      for (i64 d = 0; d < c->out[0]; d++) \
        for (i64 at = 0; at < n; at += SHIFTED_RUN(T)) { \
          const i64 end = n - at < SHIFTED_RUN(T) ? n : at + SHIFTED_RUN(T); \
          for (i64 row = 0; row < rows; row += step) { \
            const i64 some = rows - row < step ? rows - row : step; \
            sum_shifted_run_##T(some, end - at, terms, a + row * terms, \
                        images + d * s.sizes[1] * pitch + at, shifts, sums); \
            i64 line = at / pitch, column = at % pitch; \
            for (i64 i = at; i < end; i += pitch - column, line++, column = 0) { \
              const i64 count = width - column < end - i ? width - column : end - i; \
              for (i64 r = 0; r < some && count > 0; r++) { \
                const i64 n = count; \
                const T start = bias != NULL ? bias[first + row + r] : 0; \
                const T *from = sums + r * SHIFTED_RUN_ROW(T) + i - at; \
                T *pixels = \
                    to + (row + r) * out_plane + (d * c->out[1] + line) * width + column; \
                FOR_EACH(T, pixels[i] = from[i] + start); \
              } \
            } \
          } \
        } \
      if (!all_finite_##T(rows * out_plane, to)) return false; \
    } \
    return true; \
  } \
  static bool shifted_back_##T(const agk_convolution *c, const agk_shifted_share *share, T *x, \
                               const T *gradient, const T *weight, const T *bias, \
                               char *memory) { \
    i64 begin[3], counts[3]; \
    const shifted_layout s = layout_of_gradient(c, begin, counts); \
    const i64 positions = positions_of(c), terms = c->out_channels * positions; \
    const i64 out_plane = out_plane_of(c), in_plane = in_plane_of(c); \
    const i64 rows = share->to - share->from, step = rows_of_tile(rows); \
    T *images = (T *)memory, *sums = images + c->out_channels * s.channel + SHIFTED_SLACK(T); \
    T *a = sums + TILE_ROWS * SHIFTED_RUN_ROW(T); \
    int32_t *shifts = (int32_t *)(a + terms * rows), *found = shifts + terms; \
    memset(images, 0, (size_t)(c->out_channels * s.channel + SHIFTED_SLACK(T)) * sizeof(T)); \
    const i64 *by = c->stride; \
    i64 of_phase[AGK_MOST_PHASES], done = 0, phase[3], p = 0; \
    for (phase[0] = 0; phase[0] < by[0]; phase[0]++) \
      for (phase[1] = 0; phase[1] < by[1]; phase[1]++) \
        for (phase[2] = 0; phase[2] < by[2]; phase[2]++, p++) { \
          const i64 taps = shifts_of_gradient(c, &s, phase, found, shifts + done); \
          of_phase[p] = taps * c->out_channels; \
          for (i64 k = taps; k < of_phase[p]; k++) \
            shifts[done + k] = shifts[done + k - taps] + (int32_t)s.channel; \
          for (i64 row = 0; row < rows; row += step) { \
            const i64 some = rows - row < step ? rows - row : step; \
            T *to = a + done * rows + row * of_phase[p]; \
            for (i64 o = 0; o < c->out_channels; o++) \
              for (i64 k = 0; k < taps; k++) \
                for (i64 r = 0; r < some; r++) { \
                  const i64 channel = (share->group * c->out_channels + o) * c->in_channels; \
                  *to++ = weight[(channel + share->from + row + r) * positions + found[k]]; \
                } \
          } \
          done += of_phase[p]; \
        } \
    const i64 first = share->group * c->in_channels + share->from; \
    const i64 pitch = s.sizes[2], n = (counts[1] - 1) * pitch + counts[2]; \
    for (i64 image = share->image; image < share->end; image++) { \
      for (i64 i = 0; i < c->out_channels; i++) { \
        const i64 channel = (image * c->groups + share->group) * c->out_channels + i; \
        lay_out_##T(&s, images + i * s.channel, gradient + channel * out_plane); \
      } \
      T *all = x + (image * c->groups * c->in_channels + first) * in_plane; \
      done = p = 0; \
      for (phase[0] = 0; phase[0] < by[0]; phase[0]++) \
        for (phase[1] = 0; phase[1] < by[1]; phase[1]++) \
          for (phase[2] = 0; phase[2] < by[2]; done += of_phase[p++], phase[2]++) { \
            const i64 before = phase[2] - c->padding[2] + begin[2] * by[2]; \
            const i64 low = before >= 0 ? 0 : 1, left = c->in[2] - before; \
            const i64 fitting = left <= 0 ? 0 : (left + by[2] - 1) / by[2]; \
            const i64 high = fitting < counts[2] ? fitting : counts[2]; \
            for (i64 q = 0; q < counts[0]; q++) { \
              const i64 d = (q + begin[0]) * by[0] + phase[0] - c->padding[0]; \
              if (d < 0 || d >= c->in[0]) continue; \
              for (i64 at = 0; at < n; at += SHIFTED_RUN(T)) { \
                const i64 end = n - at < SHIFTED_RUN(T) ? n : at + SHIFTED_RUN(T); \
                for (i64 row = 0; row < rows; row += step) { \
                  const i64 some = rows - row < step ? rows - row : step; \
                  const T *factors = a + done * rows + row * of_phase[p]; \
                  sum_shifted_run_##T(some, end - at, of_phase[p], factors, \
                              images + q * s.sizes[1] * pitch + at, shifts + done, sums); \
                  for (i64 line = at / pitch; line * pitch < end; line++) { \
                    const i64 h = (line + begin[1]) * by[1] + phase[1] - c->padding[1]; \
                    if (h < 0 || h >= c->in[1]) continue; \
                    const i64 from = line * pitch + low > at ? line * pitch + low : at; \
                    const i64 to = line * pitch + high < end ? line * pitch + high : end; \
                    const i64 w = before + (from - line * pitch) * by[2]; \
                    for (i64 r = 0; r < some && from < to; r++) { \
                      const i64 n = to - from, steps = by[2]; \
                      const T start = bias != NULL ? bias[first + row + r] : 0; \
                      const T *run = sums + r * SHIFTED_RUN_ROW(T) + from - at; \
                      T *pixels = \
                          all + (row + r) * in_plane + (d * c->in[1] + h) * c->in[2] + w; \
                      if (steps == 1) FOR_EACH(T, pixels[i] = run[i] + start); \
                      else \
                        for (i64 i = 0; i < n; i++) pixels[i * steps] = run[i] + start; \
                    } \
                  } \
                } \
              } \
            } \
          } \
      if (!all_finite_##T(rows * in_plane, all)) return false; \
    } \
    return true; \
  } \
  ALWAYS_INLINE void dot_runs_##T(const i64 rows, const i64 terms, i64 n, const T *g, i64 g_row, \
                                  const T *x, const int32_t *shifts, T *out) { \
    register_##T sums[DOT_ROWS][DOT_ROW_TERMS]; \
    _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) \
        _Pragma("clang loop unroll(full)") for (i64 k = 0; k < terms; k++) \
            sums[r][k] = (register_##T){0}; \
    const T *runs[DOT_ROW_TERMS]; \
    _Pragma("clang loop unroll(full)") for (i64 k = 0; k < terms; k++) runs[k] = x + shifts[k]; \
    for (i64 i = 0; i < n; i += WIDTH(T)) { \
      _Pragma("clang loop unroll(full)") for (i64 k = 0; k < terms; k++) { \
        const register_##T pixels = *(const register_##T *)(runs[k] + i); \
        _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) sums[r][k] = \
            MULTIPLY_ADD_##T(*(const register_##T *)(g + r * g_row + i), pixels, sums[r][k]); \
        _Pragma("clang loop unroll(full)") for (i64 r = 0; r < rows; r++) SETTLE(sums[r][k]); \
      } \
    } \
    for (i64 r = 0; r < rows; r++) \
      for (i64 k = 0; k < terms; k++) { \
        T sum = 0; \
        for (i64 i = 0; i < WIDTH(T); i++) sum += sums[r][k][i]; \
        out[r * DOT_ROW_TERMS + k] = sum; \
      } \
  } \
  static bool shifted_weight_##T(const agk_convolution *c, const agk_shifted_share *share, \
                                 T *weight, const T *x, const T *gradient, char *memory) { \
    const shifted_layout s = layout_of_input(c); \
    const i64 positions = positions_of(c), terms = c->in_channels * positions; \
    const i64 out_plane = out_plane_of(c), in_plane = in_plane_of(c); \
    const i64 pitch = s.sizes[2]; \
    const i64 n = ((c->out[0] - 1) * s.sizes[1] + c->out[1] - 1) * pitch + c->out[2]; \
    const i64 g_row = (n + WIDTH(T) - 1) / WIDTH(T) * WIDTH(T); \
    T *images = (T *)memory, *g = images + c->in_channels * s.channel + SHIFTED_SLACK(T); \
    int32_t *shifts = (int32_t *)(g + DOT_ROWS * g_row); \
    memset(images, 0, (size_t)((char *)shifts - memory)); \
    shifts_of_input(c, &s, shifts); \
    for (i64 k = positions; k < terms; k++) \
      shifts[k] = shifts[k - positions] + (int32_t)s.channel; \
    /* What fills the last block is read, and its sums are left out. */ \
    for (i64 k = terms; k < terms + DOT_ROW_TERMS; k++) shifts[k] = 0; \
    const i64 first = share->group * c->out_channels; \
    weight += first * terms; \
    memset(weight + share->from * terms, 0, \
           (size_t)((share->to - share->from) * terms) * sizeof(T)); \
    for (i64 image = 0; image < c->batch; image++) { \
      for (i64 i = 0; i < c->in_channels; i++) { \
        const i64 channel = (image * c->groups + share->group) * c->in_channels + i; \
        lay_out_##T(&s, images + i * s.channel, x + channel * in_plane); \
      } \
      for (i64 row = share->from; row < share->to; row += DOT_ROWS) { \
        const i64 rows = share->to - row < DOT_ROWS ? share->to - row : DOT_ROWS; \
        for (i64 r = 0; r < rows; r++) { \
          const i64 channel = image * c->groups * c->out_channels + first + row + r; \
          const T *from = gradient + channel * out_plane; \
          for (i64 d = 0; d < c->out[0]; d++) \
            for (i64 h = 0; h < c->out[1]; h++) { \
              T *to = g + r * g_row + (d * s.sizes[1] + h) * pitch; \
              const i64 n = c->out[2]; \
              FOR_EACH(T, to[i] = from[i]); \
              from += n; \
            } \
        } \
        const i64 step = rows == 1 ? DOT_ROW_TERMS : DOT_TERMS; \
        for (i64 k = 0; k < terms; k += step) { \
          T sums[DOT_ROWS * DOT_ROW_TERMS]; \
          switch (rows) { \
            case 1: dot_runs_##T(1, DOT_ROW_TERMS, n, g, g_row, images, shifts + k, sums); break; \
            case 2: dot_runs_##T(2, DOT_TERMS, n, g, g_row, images, shifts + k, sums); break; \
            case 3: dot_runs_##T(3, DOT_TERMS, n, g, g_row, images, shifts + k, sums); break; \
            default: dot_runs_##T(4, DOT_TERMS, n, g, g_row, images, shifts + k, sums); \
          } \
          for (i64 r = 0; r < rows; r++) \
            for (i64 i = 0; i < step && k + i < terms; i++) \
              weight[(row + r) * terms + k + i] += sums[r * DOT_ROW_TERMS + i]; \
        } \
      } \
    } \
    return all_finite_##T((share->to - share->from) * terms, weight + share->from * terms); \
  } \
  static i64 shifted_memory_##T(const agk_convolution *c, bool back, i64 rows) { \
    i64 begin[3], counts[3]; \
    const shifted_layout s = back ? layout_of_gradient(c, begin, counts) : layout_of_input(c); \
    const i64 channels = back ? c->out_channels : c->in_channels; \
    const i64 terms = channels * positions_of(c); \
    const i64 sums = TILE_ROWS * SHIFTED_RUN_ROW(T) + terms * rows; \
    const i64 gradients = DOT_ROWS * (s.plane + WIDTH(T)); \
    return (channels * s.channel + SHIFTED_SLACK(T) + (sums > gradients ? sums : gradients)) \
               * (i64)sizeof(T) \
           + (terms + positions_of(c) + DOT_ROW_TERMS) * 4; \
  }
SHIFTED(f32, uint32_t, 0x7f800000u)
SHIFTED(f64, uint64_t, 0x7ff0000000000000u)

static i64 shifted_memory(agk_dtype dtype, const agk_convolution *c, bool back, i64 rows) {
  return dtype == AGK_FLOAT32 ? shifted_memory_f32(c, back, rows)
                              : shifted_memory_f64(c, back, rows);
}

static bool shifted_forward(agk_dtype dtype, const agk_convolution *c,
                            const agk_shifted_share *share, void *out, const void *x,
                            const void *weight, const void *bias, char *memory) {
  return dtype == AGK_FLOAT32 ? shifted_forward_f32(c, share, out, x, weight, bias, memory)
                              : shifted_forward_f64(c, share, out, x, weight, bias, memory);
}

static bool shifted_back(agk_dtype dtype, const agk_convolution *c, const agk_shifted_share *share,
                         void *x, const void *gradient, const void *weight, const void *bias,
                         char *memory) {
  return dtype == AGK_FLOAT32 ? shifted_back_f32(c, share, x, gradient, weight, bias, memory)
                              : shifted_back_f64(c, share, x, gradient, weight, bias, memory);
}

static bool shifted_weight(agk_dtype dtype, const agk_convolution *c,
                           const agk_shifted_share *share, void *weight, const void *x,
                           const void *gradient, char *memory) {
  return dtype == AGK_FLOAT32 ? shifted_weight_f32(c, share, weight, x, gradient, memory)
                              : shifted_weight_f64(c, share, weight, x, gradient, memory);
}
