/* index_open.c: believes nothing: a block is used after every offset in it was followed once. */
#include "index.h"

#include <stdlib.h>
#include <string.h>

static const size_t item_bytes[HONE__SECTIONS] = {
    [HONE__STRINGS] = 1,
    [HONE__VARIANTS] = sizeof(hone__variant),
    [HONE__PARAMETERS] = sizeof(hone__stored_parameter),
    [HONE__ROWS] = sizeof(hone__row),
    [HONE__PROBLEMS] = 1,
    [HONE__SLOTS] = sizeof(hone__slot),
    [HONE__GROUPS] = sizeof(hone__group),
    [HONE__NAMES] = sizeof(uint32_t),
    [HONE__CELLS] = sizeof(hone__cell),
    [HONE__POINTS] = sizeof(float),
    [HONE__PLACES] = sizeof(uint32_t),
    [HONE__SPLITS] = 1,
    [HONE__REGRETS] = sizeof(hone__regret),
    [HONE__CONDITIONS] = sizeof(hone__conditions_regrets),
};

static const char *check_header(const hone__index_header *header, size_t bytes) {
  if (bytes < sizeof *header || memcmp(header->magic, HONE_INDEX_MAGIC, 8) != 0) return "it is no index";
  if (header->version != HONE_INDEX_VERSION || header->byte_order != 0x01020304)
    return "it was made by another version of Hone or on another kind of machine";
  if (header->bytes != bytes) return "it is cut off";
  if (header->checksum != hone__hash((const char *)header + sizeof *header, bytes - sizeof *header, 5))
    return "its checksum does not match";
  for (int i = 0; i < HONE__SECTIONS; i++) {
    hone__section section = header->sections[i];
    if (section.offset % 8 != 0 || section.offset < sizeof *header || section.offset > bytes ||
        section.count > (bytes - section.offset) / item_bytes[i] || section.count > INT32_MAX)
      return "a section lies outside of it";
  }
  return NULL;
}

static void set_pointers(hone__index *index, hone__index_header *block) {
  const char *base = (const char *)block;
  const hone__section *sections = block->sections;
  index->header = block;
  index->strings = base + sections[HONE__STRINGS].offset;
  index->variants = (const void *)(base + sections[HONE__VARIANTS].offset);
  index->parameters = (const void *)(base + sections[HONE__PARAMETERS].offset);
  index->rows = (const void *)(base + sections[HONE__ROWS].offset);
  index->problems = base + sections[HONE__PROBLEMS].offset;
  index->slots = (const void *)(base + sections[HONE__SLOTS].offset);
  index->groups = (const void *)(base + sections[HONE__GROUPS].offset);
  index->names = (const void *)(base + sections[HONE__NAMES].offset);
  index->cells = (const void *)(base + sections[HONE__CELLS].offset);
  index->points = (const void *)(base + sections[HONE__POINTS].offset);
  index->places = (const void *)(base + sections[HONE__PLACES].offset);
  index->splits = (const void *)(base + sections[HONE__SPLITS].offset);
  index->regrets = (const void *)(base + sections[HONE__REGRETS].offset);
  index->conditions = (const void *)(base + sections[HONE__CONDITIONS].offset);
  index->slot_mask = (uint32_t)sections[HONE__SLOTS].count - 1;
}

static bool within(uint64_t first, uint64_t count, uint64_t all) { return first <= all && count <= all - first; }

static bool is_text(const hone__index *index, uint32_t offset) { return offset < hone__count(index, HONE__STRINGS); }

static bool check_small(const hone__index *index) {
  uint64_t strings = hone__count(index, HONE__STRINGS);
  if (strings > 0 && index->strings[strings - 1] != 0) return false;
  for (uint64_t i = 0; i < hone__count(index, HONE__VARIANTS); i++) {
    hone__variant variant = index->variants[i];
    if (!is_text(index, variant.backend) || !is_text(index, variant.variant) || !is_text(index, variant.libraries))
      return false;
    if (variant.instruction_set != HONE__ANY_SET && !is_text(index, variant.instruction_set)) return false;
  }
  for (uint64_t i = 0; i < hone__count(index, HONE__PARAMETERS); i++) {
    hone__stored_parameter parameter = index->parameters[i];
    if (!is_text(index, parameter.name & ~HONE__IS_TEXT)) return false;
    if (parameter.name & HONE__IS_TEXT && (!is_text(index, parameter.low) || parameter.high != 0)) return false;
  }
  for (uint64_t i = 0; i < hone__count(index, HONE__NAMES); i++)
    if (!is_text(index, index->names[i])) return false;
  for (uint64_t i = 0; i < hone__count(index, HONE__CONDITIONS); i++) {
    hone__conditions_regrets part = index->conditions[i];
    if (!is_text(index, part.operation) || !within(part.first_regret, part.regret_count, hone__count(index, HONE__REGRETS)))
      return false;
  }
  return true;
}

