// Calls that were inlined: where an address is in functions of others. DWARF 4, section 3.3.8.
#include <stdlib.h>

#include "internal.h"

#define NONE UINT64_MAX

enum { TAG_INLINED_SUBROUTINE = 0x1d };
enum {
  AT_STMT_LIST = 0x10,
  AT_LOW_PC = 0x11,
  AT_HIGH_PC = 0x12,
  AT_RANGES = 0x55,
  AT_CALL_FILE = 0x58,
  AT_CALL_LINE = 0x59,
};
enum { FORM_ADDR = 0x01 };

// What of an entry matters here.
typedef struct entry {
  uint64_t tag, lines, low, high, ranges, file, line;
} entry;

// Reads an entry, of which the abbreviation says what it holds.
static bool read_entry(const cl_table *table, bytes *from, bytes abbreviation, entry *entry) {
  *entry = (struct entry){.lines = NONE, .low = NONE, .ranges = NONE};
  entry->tag = variable(&abbreviation, false);
  take(&abbreviation, 1);
  bool is_length = false;
  for (;;) {
    const uint64_t attribute = variable(&abbreviation, false);
    const uint64_t form = variable(&abbreviation, false);
    if (attribute == 0 && form == 0) break;
    value value;
    if (!read_value(table, from, form, &value)) return false;
    switch (attribute) {
      case AT_STMT_LIST: entry->lines = value.number; break;
      case AT_LOW_PC: entry->low = value.number; break;
      case AT_HIGH_PC:
        entry->high = value.number;
        is_length = form != FORM_ADDR;
        break;
      case AT_RANGES: entry->ranges = value.number; break;
      case AT_CALL_FILE: entry->file = value.number; break;
      case AT_CALL_LINE: entry->line = value.number; break;
      default: break;
    }
  }
  if (is_length) entry->high += entry->low;
  return !abbreviation.bad;
}

// Whether an entry's code has an address; ranges count from the start of the unit's.
static bool has_address(
    const cl_table *table, const entry *entry, uint64_t base, uint64_t address) {
  if (entry->ranges == NONE)
    return entry->low != NONE && entry->low <= address && address < entry->high;
  bytes ranges = after(table->ranges, entry->ranges);
  for (int i = 0; i < LONGEST_LIST; i++) {
    const uint64_t low = fixed(&ranges, 8), high = fixed(&ranges, 8);
    if (ranges.bad || (low == 0 && high == 0)) return false;
    if (low == UINT64_MAX) base = high;
    else if (low + base <= address && address < high + base) return true;
  }
  return false;
}

// Passes over an abbreviation's code and contents. Returns the code, 0 at the end of the list.
static uint64_t skip_abbreviation(bytes *list, bytes *contents) {
  const uint64_t code = variable(list, false);
  *contents = *list;
  if (code == 0) return 0;
  variable(list, false);
  take(list, 1);
  while ((variable(list, false) | variable(list, false)) != 0) {}
  return list->bad ? 0 : code;
}

// The abbreviations of a unit, that of code 1 first; the compiler numbers them so.
static bytes *read_abbreviations(bytes list, uint64_t *count) {
  bytes contents, *result = NULL;
  uint64_t capacity = 0;
  *count = 0;
  for (uint64_t code; (code = skip_abbreviation(&list, &contents)) != 0; ++*count) {
    if (*count == capacity) {
      capacity = capacity == 0 ? 64 : 2 * capacity;
      bytes *grown = realloc(result, capacity * sizeof *grown);
      if (grown == NULL) break;
      result = grown;
    }
    if (code != *count + 1) break;
    result[*count] = contents;
  }
  return result;
}

// Finds the unit of a line program: its entries, the first of which was read, and abbreviations.
static bool find_unit(
    const cl_table *table, uint64_t lines, bytes *entries, bytes *abbreviations, entry *first) {
  for (bytes info = table->info; info.at < info.end;) {
    *entries = part(&info, fixed(&info, 4));
    const uint64_t version = fixed(entries, 2);
    // DWARF 5 is not read here.
    if (version < 2 || version > 4) continue;
    *abbreviations = after(table->abbreviations, fixed(entries, 4));
    if (fixed(entries, 1) != 8) continue;
    const uint64_t wanted = variable(entries, false);
    bytes list = *abbreviations, contents;
    uint64_t code;
    while ((code = skip_abbreviation(&list, &contents)) != 0 && code != wanted) {}
    if (code != 0 && read_entry(table, entries, contents, first) && first->lines == lines)
      return true;
  }
  return false;
}

int32_t cl_calls(
    const cl_table *table, uint64_t unit, uint64_t address, cl_place *places, int32_t limit) {
  bytes entries, list;
  entry entry;
  if (!find_unit(table, unit, &entries, &list, &entry)) return -1;
  const uint64_t base = entry.low == NONE ? 0 : entry.low;
  uint64_t count;
  bytes *abbreviations = read_abbreviations(list, &count);
  int32_t found = 0;
  while (found >= 0 && entries.at < entries.end) {
    const uint64_t code = variable(&entries, false);
    // The end of a list of children.
    if (code == 0) continue;
    if (code > count || !read_entry(table, &entries, abbreviations[code - 1], &entry)) {
      found = -1;
    } else if (entry.tag == TAG_INLINED_SUBROUTINE && has_address(table, &entry, base, address)) {
      const bool fits = found < limit;
      if (!fits || cl_file(table, unit, entry.file, &places[found]) != CL_KNOWN) found = -1;
      else places[found++].line = entry.line;
    }
  }
  free(abbreviations);
  return found;
}
