/* hardware.c: facts of host.json's hardware as pairs of a path and a value. */
#define _GNU_SOURCE
#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
  hone__vector *facts;
  char path[512];
} reading;

/* JSON text without the blanks between its tokens. */
static char *without_blanks(const char *text, size_t size) {
  char *copy = malloc(size + 1), *to = copy;
  bool quoted = false;
  for (size_t i = 0; copy != NULL && i < size; i++) {
    bool blank = text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r';
    if (quoted || !blank) *to++ = text[i];
    if (quoted && text[i] == '\\' && i + 1 < size) *to++ = text[++i];
    else if (text[i] == '"') quoted = !quoted;
  }
  if (copy != NULL) *to = 0;
  return copy;
}

static bool add_leaf(hone__json *json, reading *r) {
  hone__json_peek(json);
  const char *start = json->at;
  bool none = *start == 'n';
  if (!hone__json_skip(json)) return false;
  if (none) return true;
  hone__fact *fact = hone__push(r->facts, sizeof *fact);
  if (fact == NULL) return hone__json_fail(json, "no memory");
  fact->path = strdup(r->path);
  fact->value = without_blanks(start, (size_t)(json->at - start));
  return (fact->path != NULL && fact->value != NULL) || hone__json_fail(json, "no memory");
}

/* ---- Caches: a list of objects, which are told apart by their names ---- */

#define CACHES "/caches"

static bool has_cache(const reading *r, const char *prefix) {
  const hone__fact *facts = (const void *)r->facts->items;
  for (uint32_t i = 0; i < r->facts->count; i++)
    if (strncmp(facts[i].path, prefix, strlen(prefix)) == 0) return true;
  return false;
}

/* The name of a cache, "" where it has none; the text is changed. */
static void name_of_cache(char *text, size_t size, char *name, size_t most) {
  hone__json json;
  hone__slice key, value;
  hone__json_start(&json, text, size);
  *name = 0;
  if (!hone__json_enter(&json, '{')) return;
  while (hone__json_member(&json, &key)) {
    bool wanted = hone__is(key, "name") && hone__json_peek(&json) == '"';
    if (!wanted) hone__json_skip(&json);
    else if (hone__json_string(&json, &value) && value.size < most && memchr(value.text, 0, value.size) == NULL)
      snprintf(name, most, "%.*s", (int)value.size, value.text);
  }
}

static bool read_value(hone__json *json, reading *r, size_t length);

/* One object of the list as facts "/caches#L3/bytes"; of several with the same name the first counts. */
static bool add_cache(hone__json *json, reading *r) {
  char name[32], *copy;
  hone__json_peek(json);
  char *start = json->at;
  if (*start != '{') return hone__json_skip(json);
  if (!hone__json_skip(json)) return false;
  size_t size = (size_t)(json->at - start);
  copy = malloc(size + 1);
  if (copy == NULL) return hone__json_fail(json, "no memory");
  memcpy(copy, start, size);
  copy[size] = 0;
  name_of_cache(copy, size, name, sizeof name);
  free(copy);
  char before[64];
  snprintf(before, sizeof before, CACHES "#%s/", name);
  if (has_cache(r, before)) return true;
  hone__json inner;
  hone__json_start(&inner, start, size);
  size_t length = strlen(before) - 1;
  snprintf(r->path, sizeof r->path, "%.*s", (int)length, before);
  return read_value(&inner, r, length) || hone__json_fail(json, inner.error);
}

static bool read_caches(hone__json *json, reading *r) {
  if (!hone__json_enter(json, '[')) return false;
  while (hone__json_element(json))
    if (!add_cache(json, r)) return false;
  strcpy(r->path, CACHES);
  return json->error == NULL;
}

/* Members of objects are facts of their own, everything else is a leaf. */
static bool read_value(hone__json *json, reading *r, size_t length) {
  hone__slice key;
  if (hone__json_peek(json) == '[' && strcmp(r->path, CACHES) == 0) return read_caches(json, r);
  if (hone__json_peek(json) != '{') return add_leaf(json, r);
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    if (length + key.size + 2 > sizeof r->path) return hone__json_fail(json, "a fact's name is too long");
    r->path[length] = '/';
    memcpy(r->path + length + 1, key.text, key.size);
    r->path[length + 1 + key.size] = 0;
    if (!read_value(json, r, length + 1 + key.size)) return false;
    r->path[length] = 0;
  }
  return json->error == NULL;
}

static int compare_paths(const void *one, const void *other) {
  return strcmp(((const hone__fact *)one)->path, ((const hone__fact *)other)->path);
}

void hone__facts_read(hone__vector *facts, char *text, size_t size) {
  hone__json json;
  hone__slice key;
  reading r = {facts, ""};
  hone__json_start(&json, text, size);
  bool fine = hone__json_enter(&json, '{');
  while (fine && hone__json_member(&json, &key))
    fine = hone__is(key, "hardware") && hone__json_peek(&json) == '{' && facts->count == 0 ? read_value(&json, &r, 0) : hone__json_skip(&json);
  if (json.error != NULL) hone__facts_free(facts);
  if (facts->count > 1) qsort(facts->items, facts->count, sizeof(hone__fact), compare_paths);
}

void hone__facts_free(hone__vector *facts) {
  hone__fact *items = (void *)facts->items;
  for (uint32_t i = 0; i < facts->count; i++) {
    free(items[i].path);
    free(items[i].value);
  }
  hone__vector_free(facts);
}
