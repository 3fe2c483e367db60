/* settings.c: the environment variables of libhone_blas, read once, and its switch. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

settings hone_blas__values;
atomic_bool hone_blas__values_read;
atomic_bool hone_blas__enabled = true;
_Thread_local bool hone_blas__inside THREAD_LOCAL_AT_START;

/* NULL also for an empty value, and for everything in a program that runs with more rights than its user. */
static const char *text(const char *name) {
  const char *value = secure_getenv(name);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The first number of a list ("4,2" is OpenMP's way to say more); 0 where there is none that makes sense. */
static int32_t number(const char *name) {
  const char *value = text(name);
  if (value == NULL) return 0;
  long parsed = strtol(value, NULL, 10);
  return parsed > 0 && parsed <= INT32_MAX ? (int32_t)parsed : 0;
}

static void read_environment(void) {
  settings values = {0};
  static const char *const thread_names[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
  for (size_t index = 0; index < 3 && values.caller_threads == 0; index++)
    values.caller_threads = number(thread_names[index]);
  values.hone_threads = number("HONE_THREADS");
  values.real = text("HONE_BLAS_REAL");
  values.library = text("HONE_LIBRARY");
  values.record = text("HONE_RECORD");
  const char *verbose = text("HONE_BLAS_VERBOSE"), *enabled = text("HONE_BLAS");
  values.verbose = verbose != NULL && strcmp(verbose, "0") != 0;
  if (enabled != NULL && strcmp(enabled, "0") == 0) atomic_store(&hone_blas__enabled, false);
  hone_blas__values = values;
  atomic_store_explicit(&hone_blas__values_read, true, memory_order_release);
}

void hone_blas__read_settings(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_environment);
}

int32_t hone_blas_set_enabled(int32_t enabled) {
  (void)hone_blas__settings();
  int32_t before = atomic_exchange(&hone_blas__enabled, enabled != 0) ? 1 : 0;
  atomic_fetch_add(&hone_blas__generation, 1);
  return before;
}

void hone_blas__tell(const char *format, ...) {
  char line[1024] = "hone_blas: ";
  size_t begin = strlen(line), room = sizeof line - begin - 1;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line + begin, room, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  size_t end = begin + ((size_t)length < room ? (size_t)length : room - 1);
  line[end] = '\n';
  /* One write, so that lines of several threads do not mix; nothing can be done where it fails. */
  if (write(STDERR_FILENO, line, end + 1) < 0) return;
}

static void prepare(void) {
  hone_blas__engine_fork(FORK_PREPARE);
  hone_blas__cache_fork(FORK_PREPARE);
  hone_blas__record_fork(FORK_PREPARE);
}

static void after_in_parent(void) {
  hone_blas__record_fork(FORK_PARENT);
  hone_blas__cache_fork(FORK_PARENT);
  hone_blas__engine_fork(FORK_PARENT);
}

static void after_in_child(void) {
  hone_blas__record_fork(FORK_CHILD);
  hone_blas__cache_fork(FORK_CHILD);
  hone_blas__engine_fork(FORK_CHILD);
}

__attribute__((constructor)) static void begin(void) {
  (void)hone_blas__settings();
  pthread_atfork(prepare, after_in_parent, after_in_child);
}
