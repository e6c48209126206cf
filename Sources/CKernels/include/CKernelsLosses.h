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
