// The loops of one instruction set, for tests that compare them: the functions of CKernels.h as a
// table. Included by CKernels.h; not for use on its own.
#pragma once

// out = alpha · a·b + beta · out of float32 or float64, as agk_matmul_add has it; with
// `transpose_out` the result is written as its transpose.
typedef struct agk_product {
  agk_dtype dtype;
  bool transpose_a, transpose_b, transpose_out;
  int64_t m, n, k;
  const void *_Nonnull a;
  int64_t a_leading;
  const void *_Nonnull b;
  int64_t b_leading;
  void *_Nonnull out;
  int64_t out_leading;
  double alpha, beta;
} agk_product;

// Some of a convolution of few channels: of a group the images image..<end and the channels from..<to.
typedef struct agk_shifted_share {
  int64_t group, image, end, from, to;
} agk_shifted_share;

// The most phases that the strides of such a convolution make.
enum { AGK_MOST_PHASES = 64 };

// A block of what agk_measure measures: as agk_statistics, of its finite elements times a factor the
// mean and the sum of the squared distances from it; undefined where none is finite.
typedef struct agk_block {
  int64_t nans, positive_infinities, negative_infinities, zeros, subnormals;
  double minimum, maximum, mean, distances;
  uint64_t hash;
} agk_block;

typedef struct agk_kernels {
  const char *_Nonnull name;
  void (*_Nonnull unary)(agk_unary_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                         int64_t out_stride, const void *_Nonnull x, int64_t x_stride);
  void (*_Nonnull binary)(agk_binary_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                          int64_t out_stride, const void *_Nonnull a, int64_t a_stride,
                          const void *_Nonnull b, int64_t b_stride);
  void (*_Nonnull ternary)(agk_ternary_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                           int64_t out_stride, const void *_Nonnull a, int64_t a_stride,
                           const void *_Nonnull b, int64_t b_stride, const void *_Nonnull c,
                           int64_t c_stride);
  void (*_Nonnull fused)(agk_fused_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                         int64_t out_stride, const void *_Nonnull a, int64_t a_stride,
                         const void *_Nullable b, int64_t b_stride, const void *_Nullable c,
                         int64_t c_stride, const double *_Nonnull parameters);
  void (*_Nonnull compare)(agk_compare_op op, agk_dtype dtype, int64_t n, bool *_Nonnull out,
                           int64_t out_stride, const void *_Nonnull a, int64_t a_stride,
                           const void *_Nonnull b, int64_t b_stride);
  void (*_Nonnull where)(agk_dtype dtype, int64_t n, void *_Nonnull out, int64_t out_stride,
                         const bool *_Nonnull condition, int64_t condition_stride,
                         const void *_Nonnull a, int64_t a_stride, const void *_Nonnull b,
                         int64_t b_stride);
  void (*_Nonnull convert)(agk_dtype to, agk_dtype from, int64_t n, void *_Nonnull out,
                           int64_t out_stride, const void *_Nonnull x, int64_t x_stride);
  void (*_Nonnull reduce)(agk_reduce_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                          const void *_Nonnull x, int64_t x_stride);
  void (*_Nonnull reduce_columns)(agk_reduce_op op, agk_dtype dtype, int64_t rows,
                                  int64_t columns, void *_Nonnull out, const void *_Nonnull x,
                                  int64_t row_stride);
  int64_t (*_Nonnull arg_reduce)(agk_reduce_op op, agk_dtype dtype, int64_t n,
                                 const void *_Nonnull x, int64_t x_stride);
  void (*_Nonnull plain_matmul)(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m,
                                int64_t n, int64_t k, const void *_Nonnull a, int64_t lda,
                                const void *_Nonnull b, int64_t ldb, void *_Nonnull out,
                                int64_t ldout);
  // Part of a product of floating point, and how many rows and bytes of columns it does at once;
  // NULL without fused multiply-add.
  void (*_Nullable product)(const agk_product *_Nonnull product, int64_t row, int64_t rows,
                            int64_t column, int64_t columns);
  int64_t product_rows, product_bytes;
  // Of [outer, length, inner] the first `columns` inner ones: all, or a part with outer = 1.
  void (*_Nonnull sum_of)(agk_sum_of_op op, agk_dtype dtype, int64_t outer, int64_t length,
                          int64_t columns, int64_t inner, double *_Nonnull out,
                          const double *_Nullable shift, const void *_Nonnull x);
  void (*_Nonnull cumulate)(agk_reduce_op op, agk_dtype dtype, int64_t outer, int64_t length,
                            int64_t columns, int64_t inner, void *_Nonnull out,
                            const void *_Nonnull x);
  void (*_Nonnull log_cumulate)(agk_dtype dtype, int64_t outer, int64_t length, int64_t columns,
                                int64_t inner, void *_Nonnull out, const void *_Nonnull x);
  void (*_Nonnull extremes)(agk_reduce_op op, agk_dtype dtype, bool running, int64_t outer,
                            int64_t length, int64_t columns, int64_t inner, void *_Nonnull values,
                            int64_t *_Nonnull indices, const void *_Nonnull x);
  void (*_Nonnull softmax)(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer,
                           int64_t length, int64_t columns, int64_t inner, void *_Nonnull out,
                           const void *_Nonnull x);
  void (*_Nonnull softmax_backward)(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer,
                                    int64_t length, int64_t columns, int64_t inner, void *_Nonnull out,
                                    const void *_Nonnull gradient, const void *_Nonnull result);
  // Some of the rows, groups or channels; backward, with the sums that the callers join.
  void (*_Nonnull layer_norm)(const agk_rows *_Nonnull all, int64_t begin, int64_t end);
  void (*_Nonnull layer_norm_backward)(const agk_rows *_Nonnull all, int64_t begin, int64_t end,
                                       void *_Nullable weight_sums, void *_Nullable bias_sums);
  void (*_Nonnull group_norm)(const agk_channels *_Nonnull all, int64_t begin, int64_t end);
  void (*_Nonnull group_norm_backward)(const agk_channels *_Nonnull all, int64_t begin,
                                       int64_t end, void *_Nonnull products,
                                       void *_Nonnull gradients);
  void (*_Nonnull batch_norm)(const agk_channels *_Nonnull all, int64_t begin, int64_t end);
  void (*_Nonnull batch_norm_backward)(const agk_channels *_Nonnull all, int64_t begin,
                                       int64_t end);
  // Rows of scores that lie `columns` apart, of which the first `length` count; from `first` on, if it
  // is not negative, row r sees first + r + 1 of them. Scores become exponentials, or shares; the
  // gradients of shares become those of scores.
  void (*_Nonnull attention_rows)(agk_dtype dtype, int64_t rows, int64_t length, int64_t columns,
                                  int64_t first, void *_Nonnull scores, double factor,
                                  const void *_Nullable mask, int64_t mask_row, int64_t mask_step,
                                  void *_Nonnull inverses, void *_Nonnull log_sums);
  void (*_Nonnull attention_backward_rows)(agk_dtype dtype, int64_t rows, int64_t length,
                                           int64_t columns, int64_t first, void *_Nonnull scores,
                                           void *_Nonnull gradients, double factor,
                                           const void *_Nullable mask, int64_t mask_row,
                                           int64_t mask_step, const void *_Nonnull log_sums,
                                           const void *_Nonnull sums);
  void (*_Nonnull scale_rows)(agk_dtype dtype, int64_t rows, int64_t n, int64_t step,
                              void *_Nonnull x, const void *_Nonnull factors);
  void (*_Nonnull dot_rows)(agk_dtype dtype, int64_t rows, int64_t n, void *_Nonnull out,
                            const void *_Nonnull a, int64_t a_step, const void *_Nonnull b,
                            int64_t b_step);
  // Unsigned keys that sort as the elements do: 64 bits for dtypes of as many, else 32.
  void (*_Nonnull sort_keys)(agk_dtype dtype, bool descending, int64_t n, void *_Nonnull keys,
                             const void *_Nonnull x);
  void (*_Nonnull search)(agk_dtype dtype, bool right, int64_t n, int64_t *_Nonnull places,
                          const void *_Nonnull values, int64_t length, const void *_Nonnull run);
  // Of the sum of a contiguous run of n the pieces from `first` on, AGK_SUM_PIECE_BYTES each, and the
  // sum from all of them; floating point.
  void (*_Nonnull sum_pieces)(agk_dtype dtype, int64_t n, int64_t first, int64_t count,
                              void *_Nonnull pieces, const void *_Nonnull x);
  void (*_Nonnull sum_joined)(agk_dtype dtype, int64_t n, void *_Nonnull out,
                              const void *_Nullable pieces, const void *_Nonnull x);
  void (*_Nonnull copy)(size_t item_size, int64_t rows, int64_t columns, void *_Nonnull out,
                        int64_t out_row, int64_t out_column, const void *_Nonnull x,
                        int64_t x_row, int64_t x_column);
  int64_t (*_Nonnull gather_along)(size_t item_size, const agk_along *_Nonnull plane,
                                   void *_Nonnull out, const void *_Nonnull x,
                                   const int64_t *_Nonnull indices);
  int64_t (*_Nonnull scatter_along)(agk_scatter_op op, agk_dtype dtype,
                                    const agk_along *_Nonnull plane, void *_Nonnull out,
                                    const int64_t *_Nonnull indices, const void *_Nonnull x);
  void (*_Nonnull arange)(agk_dtype dtype, int64_t n, void *_Nonnull out, double start,
                          double step);
  void (*_Nonnull linspace)(agk_dtype dtype, int64_t n, void *_Nonnull out, double start,
                            double end);
  // States that the rule has none of are NULL.
  void (*_Nonnull step)(const agk_update *_Nonnull update, int64_t n, void *_Nonnull parameter,
                        const void *_Nonnull gradient, void *_Nullable a, void *_Nullable b,
                        void *_Nullable c);
  // Of a convolution's result the pixels of a panel, twice a vector's elements of the batch's pixels,
  // and of one group's channels from..<to.
  // A turned weight is that of the convolution of which this one is the way back.
  void (*_Nonnull convolve_panel)(agk_dtype dtype, const agk_convolution *_Nonnull c, bool turned,
                                  int64_t group, int64_t panel, int64_t from, int64_t to,
                                  void *_Nonnull out, const void *_Nonnull x,
                                  const void *_Nonnull weight, const void *_Nullable bias,
                                  char *_Nonnull memory);
  // Of its input's gradient a group's channels from..<to, and of its weight's a group's rows.
  void (*_Nonnull convolve_back)(agk_dtype dtype, const agk_convolution *_Nonnull c, int64_t group,
                                 int64_t from, int64_t to, void *_Nonnull x,
                                 const void *_Nonnull gradient, const void *_Nonnull weight,
                                 const void *_Nullable bias, char *_Nonnull memory);
  void (*_Nonnull convolve_weight)(agk_dtype dtype, const agk_convolution *_Nonnull c,
                                   int64_t group, int64_t from, int64_t to, void *_Nonnull weight,
                                   const void *_Nonnull x, const void *_Nonnull gradient,
                                   char *_Nonnull memory);
  // The same for few channels: of one group some images, and of them the channels of the result (or for
  // its gradient, of the input) from..<to; of the weight's gradient those of all images. Each gives
  // false, with nothing to be used, when what it found is not all finite. The bytes of their memory,
  // for so many channels at a time.
  int64_t (*_Nonnull shifted_memory)(agk_dtype dtype, const agk_convolution *_Nonnull c, bool back,
                                     int64_t rows);
  bool (*_Nonnull shifted_forward)(agk_dtype dtype, const agk_convolution *_Nonnull c,
                                   const agk_shifted_share *_Nonnull share, void *_Nonnull out,
                                   const void *_Nonnull x, const void *_Nonnull weight,
                                   const void *_Nullable bias, char *_Nonnull memory);
  bool (*_Nonnull shifted_back)(agk_dtype dtype, const agk_convolution *_Nonnull c,
                                const agk_shifted_share *_Nonnull share, void *_Nonnull x,
                                const void *_Nonnull gradient, const void *_Nonnull weight,
                                const void *_Nullable bias, char *_Nonnull memory);
  bool (*_Nonnull shifted_weight)(agk_dtype dtype, const agk_convolution *_Nonnull c,
                                  const agk_shifted_share *_Nonnull share, void *_Nonnull weight,
                                  const void *_Nonnull x, const void *_Nonnull gradient,
                                  char *_Nonnull memory);
  // Convolutions by Winograd's way: the weight at its points, of a vector of the result's channels, and
  // rows of tiles of all images.
  void (*_Nonnull winograd_weight)(const agk_convolution *_Nonnull c, int64_t from,
                                   float *_Nonnull points, const float *_Nonnull weight,
                                   float *_Nonnull memory);
  // What they find is to be used only where they give true, as above.
  bool (*_Nonnull winograd_rows)(const agk_convolution *_Nonnull c, int64_t from, int64_t to,
                                 float *_Nonnull out, const float *_Nonnull x,
                                 const float *_Nonnull points, const float *_Nullable bias,
                                 float *_Nonnull memory);
  // The weight's gradient for the input's channels from..<to, `block` rows of tiles at a time.
  bool (*_Nonnull winograd_weight_gradient)(const agk_convolution *_Nonnull c, int64_t from,
                                            int64_t to, int64_t block, float *_Nonnull weight,
                                            const float *_Nonnull x,
                                            const float *_Nonnull gradient,
                                            float *_Nonnull memory);
  int64_t vector_bytes;
  // Rows of the result, counted through all planes, and whole planes of the gradient.
  void (*_Nonnull max_pool)(agk_dtype dtype, const agk_windows *_Nonnull windows, int64_t first,
                            int64_t last, void *_Nonnull out, int64_t *_Nonnull indices,
                            const void *_Nonnull x);
  void (*_Nonnull avg_pool)(agk_dtype dtype, const agk_windows *_Nonnull windows,
                            bool counts_padding, int64_t divisor, int64_t first, int64_t last,
                            void *_Nonnull out, const void *_Nonnull x);
  void (*_Nonnull avg_pool_backward)(agk_dtype dtype, const agk_windows *_Nonnull windows,
                                     bool counts_padding, int64_t divisor, int64_t first,
                                     int64_t last, void *_Nonnull out, const void *_Nonnull g);
  void (*_Nonnull resize_rows)(agk_dtype dtype, const agk_resize *_Nonnull resize, int64_t first,
                               int64_t last, void *_Nonnull out, const void *_Nonnull x,
                               void *_Nonnull scratch);
  void (*_Nonnull resize_backward)(agk_dtype dtype, const agk_resize *_Nonnull resize,
                                   int64_t first, int64_t last, void *_Nonnull out,
                                   const void *_Nonnull g, void *_Nonnull scratch);
  // Of at least one element, contiguous float32 or float64; a factor other than 1 for float64 alone.
  void (*_Nonnull measure)(agk_dtype dtype, int64_t n, const void *_Nonnull x, bool health_only,
                           double factor, agk_block *_Nonnull out);
  double (*_Nonnull dot)(agk_dtype dtype, int64_t n, const void *_Nonnull a,
                         const void *_Nonnull b);
} agk_kernels;

// agk_measure by the loops named.
void agk_measure_by(const agk_kernels *_Nonnull kernels, agk_dtype dtype, int64_t n,
                    const void *_Nonnull x, bool health_only, agk_statistics *_Nonnull out);

enum { AGK_SUM_PIECE_BYTES = 128 };

/// The loops named "baseline", "avx2" or "avx512"; NULL where the CPU cannot run them.
const agk_kernels *_Nullable agk_kernels_for(const char *_Nonnull name);
