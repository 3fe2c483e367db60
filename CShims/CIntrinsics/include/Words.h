// Words.h: rows of bytes against rows of 16-bit whole numbers by VNNI, sums in 32 bits; both are carried as vectors of floats' bits.
// Swift has neither the products nor masked access to bytes.
#pragma once

#include "Rows.h"

#pragma clang assume_nonnull begin

#if defined(__AVX512VNNI__)
/// `count` (1 … 32) bytes, zeros after them.
CINTRINSICS_INLINE __m256i CIntrinsics_bytes(const void *p, int64_t count) {
  return count >= 32 ? _mm256_loadu_si256(p) : _mm256_maskz_loadu_epi8((__mmask32)((1u << count) - 1u), p);
}

/// 1 … 32 bytes as words, zeros after them.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_bytesToWords(const void *p, int64_t count) {
  return (CIntrinsics_FloatVector)_mm512_cvtepi8_epi16(CIntrinsics_bytes(p, count));
}

/// Pairs of words of two rows of up to 32 bytes, a's in the lower halves: columns 0 … 7 and 16 … 23 (`half` 0) or the others.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_wordPairs(const void *a, const void *b, int64_t count, int64_t half) {
  __m256i x = CIntrinsics_bytes(a, count), y = CIntrinsics_bytes(b, count);
  return (CIntrinsics_FloatVector)_mm512_cvtepi8_epi16(half ? _mm256_unpackhi_epi8(x, y) : _mm256_unpacklo_epi8(x, y));
}

/// sums + the products of the pairs of words in the lanes of a and b.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_addWords(CIntrinsics_FloatVector sums, CIntrinsics_FloatVector a,
                                                                CIntrinsics_FloatVector b) {
  return (CIntrinsics_FloatVector)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)a, (__m512i)b);
}

/// A pair of words from memory in every lane.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_everyWords(const void *p) {
  typedef int32_t Unaligned __attribute__((aligned(1), may_alias));
  return (CIntrinsics_FloatVector)_mm512_set1_epi32(*(const Unaligned *)p);
}

/// Whole numbers in the lanes as floats.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_wordSums(CIntrinsics_FloatVector sums) {
  return _mm512_cvtepi32_ps((__m512i)sums);
}

/// Floats rounded to words.
CINTRINSICS_INLINE void CIntrinsics_storeWords(void *p, CIntrinsics_FloatVector v) {
  _mm256_storeu_si256(p, _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(v)));
}

/// The largest size of a number of a and b.
CINTRINSICS_INLINE float CIntrinsics_largestSize(CIntrinsics_FloatVector a, CIntrinsics_FloatVector b) {
  return _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
}

/// Columns 0 … 15 (`half` 0) or 16 … 31 of sums that CIntrinsics_wordPairs scattered, as floats.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_gatherColumns(CIntrinsics_FloatVector low, CIntrinsics_FloatVector high,
                                                                     int64_t half) {
  __m512i all = half ? _mm512_shuffle_i64x2((__m512i)low, (__m512i)high, 0xee) : _mm512_shuffle_i64x2((__m512i)low, (__m512i)high, 0x44);
  return _mm512_cvtepi32_ps(all);
}
#endif

#pragma clang assume_nonnull end
