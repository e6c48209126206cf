// Convolutions by 3×3 kernels with fewer multiplications: Winograd's F(4×4, 3×3).
//
// A tile of 4×4 results is Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A, with d the 6×6 pixels below it and g the kernel:
// 36 products of a channel instead of 144. The polynomials behind it are evaluated at 0, ±√½, ±√2 and
// ∞, where its rounding errors are the least, hardly twice those of plain sums. (A. Lavin and S. Gray,
// Fast Algorithms for Convolutional Neural Networks, 2015; points: B. Barabasz et al., Error Analysis
// and Improving the Accuracy of Winograd Convolution, 2020.) Vectors hold channels.
enum { WINOGRAD_POINTS = 36 };

#define LANES WIDTH(f32)
#define ROOT_HALF 0.70710678118654752440f
#define ROOT_TWO 1.41421356237309504880f
// Between what belongs to one point and what to the next, so that they fall into different sets of the
// caches.
#define WINOGRAD_GAP 16

ALWAYS_INLINE register_f32 scaled_sum(register_f32 a, f32 factor, register_f32 b) {
  return MULTIPLY_ADD_f32(factor - (register_f32){0}, b, a);
}

// Bᵀ on a column.
ALWAYS_INLINE void winograd_input(register_f32 out[6], const register_f32 d[6]) {
  const register_f32 even = scaled_sum(d[4], -2, d[2]);
  const register_f32 odd = ROOT_HALF * scaled_sum(d[3], -2, d[1]);
  const register_f32 even2 = scaled_sum(d[4], -0.5f, d[2]);
  const register_f32 odd2 = ROOT_TWO * scaled_sum(d[3], -0.5f, d[1]);
  out[0] = scaled_sum(d[4] + d[0], -2.5f, d[2]);
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = scaled_sum(d[5] + d[1], -2.5f, d[3]);
}

// G on a column.
ALWAYS_INLINE void winograd_kernel(register_f32 out[6], const register_f32 g[3]) {
  const register_f32 even = (-1 / 1.5f) * scaled_sum(g[0], 0.5f, g[2]);
  const register_f32 odd = (-ROOT_HALF / 1.5f) * g[1];
  const register_f32 even2 = (1 / 6.0f) * scaled_sum(g[0], 2, g[2]);
  const register_f32 odd2 = (ROOT_TWO / 6) * g[1];
  out[0] = g[0];
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = g[2];
}

// G on a column of a tile of the result's gradient, for the weight's gradient.
ALWAYS_INLINE void winograd_gradient(register_f32 out[6], const register_f32 g[4]) {
  const register_f32 even = (-1 / 1.5f) * scaled_sum(g[0], 0.5f, g[2]);
  const register_f32 odd = (-ROOT_HALF / 1.5f) * scaled_sum(g[1], 0.5f, g[3]);
  const register_f32 even2 = (1 / 6.0f) * scaled_sum(g[0], 2, g[2]);
  const register_f32 odd2 = (ROOT_TWO / 6) * scaled_sum(g[1], 2, g[3]);
  out[0] = g[0];
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = g[3];
}

// Aᵀ on a column of the weight's gradient.
ALWAYS_INLINE void winograd_weight_output(register_f32 out[3], const register_f32 m[6]) {
  const register_f32 sum = m[1] + m[2], difference = m[1] - m[2];
  const register_f32 sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  out[0] = m[0] + sum + sum2;
  out[1] = scaled_sum(ROOT_HALF * difference, ROOT_TWO, difference2);
  out[2] = scaled_sum(scaled_sum(m[5], 0.5f, sum), 2, sum2);
}

// Aᵀ on a column.
ALWAYS_INLINE void winograd_output(register_f32 out[4], const register_f32 m[6]) {
  const register_f32 sum = m[1] + m[2], difference = m[1] - m[2];
  const register_f32 sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  out[0] = m[0] + sum + sum2;
  out[1] = scaled_sum(ROOT_HALF * difference, ROOT_TWO, difference2);
  out[2] = scaled_sum(0.5f * sum, 2, sum2);
  out[3] = scaled_sum(scaled_sum(m[5], ROOT_HALF / 2, difference), 2 * ROOT_TWO, difference2);
}

ALWAYS_INLINE i64 winograd_panels(i64 channels) {
  return (channels + PANEL(f32) - 1) / PANEL(f32);
}
// The numbers of one point: of the weight, and of `tiles` tiles.
ALWAYS_INLINE i64 winograd_weights(const agk_convolution *c) {
  return winograd_panels(c->out_channels) * c->in_channels * PANEL(f32) + WINOGRAD_GAP;
}

