// The vectorised loops behind the tensor operators.
//
// Every function works on one run of `n` elements with a stride, in elements, per operand: 1 for
// contiguous data, 0 for one value against all, anything else for a view. Shapes, broadcasting and
// promotion are the caller's business: all operands of one call have the dtype named, except where
// the comment says otherwise. An output may be exactly one of the inputs (in-place), never a part of
// one. Nothing here allocates, locks or fails, except the allocator.
//
// Each loop exists for the baseline, AVX2 and AVX-512; the best that the CPU has is chosen once,
// when the program starts. AGVIZ_CPU=baseline|avx2|avx512 lowers the choice. Results do not depend
// on it: no contraction, the same order of additions, the same polynomial functions (SLEEF, 1 ulp). One
// exception: SLEEF without FMA (the baseline) may round the last bit of a transcendental function
// differently.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum agk_dtype : uint8_t {
  AGK_BOOL, AGK_INT32, AGK_INT64, AGK_FLOAT32, AGK_FLOAT64
} __attribute__((enum_extensibility(closed))) agk_dtype;

/// The instruction set in use: "baseline", "avx2" or "avx512".
const char *_Nonnull agk_cpu(void);

// ---- elementwise -----------------------------------------------------------------------------

// out[i] = f(x[i]). Integers and bool support: neg (not bool), abs, sign, square,
// bitwise_not, relu; the others are for floating point only.
typedef enum agk_unary_op : uint8_t {
  AGK_NEG, AGK_ABS, AGK_SIGN, AGK_SQUARE, AGK_RELU, AGK_BITWISE_NOT,
  AGK_EXP, AGK_LOG, AGK_SQRT, AGK_RSQRT, AGK_RECIPROCAL,
  AGK_SIN, AGK_COS, AGK_ATAN, AGK_TANH, AGK_SIGMOID, AGK_ERF,
  AGK_FLOOR, AGK_CEIL, AGK_ROUND, AGK_TRUNC,
  AGK_EXP2, AGK_EXPM1, AGK_LOG2, AGK_LOG10, AGK_LOG1P, AGK_TAN, AGK_ASIN, AGK_ACOS, AGK_SINH,
  AGK_COSH, AGK_ASINH, AGK_ACOSH, AGK_ATANH, AGK_ERFC, AGK_LGAMMA, AGK_DIGAMMA, AGK_TRIGAMMA,
  AGK_ERFINV, AGK_CUBE
} __attribute__((enum_extensibility(closed))) agk_unary_op;

void agk_unary(agk_unary_op op, agk_dtype dtype, int64_t n, void *_Nonnull out, int64_t out_stride,
               const void *_Nonnull x, int64_t x_stride);

// out[i] = f(a[i], b[i]). Bool: add is or, mul is and, maximum, minimum. div is true division:
// floating point only. pow of integers wraps (a negative exponent gives 0, or ±1 for base ±1).
// maximum and minimum pass NaN on. Integer arithmetic wraps. bitwise ops: integers and bool.
// The *_backward loops take (gradient, saved) as in PyTorch: tanh and sigmoid save the result,
// relu saves the result (0 where result ≤ 0, else the gradient; a NaN lets it pass). atan2, hypot,
// copysign and zeta (Hurwitz's): floating point. fmod has the dividend's sign, remainder the divisor's; an integer divided
// by 0 is the caller's to refuse. gcd, lcm and shifts: integers; a shift by less than 0 or by the
// width or more gives 0 (to the right: the sign). fmax and fmin prefer a number to NaN; they and
// nextafter: floating point.
typedef enum agk_binary_op : uint8_t {
  AGK_ADD, AGK_SUB, AGK_MUL, AGK_DIV, AGK_POW, AGK_MAXIMUM, AGK_MINIMUM,
  AGK_BITWISE_AND, AGK_BITWISE_OR, AGK_BITWISE_XOR,
  AGK_TANH_BACKWARD, AGK_SIGMOID_BACKWARD, AGK_RELU_BACKWARD,
  AGK_ATAN2, AGK_HYPOT, AGK_COPYSIGN, AGK_ZETA, AGK_FMOD, AGK_REMAINDER, AGK_FLOOR_DIVIDE,
  AGK_TRUNC_DIVIDE, AGK_GCD, AGK_LCM, AGK_LEFT_SHIFT, AGK_RIGHT_SHIFT,
  AGK_FMAX, AGK_FMIN, AGK_NEXTAFTER
} __attribute__((enum_extensibility(closed))) agk_binary_op;

