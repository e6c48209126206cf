// Normalisation by mean and variance: of rows (layer_norm), of groups of channels (group_norm) and of
// channels over a batch (batch_norm), and their derivatives.
//
// Results are rounded as PyTorch rounds them, whose builds run these kernels with vectors of 32 bytes
// whatever the processor, and whose compiler fuses a product and the sum after it: where terms cancel
// out, as in the gradient of a sum of a normalisation, nothing but these roundings is left. Sources:
// RowwiseMoments in ATen/native/cpu/moments_utils.h, layer_norm_kernel.cpp, group_norm_kernel.cpp and
// batch_norm_kernel.cpp beside it.

typedef f32 sixteen_f32 __attribute__((ext_vector_type(16), aligned(4)));
typedef f64 sixteen_f64 __attribute__((ext_vector_type(16), aligned(8)));
typedef f32 narrow_f32 __attribute__((ext_vector_type(8), aligned(4)));
typedef f64 narrow_f64 __attribute__((ext_vector_type(4), aligned(8)));
#define NARROW_LANES(T) ((i64)(32 / sizeof(T)))

// Vectors whose moments are added up one by one; the chunks' then join by twos.
#define MOMENTS_CHUNK 16
// Twos of twos of chunks, and so on: more than there is memory for.
#define MOMENTS_LEVELS 48

// Channels with planes smaller than this are worked on as columns.
#define NORMALIZE_PLANE 8
// Columns worked on together.
#define NORMALIZE_COLUMNS 512

ALWAYS_INLINE f64 total_of_lanes(const sixteen_f64 *v) {
  f64 lanes[16];
  memcpy(lanes, v, sizeof lanes);
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; j++) lanes[j] += lanes[j + half];
  return lanes[0];
}

// PyTorch's compiler fuses a product and the sum after it; it shows where they cancel out.
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

