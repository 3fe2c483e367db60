/* index_read.c: one row of best.json as a draft. Members that are not known are skipped: a later Hone may write more. */
#include "index_build.h"

#include <math.h>
#include <string.h>

/* Attribute, dimension and parameter names, and what follows from them, stand sorted. */
static uint32_t insert(hone__slice *names, uint32_t count, hone__slice name) {
  uint32_t at = count;
  while (at > 0) {
    size_t least = names[at - 1].size < name.size ? names[at - 1].size : name.size;
    int order = memcmp(names[at - 1].text, name.text, least);
    if (order < 0 || (order == 0 && names[at - 1].size <= name.size)) break;
    names[at] = names[at - 1];
    at--;
  }
  names[at] = name;
  return at;
}

static void shift(void *items, size_t item_bytes, uint32_t at, uint32_t count) {
  char *start = (char *)items + at * item_bytes;
  memmove(start + item_bytes, start, (count - at) * item_bytes);
}

static bool read_shape(hone__json *json, hone__draft *draft) {
  hone__slice name;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &name)) {
    int64_t extent = 0;
    if (!hone__json_integer(json, &extent)) return false;
    if (draft->dimension_count == HONE_MAX_NAMES) {
      draft->usable = false;
      continue;
    }
    uint32_t at = insert(draft->dimension_names, draft->dimension_count, name);
    shift(draft->extents, sizeof *draft->extents, at, draft->dimension_count++);
    draft->extents[at] = extent;
  }
  return json->error == NULL;
}

static bool read_attributes(hone__json *json, hone__draft *draft) {
  hone__slice name, value;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &name)) {
    if (!hone__json_string(json, &value)) return false;
    if (draft->attribute_count == HONE_MAX_NAMES) {
      draft->usable = false;
      continue;
    }
    uint32_t at = insert(draft->attribute_names, draft->attribute_count, name);
    shift(draft->attribute_values, sizeof *draft->attribute_values, at, draft->attribute_count++);
    draft->attribute_values[at] = value;
  }
  return json->error == NULL;
}

static bool read_problem(hone__json *json, hone__draft *draft) {
  hone__slice key;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "operation")    ? hone__json_string(json, &draft->operation)
                : hone__is(key, "types")      ? hone__json_string(json, &draft->types)
                : hone__is(key, "shape")      ? read_shape(json, draft)
                : hone__is(key, "attributes") ? read_attributes(json, draft)
                                              : hone__json_skip(json);
    if (!fine) return false;
  }
  return json->error == NULL;
}

static bool read_parameters(hone__json *json, hone__draft *draft) {
  hone__slice name, text;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &name)) {
    int64_t value = 0;
    text = (hone__slice){NULL, 0};
    bool is_text = hone__json_peek(json) == '"';
    if (!(is_text ? hone__json_string(json, &text) : hone__json_integer(json, &value))) return false;
    if (draft->parameter_count == HONE_MAX_NAMES) {
      draft->usable = false;
      continue;
    }
    uint32_t at = insert(draft->parameter_names, draft->parameter_count, name);
    shift(draft->parameter_values, sizeof *draft->parameter_values, at, draft->parameter_count);
    shift(draft->parameter_texts, sizeof *draft->parameter_texts, at, draft->parameter_count++);
    draft->parameter_values[at] = value;
    draft->parameter_texts[at] = text;
  }
  return json->error == NULL;
}

static bool read_configuration(hone__json *json, hone__draft *draft) {
  hone__slice key;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "backend")      ? hone__json_string(json, &draft->backend)
                : hone__is(key, "variant")    ? hone__json_string(json, &draft->variant)
                : hone__is(key, "parameters") ? read_parameters(json, draft)
                                              : hone__json_skip(json);
    if (!fine) return false;
  }
  return json->error == NULL;
}

/* Infinities and the like are written as strings. */
static bool read_number(hone__json *json, double *number) {
  return hone__json_peek(json) == '"' ? hone__json_skip(json) : hone__json_double(json, number);
}

static bool read_interval(hone__json *json, hone__draft *draft) {
  hone__slice key;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "low")    ? read_number(json, &draft->speedup_low)
                : hone__is(key, "high") ? read_number(json, &draft->speedup_high)
                                        : hone__json_skip(json);
    if (!fine) return false;
  }
  return json->error == NULL;
}

static bool read_comparison(hone__json *json, hone__draft *draft) {
  hone__slice key;
  if (hone__json_peek(json) == 'n') return hone__json_null(json);
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "speedup")    ? read_number(json, &draft->speedup)
                : hone__is(key, "interval") ? read_interval(json, draft)
                                            : hone__json_skip(json);
    if (!fine) return false;
  }
  return json->error == NULL;
}

