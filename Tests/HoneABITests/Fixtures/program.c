/* program.c: a C99 program that looks up and runs tuned kernels. usage: program DATABASE CLASS CONFIGURATION
 *
 * The database has one row: gemm 96x80x64 for 1 core, served by CONFIGURATION. Prints what failed; the exit code is the
 * number of failures. */
#include "gemm_check.h"

static hone_problem *problem_of(long m, long n, long k) {
  hone_problem *problem = NULL;
  CHECK(hone_problem_create("gemm", "f32", &problem) == HONE_OK);
  CHECK(hone_problem_set_dimension(problem, "m", m) == HONE_OK);
  CHECK(hone_problem_set_dimension(problem, "n", n) == HONE_OK);
  CHECK(hone_problem_set_dimension(problem, "k", k) == HONE_OK);
  return problem;
}

static void look_up(const hone_context *context, const char *name, const char *configuration) {
  char text[1024], record[128];
  hone_answer answer = HONE_ANSWER_INIT;
  hone_parameter parameter;
  hone_problem *problem = problem_of(96, 80, 64);
  CHECK(hone_lookup(context, problem, 1, "warm", &answer) == HONE_OK);
  CHECK(answer.grade == HONE_GRADE_EXACT && answer.cores == 1 && answer.predicted_regret == 0);
  CHECK(hone_answer_configuration(&answer, text, sizeof text) < sizeof text && strcmp(text, configuration) == 0);
  CHECK(strcmp(answer.hardware_class, name) == 0 && strcmp(answer.policy, "warm") == 0);
  CHECK(answer.speedup > 1 && answer.speedup_low > 1 && answer.seconds > 0);
  CHECK(hone_answer_record(&answer, record, sizeof record) == 71 && strncmp(record, "sha256:", 7) == 0);
  CHECK(hone_answer_parameter_named(&answer, "threads", &parameter) == HONE_OK && parameter.integer == 1);
  CHECK(hone_answer_parameter_named(&answer, "nonsense", &parameter) == HONE_ERROR_ARGUMENT);
  CHECK(hone_answer_parameter(&answer, answer.parameter_count, &parameter) == HONE_ERROR_ARGUMENT);
  CHECK(hone_differences(context, problem, 1, "warm", text, sizeof text) == 0);
  CHECK(hone_explain(context, problem, 1, "warm", text, sizeof text) > 100 && strstr(text, "grade: exact") != NULL);
  CHECK(hone_explain(context, problem, 1, "warm", text, 10) > 100 && strlen(text) == 9);
  CHECK(hone_lookup(context, problem, 1, "cold", &answer) == HONE_OK && answer.grade == HONE_GRADE_SAME_HARDWARE);
  CHECK(hone_problem_set_dimension(problem, "m", 97) == HONE_OK);
  CHECK(hone_lookup(context, problem, 1, "warm", &answer) == HONE_OK && answer.grade == HONE_GRADE_NEAR_SHAPE);
  CHECK(hone_differences(context, problem, 1, "warm", text, sizeof text) > 0 && strcmp(text, "m: 96 instead of 97") == 0);
  CHECK(hone_problem_set_attribute(problem, "transA", "t") == HONE_OK);
  CHECK(hone_lookup(context, problem, 1, "warm", &answer) == HONE_OK && answer.grade == HONE_GRADE_DEFAULT);
  CHECK(answer.backend == NULL && isnan(answer.predicted_regret));
  hone_problem_destroy(problem);
}

