// Rows.h: rows of 32, 16 and 8 bits whose length is no multiple of a vector, and floats rounded to 16 bits.
// Swift has neither masked memory access nor these conversions; lanes left out are never touched.
#pragma once

#include "Weights.h"

#pragma clang assume_nonnull begin

/// The first `count` 16-bit elements as they lie in memory, zeros after them.
CINTRINSICS_INLINE CIntrinsics_Halves CIntrinsics_loadHalves(const void *p, int64_t count) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  return (CIntrinsics_Halves)_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1u), p);
#else
  CIntrinsics_Halves v = {0};
  for (unsigned i = 0; i < sizeof(v) / 2; i++)
    if ((int64_t)i < count) v[i] = ((const uint16_t *)p)[i];
  return v;
#endif
}

/// The first `count` bfloat16 as floats, zeros after them.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenBF16Part(const void *p, int64_t count) {
  CIntrinsics_Halves part = CIntrinsics_loadHalves(p, count);
  return CIntrinsics_widenBF16(&part);
}

/// The first `count` binary16 as floats, zeros after them.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenF16Part(const void *p, int64_t count) {
  CIntrinsics_Halves part = CIntrinsics_loadHalves(p, count);
  return CIntrinsics_widenF16(&part);
}

/// The first `count` signed bytes as floats, zeros after them.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenS8Part(const void *p, int64_t count) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  CIntrinsics_Bytes part = (CIntrinsics_Bytes)_mm_maskz_loadu_epi8((__mmask16)((1u << count) - 1u), p);
#else
  CIntrinsics_Bytes part = {0};
  for (unsigned i = 0; i < sizeof(part); i++)
    if ((int64_t)i < count) part[i] = ((const int8_t *)p)[i];
#endif
  return CIntrinsics_widenS8(&part);
}

/// float → bfloat16, to the nearest, ties to even; NaN stays NaN.
CINTRINSICS_INLINE uint16_t CIntrinsics_toBF16(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  if (x != x) return (uint16_t)((bits >> 16) | 0x40);
  return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// float → binary16, to the nearest, ties to even; what is too large becomes infinity, NaN stays NaN.
CINTRINSICS_INLINE uint16_t CIntrinsics_toF16(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  uint32_t sign = (bits >> 16) & 0x8000u, size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
  if (size >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u);
  if (size < 0x38800000u) {
    // Below 2^-14: adding 1/2 leaves the subnormal's bits, rounded, at the end of the sum.
    float magnitude, half = 0.5f;
    __builtin_memcpy(&magnitude, &size, 4);
    magnitude += half;
    uint32_t sum;
    __builtin_memcpy(&sum, &magnitude, 4);
    return (uint16_t)(sign | (sum - 0x3f000000u));
  }
  return (uint16_t)(sign | ((size - 0x38000000u + 0xfffu + ((size >> 13) & 1u)) >> 13));
}

/// A vector of floats as binary16 (`CIntrinsics_toF16`).
CINTRINSICS_INLINE void CIntrinsics_storeF16(void *p, CIntrinsics_FloatVector v) {
#if defined(__AVX512F__)
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif defined(__F16C__)
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
  for (unsigned i = 0; i < sizeof(v) / 4; i++) ((uint16_t *)p)[i] = CIntrinsics_toF16(v[i]);
#endif
}

#if defined(__AVX2__)
/// Turns 8 rows of 8: to[c * stride + i] = r[i][c]. Bits are moved and nothing is computed.
CINTRINSICS_INLINE void CIntrinsics_storeTurned(__m256 r[_Nonnull 8], float *to, int64_t stride) {
  __m256 a[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
    r[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
    r[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    r[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(to + i * stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
  }
}

/// to[c * toStride + i] = word c of the row at from + i * fromBytes, for 8 rows of 8 words of any kind.
CINTRINSICS_INLINE void CIntrinsics_turnWords8(const void *from, int64_t fromBytes, float *to, int64_t toStride) {
  __m256 r[8];
  for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps((const float *)((const char *)from + i * fromBytes));
  CIntrinsics_storeTurned(r, to, toStride);
}

/// to[c * toStride + i] = from[i * fromStride + c] * factors[c] for 8 rows of 8 floats. Returns for each c the sum of 0 times the
/// products: NaN where one is not finite.
CINTRINSICS_INLINE __m256 CIntrinsics_turnProducts8(const float *from, int64_t fromStride, __m256 factors, float *to,
                                                    int64_t toStride) {
  __m256 r[8], check = _mm256_setzero_ps();
  for (int i = 0; i < 8; i++) {
    r[i] = _mm256_mul_ps(_mm256_loadu_ps(from + i * fromStride), factors);
    check = _mm256_fmadd_ps(r[i], _mm256_setzero_ps(), check);
  }
  CIntrinsics_storeTurned(r, to, toStride);
  return check;
}
#endif

#if defined(__AVX512F__)
/// Rounded to the nearest whole number, ties to even.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_whole(CIntrinsics_FloatVector v) {
  return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/// v times 2 to the whole number n where x is at least -126 or NaN, else 0.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_timesPower(CIntrinsics_FloatVector v, CIntrinsics_FloatVector n,
                                                                  CIntrinsics_FloatVector x) {
  return _mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(x, _mm512_set1_ps(-126.0f), _CMP_NLT_UQ), v, n);
}
#endif

#if defined(__AVX512F__)
/// Sums of the lanes of four vectors within each quarter: quarter i has one of a, b, c, d from their quarters i.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_sumQuarters(CIntrinsics_FloatVector a, CIntrinsics_FloatVector b,
                                                                   CIntrinsics_FloatVector c, CIntrinsics_FloatVector d) {
  __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  return _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
}

/// The sums of the quarters of four vectors, as the quarters of one.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_addQuarters(CIntrinsics_FloatVector a, CIntrinsics_FloatVector b,
                                                                   CIntrinsics_FloatVector c, CIntrinsics_FloatVector d) {
  __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  return _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
}
#endif

#if defined(__AVX512BF16__)
/// Two bfloat16 from memory, in every lane, as bits.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_everyPair(const void *p) {
  typedef int32_t Unaligned __attribute__((aligned(1), may_alias));
  return (CIntrinsics_FloatVector)_mm512_set1_epi32(*(const Unaligned *)p);
}

