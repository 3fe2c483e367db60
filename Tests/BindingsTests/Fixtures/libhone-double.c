/* libhone-double.c: a double of libhone for tests of what uses it: answers by a rule, fails on demand, computes plainly.
 *
 * The rule is k modulo 10: 0 a row of Hone's; 1 nothing known; 2 a row of OpenBLAS's; 3 a near row whose gain exceeds its regret;
 * 4 one whose regret exceeds its gain; 5 a row that cannot be planned; 6 one whose plans fail when they run; 7 a row for other
 * cores; 8 a row that tied with OpenBLAS; 9 one that was compared with nothing. HONE_DB is Fixtures/database, which has these rows.
 * Plans are of one thread. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone.h"

struct hone_context { int32_t cores; };
struct hone_problem { int64_t k; };
struct hone_plan { hone_gemm_shape shape; };

static atomic_int plans;

int32_t hone_abi(void) { return HONE_ABI; }
const char *hone_version(void) { return "0.0.0-double"; }
const char *hone_last_error(void) { return "the double was told to fail"; }

hone_status hone_open(const hone_options *options, hone_context **context) {
  *context = malloc(sizeof **context);
  (*context)->cores = options->cores > 0 ? options->cores : 1;
  return HONE_OK;
}
void hone_close(hone_context *context) { free(context); }
int32_t hone_context_cores(const hone_context *context) { return context->cores; }
int64_t hone_context_rows(const hone_context *context) { (void)context; return 8; }

hone_status hone_problem_create(const char *operation, const char *types, hone_problem **problem) {
  (void)operation, (void)types;
  *problem = calloc(1, sizeof **problem);
  return HONE_OK;
}
void hone_problem_destroy(hone_problem *problem) { free(problem); }
hone_status hone_problem_set_dimension(hone_problem *problem, const char *name, int64_t extent) {
  if (strcmp(name, "k") == 0) problem->k = extent;
  return HONE_OK;
}
hone_status hone_problem_set_attribute(hone_problem *problem, const char *name, const char *value) {
  (void)problem, (void)name, (void)value;
  return HONE_OK;
}

hone_status hone_lookup(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                        hone_answer *answer) {
  static const hone_grade grades[10] = {HONE_GRADE_EXACT, HONE_GRADE_DEFAULT, HONE_GRADE_EXACT, HONE_GRADE_NEAR_SHAPE,
                                       HONE_GRADE_NEAR_SHAPE, HONE_GRADE_EXACT, HONE_GRADE_EXACT,
                                       HONE_GRADE_SAME_HARDWARE, HONE_GRADE_EXACT, HONE_GRADE_EXACT};
  int rule = (int)(problem->k % 10);
  (void)cores, (void)policy;
  answer->grade = grades[rule];
  answer->backend = rule == 1 ? NULL : rule == 2 ? "openblas" : "hone";
  answer->cores = rule == 7 ? context->cores + 1 : context->cores;
  answer->database = getenv("HONE_DB");
  answer->hardware_class = "double";
  answer->row[0] = (const void *)(uintptr_t)rule;
  answer->predicted_regret = rule == 4 ? 0.2 : rule == 3 ? 0.05 : 0;
  return HONE_OK;
}

size_t hone_answer_record(const hone_answer *answer, char *buffer, size_t size) {
  return (size_t)snprintf(buffer, size, "sha256:%d", (int)(uintptr_t)answer->row[0]);
}

hone_status hone_plan_gemm(hone_context *context, const hone_gemm_shape *shape, hone_plan **plan) {
  (void)context;
  if (shape->k % 10 == 5) return HONE_ERROR_UNAVAILABLE;
  *plan = calloc(1, sizeof **plan);
  (*plan)->shape = *shape;
  atomic_fetch_add(&plans, 1);
  return HONE_OK;
}
void hone_plan_destroy(hone_plan *plan) {
  free(plan);
  atomic_fetch_sub(&plans, 1);
}
size_t hone_plan_workspace_bytes(const hone_plan *plan) { (void)plan; return 4096; }

hone_status hone_execute_gemm(hone_plan *plan, const void *a, const void *b, void *c) {
  const hone_gemm_shape *s = &plan->shape;
  const float *left = a, *right = b;
  float *result = c;
  if (s->k % 10 == 6) return HONE_ERROR_INTERNAL;
  for (int64_t i = 0; i < s->m; i++)
    for (int64_t j = 0; j < s->n; j++) {
      double sum = 0;
      for (int64_t p = 0; p < s->k; p++)
        sum += (double)(s->trans_a ? left[p * s->lda + i] : left[i * s->lda + p]) *
               (double)(s->trans_b ? right[j * s->ldb + p] : right[p * s->ldb + j]);
      double old = s->beta == 0 ? 0 : s->beta * (double)result[i * s->ldc + j];
      result[i * s->ldc + j] = (float)(s->alpha * sum + old);
    }
  return HONE_OK;
}
