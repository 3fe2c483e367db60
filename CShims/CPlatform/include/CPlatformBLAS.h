// CPlatformBLAS.h: a foreign BLAS library computes small products in a child process (CPlatformChild.h): one that crashes, hangs, computes
// nothing or computes wrongly is found out before Hone calls it.
// C because it runs between fork and _exit, where no Swift may.
#pragma once

enum {
  CPLATFORM_BLAS_RIGHT = 0,
  CPLATFORM_BLAS_NOT_OPENED = 2,
  CPLATFORM_BLAS_NO_ENTRY = 3,
  CPLATFORM_BLAS_NOTHING = 4, // some element of C was left as it was
  CPLATFORM_BLAS_WRONG = 5
};

// How an entry point takes its arguments.
enum {
  CPLATFORM_BLAS_CBLAS32 = 0, // cblas_sgemm with int sizes
  CPLATFORM_BLAS_CBLAS64 = 1, // cblas_sgemm with 64-bit sizes
  CPLATFORM_BLAS_DNNL = 2     // dnnl_sgemm of oneDNN
};

typedef struct CPlatform_BLASTrial {
  const char *path;
  const char *entry;
  int convention;
} CPlatform_BLASTrial;

// Calls the entry point (row-major) and nothing else.
void CPlatform_callSGEMM(void *entry, int convention, int transA, int transB, long m, long n, long k, float alpha,
                         const float *a, long lda, const float *b, long ldb, float beta, float *c, long ldc);

// `trial` is a CPlatform_BLASTrial. Returns one of the above. A body for CPlatform_runInChild.
int CPlatform_tryBLAS(const void *trial);
