#include "CEdit.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>

static edit_completer completer;

char *edit_read_line(const char *prompt) { return readline(prompt); }

void edit_add_history(const char *line) { add_history(line); }

void edit_limit_history(int most) { stifle_history(most); }

bool edit_read_history(const char *path) { return read_history(path) == 0; }

bool edit_write_history(const char *path) { return write_history(path) == 0; }

static char *candidate(const char *word, int number) {
  (void)word;
  static char *line;
  if (number == 0) {
    free(line);
    line = strndup(rl_line_buffer, rl_point < 0 ? 0 : (size_t)rl_point);
  }
  return line ? completer(line, number) : NULL;
}

static char **complete(const char *word, int start, int end) {
  (void)start;
  (void)end;
  // Names of files are completed behind commands that take one only.
  rl_attempted_completion_over = strncmp(rl_line_buffer, "ren", 3) != 0;
  return rl_completion_matches(word, candidate);
}

void edit_set_completer(edit_completer function) {
  completer = function;
  rl_readline_name = "agviz";
  rl_attempted_completion_function = complete;
  rl_basic_word_break_characters = " \t";
}
