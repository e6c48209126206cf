// Normalisation by mean and variance, and its derivatives; float32 and float64, all contiguous.
// Included by CKernels.h; not for use on its own.
#pragma once

// Rows that are normalised each on its own: out = (x - mean) · rstd · weight + bias, rstd being
// 1 / √(variance + eps). Backward, `out` is x's gradient, from the result's.
typedef struct agk_rows {
  agk_dtype dtype;
  int64_t rows, length;
  double eps;
  const void *_Nullable x;
  const void *_Nullable gradient;
  // `length` of each, or none.
  const void *_Nullable weight;
  const void *_Nullable bias;
  // One of each for each row: written forward, read backward.
  void *_Nullable mean;
  void *_Nullable rstd;
  void *_Nullable out;
  void *_Nullable weight_gradient;
  void *_Nullable bias_gradient;
} agk_rows;

void agk_layer_norm(const agk_rows *_Nonnull all);
// Whether there was memory for sums beside the result.
bool agk_layer_norm_backward(const agk_rows *_Nonnull all);

// x as [batch, channels, inner], and what it is normalised to, with a weight and a bias for each
// channel. Backward, `out` is x's gradient, from the result's.
typedef struct agk_channels {
  agk_dtype dtype;
  int64_t batch, channels, inner;
  double eps;
  const void *_Nullable x;
  const void *_Nullable gradient;
  const void *_Nullable weight;
  const void *_Nullable bias;
  // Those of each group of each element of the batch, or of each channel of the whole batch: written
  // forward, read backward.
  void *_Nullable mean;
  void *_Nullable rstd;
  void *_Nullable out;
  void *_Nullable weight_gradient;
  void *_Nullable bias_gradient;
  // Group normalisation only.
  int64_t groups;
  // Batch normalisation only. In training running statistics, where there are any, move by `momentum`
  // towards those of the batch, the variance without bias; else they take the batch's place.
  bool training;
  double momentum;
  void *_Nullable running_mean;
  int64_t running_mean_stride;
  void *_Nullable running_var;
  int64_t running_var_stride;
} agk_channels;

void agk_group_norm(const agk_channels *_Nonnull all);
// Whether there was memory for sums beside the result.
bool agk_group_norm_backward(const agk_channels *_Nonnull all);
void agk_batch_norm(const agk_channels *_Nonnull all);
void agk_batch_norm_backward(const agk_channels *_Nonnull all);
