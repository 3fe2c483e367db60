/* tables.c: many embedding-bags in one call: each table has a plan of its own, and one plan of the engine runs them together. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>

struct hone_bag_tables {
  int32_t count;
  hone_plan **plans;
  hone__arguments *arguments;
  const void **pointers; /* to the arguments of each table */
  hone_engine_plan made;
  pthread_mutex_t lock;
  unsigned generation;
};

/* The message of the last failure, with the table's number before it. */
static hone_status name_table(hone_status status, int32_t table) {
  char message[400];
  snprintf(message, sizeof message, "%s", hone_last_error());
  return hone__fail(status, "table %d: %s", table, message);
}

static hone_status allocate(int32_t count, hone_bag_tables **result) {
  size_t n = (size_t)count;
  hone_bag_tables *tables = calloc(1, sizeof *tables);
  if (tables == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for %d tables", count);
  *result = tables;
  tables->count = count;
  tables->plans = calloc(n, sizeof *tables->plans);
  tables->arguments = calloc(n, sizeof *tables->arguments);
  tables->pointers = calloc(n, sizeof *tables->pointers);
  tables->generation = atomic_load(&hone__generation);
  pthread_mutex_init(&tables->lock, NULL);
  if (tables->plans == NULL || tables->arguments == NULL || tables->pointers == NULL)
    return hone__fail(HONE_ERROR_MEMORY, "no memory for %d tables", count);
  for (size_t i = 0; i < n; i++) tables->pointers[i] = &tables->arguments[i];
  return HONE_OK;
}

static hone_status plan_each(hone_context *context, const hone_embedding_bag_shape *shapes, hone_bag_tables *tables) {
  for (int32_t i = 0; i < tables->count; i++) {
    const void *shape = (const char *)shapes + (size_t)i * shapes->struct_size;
    hone__call call;
    hone_status status = hone__call_bag(shape, &call);
    if (status == HONE_OK) status = hone__plan_make(context, &call, NULL, &tables->plans[i]);
    if (status == HONE_OK && tables->plans[i]->made.workspace_bytes > 0)
      status = hone__fail(HONE_ERROR_UNAVAILABLE, "its variant needs a workspace, which tables cannot share.");
    if (status != HONE_OK) return name_table(status, i);
  }
  return HONE_OK;
}

static hone_status plan_together(hone_bag_tables *tables, int32_t cores) {
  const hone__engine *engine;
  char message[400] = "";
  void **handles = malloc((size_t)tables->count * sizeof *handles);
  if (handles == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for %d tables", tables->count);
  for (int32_t i = 0; i < tables->count; i++) handles[i] = tables->plans[i]->made.handle;
  hone_status status = hone__engine_enter(NULL, &engine);
  if (status == HONE_OK) {
    int32_t code = engine->make_batch(handles, (uint32_t)tables->count, cores, &tables->made, message, sizeof message);
    hone__engine_leave();
    if (code != HONE_OK) status = hone__fail((hone_status)code, "%s", message);
  }
  free(handles);
  return status;
}

hone_status hone_bag_tables_create(hone_context *context, const hone_embedding_bag_shape *shapes, int32_t count,
                                   hone_bag_tables **tables) {
  if (tables == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a place for the tables is needed.");
  *tables = NULL;
  if (shapes == NULL || count < 1) return hone__fail(HONE_ERROR_ARGUMENT, "the shape of one table at least is needed.");
  if (context == NULL) context = hone__default_context();
  if (context == NULL) return HONE_ERROR_MEMORY;
  hone_bag_tables *made = NULL;
  hone_status status = allocate(count, &made);
  if (status == HONE_OK) status = plan_each(context, shapes, made);
  if (status == HONE_OK) status = plan_together(made, context->cores);
  if (status == HONE_OK) *tables = made;
  else hone_bag_tables_destroy(made);
  return status;
}

hone_status hone_bag_tables_execute(hone_bag_tables *tables, const hone_bag_operands *operands) {
  if (tables == NULL || operands == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "tables and operands are needed.");
  if (tables->generation != atomic_load(&hone__generation))
    return hone__fail(HONE_ERROR_ARGUMENT, "the tables were planned before a fork. Create them anew in the child.");
  for (int32_t i = 0; i < tables->count; i++) {
    const hone_bag_operands *o = &operands[i];
    hone_status status = hone__operands_check(&tables->plans[i]->call, &(hone__operands){{o->table, o->indices, o->offsets, o->weights}, o->output, NULL, false, NULL});
    if (status != HONE_OK) return name_table(status, i);
  }
  char message[400] = "";
  pthread_mutex_t *lock = tables->made.exclusive != 0 ? &hone__team_lock : &tables->lock;
  pthread_mutex_lock(lock);
  for (int32_t i = 0; i < tables->count; i++) {
    const hone_bag_operands *o = &operands[i];
    hone__arguments_fill(&tables->arguments[i], &tables->plans[i]->call, &(hone__operands){{o->table, o->indices, o->offsets, o->weights}, o->output, NULL, false, NULL});
  }
  int32_t code = hone__engine_loaded()->execute(tables->made.handle, tables->pointers, message, sizeof message);
  pthread_mutex_unlock(lock);
  return code == HONE_OK ? HONE_OK : hone__fail((hone_status)code, "%s", message);
}

void hone_bag_tables_destroy(hone_bag_tables *tables) {
  if (tables == NULL) return;
  const hone__engine *engine;
  bool ours = tables->generation == atomic_load(&hone__generation);
  if (tables->made.handle != NULL && ours && hone__engine_enter(NULL, &engine) == HONE_OK) {
    engine->destroy_plan(tables->made.handle);
    hone__engine_leave();
  }
  for (int32_t i = 0; tables->plans != NULL && i < tables->count; i++) hone_plan_destroy(tables->plans[i]);
  pthread_mutex_destroy(&tables->lock);
  free(tables->plans);
  free(tables->arguments);
  free(tables->pointers);
  free(tables);
}