#define NORMALIZE(T) \
  /* Σ x */ \
  static f64 plane_sum_##T(i64 n, const T *x) { \
    sixteen_f64 a = 0, b = 0; \
    i64 i = 0; \
    for (; i + 32 <= n; i += 32) { \
      a += __builtin_convertvector(*(const sixteen_##T *)(x + i), sixteen_f64); \
      b += __builtin_convertvector(*(const sixteen_##T *)(x + i + 16), sixteen_f64); \
    } \
    a += b; \
    f64 sum = total_of_lanes(&a); \
    for (; i < n; i++) sum += x[i]; \
    return sum; \
  } \
  /* Σ (x - mean)² */ \
  static f64 plane_squares_##T(i64 n, const T *x, T mean) { \
    sixteen_f64 a = 0, b = 0; \
    i64 i = 0; \
    for (; i + 32 <= n; i += 32) { \
      const sixteen_##T first = *(const sixteen_##T *)(x + i) - mean; \
      const sixteen_##T second = *(const sixteen_##T *)(x + i + 16) - mean; \
      a += __builtin_convertvector(first * first, sixteen_f64); \
      b += __builtin_convertvector(second * second, sixteen_f64); \
    } \
    a += b; \
    f64 sum = total_of_lanes(&a); \
    for (; i < n; i++) { \
      const T distance = x[i] - mean; \
      sum += distance * distance; \
    } \
    return sum; \
  } \
  /* Joins `added` moments of so many numbers each to those of `count`. */ \
  ALWAYS_INLINE void join_moments_##T(i64 more, const narrow_##T *added, i64 *count, \
                                      narrow_##T *moments) { \
    const i64 n = *count + more; \
    const T share = n == 0 ? 0 : (T)more / (T)n; \
    const narrow_##T delta = added[0] - moments[0]; \
    moments[0] += share * delta; \
    moments[1] = (moments[1] + added[1]) + delta * delta * share * (T)*count; \
    *count = n; \
  } \
  /* Mean and variance of a run. */ \
  static void run_moments_##T(i64 n, const T *x, T *mean, T *variance) { \
    const i64 vectors = n / NARROW_LANES(T); \
    const i64 chunks = (vectors + MOMENTS_CHUNK - 1) / MOMENTS_CHUNK; \
    i64 depth = 1; \
    while (((i64)1 << depth) < chunks) depth++; \
    i64 counts[MOMENTS_LEVELS]; \
    narrow_##T levels[MOMENTS_LEVELS][2]; \
    for (i64 k = 0; k < depth; k++) { \
      counts[k] = 0; \
      levels[k][0] = levels[k][1] = 0; \
    } \
    for (i64 chunk = 0; chunk < chunks; chunk++) { \
      const i64 first = chunk * MOMENTS_CHUNK; \
      const i64 count = vectors - first < MOMENTS_CHUNK ? vectors - first : MOMENTS_CHUNK; \
      const narrow_##T *v = (const narrow_##T *)x + first; \
      narrow_##T moments[2] = {0, 0}; \
      for (i64 k = 0; k < count; k++) { \
        const narrow_##T delta = v[k] - moments[0]; \
        moments[0] = FMA(delta, (narrow_##T)((T)1 / (T)(k + 1)), moments[0]); \
        moments[1] = FMA(delta, v[k] - moments[0], moments[1]); \
      } \
      join_moments_##T(count, moments, &counts[0], levels[0]); \
      for (i64 k = 1; k < depth && (chunk + 1) % ((i64)1 << k) == 0; k++) { \
        join_moments_##T(counts[k - 1], levels[k - 1], &counts[k], levels[k]); \
        counts[k - 1] = 0; \
        levels[k - 1][0] = levels[k - 1][1] = 0; \
      } \
    } \
    for (i64 k = 1; k < depth; k++) \
      join_moments_##T(counts[k], levels[k], &counts[0], levels[0]); \
    T middle = 0, squares = 0; \
    i64 seen = 0; \
    for (i64 i = vectors * NARROW_LANES(T); i < n; i++) { \
      const T delta = x[i] - middle; \
      middle += delta / (T)++seen; \
      squares += delta * (x[i] - middle); \
    } \
    for (i64 lane = 0; lane < NARROW_LANES(T) && vectors > 0; lane++) { \
      const T share = (T)vectors / (T)(seen + vectors); \
      const T delta = levels[0][0][lane] - middle; \
      middle = FMA(share, delta, middle); \
      squares += FMA(delta * delta * share, (T)seen, levels[0][1][lane]); \
      seen += vectors; \
    } \
    *mean = middle; \
    *variance = squares / (T)n; \
  } \
\
  static void layer_norm_##T(const agk_rows *all, i64 begin, i64 end) { \
    const i64 n = all->length; \
    const T *w = all->weight, *b = all->bias; \
    for (i64 row = begin; row < end; row++) { \
      const T *x = (const T *)all->x + row * n; \
      T *out = (T *)all->out + row * n; \
      T mean, variance; \
      run_moments_##T(n, x, &mean, &variance); \
      const T rstd = 1 / SQUARE_ROOT_##T(variance + (T)all->eps); \
      if (w && b) FOR_EACH(T, out[i] = FMA((x[i] - mean) * rstd, w[i], b[i])); \
      else if (w) FOR_EACH(T, out[i] = (x[i] - mean) * rstd * w[i]); \
      else if (b) FOR_EACH(T, out[i] = FMA(x[i] - mean, rstd, b[i])); \
      else FOR_EACH(T, out[i] = (x[i] - mean) * rstd); \
      ((T *)all->mean)[row] = mean; \
      ((T *)all->rstd)[row] = rstd; \
    } \
  } \
\
  /* Some rows; what they add to the gradients of weight and bias goes to dw and db. */ \
  static void layer_norm_backward_##T(const agk_rows *all, i64 begin, i64 end, void *weight_sums, \
                                      void *bias_sums) { \
    const i64 n = all->length; \
    const T *w = all->weight; \
    T *dw = weight_sums, *db = bias_sums; \
    const T share = (T)1 / (T)n; \
    for (i64 row = begin; row < end; row++) { \
      const T *x = (const T *)all->x + row * n, *g = (const T *)all->gradient + row * n; \
      const T mean = ((const T *)all->mean)[row], rstd = ((const T *)all->rstd)[row]; \
      const T shift = -rstd * mean; \
      if (dw && db) { \
        FOR_EACH(T, { \
          dw[i] = FMA(g[i], FMA(rstd, x[i], shift), dw[i]); \
          db[i] += g[i]; \
        }); \
      } else if (dw) { \
        FOR_EACH(T, dw[i] = FMA(g[i], FMA(rstd, x[i], shift), dw[i])); \
      } else if (db) { \
        FOR_EACH(T, db[i] += g[i]); \
      } \
      if (!all->out) continue; \
      T *out = (T *)all->out + row * n; \
      if (w) { \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i] * x[i] * w[i], products) \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i] * w[i], gradients) \
        const T slope = FMA(gradients, mean, -products) * rstd * rstd * rstd * share; \
        const T rest = FMA(-slope, mean, -(gradients * rstd * share)); \
        FOR_EACH(T, out[i] = FMA(slope, x[i], rstd * g[i] * w[i]) + rest); \
      } else { \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i] * x[i], products) \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i], gradients) \
        const T slope = FMA(gradients, mean, -products) * rstd * rstd * rstd * share; \
        const T rest = FMA(-slope, mean, -(gradients * rstd * share)); \
        FOR_EACH(T, out[i] = FMA(slope, x[i], rstd * g[i]) + rest); \
      } \
    } \
  } \
