// Convolutions. Included by CKernels.h; not for use on its own.
//
// All dtypes but bool. Operands are dense in row-major order: images [batch, channels, d, h, w],
// weights [groups · out_channels, in_channels, d, h, w]; with fewer spatial dimensions the first ones
// have size 1. A function gives false when its working memory cannot be had. Each sum is added up in
// an order that follows from the sizes alone: no result depends on the number of threads.
#pragma once

typedef struct agk_convolution {
  int64_t batch, groups;
  int64_t in_channels, out_channels;  // of one group
  int64_t in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
  // Part of a backward pass, which may trade rounding errors for speed (Winograd's way, ten times those
  // of plain sums). A forward pass may not: where an activation has its kink, an error decides which
  // gradients there are, and whole networks drift apart.
  bool is_derivative;
} agk_convolution;

// out = weight * x, and the bias of each channel where there is one.
bool agk_convolve(agk_dtype dtype, const agk_convolution *_Nonnull c, void *_Nonnull out,
                  const void *_Nonnull x, const void *_Nonnull weight, const void *_Nullable bias);
// The gradient x of its input from that of its result, which is also the transposed convolution of
// `gradient`; then there may be a bias, one number for each of x's channels.
bool agk_convolve_transposed(agk_dtype dtype, const agk_convolution *_Nonnull c, void *_Nonnull x,
                             const void *_Nonnull gradient, const void *_Nonnull weight,
                             const void *_Nullable bias);
// The gradient of its weight.
bool agk_convolve_weight(agk_dtype dtype, const agk_convolution *_Nonnull c,
                         void *_Nonnull weight, const void *_Nonnull x,
                         const void *_Nonnull gradient);

// Blocks of an image [batch, channels, height, width] and the columns [batch, channels · kernel
// positions, places] that they fill: columns from x, and x as the sum of all that the columns hold.
// Of `c` groups and out_channels do not count; there are two spatial dimensions. Floating point and
// bool, whose sum is or.
void agk_blocks_to_columns(agk_dtype dtype, const agk_convolution *_Nonnull c,
                           void *_Nonnull columns, const void *_Nonnull x);
void agk_columns_to_blocks(agk_dtype dtype, const agk_convolution *_Nonnull c, void *_Nonnull x,
                           const void *_Nonnull columns);
