// Connectionist temporal classification, by logarithms: the loss and its derivative.
//
// Source: Graves et al., "Connectionist Temporal Classification" (2006), equations 6 to 16. A target
// with a blank before, between and behind its labels is the row of states that a path runs through.
#include <math.h>

#include "kernels.h"

// The label of a state of the target that begins at `target`.
static inline int64_t label(const agk_ctc *c, const int64_t *target, int64_t state) {
  return state % 2 == 0 ? c->blank : target[state / 2];
}

typedef struct ctc_pass {
  const agk_ctc *ctc;
  bool zero_infinity;
  const void *losses, *gradient, *alpha;
  // alpha and the losses where these are made, beta and the gradient of log_probs else.
  void *states, *out;
} ctc_pass;

#define LOG_SUM3(EXP, LOG, a, b, c, most) \
  (LOG(EXP(a - most) + EXP(b - most) + EXP(c - most)) + most)

#define CTC(T, NAME, EXP, LOG) \
  static void NAME##_row(const ctc_pass *p, int64_t b) { \
    const agk_ctc *c = p->ctc; \
    const int64_t steps = c->input_lengths[b], length = c->target_lengths[b]; \
    const int64_t step = c->batch * c->labels; \
    const int64_t *target = c->targets + c->offsets[b]; \
    const T *x = (const T *)c->log_probs + b * c->labels; \
    T *alpha = (T *)p->states + b * c->steps * c->states; \
    T *loss = (T *)p->out + b; \
    for (int64_t s = 0; s < c->states; s++) alpha[s] = -(T)INFINITY; \
    if (steps == 0) { \
      *loss = length == 0 ? -(T)0 : (T)INFINITY; \
      return; \
    } \
    alpha[0] = x[c->blank]; \
    if (length > 0) alpha[1] = x[target[0]]; \
    for (int64_t t = 1; t < steps; t++) { \
      const T *last = alpha + (t - 1) * c->states; \
      for (int64_t s = 0; s < 2 * length + 1; s++) { \
        const int64_t own = label(c, target, s); \
        const T stay = last[s]; \
        const T next = s > 0 ? last[s - 1] : -(T)INFINITY; \
        const T skip = \
            s > 1 && label(c, target, s - 2) != own ? last[s - 2] : -(T)INFINITY; \
        T most = stay; \
        if (next > most) most = next; \
        if (skip > most) most = skip; \
        if (most == -(T)INFINITY) most = 0; \
        alpha[t * c->states + s] = \
            LOG_SUM3(EXP, LOG, stay, next, skip, most) + x[t * step + own]; \
      } \
    } \
    const T *end = alpha + (steps - 1) * c->states; \
    if (length == 0) { \
      *loss = -end[0]; \
      return; \
    } \
    const T blank = end[2 * length], labelled = end[2 * length - 1]; \
    T most = labelled > blank ? labelled : blank; \
    if (most == -(T)INFINITY) most = 0; \
    *loss = -(LOG(EXP(blank - most) + EXP(labelled - most)) + most); \
  } \
  static void NAME##_backward_row(const ctc_pass *p, int64_t b) { \
    const agk_ctc *c = p->ctc; \
    const int64_t steps = c->input_lengths[b], length = c->target_lengths[b]; \
    const int64_t step = c->batch * c->labels; \
    const int64_t *target = c->targets + c->offsets[b]; \
    const T *x = (const T *)c->log_probs + b * c->labels; \
    const T *alpha = (const T *)p->alpha + b * c->steps * c->states; \
    T *beta = (T *)p->states + b * c->steps * c->states; \
    T *out = (T *)p->out + b * c->labels; \
    const T loss = ((const T *)p->losses)[b], flow = ((const T *)p->gradient)[b]; \
    const bool is_zero = p->zero_infinity && loss == (T)INFINITY; \
    for (int64_t t = 0; t < c->steps; t++) \
      for (int64_t k = 0; k < c->labels; k++) \
        out[t * step + k] = is_zero || t >= steps ? 0 : -(T)INFINITY; \
    if (is_zero || steps == 0) return; \
    for (int64_t t = steps - 1; t >= 0; t--) { \
      T *now = beta + t * c->states; \
      const T *later = now + c->states; \
      for (int64_t s = 2 * length; s >= 0; s--) { \
        const int64_t own = label(c, target, s); \
        if (t == steps - 1) { \
          const bool ends = s >= 2 * length - 1; \
          now[s] = ends ? x[t * step + own] : -(T)INFINITY; \
          /* A label that is the blank counts once here, as in PyTorch. */ \
          if (ends) out[t * step + own] = alpha[t * c->states + s] + now[s]; \
          continue; \
        } \
        const T stay = later[s]; \
        const T next = s < 2 * length ? later[s + 1] : -(T)INFINITY; \
        const T skip = s < 2 * length - 1 && label(c, target, s + 2) != own \
            ? later[s + 2] : -(T)INFINITY; \
        T most = stay; \
        if (next > most) most = next; \
        if (skip > most) most = skip; \
        if (most == -(T)INFINITY) most = 0; \
        now[s] = LOG_SUM3(EXP, LOG, stay, next, skip, most) + x[t * step + own]; \
        const T both = alpha[t * c->states + s] + now[s]; \
        T *sum = out + t * step + own; \
        if (*sum == -(T)INFINITY) { \
          *sum = both; \
        } else { \
          const T most = both > *sum ? both : *sum; \
          *sum = LOG(EXP(*sum - most) + EXP(both - most)) + most; \
        } \
      } \
    } \
    for (int64_t t = 0; t < steps; t++) { \
      for (int64_t k = 0; k < c->labels; k++) { \
        const T own = x[t * step + k]; \
        T *sum = out + t * step + k; \
        *sum = (EXP(own) - EXP(*sum + loss - own)) * flow; \
      } \
    } \
  } \
  static void NAME(void *context, int64_t begin, int64_t end) { \
    const ctc_pass *p = context; \
    for (int64_t b = begin; b < end; b++) { \
      if (p->alpha == NULL) NAME##_row(p, b); \
      else NAME##_backward_row(p, b); \
    } \
  }
CTC(float, ctc_f32, expf, logf)
CTC(double, ctc_f64, exp, log)

static void run(ctc_pass *p) {
  const agk_ctc *c = p->ctc;
  agk_task *task = c->dtype == AGK_FLOAT32 ? ctc_f32 : ctc_f64;
  if (c->batch * c->steps * c->states * 16 < PARALLEL_FROM) task(p, 0, c->batch);
  else agk_parallel_for(c->batch, 1, task, p);
}

void agk_ctc_loss(const agk_ctc *c, void *alpha, void *out) {
  run(&(ctc_pass){.ctc = c, .states = alpha, .out = out});
}

void agk_ctc_loss_backward(const agk_ctc *c, bool zero_infinity, const void *losses,
                           const void *alpha, void *beta, const void *gradient, void *out) {
  run(&(ctc_pass){c, zero_infinity, losses, gradient, alpha, beta, out});
}
