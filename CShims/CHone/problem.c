/* problem.c: a problem by names; made ready for look-ups whenever it changes, so that these only compare numbers. */
#include "index.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_EXTENT ((int64_t)1 << 40)

/* ---- Names ---- */

static int32_t dimension_number(const hone__operation *operation, const char *name) {
  for (int32_t i = 0; i < HONE__MOST_FIELDS && operation->dimensions[i].name != NULL; i++)
    if (strcmp(operation->dimensions[i].name, name) == 0) return i;
  return -1;
}

static int32_t attribute_number(const hone__operation *operation, const char *name) {
  for (int32_t i = 0; i < HONE__MOST_FIELDS && operation->attributes[i].name != NULL; i++)
    if (strcmp(operation->attributes[i].name, name) == 0) return i;
  return -1;
}

int64_t hone__extent(const hone_problem *problem, const char *name) {
  int32_t number = dimension_number(problem->operation, name);
  return number < 0 ? 0 : problem->extents[number];
}

const char *hone__value(const hone_problem *problem, const char *name) {
  int32_t number = attribute_number(problem->operation, name);
  return number < 0 ? "" : problem->values[number];
}

static const char *dimension_name(const hone__operation *operation, uint32_t number) {
  return operation->dimensions[number].name;
}

static const char *attribute_name(const hone__operation *operation, uint32_t number) {
  return operation->attributes[number].name;
}

typedef const char *(*naming)(const hone__operation *, uint32_t);

static uint32_t sort_names(const hone__operation *operation, naming name, uint8_t *order) {
  uint32_t count = 0;
  while (count < HONE__MOST_FIELDS && name(operation, count) != NULL) {
    uint32_t at = count;
    for (; at > 0 && strcmp(name(operation, order[at - 1]), name(operation, count)) > 0; at--) order[at] = order[at - 1];
    order[at] = (uint8_t)count++;
  }
  return count;
}

/* "m, n, k" */
static void list_names(hone__text *text, const hone__operation *operation, naming name) {
  for (uint32_t i = 0; i < HONE__MOST_FIELDS && name(operation, i) != NULL; i++)
    hone__text_add(text, "%s%s", i ? ", " : "", name(operation, i));
}

static void list_words(hone__text *text, const char *const *words) {
  for (uint32_t i = 0; i < HONE__MAX_VALUES && words[i] != NULL; i++)
    hone__text_add(text, "%s%s", i ? ", " : "", words[i]);
}

/* ---- Ready for look-ups ---- */

static void key_add(hone_problem *problem, const char *text) {
  size_t size = strlen(text);
  if (problem->key_size + size + 1 >= sizeof problem->key) return; /* the tables' own names are short */
  memcpy(problem->key + problem->key_size, text, size);
  problem->key_size += size;
  problem->key[problem->key_size++] = HONE__KEY_END;
  problem->key[problem->key_size] = 0;
}

/* The key of the problem's group: see index.h. */
static void make_key(hone_problem *problem) {
  const hone__operation *operation = problem->operation;
  problem->key_size = 0;
  key_add(problem, operation->name);
  key_add(problem, problem->types);
  for (uint32_t i = 0; i < problem->attribute_count; i++) {
    const hone__attribute *attribute = &operation->attributes[problem->attribute_order[i]];
    const char *value = problem->values[problem->attribute_order[i]];
    if (attribute->left_out && value == attribute->allowed[0]) continue;
    key_add(problem, attribute->name);
    key_add(problem, value);
  }
  key_add(problem, "");
  for (uint32_t i = 0; i < problem->dimension_count; i++)
    key_add(problem, operation->dimensions[problem->dimension_order[i]].name);
  problem->group_hash = hone__group_hash(problem->key, problem->key_size);
}

/* The extent of a dimension that is not set; -1: it must be. */
static int64_t default_extent(const hone_problem *problem, const hone__dimension *dimension) {
  if (dimension->rule == HONE__REQUIRED) return -1;
  if (dimension->rule == HONE__ONE) return 1;
  bool turned = dimension->attribute != NULL && strcmp(hone__value(problem, dimension->attribute), "t") == 0;
  int64_t extent = hone__extent(problem, turned ? dimension->turned : dimension->like);
  bool even = dimension->even != NULL && hone__ends_with(problem->types, dimension->even);
  return even ? extent + extent % 2 : extent;
}

/* Which dimensions the problem names, by name. Their set is part of the group's key. */
static void name_dimensions(hone_problem *problem) {
  uint32_t before = problem->dimension_count;
  problem->dimension_count = 0;
  for (uint32_t i = 0; i < problem->all_dimensions; i++) {
    uint8_t number = problem->full_order[i];
    if (problem->operation->dimensions[number].left_out && problem->extents[number] == 1) continue;
    problem->dimension_order[problem->dimension_count++] = number;
  }
  if (problem->dimension_count != before) make_key(problem); /* no operation leaves out more than one */
}

