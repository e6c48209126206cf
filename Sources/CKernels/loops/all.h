// All loops of one instruction set and its table. Included once by each of baseline.c, avx2.c and
// avx512.c, which define VARIANT, VECTOR_BYTES and the names of SLEEF's functions.

// No fused multiply-add: every instruction set gives the same bits.
#pragma STDC FP_CONTRACT OFF

#define WIDTH(T) (VECTOR_BYTES / (i64)sizeof(T))

// STATEMENT for i in 0..<n: whole vectors of the type T, then the rest, under a mask where there
// are masks. An output may be one of the inputs exactly, so no iteration reads what another writes.
#if HAS_MASKS
#define REST(T) \
  PRAGMA(clang loop vectorize(assume_safety) vectorize_width(WIDTH(T)) interleave_count(1) \
             vectorize_predicate(enable))
#else
#define REST(T) PRAGMA(clang loop vectorize(disable) unroll(disable))
#endif
#define FOR_EACH(T, STATEMENT) \
  do { \
    const i64 whole = n & -WIDTH(T); \
    PRAGMA(clang loop vectorize(assume_safety) vectorize_width(WIDTH(T)) interleave_count(1)) \
    for (i64 i = 0; i < whole; i++) STATEMENT; \
    REST(T) \
    for (i64 i = whole; i < n; i++) STATEMENT; \
  } while (0)

// A loop takes the dispatcher's arguments as they came, op and dtype included: a call is a jump.
#define HEAD \
  __attribute__((unused)) uint8_t op_, __attribute__((unused)) uint8_t dtype_, i64 n

#include "functions.h"
#include "special.h"
#include "normal.h"
#include "unary.h"
#include "binary.h"
#include "copy.h"
#include "along.h"
#include "select.h"
#include "fused.h"
#include "sum.h"
#include "reduce.h"
#include "accumulate.h"
#include "scan.h"
#include "softmax.h"
#include "normalize.h"
#include "attention.h"
#include "order.h"
#include "matmul.h"
#include "count.h"
#include "update.h"
#include "tile.h"
#include "convolution.h"
#include "shifted.h"
#include "pool.h"
#include "resize.h"
#include "winograd.h"
#include "measure.h"
#if HAS_FMA
#include "product.h"
#endif

#define TABLE_OF(variant) agk_kernels_##variant
#define TABLE(variant) TABLE_OF(variant)
#define NAME_OF(variant) #variant
#define NAME(variant) NAME_OF(variant)
const agk_kernels TABLE(VARIANT) = {
    .name = NAME(VARIANT),
    .unary = unary,
    .binary = binary,
    .ternary = ternary,
    .fused = fused,
    .compare = compare,
    .where = where,
    .convert = convert,
    .reduce = reduce,
    .reduce_columns = reduce_columns,
    .arg_reduce = arg_reduce,
    .softmax = softmax,
    .softmax_backward = softmax_backward,
    .layer_norm = layer_norm,
    .layer_norm_backward = layer_norm_backward,
    .group_norm = group_norm,
    .group_norm_backward = group_norm_backward,
    .batch_norm = batch_norm,
    .batch_norm_backward = batch_norm_backward,
    .attention_rows = attention_rows,
    .attention_backward_rows = attention_backward_rows,
    .scale_rows = scale_rows,
    .dot_rows = dot_rows,
    .plain_matmul = plain_matmul,
#if HAS_FMA
    .product = product,
    .product_rows = PANEL_ROWS,
    .product_bytes = PANEL_VECTORS * VECTOR_BYTES,
#endif
    .sum_of = sum_of,
    .cumulate = cumulate,
    .log_cumulate = log_cumulate,
    .extremes = extremes,
    .sort_keys = sort_keys,
    .search = search,
    .sum_pieces = sum_pieces,
    .sum_joined = sum_joined,
    .copy = copy,
    .gather_along = gather_along,
    .scatter_along = scatter_along,
    .arange = arange,
    .linspace = linspace,
    .step = step,
    .convolve_panel = convolve_panel,
    .convolve_back = convolve_back,
    .convolve_weight = convolve_weight,
    .shifted_memory = shifted_memory,
    .shifted_forward = shifted_forward,
    .shifted_back = shifted_back,
    .shifted_weight = shifted_weight,
    .winograd_weight = winograd_weight,
    .winograd_rows = winograd_rows,
    .winograd_weight_gradient = winograd_weight_gradient,
    .vector_bytes = VECTOR_BYTES,
    .max_pool = max_pool,
    .avg_pool = avg_pool,
    .avg_pool_backward = avg_pool_backward,
    .resize_rows = resize_rows,
    .resize_backward = resize_backward,
    .measure = measure,
    .dot = dot,
};