void agk_binary(agk_binary_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                int64_t out_stride, const void *_Nonnull a, int64_t a_stride,
                const void *_Nonnull b, int64_t b_stride);

// out[i] = a[i] + c[i] * b[i] (two roundings), and friends.
typedef enum agk_ternary_op : uint8_t {
  AGK_ADD_SCALED
} __attribute__((enum_extensibility(closed))) agk_ternary_op;

// out[i] = f(a[i], b[i], c[i]) with up to three numbers p, q, r; an operator that takes fewer tensors
// is given NULL for the others. Derivatives take the gradient first, then what was saved. Floating
// point only, but for clamp, threshold and addcmul.
typedef enum agk_fused_op : uint8_t {
  AGK_SOFTPLUS, AGK_SOFTPLUS_BACKWARD,                    // p: beta, q: threshold
  AGK_SILU, AGK_SILU_BACKWARD,
  AGK_GELU, AGK_GELU_BACKWARD, AGK_GELU_TANH, AGK_GELU_TANH_BACKWARD,
  AGK_MISH, AGK_MISH_BACKWARD,
  AGK_ELU, AGK_ELU_BACKWARD, AGK_ELU_BACKWARD_OF_RESULT,  // p: alpha · scale, q: scale, r: input scale
  AGK_LOG_SIGMOID, AGK_LOG_SIGMOID_BACKWARD,              // backward: c is exp(-|x|)
  AGK_GLU,                                                // a · sigmoid(b)
  AGK_GLU_BACKWARD,                                       // by b: c is the first half
  AGK_LEAKY_RELU, AGK_LEAKY_RELU_BACKWARD,                // p: slope
  AGK_HARDTANH_BACKWARD,                                  // p: lower bound, q: upper bound
  AGK_HARDSIGMOID, AGK_HARDSIGMOID_BACKWARD, AGK_HARDSWISH, AGK_HARDSWISH_BACKWARD,
  AGK_HARDSHRINK, AGK_SOFTSHRINK, AGK_SHRINK_BACKWARD,    // p: lambda
  AGK_THRESHOLD, AGK_THRESHOLD_BACKWARD,                  // p: threshold, q: value
  AGK_NAN_TO_NUM,                                         // p: for NaN, q: for inf, r: for -inf
  AGK_CLAMP,                                              // b: lower bound, c: upper bound
  AGK_LERP,                                               // from a to b by the weight c
  AGK_ADDCMUL, AGK_ADDCDIV,                               // a + p · b · c, a + p · b / c
  AGK_LOGADDEXP, AGK_LOGADDEXP2, AGK_XLOGY, AGK_SINC,
  // Losses of a against the target b; their derivatives by b against the target c.
  AGK_SQUARED_ERROR, AGK_SQUARED_ERROR_BACKWARD,          // p: norm
  AGK_SMOOTH_L1, AGK_SMOOTH_L1_BACKWARD,                  // p: beta, q: norm
  AGK_HUBER, AGK_HUBER_BACKWARD,                          // p: delta, q: norm
  AGK_CROSS_ENTROPY, AGK_CROSS_ENTROPY_BACKWARD,          // of a probability
  AGK_CROSS_ENTROPY_OF_LOGIT, AGK_CROSS_ENTROPY_OF_LOGIT_BACKWARD
} __attribute__((enum_extensibility(closed))) agk_fused_op;

void agk_fused(agk_fused_op op, agk_dtype dtype, int64_t n, void *_Nonnull out, int64_t out_stride,
               const void *_Nonnull a, int64_t a_stride, const void *_Nullable b, int64_t b_stride,
               const void *_Nullable c, int64_t c_stride, const double *_Nonnull parameters);

// out[i] = f(x[i]) without vectors, in double precision; float32 and float64 only.
typedef enum agk_scalar_op : uint8_t {
  AGK_BESSEL_I0, AGK_BESSEL_I0E, AGK_BESSEL_I1, AGK_BESSEL_I1E,
  AGK_BESSEL_J0, AGK_BESSEL_J1, AGK_BESSEL_Y0, AGK_BESSEL_Y1, AGK_SPHERICAL_J0,
  AGK_ERFCX, AGK_NDTRI, AGK_LOG_NDTR
} __attribute__((enum_extensibility(closed))) agk_scalar_op;

void agk_scalar_function(agk_scalar_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                         int64_t out_stride, const void *_Nonnull x, int64_t x_stride);

