// Loops behind embeddings, losses and attention. Included by CKernels.h; not for use on its own.
#pragma once

// ---- embedding -------------------------------------------------------------------------------

// out[index[i]] += gradient[i] for rows of `width`, in order, into a table of `rows` rows of zeros;
// the indices are checked already, and the row `padding` is left out (-1: none). With `counts`, room
// for `rows` zeros, a row is divided by how often it is named. Floating point.
void agk_embedding_backward(agk_dtype dtype, int64_t n, int64_t width, int64_t rows,
                            int64_t padding, const int64_t *_Nonnull index,
                            int64_t *_Nullable counts, const void *_Nonnull gradient,
                            void *_Nonnull out);

// ---- losses ----------------------------------------------------------------------------------

typedef enum agk_loss_reduction : uint8_t {
  AGK_LOSS_NONE, AGK_LOSS_MEAN, AGK_LOSS_SUM
} __attribute__((enum_extensibility(closed))) agk_loss_reduction;

// -weight[t] · x[b][t][i] of the class t = target[b][i], of log-probabilities [batch, classes, inner]:
// one for each target, or their sum or mean in out[0] and the sum of the weights in total. Targets
// equal to `ignored` count nothing; without weights each is 1. Floating point. Returns the position of
// the first target that is no class, else -1.
int64_t agk_nll(agk_dtype dtype, agk_loss_reduction reduction, int64_t batch, int64_t classes,
                int64_t inner, const void *_Nonnull x, const int64_t *_Nonnull target,
                const void *_Nullable weight, int64_t ignored, void *_Nonnull out,
                void *_Nonnull total);
// The gradient of x into out, which holds zeros; the gradient that flows in is one number or, without
// a reduction, one for each target.
void agk_nll_backward(agk_dtype dtype, agk_loss_reduction reduction, int64_t batch,
                      int64_t classes, int64_t inner, const void *_Nonnull gradient,
                      const int64_t *_Nonnull target, const void *_Nullable weight,
                      int64_t ignored, void *_Nonnull out, const void *_Nonnull total);
