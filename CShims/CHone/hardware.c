/* hardware.c: facts of host.json's hardware as pairs of a path and a value, and how far two machines agree in them. */
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

/* Members of objects are facts of their own, everything else is a leaf. */
static bool read_value(hone__json *json, reading *r, size_t length) {
  hone__slice key;
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
    fine = hone__is(key, "hardware") && facts->count == 0 ? read_value(&json, &r, 0) : hone__json_skip(&json);
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

double hone__facts_agreement(const hone__vector *one, const hone__vector *other) {
  const hone__fact *a = (const void *)one->items, *b = (const void *)other->items;
  uint32_t i = 0, j = 0, all = 0, equal = 0;
  while (i < one->count || j < other->count) {
    int order = i == one->count ? 1 : j == other->count ? -1 : strcmp(a[i].path, b[j].path);
    equal += order == 0 && strcmp(a[i].value, b[j].value) == 0;
    i += order <= 0;
    j += order >= 0;
    all++;
  }
  return all == 0 ? 0 : (double)equal / all;
}
