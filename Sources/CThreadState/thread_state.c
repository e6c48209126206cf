#define _GNU_SOURCE
#include "CThreadState.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

_Thread_local ats_state ats_thread_state = {0};

bool ats_recording_asked = false;

// The environment is read once, before main: the first nodes note where they were made, too.
__attribute__((constructor)) static void read_environment(void) {
  const char *path = getenv("AGVIZ_RECORD");
  // 1 asks tests to record the graphs that they compare with.
  if (path == NULL || strcmp(path, "1") == 0) return;
  ats_recording_asked = true;
  ats_thread_state.notes = ATS_RECORD | ATS_NOTE_SOURCE;
  // The engine reads the policy when the first pass is recorded; this much must be known before.
  const char *policy = getenv("AGVIZ_RECORD_POLICY");
  if (policy == NULL) return;
  if (strstr(policy, "\"forward\":true") != NULL) ats_thread_state.notes |= ATS_RECORD_FORWARD;
  if (strstr(policy, "\"capturesSource\":false") != NULL)
    ats_thread_state.notes &= (uint8_t)~ATS_NOTE_SOURCE;
}

uint64_t ats_next_pass(void) {
  static _Atomic uint64_t newest = 0;
  return atomic_fetch_add_explicit(&newest, 1, memory_order_relaxed) + 1;
}

uint32_t ats_next_walk(void) {
  static _Atomic uint32_t newest = 0;
  const uint32_t number = atomic_fetch_add_explicit(&newest, 1, memory_order_relaxed) + 1;
  return number != 0 ? number : ats_next_walk();
}

// The address after the thread's stack, found once a thread.
static uintptr_t stack_end(void) {
  static _Thread_local uintptr_t end = 0;
  if (end == 0) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    void *base = NULL;
    size_t size = 0;
    pthread_attr_getstack(&attributes, &base, &size);
    pthread_attr_destroy(&attributes);
    end = (uintptr_t)base + size;
  }
  return end;
}

int32_t ats_return_addresses(uintptr_t *addresses, int32_t limit) {
  const uintptr_t end = stack_end();
  // A frame begins with the caller's frame pointer and the return address.
  const uintptr_t *frame = __builtin_frame_address(0);
  int32_t count = 0;
  while (count < limit && (uintptr_t)frame + 2 * sizeof(uintptr_t) <= end) {
    if (frame[1] == 0) break;
    addresses[count++] = frame[1];
    const uintptr_t *next = (const uintptr_t *)frame[0];
    // The stack grows down: a caller's frame lies above. Anything else is not a frame.
    if (next <= frame || (uintptr_t)next % sizeof(uintptr_t) != 0) break;
    frame = next;
  }
  return count;
}
