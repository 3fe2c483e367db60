/* engine.c: loads the engine once a process, lets one thread at a time into it, and survives fork. */
#define _GNU_SOURCE
#include "run.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENGINE_FILE "libhone-engine.so"

atomic_uint hone__generation;
pthread_mutex_t hone__team_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t hone__renewal_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t hone__default_lock = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;
static hone__engine engine;
static _Atomic(const hone__engine *) loaded;
static unsigned engine_generation;
/* The engine forks too, to try a library in a child: then the lock is this thread's own. */
static _Thread_local bool inside;

/* Where the process's threads may run, as long as nobody has bound them: threads that the engine starts begin with the
 * binding of whoever starts them, and that may be one processor. */
static cpu_set_t allowed_at_start;

/* ---- fork ---- */

static void before_fork(void) {
  if (!inside) pthread_mutex_lock(&engine_lock);
}

static void after_fork(void) {
  if (!inside) pthread_mutex_unlock(&engine_lock);
}

/* Locks that threads of the parent held would stay locked for ever. */
static void after_fork_in_child(void) {
  static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  if (inside) return;
  engine_lock = fresh;
  hone__team_lock = fresh;
  hone__renewal_lock = fresh;
  hone__default_lock = fresh;
  atomic_fetch_add(&hone__generation, 1);
}

__attribute__((constructor)) static void prepare(void) {
  CPU_ZERO(&allowed_at_start);
  sched_getaffinity(getpid(), sizeof allowed_at_start, &allowed_at_start);
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

/* ---- Loading ---- */

/* The folder that a file lies in. */
static void folder_of(const char *path, char *folder, size_t size) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) snprintf(folder, size, ".");
  else snprintf(folder, size, "%.*s", (int)(slash - path), path);
}

static bool beside_us(const char *below, char *path, size_t size) {
  Dl_info info;
  char folder[2048];
  if (dladdr((void *)(uintptr_t)prepare, &info) == 0 || info.dli_fname == NULL) return false;
  folder_of(info.dli_fname, folder, sizeof folder);
  return snprintf(path, size, "%s/%s" ENGINE_FILE, folder, below) < (int)size && access(path, R_OK) == 0;
}

static bool find_engine(const char *wanted, char *path, size_t size) {
  const char *told = wanted != NULL ? wanted : secure_getenv("HONE_ENGINE");
  if (told != NULL && *told != 0) return snprintf(path, size, "%s", told) < (int)size;
  return beside_us("", path, size) || beside_us("hone/", path, size);
}

/* A function's address, through an object pointer: ISO C has no other way. */
static bool resolve(void *library, const char *name, void *function) {
  void *address = dlsym(library, name);
  memcpy(function, &address, sizeof address);
  return address != NULL;
}

static hone_status open_engine(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) return hone__fail(HONE_ERROR_UNAVAILABLE, "the engine cannot be loaded: %s", dlerror());
  int32_t (*abi)(void);
  bool whole = resolve(library, "hone_engine_abi", &abi) && resolve(library, "hone_engine_start", &engine.start) &&
               resolve(library, "hone_engine_hardware_class", &engine.hardware_class) &&
               resolve(library, "hone_engine_libraries", &engine.libraries) &&
               resolve(library, "hone_engine_make_plan", &engine.make_plan) &&
               resolve(library, "hone_engine_make_batch", &engine.make_batch) &&
               resolve(library, "hone_engine_adopt", &engine.adopt) &&
               resolve(library, "hone_engine_execute", &engine.execute) &&
               resolve(library, "hone_engine_destroy_plan", &engine.destroy_plan) &&
               resolve(library, "hone_engine_forked", &engine.forked);
  if (!whole || abi() != HONE_ENGINE_ABI)
    return hone__fail(HONE_ERROR_UNAVAILABLE, "%s belongs to another libhone. Install both from one build.", path);
  return HONE_OK;
}

/* Reading the machine's topology may move the caller about, and new threads begin where their maker may run. */
static hone_status start_engine(const char *wanted) {
  char path[4096], folder[4096], message[400] = "";
  if (!find_engine(wanted, path, sizeof path))
    return hone__fail(HONE_ERROR_UNAVAILABLE, ENGINE_FILE " is neither beside libhone.so nor in hone/ there. Install it, or name it in HONE_ENGINE.");
  hone_status status = open_engine(path);
  if (status != HONE_OK) return status;
  folder_of(path, folder, sizeof folder);
  int32_t code = engine.start(folder, message, sizeof message);
  if (code != HONE_OK) return hone__fail((hone_status)code, "%s", message);
  atomic_store(&loaded, &engine);
  return HONE_OK;
}

static cpu_set_t binding_of_caller;

static void free_caller(void) {
  sched_getaffinity(0, sizeof binding_of_caller, &binding_of_caller);
  if (CPU_COUNT(&allowed_at_start) > 0) sched_setaffinity(0, sizeof allowed_at_start, &allowed_at_start);
}

hone_status hone__engine_enter(const char *path, const hone__engine **result) {
  pthread_mutex_lock(&engine_lock);
  inside = true;
  free_caller();
  hone_status status = atomic_load(&loaded) != NULL ? HONE_OK : start_engine(path);
  if (status != HONE_OK) {
    hone__engine_leave();
    return status;
  }
  if (engine_generation != atomic_load(&hone__generation)) {
    engine.forked();
    engine_generation = atomic_load(&hone__generation);
  }
  *result = &engine;
  return HONE_OK;
}

void hone__engine_leave(void) {
  sched_setaffinity(0, sizeof binding_of_caller, &binding_of_caller);
  inside = false;
  pthread_mutex_unlock(&engine_lock);
}

const hone__engine *hone__engine_loaded(void) { return atomic_load_explicit(&loaded, memory_order_acquire); }
