// PartialVector.h: loads and stores of the first lanes of a vector of floats, for the edges of a matrix.
// Swift has no masked memory access; the lanes left out are never touched, so they may lie on an unmapped page.
#pragma once

#include <stdint.h>

#include "CIntrinsics.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#pragma clang assume_nonnull begin

#if defined(__AVX512F__)
typedef __m512 CIntrinsics_FloatVector;
typedef __mmask16 CIntrinsics_Mask;

CINTRINSICS_INLINE CIntrinsics_Mask CIntrinsics_mask(int64_t lanes) {
  return (CIntrinsics_Mask)((1u << lanes) - 1u);
}
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_loadPartial(const float *p, CIntrinsics_Mask mask) {
  return _mm512_maskz_loadu_ps(mask, p);
}
CINTRINSICS_INLINE void CIntrinsics_storePartial(float *p, CIntrinsics_Mask mask, CIntrinsics_FloatVector v) {
  _mm512_mask_storeu_ps(p, mask, v);
}
/// Of half a vector; the mask names lanes of that half.
CINTRINSICS_INLINE __m256 CIntrinsics_loadPartialHalf(const float *p, CIntrinsics_Mask mask) {
  return _mm256_maskz_loadu_ps((__mmask8)mask, p);
}

#elif defined(__AVX2__)
typedef __m256 CIntrinsics_FloatVector;
typedef __m256i CIntrinsics_Mask;

CINTRINSICS_INLINE CIntrinsics_Mask CIntrinsics_mask(int64_t lanes) {
  const __m256i order = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)lanes), order);
}
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_loadPartial(const float *p, CIntrinsics_Mask mask) {
  return _mm256_maskload_ps(p, mask);
}
CINTRINSICS_INLINE void CIntrinsics_storePartial(float *p, CIntrinsics_Mask mask, CIntrinsics_FloatVector v) {
  _mm256_maskstore_ps(p, mask, v);
}

#else
typedef float CIntrinsics_FloatVector __attribute__((vector_size(16)));
typedef int64_t CIntrinsics_Mask;

CINTRINSICS_INLINE CIntrinsics_Mask CIntrinsics_mask(int64_t lanes) { return lanes; }
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_loadPartial(const float *p, CIntrinsics_Mask lanes) {
  CIntrinsics_FloatVector v = {0, 0, 0, 0};
  if (lanes > 0) v[0] = p[0];
  if (lanes > 1) v[1] = p[1];
  if (lanes > 2) v[2] = p[2];
  if (lanes > 3) v[3] = p[3];
  return v;
}
CINTRINSICS_INLINE void CIntrinsics_storePartial(float *p, CIntrinsics_Mask lanes, CIntrinsics_FloatVector v) {
  if (lanes > 0) p[0] = v[0];
  if (lanes > 1) p[1] = v[1];
  if (lanes > 2) p[2] = v[2];
  if (lanes > 3) p[3] = v[3];
}
#endif

/// The first lanes from memory; what the others hold is not defined. For loops: without masked loads it has no branch.
/// Needs one lane at least.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_loadEdge(const float *p, CIntrinsics_Mask mask) {
#if defined(__AVX2__)
  return CIntrinsics_loadPartial(p, mask);
#else
  CIntrinsics_FloatVector v = {p[0], p[mask > 1 ? 1 : 0], p[mask > 2 ? 2 : 0], p[mask > 3 ? 3 : 0]};
  return v;
#endif
}

#if defined(__AVX512F__)
#define CINTRINSICS_VECTOR_REGISTER "+v"
#elif defined(__aarch64__)
#define CINTRINSICS_VECTOR_REGISTER "+w"
#else
#define CINTRINSICS_VECTOR_REGISTER "+x"
#endif

/// The same vector, in a register from here on: no instruction. In an inner loop it keeps the compiler from delaying a load
/// until other registers spill.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_inRegister(CIntrinsics_FloatVector v) {
  __asm__ volatile("" : CINTRINSICS_VECTOR_REGISTER(v));
  return v;
}

/// The same address, but the compiler knows no longer how it came about: no instruction. In an inner loop over several rows it
/// keeps one base with strides, where the compiler would step a pointer for each row and run out of registers.
CINTRINSICS_INLINE const float *CIntrinsics_anyAddress(const float *p) {
  __asm__("" : "+r"(p));
  return p;
}

// Transposes of small blocks, in registers: 8 x 8 where a vector has 8 lanes, else 4 x 4.
typedef float CIntrinsics_Float4 __attribute__((vector_size(16)));
typedef float CIntrinsics_Unaligned4 __attribute__((vector_size(16), aligned(4)));