\
  /* Some of all groups of all elements of the batch. */ \
  static void group_norm_##T(const agk_channels *all, i64 begin, i64 end) { \
    const i64 together = all->channels / all->groups, n = all->inner; \
    const T *weight = all->weight, *bias = all->bias; \
    for (i64 row = begin; row < end; row++) { \
      const T *start = (const T *)all->x + row * together * n; \
      T *to = (T *)all->out + row * together * n; \
      T mean, variance; \
      run_moments_##T(together * n, start, &mean, &variance); \
      const T rstd = (T)(1 / __builtin_sqrt((variance < 0 ? 0 : variance) + all->eps)); \
      ((T *)all->mean)[row] = mean; \
      ((T *)all->rstd)[row] = rstd; \
      const i64 channel = row % all->groups * together; \
      for (i64 c = 0; c < together; c++) { \
        const T *x = start + c * n; \
        T *out = to + c * n; \
        if (!weight && !bias) { \
          FOR_EACH(T, out[i] = (x[i] - mean) * rstd); \
          continue; \
        } \
        const T scale = weight ? rstd * weight[channel + c] : rstd; \
        const T shift = FMA(-scale, mean, bias ? bias[channel + c] : 0); \
        FOR_EACH(T, out[i] = FMA(scale, x[i], shift)); \
      } \
    } \
  } \
\
  /* Some of all groups of all elements of the batch; of each channel of each the sums Σ g·x and Σ g \
     go to products and gradients. */ \
  static void group_norm_backward_##T(const agk_channels *all, i64 begin, i64 end, \
                                      void *product_sums, void *gradient_sums) { \
    const i64 together = all->channels / all->groups, n = all->inner; \
    const T *weight = all->weight; \
    T *products = product_sums, *gradients = gradient_sums; \
    const T share = (T)1 / (T)(together * n); \
    for (i64 row = begin; row < end; row++) { \
      const T mean = ((const T *)all->mean)[row], rstd = ((const T *)all->rstd)[row]; \
      const i64 channel = row % all->groups * together, first = row * together; \
      T product = 0, gradient = 0; \
      for (i64 c = 0; c < together; c++) { \
        const T *x = (const T *)all->x + (first + c) * n; \
        const T *g = (const T *)all->gradient + (first + c) * n; \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i] * x[i], both) \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i], one) \
        products[first + c] = both; \
        gradients[first + c] = one; \
        const T w = weight ? weight[channel + c] : 1; \
        product = FMA(both, w, product); \
        gradient = FMA(one, w, gradient); \
      } \
      if (!all->out) continue; \
      const T slope = FMA(gradient, mean, -product) * rstd * rstd * rstd * share; \
      const T rest = FMA(-(gradient * rstd), share, -slope * mean); \
      for (i64 c = 0; c < together; c++) { \
        const T *x = (const T *)all->x + (first + c) * n; \
        const T *g = (const T *)all->gradient + (first + c) * n; \
        T *out = (T *)all->out + (first + c) * n; \
        const T scale = weight ? rstd * weight[channel + c] : rstd; \
        FOR_EACH(T, out[i] = FMA(scale, g[i], slope * x[i]) + rest); \
      } \
    } \
  } \
