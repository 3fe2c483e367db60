/* context.c: opens and closes everything that look-ups need. */
#define _GNU_SOURCE
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which class is this machine? ---- */

typedef struct recognition {
  char *name;
  uint32_t count;
} recognition;

static void try_class(const hone_context *context, const hone__database *database, const char *name, recognition *found) {
  char path[4096];
  size_t size;
  if (found->name != NULL && strcmp(found->name, name) == 0) return;
  snprintf(path, sizeof path, "%s/hosts/%s/host.json", database->path, name);
  char *text = hone__file_read(path, (size_t)16 << 20, &size);
  if (text != NULL && hone__host_fits(&context->host, text, size)) {
    if (found->count++ == 0) found->name = strdup(name);
  }
  free(text);
}

/* The only class that fits; where several do, none: a guess would be silent. */
static char *recognise(hone_context *context) {
  recognition found = {NULL, 0};
  for (uint32_t d = 0; d < context->database_count; d++)
    for (uint32_t c = 0; c < context->databases[d].class_count; c++)
      try_class(context, &context->databases[d], context->databases[d].classes[c].name, &found);
  if (found.count == 1) return found.name;
  if (found.count > 1)
    hone__add_finding(context, "%u hardware classes look like this machine, %s among them; name one in HONE_HARDWARE_CLASS",
                      found.count, found.name == NULL ? "" : found.name);
  free(found.name);
  return strdup("");
}

static char *own_class(const hone_options *options, hone_context *context) {
  const char *told = options->hardware_class != NULL ? options->hardware_class : secure_getenv("HONE_HARDWARE_CLASS");
  context->is_told = told != NULL && *told != 0;
  return context->is_told ? strdup(told) : recognise(context);
}

/* ---- Databases ---- */

static bool add_database(void *opaque, const char *path) {
  hone_context *context = opaque;
  hone__database *larger = realloc(context->databases, (context->database_count + 1) * sizeof *larger);
  if (larger == NULL) return false;
  context->databases = larger;
  if (hone__database_open(&larger[context->database_count], path, context) == HONE_OK) context->database_count++;
  else hone__add_finding(context, "%s", hone_last_error());
  return true;
}

