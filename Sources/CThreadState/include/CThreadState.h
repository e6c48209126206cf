// What the engine keeps per thread: grad mode, sequence numbers, the depth of a release.
//
// In C because a `_Thread_local` read through a static inline costs nothing; Swift's task-local
// values cost several nanoseconds an operator. A mode is only ever changed around a synchronous
// closure, so "per thread" is "per task" as well.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What a node notes beyond its derivative.
enum ats_note {
  // Where the forward call was made.
  ATS_NOTE_SOURCE = 1,
  // That, the node whose backward pass made it, and whether its result is finite.
  ATS_DETECT_ANOMALY = 2,
  // With the former: passes refuse NaN, or infinities, in gradients.
  ATS_REFUSE_NAN = 4,
  ATS_REFUSE_INFINITY = 8,
  // A recorder is attached: where histories end, and, with the second, what results hold.
  ATS_RECORD = 16,
  ATS_RECORD_FORWARD = 32,
};

typedef struct ats_state {
  // Set while graph building is switched off (the reverse of grad mode, so that zero is the default).
  bool grad_disabled;
  // What nodes note when they are made: a set of ats_note.
  uint8_t notes;
  // The module that runs now: an unmanaged reference to its scope, or NULL outside of modules.
  void *_Nullable scope;
  // Nested releases of nodes and tensors that are on the stack now.
  int32_t release_depth;
  // The number that the next backward node gets.
  uint64_t next_sequence_number;
  // Backward passes that run now, one within another.
  int32_t running_passes;
  // The number of the innermost of them; 0 outside of all.
  uint64_t current_pass;
  // The node that runs now in a pass that looks for anomalies: an unmanaged reference, or NULL.
  void *_Nullable running_node;
  // What packs the tensors that nodes save: an unmanaged reference to the innermost hooks, or NULL.
  void *_Nullable saved_tensor_hooks;
  // Why such hooks are refused: an unmanaged reference to a message, or NULL where they are not.
  void *_Nullable saved_tensor_hooks_refusal;
  // What records the backward passes of this thread: an unmanaged reference, or NULL.
  void *_Nullable recorder;
  // Owned by the engine's deferred release: an unmanaged reference to its pending list.
  void *_Nullable pending_releases;
} ats_state;

extern _Thread_local ats_state ats_thread_state;

/// The calling thread's state.
static inline ats_state *_Nonnull ats_current(void) { return &ats_thread_state; }

/// Whether the environment asked for a recording when the program was started.
extern bool ats_recording_asked;
static inline bool ats_recording_is_asked_for(void) { return ats_recording_asked; }

/// A number that no backward pass of the process had before, on whatever thread; never 0.
uint64_t ats_next_pass(void);

/// A number that no walk over a graph had before, but for one long ago; never 0.
uint32_t ats_next_walk(void);

/// Writes the return addresses of the calls that are running, innermost first, and returns how many.
///
/// It follows the chain of frame pointers, which Swift code keeps, and stops where that ends.
int32_t ats_return_addresses(uintptr_t *_Nonnull addresses, int32_t limit);
