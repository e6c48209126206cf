// Graphviz behind one function: DOT text in, the picture's bytes or an error's text out.

#pragma once

#include <stdbool.h>
#include <stddef.h>

/// How a rendering ended.
typedef enum {
  /// The bytes are there.
  agviz_drawn = 0,
  /// Graphviz reported an error; `message` has its text.
  agviz_reported = 1,
  /// The child process reached its limit of processor time.
  agviz_out_of_time = 2,
  /// The child process reached its limit of memory.
  agviz_out_of_memory = 3,
  /// The child process ended by `signal`.
  agviz_crashed = 4,
  /// A system call needed beforehand failed; `message` says which.
  agviz_not_started = 5,
} agviz_outcome;

/// What to draw and how much it may cost.
typedef struct {
  /// The graph in the DOT language.
  const char *_Nonnull source;
  /// Graphviz's name of the output format: svg, png, pdf.
  const char *_Nonnull format;
  /// Whether to work in a child process; the limits below hold only there.
  bool isolated;
  /// The child's processor time, in seconds.
  unsigned cpu_seconds;
  /// The memory that the child may take beyond what this process has mapped, in bytes.
  size_t memory_bytes;
  /// The child's stack, in bytes; Graphviz recurses as deep as a graph is long.
  size_t stack_bytes;
} agviz_request;

/// What came of a request; release it with `agviz_release`.
typedef struct {
  agviz_outcome outcome;
  /// The picture, when it was drawn.
  unsigned char *_Nullable bytes;
  size_t count;
  /// Graphviz's own words, when it had any.
  char *_Nullable message;
  /// The signal that ended the child, when it crashed.
  int signal;
} agviz_picture;

/// Lays a graph out with `dot` and draws it. Safe to call from any thread.
agviz_picture agviz_draw(const agviz_request *_Nonnull request);

/// Frees what a picture holds.
void agviz_release(agviz_picture *_Nonnull picture);
