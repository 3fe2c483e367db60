// CPlatformThread.h: futex, affinity and usage of one thread. C because futex is a raw (variadic) system call, and CPU_SET
// and RUSAGE_THREAD are macros or need _GNU_SOURCE, none of which Swift imports.
#pragma once

#include <stdint.h>

/// Sleeps while `*address == expected`, at most `timeoutNanoseconds` (negative: without limit).
/// Returns 0 when woken (also spuriously: look at the value again), EAGAIN when the value differed already, ETIMEDOUT, or
/// EINTR. Private to the process. `address` must be aligned to 4 bytes and be accessed atomically by everybody.
int CPlatform_futexWait(uint32_t *address, uint32_t expected, int64_t timeoutNanoseconds);

/// Wakes at most `count` threads that sleep on `address`; returns how many, or a negative errno.
int CPlatform_futexWake(uint32_t *address, int count);

/// Tells the CPU that this is a spin-wait loop (PAUSE, YIELD).
static inline __attribute__((always_inline)) void CPlatform_spinHint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Binds the calling thread to the CPUs whose bits are set; `words` 64-bit words, CPU 0 is bit 0 of the first.
/// Returns 0 or an errno (EINVAL: none of them exists or is allowed).
int CPlatform_setThreadAffinity(const uint64_t *mask, int words);

/// The CPUs that the calling thread may run on. Fills `words` 64-bit words and returns 0, or an errno (ERANGE: too few words).
int CPlatform_getThreadAffinity(uint64_t *mask, int words);

/// The CPU and NUMA node that the calling thread is on now; 0 or an errno. Either pointer may be NULL.
int CPlatform_currentProcessor(uint32_t *cpu, uint32_t *node);

/// The kernel's id of the calling thread (gettid).
int CPlatform_threadID(void);

/// What the calling thread has cost so far (getrusage RUSAGE_THREAD).
typedef struct {
  /// It gave the CPU up (waited), and it was taken off the CPU while it could run.
  int64_t voluntarySwitches, involuntarySwitches;
  int64_t minorFaults, majorFaults;
  int64_t userNanoseconds, systemNanoseconds;
} CPlatform_ThreadUsage;

/// 0 or an errno.
int CPlatform_threadUsage(CPlatform_ThreadUsage *usage);
