// CIntrinsics.h: what kernels need from the CPU and Swift cannot say: prefetch today, conversions and dot products later.
// Header-only and always inlined, so each kernel library gets them compiled for its own instruction set.
#pragma once

#define CINTRINSICS_INLINE static inline __attribute__((always_inline))

CINTRINSICS_INLINE void CIntrinsics_prefetchL1(const void *p) { __builtin_prefetch(p, 0, 3); }
CINTRINSICS_INLINE void CIntrinsics_prefetchL2(const void *p) { __builtin_prefetch(p, 0, 2); }
CINTRINSICS_INLINE void CIntrinsics_prefetchL3(const void *p) { __builtin_prefetch(p, 0, 1); }
CINTRINSICS_INLINE void CIntrinsics_prefetchNonTemporal(const void *p) { __builtin_prefetch(p, 0, 0); }