static hone_status open_databases(const hone_options *options, hone_context *context) {
  if (options->database == NULL) {
    hone__search_path(add_database, context);
    return HONE_OK;
  }
  context->databases = calloc(1, sizeof *context->databases);
  if (context->databases == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for a database");
  hone_status status = hone__database_open(&context->databases[0], options->database, context);
  if (status != HONE_OK) return status;
  context->database_count = 1;
  /* Whoever names a database wants its answers: a class that cannot be read is no small matter then. */
  if (context->databases[0].class_count == 0 && context->findings.count > 0)
    return hone__fail(HONE_ERROR_UNUSABLE_DATA, "%.*s", (int)context->findings.count - 1, context->findings.items);
  return HONE_OK;
}

/* ---- The interface ---- */

static hone_status check(const hone_options *options) {
  if (options->struct_size < sizeof *options)
    return hone__fail(HONE_ERROR_ARGUMENT, "the options' struct_size is %zu, not sizeof(hone_options). Use HONE_OPTIONS_INIT.",
                      options->struct_size);
  if (options->cores < 0) return hone__fail(HONE_ERROR_ARGUMENT, "cores cannot be %d. Give 1 or more, or 0 for all.", options->cores);
  const char *policy = options->policy;
  if (policy != NULL && strncmp(policy, "warm", 4) != 0 && strncmp(policy, "cold", 4) != 0)
    return hone__fail(HONE_ERROR_ARGUMENT, "the policy must begin with warm or cold, not '%.60s'.", policy);
  return HONE_OK;
}

static hone_status set_up(const hone_options *options, hone_context *context) {
  hone__host_read(&context->host, "/");
  context->cores = options->cores > 0 ? options->cores : context->host.budget;
  context->policy = strdup(options->policy == NULL ? "warm" : options->policy);
  context->engine_path = options->engine == NULL ? NULL : strdup(options->engine);
  context->plans = hone__plans_make();
  hone_status status = open_databases(options, context);
  if (status != HONE_OK) return status;
  context->hardware_class = own_class(options, context);
  if (context->policy == NULL || context->hardware_class == NULL || context->plans == NULL ||
      (options->engine != NULL && context->engine_path == NULL))
    return hone__fail(HONE_ERROR_MEMORY, "no memory for a context");
  bool memory = options->libraries == NULL || hone__judge(context, options->libraries, HONE__CALLER);
  for (uint32_t i = 0; i < context->database_count; i++)
    memory = hone__database_set_own(&context->databases[i], context->hardware_class) && memory;
  return memory ? HONE_OK : hone__fail(HONE_ERROR_MEMORY, "no memory for a context");
}

hone_status hone_open(const hone_options *given, hone_context **result) {
  const hone_options defaults = HONE_OPTIONS_INIT, *options = given == NULL ? &defaults : given;
  if (result == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "hone_open needs a place for the context.");
  *result = NULL;
  hone_status status = check(options);
  if (status != HONE_OK) return status;
  hone_context *context = calloc(1, sizeof *context);
  if (context == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for a context");
  status = set_up(options, context);
  if (status != HONE_OK) {
    hone_close(context);
    return status;
  }
  *result = context;
  return HONE_OK;
}

void hone_close(hone_context *context) {
  if (context == NULL) return;
  hone__plans_free(context->plans);
  for (uint32_t i = 0; i < context->database_count; i++) hone__database_close(&context->databases[i]);
  free(context->databases);
  free(context->hardware_class);
  free(context->policy);
  free(context->engine_path);
  for (int judge = 0; judge < HONE__JUDGES; judge++) free(context->libraries[judge]);
  hone__vector_free(&context->findings);
  free(context);
}

const char *hone_context_hardware_class(const hone_context *context) { return context == NULL ? "" : context->hardware_class; }

int32_t hone_context_cores(const hone_context *context) { return context == NULL ? 0 : context->cores; }

int64_t hone_context_rows(const hone_context *context) {
  int64_t rows = 0;
  for (uint32_t d = 0; context != NULL && d < context->database_count; d++)
    for (uint32_t c = 0; c < context->databases[d].class_count; c++)
      rows += (int64_t)hone__count(&context->databases[d].classes[c].index, HONE__ROWS);
  return rows;
}

static void add_string(hone__text *text, const char *name, const char *value) {
  hone__text_add(text, "\"%s\":\"", name);
  for (; *value != 0; value++)
    if ((unsigned char)*value >= 32) hone__text_add(text, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
  hone__text_add(text, "\",");
}

size_t hone_context_host(const hone_context *context, char *buffer, size_t size) {
  hone__text text;
  hone__text_start(&text, buffer, size);
  if (context == NULL) return 0;
  const hone__host *host = &context->host;
  hone__text_add(&text, "{");
  add_string(&text, "vendor", host->vendor);
  add_string(&text, "model", host->model);
  add_string(&text, "architecture", host->architecture);
  add_string(&text, "instructionSet", host->instruction_set);
  add_string(&text, "hardwareClass", context->hardware_class);
  hone__text_add(&text, "\"packages\":%d,\"cores\":%d,\"threadsPerCore\":%d,\"memoryGiB\":%lld,\"budget\":%d}", host->packages,
                 host->cores, host->threads_per_core, (long long)host->memory_gib, host->budget);
  return text.length;
}

size_t hone_context_bytes(const hone_context *context) { return context == NULL ? 0 : context->bytes + sizeof *context; }

size_t hone_context_findings(const hone_context *context, char *buffer, size_t size) {
  hone__text text;
  hone__text_start(&text, buffer, size);
  if (context != NULL && context->findings.count > 0)
    hone__text_add(&text, "%.*s", (int)context->findings.count, context->findings.items);
  return text.length;
}
