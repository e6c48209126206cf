// Whole files, read and written at once.

#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned char *agviz_contents(int file, size_t most, size_t *count) {
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

int agviz_write_all(int file, const void *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t written = write(file, (const char *)bytes + done, count - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    done += (size_t)written;
  }
  return 0;
}