static void run_plan(hone_context *context, const char *configuration) {
  char text[1024];
  hone_plan *plan = NULL;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  float *a = operand(96 * 64, 1), *b = operand(64 * 80, 2), *c = operand(96 * 80, 3);
  shape.m = 96;
  shape.n = 80;
  shape.k = 64;
  CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
  if (plan != NULL) {
    CHECK(hone_plan_answer(plan)->grade == HONE_GRADE_EXACT && hone_plan_threads(plan) == 1);
    hone_answer_configuration(hone_plan_answer(plan), text, sizeof text);
    if (strcmp(text, configuration) != 0) printf("runs %s\n", text);
    CHECK(strcmp(text, configuration) == 0);
    CHECK(hone_execute_gemm(plan, a, b, c) == HONE_OK);
    CHECK(gemm_error(96, 80, 64, a, b, c) < 1e-5);
    CHECK(hone_execute_attention(plan, a, b, c, c, NULL) == HONE_ERROR_ARGUMENT);
  }
  memset(c, 0, 96 * 80 * sizeof *c);
  CHECK(hone_gemm(context, &shape, a, b, c) == HONE_OK);
  CHECK(gemm_error(96, 80, 64, a, b, c) < 1e-5);
  hone_plan_destroy(plan);
  free(a);
  free(b);
  free(c);
}

/* Other shapes, with the default, on all cores. */
static void run_defaults(hone_context *context) {
  static const long sizes[][3] = {{1, 1, 1}, {7, 5, 3}, {64, 64, 64}, {200, 130, 170}, {256, 256, 256}, {0, 4, 4}, {4, 4, 0}};
  size_t i;
  for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    long m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
    float *a = operand((size_t)(m * k), 1), *b = operand((size_t)(k * n), 2), *c = operand((size_t)(m * n), 3);
    hone_gemm_shape shape = HONE_GEMM_INIT;
    shape.m = m;
    shape.n = n;
    shape.k = k;
    CHECK(hone_gemm(context, &shape, a, b, c) == HONE_OK);
    CHECK(gemm_error(m, n, k, a, b, c) < 1e-5);
    free(a);
    free(b);
    free(c);
  }
}

/* 2^-exponent as IEEE binary16. */
static unsigned short half(int exponent) { return (unsigned short)((15 - exponent) << 10); }

/* Weights of one type, as stored and as they are meant. n is even. */
typedef struct weight_set {
  const char *types;
  int group, zero_points;
  unsigned char *elements, *zeros;
  void *scales;
  float *meant;
} weight_set;

static void scale_of(weight_set *set, long group, long j, long n, float *scale, int *zero) {
  int exponent = (int)((group * 3 + j) % 4) + 4;
  *scale = (float)ldexp(1, -exponent);
  if (set->group == 0) ((float *)set->scales)[j] = *scale;
  else ((unsigned short *)set->scales)[group * n + j] = half(exponent);
  *zero = strcmp(set->types, "f32s8") == 0 ? (int)(j % 5) - 2 : (int)(j % 16);
  set->zeros[group * n + j] = (unsigned char)*zero;
  if (!set->zero_points) *zero = strcmp(set->types, "f32s8") == 0 ? 0 : 8;
}

static void fill_weights(weight_set *set, long k, long n) {
  long l, j;
  for (l = 0; l < k; l++)
    for (j = 0; j < n; j++) {
      unsigned value = (unsigned)(l * 31 + j * 17 + l * j);
      long at = l * n + j;
      float scale = 1, element;
      int zero = 0;
      if (strcmp(set->types, "f32f32") == 0) {
        element = (float)(value % 64) - 32;
        ((float *)(void *)set->elements)[at] = element;
      } else if (strcmp(set->types, "f32bf16") == 0) {
        unsigned bits = 0x3f000000u | (value % 128) << 16 | (value & 128) << 24;
        memcpy(&element, &bits, sizeof element);
        ((unsigned short *)(void *)set->elements)[at] = (unsigned short)(bits >> 16);
      } else if (strcmp(set->types, "f32f16") == 0) {
        element = (float)ldexp(1, -(int)(value % 8));
        ((unsigned short *)(void *)set->elements)[at] = half((int)(value % 8));
      } else {
        int bytes = strcmp(set->types, "f32s8") == 0, integer = bytes ? (int)(value % 255) - 127 : (int)(value % 16);
        scale_of(set, set->group ? l / set->group : 0, j, n, &scale, &zero);
        element = (float)integer;
        if (bytes) set->elements[at] = (unsigned char)integer;
        else set->elements[at / 2] = (unsigned char)(at % 2 ? set->elements[at / 2] | integer << 4 : integer);
      }
      set->meant[at] = (element - (float)zero) * scale;
    }
}