\
  /* The inverse deviation in use and what it and the weight make of x: x · scale + shift. */ \
  ALWAYS_INLINE void batch_norm_line_##T(const agk_channels *all, i64 c, T mean, T rstd, T *scale, \
                                         T *shift) { \
    const T *weight = all->weight, *bias = all->bias; \
    *scale = weight ? rstd * weight[c] : rstd; \
    *shift = FMA(-mean, *scale, bias ? bias[c] : 0); \
  } \
  /* Keeps a channel's moments, and moves the running ones towards them. */ \
  static void keep_moments_##T(const agk_channels *all, i64 c, T mean, f64 squares) { \
    const i64 count = all->batch * all->inner; \
    const T sum = (T)squares; \
    const f64 variance = sum / (T)count; \
    ((T *)all->mean)[c] = mean; \
    ((T *)all->rstd)[c] = \
        (T)(variance != 0 || all->eps != 0 ? 1 / __builtin_sqrt(variance + all->eps) : 0); \
    const f64 momentum = all->momentum; \
    if (all->running_mean) { \
      T *running = (T *)all->running_mean + c * all->running_mean_stride; \
      *running = (T)(momentum * mean + (1 - momentum) * *running); \
    } \
    if (all->running_var) { \
      T *running = (T *)all->running_var + c * all->running_var_stride; \
      const f64 unbiased = sum / (T)(count - 1); \
      *running = (T)(momentum * unbiased + (1 - momentum) * *running); \
    } \
  } \
  /* Mean and inverse deviation that a channel is normalised by in its gradient. */ \
  ALWAYS_INLINE void moments_in_use_##T(const agk_channels *all, i64 c, T *mean, T *rstd) { \
    if (all->training) { \
      *mean = ((const T *)all->mean)[c]; \
      *rstd = ((const T *)all->rstd)[c]; \
    } else { \
      *mean = ((const T *)all->running_mean)[c * all->running_mean_stride]; \
      const T variance = ((const T *)all->running_var)[c * all->running_var_stride]; \
      *rstd = (T)(1 / __builtin_sqrt(variance + all->eps)); \
    } \
  } \
\
  static void batch_norm_planes_##T(const agk_channels *all, i64 begin, i64 end) { \
    const i64 n = all->inner, step = all->channels * n; \
    for (i64 c = begin; c < end; c++) { \
      const T *first = (const T *)all->x + c * n; \
      T mean, rstd, scale, shift; \
      if (all->training) { \
        f64 sum = 0, squares = 0; \
        for (i64 k = 0; k < all->batch; k++) sum += plane_sum_##T(n, first + k * step); \
        mean = (T)(sum / (f64)(all->batch * n)); \
        for (i64 k = 0; k < all->batch; k++) squares += plane_squares_##T(n, first + k * step, mean); \
        keep_moments_##T(all, c, mean, squares); \
        rstd = ((const T *)all->rstd)[c]; \
      } else { \
        mean = ((const T *)all->running_mean)[c * all->running_mean_stride]; \
        rstd = 1 / SQUARE_ROOT_##T( \
            ((const T *)all->running_var)[c * all->running_var_stride] + (T)all->eps); \
      } \
      batch_norm_line_##T(all, c, mean, rstd, &scale, &shift); \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = first + k * step; \
        T *out = (T *)all->out + c * n + k * step; \
        FOR_EACH(T, out[i] = FMA(x[i], scale, shift)); \
      } \
    } \
  } \
  static void batch_norm_columns_##T(const agk_channels *all, i64 begin, i64 end) { \
    const i64 inner = all->inner, step = all->channels * inner, most = NORMALIZE_COLUMNS / inner; \
    f64 sums[NORMALIZE_COLUMNS]; \
    T means[NORMALIZE_COLUMNS], scales[NORMALIZE_COLUMNS], shifts[NORMALIZE_COLUMNS]; \
    for (i64 first = begin, count; first < end; first += count) { \
      count = end - first < most ? end - first : most; \
      const i64 n = count * inner; \
      const T *start = (const T *)all->x + first * inner; \
      if (all->training) { \
        for (i64 i = 0; i < n; i++) sums[i] = 0; \
        for (i64 k = 0; k < all->batch; k++) { \
          const T *x = start + k * step; \
          FOR_EACH(f64, sums[i] += (f64)x[i]); \
        } \
        for (i64 c = 0; c < count; c++) { \
          f64 sum = 0; \
          for (i64 i = 0; i < inner; i++) sum += sums[c * inner + i]; \
          const T mean = (T)(sum / (f64)(all->batch * inner)); \
          for (i64 i = 0; i < inner; i++) means[c * inner + i] = mean; \
        } \
        for (i64 i = 0; i < n; i++) sums[i] = 0; \
        for (i64 k = 0; k < all->batch; k++) { \
          const T *x = start + k * step; \
          FOR_EACH(f64, { \
            const T distance = x[i] - means[i]; \
            sums[i] += (f64)(T)(distance * distance); \
          }); \
        } \
      } \
      for (i64 c = 0; c < count; c++) { \
        T mean, rstd; \
        if (all->training) { \
          f64 squares = 0; \
          for (i64 i = 0; i < inner; i++) squares += sums[c * inner + i]; \
          mean = means[c * inner]; \
          keep_moments_##T(all, first + c, mean, squares); \
          rstd = ((const T *)all->rstd)[first + c]; \
        } else { \
          mean = ((const T *)all->running_mean)[(first + c) * all->running_mean_stride]; \
          rstd = 1 / SQUARE_ROOT_##T( \
              ((const T *)all->running_var)[(first + c) * all->running_var_stride] + (T)all->eps); \
        } \
        T scale, shift; \
        batch_norm_line_##T(all, first + c, mean, rstd, &scale, &shift); \
        for (i64 i = 0; i < inner; i++) { \
          scales[c * inner + i] = scale; \
          shifts[c * inner + i] = shift; \
        } \
      } \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = start + k * step; \
        T *out = (T *)all->out + first * inner + k * step; \
        FOR_EACH(T, out[i] = FMA(x[i], scales[i], shifts[i])); \
      } \
    } \
  } \
