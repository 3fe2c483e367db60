/* host_cpu.c: which kernel builds the CPU can run: the psABI's levels, as InstructionFeatures (HoneHost) has them. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

typedef struct bit {
  uint32_t leaf, reg, number;
} bit;

/* Intel SDM volume 2 (CPUID) and AMD APM volume 3, appendix E. */
static const bit v2[] = {{1, ECX, 0},  {1, ECX, 9},  {1, ECX, 13},         {1, ECX, 19},
                         {1, ECX, 20}, {1, ECX, 23}, {0x80000001u, ECX, 0}};
static const bit v3[] = {{1, ECX, 12}, {1, ECX, 22}, {1, ECX, 28},         {1, ECX, 29},
                         {7, EBX, 3},  {7, EBX, 5},  {7, EBX, 8},          {0x80000001u, ECX, 5}};
static const bit v4[] = {{7, EBX, 16}, {7, EBX, 17}, {7, EBX, 28}, {7, EBX, 30}, {7, EBX, 31}};

static const struct level {
  const char *name;
  const bit *bits;
  size_t count;
  uint64_t state; /* of XCR0: registers that the system must save */
} levels[] = {
    {"x86v2", v2, sizeof v2 / sizeof *v2, 0},
    {"x86v3", v3, sizeof v3 / sizeof *v3, 0x6},
    {"x86v4", v4, sizeof v4 / sizeof *v4, 0xe6},
};

static bool has(bit wanted) {
  uint32_t registers[4];
  return __get_cpuid_count(wanted.leaf, 0, &registers[EAX], &registers[EBX], &registers[ECX], &registers[EDX]) != 0 &&
         (registers[wanted.reg] >> wanted.number & 1) != 0;
}

static uint64_t saved_state(void) {
  if (!has((bit){1, ECX, 27})) return 0; /* OSXSAVE */
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* Levels that HONE_MAX_ISA leaves; a name that is none leaves all. */
static size_t allowed_levels(void) {
  size_t all = sizeof levels / sizeof *levels;
  const char *limit = getenv("HONE_MAX_ISA");
  for (size_t i = 0; limit != NULL && i < all; i++)
    if (strcmp(levels[i].name, limit) == 0) return i + 1;
  return all;
}

bool hone__host_runs(const char *set) {
  uint64_t state = saved_state();
  for (size_t i = 0; i < allowed_levels(); i++) {
    if ((state & levels[i].state) != levels[i].state) return false;
    for (size_t b = 0; b < levels[i].count; b++)
      if (!has(levels[i].bits[b])) return false;
    if (strcmp(levels[i].name, set) == 0) return true;
  }
  return false;
}

#elif defined(__aarch64__)

bool hone__host_runs(const char *set) { return strcmp(set, "armv8") == 0; }

#else

bool hone__host_runs(const char *set) {
  (void)set;
  return false;
}

#endif
