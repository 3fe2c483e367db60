/* call.c: shapes of hone.h as calls with all defaults filled in, and as problems for the database. */
#include "run.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

hone_status hone__call_bad_size(const char *name, size_t size) {
  return hone__fail(HONE_ERROR_ARGUMENT, "the struct_size of %s is %zu. Start with the _INIT macro of hone.h.", name, size);
}

hone_status hone__call_start(hone__call *call, int64_t kind, const char *types, const char *const *known) {
  char words[300];
  hone__text list;
  memset(call, 0, sizeof *call);
  call->kind = kind;
  if (types == NULL) types = "f32";
  hone__text_start(&list, words, sizeof words);
  for (size_t i = 0; known[i] != NULL; i++) {
    if (strcmp(known[i], types) == 0) {
      strcpy(call->types, types);
      return HONE_OK;
    }
    hone__text_add(&list, i == 0 ? "%s" : ", %s", known[i]);
  }
  return hone__fail(HONE_ERROR_ARGUMENT, "the data types '%.30s' cannot be run here. Choose one of: %s.", types, words);
}

hone_status hone__call_sizes(const hone__call *call, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (call->sizes[i] < 0 || call->sizes[i] > (int64_t)1 << 40)
      return hone__fail(HONE_ERROR_ARGUMENT, "a size cannot be %lld. Give 0 ... 2^40.", (long long)call->sizes[i]);
  return HONE_OK;
}

/* ---- Embedding-bag ---- */

/* The words of a shape that are one of a few. */
static hone_status bag_words(const hone_embedding_bag_shape *shape, const hone__call *call, int32_t bytes) {
  if (bytes != 4 && bytes != 8) return hone__fail(HONE_ERROR_ARGUMENT, "index_bytes cannot be %d. Give 4 or 8.", bytes);
  if (shape->pooling < HONE_POOLING_SUM || shape->pooling > HONE_POOLING_NONE)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no pooling %d.", shape->pooling);
  if (shape->output < HONE_BAG_OUTPUT_F32 || shape->output > HONE_BAG_OUTPUT_BF16)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no output %d.", shape->output);
  if (shape->bag_form < HONE_BAG_STARTS || shape->bag_form > HONE_BAG_LENGTHS)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no bag_form %d.", shape->bag_form);
  if (shape->scales_first != 0 && (shape->scales_first != 1 || call->types[0] != 'u'))
    return hone__fail(HONE_ERROR_ARGUMENT, "scales_first is 0, or 1 for rows that have scales.");
  if (shape->distribution != NULL && hone__distribution_word(shape->distribution) == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no distribution '%.60s'. Give uniform, zipf, reuse2021, reuse2022, or the word of `hone workload stream`.",
                      shape->distribution);
  return HONE_OK;
}

/* The least table_stride, and in *unit the bytes of one of it. */
static int64_t row_length(const char *types, int64_t dim, int64_t *unit) {
  *unit = types[0] == 'u' ? 1 : strcmp(types, "f32") == 0 ? 4 : 2;
  if (types[0] != 'u') return dim;
  return (types[1] == '8' ? dim : dim / 2 + dim % 2) + (types[3] == '3' ? 8 : 4);
}

static hone_status bag_strides(const hone__call *call, int64_t row, int64_t unit) {
  const int64_t *sizes = call->sizes;
  if (sizes[B_TABLE_STRIDE] < row || sizes[B_OUTPUT_STRIDE] < sizes[B_DIM])
    return hone__fail(HONE_ERROR_ARGUMENT, "a stride is less than a row: table_stride %lld (a row takes %lld), output_stride %lld (%lld).",
                      (long long)sizes[B_TABLE_STRIDE], (long long)row, (long long)sizes[B_OUTPUT_STRIDE], (long long)sizes[B_DIM]);
  double most = 4611686018427387904.0; /* 2^62: no address space is larger, and products of sizes fit 64 bits */
  if ((double)sizes[B_ROWS] * (double)sizes[B_TABLE_STRIDE] * (double)unit > most ||
      (double)sizes[B_BAGS] * (double)sizes[B_OUTPUT_STRIDE] * 4 > most)
    return hone__fail(HONE_ERROR_ARGUMENT, "the sizes overflow: %lld rows %lld apart, %lld bags %lld apart.", (long long)sizes[B_ROWS],
                      (long long)sizes[B_TABLE_STRIDE], (long long)sizes[B_BAGS], (long long)sizes[B_OUTPUT_STRIDE]);
  return HONE_OK;
}

