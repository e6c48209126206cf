// What the journal needs of C: ordered access to memory that other processes see, a checksum, and
// word of a fork.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/// Stores a word so that whoever sees it sees all that was stored before.
static inline void cj_store_release(void *_Nonnull address, uint64_t value) {
  atomic_store_explicit((_Atomic uint64_t *)address, value, memory_order_release);
}

/// Orders all reads before it before those after it.
static inline void cj_acquire(void) { atomic_thread_fence(memory_order_acquire); }

// The halves of the product of two words, folded into one.
static inline uint64_t cj_fold(uint64_t a, uint64_t b) {
  const unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t cj_word(const uint8_t *_Nonnull bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/// A checksum of bytes, which depends on their number and on `seed` as well.
///
/// Multiplications folded as in wyhash (Wang Yi, 2019), 16 bytes each: against accidents, not
/// against those who mean harm.
__attribute__((always_inline)) static inline uint32_t cj_checksum(
    const void *_Nonnull data, uint64_t count, uint64_t seed) {
  const uint64_t k0 = 0xa0761d6478bd642f, k1 = 0xe7037ed1a0b428db, k2 = 0x8ebc6af09c88c6e3;
  const uint8_t *bytes = data;
  uint64_t state = cj_fold(seed ^ k0, count ^ k1);
  uint64_t left = count;
  for (; left >= 16; left -= 16, bytes += 16)
    state = cj_fold(cj_word(bytes) ^ k1, cj_word(bytes + 8) ^ state ^ k2) ^ (state << 1 | state >> 63);
  uint64_t tail[2] = {0, 0};
  memcpy(tail, bytes, left);
  state = cj_fold(tail[0] ^ k2, tail[1] ^ state ^ k0) ^ (state << 1 | state >> 63);
  state = cj_fold(state ^ k1, k2);
  return (uint32_t)(state ^ state >> 32);
}

extern _Atomic uint64_t cj_forks;

/// How many forks lie between the process that was started first and this one.
static inline uint64_t cj_fork_count(void) {
  return atomic_load_explicit(&cj_forks, memory_order_relaxed);
}

/// Has a descriptor closed in processes that are forked from now on.
///
/// Returns false where that cannot be: too many are.
bool cj_close_on_fork(int descriptor);

/// Takes back `cj_close_on_fork`.
void cj_keep_on_fork(int descriptor);
