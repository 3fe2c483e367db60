// CPlatformTrial.h: open a foreign shared library in a child process first, so that one that crashes, hangs or
// exits while it is opened or asked for its manifest takes only the child with it.
// C because nothing but async-signal-safe C may run between fork and _exit in a process with threads.
#pragma once

#include <stdint.h>

enum {
  CPLATFORM_TRIAL_OK = 0,
  CPLATFORM_TRIAL_SIGNAL = 1,  // *detail: the signal
  CPLATFORM_TRIAL_EXIT = 2,    // *detail: the exit code
  CPLATFORM_TRIAL_TIMEOUT = 3, // *detail: milliseconds waited
  CPLATFORM_TRIAL_FORK = 4     // *detail: errno; no child could be made
};

// dlopens `path` in a child, calls hone_kernel_library_describe and every hone_kernel_row_describe where they exist.
int32_t CPlatform_tryLibrary(const char *path, int32_t timeoutMilliseconds, int32_t *detail);
