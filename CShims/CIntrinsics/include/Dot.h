// Dot.h: sums of products of narrow numbers, by the instructions that the build's instruction set has for them.
// C because Swift's SIMD types have no dot products.
#pragma once

#include <stdint.h>

#include "CIntrinsics.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#pragma clang assume_nonnull begin

// A vector of bytes, or of 32-bit sums: as wide as the build's vectors.
#if defined(__AVX512BW__)
typedef __m512i CIntrinsics_Words;
#elif defined(__AVX2__)
typedef __m256i CIntrinsics_Words;
#elif defined(__SSE2__)
typedef __m128i CIntrinsics_Words;
#else
typedef int64_t CIntrinsics_Words __attribute__((vector_size(16)));
#endif

/// The 32-bit sums `sums`, each plus four products of the unsigned bytes of `a` with the signed bytes of `b`. Without VNNI two
/// products are added in 16 bits first, which saturate at ±2¹⁵.
CINTRINSICS_INLINE CIntrinsics_Words CIntrinsics_dotBytes(CIntrinsics_Words sums, CIntrinsics_Words a,
                                                          CIntrinsics_Words b) {
#if defined(__AVX512VNNI__)
  return _mm512_dpbusd_epi32(sums, a, b);
#elif defined(__AVX512BW__)
  return _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_maddubs_epi16(a, b), _mm512_set1_epi16(1)));
#elif defined(__AVX2__)
  return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)));
#elif defined(__SSSE3__)
  return _mm_add_epi32(sums, _mm_madd_epi16(_mm_maddubs_epi16(a, b), _mm_set1_epi16(1)));
#else
  typedef uint8_t Unsigned __attribute__((vector_size(16)));
  typedef int8_t Signed __attribute__((vector_size(16)));
  typedef int32_t Wide __attribute__((vector_size(64)));
  typedef int32_t Sums __attribute__((vector_size(16)));
  Wide p = __builtin_convertvector((Unsigned)a, Wide) * __builtin_convertvector((Signed)b, Wide);
  Sums even = __builtin_shufflevector(p, p, 0, 4, 8, 12) + __builtin_shufflevector(p, p, 1, 5, 9, 13);
  Sums odd = __builtin_shufflevector(p, p, 2, 6, 10, 14) + __builtin_shufflevector(p, p, 3, 7, 11, 15);
  return (CIntrinsics_Words)((Sums)sums + even + odd);
#endif
}

#if defined(__AVX512BF16__)
/// The floats `sums`, each plus two products of the bfloat16 pairs of `a` and `b`.
CINTRINSICS_INLINE __m512 CIntrinsics_dotPairs(__m512 sums, CIntrinsics_Words a, CIntrinsics_Words b) {
  return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
}
#endif

#if defined(__AVX512BW__)
#define CINTRINSICS_WORDS_REGISTER "+v"
#elif defined(__aarch64__)
#define CINTRINSICS_WORDS_REGISTER "+w"
#else
#define CINTRINSICS_WORDS_REGISTER "+x"
#endif

/// The same bytes, but the compiler knows no longer that they are: no instruction. A probe's products are all equal, and would be computed
/// once otherwise.
CINTRINSICS_INLINE CIntrinsics_Words CIntrinsics_anyWords(CIntrinsics_Words v) {
  __asm__("" : CINTRINSICS_WORDS_REGISTER(v));
  return v;
}

#pragma clang assume_nonnull end
