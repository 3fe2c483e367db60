#define _GNU_SOURCE
#include "CPlatformBLAS.h"

#include <dlfcn.h>
#include <math.h>
#include <stdint.h>

typedef void (*CBLAS32)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void (*CBLAS64)(int, int, int, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *, int64_t,
                        float, float *, int64_t);
typedef int (*DNNL)(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *, int64_t, float,
                    float *, int64_t);

// Numbers of the CBLAS standard.
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

void CPlatform_callSGEMM(void *entry, int convention, int transA, int transB, long m, long n, long k, float alpha,
                         const float *a, long lda, const float *b, long ldb, float beta, float *c, long ldc) {
  int ta = transA ? TRANSPOSE : NO_TRANSPOSE, tb = transB ? TRANSPOSE : NO_TRANSPOSE;
  if (convention == CPLATFORM_BLAS_DNNL)
    ((DNNL)entry)(transA ? 'T' : 'N', transB ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  else if (convention == CPLATFORM_BLAS_CBLAS64)
    ((CBLAS64)entry)(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  else
    ((CBLAS32)entry)(ROW_MAJOR, ta, tb, (int)m, (int)n, (int)k, alpha, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

enum { EDGE = 70 };
static float a[EDGE * EDGE], b[EDGE * EDGE], c[EDGE * EDGE];

static int product(void *entry, int convention, int ta, int tb, long m, long n, long k) {
  // Small whole numbers: every order of summation gives the same float.
  for (int i = 0; i < EDGE * EDGE; i++) a[i] = (float)(i % 7 - 3), b[i] = (float)(i % 5 - 2), c[i] = NAN;
  CPlatform_callSGEMM(entry, convention, ta, tb, m, n, k, 1, a, EDGE, b, EDGE, 0, c, EDGE);
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      float sum = 0;
      for (long p = 0; p < k; p++) sum += a[ta ? p * EDGE + i : i * EDGE + p] * b[tb ? j * EDGE + p : p * EDGE + j];
      if (isnan(c[i * EDGE + j])) return CPLATFORM_BLAS_NOTHING;
      if (c[i * EDGE + j] != sum) return CPLATFORM_BLAS_WRONG;
    }
  return CPLATFORM_BLAS_RIGHT;
}

int CPlatform_tryBLAS(const void *argument) {
  const CPlatform_BLASTrial *trial = argument;
  // Its own symbols first: this process has another BLAS whose names are the same.
  void *handle = dlopen(trial->path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!handle) return CPLATFORM_BLAS_NOT_OPENED;
  void *entry = dlsym(handle, trial->entry);
  if (!entry) return CPLATFORM_BLAS_NO_ENTRY;
  // A fork leaves the parent's OpenMP threads behind; the library would wait for them for ever.
  void (*setThreads)(int) = (void (*)(int))dlsym(handle, "omp_set_num_threads");
  if (setThreads) setThreads(1);
  static const long sizes[][3] = {{1, 1, 1}, {3, 5, 7}, {70, 70, 70}, {1, 64, 33}, {65, 2, 16}};
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int trans = 0; trans < 4; trans++) {
      int result = product(entry, trial->convention, trans & 1, trans >> 1, sizes[i][0], sizes[i][1], sizes[i][2]);
      if (result != CPLATFORM_BLAS_RIGHT) return result;
    }
  return CPLATFORM_BLAS_RIGHT;
}
