// Drawing in a child process, for graphs on which Graphviz may crash, hang or eat memory: the
// parent's side.
//
// The child is this program anew, not a fork of it: a fork would inherit what the program's other
// threads, Pango's own among them, were doing to the allocator, the loader and the fonts.

#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// An empty file in memory, at none of the three standard descriptors.
static int memory_file(const char *name) {
  int first = memfd_create(name, MFD_CLOEXEC);
  if (first < 0) return -1;
  int file = fcntl(first, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(first);
  return file;
}

/// What has to be in `LD_PRELOAD` for the child to have this code before its `main` runs; null
/// where the program or a library that it names has it, to be freed.
static char *preloaded(void) {
  Dl_info here, program;
  if (!dladdr((void *)agviz_draw_isolated, &here)
      || !dladdr((void *)getauxval(AT_ENTRY), &program) || here.dli_fbase == program.dli_fbase)
    return NULL;
  const char *others = getenv("LD_PRELOAD");
  char *list = NULL;
  if (asprintf(&list, "LD_PRELOAD=%s%s%s", others ? others : "", others ? ":" : "",
               here.dli_fname) < 0)
    return NULL;
  return list;
}

/// This process's environment with the order in it; to be freed.
static char **environment_with(char *order, char *preload) {
  size_t count = 0;
  while (environ[count]) count++;
  char **result = malloc((count + 3) * sizeof *result);
  if (!result) return NULL;
  size_t used = 0;
  if (preload) result[used++] = preload;
  for (size_t i = 0; i < count; i++)
    if (!preload || strncmp(environ[i], "LD_PRELOAD=", 11) != 0) result[used++] = environ[i];
  result[used++] = order;
  result[used] = NULL;
  return result;
}

/// Starts the child with these files as its standard ones; gives an error's number, or 0.
static int start(const agviz_request *request, const int files[3], pid_t *child) {
  // The child of a program with more rights than its user would not heed the environment.
  if (getauxval(AT_SECURE)) return EPERM;
  char order[128];
  snprintf(order, sizeof order, AGVIZ_ORDER "=%.8s %u %zu %zu", request->format,
           request->cpu_seconds, request->memory_bytes, request->stack_bytes);
  char *preload = preloaded();
  char **environment = environment_with(order, preload);
  char *arguments[] = {"agviz-drawing", NULL};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  int error = environment ? 0 : ENOMEM;
  for (int i = 0; i < 3 && !error; i++)
    error = posix_spawn_file_actions_adddup2(&actions, files[i], i);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (!error)
    error = posix_spawn(child, "/proc/self/exe", &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  free(preload);
  return error;
}

/// Waits for the child and reads what it left.
static agviz_picture collect(const agviz_request *request, pid_t child, int output, int messages) {
  int status = 0;
  struct rusage usage = {0};
  pid_t ended;
  do ended = wait4(child, &status, 0, &usage);
  while (ended < 0 && errno == EINTR);
  if (ended < 0) return agviz_failure("waiting for the drawing process", errno);

  agviz_picture picture = {0};
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == agviz_exit_drawn) {
    picture.bytes = agviz_contents(output, SIZE_MAX - 1, &picture.count);
    if (!picture.bytes) return agviz_failure("reading the picture", ENOMEM);
    return picture;
  }
  size_t length;
  picture.message = (char *)agviz_contents(messages, 4096, &length);
  time_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1;
  bool short_of_memory =
      code == agviz_exit_out_of_memory ||
      (picture.message && (strcasestr(picture.message, "out of memory") ||
                           strcasestr(picture.message, "allocat") ||
                           strcasestr(picture.message, "temporarily unavailable")));
  if (WIFSIGNALED(status)) picture.signal = WTERMSIG(status);
  if (picture.signal == SIGXCPU || picture.signal == SIGALRM ||
      (picture.signal == SIGKILL && seconds >= (time_t)request->cpu_seconds))
    picture.outcome = agviz_out_of_time;
  else if (short_of_memory || picture.signal == SIGKILL || picture.signal == SIGXFSZ)
    picture.outcome = agviz_out_of_memory;
  else
    picture.outcome = picture.signal ? agviz_crashed : agviz_reported;
  return picture;
}

agviz_picture agviz_draw_isolated(const agviz_request *request) {
  static const char *const names[] = {"graph", "picture", "messages"};
  int files[] = {-1, -1, -1};
  int error = 0;
  for (int i = 0; i < 3 && !error; i++)
    if ((files[i] = memory_file(names[i])) < 0) error = errno;
  if (!error) error = agviz_write_all(files[0], request->source, strlen(request->source));

  agviz_picture picture;
  pid_t child;
  if (error) {
    picture = agviz_failure("making a file in memory", error);
  } else if ((error = start(request, files, &child))) {
    picture = agviz_failure("starting the drawing process", error);
  } else {
    picture = collect(request, child, files[1], files[2]);
  }
  for (int i = 0; i < 3; i++)
    if (files[i] >= 0) close(files[i]);
  return picture;
}
