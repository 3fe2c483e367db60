// CPlatformDisturbance.h: what disturbed a measured sample, in one call. It is C because `sched_getcpu` is a GNU extension that the
// Glibc module does not show, and because its constants for getrusage have the wrong type in Swift.
#pragma once

#include <stdint.h>

typedef struct {
  // Of all threads of the process: a kernel waits for the slowest thread of its team.
  uint64_t involuntarySwitches;
  uint64_t majorFaults;
  uint64_t minorFaults;
  // The CPU that the caller runs on, or -1.
  int32_t cpu;
} CPlatform_Disturbance;

CPlatform_Disturbance CPlatform_disturbance(void);

// Whether a thread of this process other than the caller runs or wants to, as /proc/self/task says: 1 or 0, and -1 where that cannot be
// read. A thread that spins is one of them. Costs some ten microseconds and a few more a thread.
int32_t CPlatform_othersRun(void);