static bool check_groups(const hone__index *index) {
  for (uint64_t i = 0; i < hone__count(index, HONE__GROUPS); i++) {
    const hone__group *group = &index->groups[i];
    if (!is_text(index, group->key) || group->name_count > HONE_MAX_NAMES ||
        !within(group->first_name, group->name_count, hone__count(index, HONE__NAMES)) ||
        !within(group->first_cell, group->cell_count, hone__count(index, HONE__CELLS)) ||
        !within(group->first_regret, group->regret_count, hone__count(index, HONE__REGRETS)))
      return false;
    for (uint32_t c = 0; c < group->cell_count; c++) {
      const hone__cell *cell = &index->cells[group->first_cell + c];
      if (!is_text(index, cell->policy) || !within(cell->first_place, cell->count, hone__count(index, HONE__PLACES)) ||
          !within(cell->first_place, cell->count, hone__count(index, HONE__SPLITS)) ||
          !within(cell->first_point, (uint64_t)cell->count * group->name_count, hone__count(index, HONE__POINTS)) ||
          (cell->instruction_set != HONE__ANY_SET && !is_text(index, cell->instruction_set)))
        return false;
      for (uint32_t k = cell->first_place; k < cell->first_place + cell->count; k++) {
        if (index->splits[k] >= (group->name_count ? group->name_count : 1)) return false;
        if (index->places[k] >= hone__count(index, HONE__ROWS)) return false;
        const hone__row *row = &index->rows[index->places[k]];
        if (hone__problem_at(index, row->problem)->group != i) return false;
      }
    }
  }
  return true;
}

/* Marks where a problem begins, one bit for eight bytes. */
static bool mark_problems(const hone__index *index, unsigned char *begins) {
  uint64_t bytes = hone__count(index, HONE__PROBLEMS), at = 0;
  while (at < bytes) {
    if (bytes - at < sizeof(hone__stored_problem)) return false;
    const hone__stored_problem *problem = hone__problem_at(index, (uint32_t)(at / 8));
    if (problem->group >= hone__count(index, HONE__GROUPS)) return false;
    uint64_t size = sizeof *problem + 8ull * index->groups[problem->group].name_count;
    if (index->groups[problem->group].name_count > HONE_MAX_NAMES || size > bytes - at) return false;
    if (!within(problem->first_row, problem->row_count, hone__count(index, HONE__ROWS))) return false;
    begins[at / 64] |= (unsigned char)(1 << (at / 8 % 8));
    at += size;
  }
  return true;
}

static bool begins_at(const hone__index *index, const unsigned char *begins, uint32_t offset) {
  uint64_t at = 8ull * offset;
  return at < hone__count(index, HONE__PROBLEMS) && (begins[at / 64] >> (offset % 8) & 1) != 0;
}

static bool check_rows(const hone__index *index, const unsigned char *begins) {
  for (uint64_t i = 0; i < hone__count(index, HONE__ROWS); i++) {
    const hone__row *row = &index->rows[i];
    if (!begins_at(index, begins, row->problem) || !is_text(index, row->policy) ||
        row->variant >= hone__count(index, HONE__VARIANTS) || row->cores > INT32_MAX || row->threads > INT32_MAX ||
        !within(row->first_parameter, row->parameter_count, hone__count(index, HONE__PARAMETERS)))
      return false;
  }
  return true;
}

static bool check_slots(const hone__index *index, const unsigned char *begins) {
  uint64_t slots = hone__count(index, HONE__SLOTS), used = 0;
  if (slots == 0 || (slots & (slots - 1)) != 0) return false;
  for (uint64_t i = 0; i < slots; i++) {
    hone__slot slot = index->slots[i];
    if (slot.problem == 0) continue;
    if (!begins_at(index, begins, slot.problem - 1)) return false;
    if (hone__problem_at(index, slot.problem - 1)->first_row != slot.first_row) return false;
    used++;
  }
  /* Searching ends at a free slot. */
  return used < slots;
}

const char *hone__index_open(hone__index *index, hone__index_header *block, size_t bytes) {
  const char *wrong = check_header(block, bytes);
  if (wrong != NULL) return wrong;
  set_pointers(index, block);
  unsigned char *begins = calloc(1, hone__count(index, HONE__PROBLEMS) / 64 + 1);
  if (begins == NULL) return "there is no memory to check it";
  bool fine = check_small(index) && mark_problems(index, begins) && check_rows(index, begins) &&
              check_slots(index, begins) && check_groups(index);
  free(begins);
  return fine ? NULL : "an offset in it points outside";
}

void hone__index_close(hone__index *index) {
  free((void *)(uintptr_t)index->header);
  *index = (hone__index){0};
}
