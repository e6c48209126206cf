// Lines of a terminal with editing, history and completion, by libedit.
//
// Behind functions of our own because libedit's header is made for programs that have it to
// themselves: its names are readline's, and completion is told by globals.
#pragma once

#include <stdbool.h>

// Reads a line, without its end; NULL at the end of input. The caller frees it.
char *edit_read_line(const char *prompt);

// Adds a line to the history.
void edit_add_history(const char *line);

// Keeps so many lines of history from now on.
void edit_limit_history(int most);

// Adds the lines of a file that `edit_write_history` wrote to the history; false where it is none.
bool edit_read_history(const char *path);

// Writes the history over a file; false where it cannot.
bool edit_write_history(const char *path);

// What completes: given the line so far and a number from 0 on, the candidate of that number as an
// allocated string, or NULL after the last.
typedef char *(*edit_completer)(const char *line, int number);

// Sets what completes words; a word ends at spaces alone.
void edit_set_completer(edit_completer completer);
