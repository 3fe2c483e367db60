// neighbour.c: the process that takes a share of memory bandwidth or cache (see CPlatformNeighbour.h).
#define _GNU_SOURCE
#include "CPlatformNeighbour.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 64, QUANTUM_LINES = 4096 };

#define READ(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define WRITE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELAXED)

static uint64_t read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void rest(uint64_t nanoseconds) {
  struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  nanosleep(&time, NULL);
}

// Reads one word of each of the next lines; the place goes on from call to call. Scattered: multiples of the golden ratio, which fall
// nearly evenly into any number of lines (Knuth, TAOCP 6.4), in an order that no prefetcher follows.
static void walk(const char *buffer, uint64_t lines, uint64_t place, int isScattered) {
  uint64_t line = place % lines;
  for (uint64_t i = 0; i < QUANTUM_LINES; i++) {
    if (isScattered) {
      line = (uint64_t)(((unsigned __int128)((place + i) * 0x9E3779B97F4A7C15u) * lines) >> 64);
    } else if (line == lines) {
      line = 0;
    }
    (void)*(const volatile uint64_t *)(buffer + line * LINE);
    line++;
  }
}

// Never so far behind that it would make up for a pause by seconds of full speed.
static const uint64_t farthestDebt = 20000000u;

static void live(CPlatform_NeighbourState *state, char *buffer, uint64_t capacity, pid_t parent) {
  for (uint64_t at = 0; at < capacity; at += 4096) buffer[at] = 1;
  WRITE(state->isReady, 1);
  uint64_t place = 0, due = read_clock(CLOCK_MONOTONIC);
  while (!READ(state->stops) && getppid() == parent) {
    uint64_t rate = READ(state->wantedRate), span = READ(state->span);
    uint64_t lines = (span < capacity ? span : capacity) / LINE;
    if (rate == 0 || lines == 0) {
      rest(1000000);
      due = read_clock(CLOCK_MONOTONIC);
      continue;
    }
    // The thread's own time: being preempted is not reading slowly.
    uint64_t start = read_clock(CLOCK_THREAD_CPUTIME_ID);
    walk(buffer, lines, place, (int)READ(state->isScattered));
    place += QUANTUM_LINES;
    WRITE(state->readNanoseconds, state->readNanoseconds + (read_clock(CLOCK_THREAD_CPUTIME_ID) - start));
    WRITE(state->bytesRead, state->bytesRead + QUANTUM_LINES * LINE);
    uint64_t end = read_clock(CLOCK_MONOTONIC);
    if (rate == UINT64_MAX) continue;
    due += (uint64_t)((double)QUANTUM_LINES * LINE * 1e9 / (double)rate);
    if (due + farthestDebt < end) due = end - farthestDebt;
    // Sleeping is good to some 60 µs only: short debts are carried over instead.
    if (due > end + 100000u) rest(due - end);
  }
}

static void inChild(CPlatform_NeighbourState *state, uint64_t capacity, int32_t processor, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  // The parent decides when it ends: a Ctrl-C that reaches the whole group must not turn the condition off halfway.
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_IGN);
  if (processor >= 0 && processor < CPU_SETSIZE) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  char *buffer = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffer == MAP_FAILED) _exit(1);
  madvise(buffer, capacity, MADV_HUGEPAGE);
  live(state, buffer, capacity, parent);
  _exit(0);
}

pid_t CPlatform_startNeighbour(CPlatform_NeighbourState *state, uint64_t capacity, int32_t processor) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) inChild(state, capacity, processor, parent);
  return child;
}

int CPlatform_endNeighbour(CPlatform_NeighbourState *state, pid_t child) {
  WRITE(state->stops, 1);
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

void CPlatform_setNeighbour(CPlatform_NeighbourState *state, uint64_t wantedRate, uint64_t span, int isScattered) {
  WRITE(state->span, span);
  WRITE(state->isScattered, (uint32_t)isScattered);
  WRITE(state->wantedRate, wantedRate);
}

int CPlatform_isNeighbourReady(const CPlatform_NeighbourState *state) { return (int)READ(state->isReady); }

uint64_t CPlatform_neighbourBytes(const CPlatform_NeighbourState *state) { return READ(state->bytesRead); }

uint64_t CPlatform_neighbourNanoseconds(const CPlatform_NeighbourState *state) {
  return READ(state->readNanoseconds);
}

CPlatform_NeighbourState *CPlatform_sharedNeighbourState(void) {
  void *memory = mmap(NULL, sizeof(CPlatform_NeighbourState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void CPlatform_freeNeighbourState(CPlatform_NeighbourState *state) { munmap(state, sizeof *state); }
