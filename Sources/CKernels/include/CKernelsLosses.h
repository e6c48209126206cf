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

// ---- attention -------------------------------------------------------------------------------

// Where the rows of a tensor [batch, heads, rows, size] begin; the elements of a row are adjacent.
typedef struct agk_heads {
  void *_Nullable start;
  int64_t batch, head, row;
} agk_heads;

// softmax(scale · q·kᵀ + mask) · v for each batch and head. Each head of k and v serves heads/kv_heads
// of q. With `causal`, row i sees the first i + 1 keys. A row that sees nothing is 0, and so is its
// logarithm. float32 and float64.
typedef struct agk_attention {
  agk_dtype dtype;
  bool causal;
  double scale;
  int64_t batch, heads, kv_heads, queries, keys, size;
  agk_heads q, k, v, out;
  // The logarithms of the sums of exponentials, [batch, heads, queries], contiguous.
  void *_Nonnull log_sums;
  // NULL in `start`: none; else its elements lie mask_column apart.
  agk_heads mask;
  int64_t mask_column;
} agk_attention;

void agk_attend(const agk_attention *_Nonnull a);
// The gradients of q, k and v, where `gradient` flows into out.
void agk_attend_backward(const agk_attention *_Nonnull a, agk_heads gradient, agk_heads q_gradient,
                         agk_heads k_gradient, agk_heads v_gradient);
