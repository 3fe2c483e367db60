// CPU.h: what a kernel has to know of the CPU beyond its instruction set: how fast some instructions are.
#pragma once

#include <stdint.h>

#include "CIntrinsics.h"

/// Whether this is a CPU of Intel's. Asked once: in a guest `cpuid` takes microseconds.
CINTRINSICS_INLINE int32_t CIntrinsics_isIntel(void) {
#if defined(__x86_64__)
  static int32_t known;  // 0: not asked yet; two threads that ask at once find the same
  int32_t answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (answer == 0) {
    uint32_t a = 0, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    answer = b == 0x756e6547u ? 1 : 2;  // "Genu" of GenuineIntel
    __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
  }
  return answer == 1;
#else
  return 0;
#endif
}

/// Whether products of bfloat16 pairs are faster than those of floats. On Intel's cores of 2023 an instruction takes two cycles: half the
/// products of FMA a second (85 of 170 GFLOP/s; AMX is their way). On AMD's they are twice as fast as floats.
CINTRINSICS_INLINE int32_t CIntrinsics_pairsAreFast(void) { return !CIntrinsics_isIntel(); }
