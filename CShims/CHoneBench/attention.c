/* attention.c: times rows of a kernel library for bench-attention: a team of threads, repetitions over copies of a cache.
 *
 * Everything is a C function with plain arguments, for ctypes. Threads live for one call of runner_seconds, and time is
 * taken between two meetings of them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hone_kernel.h"

typedef struct runner {
  hone_kernel_row row;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
} runner;

/* The first row of that operation, types and algorithm ("" for any that does not call itself unprofitable); NULL: none. */
runner *runner_open(const char *library, const char *operation, const char *types, const char *algorithm, const void *problem) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return NULL;
  int32_t (*describe)(uint32_t, hone_kernel_row *) =
      (int32_t (*)(uint32_t, hone_kernel_row *))dlsym(handle, "hone_kernel_row_describe");
  runner *r = calloc(1, sizeof *r);
  for (uint32_t i = 0; describe != NULL && r != NULL; i++) {
    r->row.struct_size = sizeof r->row;
    if (describe(i, &r->row) != HONE_KERNEL_OK) break;
    if (strcmp(r->row.operation, operation) != 0 || strcmp(r->row.data_types, types) != 0) continue;
    if (algorithm[0] != 0 && strcmp(r->row.algorithm, algorithm) != 0) continue;
    for (int64_t p = 0; p < r->row.parameter_count; p++) r->parameters[p] = r->row.parameters[p].default_value;
    if (r->row.check(problem, r->parameters) == HONE_KERNEL_OK) return r;
  }
  free(r);
  return NULL;
}

const char *runner_algorithm(const runner *r) { return r->row.algorithm; }

/* 0 where the row has no such parameter. */
int runner_set(runner *r, const char *name, int64_t value) {
  for (int64_t p = 0; p < r->row.parameter_count; p++)
    if (strcmp(r->row.parameters[p].name, name) == 0) {
      r->parameters[p] = value;
      return 1;
    }
  return 0;
}

/* Parameter `index` of the row: its name, and in range low, high, step, default, and 1 where it doubles. NULL past the last. */
const char *runner_parameter(const runner *r, int64_t index, int64_t *range) {
  if (index < 0 || index >= r->row.parameter_count) return NULL;
  const hone_kernel_parameter *p = &r->row.parameters[index];
  const int64_t all[] = {p->low, p->high, p->step, p->default_value, p->scale == HONE_SCALE_POWER_OF_TWO};
  memcpy(range, all, sizeof all);
  return p->name;
}

typedef struct shared {
  const runner *r;
  const char *problems;
  size_t problem_bytes;
  int64_t copies, repeats, first;
  uint32_t threads;
  void *workspace;
  double seconds;
  _Atomic int failed;
  _Atomic uint32_t arrived, generation;
} shared;

static void meet(void *context) {
  shared *s = context;
  uint32_t now = atomic_load(&s->generation);
  if (atomic_fetch_add(&s->arrived, 1) + 1 == s->threads) {
    atomic_store(&s->arrived, 0);
    atomic_fetch_add(&s->generation, 1);
  } else {
    while (atomic_load(&s->generation) == now) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct member {
  shared *s;
  uint32_t index;
} member;

static void *work(void *argument) {
  const member *m = argument;
  shared *s = m->s;
  hone_kernel_team team = {m->index, s->threads, meet, s};
  meet(s);
  double begin = now();
  for (int64_t i = 0; i < s->repeats; i++) {
    const void *problem = s->problems + (size_t)((s->first + i) % s->copies) * s->problem_bytes;
    if (s->r->row.run(problem, s->r->parameters, s->workspace, &team) != HONE_KERNEL_OK) atomic_store(&s->failed, 1);
    meet(s);
  }
  if (m->index == 0) s->seconds = now() - begin;
  return NULL;
}

/* Seconds of one run, over `repeats` runs that go round `copies` problems from number `first` on, which lie one after the other.
 * -1: refused. */
double runner_seconds(const runner *r, const void *problems, int64_t problem_bytes, int64_t copies, int threads, int64_t repeats,
                      int64_t first) {
  shared s = {.r = r, .problems = problems, .problem_bytes = (size_t)problem_bytes, .copies = copies, .repeats = repeats, .first = first};
  s.threads = (uint32_t)threads;
  int64_t bytes = r->row.workspace(problems, r->parameters, s.threads);
  if (bytes > 0 && posix_memalign(&s.workspace, 4096, (size_t)bytes) != 0) return -1;
  pthread_t handles[64];
  member members[64];
  if (threads > 64) return -1;
  for (int i = 0; i < threads; i++) members[i] = (member){&s, (uint32_t)i};
  for (int i = 1; i < threads; i++) pthread_create(&handles[i], NULL, work, &members[i]);
  work(&members[0]);
  for (int i = 1; i < threads; i++) pthread_join(handles[i], NULL);
  free(s.workspace);
  return atomic_load(&s.failed) ? -1 : s.seconds / (double)repeats;
}

/* GFLOP/s of a peak probe or GB/s of a read probe on `threads` threads; buffer may be NULL for a peak. */
double runner_probe(const char *library, const char *types, const char *algorithm, const void *buffer, int64_t bytes, int threads,
                    int64_t iterations) {
  float sink[64 * 16] = {0};
  double done[64] = {0};
  hone_probe probe = {.struct_size = sizeof probe, .buffer = buffer, .bytes = bytes, .iterations = iterations, .sink = sink, .done = done};
  runner *r = runner_open(library, "probe", types, algorithm, &probe);
  if (r == NULL) return -1;
  double seconds = runner_seconds(r, &probe, sizeof probe, 1, threads, 1, 0), sum = 0;
  for (int i = 0; i < threads; i++) sum += done[i];
  free(r);
  return seconds > 0 ? sum / seconds / 1e9 : -1;
}

/* The size of the struct, for the caller's own declaration of it. */
int64_t runner_problem_bytes(void) { return (int64_t)sizeof(hone_attention); }