/* Plans own their weights: every type, with scales by columns and by groups, with zero points and without. */
static void run_weights(hone_context *context) {
  enum { m = 5, n = 48, k = 96 };
  static const struct { const char *types; int group, zeros; } kinds[] = {
      {"f32f32", 0, 0}, {"f32bf16", 0, 0}, {"f32f16", 0, 0}, {"f32s8", 0, 0}, {"f32s8", 32, 1}, {"f32s4", 32, 0}, {"f32s4", 64, 1}};
  float *a = operand(m * k, 11), *c = operand(m * n, 12);
  size_t i;
  int arithmetic;
  for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
    for (arithmetic = 0; arithmetic < (kinds[i].types[3] == 's' ? 2 : 1); arithmetic++) {
      hone_gemm_shape shape = HONE_GEMM_INIT;
      hone_weights weights = HONE_WEIGHTS_INIT;
      hone_plan *plan = NULL;
      weight_set set;
      set.types = kinds[i].types;
      set.group = kinds[i].group;
      set.zero_points = kinds[i].zeros;
      set.elements = (unsigned char *)malloc(k * n * 4);
      set.zeros = (unsigned char *)malloc(k * n);
      set.scales = malloc(k * n * sizeof(float));
      set.meant = (float *)malloc(k * n * sizeof(float));
      fill_weights(&set, k, n);
      shape.types = set.types;
      shape.m = m;
      shape.n = n;
      shape.k = k;
      shape.group = set.group;
      shape.zero_points = set.zero_points;
      shape.arithmetic = arithmetic;
      weights.elements = set.elements;
      if (set.types[3] == 's') weights.scales = set.scales;
      if (set.zero_points) weights.zeros = set.zeros;
      CHECK(hone_plan_gemm_weights(context, &shape, &weights, &plan) == HONE_OK);
      CHECK(hone_execute_gemm(plan, a, set.meant, c) == HONE_ERROR_ARGUMENT);
      CHECK(hone_execute_gemm_weights(plan, a, c) == HONE_OK);
      CHECK(gemm_error(m, n, k, a, set.meant, c) < (arithmetic == HONE_ARITHMETIC_S8 ? 2e-2 : 1e-5));
      CHECK(hone_gemm(context, &shape, a, set.elements, c) == HONE_ERROR_ARGUMENT);
      hone_plan_destroy(plan);
      free(set.elements);
      free(set.zeros);
      free(set.scales);
      free(set.meant);
    }
  free(a);
  free(c);
}

static double activated(int activation, double x) {
  if (activation == HONE_ACTIVATE_RELU) return x > 0 ? x : 0;
  if (activation == HONE_ACTIVATE_GELU) return x / 2 * (1 + erf(x / sqrt(2)));
  if (activation == HONE_ACTIVATE_GELU_TANH) return x / 2 * (1 + tanh(sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x)));
  return activation == HONE_ACTIVATE_SILU ? x / (1 + exp(-x)) : x;
}

