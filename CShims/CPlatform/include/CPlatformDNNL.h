// CPlatformDNNL.h: matrix products by oneDNN's C API (2.x and 3.x), whose functions are found in a library at run time.
// C because the two major versions differ in types that are opaque here: descriptors by value in 2.x, by handle in 3.x.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Data types, by oneDNN's own numbers, which both versions share.
enum {
  CPLATFORM_DNNL_F16 = 1,
  CPLATFORM_DNNL_BF16 = 2,
  CPLATFORM_DNNL_F32 = 3,
  CPLATFORM_DNNL_S32 = 4,
  CPLATFORM_DNNL_S8 = 5,
  CPLATFORM_DNNL_U8 = 6
};

// C[m x n] = op(A) * op(B), row-major, `batch` of them; distances in elements.
typedef struct CPlatform_DNNLProduct {
  int64_t m, n, k, lda, ldb, ldc;
  int64_t batch, aStride, bStride, cStride;
  int32_t transA, transB;
  int32_t aType, bType, cType;
  int32_t packs; // 1: B is constant, the library chooses its layout
} CPlatform_DNNLProduct;

typedef struct CPlatform_DNNL CPlatform_DNNL;
typedef struct CPlatform_DNNLMatmul CPlatform_DNNLMatmul;

/// Opens a library that stays open; null where it is none, or of another major version. `version`: three numbers.
CPlatform_DNNL *CPlatform_dnnlOpen(const char *path, int *version);
/// Sets its OpenMP's number of threads for this thread's calls; returns the number before. 0: it cannot be told.
int CPlatform_dnnlSetThreads(CPlatform_DNNL *library, int threads);
/// null where this library has no product of these types and sizes.
CPlatform_DNNLMatmul *CPlatform_dnnlPlan(CPlatform_DNNL *library, const CPlatform_DNNLProduct *product);
void CPlatform_dnnlFree(CPlatform_DNNLMatmul *matmul);
/// Of B in the library's own layout; for products that pack.
size_t CPlatform_dnnlPackedBytes(const CPlatform_DNNLMatmul *matmul);
/// B into the library's own layout. Returns 0, or the library's status.
int CPlatform_dnnlPack(CPlatform_DNNLMatmul *matmul, const void *b, void *packed);
/// `b` is packed where the product packs. Returns 0, or the library's status.
int CPlatform_dnnlRun(CPlatform_DNNLMatmul *matmul, const void *a, const void *b, void *c);

/// Small products, plain and packed, against their definition: `path` is a string. Returns a CPLATFORM_BLAS_*. A body for
/// CPlatform_runInChild.
int CPlatform_tryDNNL(const void *path);
