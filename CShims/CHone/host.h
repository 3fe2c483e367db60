/* host.h: what the reader knows of the machine without hwloc. */
#ifndef HONE_HOST_H
#define HONE_HOST_H

#include "internal.h"

typedef struct hone__host {
  /* As in HardwareClass (HoneHost), "" or 0 where unknown. */
  char vendor[32], model[128], architecture[32];
  const char *instruction_set; /* the best */
  int32_t packages, cores, threads_per_core;
  int64_t memory_gib;
  /* Cores that this process may use: affinity and control group. */
  int32_t budget;
} hone__host;

/* root: "/" on a real machine; a folder with copies of /proc and /sys in tests. */
void hone__host_read(hone__host *host, const char *root);
/* Can this CPU run kernels of an instruction set ("x86v3")? */
bool hone__host_runs(const char *instruction_set);

/* The text of host.json says that it describes this machine: every fact that both sides know is equal, and there are
 * some. The text is changed. */
bool hone__host_fits(const hone__host *host, char *json, size_t size);

#endif
