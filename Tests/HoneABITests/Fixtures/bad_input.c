/* bad_input.c: everything that a caller can do wrong gives a status and a message. usage: bad_input DATABASE CORRUPT MISSING
 *
 * CORRUPT: a database whose best.json is damaged. MISSING: a path where nothing is. The exit code is the number of failures. */
#include "gemm_check.h"

/* The call was refused with that status, and says why in words. */
#define REFUSED(status, call) CHECK((call) == (status) && strlen(hone_last_error()) > 10)

static void contexts(const char *database, const char *corrupt, const char *missing) {
  hone_context *context = NULL;
  hone_options options = HONE_OPTIONS_INIT;
  REFUSED(HONE_ERROR_ARGUMENT, hone_open(NULL, NULL));
  options.database = missing;
  REFUSED(HONE_ERROR_UNUSABLE_DATA, hone_open(&options, &context));
  CHECK(context == NULL);
  options.database = corrupt;
  REFUSED(HONE_ERROR_UNUSABLE_DATA, hone_open(&options, &context));
  CHECK(strstr(hone_last_error(), "best.json") != NULL);
  options.database = database;
  options.struct_size = 4;
  REFUSED(HONE_ERROR_ARGUMENT, hone_open(&options, &context));
  options.struct_size = sizeof options;
  options.cores = -1;
  REFUSED(HONE_ERROR_ARGUMENT, hone_open(&options, &context));
  options.cores = 1;
  options.policy = "tepid";
  REFUSED(HONE_ERROR_ARGUMENT, hone_open(&options, &context));
  hone_close(NULL);
  hone_problem_destroy(NULL);
  hone_plan_destroy(NULL);
  CHECK(hone_context_rows(NULL) == 0 && hone_context_cores(NULL) == 0 && hone_context_bytes(NULL) == 0);
  CHECK(hone_context_findings(NULL, NULL, 0) == 0 && hone_plan_answer(NULL) == NULL && hone_plan_threads(NULL) == 0);
}

static void problems(const hone_context *context) {
  hone_problem *problem = NULL;
  hone_answer answer = HONE_ANSWER_INIT;
  char text[64];
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_create(NULL, NULL, &problem));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_create("gemm", NULL, NULL));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_create("sorting", NULL, &problem));
  CHECK(strstr(hone_last_error(), "embedding-bag") != NULL);
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_create("gemm", "f99", &problem));
  CHECK(problem == NULL);
  CHECK(hone_problem_create("gemm", NULL, &problem) == HONE_OK);
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_dimension(problem, "q", 1));
  CHECK(strstr(hone_last_error(), "m, n, k") != NULL);
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_dimension(problem, "m", -1));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_dimension(problem, "m", ((int64_t)1 << 40) + 1));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_dimension(problem, NULL, 1));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_dimension(NULL, "m", 1));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_attribute(problem, "transA", "maybe"));
  REFUSED(HONE_ERROR_ARGUMENT, hone_problem_set_attribute(problem, "colour", "red"));
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, 1, NULL, &answer));
  CHECK(strstr(hone_last_error(), "'m'") != NULL);
  hone_problem_set_dimension(problem, "m", 4);
  hone_problem_set_dimension(problem, "n", 4);
  hone_problem_set_dimension(problem, "k", 4);
  hone_problem_set_dimension(problem, "lda", 2);
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, 1, NULL, &answer));
  hone_problem_set_dimension(problem, "lda", 4);
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(NULL, problem, 1, NULL, &answer));
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, NULL, 1, NULL, &answer));
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, 1, NULL, NULL));
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, -3, NULL, &answer));
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, 1, "lukewarm", &answer));
  answer.struct_size = 1;
  REFUSED(HONE_ERROR_ARGUMENT, hone_lookup(context, problem, 1, NULL, &answer));
  answer.struct_size = sizeof answer;
  CHECK(hone_lookup(context, problem, 1, NULL, &answer) == HONE_OK);
  CHECK(hone_differences(context, NULL, 1, NULL, text, sizeof text) == 0);
  CHECK(hone_explain(NULL, problem, 1, NULL, text, sizeof text) == 0 && text[0] == 0);
  CHECK(hone_answer_configuration(NULL, text, sizeof text) == 0 && hone_answer_record(NULL, NULL, 0) == 0);
  hone_problem_destroy(problem);
}

