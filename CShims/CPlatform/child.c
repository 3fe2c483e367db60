// child.c: runs C code that may crash in a child process (see CPlatformChild.h).
#define _GNU_SOURCE
#include "CPlatformChild.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void inChild(int (*body)(const void *), const void *argument, int seconds, int output) {
  static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM};
  for (unsigned index = 0; index < sizeof signals / sizeof *signals; index++) signal(signals[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  struct rlimit noCore = {0, 0};
  setrlimit(RLIMIT_CORE, &noCore);
  dup2(output, 1);
  dup2(output, 2);
  alarm((unsigned)seconds);
  _exit(body(argument));
}

// Reads until the child has closed its end; what does not fit is dropped.
static void readAll(int input, char *text, int capacity) {
  int length = 0;
  char buffer[512];
  for (;;) {
    ssize_t count = read(input, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (ssize_t index = 0; index < count && length + 1 < capacity; index++) text[length++] = buffer[index];
  }
  if (capacity > 0) text[length] = 0;
}

int CPlatform_runInChild(int (*body)(const void *), const void *argument, int seconds, char *text, int capacity,
                         int *detail) {
  int ends[2];
  *detail = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) {
    *detail = errno;
    return CPLATFORM_CHILD_FAILED;
  }
  pid_t child = fork();
  if (child == 0) inChild(body, argument, seconds, ends[1]);
  int number = errno;
  close(ends[1]);
  if (child > 0) readAll(ends[0], text, capacity);
  close(ends[0]);
  if (child < 0) {
    *detail = number;
    return CPLATFORM_CHILD_FAILED;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno == EINTR) continue;
    *detail = errno;
    return CPLATFORM_CHILD_FAILED;
  }
  if (!WIFSIGNALED(status)) {
    *detail = WEXITSTATUS(status);
    return CPLATFORM_CHILD_ENDED;
  }
  *detail = WTERMSIG(status) == SIGALRM ? seconds : WTERMSIG(status);
  return WTERMSIG(status) == SIGALRM ? CPLATFORM_CHILD_TIMEOUT : CPLATFORM_CHILD_SIGNAL;
}
