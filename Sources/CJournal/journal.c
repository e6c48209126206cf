#include "CJournal.h"

#include <pthread.h>
#include <unistd.h>

_Atomic uint64_t cj_forks = 0;

// Descriptors plus one, 0 in free places.
enum { PLACES = 64 };
static _Atomic int closed_on_fork[PLACES];

// A child's copy of a descriptor would keep its lock after the parent's end. Only what is safe in a
// signal handler may be called here.
static void after_fork_in_child(void) {
  atomic_fetch_add_explicit(&cj_forks, 1, memory_order_relaxed);
  for (int i = 0; i < PLACES; i++) {
    const int descriptor = atomic_exchange_explicit(&closed_on_fork[i], 0, memory_order_relaxed) - 1;
    if (descriptor >= 0) close(descriptor);
  }
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }

bool cj_close_on_fork(int descriptor) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  for (int i = 0; i < PLACES; i++) {
    int free = 0;
    if (atomic_compare_exchange_strong(&closed_on_fork[i], &free, descriptor + 1)) return true;
  }
  return false;
}

void cj_keep_on_fork(int descriptor) {
  for (int i = 0; i < PLACES; i++) {
    int kept = descriptor + 1;
    if (atomic_compare_exchange_strong(&closed_on_fork[i], &kept, 0)) return;
  }
}
