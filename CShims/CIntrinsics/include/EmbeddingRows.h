// EmbeddingRows.h: elements of embedding rows become vectors of floats, whole or the first lanes only, and sums become narrow outputs.
// Swift's own conversions of narrow vectors go lane by lane, and it has no masked access; each of these is a few instructions.
#pragma once

#include "Weights.h"

#include <stdbool.h>

#pragma clang assume_nonnull begin

#define CINTRINSICS_LANES ((int64_t)(sizeof(CIntrinsics_FloatVector) / 4))

/// The first `bytes` bytes at p, in a buffer of a whole vector; the rest is zero. A half and a quarter of a vector are single moves.
typedef struct CIntrinsics_Part {
  unsigned char bytes[sizeof(CIntrinsics_FloatVector)];
} CIntrinsics_Part;

CINTRINSICS_INLINE CIntrinsics_Part CIntrinsics_part(const void *p, int64_t bytes) {
  CIntrinsics_Part part = {{0}};
  if (bytes == 16) __builtin_memcpy(part.bytes, p, 16);
  else if (bytes == 8) __builtin_memcpy(part.bytes, p, 8);
  else if (bytes == 4) __builtin_memcpy(part.bytes, p, 4);
  else
    for (int64_t i = 0; i < bytes; i++) part.bytes[i] = ((const unsigned char *)p)[i];
  return part;
}

// In all that follow, `lanes` is 1 … the lanes of a vector; what the lanes beyond hold is not defined, and nothing beyond is read.

CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_firstF32(const float *p, int64_t lanes) {
#if defined(__AVX2__)
  return CIntrinsics_loadPartial(p, CIntrinsics_mask(lanes));
#else
  if (lanes == CINTRINSICS_LANES) return *(const CIntrinsics_Unaligned4 *)p;
  CIntrinsics_FloatVector v = {p[0], lanes > 1 ? p[1] : 0, lanes > 2 ? p[2] : 0, 0};
  return v;
#endif
}

CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_firstF16(const void *p, int64_t lanes) {
#if defined(__AVX512BW__)
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(CIntrinsics_mask(lanes), p));
#else
  if (lanes == CINTRINSICS_LANES) return CIntrinsics_widenF16(p);
  CIntrinsics_Part part = CIntrinsics_part(p, 2 * lanes);
  return CIntrinsics_widenF16(part.bytes);
#endif
}

CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_firstBF16(const void *p, int64_t lanes) {
#if defined(__AVX512BW__)
  __m256i halves = _mm256_maskz_loadu_epi16(CIntrinsics_mask(lanes), p);
  return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16);
#else
  if (lanes == CINTRINSICS_LANES) return CIntrinsics_widenBF16(p);
  CIntrinsics_Part part = CIntrinsics_part(p, 2 * lanes);
  return CIntrinsics_widenBF16(part.bytes);
#endif
}

#if defined(__AVX512F__)
typedef uint8_t CIntrinsics_UnsignedBytes __attribute__((vector_size(16), aligned(1)));
#elif defined(__AVX2__)
typedef uint8_t CIntrinsics_UnsignedBytes __attribute__((vector_size(8), aligned(1)));
#else
typedef uint8_t CIntrinsics_UnsignedBytes __attribute__((vector_size(4), aligned(1)));
#endif

/// Unsigned bytes → floats.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenU8(const void *p) {
  CIntrinsics_IntVector wide =
      __builtin_convertvector(*(const CIntrinsics_UnsignedBytes *)p, CIntrinsics_IntVector);
  return __builtin_convertvector(wide, CIntrinsics_FloatVector);
}

CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_firstU8(const void *p, int64_t lanes) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  __m128i bytes = _mm_maskz_loadu_epi8(CIntrinsics_mask(lanes), p);
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
#else
  if (lanes == CINTRINSICS_LANES) return CIntrinsics_widenU8(p);
  CIntrinsics_Part part = CIntrinsics_part(p, lanes);
  return CIntrinsics_widenU8(part.bytes);
#endif
}

// Nibbles, the low half of a byte first. With 16 lanes, the elements of a vector lie in the lanes 0, 2, 4 … 14, 1, 3 … 15: every pair of
// lanes shifts the same 8 bytes, the even lane those of the low word. A bag puts its sums in order once, at its end.

#if defined(__AVX512F__)
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_nibblesOf(__m512i words) {
  const __m512i shifts = _mm512_setr_epi32(0, 0, 4, 4, 8, 8, 12, 12, 16, 16, 20, 20, 24, 24, 28, 28);
  // A permutation reads the low four bits of each word and nothing else: it is the conversion.
  const __m512 table = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_ps(_mm512_srlv_epi32(words, shifts), table);
}
#elif defined(__AVX2__)
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_nibblesOf(__m256i words) {
  const __m256i shifts = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);
  return _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srlv_epi32(words, shifts), _mm256_set1_epi32(15)));
}
#endif

/// Unsigned nibbles → floats, in the order told above.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenU4(const void *p) {
#if defined(__AVX512F__)
  int64_t bytes;
  __builtin_memcpy(&bytes, p, 8);
  return CIntrinsics_nibblesOf(_mm512_set1_epi64(bytes));
#elif defined(__AVX2__)
  int32_t bytes;
  __builtin_memcpy(&bytes, p, 4);
  return CIntrinsics_nibblesOf(_mm256_set1_epi32(bytes));
#else
  const unsigned char *b = p;
  CIntrinsics_IntVector v = {b[0] & 15, b[0] >> 4, b[1] & 15, b[1] >> 4};
  return __builtin_convertvector(v, CIntrinsics_FloatVector);
#endif
}

CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_firstU4(const void *p, int64_t lanes) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  __m128i bytes = _mm_maskz_loadu_epi8((__mmask16)CIntrinsics_mask((lanes + 1) / 2), p);
  return CIntrinsics_nibblesOf(_mm512_broadcastq_epi64(bytes));
#else
  if (lanes == CINTRINSICS_LANES) return CIntrinsics_widenU4(p);
  CIntrinsics_Part part = CIntrinsics_part(p, (lanes + 1) / 2);
  return CIntrinsics_widenU4(part.bytes);
#endif
}

/// Elements that `widenU4` left in its own order, in theirs.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_orderedU4(CIntrinsics_FloatVector v) {
#if defined(__AVX512F__)
  return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15), v);
#else
  return v;
#endif
}

/// The larger of each pair; a NaN in either gives NaN, which the machine's own instruction would not.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_largest(CIntrinsics_FloatVector a, CIntrinsics_FloatVector b) {
  CIntrinsics_IntVector keep = (a >= b) | (a != a);
  return (CIntrinsics_FloatVector)(((CIntrinsics_IntVector)a & keep) | ((CIntrinsics_IntVector)b & ~keep));
}

/// Two floats, in the first two lanes.
CINTRINSICS_INLINE CIntrinsics_Float4 CIntrinsics_pairF32(const void *p) {
#if defined(__SSE2__)
  return (CIntrinsics_Float4)_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)p));
#else
  float pair[2];
  __builtin_memcpy(pair, p, sizeof pair);
  CIntrinsics_Float4 v = {pair[0], pair[1], 0, 0};
  return v;
#endif
}

/// Two binary16 numbers, in the first two lanes.
CINTRINSICS_INLINE CIntrinsics_Float4 CIntrinsics_pairF16(const void *p) {
#if defined(__F16C__)
  int32_t bits;
  __builtin_memcpy(&bits, p, 4);
  return (CIntrinsics_Float4)_mm_cvtph_ps(_mm_cvtsi32_si128(bits));
#else
  CIntrinsics_Part part = CIntrinsics_part(p, 4);
  CIntrinsics_FloatVector wide = CIntrinsics_widenF16(part.bytes);
  CIntrinsics_Float4 v = {wide[0], wide[1], 0, 0};
  return v;
#endif
}

/// One float as binary16, to the nearest, ties to even. Beyond 65504 it is an infinity, as the conversion of IEEE 754 has it.
CINTRINSICS_INLINE uint16_t CIntrinsics_halfOf(float value) {
  union {
    float number;
    uint32_t bits;
  } u = {value}, small;
  uint32_t sign = u.bits >> 16 & 0x8000, size = u.bits & 0x7fffffff;
  if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (size >> 13 & 0x1ff));
  if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (size < 0x38800000) {
    // Plus a half, a float's last place is that of a small binary16: the addition rounds.
    small.bits = size;
    small.number += 0.5f;
    return (uint16_t)(sign | (small.bits - 0x3f000000));
  }
  return (uint16_t)(sign | ((size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13));
}

CINTRINSICS_INLINE uint16_t CIntrinsics_brainOf(float value) {
  union {
    float number;
    uint32_t bits;
  } u = {value};
  if ((u.bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(u.bits >> 16 | 0x40);
  return (uint16_t)((u.bits + 0x7fff + (u.bits >> 16 & 1)) >> 16);
}

/// The first lanes as binary16, rounded to the nearest.
CINTRINSICS_INLINE void CIntrinsics_storeAsF16(void *p, CIntrinsics_FloatVector v, int64_t lanes) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  _mm256_mask_storeu_epi16(p, CIntrinsics_mask(lanes), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
  uint16_t halves[sizeof(v) / 4];
#if defined(__F16C__)
  _mm_storeu_si128((__m128i *)halves, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
  for (unsigned i = 0; i < sizeof(v) / 4; i++) halves[i] = CIntrinsics_halfOf(v[i]);
#endif
  if (lanes == CINTRINSICS_LANES) __builtin_memcpy(p, halves, sizeof halves);
  else
    for (int64_t i = 0; i < lanes; i++) __builtin_memcpy((char *)p + 2 * i, halves + i, 2);
#endif
}

/// Is rounding a vector to binary16 one instruction?
CINTRINSICS_INLINE bool CIntrinsics_roundsToF16(void) {
#if defined(__AVX512F__) || defined(__F16C__)
  return true;
#else
  return false;
#endif
}

/// Is rounding a vector to bfloat16 a few instructions?
CINTRINSICS_INLINE bool CIntrinsics_roundsToBF16(void) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  return true;
#else
  return false;
#endif
}

/// The first lanes as bfloat16, rounded to the nearest.
CINTRINSICS_INLINE void CIntrinsics_storeAsBF16(void *p, CIntrinsics_FloatVector v, int64_t lanes) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  __m512i bits = (__m512i)v;
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
  _mm256_mask_storeu_epi16(p, CIntrinsics_mask(lanes), _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
#else
  for (int64_t i = 0; i < lanes; i++) {
    uint16_t half = CIntrinsics_brainOf(v[i]);
    __builtin_memcpy((char *)p + 2 * i, &half, 2);
  }
#endif
}

/// Stores a whole vector past the caches; p is aligned to a vector. `CIntrinsics_fenceStores` makes such stores visible in order.
CINTRINSICS_INLINE void CIntrinsics_streamF32(float *p, CIntrinsics_FloatVector v) {
  __builtin_nontemporal_store(v, (CIntrinsics_FloatVector *)p);
}

CINTRINSICS_INLINE void CIntrinsics_fenceStores(void) {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

#pragma clang assume_nonnull end
