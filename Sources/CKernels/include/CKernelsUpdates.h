// The steps of optimisers. Included by CKernels.h; not for use on its own.
#pragma once

typedef enum agk_update_rule : uint8_t {
  AGK_SGD, AGK_SGD_MOMENTUM, AGK_ADAM, AGK_ADAM_AMSGRAD, AGK_RMSPROP, AGK_ADAGRAD, AGK_ADAMAX,
  AGK_NADAM
} __attribute__((enum_extensibility(closed))) agk_update_rule;

// One step, in the terms of PyTorch's optimisers. A rule reads what it names.
typedef struct agk_update {
  agk_update_rule rule;
  agk_dtype dtype;
  // All: the gradient counts backwards; `weight_decay` of the parameter is added to it; the parameter
  // is multiplied by `shrink` first.
  bool maximize;
  double weight_decay, shrink;
  // All: what the direction is multiplied by, with the sign; NADAM's part of the gradient.
  double rate, gradient_rate;
  // SGD_MOMENTUM, RMSPROP: of what was, and of the gradient (1 - dampening). `first`: the buffer
  // becomes the gradient. RMSPROP has a buffer where `has_momentum`, a mean where `centered`.
  double momentum, share;
  bool first, nesterov, has_momentum, centered;
  // The means' shares of what was; RMSPROP's only one is the second.
  double beta1, beta2;
  // ADAM: √(1 - beta2^step); NADAM: 1 - beta2^step.
  double correction;
  double eps;
} agk_update;

// Changes n elements of `parameter` and of the states by the gradient, in one pass, over the pool.
// states: SGD_MOMENTUM: buffer; ADAM, NADAM: exp_avg, exp_avg_sq, ADAM_AMSGRAD: max_exp_avg_sq too;
// RMSPROP: square_avg, buffer, grad_avg; ADAGRAD: sum; ADAMAX: exp_avg, exp_inf. float32 or float64.
void agk_step(const agk_update *_Nonnull update, int64_t n, void *_Nonnull parameter,
              const void *_Nonnull gradient, void *_Nullable const *_Nonnull states);

// The same, and what the parameter holds then, as by agk_measure.
void agk_step_measured(const agk_update *_Nonnull update, int64_t n, void *_Nonnull parameter,
                       const void *_Nonnull gradient, void *_Nullable const *_Nonnull states,
                       agk_statistics *_Nonnull out);
