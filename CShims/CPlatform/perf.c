// perf.c: hardware counters by perf_event_open(2) (see CPlatformPerf.h).
#define _GNU_SOURCE
#include "CPlatformPerf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CACHE(cache, operation, result) ((cache) | (operation) << 8 | (result) << 16)

CPlatform_PerfEvent CPlatform_perfEvent(int number) {
  static const CPlatform_PerfEvent events[] = {
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
      {PERF_TYPE_HW_CACHE, CACHE(PERF_COUNT_HW_CACHE_DTLB, PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_MISS)},
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
      {PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
  };
  int count = sizeof events / sizeof *events;
  return number >= 0 && number < count ? events[number] : (CPlatform_PerfEvent){UINT32_MAX, 0};
}

int CPlatform_openPerf(CPlatform_PerfEvent event, int thread, int leader) {
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  // A member follows its leader; only the leader starts stopped.
  attributes.disabled = leader < 0;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  long descriptor = syscall(SYS_perf_event_open, &attributes, thread, -1, leader, PERF_FLAG_FD_CLOEXEC);
  return descriptor < 0 ? -errno : (int)descriptor;
}

int CPlatform_startPerf(int leader) {
  if (ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP) != 0) return errno;
  return ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) == 0 ? 0 : errno;
}

int CPlatform_stopPerf(int leader) {
  return ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP) == 0 ? 0 : errno;
}

int CPlatform_readPerf(int descriptor, CPlatform_PerfReading *reading) {
  uint64_t words[3];
  ssize_t length = read(descriptor, words, sizeof words);
  if (length != sizeof words) return length < 0 ? errno : EIO;
  *reading = (CPlatform_PerfReading){words[0], words[1], words[2]};
  return 0;
}
