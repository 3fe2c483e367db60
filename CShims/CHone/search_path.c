/* search_path.c: where databases are looked for: the same folders in the same order as SearchPath (HoneDatabase). */
#define _GNU_SOURCE
#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* NULL where it is not set, empty, or the program runs with more rights than its caller. */
static const char *variable(const char *name) {
  const char *value = secure_getenv(name);
  return value == NULL || *value == 0 ? NULL : value;
}

typedef struct visiting {
  hone__visit visit;
  void *context;
  char seen[16][1024];
  uint32_t count;
} visiting;

static void visit_folder(visiting *v, const char *path) {
  struct stat facts;
  if (v->count == 16 || strlen(path) >= sizeof v->seen[0]) return;
  for (uint32_t i = 0; i < v->count; i++)
    if (strcmp(v->seen[i], path) == 0) return;
  if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) return;
  strcpy(v->seen[v->count++], path);
  v->visit(v->context, path);
}

void hone__search_path(hone__visit visit, void *context) {
  char path[1024];
  visiting v = {.visit = visit, .context = context};
  const char *chosen = variable("HONE_DB"), *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
  const char *system = variable("XDG_DATA_DIRS");
  if (chosen != NULL) visit_folder(&v, chosen);
  if (data != NULL) snprintf(path, sizeof path, "%s/hone/tuning-db", data);
  else snprintf(path, sizeof path, "%s/.local/share/hone/tuning-db", home == NULL ? "" : home);
  if (data != NULL || home != NULL) visit_folder(&v, path);
  for (const char *at = system == NULL ? "/usr/local/share:/usr/share" : system; *at != 0; at += *at == ':') {
    size_t length = strcspn(at, ":");
    if (length > 0 && length < 900) {
      snprintf(path, sizeof path, "%.*s/hone/tuning-db", (int)length, at);
      visit_folder(&v, path);
    }
    at += length;
  }
  visit_folder(&v, "tuning-db");
}
