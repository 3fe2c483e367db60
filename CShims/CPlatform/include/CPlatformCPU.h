// CPlatformCPU.h: what the processor says about itself. C because CPUID, XGETBV and RDTSC are instructions, and the ARM
// hwcap bits are macros.
#pragma once

#include <stdint.h>

typedef struct {
  uint32_t eax, ebx, ecx, edx;
} CPlatform_CPUID;

/// 1 on x86-64; elsewhere 0, and then CPlatform_cpuid and CPlatform_xgetbv return zeros.
int CPlatform_hasCPUID(void);

CPlatform_CPUID CPlatform_cpuid(uint32_t leaf, uint32_t subleaf);

/// CPUID leaf 0x40000000, whose EBX, ECX, EDX spell the hypervisor's signature; zeros where no hypervisor shows itself.
CPlatform_CPUID CPlatform_hypervisorSignature(void);

/// Which register states the operating system saves (XCR0): bit 1 SSE, 2 AVX, 5…7 AVX-512, 17 and 18 AMX.
/// Execute only where CPUID says OSXSAVE; this function checks and returns 0 otherwise.
uint64_t CPlatform_xgetbv(void);

/// Asks Linux for permission to use the AMX tile registers, as it must be asked once per process; 0 or an errno.
int CPlatform_requestTiles(void);

/// AT_HWCAP and AT_HWCAP2 of the auxiliary vector, or 0. The meaning of the bits depends on the architecture.
uint64_t CPlatform_hwcap(void);
uint64_t CPlatform_hwcap2(void);

/// The time-stamp counter (x86) or virtual counter (ARM): monotonic ticks, not cycles. 0 where there is none.
static inline __attribute__((always_inline)) uint64_t CPlatform_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t value;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return 0;
#endif
}

/// Runs `count` dependent integer additions, one per cycle on every CPU of interest, and returns the last value.
/// The yardstick for the clock frequency: the compiler cannot shorten it.
uint64_t CPlatform_spin(uint64_t count);
