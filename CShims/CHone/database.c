/* database.c: opens a database folder: an index and the hardware facts of each class below hosts/. */
#define _GNU_SOURCE
#include "context.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_HOST_DOCUMENT ((size_t)16 << 20)

void hone__add_finding(hone_context *context, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
  char *place = hone__extend(&context->findings, 1, (uint32_t)size + 1);
  if (place == NULL) return;
  memcpy(place, line, size);
  place[size] = '\n';
}

/* ---- Classes ---- */

static void class_close(hone__class *class) {
  hone__index_close(&class->index);
  hone__facts_free(&class->facts);
  free(class->runs);
  free(class->cell_runs);
  for (int judge = 0; judge < HONE__JUDGES; judge++) free(class->stale[judge]);
  free(class->differs);
  free(class->name);
}

static bool runs_set(const hone__index *index, uint32_t set) {
  return set == HONE__ANY_SET || hone__host_runs(index->strings + set);
}

static bool mark_runnable(hone__class *class) {
  const hone__index *index = &class->index;
  uint64_t variants = hone__count(index, HONE__VARIANTS), cells = hone__count(index, HONE__CELLS);
  class->runs = malloc(variants + 1);
  class->cell_runs = malloc(cells + 1);
  bool memory = class->runs != NULL && class->cell_runs != NULL;
  for (int judge = 0; judge < HONE__JUDGES; judge++) {
    class->stale[judge] = calloc(1, variants + 1);
    memory = memory && class->stale[judge] != NULL;
  }
  if (!memory) return false;
  for (uint64_t i = 0; i < variants; i++) class->runs[i] = runs_set(index, index->variants[i].instruction_set);
  for (uint64_t i = 0; i < cells; i++) {
    /* Neighbouring cells mostly ask for the same set, and asking the CPU takes a while in a virtual machine. */
    bool same = i > 0 && index->cells[i].instruction_set == index->cells[i - 1].instruction_set;
    class->cell_runs[i] = same ? class->cell_runs[i - 1] : runs_set(index, index->cells[i].instruction_set);
  }
  return true;
}

static void read_facts(hone__class *class, const char *folder) {
  char path[4096];
  size_t size;
  snprintf(path, sizeof path, "%s/host.json", folder);
  char *text = hone__file_read(path, LARGEST_HOST_DOCUMENT, &size);
  if (text != NULL) hone__facts_read(&class->facts, text, size);
  free(text);
}

static hone_status class_open(hone__class *class, const char *folder, const char *name, hone_context *context) {
  char path[4096];
  memset(class, 0, sizeof *class);
  snprintf(path, sizeof path, "%s/best.json", folder);
  /* A class that serves nothing may still be the caller's, and then its hardware matters. */
  bool empty = access(path, F_OK) != 0;
  hone_status status = empty ? hone__index_empty(&class->index) : hone__index_load(path, &class->index);
  if (status != HONE_OK) return status;
  class->name = strdup(name);
  read_facts(class, folder);
  if (class->name == NULL || !mark_runnable(class)) {
    class_close(class);
    return hone__fail(HONE_ERROR_MEMORY, "no memory for %s", path);
  }
  uint64_t skipped = class->index.header->skipped;
  if (skipped > 0) hone__add_finding(context, "%s: %llu rows are unusable and were skipped", path, (unsigned long long)skipped);
  context->bytes += class->index.header->bytes + hone__count(&class->index, HONE__CELLS);
  return HONE_OK;
}

/* ---- Databases ---- */

static int is_name(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int by_bytes(const struct dirent **one, const struct dirent **other) {
  return strcmp((*one)->d_name, (*other)->d_name);
}

/* A class that cannot be used is a finding. */
static hone_status add_class(hone__database *database, const char *name, hone_context *context) {
  char folder[4000];
  struct stat facts;
  if (snprintf(folder, sizeof folder, "%s/hosts/%s", database->path, name) >= (int)sizeof folder) return HONE_OK;
  if (stat(folder, &facts) != 0 || !S_ISDIR(facts.st_mode)) return HONE_OK;
  hone_status status = class_open(&database->classes[database->class_count], folder, name, context);
  if (status == HONE_OK) database->class_count++;
  else if (status != HONE_ERROR_MEMORY) hone__add_finding(context, "%s", hone_last_error());
  return status == HONE_ERROR_MEMORY ? status : HONE_OK;
}

hone_status hone__database_open(hone__database *database, const char *path, hone_context *context) {
  char hosts[4000];
  struct stat facts;
  struct dirent **entries = NULL;
  *database = (hone__database){.own = -1};
  if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode))
    return hone__fail(HONE_ERROR_UNUSABLE_DATA, "there is no tuning database at %.300s. Run `hone tune` to make one.", path);
  if (snprintf(hosts, sizeof hosts, "%s/hosts", path) >= (int)sizeof hosts)
    return hone__fail(HONE_ERROR_ARGUMENT, "the path of a database is too long");
  int count = scandir(hosts, &entries, is_name, by_bytes);
  if (count < 0 && errno != ENOENT)
    return hone__fail(HONE_ERROR_UNUSABLE_DATA, "cannot read %.300s: %s.", hosts, strerror(errno));
  database->path = strdup(path);
  database->classes = calloc((size_t)(count > 0 ? count : 1), sizeof *database->classes);
  hone_status status = database->path == NULL || database->classes == NULL
                           ? hone__fail(HONE_ERROR_MEMORY, "no memory for a database")
                           : HONE_OK;
  for (int i = 0; i < count; i++) {
    if (status == HONE_OK) status = add_class(database, entries[i]->d_name, context);
    free(entries[i]);
  }
  free(entries);
  if (status != HONE_OK) hone__database_close(database);
  return status;
}

void hone__database_close(hone__database *database) {
  for (uint32_t i = 0; i < database->class_count; i++) class_close(&database->classes[i]);
  free(database->classes);
  free(database->path);
  *database = (hone__database){.own = -1};
}

static bool compare_hardware(const hone__vector *own, hone__class *class) {
  char lines[2048];
  hone__text text;
  free(class->differs);
  class->differs = NULL;
  class->distance = 1;
  if (own->count == 0 || class->facts.count == 0) return true;
  hone__text_start(&text, lines, sizeof lines);
  class->distance = hone__hardware_distance(own, &class->facts, &text);
  if (text.length > 0) class->differs = strdup(lines);
  return text.length == 0 || class->differs != NULL;
}

bool hone__database_set_own(hone__database *database, const char *hardware_class) {
  static const hone__vector nothing = {NULL, 0, 0};
  bool memory = true;
  database->own = -1;
  for (uint32_t i = 0; i < database->class_count; i++)
    if (strcmp(database->classes[i].name, hardware_class) == 0) database->own = (int32_t)i;
  const hone__vector *own = database->own < 0 ? &nothing : &database->classes[database->own].facts;
  for (uint32_t i = 0; i < database->class_count; i++)
    memory = compare_hardware(own, &database->classes[i]) && memory;
  return memory;
}