// G·g·Gᵀ for the result's channels from `from` on, a vector of them: out[point][panel][channel].
static void winograd_weight(const agk_convolution *c, i64 from, f32 *out, const f32 *weight,
                            f32 *memory) {
  const i64 rows = c->in_channels * 9, step = winograd_weights(c);
  copy(sizeof(f32), rows, LANES, memory, LANES, 1, weight + from * rows, 1, rows);
  out += from / PANEL(f32) * c->in_channels * PANEL(f32) + from % PANEL(f32);
  for (i64 channel = 0; channel < c->in_channels; channel++, out += PANEL(f32)) {
    register_f32 half[3][6], done[6];
    for (i64 j = 0; j < 3; j++) {
      register_f32 column[3];
      for (i64 i = 0; i < 3; i++)
        column[i] = *(const register_f32 *)(memory + (channel * 9 + i * 3 + j) * LANES);
      winograd_kernel(half[j], column);
    }
    for (i64 i = 0; i < 6; i++) {
      const register_f32 row[3] = {half[0][i], half[1][i], half[2][i]};
      winograd_kernel(done, row);
      for (i64 j = 0; j < 6; j++) *(register_f32 *)(out + (i * 6 + j) * step) = done[j];
    }
  }
}

// A part of an image: rows of tiles, from `top` to before `bottom`.
typedef struct winograd_strip {
  i64 image, top, bottom;
} winograd_strip;

// What of all images' rows of tiles from `row` to before `end` lies in the first one's image.
ALWAYS_INLINE winograd_strip winograd_strip_at(const agk_convolution *c, i64 row, i64 end) {
  const i64 down = (c->out[1] + 3) / 4;
  winograd_strip s = {row / down, row % down, down};
  if (s.bottom - s.top > end - row) s.bottom = s.top + end - row;
  return s;
}

// Bᵀ·d·B of a strip's tiles, which are the ones from `first` on in `out`[point][tile][channel]; `some`
// of the channels, from `from` on.
static void winograd_look_up(const agk_convolution *c, const winograd_strip *s, i64 from, i64 some,
                             i64 first, i64 point, f32 *out, const f32 *x, f32 *pixels) {
  const i64 height = c->in[1], width = c->in[2], across = (c->out[2] + 3) / 4;
  i64 top = s->top * 4 - c->padding[1], bottom = s->bottom * 4 + 2 - c->padding[1];
  if (top < 0) top = 0;
  if (bottom > height) bottom = height;
  const i64 count = bottom > top ? (bottom - top) * width : 0, block = (count + 1) * LANES;
  for (i64 channel = 0; channel < some; channel += LANES) {
    f32 *to = pixels + channel / LANES * block;
    if (count > 0)
      copy(sizeof(f32), count, LANES, to, LANES, 1,
           x + ((s->image * c->in_channels + from + channel) * height + top) * width, 1,
           height * width);
    // Behind them the zero of the border.
    *(register_f32 *)(to + count * LANES) = (register_f32){0};
  }
  for (i64 tile = 0; tile < (s->bottom - s->top) * across; tile++) {
    i64 at[6][6];
    for (i64 i = 0; i < 6; i++)
      for (i64 j = 0; j < 6; j++) {
        const i64 h = (s->top + tile / across) * 4 + i - c->padding[1];
        const i64 w = tile % across * 4 + j - c->padding[2];
        const bool inside = h >= top && h < bottom && w >= 0 && w < width;
        at[i][j] = (inside ? (h - top) * width + w : count) * LANES;
      }
    for (i64 channel = 0; channel < some; channel += LANES) {
      const f32 *block_of_channels = pixels + channel / LANES * block;
      f32 *to = out + (first + tile) * some + channel;
      register_f32 half[6][6], done[6];
      for (i64 j = 0; j < 6; j++) {
        register_f32 column[6];
        for (i64 i = 0; i < 6; i++)
          column[i] = *(const register_f32 *)(block_of_channels + at[i][j]);
        winograd_input(half[j], column);
      }
      for (i64 i = 0; i < 6; i++) {
        register_f32 row[6];
        for (i64 j = 0; j < 6; j++) row[j] = half[j][i];
        winograd_input(done, row);
        for (i64 j = 0; j < 6; j++) *(register_f32 *)(to + (i * 6 + j) * point) = done[j];
      }
    }
  }
}

// Whether what was added up of finite numbers' products with 0 has no trace of others.
static bool is_zero_f32(register_f32 zeros) {
  f32 sum = 0;
  for (i64 i = 0; i < LANES; i++) sum += zeros[i];
  return sum == 0;
}

