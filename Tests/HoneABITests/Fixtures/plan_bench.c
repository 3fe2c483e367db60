/* plan_bench.c: what a plan's execution adds to the kernel itself, for a 64-cubed product. Run by `make bench-libhone`.
 *
 * usage: plan_bench KERNEL-LIBRARY...   the plan's variant is looked for in them and called directly, in turns with the plan.
 * Exit code 1 where the plan adds more than 1 %. */
#define _GNU_SOURCE
#include "gemm_check.h"

#include <dlfcn.h>
#include <time.h>

/* The kernels' header is for another kind of reader; here both are needed. */
#undef HONE_KERNEL_H
#define hone_gemm kernel_gemm
#define hone_embedding_bag kernel_bag
#define hone_attention kernel_attention
#include "hone_kernel.h"
#undef hone_gemm
#undef hone_embedding_bag
#undef hone_attention

enum { SIZE = 64, ROUNDS = 401, BATCH = 50 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

/* "gemm.f32.direct" of the row, with its tile where it has one, up to the @. */
static int is_row(const hone_kernel_row *row, const char *variant) {
  char name[256];
  int length = snprintf(name, sizeof name, "%s.%s.%s", row->operation, row->data_types, row->algorithm);
  if (row->tile[0] > 0) snprintf(name + length, sizeof name - (size_t)length, ".%dx%d", (int)row->tile[0], (int)row->tile[1]);
  return strlen(name) == strcspn(variant, "@") && strncmp(name, variant, strlen(name)) == 0;
}

static int find_row(const char *path, const char *variant, hone_kernel_row *row) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  int32_t (*describe)(hone_kernel_library *), (*describe_row)(uint32_t, hone_kernel_row *);
  hone_kernel_library header = {.struct_size = sizeof header};
  if (library == NULL) return 0;
  *(void **)&describe = dlsym(library, "hone_kernel_library_describe");
  *(void **)&describe_row = dlsym(library, "hone_kernel_row_describe");
  if (describe == NULL || describe_row == NULL || describe(&header) != 0) return 0;
  if (strcmp(header.instruction_set, strchr(variant, '@') + 1) != 0) return 0;
  for (uint32_t i = 0; i < header.row_count; i++) {
    row->struct_size = sizeof *row;
    if (describe_row(i, row) == 0 && is_row(row, variant)) return 1;
  }
  return 0;
}

int main(int count, char **arguments) {
  hone_context *context;
  hone_plan *plan;
  hone_options options = HONE_OPTIONS_INIT;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  static double through[ROUNDS], direct[ROUNDS], once[ROUNDS], ratios[ROUNDS];
  float *a = operand(SIZE * SIZE, 1), *b = operand(SIZE * SIZE, 2), *c = operand(SIZE * SIZE, 3);
  options.cores = 1;
  shape.m = shape.n = shape.k = SIZE;
  if (hone_open(&options, &context) != HONE_OK || hone_plan_gemm(context, &shape, &plan) != HONE_OK) {
    fprintf(stderr, "%s\n", hone_last_error());
    return 2;
  }
  const hone_answer *answer = hone_plan_answer(plan);
  hone_kernel_row row;
  int found = 0;
  for (int i = 1; i < count && !found; i++) found = find_row(arguments[i], answer->variant, &row);
  if (!found) return 2;
  int64_t values[HONE_KERNEL_MAX_PARAMETERS + 1] = {0};
  for (int64_t i = 0; i < row.parameter_count; i++) {
    hone_parameter parameter;
    values[i] = row.parameters[i].default_value;
    if (hone_answer_parameter_named(answer, row.parameters[i].name, &parameter) == HONE_OK) values[i] = parameter.integer;
  }
  kernel_gemm problem = {.struct_size = sizeof problem, .m = SIZE, .n = SIZE, .k = SIZE, .lda = SIZE, .ldb = SIZE, .ldc = SIZE,
                         .alpha = 1, .a = a, .b = b, .c = c};
  void *workspace = aligned_alloc(64, (size_t)(row.workspace(&problem, values, 1) + 127) / 64 * 64);
  hone_kernel_team team = {.index = 0, .count = 1};
  for (int round = 0; round < ROUNDS; round++) {
    double t[4];
    t[0] = now();
    for (int i = 0; i < BATCH; i++) row.run(&problem, values, workspace, &team);
    t[1] = now();
    for (int i = 0; i < BATCH; i++) hone_execute_gemm(plan, a, b, c);
    t[2] = now();
    for (int i = 0; i < BATCH; i++) hone_gemm(context, &shape, a, b, c);
    t[3] = now();
    direct[round] = (t[1] - t[0]) / BATCH;
    through[round] = (t[2] - t[1]) / BATCH;
    once[round] = (t[3] - t[2]) / BATCH;
    ratios[round] = through[round] / direct[round];
  }
  if (!(gemm_error(SIZE, SIZE, SIZE, a, b, c) < 1e-5)) return 2;
  qsort(direct, ROUNDS, sizeof *direct, ascending);
  qsort(through, ROUNDS, sizeof *through, ascending);
  qsort(once, ROUNDS, sizeof *once, ascending);
  qsort(ratios, ROUNDS, sizeof *ratios, ascending);
  printf("%s, %d cubed: kernel %.0f ns, plan %.0f ns, one-shot call %.0f ns (fastest tenth)\n", answer->variant, SIZE, direct[ROUNDS / 10] * 1e9,
         through[ROUNDS / 10] * 1e9, once[ROUNDS / 10] * 1e9);
  double added = through[ROUNDS / 10] / direct[ROUNDS / 10] - 1;
  printf("a plan's execution adds %.2f %% (median of the pairs: %.2f %%; limit 1 %%)\n", added * 100, (ratios[ROUNDS / 2] - 1) * 100);
  hone_plan_destroy(plan);
  hone_close(context);
  return added > 0.01;
}
