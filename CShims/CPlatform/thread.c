// thread.c: futex, affinity and usage of one thread (see CPlatformThread.h).
#define _GNU_SOURCE
#include "CPlatformThread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int CPlatform_futexWait(uint32_t *address, uint32_t expected, int64_t timeoutNanoseconds) {
  struct timespec timeout = {.tv_sec = timeoutNanoseconds / 1000000000,
                             .tv_nsec = timeoutNanoseconds % 1000000000};
  long result = syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, expected,
                        timeoutNanoseconds < 0 ? NULL : &timeout, NULL, 0);
  return result == 0 ? 0 : errno;
}

int CPlatform_futexWake(uint32_t *address, int count) {
  long result = syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
  return result < 0 ? -errno : (int)result;
}

int CPlatform_setThreadAffinity(const uint64_t *mask, int words) {
  if (words <= 0) return EINVAL;
  // The kernel's bit order within a word is that of unsigned long, which is 64 bits on every system Hone supports.
  _Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "affinity masks are 64-bit words");
  return sched_setaffinity(0, (size_t)words * 8, (const cpu_set_t *)mask) == 0 ? 0 : errno;
}

int CPlatform_getThreadAffinity(uint64_t *mask, int words) {
  if (words <= 0) return ERANGE;
  memset(mask, 0, (size_t)words * 8);
  // The raw call reports EINVAL for a mask shorter than the kernel's, which the caller can only read as "too short".
  if (sched_getaffinity(0, (size_t)words * 8, (cpu_set_t *)mask) == 0) return 0;
  return errno == EINVAL ? ERANGE : errno;
}

int CPlatform_currentProcessor(uint32_t *cpu, uint32_t *node) {
  unsigned int cpuNumber = 0, nodeNumber = 0;
  if (syscall(SYS_getcpu, &cpuNumber, &nodeNumber, NULL) != 0) return errno;
  if (cpu) *cpu = cpuNumber;
  if (node) *node = nodeNumber;
  return 0;
}

int CPlatform_threadID(void) { return (int)syscall(SYS_gettid); }

static int64_t nanoseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

int CPlatform_threadUsage(CPlatform_ThreadUsage *usage) {
  struct rusage raw;
  if (getrusage(RUSAGE_THREAD, &raw) != 0) return errno;
  *usage = (CPlatform_ThreadUsage){
      .voluntarySwitches = raw.ru_nvcsw,
      .involuntarySwitches = raw.ru_nivcsw,
      .minorFaults = raw.ru_minflt,
      .majorFaults = raw.ru_majflt,
      .userNanoseconds = nanoseconds(raw.ru_utime),
      .systemNanoseconds = nanoseconds(raw.ru_stime),
  };
  return 0;
}
