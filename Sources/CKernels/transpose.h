// Turning tiles of elements round. Not for callers.
#pragma once

#include "kernels.h"

// to[r * to_stride + l] = lines[l * line_stride + r] for `rows` r and `count` lines l, of elements
// of `item` bytes (1, 4 or 8); strides are in elements.
void agk_transpose(size_t item, int64_t rows, int64_t count, void *_Nonnull to, int64_t to_stride,
                   const void *_Nonnull lines, int64_t line_stride);
