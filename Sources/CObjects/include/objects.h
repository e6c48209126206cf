// The one call of the Swift runtime that Swift code cannot name: memory for an object.
#pragma once

#include <stddef.h>

/// Memory for an object of a Swift class, with its header written and nothing else.
///
/// The object has one reference, which belongs to the caller.
void *_Nonnull cob_allocate(const void *_Nonnull class_metadata, size_t size, size_t alignment_mask);
