/* validity.c: is a row still about the libraries that are here? As Validity (HoneDatabase) judges it. */
#define _GNU_SOURCE
#include "context.h"

#include <stdlib.h>
#include <string.h>

/* The version of a library in lines of "name=version"; a NULL text where it is not named. */
static hone__slice version_in(const char *lines, const char *name, size_t size) {
  for (const char *line = lines; *line != 0;) {
    size_t length = strcspn(line, "\n");
    if (length > size && line[size] == '=' && memcmp(line, name, size) == 0)
      return (hone__slice){line + size + 1, length - size - 1};
    line += length + (line[length] == '\n');
  }
  return (hone__slice){NULL, 0};
}

/* The part of a variant's libraries (see index.h) that begins at `at`; *next: behind it. */
static hone__slice part(const char *at, const char **next) {
  size_t size = 0;
  while (at[size] != 0 && at[size] != HONE__KEY_END) size++;
  *next = at + size + (at[size] == HONE__KEY_END);
  return (hone__slice){at, size};
}

bool hone__changes(const char *stored, const char *libraries, hone__text *text) {
  bool changed = false;
  for (const char *at = stored; *at != 0;) {
    hone__slice name = part(at, &at), then = part(at, &at);
    hone__slice now = version_in(libraries, name.text, name.size);
    if (now.text != NULL && now.size == then.size && memcmp(now.text, then.text, then.size) == 0) continue;
    changed = true;
    if (text == NULL) continue;
    hone__text_add(text, "%s%.*s", text->length ? "\n" : "", (int)name.size, name.text);
    if (now.text == NULL) hone__text_add(text, " %.*s is not here", (int)then.size, then.text);
    else hone__text_add(text, ": %.*s then, %.*s now", (int)then.size, then.text, (int)now.size, now.text);
  }
  return changed;
}

bool hone__judge(hone_context *context, const char *libraries, int judge) {
  char *copy = strdup(libraries);
  if (copy == NULL) return false;
  free(context->libraries[judge]);
  context->libraries[judge] = copy;
  for (uint32_t d = 0; d < context->database_count; d++)
    for (uint32_t c = 0; c < context->databases[d].class_count; c++) {
      hone__class *class = &context->databases[d].classes[c];
      const hone__index *index = &class->index;
      for (uint64_t i = 0; i < hone__count(index, HONE__VARIANTS); i++)
        class->stale[judge][i] = hone__changes(index->strings + index->variants[i].libraries, libraries, NULL);
    }
  return true;
}
