/* fork_check.c: handles of before a fork work in the child, also in a child's child, with one thread and with several. */
#define _GNU_SOURCE
#include "gemm_check.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 256 };

static hone_context *context;
static hone_plan *alone, *together;
static float *a, *b, *c;

static hone_plan *plan_for(int32_t cores, long size, hone_context **owner) {
  hone_options options = HONE_OPTIONS_INIT;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  hone_plan *plan = NULL;
  options.cores = cores;
  shape.m = shape.n = shape.k = size;
  CHECK(hone_open(&options, owner) == HONE_OK);
  CHECK(hone_plan_gemm(*owner, &shape, &plan) == HONE_OK);
  return plan;
}

static void use(void) {
  hone_gemm_shape shape = HONE_GEMM_INIT;
  hone_problem *problem = NULL;
  hone_answer answer = HONE_ANSWER_INIT;
  shape.m = shape.n = shape.k = SIZE;
  memset(c, 0, SIZE * SIZE * sizeof *c);
  CHECK(hone_execute_gemm(together, a, b, c) == HONE_OK);
  CHECK(gemm_error(16, SIZE, SIZE, a, b, c) < 1e-5);
  CHECK(hone_execute_gemm(alone, a, b, c) == HONE_OK);
  CHECK(hone_gemm(context, &shape, a, b, c) == HONE_OK);
  CHECK(gemm_error(16, SIZE, SIZE, a, b, c) < 1e-5);
  CHECK(hone_problem_create("attention", NULL, &problem) == HONE_OK);
  hone_problem_set_dimension(problem, "heads", 2);
  hone_problem_set_dimension(problem, "lq", 2);
  hone_problem_set_dimension(problem, "headDim", 8);
  CHECK(hone_lookup(context, problem, 0, NULL, &answer) == HONE_OK);
  hone_problem_destroy(problem);
}

/* Uses everything in a child, which forks again as often as `depth` says. Returns the failures there. */
static int in_child(int depth) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    failures = 0;
    use();
    if (depth > 0) failures += in_child(depth - 1);
    use();
    fflush(stdout);
    if (depth == 0) {
      hone_plan_destroy(alone);
      hone_plan_destroy(together);
    }
    _exit(failures);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void) {
  hone_context *other = NULL;
  cpu_set_t before, after;
  sched_getaffinity(0, sizeof before, &before);
  a = operand(SIZE * SIZE, 1);
  b = operand(SIZE * SIZE, 2);
  c = operand(SIZE * SIZE, 3);
  alone = plan_for(1, 32, &other);
  together = plan_for(0, SIZE, &context);
  use();
  sched_getaffinity(0, sizeof after, &after);
  CHECK(CPU_EQUAL(&before, &after));
  CHECK(in_child(1) == 0);
  use();
  hone_plan_destroy(alone);
  hone_plan_destroy(together);
  hone_close(context);
  hone_close(other);
  free(a);
  free(b);
  free(c);
  return failures;
}