// Aᵀ·m·A of a strip's tiles, into the image; their products with 0 are added to `zeros`.
static void winograd_put(const agk_convolution *c, const winograd_strip *s, i64 first, i64 point,
                         f32 *out, const f32 *sums, const f32 *bias, f32 *pixels,
                         register_f32 *zeros) {
  const i64 height = c->out[1], width = c->out[2], across = (width + 3) / 4;
  const i64 top = s->top * 4, bottom = s->bottom * 4 < height ? s->bottom * 4 : height;
  const i64 count = (bottom - top) * width;
  for (i64 channel = 0; channel < c->out_channels; channel += LANES) {
    const register_f32 start =
        bias != NULL ? *(const register_f32 *)(bias + channel) : (register_f32){0};
    for (i64 tile = 0; tile < (s->bottom - s->top) * across; tile++) {
      const f32 *from = sums + (first + tile) * c->out_channels + channel;
      const i64 h = tile / across * 4, w = tile % across * 4;
      register_f32 half[6][4], done[4];
      for (i64 j = 0; j < 6; j++) {
        register_f32 column[6];
        for (i64 i = 0; i < 6; i++)
          column[i] = *(const register_f32 *)(from + (i * 6 + j) * point);
        winograd_output(half[j], column);
      }
      const i64 rows = bottom - top - h < 4 ? bottom - top - h : 4;
      const i64 columns = width - w < 4 ? width - w : 4;
      for (i64 i = 0; i < rows; i++) {
        register_f32 row[6];
        for (i64 j = 0; j < 6; j++) row[j] = half[j][i];
        winograd_output(done, row);
        for (i64 j = 0; j < columns; j++) {
          *(register_f32 *)(pixels + ((h + i) * width + w + j) * LANES) = done[j] + start;
          *zeros += done[j] * 0;
        }
      }
    }
    copy(sizeof(f32), LANES, count,
         out + ((s->image * c->out_channels + channel) * height + top) * width, height * width, 1,
         pixels, 1, LANES);
  }
}

// Of all images' rows of tiles those from..<to.
static bool winograd_rows(const agk_convolution *c, i64 from, i64 to, f32 *out, const f32 *x,
                          const f32 *weight, const f32 *bias, f32 *memory) {
  const i64 across = (c->out[2] + 3) / 4;
  const i64 tiles = (to - from) * across, step = rows_of_tile(tiles);
  const i64 in_point = tiles * c->in_channels + WINOGRAD_GAP;
  const i64 out_point = tiles * c->out_channels + WINOGRAD_GAP;
  f32 *looked_up = memory, *sums = looked_up + WINOGRAD_POINTS * in_point;
  f32 *pixels = sums + WINOGRAD_POINTS * out_point;
  for (i64 row = from; row < to;) {
    const winograd_strip s = winograd_strip_at(c, row, to);
    winograd_look_up(c, &s, 0, c->in_channels, (row - from) * across, in_point, looked_up, x,
                     pixels);
    row += s.bottom - s.top;
  }
  // Sums of so many terms, so that not all rounding errors meet.
  const i64 most = 128;
  for (i64 point = 0; point < WINOGRAD_POINTS; point++)
    for (i64 channel = 0; channel < c->out_channels; channel += PANEL(f32)) {
      const f32 *columns = weight + point * winograd_weights(c) + channel * c->in_channels;
      const i64 vectors = c->out_channels - channel > LANES ? 2 : 1;
      for (i64 tile = 0; tile < tiles; tile += step)
        for (i64 term = 0; term < c->in_channels; term += most) {
          const i64 some = c->in_channels - term < most ? c->in_channels - term : most;
          const tile_terms terms = {1, some, c->in_channels, 1, 0};
          tile_f32(tiles - tile < step ? tiles - tile : step, vectors, &terms,
                   looked_up + point * in_point + tile * c->in_channels + term,
                   columns + term * PANEL(f32),
                   sums + point * out_point + tile * c->out_channels + channel, c->out_channels,
                   term > 0);
        }
    }
  register_f32 zeros = {0};
  for (i64 row = from; row < to;) {
    const winograd_strip s = winograd_strip_at(c, row, to);
    winograd_put(c, &s, (row - from) * across, out_point, out, sums, bias, pixels, &zeros);
    row += s.bottom - s.top;
  }
  return is_zero_f32(zeros);
}

