/* index_add.c: adds a row to an index that is being made; equal texts, parameters, problems and groups are kept once. */
#include "index_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* ---- Texts ---- */

static bool same_text(const void *context, uint32_t number, const void *key) {
  const hone__builder *builder = context;
  const hone__slice *slice = key;
  const char *text = builder->strings.items + number;
  return memcmp(text, slice->text, slice->size) == 0 && text[slice->size] == 0;
}

/* The offset of a text; NONE where there is no memory. Offset 0 is the empty text. */
uint32_t hone__intern(hone__builder *builder, hone__slice slice) {
  if (builder->strings.count == 0 && hone__push(&builder->strings, 1) == NULL) return NONE;
  if (slice.size == 0) return 0;
  /* The new text goes behind the others first, so that comparing never reads past the end. */
  uint32_t fresh = builder->strings.count;
  char *place = hone__extend(&builder->strings, 1, (uint32_t)slice.size + 1);
  if (place == NULL) return NONE;
  memcpy(place, slice.text, slice.size);
  uint32_t number = hone__map_add(&builder->string_map, hone__hash(slice.text, slice.size, 1), same_text, builder,
                                  &slice, fresh);
  if (number != fresh) builder->strings.count = fresh;
  return number;
}

/* ---- Variants ---- */

static bool same_variant(const void *context, uint32_t number, const void *key) {
  const hone__builder *builder = context;
  return memcmp(builder->variants.items + number * sizeof(hone__variant), key, sizeof(hone__variant)) == 0;
}

/* See hone__variant.libraries; what does not fit is left out, and then the row is never called stale for it. */
static uint32_t intern_libraries(hone__builder *builder, const hone__draft *draft) {
  char text[HONE__KEY_BYTES];
  size_t size = 0;
  for (uint32_t i = 0; i < draft->library_count; i++) {
    const hone__slice pair[2] = {draft->library_names[i], draft->library_versions[i]};
    if (size + pair[0].size + pair[1].size + 2 > sizeof text) break;
    for (int part = 0; part < 2; part++) {
      if (pair[part].size > 0) memcpy(text + size, pair[part].text, pair[part].size);
      size += pair[part].size;
      text[size++] = HONE__KEY_END;
    }
  }
  return hone__intern(builder, (hone__slice){text, size});
}

static uint32_t add_variant(hone__builder *builder, const hone__draft *draft) {
  hone__variant variant = {.backend = hone__intern(builder, draft->backend),
                           .variant = hone__intern(builder, draft->variant),
                           .libraries = intern_libraries(builder, draft),
                           .instruction_set = HONE__ANY_SET};
  const char *at = memchr(draft->variant.text, '@', draft->variant.size);
  if (at != NULL) {
    hone__slice set = {at + 1, draft->variant.size - (size_t)(at + 1 - draft->variant.text)};
    variant.instruction_set = hone__intern(builder, set);
    if (variant.instruction_set == NONE) return NONE;
  }
  if (variant.backend == NONE || variant.variant == NONE || variant.libraries == NONE) return NONE;
  uint32_t fresh = builder->variants.count;
  uint32_t number = hone__map_add(&builder->variant_map, hone__hash(&variant, sizeof variant, 2), same_variant,
                                  builder, &variant, fresh);
  if (number != fresh) return number;
  hone__variant *place = hone__push(&builder->variants, sizeof variant);
  if (place == NULL) return NONE;
  *place = variant;
  return number;
}

/* ---- Parameters ---- */

typedef struct parameter_list {
  hone__stored_parameter items[HONE_MAX_NAMES];
  uint32_t count;
} parameter_list;

static bool same_parameters(const void *context, uint32_t number, const void *key) {
  const hone__builder *builder = context;
  const parameter_list *list = key;
  if (builder->parameters.count - number < list->count) return false;
  return memcmp(builder->parameters.items + number * sizeof *list->items, list->items,
                list->count * sizeof *list->items) == 0;
}

