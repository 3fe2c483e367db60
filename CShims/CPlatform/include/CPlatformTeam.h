// CPlatformTeam.h: how the threads of a team wait for each other: spin first, then sleep in the kernel.
// C because it needs futex (a system call without a library function), atomics on plain memory that the kernel also
// watches, and the CPU's pause instruction; it may go when Swift's Synchronization module offers all three.
#pragma once

#include <stdint.h>

#define CPLATFORM_LINE 64

// A counter that threads wait on until it changes. One cache line, so that gates do not disturb each other.
typedef struct CPlatform_Gate {
  uint32_t value;
  uint32_t sleepers;
  uint8_t padding[CPLATFORM_LINE - 8];
} CPlatform_Gate;

_Static_assert(sizeof(CPlatform_Gate) == CPLATFORM_LINE, "a gate is one cache line");

uint32_t CPlatform_gateValue(const CPlatform_Gate *gate);
// Adds 1 and wakes whoever sleeps. What was written before is visible to those who see the new value.
void CPlatform_gateAdvance(CPlatform_Gate *gate);
// Returns when the value differs from `old`: `spins` looks first, then sleep.
void CPlatform_gateWait(CPlatform_Gate *gate, uint32_t old, uint32_t spins);

// Where `count` threads meet, again and again.
typedef struct CPlatform_Barrier {
  CPlatform_Gate gate;
  uint32_t count;
  uint32_t arrived;
  uint32_t spins;
  uint8_t padding[CPLATFORM_LINE - 12];
} CPlatform_Barrier;

// Returns when all `count` threads have called it. `barrier` is a CPlatform_Barrier *; the type fits hone_kernel_team.
void CPlatform_barrierWait(void *barrier);

// Atomic counter on plain memory.
void CPlatform_counterStore(uint32_t *counter, uint32_t value);
// Returns the new value.
uint32_t CPlatform_counterDecrement(uint32_t *counter);

// Binds a thread (a pthread_t) to one processor by its os index. Returns 0 or an errno.
int32_t CPlatform_bindThread(unsigned long thread, int32_t processor);
// Lets the calling thread run wherever the process was allowed to when this was first called. Returns 0 or an errno.
int32_t CPlatform_unbindThread(void);
