// Storage for tensors.
//
// Three kinds of blocks, by size. Small ones (up to 1 KiB) are kept per thread and power of two:
// no lock, a few nanoseconds. Medium and large ones are rounded up to one of four classes per power
// of two and cached under one lock, up to a bound. Large ones (from 2 MiB) are mapped at 2 MiB and
// advised to use huge pages: touching fresh memory costs more than any loop over it.
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels.h"

#if __has_feature(address_sanitizer)
// A cache would hide uses after release.
void *agk_allocate(size_t bytes) {
  return bytes > SIZE_MAX - 63 ? NULL : aligned_alloc(64, bytes == 0 ? 64 : (bytes + 63) / 64 * 64);
}
void agk_deallocate(void *block, size_t bytes) {
  (void)bytes;
  free(block);
}
size_t agk_empty_cache(void) { return 0; }
#else

enum { SMALL_CLASSES = 5, SMALL_LIMIT = 1024, SMALL_KEPT = 64, CLASSES = 4 * 64 };
static const size_t huge_page = (size_t)2 << 20;

// A released block holds the link to the next one.
typedef struct block {
  struct block *next;
} block;

// ---- small ----

typedef struct small_cache {
  block *first[SMALL_CLASSES];
  int count[SMALL_CLASSES];
  bool registered;
} small_cache;

static _Thread_local small_cache small __attribute__((tls_model("initial-exec")));
static pthread_key_t small_key;
static pthread_once_t small_once = PTHREAD_ONCE_INIT;

static void release_small(void *cache) {
  small_cache *lists = cache;
  for (int class = 0; class < SMALL_CLASSES; class++) {
    while (lists->first[class] != NULL) {
      block *next = lists->first[class]->next;
      free(lists->first[class]);
      lists->first[class] = next;
    }
    lists->count[class] = 0;
  }
  lists->registered = false;
}

static void make_small_key(void) { pthread_key_create(&small_key, release_small); }

// 0…64 → 0, …128 → 1, …, …1024 → 4
static inline int small_class(size_t bytes) {
  return bytes <= 64 ? 0 : 64 - 6 - __builtin_clzll(bytes - 1);
}

static void *allocate_small(size_t bytes) {
  const int class = small_class(bytes);
  block *first = small.first[class];
  if (first == NULL) return aligned_alloc(64, (size_t)64 << class);
  small.first[class] = first->next;
  small.count[class]--;
  return first;
}

static void deallocate_small(block *released, size_t bytes) {
  const int class = small_class(bytes);
  if (small.count[class] >= SMALL_KEPT) {
    free(released);
    return;
  }
  if (!small.registered) {  // so that the thread's end gives its blocks back
    pthread_once(&small_once, make_small_key);
    pthread_setspecific(small_key, &small);
    small.registered = true;
  }
  released->next = small.first[class];
  small.first[class] = released;
  small.count[class]++;
}

// ---- medium and large ----

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block *cached[CLASSES];
static size_t cached_bytes, cache_limit;

// The class of a size and the class's size: 2^e, 1.25·2^e, 1.5·2^e, 1.75·2^e.
static size_t class_of(size_t bytes, size_t *class_bytes) {
  const int exponent = 63 - __builtin_clzll(bytes - 1);
  const size_t step = (size_t)1 << (exponent - 2);
  const size_t quarter = (bytes - 1 - ((size_t)1 << exponent)) / step + 1;
  *class_bytes = ((size_t)1 << exponent) + quarter * step;
  return (size_t)exponent * 4 + quarter - 1;
}

static void *system_allocate(size_t bytes) {
  if (bytes < huge_page) return aligned_alloc(64, bytes);
  // A mapping at any address holds one aligned to 2 MiB; what surrounds it goes back.
  const size_t mapped = (bytes + huge_page - 1) / huge_page * huge_page;
  char *start = mmap(NULL, mapped + huge_page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  char *aligned = (char *)(((uintptr_t)start + huge_page - 1) / huge_page * huge_page);
  const size_t before = (size_t)(aligned - start);
  if (before > 0) munmap(start, before);
  if (before < huge_page) munmap(aligned + mapped, huge_page - before);
  madvise(aligned, mapped, MADV_HUGEPAGE);
  return aligned;
}

static void system_deallocate(void *released, size_t bytes) {
  if (bytes < huge_page)
    free(released);
  else
    munmap(released, (bytes + huge_page - 1) / huge_page * huge_page);
}

// A quarter of the machine's memory, at most 4 GiB.
static size_t limit_of_machine(void) {
  const size_t most = (size_t)4 << 30;
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return most / 4;
  const size_t quarter = (size_t)pages / 4 * (size_t)page;
  return quarter < most ? quarter : most;
}

static void *allocate_large(size_t bytes) {
  if (bytes > SIZE_MAX / 4) return NULL;
  size_t class_bytes;
  const size_t class = class_of(bytes, &class_bytes);
  pthread_mutex_lock(&lock);
  block *found = cached[class];
  if (found != NULL) {
    cached[class] = found->next;
    cached_bytes -= class_bytes;
  }
  pthread_mutex_unlock(&lock);
  if (found != NULL) return found;
  void *fresh = system_allocate(class_bytes);
  if (fresh == NULL && agk_empty_cache() > 0) fresh = system_allocate(class_bytes);
  return fresh;
}

static void deallocate_large(block *released, size_t bytes) {
  size_t class_bytes;
  const size_t class = class_of(bytes, &class_bytes);
  pthread_mutex_lock(&lock);
  if (cache_limit == 0) cache_limit = limit_of_machine();
  const bool keep = cached_bytes + class_bytes <= cache_limit;
  if (keep) {
    released->next = cached[class];
    cached[class] = released;
    cached_bytes += class_bytes;
  }
  pthread_mutex_unlock(&lock);
  if (!keep) system_deallocate(released, class_bytes);
}

size_t agk_empty_cache(void) {
  block *taken[CLASSES];
  pthread_mutex_lock(&lock);
  const size_t freed = cached_bytes;
  for (int class = 0; class < CLASSES; class++) {
    taken[class] = cached[class];
    cached[class] = NULL;
  }
  cached_bytes = 0;
  pthread_mutex_unlock(&lock);
  for (int class = 0; class < CLASSES; class++) {
    const size_t exponent = (size_t)class / 4;
    if (taken[class] == NULL) continue;
    const size_t class_bytes =
        ((size_t)1 << exponent) + (size_t)(class % 4 + 1) * ((size_t)1 << (exponent - 2));
    while (taken[class] != NULL) {
      block *next = taken[class]->next;
      system_deallocate(taken[class], class_bytes);
      taken[class] = next;
    }
  }
  return freed;
}

void *agk_allocate(size_t bytes) {
  return bytes <= SMALL_LIMIT ? allocate_small(bytes) : allocate_large(bytes);
}

void agk_deallocate(void *released, size_t bytes) {
  if (released == NULL) return;
  if (bytes <= SMALL_LIMIT)
    deallocate_small(released, bytes);
  else
    deallocate_large(released, bytes);
}
#endif
