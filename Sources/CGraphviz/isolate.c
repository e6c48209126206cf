// Drawing in a child process, for graphs on which Graphviz may crash, hang or eat memory.
//
// The child is a fork that runs nothing but this target's C and Graphviz, under limits of
// processor time, memory and output, and leaves its picture in a file in memory.

#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/// The pages that this process has mapped and those that are in memory, in bytes.
static void own_size(size_t *mapped, size_t *resident) {
  *mapped = *resident = 0;
  char text[128] = {0};
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (length > 0 && sscanf(text, "%zu %zu", mapped, resident) == 2) {
    *mapped *= page;
    *resident *= page;
  }
}

/// Lowers a limit to a value, or to the hard limit where that is lower.
static void limit(int resource, rlim_t value) {
  struct rlimit bound;
  if (getrlimit(resource, &bound) != 0) return;
  if (bound.rlim_max == RLIM_INFINITY || value < bound.rlim_max) bound.rlim_max = value;
  bound.rlim_cur = bound.rlim_max;
  setrlimit(resource, &bound);
}

/// The child's whole life.
static _Noreturn void work(const agviz_request *request, int output, int messages) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Handlers of the parent's, such as one that prints a backtrace, are not for this process.
  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  dup2(messages, STDERR_FILENO);

  size_t mapped, resident;
  own_size(&mapped, &resident);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, request->cpu_seconds);
  limit(RLIMIT_AS, mapped + request->memory_bytes);
  limit(RLIMIT_FSIZE, request->memory_bytes);
  // A library that waits for a thread of the parent's would wait for ever without using the CPU.
  alarm(4 * request->cpu_seconds + 30);

  agviz_picture picture = agviz_draw_here(request, true);
  if (picture.outcome != agviz_drawn) _exit(1);
  for (size_t done = 0; done < picture.count;) {
    ssize_t written = write(output, picture.bytes + done, picture.count - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);
    done += (size_t)written;
  }
  _exit(0);
}

/// A file's contents from its beginning, at most `most` bytes, with a NUL behind; null if empty.
static unsigned char *contents(int file, size_t most, size_t *count) {
  struct stat status;
  *count = 0;
  if (fstat(file, &status) != 0 || status.st_size <= 0) return NULL;
  size_t size = (size_t)status.st_size < most ? (size_t)status.st_size : most;
  unsigned char *bytes = malloc(size + 1);
  if (!bytes) return NULL;
  size_t done = 0;
  while (done < size) {
    ssize_t got = pread(file, bytes + done, size - done, (off_t)done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += (size_t)got;
  }
  bytes[done] = '\0';
  *count = done;
  return bytes;
}

/// Waits for the child and reads what it left.
static agviz_picture collect(const agviz_request *request, pid_t child, int output, int messages,
                             size_t resident_before) {
  int status = 0;
  struct rusage usage = {0};
  pid_t ended;
  do ended = wait4(child, &status, 0, &usage);
  while (ended < 0 && errno == EINTR);
  if (ended < 0) return agviz_failure("waiting for the drawing process", errno);

  agviz_picture picture = {0};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    picture.bytes = contents(output, SIZE_MAX - 1, &picture.count);
    if (!picture.bytes) return agviz_failure("reading the picture", ENOMEM);
    return picture;
  }
  size_t length;
  picture.message = (char *)contents(messages, 4096, &length);
  time_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1;
  size_t resident = (size_t)usage.ru_maxrss * 1024;
  size_t taken = resident > resident_before ? resident - resident_before : 0;
  bool short_of_memory =
      taken > request->memory_bytes / 4 * 3 ||
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

/// Makes a file as it was before the child wrote to it.
static bool emptied(int file) {
  return ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0;
}

struct task {
  const agviz_request *request;
  agviz_picture picture;
};

/// Forks on this thread's stack, which is the child's from then on.
static void *run(void *argument) {
  struct task *task = argument;
  int output = memfd_create("picture", MFD_CLOEXEC);
  int messages = memfd_create("messages", MFD_CLOEXEC);
  if (output < 0 || messages < 0) {
    task->picture = agviz_failure("making a file in memory", errno);
  } else {
    size_t mapped, resident;
    own_size(&mapped, &resident);
    // The fork may catch another thread of the program within a library that the child goes on to
    // use. A crash counts against the graph only when it happens again.
    for (int attempt = 0; attempt < 2; attempt++) {
      // The lock is held so that the child does not inherit a drawing that is half done.
      agviz_lock();
      pid_t child = fork();
      if (child == 0) work(task->request, output, messages);
      int error = errno;
      agviz_unlock();
      task->picture = child < 0 ? agviz_failure("starting the drawing process", error)
                                : collect(task->request, child, output, messages, resident);
      if (task->picture.outcome != agviz_crashed || attempt > 0) break;
      agviz_release(&task->picture);
      if (!emptied(output) || !emptied(messages)) {
        task->picture = agviz_failure("emptying a file in memory", errno);
        break;
      }
    }
  }
  if (output >= 0) close(output);
  if (messages >= 0) close(messages);
  return NULL;
}

agviz_picture agviz_draw_isolated(const agviz_request *request) {
  struct task task = {.request = request};
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  int error = pthread_attr_setstacksize(&attributes, request->stack_bytes);
  if (!error) error = pthread_create(&thread, &attributes, run, &task);
  pthread_attr_destroy(&attributes);
  if (error) return agviz_failure("starting a thread with a large stack", error);
  pthread_join(thread, NULL);
  return task.picture;
}