typedef enum agk_compare_op : uint8_t {
  AGK_EQ, AGK_NE, AGK_LT, AGK_LE, AGK_GT, AGK_GE
} __attribute__((enum_extensibility(closed))) agk_compare_op;

// Copies, converting as C does; floating point to integer truncates and never traps (what does not
// fit gives what x86 gives in PyTorch), anything to bool is "not zero" (NaN is true).
void agk_convert(agk_dtype to, agk_dtype from, int64_t n, void *_Nonnull out, int64_t out_stride,
                 const void *_Nonnull x, int64_t x_stride);

// Any of the operators above, over a shape.
typedef enum agk_elementwise_kind : uint8_t {
  AGK_UNARY, AGK_BINARY, AGK_TERNARY, AGK_FUSED, AGK_COMPARE, AGK_WHERE, AGK_CONVERT
} __attribute__((enum_extensibility(closed))) agk_elementwise_kind;

// What to do: `op` is of the kind's enumeration (none for where and convert), `from` the dtype of
// what is converted, `parameters` those of agk_fused.
typedef struct agk_operator {
  agk_elementwise_kind kind;
  uint8_t op;
  agk_dtype dtype, from;
  const double *_Nullable parameters;
} agk_operator;

// Up to four operands of one shape, the output first: sizes, and strides in elements. Dimensions are
// innermost first, and best joined and sorted so that the output's strides grow.
typedef struct agk_shape {
  int32_t dimensions, operands;
  int64_t sizes[8];
  int64_t strides[4][8];
} agk_shape;

// Inputs that lie across the output (a transpose) are turned round tile by tile; the work is split
// over the pool.
void agk_elementwise(agk_operator what, const agk_shape *_Nonnull shape,
                     void *_Nullable const *_Nonnull operands);

// ---- reductions ------------------------------------------------------------------------------

// Floating-point sums add in the order of a single-threaded PyTorch (cascade sums, see
// ATen/native/cpu/SumKernel.cpp), so that they agree with it to the last bit. Its order is that of
// 32-byte vectors on every x86 processor, AVX-512 included: its sum kernel is built no wider.
// Products of a contiguous run follow its order too. MAX and MIN pass NaN on. ALL and ANY take any
// dtype and give bool. SUM and PROD keep the dtype (the caller converts bool and int32 to int64
// first).
typedef enum agk_reduce_op : uint8_t {
  AGK_SUM, AGK_PROD, AGK_MAX, AGK_MIN, AGK_ALL, AGK_ANY
} __attribute__((enum_extensibility(closed))) agk_reduce_op;

// *out = x[0] ∘ x[stride] ∘ … ; n = 0 gives the identity (MAX and MIN: the caller refuses).
void agk_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, void *_Nonnull out,
                const void *_Nonnull x, int64_t x_stride);

// out[c] = x[0][c] ∘ x[1][c] ∘ … for `columns` adjacent columns; rows lie row_stride apart.
void agk_reduce_columns(agk_reduce_op op, agk_dtype dtype, int64_t rows, int64_t columns,
                        void *_Nonnull out, const void *_Nonnull x, int64_t row_stride);

// The position of the first largest (MAX) or smallest (MIN) element; a NaN wins, the first one.
int64_t agk_arg_reduce(agk_reduce_op op, agk_dtype dtype, int64_t n, const void *_Nonnull x,
                       int64_t x_stride);

// ---- moving ----------------------------------------------------------------------------------

// These move items of `item_size` bytes, 1, 4 or 8. Strides are in items.

// out[i, j, …] = x[i, j, …] for up to eight dimensions, outermost first, with strides of any kind;
// in x 0 repeats and less goes backwards. Split over threads when it is long.
void agk_copy(size_t item_size, int32_t rank, const int64_t *_Nonnull sizes, void *_Nonnull out,
              const int64_t *_Nonnull out_strides, const void *_Nonnull x,
              const int64_t *_Nonnull x_strides);
// The same of one plane, by one thread.
void agk_copy_plane(size_t item_size, int64_t rows, int64_t columns, void *_Nonnull out,
                    int64_t out_row, int64_t out_column, const void *_Nonnull x, int64_t x_row,
                    int64_t x_column);

// out[positions[i]] += x[i], in order (bool: or); the positions are checked already.
void agk_scatter_add(agk_dtype dtype, int64_t n, void *_Nonnull out,
                     const int64_t *_Nonnull positions, const void *_Nonnull x);

