/* budget.c: how many cores one call may use: what the caller told the environment, or the real library at run time. */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "internal.h"

typedef int count_function(void);

/* Functions of the real library that know what the program asked for at run time, looked up once. */
typedef struct question {
  const char *name;
  _Atomic(count_function *) function;
} question;

static int unknown(void) { return 0; }

static int ask(question *question) {
  count_function *function = atomic_load_explicit(&question->function, memory_order_acquire);
  if (UNLIKELY(function == NULL)) {
    function = (count_function *)hone_blas__real_extra(question->name);
    if (function == NULL) function = unknown;
    atomic_store_explicit(&question->function, function, memory_order_release);
  }
  return function == unknown ? 0 : function();
}

/* Of the process, which is its first thread: the caller may be a thread that somebody bound. */
static int32_t affinity(void) {
  cpu_set_t set;
  if (sched_getaffinity(getpid(), sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}

/* OpenMP's threads are inside a parallel region already, where a BLAS uses one thread; OpenBLAS is asked because
 * openblas_set_num_threads (threadpoolctl and the like) changes its mind at run time. */
int32_t hone_blas__cores(void) {
  static question region = {"omp_in_parallel", NULL}, openblas = {"openblas_get_num_threads", NULL};
  static _Atomic int32_t allowed;
  int32_t limit = atomic_load_explicit(&allowed, memory_order_relaxed);
  if (UNLIKELY(limit == 0)) atomic_store_explicit(&allowed, limit = affinity(), memory_order_relaxed);
  if (ask(&region) > 0) return 1;
  const settings *said = hone_blas__settings();
  int32_t wanted = said->hone_threads;
  if (wanted == 0) wanted = ask(&openblas);
  if (wanted <= 0) wanted = said->caller_threads;
  return wanted > 0 && wanted < limit ? wanted : limit;
}