\
  static void batch_norm_backward_planes_##T(const agk_channels *all, i64 begin, i64 end) { \
    const i64 n = all->inner, step = all->channels * n; \
    const T *weight = all->weight; \
    for (i64 c = begin; c < end; c++) { \
      T mean, rstd; \
      moments_in_use_##T(all, c, &mean, &rstd); \
      f64 sum = 0, product = 0; \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = (const T *)all->x + c * n + k * step; \
        const T *g = (const T *)all->gradient + c * n + k * step; \
        SUM_OF_LANES(T, NARROW_LANES(T), n, g[i], one) \
        SUM_OF_LANES(T, NARROW_LANES(T), n, (x[i] - mean) * g[i], both) \
        sum += one; \
        product += both; \
      } \
      if (all->weight_gradient) ((T *)all->weight_gradient)[c] = (T)(product * rstd); \
      if (all->bias_gradient) ((T *)all->bias_gradient)[c] = (T)sum; \
      if (!all->out) continue; \
      const T w = weight ? weight[c] : 1; \
      const T count = (T)(all->batch * n); \
      const T slope = (T)product * rstd * rstd / count; \
      const T gradient_mean = (T)(sum / (f64)(all->batch * n)); \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = (const T *)all->x + c * n + k * step; \
        const T *g = (const T *)all->gradient + c * n + k * step; \
        T *out = (T *)all->out + c * n + k * step; \
        if (all->training) \
          FOR_EACH(T, out[i] = (g[i] - gradient_mean - (x[i] - mean) * slope) * rstd * w); \
        else \
          FOR_EACH(T, out[i] = g[i] * rstd * w); \
      } \
    } \
  } \
  static void batch_norm_backward_columns_##T(const agk_channels *all, i64 begin, i64 end) { \
    const i64 inner = all->inner, step = all->channels * inner, most = NORMALIZE_COLUMNS / inner; \
    const T *weight = all->weight; \
    f64 sums[NORMALIZE_COLUMNS], products[NORMALIZE_COLUMNS]; \
    T means[NORMALIZE_COLUMNS], slopes[NORMALIZE_COLUMNS], gradient_means[NORMALIZE_COLUMNS]; \
    T rstds[NORMALIZE_COLUMNS], weights[NORMALIZE_COLUMNS]; \
    for (i64 first = begin, count; first < end; first += count) { \
      count = end - first < most ? end - first : most; \
      const i64 n = count * inner; \
      for (i64 c = 0; c < count; c++) { \
        T mean, rstd; \
        moments_in_use_##T(all, first + c, &mean, &rstd); \
        for (i64 i = c * inner; i < (c + 1) * inner; i++) { \
          means[i] = mean; \
          rstds[i] = rstd; \
          weights[i] = weight ? weight[first + c] : 1; \
          sums[i] = products[i] = 0; \
        } \
      } \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = (const T *)all->x + first * inner + k * step; \
        const T *g = (const T *)all->gradient + first * inner + k * step; \
        if (inner == 1) { \
          FOR_EACH(f64, { \
            sums[i] += (f64)g[i]; \
            products[i] += (f64)(T)((x[i] - means[i]) * g[i]); \
          }); \
          continue; \
        } \
        for (i64 c = 0; c < count; c++) { \
          T one = 0, both = 0; \
          for (i64 i = c * inner; i < (c + 1) * inner; i++) { \
            one += g[i]; \
            both += (x[i] - means[i]) * g[i]; \
          } \
          sums[c * inner] += (f64)one; \
          products[c * inner] += (f64)both; \
        } \
      } \
      for (i64 c = 0; c < count; c++) { \
        f64 sum = 0, product = 0; \
        for (i64 i = c * inner; i < (c + 1) * inner; i++) { \
          sum += sums[i]; \
          product += products[i]; \
        } \
        const T rstd = rstds[c * inner]; \
        if (all->weight_gradient) ((T *)all->weight_gradient)[first + c] = (T)(product * rstd); \
        if (all->bias_gradient) ((T *)all->bias_gradient)[first + c] = (T)sum; \
        const T slope = (T)product * rstd * rstd / (T)(all->batch * inner); \
        const T gradient_mean = (T)(sum / (f64)(all->batch * inner)); \
        for (i64 i = c * inner; i < (c + 1) * inner; i++) { \
          slopes[i] = slope; \
          gradient_means[i] = gradient_mean; \
        } \
      } \
      if (!all->out) continue; \
      for (i64 k = 0; k < all->batch; k++) { \
        const T *x = (const T *)all->x + first * inner + k * step; \
        const T *g = (const T *)all->gradient + first * inner + k * step; \
        T *out = (T *)all->out + first * inner + k * step; \
        if (all->training) \
          FOR_EACH(T, out[i] = (g[i] - gradient_means[i] - (x[i] - means[i]) * slopes[i]) \
                             * rstds[i] * weights[i]); \
        else \
          FOR_EACH(T, out[i] = g[i] * rstds[i] * weights[i]); \
      } \
    } \
  }