/* One field after the other that no shape may have. */
static void gemm_shapes(hone_context *context) {
  float x[64] = {0};
  int i;
  for (i = 0; i < 14; i++) {
    hone_gemm_shape shape = HONE_GEMM_INIT;
    hone_gemm_operands operands = HONE_GEMM_OPERANDS_INIT;
    shape.m = shape.n = shape.k = 4;
    operands.a = operands.b = x;
    operands.c = x + 32;
    if (i == 0) shape.batch = -1;
    if (i == 1) shape.batch = ((int64_t)1 << 40) + 1;
    if (i == 2) shape.batch = 2, shape.c_batch_stride = 15;
    if (i == 3) shape.batch = 2, shape.a_batch_stride = -16;
    if (i == 4) shape.batch = (int64_t)1 << 40, shape.b_batch_stride = (int64_t)1 << 40;
    if (i == 5) shape.activation = 5;
    if (i == 6) shape.activation = HONE_ACTIVATE_RELU, shape.residual = 1, operands.residual = x;
    if (i == 7) shape.ldr = 4;
    if (i == 8) shape.residual = 1, shape.ldr = 3, operands.residual = x;
    if (i == 9) shape.bias = 1;
    if (i == 10) shape.types = "bf16";
    if (i == 11) operands.struct_size = 8;
    if (i == 12) shape.a_tensor_scale = 1;
    if (i == 13) shape.max_error = 0.1;
    REFUSED(HONE_ERROR_ARGUMENT, hone_gemm_with(context, &shape, &operands));
    if (i == 10) CHECK(strstr(hone_last_error(), "hone_plan_gemm_weights") != NULL);
  }
  REFUSED(HONE_ERROR_ARGUMENT, hone_execute_gemm_with(NULL, NULL));
}

static void gemms(hone_context *context) {
  hone_plan *plan = NULL;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  float a[16] = {0}, b[16] = {0}, c[16] = {0};
  REFUSED(HONE_ERROR_ARGUMENT, hone_gemm(context, NULL, a, b, c));
  shape.m = shape.n = shape.k = 4;
  REFUSED(HONE_ERROR_ARGUMENT, hone_gemm(context, &shape, NULL, b, c));
  REFUSED(HONE_ERROR_ARGUMENT, hone_gemm(context, &shape, a, NULL, c));
  REFUSED(HONE_ERROR_ARGUMENT, hone_gemm(context, &shape, a, b, NULL));
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, NULL));
  shape.lda = 3;
  REFUSED(HONE_ERROR_ARGUMENT, hone_gemm(context, &shape, a, b, c));
  shape.lda = 0;
  shape.m = -4;
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  shape.m = (int64_t)1 << 39;
  shape.k = (int64_t)1 << 39;
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  shape.m = shape.k = 4;
  shape.trans_a = 2;
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  shape.trans_a = 0;
  shape.alpha = (double)NAN;
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  shape.alpha = 1;
  shape.types = "f32s4";
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  shape.types = NULL;
  shape.struct_size = 8;
  REFUSED(HONE_ERROR_ARGUMENT, hone_plan_gemm(context, &shape, &plan));
  CHECK(plan == NULL);
  REFUSED(HONE_ERROR_ARGUMENT, hone_execute_gemm(NULL, a, b, c));
  shape.struct_size = sizeof shape;
  CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
  REFUSED(HONE_ERROR_ARGUMENT, hone_execute_gemm(plan, a, NULL, c));
  REFUSED(HONE_ERROR_ARGUMENT, hone_execute_embedding_bag(plan, a, a, a, NULL, c));
  CHECK(hone_execute_gemm(plan, a, b, c) == HONE_OK);
  hone_plan_destroy(plan);
}

