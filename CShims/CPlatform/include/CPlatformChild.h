// CPlatformChild.h: runs C code that may crash in a child process, so that it takes only the child with it.
// C because between fork and _exit of a process with threads no Swift may run: its runtime takes locks.
#pragma once

#include <stdint.h>

enum {
  CPLATFORM_CHILD_ENDED = 0,   // *detail: what the body returned, 0…255
  CPLATFORM_CHILD_SIGNAL = 1,  // *detail: the signal
  CPLATFORM_CHILD_TIMEOUT = 2, // *detail: seconds waited
  CPLATFORM_CHILD_FAILED = 3   // *detail: errno; no child could be made
};

/// Runs `body(argument)` in a child and waits for it, at most `seconds`. What it writes to standard error (and output)
/// arrives in `text`: the first `capacity` - 1 bytes, zero-terminated.
int CPlatform_runInChild(int (*body)(const void *), const void *argument, int seconds, char *text, int capacity,
                         int *detail);
