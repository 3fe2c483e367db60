#define _GNU_SOURCE
#include "CPlatformDisturbance.h"

#include <sched.h>
#include <sys/resource.h>

CPlatform_Disturbance CPlatform_disturbance(void) {
  struct rusage usage;
  CPlatform_Disturbance result = {.cpu = sched_getcpu()};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    result.involuntarySwitches = (uint64_t)usage.ru_nivcsw;
    result.majorFaults = (uint64_t)usage.ru_majflt;
    result.minorFaults = (uint64_t)usage.ru_minflt;
  }
  return result;
}
