// Finds the files that the process runs, and the sections of their debug information.
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

typedef struct search {
  uintptr_t address, bias;
  const cl_table *table;
  bool opens;
} search;

// A file that is another one by now has other segments.
static bool is_loaded(const void *file, size_t size, const struct dl_phdr_info *image) {
  const Elf64_Ehdr *header = file;
  const size_t wanted = image->dlpi_phnum * sizeof(Elf64_Phdr);
  return size >= sizeof *header && header->e_phentsize == sizeof(Elf64_Phdr)
         && header->e_phnum == image->dlpi_phnum && header->e_phoff <= size
         && size - header->e_phoff >= wanted
         && memcmp((const uint8_t *)file + header->e_phoff, image->dlpi_phdr, wanted) == 0;
}

static const cl_table *read_image(const struct dl_phdr_info *image) {
  // The program itself has no name here, and its link leads to it even when it was deleted.
  const char *path = image->dlpi_name[0] == 0 ? "/proc/self/exe" : image->dlpi_name;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  struct stat status;
  void *bytes = MAP_FAILED;
  size_t size = 0;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    size = (size_t)status.st_size;
    bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  }
  close(file);
  if (bytes == MAP_FAILED) return NULL;
  const cl_table *table = is_loaded(bytes, size, image) ? cl_read(bytes, size) : NULL;
  if (table == NULL) munmap(bytes, size);
  return table;
}

static int look_at(struct dl_phdr_info *image, size_t size, void *context) {
  (void)size;
  search *search = context;
  for (int i = 0; i < image->dlpi_phnum; i++) {
    const Elf64_Phdr *segment = &image->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD
        || search->address - (image->dlpi_addr + segment->p_vaddr) >= segment->p_memsz)
      continue;
    search->bias = image->dlpi_addr;
    if (search->opens) search->table = read_image(image);
    return 1;
  }
  return 0;
}

bool cl_bias(uintptr_t address, uintptr_t *bias) {
  search search = {.address = address};
  if (dl_iterate_phdr(look_at, &search) == 0) return false;
  *bias = search.bias;
  return true;
}

const cl_table *cl_open(uintptr_t address) {
  search search = {.address = address, .opens = true};
  dl_iterate_phdr(look_at, &search);
  return search.table;
}

// Notes a section that is of interest; false where it is compressed, or lies beyond the file.
static bool note_section(cl_table *table, bytes file, bytes names, const Elf64_Shdr *section) {
  const struct {
    const char *name;
    bytes *place;
  } wanted[] = {
      {".debug_line", &table->line},          {".debug_info", &table->info},
      {".debug_abbrev", &table->abbreviations}, {".debug_ranges", &table->ranges},
      {".debug_str", &table->strings},        {".debug_line_str", &table->line_strings},
  };
  bytes rest = after(names, section->sh_name);
  const char *name = text(&rest);
  if (strncmp(name, ".zdebug_", 8) == 0) return false;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    if (strcmp(name, wanted[i].name) != 0) continue;
    rest = after(file, section->sh_offset);
    *wanted[i].place = part(&rest, section->sh_size);
    return !rest.bad && section->sh_type != SHT_NOBITS && (section->sh_flags & SHF_COMPRESSED) == 0;
  }
  return true;
}

static bool find_sections(cl_table *table, bytes file) {
  bytes rest = file;
  Elf64_Ehdr header;
  const uint8_t *start = take(&rest, sizeof header);
  if (start == NULL) return false;
  memcpy(&header, start, sizeof header);
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64
      || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_shentsize != sizeof(Elf64_Shdr)
      || header.e_shstrndx >= header.e_shnum)
    return false;
  const bytes sections = after(file, header.e_shoff);
  bytes names = {0};
  // First the names of the sections, then the sections.
  for (int i = -1; i < header.e_shnum; i++) {
    Elf64_Shdr section;
    rest = after(sections, (i < 0 ? header.e_shstrndx : (uint64_t)i) * sizeof section);
    start = take(&rest, sizeof section);
    if (start == NULL) return false;
    memcpy(&section, start, sizeof section);
    if (i < 0) {
      rest = after(file, section.sh_offset);
      names = part(&rest, section.sh_size);
      if (names.bad) return false;
    } else if (!note_section(table, file, names, &section)) {
      return false;
    }
  }
  return true;
}

cl_table *cl_read(const void *file, size_t size) {
  const uint8_t *start = file;
  const bytes none = {start, start, false};
  cl_table *table = malloc(sizeof *table);
  if (table == NULL) return NULL;
  *table = (cl_table){none, none, none, none, none, none, .complete = true};
  if (find_sections(table, (bytes){start, start + size, false}) && cl_find_sequences(table))
    return table;
  cl_free(table);
  return NULL;
}

void cl_free(cl_table *table) {
  if (table == NULL) return;
  free(table->sequences);
  free(table);
}