/* Bias, residual and every activation, in one call, in a plan, and in a plan with weights. */
static void run_epilogues(hone_context *context) {
  enum { m = 13, n = 37, k = 29, ldr = 41 };
  float *a = operand(m * k, 1), *b = operand(k * n, 2), *c = operand(m * n, 3), *bias = operand(n, 4), *residual = operand(m * ldr, 5);
  int activation, added, way;
  for (activation = 0; activation <= HONE_ACTIVATE_SILU; activation++)
    for (added = 0; added < (activation ? 2 : 4); added++)
      for (way = 0; way < 3; way++) {
        hone_gemm_shape shape = HONE_GEMM_INIT;
        hone_gemm_operands operands = HONE_GEMM_OPERANDS_INIT;
        hone_weights weights = HONE_WEIGHTS_INIT;
        hone_plan *plan = NULL;
        double worst = 0;
        int i, j, l;
        shape.m = m, shape.n = n, shape.k = k;
        shape.activation = activation, shape.bias = added & 1, shape.residual = added >> 1;
        shape.ldr = shape.residual ? ldr : 0;
        operands.a = a, operands.b = b, operands.c = c;
        if (shape.bias) operands.bias = bias;
        if (shape.residual) operands.residual = residual;
        memset(c, 0xff, m * n * sizeof *c);
        if (way == 0) CHECK(hone_gemm_with(context, &shape, &operands) == HONE_OK);
        if (way == 1) CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
        if (way == 2) {
          shape.types = "f32f32";
          weights.elements = b;
          CHECK(hone_plan_gemm_weights(context, &shape, &weights, &plan) == HONE_OK);
          CHECK(hone_execute_gemm_with(plan, &operands) == HONE_ERROR_ARGUMENT);
          operands.b = NULL;
        }
        if (way > 0) CHECK(hone_execute_gemm_with(plan, &operands) == HONE_OK);
        hone_plan_destroy(plan);
        for (i = 0; i < m; i++)
          for (j = 0; j < n; j++) {
            double sum = shape.bias ? (double)bias[j] : 0, error;
            for (l = 0; l < k; l++) sum += (double)a[i * k + l] * (double)b[l * n + j];
            sum = activated(activation, sum) + (shape.residual ? (double)residual[i * ldr + j] : 0);
            error = fabs(sum - (double)c[i * n + j]);
            if (!(error <= worst)) worst = error;
          }
        CHECK(worst < 1e-5);
      }
  free(a);
  free(b);
  free(c);
  free(bias);
  free(residual);
}

/* Batches with gaps between their matrices, and products in double. */
static void run_batches(hone_context *context) {
  enum { m = 9, n = 20, k = 14, batch = 5, step = 300 };
  float *a = operand(batch * step, 1), *b = operand(batch * step, 2), *c = operand(batch * step, 3), *before = operand(batch * step, 3);
  double *x = (double *)malloc(m * k * sizeof *x), *y = (double *)malloc(k * n * sizeof *y), *z = (double *)malloc(m * n * sizeof *z);
  hone_gemm_shape shape = HONE_GEMM_INIT;
  double worst = 0;
  int i, j, l;
  shape.m = m, shape.n = n, shape.k = k, shape.batch = batch;
  shape.a_batch_stride = shape.b_batch_stride = shape.c_batch_stride = step;
  CHECK(hone_gemm(context, &shape, a, b, c) == HONE_OK);
  for (i = 0; i < batch; i++) {
    CHECK(gemm_error(m, n, k, a + i * step, b + i * step, c + i * step) < 1e-5);
    CHECK(memcmp(c + i * step + m * n, before + i * step + m * n, (step - m * n) * sizeof *c) == 0);
  }
  shape.batch = 0;
  shape.types = "f64";
  for (i = 0; i < m * k; i++) x[i] = (double)a[i] / 3;
  for (i = 0; i < k * n; i++) y[i] = (double)b[i] / 7;
  CHECK(hone_gemm(context, &shape, x, y, z) == HONE_OK);
  for (i = 0; i < m; i++)
    for (j = 0; j < n; j++) {
      double sum = -z[i * n + j];
      for (l = 0; l < k; l++) sum += x[i * k + l] * y[l * n + j];
      if (!(fabs(sum) <= worst)) worst = fabs(sum);
    }
  CHECK(worst < 1e-13);
  free(a);
  free(b);
  free(c);
  free(before);
  free(x);
  free(y);
  free(z);
}

