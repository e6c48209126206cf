// Lines of source by address: the debug information of ELF files, in DWARF as swiftc writes it.
//
// In C because a debug build of it is still fast. A file is not trusted: every read is bounded, and
// what is not understood is said to be unknown.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Where the code of a file lies in its line programs.
typedef struct cl_table cl_table;

/// A line of a source file.
///
/// The directory is NULL where it is that of the unit, or not needed; the name where it is that of
/// the unit.
typedef struct cl_place {
  const char *_Nullable directory;
  const char *_Nullable name;
  uint64_t line;
} cl_place;

/// What a table knows of an address.
typedef enum cl_answer {
  CL_KNOWN,
  // No code with lines is there.
  CL_NOTHING,
  // The file says it in a way that is not read here.
  CL_UNKNOWN,
} cl_answer;

/// Finds what was added to the addresses of a file when its code was loaded.
///
/// Returns false where no loaded file has code at the address.
bool cl_bias(uintptr_t address, uintptr_t *_Nonnull bias);

/// The table of the loaded file that has code at the address; NULL where it cannot be read.
///
/// It is kept as long as the process runs.
const cl_table *_Nullable cl_open(uintptr_t address);

/// The table of a file in memory, which has to outlive it; NULL where it cannot be read.
cl_table *_Nullable cl_read(const void *_Nonnull bytes, size_t size);

/// Frees what `cl_read` returned.
void cl_free(cl_table *_Nullable table);

/// Finds the line of the innermost function that was inlined at an address of the file, and the
/// compilation unit that the code belongs to.
cl_answer cl_line(
    const cl_table *_Nonnull table, uint64_t address, cl_place *_Nonnull place,
    uint64_t *_Nonnull unit);

/// The file of a number of a unit, from 0 on, with no line; nothing after the last.
cl_answer cl_file(
    const cl_table *_Nonnull table, uint64_t unit, uint64_t number, cl_place *_Nonnull place);

/// Finds the calls that were inlined at an address, outermost first, and returns how many; -1 where
/// that is unknown.
int32_t cl_calls(
    const cl_table *_Nonnull table, uint64_t unit, uint64_t address, cl_place *_Nonnull places,
    int32_t limit);
