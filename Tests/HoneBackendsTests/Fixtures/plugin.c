/* plugin.c: a kernel library in plain C against hone_kernel.h, and the ways in which one can be broken.
 *
 * Compile:  cc -std=c99 -shared -fPIC -I CShims/CHoneKernel/include -o libplugin.so plugin.c [-D…]
 *   (nothing)                the good one: a scalar f32 GEMM that is right for every shape, one parameter
 *   -DPLUGIN_ABI=N           says that it has kernel ABI N
 *   -DPLUGIN_NO_MANIFEST     exports neither describe function
 *   -DPLUGIN_CRASH           writes through a null pointer while it is asked what it holds
 *   -DPLUGIN_ROWS=N          says that it has N rows; it has one
 *   -DPLUGIN_PARAMETERS=N    says that its row has N parameters; it has one, and the struct has room for 16
 *   -DPLUGIN_NO_NAME         leaves the names null
 *   -DPLUGIN_ISA=\"name\"    says that it was built for another instruction set
 *   -DPLUGIN_WRONG           computes a wrong product (what a proof must catch)
 */
#include "hone_kernel.h"

#ifndef PLUGIN_ABI
#define PLUGIN_ABI HONE_KERNEL_ABI
#endif
#ifndef PLUGIN_ROWS
#define PLUGIN_ROWS 1
#endif
#ifndef PLUGIN_PARAMETERS
#define PLUGIN_PARAMETERS 1
#endif
#ifndef PLUGIN_ISA
#if defined(__x86_64__)
#define PLUGIN_ISA "x86v2"
#else
#define PLUGIN_ISA "armv8"
#endif
#endif

#ifdef PLUGIN_NO_MANIFEST
#define hone_kernel_library_describe plugin_hides_its_library
#define hone_kernel_row_describe plugin_hides_its_rows
#endif

static int32_t check(const void *problem, const int64_t *parameters) {
  const hone_gemm *g = (const hone_gemm *)problem;
  if (!g || !parameters || g->m < 0 || g->n < 0 || g->k < 0) return HONE_KERNEL_BAD_ARGUMENT;
  return parameters[0] >= 1 ? HONE_KERNEL_OK : HONE_KERNEL_BAD_ARGUMENT;
}

static int64_t workspace(const void *problem, const int64_t *parameters, uint32_t threads) {
  (void)problem;
  (void)parameters;
  (void)threads;
  return 0;
}

/* One element of op(A) * op(B). */
static double dot(const hone_gemm *g, int64_t row, int64_t column) {
  const float *a = (const float *)g->a;
  const float *b = (const float *)g->b;
  double sum = 0;
  for (int64_t i = 0; i < g->k; i++) {
    float x = g->trans_a ? a[i * g->lda + row] : a[row * g->lda + i];
    float y = g->trans_b ? b[column * g->ldb + i] : b[i * g->ldb + column];
    sum += (double)x * y;
  }
  return sum;
}

/* Threads take blocks of rows in turn; the parameter is the block's height. */
static int32_t run(const void *problem, const int64_t *parameters, void *memory,
                   const hone_kernel_team *team) {
  const hone_gemm *g = (const hone_gemm *)problem;
  (void)memory;
  int32_t code = check(problem, parameters);
  if (code != HONE_KERNEL_OK) return code;
  for (int64_t row = 0; row < g->m; row++) {
    if (row / parameters[0] % team->count != team->index) continue;
    for (int64_t column = 0; column < g->n; column++) {
      float *c = (float *)g->c + row * g->ldc + column;
      double product = g->alpha == 0 ? 0 : g->alpha * dot(g, row, column);
#ifdef PLUGIN_WRONG
      product += 1;
#endif
      *c = (float)(g->beta == 0 ? product : product + g->beta * *c);
    }
  }
  return HONE_KERNEL_OK;
}

int32_t hone_kernel_library_describe(hone_kernel_library *library) {
#ifdef PLUGIN_CRASH
  *(volatile int *)0 = 1;
#endif
  if (!library || library->struct_size < sizeof *library) return HONE_KERNEL_BAD_ARGUMENT;
  library->abi = PLUGIN_ABI;
  library->row_count = PLUGIN_ROWS;
#ifndef PLUGIN_NO_NAME
  library->name = "plugin";
  library->version = "1";
  library->instruction_set = PLUGIN_ISA;
#endif
  return HONE_KERNEL_OK;
}

int32_t hone_kernel_row_describe(uint32_t index, hone_kernel_row *row) {
  hone_kernel_parameter block = {"block", "rows that one thread takes at a time", 1, 64, 1, 8,
                                 HONE_SCALE_POWER_OF_TWO};
  if (index > 0 || !row || row->struct_size < sizeof *row) return HONE_KERNEL_BAD_ARGUMENT;
#ifndef PLUGIN_NO_NAME
  row->operation = "gemm";
  row->data_types = "f32";
  row->algorithm = "plugin";
  row->summary = "three loops in C, summed in double";
#endif
  row->tile[0] = row->tile[1] = 0;
  row->parameter_count = PLUGIN_PARAMETERS;
  row->parameters[0] = block;
  row->check = check;
  row->workspace = workspace;
  row->run = run;
  return HONE_KERNEL_OK;
}