/* Lists that begin alike share their beginning; the row knows how many it has. */
static uint32_t add_parameters(hone__builder *builder, const hone__draft *draft) {
  parameter_list list = {.count = draft->parameter_count};
  for (uint32_t i = 0; i < list.count; i++) {
    uint64_t value = (uint64_t)draft->parameter_values[i];
    uint32_t name = hone__intern(builder, draft->parameter_names[i]);
    if (name == NONE) return NONE;
    if (draft->parameter_texts[i].text != NULL) {
      uint32_t text = hone__intern(builder, draft->parameter_texts[i]);
      if (text == NONE) return NONE;
      value = text;
      name |= HONE__IS_TEXT;
    }
    list.items[i] = (hone__stored_parameter){name, (uint32_t)value, (uint32_t)(value >> 32)};
  }
  uint32_t fresh = builder->parameters.count;
  if (list.count == 0) return 0;
  uint32_t number = hone__map_add(&builder->parameter_map, hone__hash(list.items, list.count * sizeof *list.items, 3),
                                  same_parameters, builder, &list, fresh);
  for (uint32_t i = 0; number == fresh && i < list.count; i++) {
    hone__stored_parameter *place = hone__push(&builder->parameters, sizeof *place);
    if (place == NULL) return NONE;
    *place = list.items[i];
  }
  return number;
}

/* ---- Groups and problems ---- */

typedef struct group_key {
  char text[HONE__KEY_BYTES];
  size_t size;
} group_key;

static bool key_add(group_key *key, hone__slice text) {
  if (key->size + text.size + 1 > sizeof key->text) return false;
  if (text.size > 0) memcpy(key->text + key->size, text.text, text.size);
  key->size += text.size;
  key->text[key->size++] = HONE__KEY_END;
  return true;
}

static bool make_key(const hone__draft *draft, group_key *key) {
  key->size = 0;
  bool fits = key_add(key, draft->operation) && key_add(key, draft->types);
  for (uint32_t i = 0; i < draft->attribute_count; i++)
    fits = fits && key_add(key, draft->attribute_names[i]) && key_add(key, draft->attribute_values[i]);
  fits = fits && key_add(key, (hone__slice){NULL, 0});
  for (uint32_t i = 0; i < draft->dimension_count; i++) fits = fits && key_add(key, draft->dimension_names[i]);
  return fits;
}

static bool same_group(const void *context, uint32_t number, const void *key) {
  const hone__builder *builder = context;
  const hone__group *groups = (const void *)builder->groups.items;
  return groups[number].key == *(const uint32_t *)key;
}

static uint32_t add_group(hone__builder *builder, const hone__draft *draft, const group_key *key) {
  uint32_t text = hone__intern(builder, (hone__slice){key->text, key->size});
  if (text == NONE) return NONE;
  uint64_t hash = hone__group_hash(key->text, key->size);
  uint32_t fresh = builder->groups.count;
  uint32_t number = hone__map_add(&builder->group_map, hash, same_group, builder, &text, fresh);
  if (number != fresh) return number;
  hone__group *group = hone__push(&builder->groups, sizeof *group);
  if (group == NULL) return NONE;
  *group = (hone__group){
      .key = text, .first_name = builder->names.count, .name_count = draft->dimension_count, .hash = hash};
  for (uint32_t i = 0; i < draft->dimension_count; i++) {
    uint32_t name = hone__intern(builder, draft->dimension_names[i]);
    uint32_t *place = hone__push(&builder->names, sizeof *place);
    if (name == NONE || place == NULL) return NONE;
    *place = name;
  }
  return number;
}

uint32_t hone__builder_group(hone__builder *builder, const hone__draft *draft, bool *fits) {
  group_key key;
  *fits = make_key(draft, &key);
  return *fits ? add_group(builder, draft, &key) : NONE;
}

typedef struct problem_key {
  const hone__draft *draft;
  uint32_t group;
} problem_key;

static bool same_problem(const void *context, uint32_t number, const void *key) {
  const hone__builder *builder = context;
  const problem_key *wanted = key;
  const hone__building_problem *problem = (const hone__building_problem *)(const void *)builder->problems.items + number;
  if (problem->group != wanted->group || wanted->draft->dimension_count == 0) return problem->group == wanted->group;
  const int64_t *extents = (const int64_t *)(const void *)builder->extents.items + problem->first_extent;
  return memcmp(extents, wanted->draft->extents, wanted->draft->dimension_count * sizeof *extents) == 0;
}

