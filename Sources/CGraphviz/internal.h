// What the parts of this target share: drawing, and the two sides of drawing in a child process.

#pragma once

#include "CGraphviz.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Draws in this process and on this stack; one call at a time.
///
/// With `messages_to_stderr` Graphviz's messages go to file descriptor 2, else into the picture.
agviz_picture agviz_draw_here(const agviz_request *request, bool messages_to_stderr);

/// Draws in a child process under the request's limits.
agviz_picture agviz_draw_isolated(const agviz_request *request);

/// The environment variable that makes a program a drawing process: the format, the seconds of
/// processor time, the bytes of memory and those of the stack.
#define AGVIZ_ORDER "AGVIZ_DRAWING_PROCESS"

/// How a drawing process ends when no signal ends it.
enum { agviz_exit_drawn = 0, agviz_exit_reported = 1, agviz_exit_out_of_memory = 2 };

/// A picture that only says what went wrong: `what` and the system's text for `error`.
agviz_picture agviz_failure(const char *what, int error);

/// A file's contents from its beginning, at most `most` bytes, with a NUL behind; null if empty.
unsigned char *agviz_contents(int file, size_t most, size_t *count);

/// Writes all of the bytes to a file; gives an error's number, or 0.
int agviz_write_all(int file, const void *bytes, size_t count);

#pragma GCC visibility pop
