// OpenBLAS, opened at run time: the library works without it, only slower.
#define _GNU_SOURCE
#include "blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels.h"

static agk_blas blas;
static void *library;
static bool found;

// The environment with what OpenBLAS reads when it is loaded, where the user has not said it. A copy:
// other threads may read the environment, and Swift finds the program's arguments by its address, so
// setenv, which moves it, is out of the question. The copy stays, as somebody may be reading it.
static char **advised_environment(void) {
  static char *advice[2];
  int count = 0;
  // OpenBLAS 0.3.21 takes its AVX2 kernels on AVX-512 processors that it does not know by name, at
  // half the speed. On others, and where AGVIZ_CPU forbids AVX-512, it knows best.
  if (strcmp(agk_cpu(), "avx512") == 0 && getenv("OPENBLAS_CORETYPE") == NULL)
    advice[count++] = "OPENBLAS_CORETYPE=SkylakeX";
  // Its own threads would spin beside the caller's.
  if (getenv("OPENBLAS_NUM_THREADS") == NULL) advice[count++] = "OPENBLAS_NUM_THREADS=1";
  size_t given = 0;
  while (environ != NULL && environ[given] != NULL) given++;
  static char **copy;
  copy = calloc(given + 3, sizeof *copy);
  if (copy == NULL) return environ;
  if (given > 0) memcpy(copy, environ, given * sizeof *copy);
  memcpy(copy + given, advice, sizeof advice);
  return copy;
}

static void open_library(void) {
  char **const given = environ;
  environ = advised_environment();
  library = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_LOCAL);
  environ = given;
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
