/* cache.c: what was decided for each shape, kept per thread so that a repeated call waits for nobody. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A set of four entries shares one hash; the oldest of them gives way. 1024 shapes a thread. */
enum { SETS = 256, WAYS = 4 };

typedef struct thread_state {
  struct thread_state *next;
  atomic_uint_fast64_t served, forwarded, missed;
  uint32_t clock, repeats;
  cache_entry *latest;
  repeated_call repeated;
  cache_entry entries[SETS][WAYS];
} thread_state;

static _Thread_local thread_state *mine THREAD_LOCAL_AT_START;
_Thread_local repeated_call *hone_blas__repeated THREAD_LOCAL_AT_START;
atomic_uint hone_blas__generation = 1;

static struct {
  pthread_mutex_t lock;
  pthread_once_t once;
  pthread_key_t key;
  bool has_key;
  thread_state *threads;
  hone_blas_counts retired;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void add_counts(hone_blas_counts *sum, const thread_state *state) {
  sum->served += atomic_load_explicit(&state->served, memory_order_relaxed);
  sum->forwarded += atomic_load_explicit(&state->forwarded, memory_order_relaxed);
  sum->missed += atomic_load_explicit(&state->missed, memory_order_relaxed);
  sum->forwarded += atomic_load_explicit(&state->repeated.forwarded, memory_order_relaxed);
  sum->missed += atomic_load_explicit(&state->repeated.misses, memory_order_relaxed);
}

static void thread_ends(void *argument) {
  thread_state *state = argument;
  pthread_mutex_lock(&all.lock);
  add_counts(&all.retired, state);
  thread_state **link = &all.threads;
  while (*link != NULL && *link != state) link = &(*link)->next;
  if (*link == state) *link = state->next;
  pthread_mutex_unlock(&all.lock);
  hone_blas__inside = true;
  for (size_t set = 0; set < SETS; set++)
    for (size_t way = 0; way < WAYS; way++) hone_blas__destroy(state->entries[set][way].plan);
  hone_blas__inside = false;
  mine = NULL;
  hone_blas__repeated = NULL;
  free(state);
}

static void make_key(void) { all.has_key = pthread_key_create(&all.key, thread_ends) == 0; }

static thread_state *begin_thread(void) {
  pthread_once(&all.once, make_key);
  thread_state *state = calloc(1, sizeof *state);
  /* Without the key nothing would free it when the thread ends; then it is not made at all. */
  if (state == NULL || !all.has_key || pthread_setspecific(all.key, state) != 0) {
    free(state);
    return NULL;
  }
  pthread_mutex_lock(&all.lock);
  state->next = all.threads;
  all.threads = state;
  pthread_mutex_unlock(&all.lock);
  hone_blas__repeated = &state->repeated;
  return mine = state;
}

static thread_state *this_thread(void) { return LIKELY(mine != NULL) ? mine : begin_thread(); }

/* FNV-1a over words, folded once more: sizes are often multiples of powers of two. */
static uint32_t hash(const gemm_key *key) {
  uint64_t words[5], sum = 0xcbf29ce484222325u;
  memcpy(words, key, sizeof words);
  for (size_t index = 0; index < 5; index++) sum = (sum ^ words[index]) * 0x9e3779b97f4a7c15u, sum ^= sum >> 29;
  return (uint32_t)(sum >> 32);
}

/* Decides for a key and puts the answer into a slot, whose old plan is given up. */
static void fill(cache_entry *entry, const gemm_key *key) {
  hone_blas__inside = true;
  hone_blas__destroy(entry->plan);
  entry->plan = NULL;
  entry->key = *key;
  entry->verdict = hone_blas__decide(key, &entry->plan);
  hone_blas__inside = false;
}

/* Bit by bit, in the words that were just written: wider ones would wait until the writes have reached the cache. */
static bool is_same(const gemm_key *one, const gemm_key *other) {
  uint32_t difference = 0;
  for (size_t index = 0; index < sizeof *one / 4; index++) {
    uint32_t left, right;
    memcpy(&left, (const char *)one + 4 * index, sizeof left);
    memcpy(&right, (const char *)other + 4 * index, sizeof right);
    difference |= left ^ right;
  }
  return difference == 0;
}

/* Looks in the key's set, and decides where it is not there. */
static cache_entry *find(thread_state *state, const gemm_key *key) {
  cache_entry *set = state->entries[hash(key) % SETS], *oldest = set;
  state->clock++;
  for (size_t way = 0; way < WAYS; way++) {
    if (set[way].verdict != VERDICT_NONE && is_same(&set[way].key, key)) {
      set[way].age = state->clock;
      return &set[way];
    }
    if (set[way].verdict == VERDICT_NONE) oldest = &set[way];
    else if (oldest->verdict != VERDICT_NONE && state->clock - set[way].age > state->clock - oldest->age)
      oldest = &set[way];
  }
  fill(oldest, key);
  oldest->age = state->clock;
  return oldest;
}

const cache_entry *hone_blas__latest(const gemm_key *key) {
  const cache_entry *latest = mine != NULL ? mine->latest : NULL;
  return latest != NULL && is_same(&latest->key, key) ? latest : NULL;
}

int32_t hone_blas__latest_cores(void) {
  if (mine == NULL || mine->latest == NULL || ++mine->repeats % 16 == 0) return hone_blas__cores();
  return mine->latest->key.cores;
}

/* Programs repeat themselves: the latest entry is tried first. */
cache_entry *hone_blas__entry(const gemm_key *key) {
  thread_state *state = this_thread();
  if (UNLIKELY(state == NULL)) return NULL;
  if (hone_blas__latest(key) != NULL) return state->latest;
  return state->latest = find(state, key);
}

/* Only this thread writes its counters, so they need not be added to atomically, only read whole. */
static void add_one(atomic_uint_fast64_t *counter) {
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

void hone_blas__count(verdict verdict) {
  thread_state *state = this_thread();
  if (UNLIKELY(state == NULL)) return;
  add_one(verdict == VERDICT_SERVE ? &state->served : &state->forwarded);
  if (verdict == VERDICT_MISS) add_one(&state->missed);
}

void hone_blas_get_counts(hone_blas_counts *counts) {
  pthread_mutex_lock(&all.lock);
  *counts = all.retired;
  for (const thread_state *state = all.threads; state != NULL; state = state->next) add_counts(counts, state);
  pthread_mutex_unlock(&all.lock);
}

/* The child keeps its own thread's state and counts on; those of threads that it does not have only count. */
void hone_blas__cache_fork(int32_t phase) {
  if (phase == FORK_PREPARE) pthread_mutex_lock(&all.lock);
  else pthread_mutex_unlock(&all.lock);
}