#define SQUARE_ROOT_f32 __builtin_sqrtf
#define SQUARE_ROOT_f64 __builtin_sqrt
NORMALIZE(f32)
NORMALIZE(f64)

#define OF_DTYPE(NAME, dtype) ((dtype) == AGK_FLOAT64 ? NAME##_f64 : NAME##_f32)

static void layer_norm(const agk_rows *all, i64 begin, i64 end) {
  OF_DTYPE(layer_norm, all->dtype)(all, begin, end);
}

static void layer_norm_backward(const agk_rows *all, i64 begin, i64 end, void *weight_sums,
                                void *bias_sums) {
  OF_DTYPE(layer_norm_backward, all->dtype)(all, begin, end, weight_sums, bias_sums);
}

static void group_norm(const agk_channels *all, i64 begin, i64 end) {
  OF_DTYPE(group_norm, all->dtype)(all, begin, end);
}

static void group_norm_backward(const agk_channels *all, i64 begin, i64 end, void *products,
                                void *gradients) {
  OF_DTYPE(group_norm_backward, all->dtype)(all, begin, end, products, gradients);
}

static void batch_norm(const agk_channels *all, i64 begin, i64 end) {
  if (all->inner < NORMALIZE_PLANE) OF_DTYPE(batch_norm_columns, all->dtype)(all, begin, end);
  else OF_DTYPE(batch_norm_planes, all->dtype)(all, begin, end);
}

static void batch_norm_backward(const agk_channels *all, i64 begin, i64 end) {
  if (all->inner < NORMALIZE_PLANE)
    OF_DTYPE(batch_norm_backward_columns, all->dtype)(all, begin, end);
  else
    OF_DTYPE(batch_norm_backward_planes, all->dtype)(all, begin, end);
}
