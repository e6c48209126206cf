// OpenBLAS, opened at run time: the library works without it, only slower.
#include "blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static agk_blas blas;
static void *library;
static bool found;

// Before main, because the environment must not change while another thread may read it, and after
// the choice of an instruction set.
__attribute__((constructor(102))) static void advise_library(void) {
  // OpenBLAS 0.3.21 takes its AVX2 kernels on AVX-512 processors that it does not know by name, at
  // half the speed. On others, and where AGVIZ_CPU forbids AVX-512, it knows best.
  if (strcmp(agk_cpu(), "avx512") == 0) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  // Its own threads would spin beside the caller's.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
}

static void open_library(void) {
  library = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return;
  blas.sgemm = (float_gemm *)dlsym(library, "cblas_sgemm");
  blas.dgemm = (double_gemm *)dlsym(library, "cblas_dgemm");
  blas.sgemv = (float_gemv *)dlsym(library, "cblas_sgemv");
  blas.dgemv = (double_gemv *)dlsym(library, "cblas_dgemv");
  // Those are for AVX-512 only, whichever processor of that kind it takes this one for.
  char *(*core_name)(void) = (char *(*)(void))dlsym(library, "openblas_get_corename");
  const char *core = core_name == NULL ? "" : core_name();
  blas.has_small_kernels = strcmp(core, "SkylakeX") == 0 || strcmp(core, "Cooperlake") == 0
                           || strcmp(core, "SapphireRapids") == 0;
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  if (set_threads != NULL) set_threads(1);
  found = blas.sgemm != NULL && blas.dgemm != NULL && blas.sgemv != NULL && blas.dgemv != NULL;
}

const agk_blas *agk_open_blas(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return found ? &blas : NULL;
}

void *agk_blas_symbol(const char *name) {
  agk_open_blas();
  return library == NULL ? NULL : dlsym(library, name);
}