static void bags(hone_context *context) {
  hone_embedding_bag_shape shape = HONE_EMBEDDING_BAG_INIT;
  float table[8] = {1, 2, 3, 4, 5, 6, 7, 8}, output[8], weights[3] = {1, 1, 1};
  int64_t good[3] = {0, 3, 1}, high[3] = {0, 4, 1}, low[3] = {0, -1, 1}, offsets[2] = {0, 2};
  int64_t falling[2] = {2, 1}, beyond[2] = {0, 9};
  int32_t narrow[3] = {0, 1, 4}, narrow_offsets[2] = {0, 2};
  shape.rows = 4;
  shape.dim = 2;
  shape.bags = 2;
  shape.index_count = 3;
  CHECK(hone_embedding_bag(context, &shape, table, good, offsets, NULL, output) == HONE_OK && output[0] == 8);
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, high, offsets, NULL, output));
  CHECK(strstr(hone_last_error(), "indices[1] (bag 0, position 1) is 4") != NULL);
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, low, offsets, NULL, output));
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, good, falling, NULL, output));
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, good, beyond, NULL, output));
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, NULL, good, offsets, NULL, output));
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, NULL, offsets, NULL, output));
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, NULL, NULL, output));
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, NULL, NULL));
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, weights, output));
  shape.weighted = 1;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, NULL, output));
  shape.pooling = HONE_POOLING_MEAN;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, weights, output));
  shape.weighted = 0;
  shape.pooling = 7;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, NULL, output));
  shape.pooling = HONE_POOLING_SUM;
  shape.index_bytes = 3;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, NULL, output));
  shape.index_bytes = 4;
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, narrow, narrow_offsets, NULL, output));
  shape.index_bytes = 0;
  shape.table_stride = 1;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, good, offsets, NULL, output));
  shape.table_stride = 0;
  shape.rows = 0;
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, good, offsets, NULL, output));
}

static void put(void *numbers, int32_t bytes, int at, int64_t value) {
  if (bytes == 8) ((int64_t *)numbers)[at] = value;
  else ((int32_t *)numbers)[at] = (int32_t)value;
}

/* A wrong number is found and named wherever it stands among however many: checks take several at a time. */
static void positions(hone_context *context) {
  enum { MOST = 21, ROWS = 5 };
  float table[ROWS] = {1, 2, 3, 4, 5}, output[MOST];
  int64_t indices[MOST], offsets[MOST];
  const int64_t wrong[] = {-1, ROWS, INT32_MIN, INT32_MAX};
  char name[60];
  for (int32_t bytes = 4; bytes <= 8; bytes += 4)
    for (int count = 1; count <= MOST; count++) {
      hone_embedding_bag_shape shape = HONE_EMBEDDING_BAG_INIT;
      shape.rows = ROWS;
      shape.dim = 1;
      shape.bags = shape.index_count = count;
      shape.index_bytes = bytes;
      for (int i = 0; i < count; i++) put(indices, bytes, i, i % ROWS), put(offsets, bytes, i, i);
      CHECK(hone_embedding_bag(context, &shape, table, indices, offsets, NULL, output) == HONE_OK && output[count - 1] == (count - 1) % ROWS + 1);
      for (int at = 0; at < count; at++) {
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
          put(indices, bytes, at, wrong[w]);
          REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, indices, offsets, NULL, output));
          snprintf(name, sizeof name, "indices[%d] (bag %d, position 0) is %lld;", at, at, (long long)wrong[w]);
          CHECK(strstr(hone_last_error(), name) != NULL);
        }
        put(indices, bytes, at, at % ROWS);
        const int64_t unsorted[] = {-1, count + 1, at - 2, INT32_MIN, INT32_MAX};
        for (size_t w = 0; w < sizeof unsorted / sizeof *unsorted; w++) {
          put(offsets, bytes, at, unsorted[w]);
          REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, indices, offsets, NULL, output));
          snprintf(name, sizeof name, "offsets[%d] is %lld:", at, (long long)unsorted[w]);
          CHECK(strstr(hone_last_error(), name) != NULL);
        }
        put(offsets, bytes, at, at);
      }
    }
}