// Where an index leads: out[i] = step · index[i], with `adds` out[i] += …; a negative index counts
// from the end of `size`. Returns the position of the first that is out of range, else -1.
int64_t agk_places(int64_t n, int64_t *_Nonnull out, const int64_t *_Nonnull index, int64_t size,
                   int64_t step, bool adds);

// Along one dimension: an element goes to or comes from `step` times its index elements further on.
// A plane has an index for each element; its rows and columns have a step in each operand.
typedef struct agk_along {
  int64_t rows, columns;
  int64_t item_row, item_column;    // in the operand that lies as the index does
  int64_t index_row, index_column;  // in the index
  int64_t place_row, place_column;  // in the operand that the index leads into,
  int64_t step, size;               // and in it the dimension along which it does
} agk_along;

// An index must be at least 0 and less than `size`; where the first lies that is not is returned, in
// elements, and nothing is done from its row on; -1 when all was done.
// out[i] = x[i, index[i]]
int64_t agk_gather_along(size_t item_size, const agk_along *_Nonnull plane, void *_Nonnull out,
                         const void *_Nonnull x, const int64_t *_Nonnull indices);

// How a value meets what is there. Bool: add and max are or, mul and min are and. MAX and MIN pass
// NaN on.
typedef enum agk_scatter_op : uint8_t {
  AGK_SCATTER_SET, AGK_SCATTER_ADD, AGK_SCATTER_MUL, AGK_SCATTER_MAX, AGK_SCATTER_MIN
} __attribute__((enum_extensibility(closed))) agk_scatter_op;

// out[i, index[i]] ∘= x[i], in order
int64_t agk_scatter_along(agk_scatter_op op, agk_dtype dtype, const agk_along *_Nonnull plane,
                          void *_Nonnull out, const int64_t *_Nonnull indices,
                          const void *_Nonnull x);

// The number of true elements, which the next three take as `count`.
int64_t agk_count_true(int64_t n, const bool *_Nonnull mask);
// out[0], out[1], … = the items x[i] where mask[i]
void agk_select(size_t item_size, int64_t n, void *_Nonnull out, const void *_Nonnull x,
                const bool *_Nonnull mask, int64_t count);
// The opposite: the items out[i] where mask[i] = x[0], x[1], …
void agk_spread(size_t item_size, int64_t n, void *_Nonnull out, const bool *_Nonnull mask,
                const void *_Nonnull x, int64_t count);
// The indices of the true elements of a row-major mask, `rank` of them in a row, in order.
void agk_true_places(int32_t rank, const int64_t *_Nonnull sizes, const bool *_Nonnull mask,
                     int64_t *_Nonnull out, int64_t count);

// ---- matrix products -------------------------------------------------------------------------

// out[m×n] = a[m×k] · b[k×n], row-major with leading dimensions; a transposed operand is stored as
// its transpose (k×m, n×k). Floating point by kernels of our own, or through OpenBLAS; integers and
// tiny products by plain loops. bool is refused by the caller. out never overlaps an input.
void agk_matmul(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                int64_t k, const void *_Nonnull a, int64_t lda, const void *_Nonnull b,
                int64_t ldb, void *_Nonnull out, int64_t ldout);

// out = alpha · a·b + beta · out, as agk_matmul otherwise; floating point only. With beta 0 what out
// held before is not read.
void agk_matmul_add(agk_dtype dtype, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                    int64_t k, double alpha, const void *_Nonnull a, int64_t lda,
                    const void *_Nonnull b, int64_t ldb, double beta, void *_Nonnull out,
                    int64_t ldout);

// ---- threads ---------------------------------------------------------------------------------

// One pool serves all kernels; long runs are split over it. The number of threads is that of the
// processors unless AGVIZ_NUM_THREADS or agk_set_threads says otherwise; no result depends on it.
int32_t agk_threads(void);
void agk_set_threads(int32_t count);

typedef void agk_task(void *_Nullable context, int64_t begin, int64_t end);
// Calls task(context, begin, end) for parts that make up 0..<count, each of at least `grain` unless
// it is the only one; returns when all are done. A call from within a part is done by one thread.
void agk_parallel_for(int64_t count, int64_t grain, agk_task *_Nonnull task,
                      void *_Nullable context);

// ---- memory ----------------------------------------------------------------------------------

