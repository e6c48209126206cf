// Elements between those of a plane, at places that a grid says. Included by CKernels.h; not for use
// on its own.
#pragma once

typedef enum agk_sampling : uint8_t {
  AGK_SAMPLE_BILINEAR, AGK_SAMPLE_NEAREST, AGK_SAMPLE_BICUBIC
} __attribute__((enum_extensibility(closed))) agk_sampling;

// What there is beyond the edge: zeros, the outermost elements, or the plane mirrored.
typedef enum agk_sampling_border : uint8_t {
  AGK_SAMPLE_ZEROS, AGK_SAMPLE_BORDER, AGK_SAMPLE_REFLECTION
} __attribute__((enum_extensibility(closed))) agk_sampling_border;

typedef struct agk_sampler {
  agk_sampling sampling;
  agk_sampling_border border;
  // Whether -1 and 1 are the centres of the outermost elements, rather than their outer edges.
  bool aligned;
  int64_t batch, channels, height, width;
  // The places for each of the batch.
  int64_t places;
} agk_sampler;

// out[n][c][i] = x[n][c] at grid[n][i], which is a pair of x and y from -1 to 1. Contiguous data,
// floating point.
void agk_sample(agk_dtype dtype, const agk_sampler *_Nonnull sampler, void *_Nonnull out,
                const void *_Nonnull x, const void *_Nonnull grid);
// The gradients of x, which begin as 0 and are left out where NULL, and of the grid.
void agk_sample_backward(agk_dtype dtype, const agk_sampler *_Nonnull sampler,
                         void *_Nullable x_gradient, void *_Nullable grid_gradient,
                         const void *_Nonnull g, const void *_Nonnull x,
                         const void *_Nonnull grid);
// The gradients of that: h arrived for the grid's gradient. By what arrived then, g, by x and by grid.
void agk_sample_twice(agk_dtype dtype, const agk_sampler *_Nonnull sampler,
                      void *_Nonnull g_gradient, void *_Nonnull x_gradient,
                      void *_Nonnull grid_gradient, const void *_Nonnull h,
                      const void *_Nonnull g, const void *_Nonnull x, const void *_Nonnull grid);
