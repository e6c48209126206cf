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

// A bag adds up, averages or takes the largest of the rows of a table [rows, width] that the indices
// from begins[b] up to ends[b] name; they are checked already. Rows equal to `padding` are left out
// (-1: none), row i is taken `weights[i]` times, an average divides by sizes[b]. Without rows: zeros.
typedef enum agk_bag_mode : uint8_t {
  AGK_BAG_SUM, AGK_BAG_MEAN, AGK_BAG_MAX
} __attribute__((enum_extensibility(closed))) agk_bag_mode;

typedef struct agk_bags {
  agk_dtype dtype;
  agk_bag_mode mode;
  // How many indices, bags and rows there are, and the numbers of a row.
  int64_t n, bags, rows, width, padding;
  const int64_t *_Nonnull index;
  // Only where rows are reduced.
  const int64_t *_Nullable begins, *_Nullable ends;
  const void *_Nullable weights;
  // The rows that count in each bag; not for sums.
  int64_t *_Nullable sizes;
  // The row of the largest, [bags, width]; only for the largest.
  int64_t *_Nullable maximum;
} agk_bags;

// The bags of `table`, [bags, width]; fills `sizes` and `maximum` of those that have them, the sizes
// for averages excepted, which are given. Floating point.
void agk_embedding_bag(const agk_bags *_Nonnull bags, const void *_Nonnull table,
                       void *_Nonnull out);
// The gradient of the table, into zeros; index i is in bag bag[i], which may be none of the bags.
// With `counts`, room for 2·rows zeros, a row is divided by how often it is named, as PyTorch counts.
void agk_embedding_bag_backward(const agk_bags *_Nonnull bags, const int64_t *_Nonnull bag,
                                int64_t *_Nullable counts, const void *_Nonnull gradient,
                                void *_Nonnull out);
// The gradient of the weights, into zeros.
void agk_embedding_bag_weights_backward(const agk_bags *_Nonnull bags,
                                        const int64_t *_Nonnull bag, const void *_Nonnull table,
                                        const void *_Nonnull gradient, void *_Nonnull out);

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

// Of the scores x [batch, classes]: the mean over the other classes c of
// max(0, margin - x[target] + x[c])^power, power 1 or 2, times the target's weight if there are any.
// One for each row, or their sum or mean in out[0]. Floating point. Returns the position of the first
// target that is no class, else -1.
typedef struct agk_margins {
  agk_dtype dtype;
  agk_loss_reduction reduction;
  int64_t batch, classes, power;
  double margin;
  const void *_Nonnull x;
  const int64_t *_Nonnull target;
  const void *_Nullable weight;
} agk_margins;

int64_t agk_multi_margin(const agk_margins *_Nonnull m, void *_Nonnull out);
// The gradient of x; the gradient that flows in is one number or, without a reduction, one for each
// row.
void agk_multi_margin_backward(const agk_margins *_Nonnull m, const void *_Nonnull gradient,
                               void *_Nonnull out);

// The same with several targets for each row, [batch, classes], up to the first that is negative, of
// power and margin 1 without weights: the other classes are those that are none of the targets.
// The targets are checked already. `is_target`, of zeros, becomes 1 at the targets.
void agk_multilabel_margin(const agk_margins *_Nonnull m, void *_Nonnull is_target,
                           void *_Nonnull out);
// The gradient of x, into zeros.
void agk_multilabel_margin_backward(const agk_margins *_Nonnull m, const void *_Nonnull is_target,
                                    const void *_Nonnull gradient, void *_Nonnull out);

// Connectionist temporal classification (Graves et al., 2006) by logarithms of probabilities
// [steps, batch, labels]. The target of b is the target_lengths[b] labels from offsets[b] on, which
// are checked already.
typedef struct agk_ctc {
  agk_dtype dtype;
  int64_t steps, batch, labels, blank;
  // The numbers of a row of alpha: two for each label of the longest target, and one.
  int64_t states;
  const int64_t *_Nonnull input_lengths, *_Nonnull target_lengths, *_Nonnull offsets;
  const int64_t *_Nonnull targets;
  const void *_Nonnull log_probs;
} agk_ctc;

// The losses of the batch, and the forward variables alpha, [batch, steps, states]. Floating point.
void agk_ctc_loss(const agk_ctc *_Nonnull c, void *_Nonnull alpha, void *_Nonnull out);
// The gradient of log_probs. beta: room like alpha. With `zero_infinity` infinite losses have none.
void agk_ctc_loss_backward(const agk_ctc *_Nonnull c, bool zero_infinity,
                           const void *_Nonnull losses, const void *_Nonnull alpha,
                           void *_Nonnull beta, const void *_Nonnull gradient, void *_Nonnull out);

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
