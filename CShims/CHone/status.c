/* status.c: versions, names of numbers, and what went wrong in this thread. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define LAST_ERROR_BYTES 512

static _Thread_local char last_error[LAST_ERROR_BYTES];

hone_status hone__fail(hone_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return status;
}

const char *hone_last_error(void) { return last_error; }

const char *hone_version(void) { return HONE_VERSION; }

int32_t hone_abi(void) { return HONE_ABI; }

static const char *name(const char *const *names, int32_t count, int32_t number) {
  return number >= 0 && number < count ? names[number] : "unknown";
}

const char *hone_status_name(int32_t status) {
  static const char *const names[] = {"ok",     "argument", "unusable data", "unavailable",
                                      "memory", "range",    "internal"};
  return name(names, sizeof names / sizeof *names, status);
}

const char *hone_grade_name(int32_t grade) {
  static const char *const names[] = {"exact", "same-hardware", "near-shape", "near-hardware", "default"};
  return name(names, sizeof names / sizeof *names, grade);
}
