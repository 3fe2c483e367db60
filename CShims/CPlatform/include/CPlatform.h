// CPlatform.h: what Swift cannot reach directly: variadic and macro-only parts of the system interface, CPUID, futex,
// and work between fork and exec. Every symbol is prefixed CPlatform_. Each part says why it is C.
#pragma once

#include <stdint.h>

#include "CPlatformCPU.h"
#include "CPlatformChild.h"
#include "CPlatformThread.h"