static uint32_t add_problem(hone__builder *builder, const hone__draft *draft, uint32_t group) {
  const hone__group *groups = (const void *)builder->groups.items;
  uint64_t hash = hone__problem_hash(groups[group].hash, draft->extents, draft->dimension_count);
  problem_key key = {draft, group};
  uint32_t fresh = builder->problems.count;
  uint32_t number = hone__map_add(&builder->problem_map, hash, same_problem, builder, &key, fresh);
  if (number != fresh) return number;
  hone__building_problem *problem = hone__push(&builder->problems, sizeof *problem);
  if (problem == NULL) return NONE;
  *problem = (hone__building_problem){.hash = hash, .group = group, .first_extent = builder->extents.count};
  for (uint32_t i = 0; i < draft->dimension_count; i++) {
    int64_t *place = hone__push(&builder->extents, sizeof *place);
    if (place == NULL) return NONE;
    *place = draft->extents[i];
  }
  return number;
}

/* ---- Rows ---- */

static uint32_t threads_of(const hone__draft *draft) {
  for (uint32_t i = 0; i < draft->parameter_count; i++)
    if (hone__is(draft->parameter_names[i], "threads") && draft->parameter_texts[i].text == NULL) {
      int64_t threads = draft->parameter_values[i];
      return threads < 0 ? 0 : threads > INT32_MAX ? INT32_MAX : (uint32_t)threads;
    }
  return 1;
}

static void read_record(hone__slice text, unsigned char record[32]) {
  if (text.size != 71 || memcmp(text.text, "sha256:", 7) != 0) return;
  for (int i = 0; i < 64; i++) {
    char c = text.text[7 + i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) {
      memset(record, 0, 32);
      return;
    }
    record[i / 2] = (unsigned char)(record[i / 2] << 4 | digit);
  }
}

bool hone__builder_add(hone__builder *builder, const hone__draft *draft) {
  group_key key;
  if (!draft->usable || !make_key(draft, &key)) {
    builder->skipped++;
    return true;
  }
  uint32_t variant = add_variant(builder, draft), parameters = add_parameters(builder, draft);
  uint32_t policy = hone__intern(builder, draft->policy), group = add_group(builder, draft, &key);
  uint32_t problem = group == NONE ? NONE : add_problem(builder, draft, group);
  if (variant == NONE || parameters == NONE || policy == NONE || problem == NONE) return false;
  if (variant > UINT16_MAX) {
    builder->skipped++;
    return true;
  }
  hone__row *row = hone__push(&builder->rows, sizeof *row);
  if (row == NULL) return false;
  *row = (hone__row){.seconds = draft->seconds,
                     .speedup = draft->speedup,
                     .speedup_low = draft->speedup_low,
                     .speedup_high = draft->speedup_high,
                     .problem = problem,
                     .cores = (uint32_t)draft->cores,
                     .policy = policy,
                     .threads = threads_of(draft),
                     .first_parameter = parameters,
                     .variant = (uint16_t)variant,
                     .parameter_count = (uint16_t)draft->parameter_count};
  read_record(draft->record, row->record);
  ((hone__building_problem *)(void *)builder->problems.items)[problem].row_count++;
  return true;
}

void hone__builder_free(hone__builder *builder) {
  hone__vector *vectors[] = {&builder->strings, &builder->variants, &builder->parameters, &builder->rows, &builder->problems,
                             &builder->extents, &builder->groups,   &builder->names,      &builder->regrets,
                             &builder->conditions};
  hone__map *maps[] = {&builder->string_map, &builder->variant_map, &builder->parameter_map, &builder->problem_map,
                       &builder->group_map};
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) hone__vector_free(vectors[i]);
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) hone__map_free(maps[i]);
}

/* ---- Hashes that a look-up computes too ---- */

uint64_t hone__group_hash(const char *key, size_t size) { return hone__hash(key, size, 4); }

uint64_t hone__problem_hash(uint64_t group_hash, const int64_t *extents, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) group_hash = hone__mix(group_hash, (uint64_t)extents[i]);
  return hone__mix(group_hash, count);
}

double hone__logarithm(int64_t extent) { return log2((double)(extent > 0 ? extent : 0) + 1); }