/// destination[p * to + i] = source[i * from + p] for i, p in 0..<4.
CINTRINSICS_INLINE void CIntrinsics_transpose4(const float *r0, const float *r1, const float *r2, const float *r3,
                                               float *destination, int64_t to) {
  CIntrinsics_Float4 a = *(const CIntrinsics_Unaligned4 *)r0, b = *(const CIntrinsics_Unaligned4 *)r1;
  CIntrinsics_Float4 c = *(const CIntrinsics_Unaligned4 *)r2, d = *(const CIntrinsics_Unaligned4 *)r3;
  CIntrinsics_Float4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  CIntrinsics_Float4 cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(CIntrinsics_Unaligned4 *)(destination) = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
  *(CIntrinsics_Unaligned4 *)(destination + to) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
  *(CIntrinsics_Unaligned4 *)(destination + 2 * to) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
  *(CIntrinsics_Unaligned4 *)(destination + 3 * to) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}

/// Four steps of as many rows as a vector has lanes, `across` floats apart: step s goes to `destination + s * to`, a whole vector.
CINTRINSICS_INLINE void CIntrinsics_transposeRows(const float *r, int64_t across, float *destination, int64_t to) {
#if defined(__AVX512F__)
  /* Quarter q of vector j is row 4 q + j: a 4 x 4 transpose within each quarter does the rest. */
  __m512 v[4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    v[j] = _mm512_castps128_ps512(_mm_loadu_ps(r + j * across));
    v[j] = _mm512_mask_broadcast_f32x4(v[j], 0x00F0, _mm_loadu_ps(r + (4 + j) * across));
    v[j] = _mm512_mask_broadcast_f32x4(v[j], 0x0F00, _mm_loadu_ps(r + (8 + j) * across));
    v[j] = _mm512_mask_broadcast_f32x4(v[j], 0xF000, _mm_loadu_ps(r + (12 + j) * across));
  }
  __m512 ab0 = _mm512_unpacklo_ps(v[0], v[1]), ab1 = _mm512_unpackhi_ps(v[0], v[1]);
  __m512 cd0 = _mm512_unpacklo_ps(v[2], v[3]), cd1 = _mm512_unpackhi_ps(v[2], v[3]);
  _mm512_storeu_ps(destination, _mm512_shuffle_ps(ab0, cd0, 0x44));
  _mm512_storeu_ps(destination + to, _mm512_shuffle_ps(ab0, cd0, 0xEE));
  _mm512_storeu_ps(destination + 2 * to, _mm512_shuffle_ps(ab1, cd1, 0x44));
  _mm512_storeu_ps(destination + 3 * to, _mm512_shuffle_ps(ab1, cd1, 0xEE));
#elif defined(__AVX2__)
  __m256 v[4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    v[j] = _mm256_castps128_ps256(_mm_loadu_ps(r + j * across));
    v[j] = _mm256_insertf128_ps(v[j], _mm_loadu_ps(r + (4 + j) * across), 1);
  }
  __m256 ab0 = _mm256_unpacklo_ps(v[0], v[1]), ab1 = _mm256_unpackhi_ps(v[0], v[1]);
  __m256 cd0 = _mm256_unpacklo_ps(v[2], v[3]), cd1 = _mm256_unpackhi_ps(v[2], v[3]);
  _mm256_storeu_ps(destination, _mm256_shuffle_ps(ab0, cd0, 0x44));
  _mm256_storeu_ps(destination + to, _mm256_shuffle_ps(ab0, cd0, 0xEE));
  _mm256_storeu_ps(destination + 2 * to, _mm256_shuffle_ps(ab1, cd1, 0x44));
  _mm256_storeu_ps(destination + 3 * to, _mm256_shuffle_ps(ab1, cd1, 0xEE));
#else
  CIntrinsics_transpose4(r, r + across, r + 2 * across, r + 3 * across, destination, to);
#endif
}

/// The sums of four vectors, as one vector.
CINTRINSICS_INLINE CIntrinsics_Float4 CIntrinsics_sumEach4(CIntrinsics_Float4 a, CIntrinsics_Float4 b,
                                                            CIntrinsics_Float4 c, CIntrinsics_Float4 d) {
  CIntrinsics_Float4 ab = __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
  CIntrinsics_Float4 cd = __builtin_shufflevector(c, d, 0, 2, 4, 6) + __builtin_shufflevector(c, d, 1, 3, 5, 7);
  return __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
}

#pragma clang assume_nonnull end
