// cpu.c: what the processor says about itself (see CPlatformCPU.h).
#define _GNU_SOURCE
#include "CPlatformCPU.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

int CPlatform_hasCPUID(void) { return 1; }

CPlatform_CPUID CPlatform_cpuid(uint32_t leaf, uint32_t subleaf) {
  CPlatform_CPUID result = {0, 0, 0, 0};
  uint32_t highest = __get_cpuid_max(leaf & 0x80000000u, 0);
  if (highest == 0 || leaf > highest) return result;
  __cpuid_count(leaf, subleaf, result.eax, result.ebx, result.ecx, result.edx);
  return result;
}

CPlatform_CPUID CPlatform_hypervisorSignature(void) {
  CPlatform_CPUID result = {0, 0, 0, 0};
  if ((CPlatform_cpuid(1, 0).ecx & (1u << 31)) == 0) return result;
  __cpuid(0x40000000, result.eax, result.ebx, result.ecx, result.edx);
  return result;
}

uint64_t CPlatform_xgetbv(void) {
  if ((CPlatform_cpuid(1, 0).ecx & (1u << 27)) == 0) return 0;  // OSXSAVE
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

int CPlatform_requestTiles(void) {
  enum { requestPermission = 0x1023, tileData = 18 };  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0 ? 0 : errno;
}
#else
int CPlatform_hasCPUID(void) { return 0; }

CPlatform_CPUID CPlatform_cpuid(uint32_t leaf, uint32_t subleaf) {
  (void)leaf, (void)subleaf;
  return (CPlatform_CPUID){0, 0, 0, 0};
}

CPlatform_CPUID CPlatform_hypervisorSignature(void) { return (CPlatform_CPUID){0, 0, 0, 0}; }

uint64_t CPlatform_xgetbv(void) { return 0; }

int CPlatform_requestTiles(void) { return ENOSYS; }
#endif

uint64_t CPlatform_hwcap(void) { return getauxval(AT_HWCAP); }

uint64_t CPlatform_hwcap2(void) { return getauxval(AT_HWCAP2); }

uint64_t CPlatform_spin(uint64_t count) {
  uint64_t value = count;
  // The empty assembly hides `value` from the optimiser, so each addition waits for the one before it.
  for (uint64_t step = 0; step < count; step += 8) {
#define HONE_ADD value += step; __asm__ volatile("" : "+r"(value))
    HONE_ADD; HONE_ADD; HONE_ADD; HONE_ADD; HONE_ADD; HONE_ADD; HONE_ADD; HONE_ADD;
#undef HONE_ADD
  }
  return value;
}
