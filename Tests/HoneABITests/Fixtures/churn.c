/* churn.c: many look-ups and executions from several threads; memory in use must not grow.
 *
 * usage: churn DATABASE CLASS LOOKUPS EXECUTIONS   (numbers per thread; 4 threads) */
#define _GNU_SOURCE
#include "gemm_check.h"

#include <malloc.h>
#include <pthread.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

enum { THREADS = 4, SIZE = 8 };

typedef struct work {
  hone_context *context;
  hone_plan *plan;
  long lookups, executions;
  int wrong;
} work;

static void *run(void *argument) {
  work *w = (work *)argument;
  hone_problem *problem = NULL;
  hone_answer answer = HONE_ANSWER_INIT;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  float *a = operand(SIZE * SIZE, 1), *b = operand(SIZE * SIZE, 2), *c = operand(SIZE * SIZE, 3);
  long i;
  if (hone_problem_create("gemm", NULL, &problem) != HONE_OK) exit(70);
  hone_problem_set_dimension(problem, "n", 80);
  hone_problem_set_dimension(problem, "k", 64);
  for (i = 0; i < w->lookups; i++) {
    if (i % 64 == 0) hone_problem_set_dimension(problem, "m", i % 128 == 0 ? 96 : 1 + i % 500);
    if (hone_lookup(w->context, problem, 1, "warm", &answer) != HONE_OK) w->wrong++;
    if (i % 128 == 0 && answer.grade != HONE_GRADE_EXACT) w->wrong++;
  }
  for (i = 0; i < w->executions; i++)
    if (hone_execute_gemm(w->plan, a, b, c) != HONE_OK) w->wrong++;
  shape.m = shape.n = shape.k = SIZE;
  for (i = 0; i < w->executions / 10; i++)
    if (hone_gemm(w->context, &shape, a, b, c) != HONE_OK) w->wrong++;
  if (!(gemm_error(SIZE, SIZE, SIZE, a, b, c) < 1e-5)) w->wrong++;
  hone_problem_destroy(problem);
  free(a);
  free(b);
  free(c);
  return NULL;
}

static void all(hone_context *context, hone_plan *plan, long lookups, long executions) {
  pthread_t threads[THREADS];
  work works[THREADS];
  int i;
  for (i = 0; i < THREADS; i++) {
    works[i].context = context;
    works[i].plan = plan;
    works[i].lookups = lookups;
    works[i].executions = executions;
    works[i].wrong = 0;
    if (pthread_create(&threads[i], NULL, run, &works[i]) != 0) exit(70);
  }
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    CHECK(works[i].wrong == 0);
  }
}

int main(int count, char **arguments) {
  hone_context *context = NULL;
  hone_plan *plan = NULL;
  hone_options options = HONE_OPTIONS_INIT;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  struct mallinfo2 before, after;
  long round;
  if (count != 5) return 64;
  options.database = arguments[1];
  options.hardware_class = arguments[2];
  CHECK(hone_open(&options, &context) == HONE_OK);
  shape.m = shape.n = shape.k = SIZE;
  CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
  all(context, plan, 200, 200);
  before = mallinfo2();
  all(context, plan, atol(arguments[3]), atol(arguments[4]));
  after = mallinfo2();
#ifndef SANITIZED
  /* Threads' own arenas may keep a few pages; a leak of one byte a call would be more. */
  CHECK(after.uordblks < before.uordblks + 65536);
#else
  (void)before, (void)after;
#endif
  hone_plan_destroy(plan);
  hone_close(context);
  /* Contexts and plans give back what they took. */
  for (round = 0; round < 20; round++) {
    if (round == 2) before = mallinfo2();
    CHECK(hone_open(&options, &context) == HONE_OK);
    CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
    hone_plan_destroy(plan);
    hone_close(context);
  }
#ifndef SANITIZED
  after = mallinfo2();
  CHECK(after.uordblks < before.uordblks + 65536);
#endif
  return failures;
}
