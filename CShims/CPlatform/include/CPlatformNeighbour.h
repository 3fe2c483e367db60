// CPlatformNeighbour.h: a process beside the measured one that holds a share of memory bandwidth or of the cache.
// C because it lives between fork and exec, where no Swift may run; a process, so that its threads and faults do not count as
// the measured process's own, and so that it dies with it however that ends.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// What the two processes share: written by the parent, read by the child, and the other way round. All fields are accessed atomically.
typedef struct CPlatform_NeighbourState {
  // Parent: bytes a second to read, summed over time; 0: rest; UINT64_MAX: as fast as possible.
  uint64_t wantedRate;
  // Parent: the bytes of `buffer` to walk over, again and again.
  uint64_t span;
  // Parent: walk the lines in a scattered order (a prefetcher sees nothing to follow) instead of one after the other.
  uint32_t isScattered;
  // Parent: not 0 ends the child.
  uint32_t stops;
  // Child: it has touched its memory and works.
  uint32_t isReady;
  uint32_t unused;
  // Child: bytes of the lines read so far, and the nanoseconds of processor time that this took.
  uint64_t bytesRead;
  uint64_t readNanoseconds;
} CPlatform_NeighbourState;

// Starts a child on `processor` (or -1: anywhere) with a private buffer of `capacity` bytes. `state` must be memory that is shared
// across fork (MAP_SHARED). Returns its process id, or a negative errno. The child ends with its parent.
pid_t CPlatform_startNeighbour(CPlatform_NeighbourState *state, uint64_t capacity, int32_t processor);

// Ends the child and waits for it. Returns 0 or an errno.
int CPlatform_endNeighbour(CPlatform_NeighbourState *state, pid_t child);

// The fields, for the parent.
void CPlatform_setNeighbour(CPlatform_NeighbourState *state, uint64_t wantedRate, uint64_t span, int isScattered);
int CPlatform_isNeighbourReady(const CPlatform_NeighbourState *state);
uint64_t CPlatform_neighbourBytes(const CPlatform_NeighbourState *state);
uint64_t CPlatform_neighbourNanoseconds(const CPlatform_NeighbourState *state);

// A state in memory that children share; NULL where there is none. Freed with munmap.
CPlatform_NeighbourState *CPlatform_sharedNeighbourState(void);
void CPlatform_freeNeighbourState(CPlatform_NeighbourState *state);
