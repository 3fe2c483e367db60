/* hone_engine.h: between libhone.so and its engine (Sources/HoneABI). Not installed; both come from one build. */
#ifndef HONE_ENGINE_H
#define HONE_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when anything below changes; libhone refuses an engine with another number. */
#define HONE_ENGINE_ABI 3

typedef struct hone_engine_field {
  const char *name;
  int64_t integer;
  const char *text; /* NULL where it is an integer */
} hone_engine_field;

/* A problem with all its fields, and how to compute it. */
typedef struct hone_engine_request {
  const char *operation, *types;
  const hone_engine_field *dimensions, *attributes, *parameters;
  uint32_t dimension_count, attribute_count, parameter_count;
  int32_t cores;
  int32_t packs; /* 1: B is constant, hone_engine_adopt may be called */
  /* NULL: the back end's default; parameters are none then. */
  const char *backend, *variant;
} hone_engine_request;

typedef struct hone_engine_plan {
  void *handle;
  uint64_t workspace_bytes;
  int32_t threads;
  /* 1: one execution of all such plans of the process at a time. */
  int32_t exclusive;
  /* 1: hone_engine_adopt first. */
  int32_t adopts;
  /* "hone gemm.f32.packed.6x16@x86v3 kc=256 threads=2" */
  char configuration[1024];
} hone_engine_plan;

/* Functions that can fail return a hone_status and write why into message (always ended by a 0). None of them prints.
 * All but execute are called by one thread at a time. */
int32_t hone_engine_abi(void);
/* folder: where the engine's own file lies; kernel libraries are looked for there too. */
int32_t hone_engine_start(const char *folder, char *message, size_t size);
/* The class that this machine belongs to, as `hone tune` names it. */
int32_t hone_engine_hardware_class(char *name, size_t size);
/* The libraries that back ends run, one "name=version" a line, sorted, as snprintf writes. */
size_t hone_engine_libraries(char *text, size_t size);
int32_t hone_engine_make_plan(const hone_engine_request *request, hone_engine_plan *plan, char *message, size_t size);
/* A plan that runs several embedding-bags together, its threads sharing the work of all: handles are their plans, which it keeps
 * alive. It is executed with an array of as many pointers to their structs. */
int32_t hone_engine_make_batch(void *const *handles, uint32_t count, int32_t threads, hone_engine_plan *plan, char *message,
                               size_t size);
/* Brings B of the arguments into the plan's own layout: *packed stands in b's place from then on, and lives as long as the plan. */
int32_t hone_engine_adopt(void *handle, const void *arguments, const void **packed, char *message, size_t size);
/* arguments: the operation's struct of hone_kernel.h. */
int32_t hone_engine_execute(void *handle, const void *arguments, char *message, size_t size);
void hone_engine_destroy_plan(void *handle);
/* In the child of a fork, before anything else: threads of the parent are given up. */
void hone_engine_forked(void);

#ifdef __cplusplus
}
#endif
#endif
