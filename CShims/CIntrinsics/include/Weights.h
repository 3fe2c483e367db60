// Weights.h: weights in 16, 8 and 4 bits become vectors of floats; dot products of bytes.
// Swift's own conversions of narrow vectors go lane by lane; each of these is one to three instructions.
#pragma once

#include "Dot.h"
#include "PartialVector.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#pragma clang assume_nonnull begin

// As many 32-bit lanes as a vector of floats has.
#if defined(__AVX512F__)
typedef int32_t CIntrinsics_IntVector __attribute__((vector_size(64)));
typedef int32_t CIntrinsics_UnalignedInts __attribute__((vector_size(64), aligned(1)));
typedef uint16_t CIntrinsics_Halves __attribute__((vector_size(32), aligned(1)));
typedef int8_t CIntrinsics_Bytes __attribute__((vector_size(16), aligned(1)));
#elif defined(__AVX2__)
typedef int32_t CIntrinsics_IntVector __attribute__((vector_size(32)));
typedef int32_t CIntrinsics_UnalignedInts __attribute__((vector_size(32), aligned(1)));
typedef uint16_t CIntrinsics_Halves __attribute__((vector_size(16), aligned(1)));
typedef int8_t CIntrinsics_Bytes __attribute__((vector_size(8), aligned(1)));
#else
typedef int32_t CIntrinsics_IntVector __attribute__((vector_size(16)));
typedef int32_t CIntrinsics_UnalignedInts __attribute__((vector_size(16), aligned(1)));
typedef uint16_t CIntrinsics_Halves __attribute__((vector_size(8), aligned(1)));
typedef int8_t CIntrinsics_Bytes __attribute__((vector_size(4), aligned(1)));
#endif

/// A vector's worth of 32-bit words.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_loadWords(const void *p) {
  return *(const CIntrinsics_UnalignedInts *)p;
}

/// bfloat16 → float: the upper half of the float's bits.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenBF16(const void *p) {
  CIntrinsics_IntVector wide =
      __builtin_convertvector(*(const CIntrinsics_Halves *)p, CIntrinsics_IntVector);
  return (CIntrinsics_FloatVector)(wide << 16);
}

/// IEEE binary16 → float, exact for every value.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenF16(const void *p) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(__F16C__)
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#elif defined(__aarch64__)
  return (CIntrinsics_FloatVector)vcvt_f32_f16(vld1_f16((const __fp16 *)p));
#else
  // Exponent and fraction moved to their place, times 2^112: that corrects the bias and normalises small numbers.
  CIntrinsics_IntVector half =
      __builtin_convertvector(*(const CIntrinsics_Halves *)p, CIntrinsics_IntVector);
  CIntrinsics_IntVector magnitude = (half & 0x7fff) << 13;
  CIntrinsics_FloatVector value = (CIntrinsics_FloatVector)magnitude * 0x1p112f;
  CIntrinsics_IntVector bits = (CIntrinsics_IntVector)value | ((magnitude >= 0x0f800000) & 0x7f800000);
  return (CIntrinsics_FloatVector)(bits | ((half & 0x8000) << 16));
#endif
}

/// Signed bytes → floats.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_widenS8(const void *p) {
  CIntrinsics_IntVector wide = __builtin_convertvector(*(const CIntrinsics_Bytes *)p, CIntrinsics_IntVector);
  return __builtin_convertvector(wide, CIntrinsics_FloatVector);
}

/// The words as floats.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_floats(CIntrinsics_IntVector words) {
  return __builtin_convertvector(words, CIntrinsics_FloatVector);
}

/// Nibble `index` (0 … 7, the lowest first; a constant) of each word as a signed number of 4 bits.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_nibble(CIntrinsics_IntVector words, int64_t index) {
#if defined(__AVX512F__)
  // A permutation reads the low four bits of each word and nothing else: it is the conversion.
  const __m512 table = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
  return _mm512_permutexvar_ps((__m512i)((words >> (int32_t)(4 * index))), table);
#else
  CIntrinsics_IntVector value = (words << (int32_t)(28 - 4 * index)) >> 28;
  return __builtin_convertvector(value, CIntrinsics_FloatVector);
#endif
}

/// Signed bytes → words.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_widenToWords(const void *p) {
  return __builtin_convertvector(*(const CIntrinsics_Bytes *)p, CIntrinsics_IntVector);
}

/// The same word in every lane.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_everyWord(int32_t word) {
  return (CIntrinsics_IntVector){} + word;
}

/// Floats of less than 2²² in size, rounded to the nearest whole number (ties to even).
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_rounded(CIntrinsics_FloatVector v) {
#if defined(__AVX512F__)
  return (CIntrinsics_IntVector)_mm512_cvtps_epi32(v);
#else
  // A number of this size plus 1.5 * 2^23 has its whole part in its lowest bits.
  return (CIntrinsics_IntVector)(v + 0x1.8p23f) - 0x4B400000;
#endif
}

/// The lowest byte of each word.
CINTRINSICS_INLINE void CIntrinsics_storeBytes(void *p, CIntrinsics_IntVector words) {
#if defined(__AVX512F__)
  _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8((__m512i)words));
#else
  *(CIntrinsics_Bytes *)p = __builtin_convertvector(words, CIntrinsics_Bytes);
#endif
}

/// float → bfloat16, to nearest, ties to even; a NaN stays one. Stores as many as a vector has lanes.
CINTRINSICS_INLINE void CIntrinsics_storeBF16(void *p, CIntrinsics_FloatVector v) {
  CIntrinsics_IntVector bits = (CIntrinsics_IntVector)v;
  CIntrinsics_IntVector up = bits + 0x7FFF + ((bits >> 16) & 1);
  CIntrinsics_IntVector isNumber = (CIntrinsics_IntVector)(v == v);
  CIntrinsics_IntVector chosen = (up & isNumber) | ((bits | 0x400000) & ~isNumber);
  *(CIntrinsics_Halves *)p = __builtin_convertvector(chosen >> 16, CIntrinsics_Halves);
}

