// Copies of tensors of any layout, as planes of the two dimensions that matter most.
#include "kernels.h"

enum { MOST_DIMENSIONS = 8, RUN = 16384 };

typedef struct dimension {
  int64_t size, out_step, x_step;
} dimension;

typedef struct whole {
  size_t item_size;
  int rank;
  dimension dims[MOST_DIMENSIONS + 1];  // innermost first: columns, rows, the others
  int64_t part, parts;                  // the rows of a part, and the parts of a plane
  char *out;
  const char *x;
} whole;

static int64_t size_of(int64_t step) { return step < 0 ? -step : step; }

// Dimensions of more than one element, small steps of the result innermost; neighbours that both
// sides cross in one even step are joined.
static int simplify(int rank, const int64_t *sizes, const int64_t *out_steps,
                    const int64_t *x_steps, dimension *dims) {
  int count = 0;
  for (int d = rank - 1; d >= 0; d--) {
    if (sizes[d] == 1) continue;
    const dimension next = {sizes[d], out_steps[d], x_steps[d]};
    int place = count++;
    for (; place > 0 && size_of(dims[place - 1].out_step) > size_of(next.out_step); place--)
      dims[place] = dims[place - 1];
    dims[place] = next;
  }
  if (count == 0) return 0;
  int last = 0;
  for (int d = 1; d < count; d++) {
    if (dims[d].out_step == dims[last].out_step * dims[last].size
        && dims[d].x_step == dims[last].x_step * dims[last].size)
      dims[last].size *= dims[d].size;
    else
      dims[++last] = dims[d];
  }
  return last + 1;
}

// Makes the dimension in which the elements of x are neighbours the rows, where it is not the
// columns: then tiles of both use their cache lines whole.
static void choose_rows(int rank, dimension *dims) {
  if (size_of(dims[0].x_step) <= 1) return;
  int best = 1;
  for (int d = 2; d < rank; d++)
    if (dims[d].x_step != 0
        && (dims[best].x_step == 0 || size_of(dims[d].x_step) < size_of(dims[best].x_step)))
      best = d;
  const dimension chosen = dims[best];
  for (; best > 1; best--) dims[best] = dims[best - 1];
  dims[1] = chosen;
}

// Parts begin..<end of all planes' parts.
static void copy_parts(void *context, int64_t begin, int64_t end) {
  const whole *w = context;
  const dimension columns = w->dims[0], rows = w->dims[1];
  int64_t position[MOST_DIMENSIONS + 1] = {0};
  int64_t out = 0, x = 0, plane = begin / w->parts, part = begin % w->parts;
  for (int d = 2; d < w->rank; d++) {
    position[d] = plane % w->dims[d].size;
    plane /= w->dims[d].size;
    out += position[d] * w->dims[d].out_step;
    x += position[d] * w->dims[d].x_step;
  }
  const int64_t item = (int64_t)w->item_size;
  while (begin < end) {
    // All the parts of this plane at once.
    const int64_t count = w->parts - part < end - begin ? w->parts - part : end - begin;
    const int64_t first = part * w->part;
    const int64_t most = rows.size - first;
    agk_copy_plane(w->item_size, count * w->part < most ? count * w->part : most, columns.size,
                   w->out + (out + first * rows.out_step) * item, rows.out_step,
                   columns.out_step, w->x + (x + first * rows.x_step) * item, rows.x_step,
                   columns.x_step);
    begin += count;
    part = 0;
    for (int d = 2; d < w->rank; d++) {
      out += w->dims[d].out_step;
      x += w->dims[d].x_step;
      if (++position[d] < w->dims[d].size) break;
      out -= w->dims[d].size * w->dims[d].out_step;
      x -= w->dims[d].size * w->dims[d].x_step;
      position[d] = 0;
    }
  }
}

void agk_copy(size_t item_size, int32_t rank, const int64_t *sizes, void *out,
              const int64_t *out_strides, const void *x, const int64_t *x_strides) {
  int64_t elements = 1;
  for (int d = 0; d < rank; d++) elements *= sizes[d];
  if (elements == 0) return;
  whole w = {.item_size = item_size, .out = out, .x = x};
  w.rank = simplify(rank, sizes, out_strides, x_strides, w.dims);
  if (w.rank < 2) {
    const dimension only = w.rank == 1 ? w.dims[0] : (dimension){1, 1, 1};
    if (only.size < 2 * RUN) {
      agk_copy_plane(item_size, 1, only.size, out, 0, only.out_step, x, 0, only.x_step);
      return;
    }
    // A long run becomes rows, which threads can share, and what is left over.
    const int64_t done = only.size / RUN * RUN;
    agk_copy_plane(item_size, 1, only.size - done,
                   w.out + done * only.out_step * (int64_t)item_size, 0, only.out_step,
                   w.x + done * only.x_step * (int64_t)item_size, 0, only.x_step);
    w.dims[0].size = RUN;
    w.dims[1] = (dimension){done / RUN, RUN * only.out_step, RUN * only.x_step};
    w.rank = 2;
  } else {
    choose_rows(w.rank, w.dims);
  }
  w.part = w.dims[0].size < RUN ? RUN / w.dims[0].size : 1;
  if (size_of(w.dims[0].x_step) > 1) w.part = (w.part + 63) & -64;  // whole blocks of tiles
  w.parts = (w.dims[1].size + w.part - 1) / w.part;
  int64_t parts = w.parts;
  for (int d = 2; d < w.rank; d++) parts *= w.dims[d].size;
  const int64_t grain = RUN * parts / elements;
  if (elements < 2 * RUN) {
    copy_parts(&w, 0, parts);
  } else {
    agk_parallel_for(parts, grain < 1 ? 1 : grain, copy_parts, &w);
  }
}