/// sums + the products of the pairs of bfloat16 in the lanes of a and b.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_addPairs(CIntrinsics_FloatVector sums, CIntrinsics_FloatVector a,
                                                                CIntrinsics_FloatVector b) {
  return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
}

/// Two floats as a pair of bfloat16 in each lane, rounded to the nearest: `even` in the lower half.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_roundPairs(CIntrinsics_FloatVector even, CIntrinsics_FloatVector odd) {
  const __m512i order = _mm512_setr_epi32(0x100000, 0x110001, 0x120002, 0x130003, 0x140004, 0x150005, 0x160006, 0x170007,
                                          0x180008, 0x190009, 0x1a000a, 0x1b000b, 0x1c000c, 0x1d000d, 0x1e000e, 0x1f000f);
  return (CIntrinsics_FloatVector)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}

/// The first `count` (0 … 32) 16-bit elements, zeros after them.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_loadPairs(const void *p, int64_t count) {
  return (CIntrinsics_FloatVector)_mm512_maskz_loadu_epi16((__mmask32)((1ull << count) - 1u), p);
}

/// Pairs of the first (`half` 0) or the last 16 of the 32 elements of two rows, a's in the lower halves.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_pairHalf(CIntrinsics_FloatVector a, CIntrinsics_FloatVector b, int64_t half) {
  const __m512i low = _mm512_setr_epi32(0x200000, 0x210001, 0x220002, 0x230003, 0x240004, 0x250005, 0x260006, 0x270007,
                                        0x280008, 0x290009, 0x2a000a, 0x2b000b, 0x2c000c, 0x2d000d, 0x2e000e, 0x2f000f);
  const __m512i high = _mm512_or_si512(low, _mm512_set1_epi32(0x100010));
  return (CIntrinsics_FloatVector)_mm512_permutex2var_epi16((__m512i)a, half ? high : low, (__m512i)b);
}

/// Two rows of `count` 16-bit elements as one row of pairs, a's in the lower halves.
CINTRINSICS_INLINE void CIntrinsics_pairRows(void *pairs, const void *a, const void *b, int64_t count) {
  const __m512i order = _mm512_setr_epi32(0x200000, 0x210001, 0x220002, 0x230003, 0x240004, 0x250005, 0x260006, 0x270007,
                                          0x280008, 0x290009, 0x2a000a, 0x2b000b, 0x2c000c, 0x2d000d, 0x2e000e, 0x2f000f);
  for (int64_t i = 0; i < count; i += 16) {
    int64_t left = count - i;
    __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1u);
    __m512i x = _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(mask, (const uint16_t *)a + i));
    __m512i y = _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(mask, (const uint16_t *)b + i));
    _mm512_mask_storeu_epi32((uint32_t *)pairs + i, mask, _mm512_permutex2var_epi16(x, order, y));
  }
}
#endif

#pragma clang assume_nonnull end
