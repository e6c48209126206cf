// By how much other classes come too near the target: multi_margin_loss, multilabel_margin_loss.
#include "kernels.h"

// The losses of rows, one by one or reduced; ROW is the loss of row b.
#define LOSSES(T, ROW) \
  double sum = 0; \
  for (int64_t b = 0; b < m->batch; b++) { \
    const T loss = ROW / (T)m->classes; \
    if (m->reduction == AGK_LOSS_NONE) ((T *)out)[b] = loss; \
    else sum += (double)loss; \
  } \
  if (m->reduction == AGK_LOSS_NONE) return; \
  *(T *)out = (T)(m->reduction == AGK_LOSS_MEAN && m->batch > 0 ? sum / (double)m->batch : sum);

// What one comparison of one row has of the gradient of 1.
#define SHARE(T) \
  (T)(1 / (double)(m->reduction == AGK_LOSS_MEAN ? m->batch * m->classes : m->classes))

#define MARGIN(T, NAME) \
  static T NAME##_row(const agk_margins *m, int64_t b) { \
    const T *x = (const T *)m->x + b * m->classes; \
    const int64_t target = m->target[b]; \
    T sum = 0; \
    for (int64_t c = 0; c < m->classes; c++) { \
      const T z = (T)m->margin - x[target] + x[c]; \
      if (c == target || !(z > 0)) continue; \
      const T h = m->power == 1 ? z : z * z; \
      sum += m->weight == NULL ? h : h * ((const T *)m->weight)[target]; \
    } \
    return sum; \
  } \
  static void NAME(const agk_margins *m, void *out) { LOSSES(T, NAME##_row(m, b)) } \
  static void NAME##_backward(const agk_margins *m, const T *gradient, T *out) { \
    const T share = SHARE(T); \
    for (int64_t b = 0; b < m->batch; b++) { \
      const T *x = (const T *)m->x + b * m->classes; \
      T *row = out + b * m->classes; \
      const int64_t target = m->target[b]; \
      const T flow = gradient[m->reduction == AGK_LOSS_NONE ? b : 0]; \
      T sum = 0; \
      for (int64_t c = 0; c < m->classes; c++) { \
        const T z = (T)m->margin - x[target] + x[c]; \
        row[c] = 0; \
        if (c == target || !(z > 0)) continue; \
        T h = m->power == 1 ? share : 2 * share * z; \
        if (m->weight != NULL) h *= ((const T *)m->weight)[target]; \
        sum -= h; \
        row[c] = h * flow; \
      } \
      row[target] = sum * flow; \
    } \
  } \
  static T NAME##_labels_row(const agk_margins *m, T *is_target, int64_t b) { \
    const T *x = (const T *)m->x + b * m->classes; \
    const int64_t *target = m->target + b * m->classes; \
    T *is = is_target + b * m->classes; \
    double sum = 0; \
    for (int64_t k = 0; k < m->classes && target[k] >= 0; k++) is[target[k]] = 1; \
    for (int64_t k = 0; k < m->classes && target[k] >= 0; k++) { \
      for (int64_t c = 0; c < m->classes; c++) { \
        const T z = 1 - x[target[k]] + x[c]; \
        if (is[c] == 0 && z > 0) sum += (double)z; \
      } \
    } \
    return (T)sum; \
  } \
  static void NAME##_labels(const agk_margins *m, T *is_target, void *out) { \
    LOSSES(T, NAME##_labels_row(m, is_target, b)) \
  } \
  static void NAME##_labels_backward(const agk_margins *m, const T *is_target, const T *gradient, \
                                     T *out) { \
    const T share = SHARE(T); \
    for (int64_t b = 0; b < m->batch; b++) { \
      const T *x = (const T *)m->x + b * m->classes; \
      const int64_t *target = m->target + b * m->classes; \
      const T *is = is_target + b * m->classes; \
      T *row = out + b * m->classes; \
      for (int64_t k = 0; k < m->classes && target[k] >= 0; k++) { \
        for (int64_t c = 0; c < m->classes; c++) { \
          if (is[c] != 0 || !(1 - x[target[k]] + x[c] > 0)) continue; \
          row[target[k]] -= share; \
          row[c] += share; \
        } \
      } \
      const T flow = gradient[m->reduction == AGK_LOSS_NONE ? b : 0]; \
      for (int64_t c = 0; c < m->classes; c++) row[c] *= flow; \
    } \
  }
MARGIN(float, margin_f32)
MARGIN(double, margin_f64)

int64_t agk_multi_margin(const agk_margins *m, void *out) {
  for (int64_t b = 0; b < m->batch; b++)
    if (m->target[b] < 0 || m->target[b] >= m->classes) return b;
  if (m->dtype == AGK_FLOAT32) margin_f32(m, out);
  else margin_f64(m, out);
  return -1;
}

void agk_multi_margin_backward(const agk_margins *m, const void *gradient, void *out) {
  if (m->dtype == AGK_FLOAT32) margin_f32_backward(m, gradient, out);
  else margin_f64_backward(m, gradient, out);
}

void agk_multilabel_margin(const agk_margins *m, void *is_target, void *out) {
  if (m->dtype == AGK_FLOAT32) margin_f32_labels(m, is_target, out);
  else margin_f64_labels(m, is_target, out);
}

void agk_multilabel_margin_backward(const agk_margins *m, const void *is_target,
                                    const void *gradient, void *out) {
  if (m->dtype == AGK_FLOAT32) margin_f32_labels_backward(m, is_target, gradient, out);
  else margin_f64_labels_backward(m, is_target, gradient, out);
}
