// What the files of this target share: a bounded reader, and a file's sections.
#pragma once

#include <string.h>

#include "CLines.h"

// The most files, directories or ranges that a list may have.
enum { LONGEST_LIST = 4096 };

// Bytes that are left to read. Reading past the end gives zeros and is noted.
typedef struct bytes {
  const uint8_t *at, *end;
  bool bad;
} bytes;

// Code that lies in one piece: its addresses, the offset of its unit, and its part of the program.
typedef struct sequence {
  uint64_t start, end, unit;
  const uint8_t *program;
} sequence;

struct cl_table {
  bytes line, info, abbreviations, ranges, strings, line_strings;
  // By address.
  sequence *sequences;
  size_t count, capacity;
  // Whether all of the line programs were understood.
  bool complete;
};

// Executes the line programs once to find the table's sequences; false where memory is short.
bool cl_find_sequences(cl_table *table);

// The next bytes, which are passed over, or NULL where there are fewer.
static inline const uint8_t *take(bytes *from, uint64_t count) {
  if ((uint64_t)(from->end - from->at) < count) {
    from->at = from->end;
    from->bad = true;
    return NULL;
  }
  const uint8_t *result = from->at;
  from->at += count;
  return result;
}

// The next bytes as a reader of their own, empty and bad where there are fewer.
static inline bytes part(bytes *from, uint64_t count) {
  const uint8_t *start = take(from, count);
  return start == NULL ? (bytes){from->end, from->end, true} : (bytes){start, from->at, false};
}

// What follows an offset into a section.
static inline bytes after(bytes section, uint64_t offset) {
  take(&section, offset);
  return section;
}

// A number of up to eight bytes, the lowest first as on x86-64 and aarch64.
static inline uint64_t fixed(bytes *from, unsigned size) {
  uint64_t value = 0;
  const uint8_t *start = take(from, size);
  if (start != NULL) memcpy(&value, start, size);
  return value;
}

// A number of seven bits a byte, the lowest first, with its sign in the last or without one.
static inline uint64_t variable(bytes *from, bool is_signed) {
  uint64_t value = 0;
  for (unsigned shift = 0; from->at < from->end; shift += 7) {
    const uint8_t byte = *from->at++;
    if (shift < 64) value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (is_signed && (byte & 0x40) != 0 && shift + 7 < 64) value |= ~(uint64_t)0 << (shift + 7);
    return value;
  }
  from->bad = true;
  return 0;
}

// A text up to its zero; empty where it has none.
static inline const char *text(bytes *from) {
  const uint8_t *zero = memchr(from->at, 0, (size_t)(from->end - from->at));
  const uint8_t *start = take(from, zero == NULL ? UINT64_MAX : (uint64_t)(zero - from->at) + 1);
  return start == NULL ? "" : (const char *)start;
}

// A value of debug information.
typedef struct value {
  uint64_t number;
  const char *text;
} value;

// Reads a value of a form; false where the form is not one of 32-bit DWARF 4, or not of interest.
static inline bool read_value(const cl_table *table, bytes *from, uint64_t form, value *value) {
  bytes section;
  value->number = 0;
  value->text = "";
  switch (form) {
    case 0x19: break;                                                      // flag_present
    case 0x0b: case 0x0c: case 0x11: value->number = fixed(from, 1); break;  // data1, flag, ref1
    case 0x05: case 0x12: value->number = fixed(from, 2); break;             // data2, ref2
    case 0x06: case 0x10: case 0x13: case 0x17:  // data4, ref_addr, ref4, sec_offset
      value->number = fixed(from, 4);
      break;
    case 0x01: case 0x07: case 0x14: case 0x20:  // addr, data8, ref8, ref_sig8
      value->number = fixed(from, 8);
      break;
    case 0x1e: take(from, 16); break;                                    // data16
    case 0x0d: value->number = variable(from, true); break;                // sdata
    case 0x0f: case 0x15: value->number = variable(from, false); break;      // udata, ref_udata
    case 0x0a: take(from, fixed(from, 1)); break;                        // block1
    case 0x03: take(from, fixed(from, 2)); break;                        // block2
    case 0x04: take(from, fixed(from, 4)); break;                        // block4
    case 0x09: case 0x18: take(from, variable(from, false)); break;        // block, exprloc
    case 0x08: value->text = text(from); break;                            // string
    case 0x0e: case 0x1f:                                                // strp, line_strp
      section = after(form == 0x0e ? table->strings : table->line_strings, fixed(from, 4));
      value->text = text(&section);
      return !section.bad && !from->bad;
    default: return false;
  }
  return !from->bad;
}