/* The other ways to say where bags are, other rows, sizes that overflow, and a struct of before them. */
static void more_bags(hone_context *context) {
  hone_embedding_bag_shape shape = HONE_EMBEDDING_BAG_INIT;
  float table[8] = {1, 2, 3, 4, 5, 6, 7, 8}, output[8] = {9, 9, 9, 9, 9, 9, 9, 9};
  int64_t indices[3] = {0, 3, 1}, lengths[2] = {2, 1}, borders[3] = {0, 2, 3}, negative[2] = {-1, 1}, much[2] = {2, 2};
  int64_t high[3] = {0, 3, 4};
  shape.rows = 4;
  shape.dim = 2;
  shape.bags = 2;
  shape.index_count = 3;
  shape.struct_size = offsetof(hone_embedding_bag_shape, output);
  shape.bag_form = 77;
  CHECK(hone_embedding_bag(context, &shape, table, indices, borders, NULL, output) == HONE_OK && output[0] == 8 && output[2] == 3);
  shape.struct_size = sizeof shape;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, borders, NULL, output));
  shape.bag_form = HONE_BAG_LENGTHS;
  output[2] = 9;
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, high, lengths, NULL, output));
  CHECK(strstr(hone_last_error(), "indices[2] (bag 1, position 0) is 4") != NULL && output[2] == 9);
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, indices, negative, NULL, output));
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, indices, much, NULL, output));
  CHECK(hone_embedding_bag(context, &shape, table, indices, lengths, NULL, output) == HONE_OK && output[2] == 3);
  shape.bag_form = HONE_BAG_BORDERS;
  CHECK(hone_embedding_bag(context, &shape, table, indices, borders, NULL, output) == HONE_OK && output[2] == 3);
  borders[2] = 4;
  REFUSED(HONE_ERROR_RANGE, hone_embedding_bag(context, &shape, table, indices, borders, NULL, output));
  shape.pooling = HONE_POOLING_NONE;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  shape.bags = 3;
  CHECK(hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output) == HONE_OK && output[2] == 7 && output[5] == 4);
  shape.output = 3;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  shape.output = 0;
  shape.distribution = "reuse:12:999";
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  CHECK(strstr(hone_last_error(), "there is no distribution 'reuse:12:999'") != NULL);
  char word[] = "reuse:12:1000"; /* read during the call only */
  shape.distribution = word;
  CHECK(hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output) == HONE_OK && output[2] == 7);
  word[11] = '7';
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  shape.distribution = NULL;
  shape.scales_first = 1;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  shape.types = "u8f32";
  shape.table_stride = 9;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  shape.table_stride = (int64_t)1 << 40;
  shape.rows = (int64_t)1 << 30;
  REFUSED(HONE_ERROR_ARGUMENT, hone_embedding_bag(context, &shape, table, indices, NULL, NULL, output));
  CHECK(strstr(hone_last_error(), "overflow") != NULL);
}

