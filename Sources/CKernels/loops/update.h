// The steps of optimisers, operation for operation those of PyTorch's single-tensor forms
// (torch/optim), but in one pass over parameter, gradient and states: a rule of several loops is
// given blocks that stay in the first-level cache.

#define UPDATE_BLOCK 1024

#define UPDATE_HEAD(T) \
  const agk_update *update, i64 n, T *p, const T *gradient, T *a, T *b, T *c
#define UPDATE_NUMBERS(T) \
  const T sign = update->maximize ? -1 : 1, decay = (T)update->weight_decay, \
          shrink = (T)update->shrink, rate = (T)update->rate; \
  const bool decays = update->weight_decay != 0, shrinks = update->shrink != 1; \
  (void)a, (void)b, (void)c, (void)shrink, (void)shrinks

// The gradient of element i as the rule sees it, and the parameter.
#define GRADIENT (decays ? sign * gradient[i] + decay * p[i] : sign * gradient[i])
#define PARAMETER (shrinks ? p[i] * shrink : p[i])
// From x to y by the weight w, as torch.lerp.
#define LERP(x, y, w, rest) ((w) < (T_HALF) ? (x) + (w) * ((y) - (x)) : (y) - ((y) - (x)) * (rest))
#define T_HALF 0.5f

#define UPDATES(T) \
  static void step_sgd_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    FOR_EACH(T, p[i] = PARAMETER + rate * GRADIENT); \
  } \
  static void step_sgd_momentum_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T momentum = (T)update->momentum, share = (T)update->share; \
    const bool first = update->first, nesterov = update->nesterov; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T moved = first ? g : a[i] * momentum + share * g; \
      a[i] = moved; \
      p[i] = PARAMETER + rate * (nesterov ? g + momentum * moved : moved); \
    }); \
  } \
  static void step_adam_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T weight = (T)(1 - update->beta1), rest = (T)1 - weight, beta2 = (T)update->beta2, \
            share = (T)(1 - update->beta2), correction = (T)update->correction, \
            eps = (T)update->eps; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T mean = LERP(a[i], g, weight, rest); \
      const T square = b[i] * beta2 + share * g * g; \
      a[i] = mean; \
      b[i] = square; \
      p[i] = PARAMETER \
             + rate * mean / (__builtin_elementwise_sqrt(square) / correction + eps); \
    }); \
  } \
  static void step_adam_amsgrad_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T weight = (T)(1 - update->beta1), rest = (T)1 - weight, beta2 = (T)update->beta2, \
            share = (T)(1 - update->beta2), correction = (T)update->correction, \
            eps = (T)update->eps; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T mean = LERP(a[i], g, weight, rest); \
      const T square = b[i] * beta2 + share * g * g; \
      const T most = GREATER(c[i], square); \
      a[i] = mean; \
      b[i] = square; \
      c[i] = most; \
      p[i] = PARAMETER + rate * mean / (__builtin_elementwise_sqrt(most) / correction + eps); \
    }); \
  } \
  static void step_rmsprop_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T alpha = (T)update->beta2, share = (T)(1 - update->beta2), rest = (T)1 - share, \
            momentum = (T)update->momentum, eps = (T)update->eps; \
    if (update->centered) { \
      FOR_EACH(T, { \
        const T g = GRADIENT; \
        a[i] = a[i] * alpha + share * g * g; \
        c[i] = LERP(c[i], g, share, rest); \
      }); \
    } else { \
      FOR_EACH(T, { \
        const T g = GRADIENT; \
        a[i] = a[i] * alpha + share * g * g; \
      }); \
    } \
    if (update->has_momentum && update->centered) { \
      FOR_EACH(T, { \
        const T mean = __builtin_elementwise_sqrt(a[i] - c[i] * c[i]) + eps; \
        b[i] = b[i] * momentum + GRADIENT / mean; \
        p[i] = p[i] + rate * b[i]; \
      }); \
    } else if (update->has_momentum) { \
      FOR_EACH(T, { \
        b[i] = b[i] * momentum + GRADIENT / (__builtin_elementwise_sqrt(a[i]) + eps); \
        p[i] = p[i] + rate * b[i]; \
      }); \
    } else if (update->centered) { \
      FOR_EACH(T, { \
        const T mean = __builtin_elementwise_sqrt(a[i] - c[i] * c[i]) + eps; \
        p[i] = p[i] + rate * GRADIENT / mean; \
      }); \
    } else { \
      FOR_EACH(T, p[i] = p[i] \
                         + rate * GRADIENT / (__builtin_elementwise_sqrt(a[i]) + eps)); \
    } \
  } \
  static void step_adagrad_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T eps = (T)update->eps; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T sum = a[i] + g * g; \
      a[i] = sum; \
      p[i] = p[i] + rate * g / (__builtin_elementwise_sqrt(sum) + eps); \
    }); \
  } \
  static void step_adamax_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T weight = (T)(1 - update->beta1), rest = (T)1 - weight, beta2 = (T)update->beta2, \
            eps = (T)update->eps; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T mean = LERP(a[i], g, weight, rest); \
      const T before = b[i] * beta2; \
      const T size = ABS(g) + eps; \
      const T most = GREATER(before, size); \
      a[i] = mean; \
      b[i] = most; \
      p[i] = p[i] + rate * mean / most; \
    }); \
  } \
  static void step_nadam_##T(UPDATE_HEAD(T)) { \
    UPDATE_NUMBERS(T); \
    const T weight = (T)(1 - update->beta1), rest = (T)1 - weight, beta2 = (T)update->beta2, \
            share = (T)(1 - update->beta2), correction = (T)update->correction, \
            eps = (T)update->eps, gradient_rate = (T)update->gradient_rate; \
    FOR_EACH(T, { \
      const T g = GRADIENT; \
      const T mean = LERP(a[i], g, weight, rest); \
      const T square = b[i] * beta2 + share * g * g; \
      const T size = __builtin_elementwise_sqrt(square / correction) + eps; \
      a[i] = mean; \
      b[i] = square; \
      p[i] = PARAMETER + gradient_rate * g / size + rate * mean / size; \
    }); \
  }
UPDATES(f32)
UPDATES(f64)

static void step(const agk_update *update, i64 n, void *parameter, const void *gradient,
                 void *a, void *b, void *c) {
#define STEP(T) \
  static void (*const rules[])(UPDATE_HEAD(T)) = { \
      [AGK_SGD] = step_sgd_##T,         [AGK_SGD_MOMENTUM] = step_sgd_momentum_##T, \
      [AGK_ADAM] = step_adam_##T,       [AGK_ADAM_AMSGRAD] = step_adam_amsgrad_##T, \
      [AGK_RMSPROP] = step_rmsprop_##T, [AGK_ADAGRAD] = step_adagrad_##T, \
      [AGK_ADAMAX] = step_adamax_##T,   [AGK_NADAM] = step_nadam_##T, \
  }; \
  for (i64 first = 0; first < n; first += UPDATE_BLOCK) { \
    const i64 count = n - first < UPDATE_BLOCK ? n - first : UPDATE_BLOCK; \
    rules[update->rule](update, count, (T *)parameter + first, (const T *)gradient + first, \
                        a == NULL ? NULL : (T *)a + first, b == NULL ? NULL : (T *)b + first, \
                        c == NULL ? NULL : (T *)c + first); \
  }
  if (update->dtype == AGK_FLOAT32) {
    STEP(f32)
  } else {
    STEP(f64)
  }
#undef STEP
}
