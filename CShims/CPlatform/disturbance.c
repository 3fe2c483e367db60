#define _GNU_SOURCE
#include "CPlatformDisturbance.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

// The state stands behind the name, which is in brackets and may hold any character. Processor times would not do: the kernel brings those of
// a thread on another CPU up to date once a tick.
static int runs(int tasks, const char *name) {
  char path[300], text[128];
  snprintf(path, sizeof path, "%s/stat", name);
  int file = openat(tasks, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;  // it has ended
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  const char *bracket = strrchr(text, ')');
  return bracket && bracket[1] == ' ' && bracket[2] == 'R';
}

int32_t CPlatform_othersRun(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return -1;
  int32_t found = 0;
  const struct dirent *entry;
  while (!found && (entry = readdir(tasks))) {
    if (entry->d_name[0] == '.' || atoi(entry->d_name) == gettid()) continue;
    found = runs(dirfd(tasks), entry->d_name);
  }
  closedir(tasks);
  return found;
}
