/* index_pack.c: turns what a builder collected into the one block that index.h describes. */
#include "index_build.h"

#include <stdlib.h>
#include <string.h>

/* A row with what makes it alike others for a caller. */
typedef struct celled_row {
  uint32_t group, cores, policy, threads, instruction_set, row;
} celled_row;

/* What packing adds to the builder's parts. */
typedef struct packing {
  hone__builder *builder;
  hone__row *rows;        /* those of a problem beside each other */
  celled_row *order;      /* by cell */
  uint32_t *places;
  uint8_t *splits;
  hone__vector cells;     /* hone__cell */
  hone__vector points;    /* float */
  char *problems;
  size_t problem_bytes;
  hone__slot *slots;
  uint32_t slot_count;
} packing;

static hone__building_problem *problem_items(const hone__builder *builder) {
  return (void *)builder->problems.items;
}

static hone__group *group_items(const hone__builder *builder) { return (void *)builder->groups.items; }

/* ---- Rows: counting sort by problem, stable ---- */

static void place_rows(packing *p) {
  hone__building_problem *problems = problem_items(p->builder);
  const hone__row *rows = (const void *)p->builder->rows.items;
  uint32_t next = 0;
  for (uint32_t i = 0; i < p->builder->problems.count; i++) {
    problems[i].first_row = next;
    next += problems[i].row_count;
    problems[i].row_count = 0;
  }
  for (uint32_t i = 0; i < p->builder->rows.count; i++) {
    hone__building_problem *problem = &problems[rows[i].problem];
    p->rows[problem->first_row + problem->row_count++] = rows[i];
  }
}

/* ---- Cells ---- */