hone_status hone__call_bag(const hone_embedding_bag_shape *given, hone__call *call) {
  if (given == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a shape is needed.");
  hone_embedding_bag_shape copy = {0};
  const size_t first_version = offsetof(hone_embedding_bag_shape, output);
  if (given->struct_size < first_version) return hone__call_bad_size("hone_embedding_bag_shape", given->struct_size);
  memcpy(&copy, given, given->struct_size < sizeof copy ? given->struct_size : sizeof copy);
  const hone_embedding_bag_shape *shape = &copy;
  static const char *const types[] = {"f32", "f16", "bf16", "u8f32", "u8f16", "u4f32", "u4f16", NULL};
  hone_status status = hone__call_start(call, HONE__BAG, shape->types, types);
  if (status != HONE_OK) return status;
  int32_t bytes = shape->index_bytes == 0 ? 8 : shape->index_bytes;
  status = bag_words(shape, call, bytes);
  if (status != HONE_OK) return status;
  int64_t *sizes = call->sizes, unit = 1, row = row_length(call->types, shape->dim, &unit);
  sizes[B_ROWS] = shape->rows;
  sizes[B_DIM] = shape->dim;
  sizes[B_BAGS] = shape->bags;
  sizes[B_COUNT] = shape->index_count;
  sizes[B_TABLE_STRIDE] = shape->table_stride != 0 ? shape->table_stride : row;
  sizes[B_OUTPUT_STRIDE] = shape->output_stride != 0 ? shape->output_stride : shape->dim;
  sizes[B_INDEX_BYTES] = bytes;
  sizes[B_POOLING] = shape->pooling;
  sizes[B_WEIGHTED] = shape->weighted != 0;
  sizes[B_UNCHECKED] = shape->unchecked != 0;
  sizes[B_OUTPUT] = shape->output;
  sizes[B_FORM] = shape->bag_form;
  sizes[B_SCALES_FIRST] = shape->scales_first;
  sizes[B_DISTRIBUTION] = (int64_t)(intptr_t)hone__distribution_word(shape->distribution == NULL ? "uniform" : shape->distribution);
  status = hone__call_sizes(call, B_OUTPUT_STRIDE + 1);
  return status == HONE_OK ? bag_strides(call, row, unit) : status;
}

/* ---- As problems ---- */

/* The database knows few factors; any other costs what 0.5 costs. */
static const char *factor_word(double factor, bool has_minus_one) {
  return factor == 0 ? "0" : factor == 1 ? "1" : factor == -1 && has_minus_one ? "-1" : "0.5";
}

static hone_status set_sizes(hone_problem *problem, const hone__call *call, const char *const *names) {
  hone_status status = HONE_OK;
  for (size_t i = 0; names[i] != NULL && status == HONE_OK; i++)
    status = hone_problem_set_dimension(problem, names[i], call->sizes[i]);
  return status;
}

hone_status hone__call_words(hone_problem *problem, const char *const (*pairs)[2]) {
  hone_status status = HONE_OK;
  for (size_t i = 0; pairs[i][0] != NULL && status == HONE_OK; i++)
    status = hone_problem_set_attribute(problem, pairs[i][0], pairs[i][1]);
  return status;
}

static hone_status fill(hone_problem *problem, const hone__call *call) {
  static const char *const gemm[] = {"m", "n", "k", "lda", "ldb", "ldc", "batch", NULL};
  static const char *const bag[] = {"rows", "dim", "bags", "lookups", NULL};
  static const char *const attention[] = {"batch", "heads", "kvHeads", "lq", "lk", "headDim", NULL};
  static const char *const *const names[] = {gemm, bag, attention};
  const int64_t *sizes = call->sizes;
  static const char *const poolings[] = {"sum", "mean", "max", "none"}, *const outputs[] = {"f32", "f16", "bf16"};
  bool is_bag = call->kind == HONE__BAG;
  const char *const words[2][7][2] = {
      {{"transA", sizes[G_TRANS_A] ? "t" : "n"},
       {"transB", sizes[G_TRANS_B] ? "t" : "n"},
       {"alpha", factor_word(call->factors[0], true)},
       {"beta", factor_word(call->factors[1], false)}},
      {{"pooling", is_bag ? poolings[sizes[B_POOLING]] : ""},
       {"weighted", sizes[B_WEIGHTED] ? "yes" : "no"},
       {"indices", sizes[B_INDEX_BYTES] == 4 ? "int32" : "int64"},
       {"output", is_bag ? outputs[sizes[B_OUTPUT]] : ""},
       {"scales", sizes[B_SCALES_FIRST] ? "first" : "last"},
       {"distribution", is_bag ? (const char *)(intptr_t)sizes[B_DISTRIBUTION] : ""}},
  };
  hone_status status =
      call->kind == HONE__ATTENTION ? hone__attention_words(problem, call) : hone__call_words(problem, words[call->kind]);
  if (status == HONE_OK) status = call->kind == HONE__GEMM ? hone__gemm_words(problem, call) : HONE_OK;
  if (status == HONE_OK) status = set_sizes(problem, call, names[call->kind]);
  if (status == HONE_OK && !problem->complete) status = hone__fail(HONE_ERROR_ARGUMENT, "%s.", problem->reason);
  return status;
}

hone_status hone__call_problem(const hone__call *call, hone_problem **problem) {
  static const char *const operations[] = {"gemm", "embedding-bag", "attention"};
  hone_status status = hone_problem_create(operations[call->kind], call->types, problem);
  if (status == HONE_OK) status = fill(*problem, call);
  if (status != HONE_OK) {
    hone_problem_destroy(*problem);
    *problem = NULL;
  }
  return status;
}
