/* gemm_check.h: what the fixtures share: reproducible operands, products in double, and a way to fail. C99 and C++17. */
#ifndef GEMM_CHECK_H
#define GEMM_CHECK_H

#include <hone.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

/* Says what failed and goes on. */
#define CHECK(condition)                                                                      \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      failures++;                                                                             \
      printf("%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, hone_last_error()); \
    }                                                                                         \
  } while (0)

static inline float *operand(size_t count, unsigned seed) {
  float *values = (float *)malloc((count ? count : 1) * sizeof *values);
  size_t i;
  if (values == NULL) exit(70);
  for (i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / 16777216.0f - 0.5f;
  }
  return values;
}

/* Largest error of C[m x n] = A[m x k] * B[k x n], relative to the sum of the magnitudes. */
static inline double gemm_error(long m, long n, long k, const float *a, const float *b, const float *c) {
  double worst = 0;
  long i, j, l;
  for (i = 0; i < m; i++)
    for (j = 0; j < n; j++) {
      double sum = 0, magnitude = 1e-30, error;
      for (l = 0; l < k; l++) {
        double term = (double)a[i * k + l] * (double)b[l * n + j];
        sum += term;
        magnitude += fabs(term);
      }
      error = fabs(sum - (double)c[i * n + j]) / magnitude;
      if (!(error <= worst)) worst = error;
    }
  return worst;
}

#endif