static int compare_celled(const void *one, const void *other) {
  const uint32_t *a = one, *b = other;
  for (size_t i = 0; i < sizeof(celled_row) / sizeof *a; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

static bool same_cell(const celled_row *one, const celled_row *other) {
  return memcmp(one, other, offsetof(celled_row, row)) == 0;
}

static void order_rows(packing *p) {
  const hone__variant *variants = (const void *)p->builder->variants.items;
  for (uint32_t i = 0; i < p->builder->rows.count; i++) {
    const hone__row *row = &p->rows[i];
    uint32_t group = problem_items(p->builder)[row->problem].group;
    p->order[i] = (celled_row){group, row->cores, row->policy, row->threads, variants[row->variant].instruction_set, i};
  }
  if (p->builder->rows.count > 0) qsort(p->order, p->builder->rows.count, sizeof *p->order, compare_celled);
}

/* The tree of one cell: rows order[first ..< first + count]. */
static bool add_tree(packing *p, uint32_t first, uint32_t count, uint32_t dimensions) {
  const int64_t *extents = (const void *)p->builder->extents.items;
  uint32_t *numbers = malloc(count * sizeof *numbers);
  float *logs = malloc((size_t)count * (dimensions ? dimensions : 1) * sizeof *logs);
  float *points = hone__extend(&p->points, sizeof *points, count * dimensions);
  bool fine = numbers != NULL && logs != NULL && points != NULL;
  for (uint32_t i = 0; fine && i < count; i++) {
    uint32_t problem = p->rows[p->order[first + i].row].problem;
    const int64_t *own = extents + problem_items(p->builder)[problem].first_extent;
    numbers[i] = i;
    for (uint32_t d = 0; d < dimensions; d++) logs[(size_t)i * dimensions + d] = (float)hone__logarithm(own[d]);
  }
  if (fine) hone__tree_build(logs, dimensions, numbers, p->splits + first, count);
  for (uint32_t i = 0; fine && i < count; i++) {
    p->places[first + i] = p->order[first + numbers[i]].row;
    memcpy(points + (size_t)i * dimensions, logs + (size_t)numbers[i] * dimensions, dimensions * sizeof *logs);
  }
  free(numbers);
  free(logs);
  return fine;
}

static bool add_cells(packing *p) {
  uint32_t rows = p->builder->rows.count;
  for (uint32_t first = 0, end; first < rows; first = end) {
    const celled_row *head = &p->order[first];
    for (end = first + 1; end < rows && same_cell(head, &p->order[end]);) end++;
    hone__group *group = &group_items(p->builder)[head->group];
    if (group->cell_count == 0) group->first_cell = p->cells.count;
    group->cell_count++;
    hone__cell *cell = hone__push(&p->cells, sizeof *cell);
    if (cell == NULL) return false;
    *cell = (hone__cell){.cores = head->cores,
                         .policy = head->policy,
                         .threads = head->threads,
                         .instruction_set = head->instruction_set,
                         .first_place = first,
                         .count = end - first,
                         .first_point = p->points.count};
    if (!add_tree(p, first, end - first, group->name_count)) return false;
  }
  return true;
}

/* ---- Problems and their slots ---- */

static bool pack_problems(packing *p) {
  const hone__builder *builder = p->builder;
  const int64_t *extents = (const void *)builder->extents.items;
  uint32_t count = builder->problems.count;
  p->problem_bytes = count * sizeof(hone__stored_problem) + builder->extents.count * sizeof *extents;
  p->slot_count = 8;
  while (p->slot_count * 3ull / 4 < count) p->slot_count *= 2;
  p->problems = calloc(1, p->problem_bytes + 8);
  p->slots = calloc(p->slot_count, sizeof *p->slots);
  uint32_t *offsets = malloc((count + 1ull) * sizeof *offsets);
  if (p->problems == NULL || p->slots == NULL || offsets == NULL) {
    free(offsets);
    return false;
  }
  size_t at = 0;
  for (uint32_t i = 0; i < count; i++) {
    hone__building_problem problem = problem_items(builder)[i];
    uint32_t dimensions = group_items(builder)[problem.group].name_count;
    hone__stored_problem *stored = (void *)(p->problems + at);
    *stored = (hone__stored_problem){problem.hash, problem.group, problem.first_row, problem.row_count, 0};
    if (dimensions > 0) memcpy(stored->extents, extents + problem.first_extent, dimensions * sizeof *extents);
    offsets[i] = (uint32_t)(at / 8);
    uint32_t slot = (uint32_t)problem.hash & (p->slot_count - 1);
    while (p->slots[slot].problem != 0) slot = (slot + 1) & (p->slot_count - 1);
    p->slots[slot] = (hone__slot){offsets[i] + 1, problem.first_row};
    at += sizeof *stored + dimensions * sizeof *extents;
  }
  for (uint32_t i = 0; i < builder->rows.count; i++) p->rows[i].problem = offsets[p->rows[i].problem];
  free(offsets);
  return true;
}

/* ---- The block ---- */

typedef struct part {
  const void *items;
  uint64_t count;
  size_t item_bytes;
} part;

static hone__index_header *assemble(const packing *p) {
  const hone__builder *b = p->builder;
  const part parts[HONE__SECTIONS] = {
      [HONE__STRINGS] = {b->strings.items, b->strings.count, 1},
      [HONE__VARIANTS] = {b->variants.items, b->variants.count, sizeof(hone__variant)},
      [HONE__PARAMETERS] = {b->parameters.items, b->parameters.count, sizeof(hone__stored_parameter)},
      [HONE__ROWS] = {p->rows, b->rows.count, sizeof(hone__row)},
      [HONE__PROBLEMS] = {p->problems, p->problem_bytes, 1},
      [HONE__SLOTS] = {p->slots, p->slot_count, sizeof(hone__slot)},
      [HONE__GROUPS] = {b->groups.items, b->groups.count, sizeof(hone__group)},
      [HONE__NAMES] = {b->names.items, b->names.count, sizeof(uint32_t)},
      [HONE__CELLS] = {p->cells.items, p->cells.count, sizeof(hone__cell)},
      [HONE__POINTS] = {p->points.items, p->points.count, sizeof(float)},
      [HONE__PLACES] = {p->places, b->rows.count, sizeof(uint32_t)},
      [HONE__SPLITS] = {p->splits, b->rows.count, 1},
      [HONE__REGRETS] = {b->regrets.items, b->regrets.count, sizeof(hone__regret)},
      [HONE__CONDITIONS] = {b->conditions.items, b->conditions.count, sizeof(hone__conditions_regrets)},
  };
  hone__index_header head = {.magic = HONE_INDEX_MAGIC,
                             .version = HONE_INDEX_VERSION,
                             .byte_order = 0x01020304,
                             .bytes = sizeof head,
                             .skipped = b->skipped};
  for (int i = 0; i < HONE__SECTIONS; i++) {
    head.sections[i] = (hone__section){head.bytes, parts[i].count};
    head.bytes += (parts[i].count * parts[i].item_bytes + 7) / 8 * 8;
  }
  char *block = hone__block_alloc(head.bytes);
  if (block == NULL) return NULL;
  memset(block, 0, head.bytes);
  for (int i = 0; i < HONE__SECTIONS; i++)
    if (parts[i].count > 0) memcpy(block + head.sections[i].offset, parts[i].items, parts[i].count * parts[i].item_bytes);
  head.checksum = hone__hash(block + sizeof head, head.bytes - sizeof head, 5);
  memcpy(block, &head, sizeof head);
  return (void *)block;
}

static void packing_free(packing *p) {
  free(p->rows);
  free(p->order);
  free(p->places);
  free(p->splits);
  free(p->problems);
  free(p->slots);
  hone__vector_free(&p->cells);
  hone__vector_free(&p->points);
}

hone__index_header *hone__builder_pack(hone__builder *builder) {
  size_t rows = builder->rows.count;
  packing p = {.builder = builder,
               .rows = malloc((rows + 1) * sizeof(hone__row)),
               .order = malloc((rows + 1) * sizeof(celled_row)),
               .places = malloc((rows + 1) * sizeof(uint32_t)),
               .splits = malloc(rows + 1)};
  hone__index_header *block = NULL;
  if (p.rows != NULL && p.order != NULL && p.places != NULL && p.splits != NULL) {
    place_rows(&p);
    order_rows(&p);
    if (add_cells(&p) && pack_problems(&p)) block = assemble(&p);
  }
  packing_free(&p);
  return block;
}
