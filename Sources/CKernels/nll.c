// The negative log likelihood of classes, and its derivative.
#include "kernels.h"

#define NLL(T, NAME) \
  static int64_t NAME(agk_loss_reduction reduction, int64_t batch, int64_t classes, int64_t inner, \
                      const T *x, const int64_t *target, const T *weight, int64_t ignored, T *out, \
                      T *total) { \
    double sum = 0, weights = 0; \
    for (int64_t b = 0, k = 0; b < batch; b++) { \
      for (int64_t i = 0; i < inner; i++, k++) { \
        const int64_t t = target[k]; \
        if (t == ignored) { \
          if (reduction == AGK_LOSS_NONE) out[k] = 0; \
          continue; \
        } \
        if (t < 0 || t >= classes) return k; \
        const T w = weight == NULL ? 1 : weight[t]; \
        const T loss = -x[(b * classes + t) * inner + i] * w; \
        if (reduction == AGK_LOSS_NONE) { \
          out[k] = loss; \
        } else { \
          sum += (double)loss; \
          weights += (double)w; \
        } \
      } \
    } \
    if (reduction == AGK_LOSS_NONE) return -1; \
    *total = (T)weights; \
    *out = (T)(reduction == AGK_LOSS_MEAN ? sum / weights : sum); \
    return -1; \
  } \
  static void NAME##_backward(agk_loss_reduction reduction, int64_t batch, int64_t classes, \
                              int64_t inner, const T *gradient, const int64_t *target, \
                              const T *weight, int64_t ignored, T *out, const T *total) { \
    const T share = -(reduction == AGK_LOSS_MEAN ? *gradient / *total : *gradient); \
    for (int64_t b = 0, k = 0; b < batch; b++) { \
      for (int64_t i = 0; i < inner; i++, k++) { \
        const int64_t t = target[k]; \
        if (t == ignored) continue; \
        const T w = weight == NULL ? 1 : weight[t]; \
        out[(b * classes + t) * inner + i] = \
            reduction == AGK_LOSS_NONE ? -w * gradient[k] : w * share; \
      } \
    } \
  }
NLL(float, nll_f32)
NLL(double, nll_f64)

int64_t agk_nll(agk_dtype dtype, agk_loss_reduction reduction, int64_t batch, int64_t classes,
                int64_t inner, const void *x, const int64_t *target, const void *weight,
                int64_t ignored, void *out, void *total) {
  return dtype == AGK_FLOAT32 ? nll_f32(reduction, batch, classes, inner, x, target, weight,
                                        ignored, out, total)
                              : nll_f64(reduction, batch, classes, inner, x, target, weight,
                                        ignored, out, total);
}

void agk_nll_backward(agk_dtype dtype, agk_loss_reduction reduction, int64_t batch,
                      int64_t classes, int64_t inner, const void *gradient, const int64_t *target,
                      const void *weight, int64_t ignored, void *out, const void *total) {
  if (batch * inner == 0) return;
  if (dtype == AGK_FLOAT32)
    nll_f32_backward(reduction, batch, classes, inner, gradient, target, weight, ignored, out,
                     total);
  else
    nll_f64_backward(reduction, batch, classes, inner, gradient, target, weight, ignored, out,
                     total);
}