// Storage for tensors, 64-byte aligned, uninitialised. Small blocks come from malloc; large ones
// are cached by size class when released and reused, 2 MiB-aligned with huge pages from 2 MiB up.
// NULL when the system has no more, or the limit none. Thread-safe.
void *_Nullable agk_allocate(size_t bytes);
// `bytes` as it was asked for.
void agk_deallocate(void *_Nullable block, size_t bytes);
// Gives the cached blocks back to the system; returns the bytes freed.
size_t agk_empty_cache(void);

// Bytes of blocks of more than 1 KiB, as asked for and as taken from the system, cached ones among
// them; the most there ever were, or since the last reset; and the bounds of the cache and of all
// that is reserved. To stay below `limit`, the cache is given back before a block is refused.
typedef struct agk_memory {
  size_t allocated, reserved, peak_allocated, peak_reserved, cache_limit, limit;
} agk_memory;
agk_memory agk_memory_held(void);
void agk_reset_peak_memory(void);
// What is cached beyond the bound is given back at once.
void agk_set_cache_limit(size_t bytes);
// PTRDIFF_MAX: none.
void agk_set_memory_limit(size_t bytes);

// ---- random numbers --------------------------------------------------------------------------

// PyTorch's CPU generator: mt19937, with the cached second normal of its scalar path.
typedef struct agk_generator {
  uint32_t state[624];
  int32_t left;
  int32_t next;
  bool has_next_normal;
  double next_normal;
} agk_generator;

// A negative seed counts modulo 2^64, as torch.manual_seed takes it.
void agk_generator_seed(agk_generator *_Nonnull generator, uint64_t seed);
// Fill n contiguous elements just as torch.rand, randn, randint (low ≤ value < high) and randperm
// fill a new CPU tensor of n elements, bit for bit; float32 normals from 16 elements on as PyTorch
// gives them with AVX2 or later, whatever the CPU here. Uniform and normal take float32 and float64
// and leave other dtypes alone; integers take every dtype, and an empty range gives `low`.
void agk_random_uniform(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n,
                        void *_Nonnull out);
void agk_random_normal(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n,
                       void *_Nonnull out);
// The same within other bounds, and of another mean and deviation, as torch.Tensor.uniform_ and
// normal_ fill a tensor, which draws one number after the other where it is not contiguous.
void agk_random_uniform_between(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n,
                                double from, double to, void *_Nonnull out);
void agk_random_normal_of(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n,
                          bool one_by_one, double mean, double std, void *_Nonnull out);
void agk_random_integers(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t low,
                         int64_t high, int64_t n, void *_Nonnull out);
// Ones times `value`, each with the probability p, else 0; floating point. As bernoulli_ draws.
void agk_random_bernoulli(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n, double p,
                          double value, void *_Nonnull out);
void agk_random_exponential(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t n,
                            double lambda, void *_Nonnull out);
// For each row of n weights, `samples` indices drawn with replacement; floating point.
void agk_random_multinomial(agk_generator *_Nonnull generator, agk_dtype dtype, int64_t rows,
                            int64_t n, int64_t samples, const void *_Nonnull weights,
                            int64_t *_Nonnull out);
void agk_random_permutation(agk_generator *_Nonnull generator, int64_t n, int64_t *_Nonnull out);

// ---- statistics along a dimension -------------------------------------------------------------

// These take contiguous data seen as [outer, length, inner] and work along `length`.

typedef enum agk_sum_of_op : uint8_t {
  AGK_SUM_OF_ELEMENTS, AGK_SUM_OF_SQUARES, AGK_SUM_OF_SIZES, AGK_SUM_OF_NUMBERS,
  AGK_COUNT_OF_NUMBERS, AGK_COUNT_OF_NONZERO
} __attribute__((enum_extensibility(closed))) agk_sum_of_op;

// out[o][i] = Σ f(x[o][k][i]), added up in double precision: x - shift, its square, |x|, x that is
// not NaN, how many are not NaN, how many are not zero (this one takes every dtype, the others
// floating point). shift has out's shape; NULL is 0.
void agk_sum_of(agk_sum_of_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                double *_Nonnull out, const double *_Nullable shift, const void *_Nonnull x);

// out[o][k][i] = x[o][0][i] ∘ … ∘ x[o][k][i] for SUM and PROD; not bool. Floating point is added up
// in double precision.
void agk_cumulate(agk_reduce_op op, agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                  void *_Nonnull out, const void *_Nonnull x);