/* Bytes below 32 separate the fields of a group's key, so no name may have one; 0 ends a text. */
static bool is_plain(hone__slice text) {
  for (size_t i = 0; i < text.size; i++)
    if ((unsigned char)text.text[i] < 32) return false;
  return text.text != NULL && text.size < 200;
}

/* Those that are not plain texts are left out: without them the row is never called stale. */
static bool read_libraries(hone__json *json, hone__draft *draft) {
  hone__slice name, version;
  if (hone__json_peek(json) != '{') return hone__json_skip(json);
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &name)) {
    if (hone__json_peek(json) != '"') {
      if (!hone__json_skip(json)) return false;
      continue;
    }
    if (!hone__json_string(json, &version)) return false;
    if (draft->library_count == HONE_MAX_NAMES || !is_plain(name) || !is_plain(version)) continue;
    uint32_t at = insert(draft->library_names, draft->library_count, name);
    shift(draft->library_versions, sizeof *draft->library_versions, at, draft->library_count++);
    draft->library_versions[at] = version;
  }
  return json->error == NULL;
}

static bool read_member(hone__json *json, hone__slice key, hone__draft *draft) {
  return hone__is(key, "problem")          ? read_problem(json, draft)
         : hone__is(key, "libraries")      ? read_libraries(json, draft)
         : hone__is(key, "configuration")  ? read_configuration(json, draft)
         : hone__is(key, "againstDefault") ? read_comparison(json, draft)
         : hone__is(key, "cores")          ? hone__json_integer(json, &draft->cores)
         : hone__is(key, "policy")         ? hone__json_string(json, &draft->policy)
         : hone__is(key, "seconds")        ? read_number(json, &draft->seconds)
         : hone__is(key, "record")         ? hone__json_string(json, &draft->record)
                                           : hone__json_skip(json);
}

static bool is_usable(const hone__draft *draft) {
  bool plain = is_plain(draft->operation) && is_plain(draft->types) && is_plain(draft->backend) &&
               is_plain(draft->variant) && is_plain(draft->policy);
  for (uint32_t i = 0; i < draft->attribute_count; i++)
    plain = plain && is_plain(draft->attribute_names[i]) && is_plain(draft->attribute_values[i]);
  for (uint32_t i = 0; i < draft->dimension_count; i++) plain = plain && is_plain(draft->dimension_names[i]);
  for (uint32_t i = 0; i < draft->parameter_count; i++)
    plain = plain && is_plain(draft->parameter_names[i]) &&
            (draft->parameter_texts[i].text == NULL || is_plain(draft->parameter_texts[i]));
  return plain && draft->usable && draft->cores >= 1 && draft->cores <= INT32_MAX;
}

bool hone__draft_read(hone__json *json, hone__draft *draft) {
  hone__slice key;
  memset(draft, 0, sizeof *draft);
  draft->usable = true;
  draft->seconds = draft->speedup = draft->speedup_low = draft->speedup_high = (double)NAN;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key))
    if (!read_member(json, key, draft)) return false;
  draft->usable = is_usable(draft);
  return json->error == NULL;
}

/* ---- Transfers ---- */

static bool read_dimensions(hone__json *json, hone__draft *draft) {
  hone__slice name;
  if (!hone__json_enter(json, '[')) return false;
  while (hone__json_element(json)) {
    if (!hone__json_string(json, &name)) return false;
    if (draft->dimension_count == HONE_MAX_NAMES) return hone__json_fail(json, "a problem has too many dimensions");
    insert(draft->dimension_names, draft->dimension_count++, name);
  }
  return json->error == NULL;
}

static bool read_experiments(hone__json *json, hone__vector *experiments) {
  if (!hone__json_enter(json, '[')) return false;
  while (hone__json_element(json)) {
    double pair[2] = {0, 0};
    uint32_t count = 0;
    if (!hone__json_enter(json, '[')) return false;
    while (hone__json_element(json))
      if (!(count < 2 ? hone__json_double(json, &pair[count++]) : hone__json_skip(json))) return false;
    hone__regret *place = json->error == NULL ? hone__push(experiments, sizeof *place) : NULL;
    if (place == NULL) return hone__json_fail(json, "no memory");
    *place = (hone__regret){pair[0], pair[1]};
  }
  return json->error == NULL;
}

bool hone__transfer_read(hone__json *json, hone__draft *draft, hone__vector *experiments) {
  hone__slice key;
  memset(draft, 0, sizeof *draft);
  experiments->count = 0;
  draft->usable = true;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "operation")     ? hone__json_string(json, &draft->operation)
                : hone__is(key, "types")       ? hone__json_string(json, &draft->types)
                : hone__is(key, "attributes")  ? read_attributes(json, draft)
                : hone__is(key, "dimensions")  ? read_dimensions(json, draft)
                : hone__is(key, "experiments") ? read_experiments(json, experiments)
                                               : hone__json_skip(json);
    if (!fine) return false;
  }
  return json->error == NULL;
}
