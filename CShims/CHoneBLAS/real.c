/* real.c: finds the BLAS that would have been called without libhone_blas. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Where it was found. The handle is never closed. RTLD_NEXT is a handle like any other. */
static struct {
  pthread_mutex_t lock;
  atomic_bool found;
  void *handle;
  char path[4096];
} real = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool hone_blas__is_ours(const void *address) {
  Dl_info ours, other;
  return address != NULL && dladdr((void *)&real, &ours) != 0 && dladdr(address, &other) != 0 &&
         ours.dli_fbase == other.dli_fbase;
}

/* Does the handle lead to a BLAS that is not this library? Then its place is remembered. */
static bool accept(void *handle) {
  if (handle == NULL) return false;
  void *probe = dlsym(handle, "sgemm_");
  if (probe == NULL) probe = dlsym(handle, "cblas_sgemm");
  Dl_info place;
  if (probe == NULL || hone_blas__is_ours(probe) || dladdr(probe, &place) == 0) return false;
  strncpy(real.path, place.dli_fname, sizeof real.path - 1);
  real.handle = handle;
  return true;
}

static bool named(void) {
  const char *path = hone_blas__settings()->real;
  if (path == NULL) return false;
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const char *reason = handle == NULL ? dlerror() : "it has no sgemm, or it is libhone_blas itself";
  if (accept(handle)) return true;
  hone_blas__tell("HONE_BLAS_REAL=%s is not used: %s", path, reason != NULL ? reason : "it cannot be opened");
  return false;
}

/* A library that was opened with dlopen has its BLAS in a scope of its own, where RTLD_NEXT does not look: Python's
 * extension modules are such. Their dependencies are searched as the loader would have done it. */
static bool beside(const void *caller) {
  Dl_info place;
  if (caller == NULL || dladdr(caller, &place) == 0 || hone_blas__is_ours(caller)) return false;
  void *handle = dlopen(place.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (accept(handle)) return true;
  if (handle != NULL) dlclose(handle);
  return false;
}

static bool usual(void) {
  static const char *const names[] = {"libblas.so.3", "libopenblas.so.0", "libblis.so.4", "libmkl_rt.so.2",
                                      "libcblas.so.3"};
  for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
    void *handle = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (accept(handle)) return true;
    if (handle != NULL) dlclose(handle);
  }
  return false;
}

static bool next_alternative(void) {
  return hone_blas__open_alternative != NULL && accept(hone_blas__open_alternative());
}

static bool find(const void *caller) {
  if (named() || next_alternative() || accept(RTLD_NEXT) || beside(caller) || usual()) {
    atomic_store_explicit(&real.found, true, memory_order_release);
    return true;
  }
  return false;
}

void *hone_blas__real_function(const char *name, const void *caller) {
  pthread_mutex_lock(&real.lock);
  bool found = atomic_load_explicit(&real.found, memory_order_relaxed) || find(caller);
  pthread_mutex_unlock(&real.lock);
  return found ? dlsym(real.handle, name) : NULL;
}

void *hone_blas__real_extra(const char *name) {
  return atomic_load_explicit(&real.found, memory_order_acquire) ? dlsym(real.handle, name) : NULL;
}

const char *hone_blas_real_library(void) {
  return atomic_load_explicit(&real.found, memory_order_acquire) ? real.path : "";
}