static void run_bags(hone_context *context) {
  enum { rows = 50, dim = 17, bags = 4, count = 9 };
  static const int64_t indices[count] = {0, 49, 3, 3, 7, 20, 21, 22, 0}, offsets[bags] = {0, 2, 2, 6};
  static const int32_t short_indices[count] = {0, 49, 3, 3, 7, 20, 21, 22, 0}, short_offsets[bags] = {0, 2, 2, 6};
  float *table = operand(rows * dim, 4), *weights = operand(count, 5), *output = operand(bags * dim, 6);
  hone_embedding_bag_shape shape = HONE_EMBEDDING_BAG_INIT;
  int variant;
  shape.rows = rows;
  shape.dim = dim;
  shape.bags = bags;
  shape.index_count = count;
  for (variant = 0; variant < 3; variant++) {
    int weighted = variant == 1, mean = variant == 2, narrow = variant == 2, bag, i, d;
    double worst = 0;
    shape.weighted = weighted;
    shape.pooling = mean ? HONE_POOLING_MEAN : HONE_POOLING_SUM;
    shape.index_bytes = narrow ? 4 : 0;
    CHECK(hone_embedding_bag(context, &shape, table, narrow ? (const void *)short_indices : (const void *)indices,
                             narrow ? (const void *)short_offsets : (const void *)offsets, weighted ? weights : NULL,
                             output) == HONE_OK);
    for (bag = 0; bag < bags; bag++)
      for (d = 0; d < dim; d++) {
        int first = (int)offsets[bag], end = bag + 1 < bags ? (int)offsets[bag + 1] : count;
        double sum = 0;
        for (i = first; i < end; i++) sum += (weighted ? (double)weights[i] : 1) * (double)table[indices[i] * dim + d];
        if (mean && end > first) sum /= end - first;
        if (!(fabs(sum - (double)output[bag * dim + d]) <= worst)) worst = fabs(sum - (double)output[bag * dim + d]);
      }
    CHECK(worst < 1e-5);
  }
  free(table);
  free(weights);
  free(output);
}

static void run_attention(hone_context *context) {
  enum { heads = 4, groups = 2, lq = 3, lk = 5, dim = 16 };
  float *q = operand(heads * lq * dim, 7), *k = operand(groups * lk * dim, 8), *v = operand(groups * lk * dim, 9);
  float *o = operand(heads * lq * dim, 10), lse[heads * lq];
  double worst = 0;
  int head, i, j, d;
  hone_attention_shape shape = HONE_ATTENTION_INIT;
  shape.heads = heads;
  shape.kv_heads = groups;
  shape.lq = lq;
  shape.lk = lk;
  shape.head_dim = dim;
  shape.mask = HONE_MASKED_CAUSAL;
  CHECK(hone_attention(context, &shape, q, k, v, o, lse) == HONE_OK);
  for (head = 0; head < heads; head++)
    for (i = 0; i < lq; i++) {
      const float *keys = k + head / 2 * lk * dim, *values = v + head / 2 * lk * dim, *query = q + (head * lq + i) * dim;
      double weight[lk], total = 0;
      for (j = 0; j < lk; j++) {
        double logit = 0;
        for (d = 0; d < dim; d++) logit += (double)query[d] * (double)keys[j * dim + d] / 4;
        weight[j] = j <= i + lk - lq ? exp(logit) : 0;
        total += weight[j];
      }
      CHECK(fabs(log(total) - (double)lse[head * lq + i]) < 1e-4);
      for (d = 0; d < dim; d++) {
        double sum = 0, error;
        for (j = 0; j < lk; j++) sum += weight[j] / total * (double)values[j * dim + d];
        error = fabs(sum - (double)o[(head * lq + i) * dim + d]);
        if (!(error <= worst)) worst = error;
      }
    }
  CHECK(worst < 1e-5);
  free(q);
  free(k);
  free(v);
  free(o);
}

int main(int count, char **arguments) {
  hone_context *context = NULL;
  hone_options options = HONE_OPTIONS_INIT;
  if (count != 4) return 64;
  options.database = arguments[1];
  options.hardware_class = arguments[2];
  options.cores = 1;
  CHECK(hone_open(&options, &context) == HONE_OK);
  if (context == NULL) return 1;
  CHECK(hone_context_rows(context) == 1 && hone_context_cores(context) == 1);
  look_up(context, arguments[2], arguments[3]);
  run_plan(context, arguments[3]);
  hone_close(context);
  options.cores = 0;
  CHECK(hone_open(&options, &context) == HONE_OK);
  run_defaults(context);
  run_weights(context);
  run_epilogues(context);
  run_batches(context);
  run_bags(context);
  run_attention(context);
  hone_close(context);
  return failures;
}
