// What the two halves of this target share: drawing, and drawing in a child process.

#pragma once

#include "CGraphviz.h"

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/// Takes and gives back the one lock around Graphviz, which is not thread-safe.
void agviz_lock(void);
void agviz_unlock(void);

/// Draws in this process and on this stack; the lock is held by the caller.
///
/// With `messages_to_stderr` Graphviz's messages go to file descriptor 2, else into the picture.
agviz_picture agviz_draw_here(const agviz_request *request, bool messages_to_stderr);

/// Draws in a child process under the request's limits; takes the lock itself.
agviz_picture agviz_draw_isolated(const agviz_request *request);

/// A picture that only says what went wrong: `what` and the system's text for `error`.
agviz_picture agviz_failure(const char *what, int error);

#pragma GCC visibility pop
