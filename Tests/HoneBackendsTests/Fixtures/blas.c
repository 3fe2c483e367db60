/* blas.c: the smallest BLAS: one function, right by default, wrong in the way that a macro asks for. */
#include <stdlib.h>

void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
                 int ldb, float beta, float *c, int ldc) {
  (void)order;
#ifdef BLAS_CRASH
  abort();
#endif
#ifdef BLAS_NOTHING
  return;
#endif
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float sum = 0;
      for (int p = 0; p < k; p++) sum += a[ta == 112 ? p * lda + i : i * lda + p] * b[tb == 112 ? j * ldb + p : p * ldb + j];
#ifdef BLAS_WRONG
      sum += 1;
#endif
      c[i * ldc + j] = beta == 0 ? alpha * sum : alpha * sum + beta * c[i * ldc + j];
    }
}
