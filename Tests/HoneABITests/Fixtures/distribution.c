/* distribution.c: plans for embedding-bag ask for the record of their data. usage: distribution DATABASE CLASS CONFIGURATION
 *
 * The database has one row: embedding-bag 500000x16, 8 bags of 10, distribution=reuse2021, for 1 core, served by CONFIGURATION. Prints
 * what failed; the exit code is the number of failures. */
#include "gemm_check.h"

enum { rows = 500000, dim = 16, bags = 8, lookups = 80 };

/* Makes a plan for a distribution, runs it, and answers its grade. */
static int plan_for(hone_context *context, const char *distribution, const char *configuration, const float *table) {
  char text[1024] = "";
  int64_t indices[lookups], offsets[bags];
  float output[bags * dim];
  double wanted = 0;
  hone_embedding_bag_shape shape = HONE_EMBEDDING_BAG_INIT;
  hone_plan *plan = NULL;
  int i, grade = -1;
  for (i = 0; i < lookups; i++) indices[i] = (int64_t)i * 6151 % rows;
  for (i = 0; i < bags; i++) offsets[i] = (int64_t)i * (lookups / bags);
  shape.rows = rows;
  shape.dim = dim;
  shape.bags = bags;
  shape.index_count = lookups;
  shape.distribution = distribution;
  CHECK(hone_plan_embedding_bag(context, &shape, &plan) == HONE_OK);
  if (plan == NULL) return grade;
  grade = hone_plan_answer(plan)->grade;
  hone_answer_configuration(hone_plan_answer(plan), text, sizeof text);
  CHECK((strcmp(text, configuration) == 0) == (grade != HONE_GRADE_DEFAULT));
  CHECK(hone_execute_embedding_bag(plan, table, indices, offsets, NULL, output) == HONE_OK);
  for (i = 0; i < lookups / bags; i++) wanted += table[indices[(bags - 1) * (lookups / bags) + i] * dim + 3];
  CHECK(fabs(output[(bags - 1) * dim + 3] - wanted) < 1e-5);
  hone_plan_destroy(plan);
  return grade;
}

/* What the look-up says of a distribution. */
static int look_up(hone_context *context, const char *distribution, char *differences, size_t size) {
  hone_answer answer = HONE_ANSWER_INIT;
  hone_problem *problem = NULL;
  CHECK(hone_problem_create("embedding-bag", "f32", &problem) == HONE_OK);
  CHECK(hone_problem_set_dimension(problem, "rows", rows) == HONE_OK && hone_problem_set_dimension(problem, "dim", dim) == HONE_OK);
  CHECK(hone_problem_set_dimension(problem, "bags", bags) == HONE_OK && hone_problem_set_dimension(problem, "lookups", lookups) == HONE_OK);
  CHECK(hone_problem_set_attribute(problem, "distribution", distribution) == HONE_OK);
  CHECK(hone_lookup(context, problem, 1, "cold", &answer) == HONE_OK);
  hone_differences(context, problem, 1, "cold", differences, size);
  hone_problem_destroy(problem);
  return answer.grade;
}

int main(int argc, char **argv) {
  char text[1024];
  hone_context *context = NULL;
  hone_options options = HONE_OPTIONS_INIT;
  float *table = operand((size_t)rows * dim, 5);
  if (argc != 4) return 64;
  options.database = argv[1];
  options.hardware_class = argv[2];
  options.cores = 1;
  options.policy = "cold";
  CHECK(hone_open(&options, &context) == HONE_OK);
  if (context == NULL) return failures;
  /* The data that it was tuned for, and data that no cache tells from it. */
  CHECK(plan_for(context, "reuse2021", argv[3], table) == HONE_GRADE_EXACT);
  CHECK(plan_for(context, "reuse2022", argv[3], table) == HONE_GRADE_EXACT);
  CHECK(look_up(context, "reuse2022", text, sizeof text) == HONE_GRADE_EXACT);
  CHECK(strstr(text, "distribution: reuse2021 instead of reuse2022, 0.0") != NULL && strstr(text, " apart") != NULL);
  /* A look-up answers with a neighbour and calls it one; a plan runs what is nearer than this (0.1 apart) or known to lose little. */
  CHECK(plan_for(context, "zipf", argv[3], table) == HONE_GRADE_DEFAULT);
  CHECK(look_up(context, "zipf", text, sizeof text) == HONE_GRADE_NEAR_SHAPE);
  CHECK(strstr(text, "distribution: reuse2021 instead of zipf") != NULL);
  /* Data far away gets what Hone does untuned, and so does a plan that names none (uniform). */
  CHECK(plan_for(context, "uniform", argv[3], table) == HONE_GRADE_DEFAULT);
  CHECK(plan_for(context, NULL, argv[3], table) == HONE_GRADE_DEFAULT);
  CHECK(look_up(context, "uniform", text, sizeof text) == HONE_GRADE_DEFAULT);
  hone_close(context);
  free(table);
  return failures;
}