// out[o][k][i] = log(exp x[o][0][i] + … + exp x[o][k][i]); floating point, in double precision.
void agk_log_cumulate(agk_dtype dtype, int64_t outer, int64_t length, int64_t inner,
                      void *_Nonnull out, const void *_Nonnull x);

// The extremes (MAX or MIN) along `length`, at least 1, and their positions: the first one's, a
// NaN wins. With `running` for x[o][0...k][i], of x's shape, and the last one's position.
void agk_extremes(agk_reduce_op op, agk_dtype dtype, bool running, int64_t outer, int64_t length,
                  int64_t inner, void *_Nonnull values, int64_t *_Nonnull indices,
                  const void *_Nonnull x);

// out = exp(x - max) / Σ exp(x - max), or its logarithm. A run of -inf gives NaN. Floating point.
// PyTorch rounds otherwise along a tensor's last dimension than along one of which `inner` is 1.
void agk_softmax(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer, int64_t length,
                 int64_t inner, void *_Nonnull out, const void *_Nonnull x);
// The gradient of x from that of the result: (g - Σ g·result) · result, or g - exp(result) · Σ g.
void agk_softmax_backward(bool logarithm, bool is_last, agk_dtype dtype, int64_t outer,
                          int64_t length, int64_t inner, void *_Nonnull out, const void *_Nonnull gradient,
                          const void *_Nonnull result);

// ---- order -----------------------------------------------------------------------------------

// These take one contiguous run; NaN is the largest, equal elements keep their order. `scratch` has
// 4·n·max(item size, 4) bytes, aligned to 8. float32, int32 and bool: n < 2^32.
// Sorts, and tells where each element came from.
void agk_sort(agk_dtype dtype, bool descending, int64_t n, void *_Nonnull values,
              int64_t *_Nonnull indices, const void *_Nonnull x, void *_Nonnull scratch);
// The first k ≤ n of the sorted run.
void agk_topk(agk_dtype dtype, bool descending, int64_t n, int64_t k, void *_Nonnull values,
              int64_t *_Nonnull indices, const void *_Nonnull x, void *_Nonnull scratch);
// Where the element comes from that is at the place `rank`, from 0, of the ascending sorted run.
int64_t agk_position_of_rank(agk_dtype dtype, int64_t n, int64_t rank, const void *_Nonnull x,
                             void *_Nonnull scratch);

// Where each of n values goes in a sorted run of `length`, before equal elements or, with `right`,
// behind them; the run after it is for the next `per_run` values. int64, float32 and float64.
void agk_search(agk_dtype dtype, bool right, int64_t n, int64_t *_Nonnull places,
                const void *_Nonnull values, int64_t length, const void *_Nonnull runs,
                int64_t per_run);

// Neighbours that are equal become one: how many are left; their values, how many each was, and for
// every element which it became, at its position where positions are given.
int64_t agk_distinct(agk_dtype dtype, int64_t n, const void *_Nonnull x,
                     const int64_t *_Nullable positions, void *_Nonnull values,
                     int64_t *_Nonnull inverse, int64_t *_Nonnull counts);
// How often each of 0..<length occurs among the places, which are no others.
void agk_count_places(int64_t n, const int64_t *_Nonnull places, int64_t length,
                      int64_t *_Nonnull counts);
// How many elements lie between each two of bars + 1 edges from low to high, the last one included.
// float32, float64.
void agk_histogram(agk_dtype dtype, int64_t n, const void *_Nonnull x, int64_t bars,
                   const double *_Nonnull edges, double low, double high, double *_Nonnull counts);

// ---- counting --------------------------------------------------------------------------------

// out[i] = start + step · i, floating point only, in the order of PyTorch's vector loop, to agree
// with it in every bit: each register of 256 bits counts from its own first element, rounded; what
// does not fill two registers counts from the start.
void agk_arange(agk_dtype dtype, int64_t n, void *_Nonnull out, double start, double step);
// n numbers evenly from start to end, counted from the nearer one; floating point only. PyTorch's
// compiled loop fuses the product and the sum; so does this, to agree in every bit.
void agk_linspace(agk_dtype dtype, int64_t n, void *_Nonnull out, double start, double end);

#include "CKernelsConvolution.h"
#include "CKernelsLapack.h"
#include "CKernelsLosses.h"
#include "CKernelsNormalize.h"
#include "CKernelsPooling.h"
#include "CKernelsSampling.h"
#include "CKernelsStatistics.h"
#include "CKernelsUpdates.h"
#include "CKernelsVariants.h"
