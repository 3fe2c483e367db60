/* repeat.c: repeats a GEMM of one library in C and takes the time, for a benchmark that is driven from Python. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "hone_kernel.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Rows of Hone's kernel libraries, on a team of threads ---- */

/* A barrier that spins: every thread of the team has a processor of its own. */
typedef struct {
  atomic_uint arrived, round;
  uint32_t count;
} meeting;

static void meet(void *context) {
  meeting *m = context;
  unsigned round = atomic_load_explicit(&m->round, memory_order_acquire);
  if (atomic_fetch_add(&m->arrived, 1) + 1 == m->count) {
    atomic_store(&m->arrived, 0);
    atomic_store(&m->round, round + 1);
    return;
  }
  while (atomic_load_explicit(&m->round, memory_order_acquire) == round) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

typedef struct {
  hone_kernel_run run;
  const hone_gemm *problems;
  int64_t copies, count;
  const int64_t *parameters;
  void *workspace;
  meeting inner, outer;
  int32_t failure;
} job;

typedef struct {
  job *job;
  uint32_t index;
  pthread_t thread;
} member;

static void *work(void *context) {
  member *me = context;
  job *j = me->job;
  hone_kernel_team team = {me->index, j->inner.count, meet, &j->inner};
  meet(&j->outer);
  for (int64_t i = 0; i < j->count; i++) {
    int32_t code = j->run(&j->problems[i % j->copies], j->parameters, j->workspace, &team);
    if (code != HONE_KERNEL_OK) j->failure = code;
    if (team.count > 1) meet(&j->outer);
  }
  return 0;
}

/* Seconds of `count` calls that take turns among `copies` problems; negative: the code that a call answered. `processors`: one a
 * thread. The call that returns is over on every thread. */
double CHoneBench_repeatRow(void *run, const hone_gemm *problems, int64_t copies, const int64_t *parameters,
                       void *workspace, const int32_t *processors, uint32_t threads, int64_t count) {
  member members[64];
  job j = {(hone_kernel_run)run, problems, copies, count, parameters, workspace, {0, 0, threads}, {0, 0, threads}, 0};
  if (threads < 1 || threads > 64) return -1;
  for (uint32_t i = 0; i < threads; i++) members[i] = (member){&j, i, 0};
  for (uint32_t i = 1; i < threads; i++) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processors[i], &set);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    if (pthread_create(&members[i].thread, &attributes, work, &members[i]) != 0) return -1;
    pthread_attr_destroy(&attributes);
  }
  cpu_set_t before, mine;
  sched_getaffinity(0, sizeof before, &before);
  CPU_ZERO(&mine);
  CPU_SET(processors[0], &mine);
  sched_setaffinity(0, sizeof mine, &mine);
  double start = now();
  work(&members[0]);
  double seconds = now() - start;
  for (uint32_t i = 1; i < threads; i++) pthread_join(members[i].thread, 0);
  sched_setaffinity(0, sizeof before, &before);
  return j.failure != 0 ? -(double)j.failure : seconds;
}

/* B by row, on the calling thread; answers the row's code. */
int32_t CHoneBench_packRow(void *pack, const hone_gemm *problem, void *packed) {
  hone_kernel_team alone = {0, 1, 0, 0};
  return ((hone_kernel_pack)pack)(problem, packed, &alone);
}

/* ---- BLAS and oneDNN ---- */

typedef void (*cblas_sgemm_function)(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
                                     float *, int);
typedef int (*dnnl_sgemm_function)(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *,
                                   int64_t, float, float *, int64_t);

/* C = A op(B), row-major, without padding; `b` holds one pointer a copy. */
double CHoneBench_repeatBLAS(void *function, int32_t trans_b, int32_t m, int32_t n, int32_t k, const float *a,
                         const float *const *b, int64_t copies, float *c, int64_t count) {
  cblas_sgemm_function sgemm = (cblas_sgemm_function)function;
  double start = now();
  for (int64_t i = 0; i < count; i++)
    sgemm(101, 111, trans_b ? 112 : 111, m, n, k, 1, a, k, b[i % copies], trans_b ? k : n, 0, c, n);
  return now() - start;
}

/* The same for `batch` products a call, their matrices one after another. */
double CHoneBench_repeatBatch(void *function, int32_t trans_b, int32_t m, int32_t n, int32_t k, int64_t batch, const float *a,
                              const float *b, float *c, int64_t count) {
  cblas_sgemm_function sgemm = (cblas_sgemm_function)function;
  double start = now();
  for (int64_t i = 0; i < count; i++)
    for (int64_t p = 0; p < batch; p++)
      sgemm(101, 111, trans_b ? 112 : 111, m, n, k, 1, a + p * m * k, k, b + p * k * n, trans_b ? k : n, 0, c + p * m * n, n);
  return now() - start;
}

double CHoneBench_repeatDNNL(void *function, int32_t trans_b, int32_t m, int32_t n, int32_t k, const float *a,
                        const float *const *b, int64_t copies, float *c, int64_t count) {
  dnnl_sgemm_function sgemm = (dnnl_sgemm_function)function;
  double start = now();
  for (int64_t i = 0; i < count; i++)
    if (sgemm('N', trans_b ? 'T' : 'N', m, n, k, 1, a, k, b[i % copies], trans_b ? k : n, 0, c, n) != 0) return -1;
  return now() - start;
}
