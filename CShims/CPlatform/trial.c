#define _GNU_SOURCE
#include "CPlatformTrial.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The two entry points of hone_kernel.h by their calling convention only: CPlatform sits below the kernel ABI.
typedef int32_t (*DescribeLibrary)(void *);
typedef int32_t (*DescribeRow)(uint32_t, void *);

// Larger than any manifest struct of any version that starts with its own size; the rest is zero.
typedef struct {
  uint64_t structSize;
  uint32_t abi, rowCount;
  char rest[65536];
} Manifest;

static void inChild(const char *path) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  int null = open("/dev/null", O_WRONLY);
  if (null >= 0) dup2(null, 2);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) _exit(0); // not a crash: the caller's own dlopen tells why
  DescribeLibrary describe = (DescribeLibrary)dlsym(handle, "hone_kernel_library_describe");
  DescribeRow describeRow = (DescribeRow)dlsym(handle, "hone_kernel_row_describe");
  if (describe && describeRow) {
    static Manifest library, row;
    library.structSize = 48;
    uint32_t rows = describe(&library) == 0 ? library.rowCount : 0;
    for (uint32_t i = 0; i < rows && i < 4096; i++) {
      memset(&row, 0, sizeof row);
      row.structSize = sizeof row;
      describeRow(i, &row);
    }
  }
  _exit(0);
}

int32_t CPlatform_tryLibrary(const char *path, int32_t timeoutMilliseconds, int32_t *detail) {
  pid_t child = fork();
  if (child < 0) {
    *detail = errno;
    return CPLATFORM_TRIAL_FORK;
  }
  if (child == 0) inChild(path);
  const struct timespec pause = {0, 500000};
  for (int64_t waited = 0;; waited++) {
    int status = 0;
    pid_t done = waitpid(child, &status, WNOHANG);
    if (done < 0 && errno != EINTR) {
      *detail = errno;
      return CPLATFORM_TRIAL_FORK;
    }
    if (done == child) {
      if (WIFSIGNALED(status)) {
        *detail = WTERMSIG(status);
        return CPLATFORM_TRIAL_SIGNAL;
      }
      *detail = WEXITSTATUS(status);
      return *detail == 0 ? CPLATFORM_TRIAL_OK : CPLATFORM_TRIAL_EXIT;
    }
    if (waited / 2 >= timeoutMilliseconds) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      *detail = timeoutMilliseconds;
      return CPLATFORM_TRIAL_TIMEOUT;
    }
    nanosleep(&pause, NULL);
  }
}
