// Line programs: which line the code at an address comes from. DWARF 5, section 6.2.
#include <stdlib.h>

#include "internal.h"

// The header of a line program.
typedef struct unit {
  uint64_t version;
  // The lists of directories and files; DWARF 5 begins each with what its entries hold.
  bytes names;
  bytes program;
  const uint8_t *operands;
  uint8_t step, line_range, first_special;
  int8_t line_base;
} unit;

// Reads a header and moves on to the next; false where it is not understood.
static bool read_unit(bytes *from, unit *unit) {
  // 64-bit DWARF begins with a length that no file has.
  bytes rest = part(from, fixed(from, 4));
  unit->version = fixed(&rest, 2);
  if (unit->version < 2 || unit->version > 5) return false;
  if (unit->version == 5 && fixed(&rest, 2) != 8) return false;  // the sizes of addresses, segments
  unit->names = part(&rest, fixed(&rest, 4));
  unit->program = rest;
  bytes *header = &unit->names;
  unit->step = (uint8_t)fixed(header, 1);
  // More than one operation an instruction is for machines that are not read here.
  if (unit->version >= 4 && fixed(header, 1) != 1) return false;
  take(header, 1);
  unit->line_base = (int8_t)fixed(header, 1);
  unit->line_range = (uint8_t)fixed(header, 1);
  unit->first_special = (uint8_t)fixed(header, 1);
  if (unit->first_special == 0) return false;
  unit->operands = take(header, unit->first_special - 1u);
  return unit->line_range != 0 && !header->bad && !rest.bad && !from->bad;
}

typedef struct row {
  uint64_t address, line, file;
} row;

// Executes a program up to the end of a sequence, or to the row of an address, which is noted.
//
// The sequence then says where the code lies; it is empty where no row was made. Returns false
// where the program is not understood.
static bool run(
    const unit *unit, bytes *program, uint64_t address, row *found, sequence *sequence) {
  row row = {.line = 1, .file = 1}, last = {0};
  bool begun = false;
  sequence->start = sequence->end = 0;
  while (program->at < program->end) {
    const uint8_t opcode = *program->at++;
    bool makes_row = false, ends = false;
    if (opcode >= unit->first_special) {
      const unsigned special = opcode - (unsigned)unit->first_special;
      row.address += special / unit->line_range * (uint64_t)unit->step;
      row.line += (uint64_t)(unit->line_base + (int)(special % unit->line_range));
      makes_row = true;
    } else if (opcode == 0) {
      bytes extended = part(program, variable(program, false));
      switch (fixed(&extended, 1)) {
        case 1: makes_row = ends = true; break;
        case 2:
          row.address = fixed(&extended, 8);
          if (extended.at != extended.end) return false;
          break;
        case 3: return false;  // defines a file: no compiler does
        default: break;
      }
      if (extended.bad) return false;
    } else {
      switch (opcode) {
        case 1: makes_row = true; break;
        case 2: row.address += variable(program, false) * unit->step; break;
        case 3: row.line += variable(program, true); break;
        case 4: row.file = variable(program, false); break;
        case 8:
          row.address += (255u - unit->first_special) / unit->line_range * (uint64_t)unit->step;
          break;
        case 9: row.address += fixed(program, 2); break;
        default:
          for (uint8_t i = 0; i < unit->operands[opcode - 1]; i++) variable(program, false);
      }
    }
    if (program->bad) return false;
    if (!makes_row) continue;
    if (!begun) {
      sequence->start = row.address;
    } else if (row.address < last.address) {
      return false;
    } else if (found != NULL && last.address <= address && address < row.address) {
      *found = last;
      return true;
    }
    begun = true;
    last = row;
    sequence->end = row.address;
    if (ends) return true;
  }
  // A sequence has to be ended.
  return !begun;
}

static bool append(cl_table *table, sequence sequence) {
  if (table->count == table->capacity) {
    const size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
    void *grown = realloc(table->sequences, capacity * sizeof sequence);
    if (grown == NULL) return false;
    table->sequences = grown;
    table->capacity = capacity;
  }
  table->sequences[table->count++] = sequence;
  return true;
}

static int by_address(const void *a, const void *b) {
  const sequence *left = a, *right = b;
  return (left->start > right->start) - (left->start < right->start);
}

