// Storage for tensors.
//
// Three kinds of blocks, by size. Small ones (up to 1 KiB) are kept per thread and power of two:
// no lock, a few nanoseconds. Medium and large ones are rounded up to one of four classes per power
// of two and cached under one lock, up to a bound. Large ones (from 2 MiB) are mapped at 2 MiB and
// advised to use huge pages: touching fresh memory costs more than any loop over it.
//
// Medium and large blocks are counted, and bounded together with the cache, which is given back
// before a block is refused.
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "kernels.h"

enum { SMALL_CLASSES = 5, SMALL_LIMIT = 1024, SMALL_KEPT = 64, CLASSES = 4 * 64 };
static const size_t huge_page = (size_t)2 << 20;

#if __has_feature(address_sanitizer)
// A cache would hide uses after release, a block larger than was asked for a use beyond its end.
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

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
static size_t cached_bytes;
static agk_memory memory = {.limit = PTRDIFF_MAX};

// A quarter of the machine's memory, at most 4 GiB.
static size_t default_cache_limit(void) {
  const size_t most = (size_t)4 << 30;
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return most / 4;
  const size_t quarter = (size_t)pages / 4 * (size_t)page;
  return quarter < most ? quarter : most;
}

static void acquire(void) {
  static bool has_limit = false;
  pthread_mutex_lock(&lock);
  if (!has_limit) memory.cache_limit = default_cache_limit();
  has_limit = true;
}

static void release(void) { pthread_mutex_unlock(&lock); }

static size_t bytes_of_class(size_t class) {
  const size_t exponent = class / 4;
  return ((size_t)1 << exponent) + (class % 4 + 1) * ((size_t)1 << (exponent - 2));
}

// The class of a size: 2^e is followed by 1.25·2^e, 1.5·2^e, 1.75·2^e and 2·2^e.
static size_t class_of(size_t bytes) {
  const int exponent = 63 - __builtin_clzll(bytes - 1);
  const size_t step = (size_t)1 << (exponent - 2);
  return (size_t)exponent * 4 + (bytes - 1 - ((size_t)1 << exponent)) / step;
}

// The size of the block that is given for `bytes`.
static size_t rounded(size_t bytes) {
  return is_sanitized ? (bytes + 63) / 64 * 64 : bytes_of_class(class_of(bytes));
}

// A block of `bytes`, of which `used` are asked for now.
static void *system_allocate(size_t bytes, size_t used) {
  if (is_sanitized || bytes < huge_page) return aligned_alloc(64, bytes);
  // A mapping at any address holds one aligned to 2 MiB; what surrounds it goes back.
  const size_t mapped = (bytes + huge_page - 1) / huge_page * huge_page;
  char *start = mmap(NULL, mapped + huge_page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  char *aligned = (char *)(((uintptr_t)start + huge_page - 1) / huge_page * huge_page);
  const size_t before = (size_t)(aligned - start);
  if (before > 0) munmap(start, before);
  if (before < huge_page) munmap(aligned + mapped, huge_page - before);
  // Not the last page, when it is used in part: touched, it would be there as a whole.
  madvise(aligned, used / huge_page * huge_page, MADV_HUGEPAGE);
  return aligned;
}

static void system_deallocate(void *released, size_t bytes) {
  if (is_sanitized || bytes < huge_page)
    free(released);
  else
    munmap(released, (bytes + huge_page - 1) / huge_page * huge_page);
}

// Gives cached blocks back, the largest first, until at most `kept` bytes are cached. Under the lock.
static void shrink_cache(size_t kept) {
  for (size_t class = CLASSES; class-- > 0 && cached_bytes > kept;)
    while (cached[class] != NULL && cached_bytes > kept) {
      block *released = cached[class];
      const size_t bytes = bytes_of_class(class);
      cached[class] = released->next;
      cached_bytes -= bytes;
      memory.reserved -= bytes;
      system_deallocate(released, bytes);
    }
}

// Whether `bytes` more may be taken from the system, after the cache if need be. Under the lock.
static bool reserve(size_t bytes) {
  const size_t used = memory.reserved - cached_bytes;
  if (memory.limit < used || memory.limit - used < bytes) return false;
  const size_t room = memory.limit - used - bytes;
  if (cached_bytes > room) shrink_cache(room);
  memory.reserved += bytes;
  return true;
}

static void *allocate_large(size_t bytes) {
  if (bytes > SIZE_MAX / 4) return NULL;
  const size_t whole = rounded(bytes), class = class_of(bytes);
  acquire();
  block *found = cached[class];
  if (found != NULL) {
    cached[class] = found->next;
    cached_bytes -= whole;
  } else if (reserve(whole)) {
    release();
    found = system_allocate(whole, bytes);
    acquire();
    if (found == NULL) {
      shrink_cache(0);
      found = system_allocate(whole, bytes);
    }
    if (found == NULL) memory.reserved -= whole;
  }
  if (found != NULL) {
    memory.allocated += bytes;
    if (memory.allocated > memory.peak_allocated) memory.peak_allocated = memory.allocated;
    if (memory.reserved > memory.peak_reserved) memory.peak_reserved = memory.reserved;
  }
  release();
  return found;
}

static void deallocate_large(block *released, size_t bytes) {
  const size_t whole = rounded(bytes);
  acquire();
  memory.allocated -= bytes;
  const bool keep = !is_sanitized && whole <= memory.cache_limit
                    && cached_bytes <= memory.cache_limit - whole;
  if (keep) {
    const size_t class = class_of(bytes);
    released->next = cached[class];
    cached[class] = released;
    cached_bytes += whole;
  } else {
    memory.reserved -= whole;
  }
  release();
  if (!keep) system_deallocate(released, whole);
}

void *agk_allocate(size_t bytes) {
  if (bytes > SMALL_LIMIT) return allocate_large(bytes);
  return is_sanitized ? aligned_alloc(64, rounded(bytes + (bytes == 0))) : allocate_small(bytes);
}

void agk_deallocate(void *released, size_t bytes) {
  if (released == NULL) return;
  if (bytes > SMALL_LIMIT)
    deallocate_large(released, bytes);
  else if (is_sanitized)
    free(released);
  else
    deallocate_small(released, bytes);
}

// ---- what is held, and its bounds ----

size_t agk_empty_cache(void) {
  acquire();
  const size_t freed = cached_bytes;
  shrink_cache(0);
  release();
#if defined(__GLIBC__)
  malloc_trim(0);  // it keeps what medium blocks left
#endif
  return freed;
}

agk_memory agk_memory_held(void) {
  acquire();
  const agk_memory held = memory;
  release();
  return held;
}

void agk_reset_peak_memory(void) {
  acquire();
  memory.peak_allocated = memory.allocated;
  memory.peak_reserved = memory.reserved;
  release();
}

void agk_set_cache_limit(size_t bytes) {
  acquire();
  memory.cache_limit = bytes;
  shrink_cache(bytes);
  release();
}

void agk_set_memory_limit(size_t bytes) {
  acquire();
  memory.limit = bytes;
  const size_t used = memory.reserved - cached_bytes;
  shrink_cache(bytes > used ? bytes - used : 0);
  release();
}
