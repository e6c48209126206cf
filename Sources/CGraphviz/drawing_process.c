// Drawing in a child process: the child's side.
//
// The child is the same program, run again with an order in its environment. It is found before
// `main`, so that any program that draws is its own drawing process: nothing has to be installed
// beside it, and nothing in its `main` has to know. The DOT text comes in at standard input and the
// picture leaves at standard output, both of them files.

#define _GNU_SOURCE
#include "internal.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/// The pages that this process has mapped, in bytes; 0 where that cannot be told.
static size_t mapped_bytes(void) {
  char text[128] = {0};
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/// From so many mapped bytes on a crash is put down to the want of memory.
static size_t suspicious_bytes;

/// Graphviz and the libraries behind it do not check every allocation.
static void crash(int number) {
  if (mapped_bytes() >= suspicious_bytes) _exit(agviz_exit_out_of_memory);
  signal(number, SIG_DFL);
}

/// Lowers a limit to a value, or to the hard limit where that is lower.
static void limit(int resource, rlim_t value) {
  struct rlimit bound;
  if (getrlimit(resource, &bound) != 0) return;
  if (bound.rlim_max == RLIM_INFINITY || value < bound.rlim_max) bound.rlim_max = value;
  bound.rlim_cur = bound.rlim_max;
  setrlimit(resource, &bound);
}

/// The child's whole life, on a stack as large as ordered.
static void *draw(void *argument) {
  agviz_request *request = argument;
  size_t mapped = mapped_bytes();
  suspicious_bytes = mapped + request->memory_bytes / 2;
  signal(SIGSEGV, crash);
  signal(SIGBUS, crash);
  signal(SIGABRT, crash);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, request->cpu_seconds);
  limit(RLIMIT_AS, mapped + request->memory_bytes);
  limit(RLIMIT_FSIZE, request->memory_bytes);
  // What waits for a lock or a file waits without using the CPU.
  alarm(4 * request->cpu_seconds + 30);

  size_t count;
  request->source = (char *)agviz_contents(STDIN_FILENO, SIZE_MAX - 1, &count);
  if (!request->source) _exit(agviz_exit_out_of_memory);
  agviz_picture picture = agviz_draw_here(request, true);
  if (picture.outcome != agviz_drawn) _exit(agviz_exit_reported);
  bool written = agviz_write_all(STDOUT_FILENO, picture.bytes, picture.count) == 0;
  _exit(written ? agviz_exit_drawn : agviz_exit_reported);
}

/// Draws what the environment orders; returns where it orders nothing.
///
/// The priority is the first one open to programs: no other constructor's work is done in vain.
__attribute__((constructor(101))) static void follow_order(void) {
  const char *order = secure_getenv(AGVIZ_ORDER);
  if (!order) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Every further arena reserves 64 MiB of what the limit counts, used or not.
  mallopt(M_ARENA_MAX, 1);
  char format[16];
  agviz_request request = {.format = format};
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  if (sscanf(order, "%15s %u %zu %zu", format, &request.cpu_seconds, &request.memory_bytes,
             &request.stack_bytes) == 4
      && pthread_attr_setstacksize(&attributes, request.stack_bytes) == 0
      && pthread_create(&thread, &attributes, draw, &request) == 0)
    pthread_join(thread, NULL);
  fprintf(stderr, "Error: a drawing process could not follow \"%s\"\n", order);
  _exit(agviz_exit_reported);
}