bool cl_find_sequences(cl_table *table) {
  for (bytes rest = table->line; rest.at < rest.end;) {
    const uint64_t offset = (uint64_t)(rest.at - table->line.at);
    unit unit;
    if (!read_unit(&rest, &unit)) {
      table->complete = false;
      continue;
    }
    while (unit.program.at < unit.program.end) {
      sequence sequence = {.unit = offset, .program = unit.program.at};
      if (!run(&unit, &unit.program, 0, NULL, &sequence)) {
        table->complete = false;
        break;
      }
      // The linker leaves code that it has dropped at zero.
      if (sequence.start == 0 || sequence.start == sequence.end) continue;
      if (!append(table, sequence)) return false;
    }
  }
  if (table->count > 0) qsort(table->sequences, table->count, sizeof(sequence), by_address);
  for (size_t i = 1; i < table->count; i++)
    if (table->sequences[i].start < table->sequences[i - 1].end) table->complete = false;
  return true;
}

cl_answer cl_line(const cl_table *table, uint64_t address, cl_place *place, uint64_t *unit_offset) {
  size_t low = 0, high = table->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (table->sequences[middle].start <= address) low = middle + 1;
    else high = middle;
  }
  if (low == 0 || address >= table->sequences[low - 1].end)
    return table->complete ? CL_NOTHING : CL_UNKNOWN;
  sequence sequence = table->sequences[low - 1];
  *unit_offset = sequence.unit;
  bytes rest = after(table->line, sequence.unit);
  unit unit;
  row row = {0};
  if (!read_unit(&rest, &unit)) return CL_UNKNOWN;
  unit.program.at = sequence.program;
  if (!run(&unit, &unit.program, address, &row, &sequence)) return CL_UNKNOWN;
  if (cl_file(table, sequence.unit, row.file, place) != CL_KNOWN) return CL_UNKNOWN;
  place->line = row.line;
  return CL_KNOWN;
}

// The name of an item of a list of DWARF 4, and the first of the numbers that follow each name. It
// is empty where the list ends before the item, as it does for item 0.
static const char *old_item(bytes *from, uint64_t number, unsigned numbers, uint64_t *first) {
  for (uint64_t i = 1; i <= LONGEST_LIST; i++) {
    const char *name = text(from);
    if (*name == 0) return name;
    for (unsigned j = 0; j < numbers; j++) {
      const uint64_t value = variable(from, false);
      if (j == 0) *first = value;
    }
    if (i == number) return name;
  }
  from->bad = true;
  return "";
}

// The same in DWARF 5, where the first item is 0, and a search for UINT64_MAX passes over the list.
static const char *new_item(
    const cl_table *table, bytes *from, uint64_t number, uint64_t *directory) {
  const uint64_t columns = fixed(from, 1);
  bytes formats = *from;
  for (uint64_t i = 0; i < 2 * columns; i++) variable(from, false);
  const uint64_t count = variable(from, false);
  if (count > LONGEST_LIST) from->bad = true;
  const char *name = "";
  for (uint64_t i = 0; i < count && i <= number && !from->bad; i++) {
    bytes format = formats;
    name = "";
    for (uint64_t j = 0; j < columns; j++) {
      const uint64_t content = variable(&format, false);
      value value;
      if (!read_value(table, from, variable(&format, false), &value)) from->bad = true;
      if (content == 1) name = value.text;
      if (content == 2) *directory = value.number;
    }
  }
  return number < count ? name : "";
}

cl_answer cl_file(
    const cl_table *table, uint64_t unit_offset, uint64_t number, cl_place *place) {
  bytes rest = after(table->line, unit_offset);
  unit unit;
  if (!read_unit(&rest, &unit)) return CL_UNKNOWN;
  bytes directories = unit.names, files = unit.names;
  uint64_t directory = 0;
  *place = (cl_place){0};
  if (unit.version == 5) {
    new_item(table, &files, UINT64_MAX, &directory);
    directory = 0;
    place->name = new_item(table, &files, number, &directory);
    place->directory = new_item(table, &directories, directory, &directory);
  } else {
    // That of the unit has no number.
    if (number == 0) return CL_KNOWN;
    old_item(&files, 0, 0, NULL);
    place->name = old_item(&files, number, 3, &directory);
    if (directory != 0) place->directory = old_item(&directories, directory, 0, NULL);
  }
  if (files.bad || directories.bad) return CL_UNKNOWN;
  if (*place->name == 0) return CL_NOTHING;
  return place->directory != NULL && *place->directory == 0 ? CL_UNKNOWN : CL_KNOWN;
}
