/* gemm-driver.c: loads a kernel library and runs every gemm row on random problems against a loop in double.
 * Plain C, so that it can be built by any cross compiler and run under an emulator. Prints one line a failure and a
 * summary; exit code 0 when every row computed every problem. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone_kernel.h"

static unsigned long long state = 1;

static unsigned next(unsigned limit) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (unsigned)(state >> 33) % limit;
}

static float *matrix(long rows, long ld) {
  float *p = malloc((size_t)(rows * ld + 1) * sizeof(float));
  for (long i = 0; i < rows * ld; i++) p[i] = (float)((int)next(17) - 8) / 2;
  return p;
}

static double element(const float *p, long ld, int trans, long i, long j) {
  return trans ? p[j * ld + i] : p[i * ld + j];
}

/* Runs one random problem; returns 0 when the result is right. Sums of small halves are exact in any order. */
static int run(const hone_kernel_row *row) {
  static const double scales[] = {0, 1, -1, 0.5};
  long m = next(40), n = next(70), k = next(80);
  int ta = (int)next(2), tb = (int)next(2);
  long lda = (ta ? m : k) + next(3), ldb = (tb ? k : n) + next(3), ldc = n + next(3);
  hone_gemm g = {sizeof g, m, n, k, lda, ldb, ldc, ta, tb, scales[next(4)], scales[next(4)], 0, 0, 0};
  float *a = matrix(ta ? k : m, lda), *b = matrix(tb ? n : k, ldb), *c = matrix(m, ldc);
  float *old = malloc((size_t)(m * ldc + 1) * sizeof(float));
  memcpy(old, c, (size_t)(m * ldc) * sizeof(float));
  g.a = a, g.b = b, g.c = c;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  for (int i = 0; i < row->parameter_count; i++) parameters[i] = row->parameters[i].default_value;
  int64_t bytes = row->workspace(&g, parameters, 1);
  void *workspace = bytes > 0 ? aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64) : NULL;
  hone_kernel_team team = {0, 1, NULL, NULL};
  int bad = row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  for (long i = 0; i < m; i++)
    for (long j = 0; j < ldc; j++) {
      double sum = 0;
      for (long p = 0; p < k && j < n; p++) sum += element(a, lda, ta, i, p) * element(b, ldb, tb, p, j);
      double expected = j < n ? g.alpha * sum + g.beta * old[i * ldc + j] : old[i * ldc + j];
      if (c[i * ldc + j] != expected) bad = 1;
    }
  if (bad)
    printf("%s %ldx%ld wrong: %ldx%ldx%ld trans %d %d alpha %g beta %g\n", row->algorithm, (long)row->tile[0],
           (long)row->tile[1], m, n, k, ta, tb, g.alpha, g.beta);
  free(a), free(b), free(c), free(old), free(workspace);
  return bad;
}

int main(int argc, char **argv) {
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) return fprintf(stderr, "cannot open: %s\n", argc > 1 ? dlerror() : "no library"), 2;
  int32_t (*describe)(uint32_t, hone_kernel_row *) =
      (int32_t(*)(uint32_t, hone_kernel_row *))dlsym(library, "hone_kernel_row_describe");
  if (!describe) return fprintf(stderr, "no manifest\n"), 2;
  hone_kernel_row row = {.struct_size = sizeof row};
  int rows = 0, failures = 0;
  for (uint32_t index = 0; describe(index, &row) == HONE_KERNEL_OK; index++) {
    if (strcmp(row.operation, "gemm")) continue;
    rows++;
    for (int i = 0; i < 60; i++) failures += run(&row);
  }
  printf("%d rows, %d failures\n", rows, failures);
  return rows == 0 || failures != 0;
}
