/* record.c: HONE_RECORD: what the program calls, counted per shape and written by a thread of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Distinct shapes that are kept apart; what comes after them is counted as dropped. */
enum { MAX_OBSERVATIONS = 1 << 16, FIRST_CAPACITY = 256 };

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  observation *table; /* open addressing; a row without calls is empty */
  observation *copy; /* what is being written */
  size_t capacity, count;
  uint64_t dropped;
  bool dirty, has_writer, failed;
  char path[4096];
} record = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

double hone_blas__now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- The table ---- */

static size_t place(const observation *table, size_t capacity, routine routine, const gemm_key *key) {
  const unsigned char *bytes = (const unsigned char *)key;
  uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)routine;
  for (size_t index = 0; index < sizeof *key; index++) hash = (hash ^ bytes[index]) * 0x100000001b3u;
  size_t slot = (size_t)(hash ^ (hash >> 32)) & (capacity - 1);
  while (table[slot].calls != 0 &&
         (table[slot].routine != routine || memcmp(&table[slot].key, key, sizeof *key) != 0))
    slot = (slot + 1) & (capacity - 1);
  return slot;
}

/* Room for one more, at most three quarters full. */
static bool grow(void) {
  if (record.count * 4 < record.capacity * 3) return true;
  if (record.count >= MAX_OBSERVATIONS) return false;
  size_t capacity = record.capacity == 0 ? FIRST_CAPACITY : record.capacity * 2;
  observation *table = calloc(capacity, sizeof *table);
  if (table == NULL) return false;
  for (size_t index = 0; index < record.capacity; index++) {
    const observation *old = &record.table[index];
    if (old->calls != 0) table[place(table, capacity, old->routine, &old->key)] = *old;
  }
  free(record.table);
  record.table = table;
  record.capacity = capacity;
  return true;
}

static uint32_t alignment_of(const void *const operands[3]) {
  uintptr_t bits = (uintptr_t)operands[0] | (uintptr_t)operands[1] | (uintptr_t)operands[2] | 4096;
  return (uint32_t)(bits & (~bits + 1));
}

static void add(observation *row, verdict verdict, double seconds, uint32_t alignment) {
  row->alignment = row->calls == 0 || alignment < row->alignment ? alignment : row->alignment;
  row->calls++;
  row->seconds += seconds;
  row->served += verdict == VERDICT_SERVE;
  row->missed += verdict == VERDICT_MISS;
}

/* ---- Writing ---- */

/* Called with the lock held: a consistent copy, so that callers never wait for a disk. Returns its number of rows. */
static size_t copy_table(void) {
  size_t count = 0;
  if (!record.dirty || record.count == 0) return 0;
  record.copy = malloc(record.count * sizeof *record.copy);
  for (size_t index = 0; record.copy != NULL && index < record.capacity; index++)
    if (record.table[index].calls != 0) record.copy[count++] = record.table[index];
  record.dirty = record.copy == NULL;
  return count;
}

static int32_t write_now(void) {
  pthread_mutex_lock(&record.lock);
  while (record.copy != NULL) pthread_cond_wait(&record.changed, &record.lock);
  size_t count = copy_table();
  uint64_t dropped = record.dropped;
  observation *copy = record.copy;
  pthread_mutex_unlock(&record.lock);
  if (count == 0) return 0;
  int32_t code = hone_blas__write_workload(record.path, copy, count, dropped);
  pthread_mutex_lock(&record.lock);
  free(copy);
  record.copy = NULL;
  bool tell = code != 0 && !record.failed;
  record.failed = code != 0;
  record.dirty = record.dirty || code != 0;
  pthread_cond_broadcast(&record.changed);
  pthread_mutex_unlock(&record.lock);
  if (tell) hone_blas__tell("HONE_RECORD: %s cannot be written: %s", record.path, strerror(code));
  return code;
}

int32_t hone_blas_write_record(void) { return hone_blas__recording() ? write_now() : 0; }

/* A killed program loses the calls of its last half second at most, and no signal needs to be caught. */
static void *writer(void *unused) {
  for (;;) {
    const struct timespec pause = {0, 500000000};
    nanosleep(&pause, NULL);
    write_now();
  }
  return unused;
}

/* Called with the lock held. Without the thread the recording is written at exit only. */
static void begin_writer(void) {
  record.has_writer = true;
  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread, NULL, writer, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void hone_blas__observe(routine routine, const gemm_key *key, const void *const operands[3], double seconds,
                        verdict verdict) {
  gemm_key nearest = hone_blas__tunable(key);
  pthread_mutex_lock(&record.lock);
  observation *row = NULL;
  if (record.capacity != 0) row = &record.table[place(record.table, record.capacity, routine, &nearest)];
  if (row == NULL || row->calls == 0) {
    row = grow() ? &record.table[place(record.table, record.capacity, routine, &nearest)] : NULL;
    if (row != NULL) *row = (observation){.key = nearest, .routine = routine}, record.count++;
  }
  if (row != NULL) add(row, verdict, seconds, alignment_of(operands));
  else record.dropped++;
  record.dirty = true;
  if (!record.has_writer) begin_writer();
  pthread_mutex_unlock(&record.lock);
}

/* ---- Beginning, fork and end ---- */

/* Copies the path and puts the number of the process for %p. A forked child must not write over its parent's file. */
static void set_path(bool child) {
  const char *from = hone_blas__settings()->record;
  size_t end = 0, room = sizeof record.path - 32;
  bool numbered = false;
  for (; *from != '\0' && end < room; from++) {
    bool number = from[0] == '%' && from[1] == 'p';
    if (number) end += (size_t)snprintf(record.path + end, 32, "%d", (int)getpid()), from++;
    else record.path[end++] = *from;
    numbered = numbered || number;
  }
  record.path[end] = '\0';
  if (!child || numbered) return;
  bool json = end > 5 && strcmp(record.path + end - 5, ".json") == 0;
  snprintf(record.path + end - (json ? 5 : 0), 32, ".%d%s", (int)getpid(), json ? ".json" : "");
}

__attribute__((constructor)) static void begin(void) {
  if (hone_blas__recording()) set_path(false);
}

void hone_blas__record_fork(int32_t phase) {
  if (phase == FORK_PREPARE) {
    pthread_mutex_lock(&record.lock);
    return;
  }
  if (phase == FORK_CHILD && hone_blas__recording()) {
    /* What the parent counted is the parent's. The thread that writes does not exist here. */
    if (record.table != NULL) memset(record.table, 0, record.capacity * sizeof *record.table);
    record.count = 0, record.dropped = 0;
    record.dirty = record.has_writer = false;
    free(record.copy);
    record.copy = NULL;
    pthread_cond_init(&record.changed, NULL);
    set_path(true);
  }
  pthread_mutex_unlock(&record.lock);
}

__attribute__((destructor)) static void end(void) {
  (void)hone_blas_write_record();
  if (!hone_blas__settings()->verbose) return;
  hone_blas_counts counts;
  hone_blas_get_counts(&counts);
  if (counts.served + counts.forwarded == 0) return;
  hone_blas__tell("%llu calls ran with Hone, %llu with %s; of these, nothing tuned is known for %llu",
                  (unsigned long long)counts.served, (unsigned long long)counts.forwarded, hone_blas_real_library(),
                  (unsigned long long)counts.missed);
}
