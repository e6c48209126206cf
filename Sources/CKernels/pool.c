// One pool of threads for all kernels: split a range, wake the workers, do a part, wait.
//
// Workers spin for a moment after their work, since operators follow each other closely, and then
// sleep on a futex. There is one piece of parallel work at a time: who finds the pool busy, from
// another thread or from within a part, does all parts itself. Nothing here decides a result: parts
// are independent, so that results do not depend on the number of threads.
#define _GNU_SOURCE
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CKernels.h"

enum { MAX_THREADS = 64, SPINS = 20000, ALIGNMENT = 64 };

static struct {
  // The number of threads to use, the caller among them; 0 until it is first asked for.
  atomic_int threads;
  // Workers started so far, and the generation after which each began to look for work.
  int workers;
  uint32_t first_seen[MAX_THREADS + 1];
  atomic_flag busy;

  // The work, written while the pool is held and published by `generation`, a futex word.
  agk_task *task;
  void *context;
  int64_t count;
  int64_t part;
  int parts;
  _Atomic uint32_t generation;
  atomic_int sleeping;
  atomic_int unfinished;
} pool = {.busy = ATOMIC_FLAG_INIT};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

static void run_part(int index) {
  const int64_t begin = index * pool.part;
  int64_t end = begin + pool.part;
  if (end > pool.count) end = pool.count;
  if (begin < end) pool.task(pool.context, begin, end);
}

static void *work(void *argument) {
  const int index = (int)(intptr_t)argument;
  uint32_t seen = pool.first_seen[index];
  for (;;) {
    uint32_t now;
    int spins = 0;
    while ((now = atomic_load_explicit(&pool.generation, memory_order_acquire)) == seen) {
      if (++spins < SPINS) {
        pause_briefly();
        continue;
      }
      atomic_fetch_add(&pool.sleeping, 1);
      syscall(SYS_futex, &pool.generation, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
      atomic_fetch_sub(&pool.sleeping, 1);
    }
    seen = now;
    if (index < pool.parts) run_part(index);
    atomic_fetch_sub_explicit(&pool.unfinished, 1, memory_order_release);
  }
  return NULL;
}

static int default_threads(void) {
  const char *wanted = getenv("AGVIZ_NUM_THREADS");
  const long count = wanted != NULL ? atol(wanted) : sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : (int)count;
}

int32_t agk_threads(void) {
  int threads = atomic_load_explicit(&pool.threads, memory_order_relaxed);
  if (threads == 0) {
    threads = default_threads();
    atomic_store_explicit(&pool.threads, threads, memory_order_relaxed);
  }
  return threads;
}

void agk_set_threads(int32_t count) {
  const int32_t threads = count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count;
  atomic_store_explicit(&pool.threads, threads, memory_order_relaxed);
}

// A child of fork has none of the workers: it starts its own when it needs them.
static void forget_workers(void) {
  pool.workers = 0;
  atomic_store(&pool.sleeping, 0);
  atomic_flag_clear(&pool.busy);
}

// Starts the workers that are missing; as many as could be started do the work.
static int start_workers(int wanted) {
  static bool watches_forks = false;
  if (!watches_forks) {
    watches_forks = true;
    pthread_atfork(NULL, NULL, forget_workers);
  }
  while (pool.workers < wanted) {
    const int index = pool.workers + 1;
    pool.first_seen[index] = atomic_load(&pool.generation);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int failed = pthread_create(&thread, &attributes, work, (void *)(intptr_t)index);
    pthread_attr_destroy(&attributes);
    if (failed) break;
    pool.workers++;
  }
  return pool.workers;
}

void agk_parallel_for(int64_t count, int64_t grain, agk_task *task, void *context) {
  const int threads = agk_threads();
  if (threads == 1 || count < 2 * grain || atomic_flag_test_and_set(&pool.busy)) {
    task(context, 0, count);
    return;
  }
  const int64_t most = count / grain;
  const int workers = start_workers(threads - 1);
  int parts = workers + 1 < threads ? workers + 1 : threads;
  if (most < parts) parts = (int)most;
  pool.task = task;
  pool.context = context;
  pool.count = count;
  pool.parts = parts;
  // Even parts, in whole cache lines.
  pool.part = (count + parts - 1) / parts;
  if (grain >= ALIGNMENT) pool.part = (pool.part + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  atomic_store_explicit(&pool.unfinished, workers, memory_order_relaxed);
  atomic_fetch_add_explicit(&pool.generation, 1, memory_order_seq_cst);
  if (atomic_load(&pool.sleeping) > 0)
    syscall(SYS_futex, &pool.generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
  run_part(0);
  for (int spins = 0; atomic_load_explicit(&pool.unfinished, memory_order_acquire) > 0; spins++) {
    // On a crowded machine a worker may need the processor that this thread waits on.
    if (spins < SPINS) pause_briefly();
    else sched_yield();
  }
  atomic_flag_clear(&pool.busy);
}
