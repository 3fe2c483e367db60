#define _GNU_SOURCE
#include "CPlatformTeam.h"
#include "CPlatformThread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>

uint32_t CPlatform_gateValue(const CPlatform_Gate *gate) {
  return __atomic_load_n(&gate->value, __ATOMIC_ACQUIRE);
}

void CPlatform_gateAdvance(CPlatform_Gate *gate) {
  __atomic_fetch_add(&gate->value, 1, __ATOMIC_SEQ_CST);
  // A sleeper counts itself before it asks the kernel to sleep only if the value is still old: none is missed.
  if (__atomic_load_n(&gate->sleepers, __ATOMIC_SEQ_CST) != 0)
    CPlatform_futexWake(&gate->value, INT_MAX);
}

void CPlatform_gateWait(CPlatform_Gate *gate, uint32_t old, uint32_t spins) {
  for (uint32_t i = 0; i < spins; i++) {
    if (CPlatform_gateValue(gate) != old) return;
    CPlatform_spinHint();
  }
  __atomic_fetch_add(&gate->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&gate->value, __ATOMIC_SEQ_CST) == old)
    CPlatform_futexWait(&gate->value, old, -1);
  __atomic_fetch_sub(&gate->sleepers, 1, __ATOMIC_SEQ_CST);
}

void CPlatform_barrierWait(void *context) {
  CPlatform_Barrier *barrier = context;
  // Read before arriving: the last thread may open the gate at any moment after.
  uint32_t old = CPlatform_gateValue(&barrier->gate);
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->count) {
    __atomic_store_n(&barrier->arrived, 0, __ATOMIC_RELAXED);
    CPlatform_gateAdvance(&barrier->gate);
  } else {
    CPlatform_gateWait(&barrier->gate, old, barrier->spins);
  }
}

void CPlatform_counterStore(uint32_t *counter, uint32_t value) {
  __atomic_store_n(counter, value, __ATOMIC_RELEASE);
}

uint32_t CPlatform_counterDecrement(uint32_t *counter) {
  return __atomic_sub_fetch(counter, 1, __ATOMIC_ACQ_REL);
}

// The mask of the process before anything was bound.
static cpu_set_t allowedAtStart;

__attribute__((constructor)) static void rememberAllowed(void) {
  if (sched_getaffinity(0, sizeof allowedAtStart, &allowedAtStart) != 0) CPU_ZERO(&allowedAtStart);
}

int32_t CPlatform_bindThread(unsigned long thread, int32_t processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (processor < 0 || processor >= CPU_SETSIZE) return EINVAL;
  CPU_SET(processor, &set);
  return pthread_setaffinity_np((pthread_t)thread, sizeof set, &set);
}

int32_t CPlatform_unbindThread(void) {
  if (CPU_COUNT(&allowedAtStart) == 0) return EINVAL;
  return pthread_setaffinity_np(pthread_self(), sizeof allowedAtStart, &allowedAtStart);
}