static void tables(hone_context *context) {
  hone_embedding_bag_shape shapes[2] = {HONE_EMBEDDING_BAG_INIT, HONE_EMBEDDING_BAG_INIT};
  float table[8] = {1, 2, 3, 4, 5, 6, 7, 8}, output[8] = {9, 9, 9, 9, 9, 9, 9, 9};
  int64_t good[3] = {0, 3, 1}, high[3] = {0, 3, 4}, offsets[2] = {0, 2};
  hone_bag_operands operands[2];
  hone_bag_tables *made;
  int i;
  for (i = 0; i < 2; i++) {
    shapes[i].rows = 4;
    shapes[i].dim = 2;
    shapes[i].bags = 2;
    shapes[i].index_count = 3;
    operands[i].table = table;
    operands[i].indices = i == 0 ? good : high;
    operands[i].offsets = offsets;
    operands[i].weights = NULL;
    operands[i].output = output + 4 * i;
  }
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_create(context, NULL, 2, &made));
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_create(context, shapes, 0, &made));
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_create(context, shapes, 2, NULL));
  shapes[1].pooling = 9;
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_create(context, shapes, 2, &made));
  CHECK(strstr(hone_last_error(), "table 1: ") == hone_last_error() && made == NULL);
  shapes[1].pooling = 0;
  CHECK(hone_bag_tables_create(context, shapes, 2, &made) == HONE_OK);
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_execute(made, NULL));
  REFUSED(HONE_ERROR_ARGUMENT, hone_bag_tables_execute(NULL, operands));
  REFUSED(HONE_ERROR_RANGE, hone_bag_tables_execute(made, operands));
  CHECK(strstr(hone_last_error(), "table 1: indices[2] (bag 1, position 0) is 4") == hone_last_error());
  CHECK(output[0] == 9 && output[4] == 9);
  operands[1].indices = good;
  CHECK(hone_bag_tables_execute(made, operands) == HONE_OK && output[0] == 8 && output[4] == 8 && output[7] == 4);
  hone_bag_tables_destroy(made);
  hone_bag_tables_destroy(NULL);
}

static void attentions(hone_context *context) {
  hone_attention_shape shape = HONE_ATTENTION_INIT;
  float q[32] = {0}, o[32];
  shape.heads = 3;
  shape.kv_heads = 2;
  shape.lq = shape.lk = 1;
  shape.head_dim = 8;
  REFUSED(HONE_ERROR_ARGUMENT, hone_attention(context, &shape, q, q, q, o, NULL));
  CHECK(strstr(hone_last_error(), "multiple") != NULL);
  shape.kv_heads = 3;
  REFUSED(HONE_ERROR_ARGUMENT, hone_attention(context, &shape, q, NULL, q, o, NULL));
  shape.mask = 9;
  REFUSED(HONE_ERROR_ARGUMENT, hone_attention(context, &shape, q, q, q, o, NULL));
  shape.mask = 0;
  shape.layout = 5;
  REFUSED(HONE_ERROR_ARGUMENT, hone_attention(context, &shape, q, q, q, o, NULL));
  shape.layout = 0;
  shape.scale = (float)INFINITY;
  REFUSED(HONE_ERROR_ARGUMENT, hone_attention(context, &shape, q, q, q, o, NULL));
  shape.scale = 0;
  CHECK(hone_attention(context, &shape, q, q, q, o, NULL) == HONE_OK);
}

/* Without its engine the library looks up, and says why it does not run. */
static void no_engine(const char *database, const char *missing) {
  hone_context *context = NULL;
  hone_gemm_shape shape = HONE_GEMM_INIT;
  hone_options options = HONE_OPTIONS_INIT;
  float a[1] = {1};
  options.database = database;
  options.engine = missing;
  shape.m = shape.n = shape.k = 1;
  CHECK(hone_open(&options, &context) == HONE_OK);
  REFUSED(HONE_ERROR_UNAVAILABLE, hone_gemm(context, &shape, a, a, a));
  hone_close(context);
}

int main(int count, char **arguments) {
  hone_context *context = NULL;
  hone_options options = HONE_OPTIONS_INIT;
  if (count != 4) return 64;
  no_engine(arguments[1], arguments[3]);
  contexts(arguments[1], arguments[2], arguments[3]);
  options.database = arguments[1];
  CHECK(hone_open(&options, &context) == HONE_OK);
  problems(context);
  gemms(context);
  gemm_shapes(context);
  bags(context);
  positions(context);
  more_bags(context);
  tables(context);
  attentions(context);
  hone_close(context);
  return failures;
}
