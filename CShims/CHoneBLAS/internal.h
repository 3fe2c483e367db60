/* internal.h: what the files of libhone_blas share. Names with two underscores are hidden from applications. */
#ifndef HONE_BLAS_INTERNAL_H
#define HONE_BLAS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hone_blas.h"

/* All of it stays inside the library: calls go straight, and nothing can be put in its place. */
#pragma GCC visibility push(hidden)

/* Thread-local variables that cost an addition, not a call: they are a few bytes, for which every process keeps room. */
#define THREAD_LOCAL_AT_START __attribute__((tls_model("initial-exec")))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- settings.c: the environment, read once ---- */

typedef struct settings {
  bool verbose;
  int32_t hone_threads;   /* HONE_THREADS; 0: unset */
  int32_t caller_threads; /* OPENBLAS_NUM_THREADS and its like; 0: unset */
  const char *real;       /* NULL: unset */
  const char *library;
  const char *record;
} settings;

/* Filled before any call, and by whoever asks before that. */
extern settings hone_blas__values;
extern atomic_bool hone_blas__values_read;
void hone_blas__read_settings(void);

static inline const settings *hone_blas__settings(void) {
  if (UNLIKELY(!atomic_load_explicit(&hone_blas__values_read, memory_order_acquire))) hone_blas__read_settings();
  return &hone_blas__values;
}

/* May sgemm run with Hone? Changes at run time. */
extern atomic_bool hone_blas__enabled;
/* Is anything to be done beside forwarding: serving, or recording? */
static inline bool hone_blas__active(void) {
  return atomic_load_explicit(&hone_blas__enabled, memory_order_relaxed) || hone_blas__settings()->record != NULL;
}
/* One line on standard error, begun with "hone_blas: ". */
__attribute__((format(printf, 1, 2))) void hone_blas__tell(const char *format, ...);

/* ---- real.c: the library that everything else goes to ---- */

/* The address of a function of the real library. `caller`: an address inside the calling code (its own dependencies are
 * searched where the usual places have no BLAS). NULL where there is none; that was told. */
void *hone_blas__real_function(const char *name, const void *caller);
/* A function that the real library may or may not have; NULL before it is found. */
void *hone_blas__real_extra(const char *name);
/* How the alternative for libblas.so.3 finds the real library; NULL in libhone_blas.so. */
extern void *(*const hone_blas__open_alternative)(void);
/* Does the address belong to this library? */
bool hone_blas__is_ours(const void *address);

/* ---- the call ---- */

/* A product as Hone sees it: row-major. All bytes are compared, so there is no padding. */
typedef struct gemm_key {
  int32_t m, n, k;
  int32_t lda, ldb, ldc;
  float alpha, beta;
  int32_t cores;
  uint16_t trans_a, trans_b;
} gemm_key;
_Static_assert(sizeof(gemm_key) == 40, "gemm_key has padding");

typedef enum verdict {
  VERDICT_NONE = 0, /* an empty slot */
  VERDICT_SERVE,
  VERDICT_REAL_WINS, /* something tuned is known, and it is the real library */
  VERDICT_MISS,      /* nothing tuned is known */
  VERDICT_FAILED     /* Hone should serve and cannot; told once */
} verdict;

typedef struct served_plan served_plan; /* of libhone */

/* The product among those that can be tuned that is nearest: factors other than 0, 1, -1 and 0.5 are not told apart. */
gemm_key hone_blas__tunable(const gemm_key *key);
/* "1", "-1", "0.5" or "0" of such a factor. */
const char *hone_blas__factor_name(float factor);

/* ---- engine.c: libhone, opened on first use ---- */

/* Decides how a product is computed. For VERDICT_SERVE sets *plan, which belongs to the caller. Slow. */
verdict hone_blas__decide(const gemm_key *key, served_plan **plan);
/* 0 where it ran; else nothing was written to c. */
int32_t hone_blas__execute(served_plan *plan, const float *a, const float *b, float *c);
void hone_blas__destroy(served_plan *plan);
/* Cores for one call, as the environment and the real library say. */
int32_t hone_blas__cores(void);
void hone_blas__engine_fork(int32_t phase);

/* proof.c: the lower end of what a row is faster than every other back end that it met (1.1: 10 %); NaN where it met none. */
double hone_blas__proven_gain(const char *database, const char *hardware_class, const char *record);

/* ---- cache.c: what was decided, per thread ---- */

typedef struct cache_entry {
  gemm_key key;
  verdict verdict;
  uint32_t age;
  served_plan *plan;
} cache_entry;

/* The call of cblas_sgemm that this thread forwarded last, as it came: a program repeats itself, and comparing its arguments costs less than
 * making a key of them. */
typedef struct repeated_call {
  int32_t order, trans_a, trans_b, m, n, k, lda, ldb, ldc;
  float alpha, beta;
  uint32_t generation; /* 0: none */
  uint32_t left;       /* so many times before the number of cores is asked for again */
  bool missed;
  atomic_uint_fast64_t forwarded, misses;
} repeated_call;

/* NULL before the thread's first product. */
extern _Thread_local repeated_call *hone_blas__repeated THREAD_LOCAL_AT_START;
/* Raised whenever what was decided for a repeated call may no longer hold. */
extern atomic_uint hone_blas__generation;

/* The calling thread's entry of the key, made where there is none. NULL without memory. */
cache_entry *hone_blas__entry(const gemm_key *key);
/* The entry, if it is the one that this thread asked for last; else NULL. */
const cache_entry *hone_blas__latest(const gemm_key *key);
/* The cores of that entry, asked afresh every 16 times (256 repeated calls): to ask costs as much as the rest of forwarding. */
int32_t hone_blas__latest_cores(void);
/* Counts one call of this thread. */
void hone_blas__count(verdict verdict);
void hone_blas__cache_fork(int32_t phase);

/* ---- record.c: what the program calls ---- */

typedef enum routine { ROUTINE_CBLAS_SGEMM, ROUTINE_SGEMM, ROUTINE_CBLAS_DGEMM, ROUTINE_DGEMM, ROUTINES } routine;

typedef struct observation {
  gemm_key key; /* cores included; alpha and beta are those of the nearest problem that can be tuned */
  routine routine;
  uint32_t alignment; /* bytes: the least of all operands and calls */
  uint64_t calls, served, missed;
  double seconds;
} observation;

static inline bool hone_blas__recording(void) { return hone_blas__settings()->record != NULL; }
/* Adds one call. */
void hone_blas__observe(routine routine, const gemm_key *key, const void *const operands[3], double seconds,
                        verdict verdict);
void hone_blas__record_fork(int32_t phase);
/* record_file.c: sorts the observations and writes them as a workload, atomically. 0 or an errno. */
int32_t hone_blas__write_workload(const char *path, observation *observations, size_t count, uint64_t dropped);
double hone_blas__now(void);

/* Phases of a fork, for the functions that end in _fork. */
enum { FORK_PREPARE, FORK_PARENT, FORK_CHILD };

/* Set while this thread is inside Hone or the real library: what these call themselves goes straight through. */
extern _Thread_local bool hone_blas__inside THREAD_LOCAL_AT_START;

#pragma GCC visibility pop
#endif
