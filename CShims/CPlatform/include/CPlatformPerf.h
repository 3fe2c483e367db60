// CPlatformPerf.h: hardware counters of one thread. C because perf_event_open has no library function and its attributes are
// bit fields, which Swift cannot set.
#pragma once

#include <stdint.h>

typedef struct {
  // PERF_TYPE_… and its config, as of linux/perf_event.h.
  uint32_t type;
  uint64_t config;
} CPlatform_PerfEvent;

// The generic events that Hone counts, by their order in HardwareCounters' table; type UINT32_MAX where there is none of that number.
CPlatform_PerfEvent CPlatform_perfEvent(int number);

// Opens `event` on `thread` (a thread id) for user space, stopped, in the group of `leader` (-1: as a leader of its own).
// Returns a file descriptor or a negative errno.
int CPlatform_openPerf(CPlatform_PerfEvent event, int thread, int leader);

// Starts (from 0) or stops all events of a leader's group; 0 or an errno.
int CPlatform_startPerf(int leader);
int CPlatform_stopPerf(int leader);

typedef struct {
  uint64_t value;
  // Nanoseconds that the event was wanted, and that it was really counted: they differ where counters are shared out.
  uint64_t enabled, running;
} CPlatform_PerfReading;

// 0 or an errno.
int CPlatform_readPerf(int descriptor, CPlatform_PerfReading *reading);