// G·g·Gᵀ of a strip's tiles of the result's gradient: out[point][panel][tile][channel].
static void winograd_look_up_gradient(const agk_convolution *c, const winograd_strip *s, i64 first,
                                      i64 tiles, i64 point, f32 *out, const f32 *gradient,
                                      f32 *pixels) {
  const i64 height = c->out[1], width = c->out[2], across = (width + 3) / 4;
  const i64 top = s->top * 4, bottom = s->bottom * 4 < height ? s->bottom * 4 : height;
  const i64 count = (bottom - top) * width;
  *(register_f32 *)(pixels + count * LANES) = (register_f32){0};
  for (i64 channel = 0; channel < c->out_channels; channel += LANES) {
    copy(sizeof(f32), count, LANES, pixels, LANES, 1,
         gradient + ((s->image * c->out_channels + channel) * height + top) * width, 1,
         height * width);
    f32 *to = out + (channel / PANEL(f32) * tiles + first) * PANEL(f32) + channel % PANEL(f32);
    for (i64 tile = 0; tile < (s->bottom - s->top) * across; tile++, to += PANEL(f32)) {
      const i64 h = tile / across * 4, w = tile % across * 4;
      register_f32 half[4][6], done[6];
      for (i64 j = 0; j < 4; j++) {
        register_f32 column[4];
        for (i64 i = 0; i < 4; i++) {
          const bool inside = h + i < bottom - top && w + j < width;
          column[i] = *(const register_f32 *)(
              pixels + (inside ? (h + i) * width + w + j : count) * LANES);
        }
        winograd_gradient(half[j], column);
      }
      for (i64 i = 0; i < 6; i++) {
        const register_f32 row[4] = {half[0][i], half[1][i], half[2][i], half[3][i]};
        winograd_gradient(done, row);
        for (i64 j = 0; j < 6; j++) *(register_f32 *)(to + (i * 6 + j) * point) = done[j];
      }
    }
  }
}

// The weight's gradient for the input's channels from..<to, whole vectors of them, with `block` rows of
// tiles at a time: Aᵀ[Σ (G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A, the sum over all tiles g of the result's gradient.
static bool winograd_weight_gradient(const agk_convolution *c, i64 from, i64 to, i64 block,
                                     f32 *weight, const f32 *x, const f32 *gradient,
                                     f32 *memory) {
  const i64 across = (c->out[2] + 3) / 4, rows = c->batch * ((c->out[1] + 3) / 4);
  const i64 some = to - from, step = rows_of_tile(some), most = block * across;
  const i64 width = winograd_panels(c->out_channels) * PANEL(f32);
  const i64 in_point = most * some + WINOGRAD_GAP, out_point = most * width + WINOGRAD_GAP;
  const i64 sum_point = some * width + WINOGRAD_GAP;
  f32 *inputs = memory, *gradients = inputs + WINOGRAD_POINTS * in_point;
  f32 *sums = gradients + WINOGRAD_POINTS * out_point;
  f32 *pixels = sums + WINOGRAD_POINTS * sum_point;
  for (i64 first = 0; first < rows; first += block) {
    const i64 last = first + block < rows ? first + block : rows, tiles = (last - first) * across;
    for (i64 row = first; row < last;) {
      const winograd_strip s = winograd_strip_at(c, row, last);
      winograd_look_up(c, &s, from, some, (row - first) * across, in_point, inputs, x, pixels);
      winograd_look_up_gradient(c, &s, (row - first) * across, tiles, out_point, gradients,
                                gradient, pixels);
      row += s.bottom - s.top;
    }
    const tile_terms terms = {1, tiles, 1, some, 0};
    for (i64 point = 0; point < WINOGRAD_POINTS; point++)
      for (i64 channel = 0; channel < c->out_channels; channel += PANEL(f32)) {
        const i64 vectors = c->out_channels - channel > LANES ? 2 : 1;
        for (i64 row = 0; row < some; row += step)
          tile_f32(some - row < step ? some - row : step, vectors, &terms,
                   inputs + point * in_point + row,
                   gradients + point * out_point + channel * tiles,
                   sums + point * sum_point + row * width + channel, width, first > 0);
      }
  }
  register_f32 zeros = {0};
  for (i64 channel = 0; channel < c->out_channels; channel += LANES) {
    for (i64 row = 0; row < some; row++) {
      register_f32 half[6][3], done[3];
      for (i64 j = 0; j < 6; j++) {
        register_f32 column[6];
        for (i64 i = 0; i < 6; i++)
          column[i] =
              *(const register_f32 *)(sums + (i * 6 + j) * sum_point + row * width + channel);
        winograd_weight_output(half[j], column);
      }
      for (i64 i = 0; i < 3; i++) {
        register_f32 line[6];
        for (i64 j = 0; j < 6; j++) line[j] = half[j][i];
        winograd_weight_output(done, line);
        for (i64 j = 0; j < 3; j++) {
          *(register_f32 *)(pixels + (row * 9 + i * 3 + j) * LANES) = done[j];
          zeros += done[j] * 0;
        }
      }
    }
    copy(sizeof(f32), LANES, some * 9, weight + (channel * c->in_channels + from) * 9,
         c->in_channels * 9, 1, pixels, 1, LANES);
  }
  return is_zero_f32(zeros);
}
