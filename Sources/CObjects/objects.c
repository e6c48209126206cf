// Memory for Swift objects.

#include "objects.h"

// Of the Swift runtime, whose interface is stable: docs/Runtime.md and HeapObject.h of Swift.
extern void *swift_allocObject(const void *metadata, size_t size, size_t alignment_mask);

void *cob_allocate(const void *class_metadata, size_t size, size_t alignment_mask) {
  return swift_allocObject(class_metadata, size, alignment_mask);
}
