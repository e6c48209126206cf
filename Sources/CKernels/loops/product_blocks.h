// Part of a product: blocks of it, packed into panels as far as that pays. For the element type T.

// Where a part's operands begin, and what follows from one element to the next along both.
typedef struct OF(part) {
  const T *a, *b;
  T *out;
  i64 a_leading, b_leading, out_leading;
  i64 rows;
  bool transpose_a, transpose_b, transpose_out;
  T alpha;
} OF(part);

// Panels of columns of a block of b: where they are, NULL once all are packed, and packed or to be
// packed, NULL where they stay in place.
typedef struct OF(columns) {
  const T *in_place;
  T *packed;
  i64 count;
} OF(columns);

// A panel of rows times all panels of columns of a block. What is to be turned goes through a tile.
static void OF(multiply_block)(const OF(part) *part, int layout, i64 rows, i64 k, const T *a,
                               i64 a_stride, const T *next, const OF(columns) *b, T *out, T beta) {
  for (i64 column = 0; column < b->count; column += PANEL_COLUMNS) {
    const i64 columns = b->count - column < PANEL_COLUMNS ? b->count - column : PANEL_COLUMNS;
    const int vectors = columns <= WIDTH(T) ? 1 : 2;
    T *const packed = b->packed == NULL ? NULL : b->packed + column * k;
    // A narrow panel has been packed, if at all.
    const bool in_place = b->in_place != NULL && (packed == NULL || columns == PANEL_COLUMNS);
    const T *const from = in_place ? b->in_place + column : packed;
    const i64 step = in_place ? part->b_leading : PANEL_COLUMNS;
    const int kind = columns < vectors * WIDTH(T)   ? layout + PARTIAL
                     : in_place && packed != NULL ? layout + PACKING
                                                  : layout;
    OF(panel_kernel) *const kernel = OF(panel_kernels)[kind][vectors - 1][rows - 1];
    // The last panel of columns looks ahead to the next panel of rows.
    const T *const ahead = column + PANEL_COLUMNS < b->count ? a : next;
    if (!part->transpose_out) {
      kernel(k, a, a_stride, from, step, packed, out + column, part->out_leading, part->alpha, beta,
             ahead, columns);
      continue;
    }
    _Alignas(64) T tile[PANEL_ROWS * PANEL_COLUMNS], turned[PANEL_COLUMNS * PANEL_STEP];
    kernel(k, a, a_stride, from, step, packed, tile, PANEL_COLUMNS, 1, 0, ahead, columns);
    OF(pack_across)(turned, PANEL_STEP, tile, PANEL_COLUMNS, rows, columns);
    OF(place_tile)(turned, PANEL_STEP, columns, rows, out + column * part->out_leading,
                   part->out_leading, part->alpha, beta);
  }
}

// All rows of the part times a block of b.
static void OF(multiply_rows)(const OF(part) *part, i64 term, i64 k, const OF(columns) *b, T *out,
                              T beta) {
  // Steps far apart are brought together, where they are read often.
  const bool packs_a = part->transpose_a && b->count > 4 * PANEL_COLUMNS;
  _Alignas(64) T panel[PANEL_STEP * BLOCK_TERMS];
  OF(columns) columns = *b;
  const i64 panels = (part->rows + PANEL_ROWS - 1) / PANEL_ROWS;
  for (i64 i = 0; i < panels; i++) {
    const i64 row = part->rows * i / panels, rows = part->rows * (i + 1) / panels - row;
    i64 stride = part->a_leading;
    const T *a = part->a + (part->transpose_a ? term * stride + row : row * stride + term);
    const T *next = a + rows * (part->transpose_a ? 1 : stride);
    if (packs_a) {
      OF(pack_along)(panel, PANEL_STEP, a, stride, rows, k);
      next = a = panel;
      stride = PANEL_STEP;
    }
    OF(multiply_block)(part, part->transpose_a ? STEPS : ROWS, rows, k, a, stride, next, &columns,
                       out + (part->transpose_out ? row : row * part->out_leading), beta);
    // What the first panel packed serves the others.
    if (columns.packed != NULL) columns.in_place = NULL;
  }
}

static void OF(product)(const agk_product *p, i64 row, i64 rows, i64 column, i64 columns) {
  const OF(part) part = {
      .a = (const T *)p->a + (p->transpose_a ? row : row * p->a_leading),
      .b = (const T *)p->b + (p->transpose_b ? column * p->b_leading : column),
      .out = (T *)p->out
             + (p->transpose_out ? column * p->out_leading + row : row * p->out_leading + column),
      .a_leading = p->a_leading,
      .b_leading = p->b_leading,
      .out_leading = p->out_leading,
      .rows = rows,
      .transpose_a = p->transpose_a,
      .transpose_b = p->transpose_b,
      .transpose_out = p->transpose_out,
      .alpha = (T)p->alpha};
  const i64 term_blocks = (p->k + BLOCK_TERMS - 1) / BLOCK_TERMS;
  const i64 terms = (p->k + term_blocks - 1) / term_blocks;
  // Few rows do not repay packing, nor do few columns that lie close together.
  const bool in_place_b = !p->transpose_b
                          && (rows <= 3 * PANEL_ROWS
                              || columns * p->k <= (1 << 15) / (i64)sizeof(T));
  const i64 column_blocks = in_place_b && rows <= PANEL_ROWS
                                ? 1
                                : (columns + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  i64 width = (columns + column_blocks - 1) / column_blocks;
  width = (width + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS;
  _Alignas(64) T one_panel[PANEL_COLUMNS * BLOCK_TERMS];
  T *packed = one_panel;
  size_t bytes = 0;
  // Without memory a panel at a time.
  if (!in_place_b && width > PANEL_COLUMNS) {
    bytes = (size_t)(width * terms) * sizeof(T);
    packed = agk_allocate(bytes);
    if (packed == NULL) {
      packed = one_panel;
      width = PANEL_COLUMNS;
    }
  }
  for (i64 first = 0; first < columns; first += width) {
    const i64 count = columns - first < width ? columns - first : width;
    for (i64 term = 0; term < p->k; term += terms) {
      const i64 k = p->k - term < terms ? p->k - term : terms;
      const T *const b = part.b + (p->transpose_b ? first * part.b_leading + term
                                                  : term * part.b_leading + first);
      const i64 rest = count % PANEL_COLUMNS;
      if (p->transpose_b)
        for (i64 j = 0; j < count; j += PANEL_COLUMNS)
          OF(pack_across)(packed + j * k, PANEL_COLUMNS, b + j * part.b_leading, part.b_leading,
                          count - j < PANEL_COLUMNS ? count - j : PANEL_COLUMNS, k);
      else if (rest > 0 && !in_place_b)
        OF(pack_along)(packed + (count - rest) * k, PANEL_COLUMNS, b + count - rest,
                       part.b_leading, rest, k);
      const OF(columns) panels = {p->transpose_b ? NULL : b, in_place_b ? NULL : packed, count};
      OF(multiply_rows)(&part, term, k, &panels,
                        part.out + (p->transpose_out ? first * part.out_leading : first),
                        term == 0 ? (T)p->beta : 1);
    }
  }
  if (packed != one_panel) agk_deallocate(packed, bytes);
}