static void make_ready(hone_problem *problem) {
  hone__text reason;
  hone__text_start(&reason, problem->reason, sizeof problem->reason);
  problem->complete = false;
  for (uint32_t i = 0; i < problem->all_dimensions; i++) {
    const hone__dimension *dimension = &problem->operation->dimensions[i];
    problem->extents[i] = problem->given[i] >= 0 ? problem->given[i] : default_extent(problem, dimension);
    if (problem->extents[i] >= 0) continue;
    hone__text_add(&reason, "%s needs the dimension '%s'", problem->operation->name, dimension->name);
    return;
  }
  name_dimensions(problem);
  for (uint32_t i = 0; i < problem->dimension_count; i++)
    problem->sorted[i] = problem->extents[problem->dimension_order[i]];
  problem->hash = hone__problem_hash(problem->group_hash, problem->sorted, problem->dimension_count);
  problem->complete = problem->operation->check(problem, &reason);
}

/* ---- The interface ---- */

static const hone__operation *operation_named(const char *name) {
  const hone__operation *operation;
  char names[200];
  hone__text list;
  hone__text_start(&list, names, sizeof names);
  for (uint32_t i = 0; (operation = hone__operation_at(i)) != NULL; i++) {
    if (strcmp(operation->name, name) == 0) return operation;
    hone__text_add(&list, "%s%s", i ? ", " : "", operation->name);
  }
  hone__fail(HONE_ERROR_ARGUMENT, "there is no operation '%.60s'. Choose one of: %s.", name, names);
  return NULL;
}

static const char *word_among(const char *const *words, const char *wanted) {
  for (uint32_t i = 0; i < HONE__MAX_VALUES && words[i] != NULL; i++)
    if (strcmp(words[i], wanted) == 0) return words[i];
  return NULL;
}

hone_status hone_problem_create(const char *name, const char *types, hone_problem **result) {
  if (result == NULL || name == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "hone_problem_create needs an operation and a place for the problem.");
  *result = NULL;
  const hone__operation *operation = operation_named(name);
  if (operation == NULL) return HONE_ERROR_ARGUMENT;
  const char *known = types == NULL ? operation->types[0] : word_among(operation->types, types);
  if (known == NULL) {
    char words[200];
    hone__text list;
    hone__text_start(&list, words, sizeof words);
    list_words(&list, operation->types);
    return hone__fail(HONE_ERROR_ARGUMENT, "%s has no data type '%.60s'. Choose one of: %s.", name, types, words);
  }
  hone_problem *problem = calloc(1, sizeof *problem);
  if (problem == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for a problem");
  problem->operation = operation;
  problem->types = known;
  problem->all_dimensions = sort_names(operation, dimension_name, problem->full_order);
  problem->attribute_count = sort_names(operation, attribute_name, problem->attribute_order);
  for (uint32_t i = 0; i < HONE__MOST_FIELDS; i++) problem->given[i] = -1;
  for (uint32_t i = 0; i < problem->attribute_count; i++) problem->values[i] = operation->attributes[i].allowed[0];
  for (uint32_t i = 0; i < HONE__MOST_FIELDS; i++) problem->extents[i] = 1; /* until it is complete, it names no more than it must */
  name_dimensions(problem);
  make_key(problem);
  make_ready(problem);
  *result = problem;
  return HONE_OK;
}

void hone_problem_destroy(hone_problem *problem) { free(problem); }

hone_status hone_problem_set_dimension(hone_problem *problem, const char *name, int64_t extent) {
  if (problem == NULL || name == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a problem and a name are needed.");
  int32_t number = dimension_number(problem->operation, name);
  if (number < 0) {
    char names[300];
    hone__text list;
    hone__text_start(&list, names, sizeof names);
    list_names(&list, problem->operation, dimension_name);
    return hone__fail(HONE_ERROR_ARGUMENT, "%s has no dimension '%.60s'. It has: %s.", problem->operation->name, name, names);
  }
  if (extent < 0 || extent > LARGEST_EXTENT)
    return hone__fail(HONE_ERROR_ARGUMENT, "%s: %s cannot be %lld. Give 0 ... 2^40.", problem->operation->name, name,
                      (long long)extent);
  problem->given[number] = extent;
  make_ready(problem);
  return HONE_OK;
}

hone_status hone_problem_set_attribute(hone_problem *problem, const char *name, const char *value) {
  if (problem == NULL || name == NULL || value == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "a problem, a name and a value are needed.");
  char words[300];
  hone__text list;
  hone__text_start(&list, words, sizeof words);
  int32_t number = attribute_number(problem->operation, name);
  if (number < 0) {
    list_names(&list, problem->operation, attribute_name);
    return hone__fail(HONE_ERROR_ARGUMENT, "%s has no attribute '%.60s'. It has: %s.", problem->operation->name, name, words);
  }
  const hone__attribute *attribute = &problem->operation->attributes[number];
  const char *known = word_among(attribute->allowed, value);
  if (known == NULL && attribute->admits != NULL && strlen(value) < sizeof problem->word && attribute->admits(value)) {
    memmove(problem->word, value, strlen(value) + 1);
    known = problem->word;
  }
  if (known == NULL) {
    list_words(&list, attribute->allowed);
    if (attribute->form != NULL) hone__text_add(&list, ", %s", attribute->form);
    return hone__fail(HONE_ERROR_ARGUMENT, "%s: %s cannot be '%.60s'. Choose one of: %s.", problem->operation->name, name,
                      value, words);
  }
  problem->values[number] = known;
  make_key(problem);
  make_ready(problem);
  return HONE_OK;
}