/// What is added to each signed byte of weights before it is multiplied: the caller of `CIntrinsics_dotS8` packs them so, and takes
/// that many times the sum of `a` off again. The instruction for dot products has one unsigned operand.
#if defined(__AVX512VNNI__)
#define CINTRINSICS_S8_BIAS 128
#else
#define CINTRINSICS_S8_BIAS 0
#endif

/// Each word: sum + the dot product of its four bytes: unsigned in `weights`, signed in `a`. See `CIntrinsics_dotBytes` for when it
/// saturates.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_dotU8(CIntrinsics_IntVector sum, CIntrinsics_IntVector weights,
                                                           CIntrinsics_IntVector a) {
  return (CIntrinsics_IntVector)CIntrinsics_dotBytes((CIntrinsics_Words)sum, (CIntrinsics_Words)weights,
                                                     (CIntrinsics_Words)a);
}

/// Each word: sum + the dot product of its four bytes, signed in both; those of `weights` are raised by the bias. No step
/// saturates: without the instruction, pairs are at most 2 * 127 * 128 = 32512, as `a` holds no -128.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_dotS8(CIntrinsics_IntVector sum, CIntrinsics_IntVector weights,
                                                           CIntrinsics_IntVector a) {
#if defined(__AVX512VNNI__)
  return CIntrinsics_dotU8(sum, weights, a);
#elif defined(__AVX512BW__)
  // |weight| times a with the weight's sign: the unsigned operand of the instruction must not be negative.
  __mmask64 negative = _mm512_movepi8_mask((__m512i)weights);
  __m512i turned = _mm512_mask_sub_epi8((__m512i)a, negative, _mm512_setzero_si512(), (__m512i)a);
  return CIntrinsics_dotU8(sum, (CIntrinsics_IntVector)_mm512_abs_epi8((__m512i)weights), (CIntrinsics_IntVector)turned);
#elif defined(__AVX2__)
  return CIntrinsics_dotU8(sum, (CIntrinsics_IntVector)_mm256_abs_epi8((__m256i)weights),
                           (CIntrinsics_IntVector)_mm256_sign_epi8((__m256i)a, (__m256i)weights));
#elif defined(__SSSE3__)
  return CIntrinsics_dotU8(sum, (CIntrinsics_IntVector)_mm_abs_epi8((__m128i)weights),
                           (CIntrinsics_IntVector)_mm_sign_epi8((__m128i)a, (__m128i)weights));
#elif defined(__aarch64__)
  int16x8_t low = vmull_s8(vget_low_s8((int8x16_t)weights), vget_low_s8((int8x16_t)a));
  int16x8_t high = vmull_high_s8((int8x16_t)weights, (int8x16_t)a);
  return sum + (CIntrinsics_IntVector)vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
#else
  for (int part = 0; part < 32; part += 8)
    sum += ((a << (24 - part)) >> 24) * ((weights << (24 - part)) >> 24);
  return sum;
#endif
}

/// The same for any bytes of `a`, -128 among them: without the instruction, products are added in 32 bits.
CINTRINSICS_INLINE CIntrinsics_IntVector CIntrinsics_dotAnyS8(CIntrinsics_IntVector sum, CIntrinsics_IntVector weights,
                                                              CIntrinsics_IntVector a) {
#if defined(__AVX512VNNI__) || defined(__aarch64__)
  return CIntrinsics_dotS8(sum, weights, a);
#elif defined(__AVX512BW__)
  __m512i w = (__m512i)weights, x = (__m512i)a;
  __m512i odd = _mm512_madd_epi16(_mm512_srai_epi16(w, 8), _mm512_srai_epi16(x, 8));
  __m512i even = _mm512_madd_epi16(_mm512_srai_epi16(_mm512_slli_epi16(w, 8), 8), _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8));
  return sum + (CIntrinsics_IntVector)_mm512_add_epi32(odd, even);
#elif defined(__AVX2__)
  __m256i w = (__m256i)weights, x = (__m256i)a;
  __m256i odd = _mm256_madd_epi16(_mm256_srai_epi16(w, 8), _mm256_srai_epi16(x, 8));
  __m256i even = _mm256_madd_epi16(_mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
  return sum + (CIntrinsics_IntVector)_mm256_add_epi32(odd, even);
#elif defined(__SSE2__)
  __m128i w = (__m128i)weights, x = (__m128i)a;
  __m128i odd = _mm_madd_epi16(_mm_srai_epi16(w, 8), _mm_srai_epi16(x, 8));
  __m128i even = _mm_madd_epi16(_mm_srai_epi16(_mm_slli_epi16(w, 8), 8), _mm_srai_epi16(_mm_slli_epi16(x, 8), 8));
  return sum + (CIntrinsics_IntVector)_mm_add_epi32(odd, even);
#else
  for (int part = 0; part < 32; part += 8)
    sum += ((a << (24 - part)) >> 24) * ((weights << (24 - part)) >> 24);
  return sum;
#endif
}

#if defined(__AVX512BF16__)
/// The floats `sum`, each plus two products of bfloat16 pairs. Subnormal numbers count as zero.
CINTRINSICS_INLINE CIntrinsics_FloatVector CIntrinsics_dotBF16(CIntrinsics_FloatVector sum,
                                                               CIntrinsics_IntVector weights,
                                                               CIntrinsics_IntVector a) {
  return CIntrinsics_dotPairs(sum, (CIntrinsics_Words)weights, (CIntrinsics_Words)a);
}
#endif

#pragma clang assume_nonnull end
