// Windows that slide over planes, and planes in other sizes. Included by CKernels.h; not for use on
// its own.
//
// A plane is a contiguous box of three dimensions, outermost first; one of fewer has 1 in front.
#pragma once

typedef struct agk_windows {
  int64_t planes;
  int64_t size[3], out[3];  // of a plane of the input, and of the result
  int64_t kernel[3], stride[3], padding[3], dilation[3];
} agk_windows;

// The largest element that each window covers and where it is in the plane: the first one, the last
// NaN. float32, float64, int32, int64.
void agk_max_pool(agk_dtype dtype, const agk_windows *_Nonnull windows, void *_Nonnull out,
                  int64_t *_Nonnull indices, const void *_Nonnull x);
// out[plane][indices[i]] += g[i], where out begins as 0; an index beyond the plane is left out.
void agk_max_pool_backward(agk_dtype dtype, int64_t planes, int64_t size, int64_t windows,
                           void *_Nonnull out, const void *_Nonnull g,
                           const int64_t *_Nonnull indices);
// out[plane][indices[i]] = x[i], where out begins as 0, and the opposite: out[i] = x[plane][indices[i]].
// The indices are checked already.
void agk_max_unpool(agk_dtype dtype, int64_t planes, int64_t size, int64_t windows,
                    void *_Nonnull out, const void *_Nonnull x, const int64_t *_Nonnull indices);

// The mean of each window: its sum over `divisor` or, where that is 0, over the number of elements,
// those of the padding included or not. float32, float64, int64; dilation is 1.
void agk_avg_pool(agk_dtype dtype, const agk_windows *_Nonnull windows, bool counts_padding,
                  int64_t divisor, void *_Nonnull out, const void *_Nonnull x);
// The gradient of x from that of the result.
void agk_avg_pool_backward(agk_dtype dtype, const agk_windows *_Nonnull windows,
                           bool counts_padding, int64_t divisor, void *_Nonnull out,
                           const void *_Nonnull g);

// The same with as many windows as `out` says, which share the plane evenly: of the windows only
// planes, size and out are read. Floating point.
void agk_adaptive_max_pool(agk_dtype dtype, const agk_windows *_Nonnull windows, void *_Nonnull out,
                           int64_t *_Nonnull indices, const void *_Nonnull x);
void agk_adaptive_avg_pool(agk_dtype dtype, const agk_windows *_Nonnull windows, void *_Nonnull out,
                           const void *_Nonnull x);
void agk_adaptive_avg_pool_backward(agk_dtype dtype, const agk_windows *_Nonnull windows,
                                    void *_Nonnull out, const void *_Nonnull g);

// Planes in another size: along each dimension a result is the weighted sum of `taps` elements, at
// most 4 in the inner two dimensions and 2 in the outermost. places[d][t · out[d] + i] says where
// the t-th is for result i, weights[d], of the planes' dtype, by what it is multiplied; without
// weights it is the element itself.
typedef struct agk_resize {
  int64_t planes;
  int64_t size[3], out[3];
  int32_t taps[3];
  const int32_t *_Nonnull places[3];
  const void *_Nullable weights[3];
} agk_resize;

enum { AGK_RESIZE_ROWS = 16 };

// Rows of the result, counted through all planes; scratch has out[2] elements for each of taps[0] ·
// taps[1] rows, at most AGK_RESIZE_ROWS. Floating point.
void agk_resize_rows(agk_dtype dtype, const agk_resize *_Nonnull resize, int64_t first,
                     int64_t last, void *_Nonnull out, const void *_Nonnull x,
                     void *_Nonnull scratch);
// The gradients of whole planes from those of the result; scratch has size[0] · size[1] · out[2]
// elements.
void agk_resize_backward(agk_dtype dtype, const agk_resize *_Nonnull resize, int64_t first,
                         int64_t last, void *_Nonnull out, const void *_Nonnull g,
                         void *_Nonnull scratch);
