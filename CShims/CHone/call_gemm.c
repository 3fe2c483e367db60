/* call_gemm.c: a shape of gemm as a call: its types, its epilogue, its batch. */
#include "run.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* HONE_TYPE_* of hone_kernel.h. */
enum { F32, BF16, F16, F64, U8, S8, S32 };

/* Of A (and the sums' precision) and of C. constant: B is weights always; scaled: it has scales. */
static const struct gemm_types {
  const char *name;
  int8_t a, c;
  bool constant, scaled;
} all_types[] = {
    {"f32", F32, F32, false, false},        {"f32f32", F32, F32, true, false},  {"f32bf16", F32, F32, true, false},
    {"f32f16", F32, F32, true, false},      {"f32s8", F32, F32, true, true},    {"f32s4", F32, F32, true, true},
    {"bf16", BF16, BF16, true, false},     {"bf16bf16f32", BF16, F32, true, false}, {"f16", F16, F16, true, false},
    {"f16f16f32", F16, F32, true, false},  {"bf16s8", BF16, BF16, true, true}, {"bf16s4", BF16, BF16, true, true},
    {"f64", F64, F64, false, false},        {"u8s8f32", U8, F32, true, true},   {"s8s8f32", S8, F32, true, true},
    {"u8s8bf16", U8, BF16, true, true},     {"s8s8bf16", S8, BF16, true, true}, {"u8s8s32", U8, S32, true, true},
    {"s8s8s32", S8, S32, true, true},
};

static bool is_bytes(const hone__call *call) { return call->sizes[G_A_TYPE] >= U8; }

#define TYPES (sizeof all_types / sizeof *all_types)

static const struct gemm_types *types_of(const hone__call *call) {
  for (size_t i = 0; i < TYPES; i++)
    if (strcmp(all_types[i].name, call->types) == 0) return &all_types[i];
  return &all_types[0];
}

static hone_status start(const hone_gemm_shape *shape, bool constant, hone__call *call) {
  const char *names[TYPES + 1];
  for (size_t i = 0; i < TYPES; i++) names[i] = all_types[i].name;
  names[TYPES] = NULL;
  hone_status status = hone__call_start(call, HONE__GEMM, shape->types, names);
  if (status != HONE_OK) return status;
  const struct gemm_types *types = types_of(call);
  if (!constant && types->constant)
    return hone__fail(HONE_ERROR_ARGUMENT, "B of the types '%s' is constant: make a plan with hone_plan_gemm_weights.", call->types);
  call->sizes[G_A_TYPE] = types->a;
  call->sizes[G_C_TYPE] = types->c;
  call->sizes[G_SCALED] = types->scaled;
  return HONE_OK;
}

static hone_status check_weights(const hone_gemm_shape *shape, const hone__call *call) {
  if (!call->sizes[G_SCALED] && (shape->group != 0 || shape->zero_points != 0))
    return hone__fail(HONE_ERROR_ARGUMENT, "group and zero_points mean nothing for the types '%s'.", call->types);
  if (shape->group < 0 || shape->zero_points >> 1 != 0)
    return hone__fail(HONE_ERROR_ARGUMENT, "group cannot be negative, zero_points is 0 or 1.");
  if (shape->arithmetic < HONE_ARITHMETIC_EXACT || shape->arithmetic > HONE_ARITHMETIC_BF16)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no arithmetic %d.", shape->arithmetic);
  if ((shape->a_tensor_scale | shape->a_zero_points) >> 1 != 0 || (!is_bytes(call) && (shape->a_tensor_scale | shape->a_zero_points) != 0))
    return hone__fail(HONE_ERROR_ARGUMENT, "a_tensor_scale and a_zero_points are 0, or 1 where A is in bytes.");
  return HONE_OK;
}

/* Whole sums are C as they are. */
static hone_status check_sums(const hone_gemm_shape *shape, const hone__call *call) {
  if (call->sizes[G_C_TYPE] != S32) return HONE_OK;
  if (shape->alpha == 1 && shape->beta == 0 && !shape->activation && !shape->bias && !shape->residual && !shape->a_tensor_scale)
    return HONE_OK;
  return hone__fail(HONE_ERROR_ARGUMENT, "with the types '%s' alpha is 1, beta 0, nothing follows, and there are no scales.", call->types);
}

static hone_status check_words(const hone_gemm_shape *shape) {
  if ((shape->trans_a | shape->trans_b) >> 1 != 0)
    return hone__fail(HONE_ERROR_ARGUMENT, "trans_a and trans_b are 0 or 1.");
  if (!isfinite(shape->alpha) || !isfinite(shape->beta))
    return hone__fail(HONE_ERROR_ARGUMENT, "alpha and beta must be finite.");
  if (shape->activation < HONE_ACTIVATE_NONE || shape->activation > HONE_ACTIVATE_SILU)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no activation %d.", shape->activation);
  if ((shape->bias | shape->residual) >> 1 != 0) return hone__fail(HONE_ERROR_ARGUMENT, "bias and residual are 0 or 1.");
  if (shape->residual && shape->activation != HONE_ACTIVATE_NONE)
    return hone__fail(HONE_ERROR_ARGUMENT, "a residual follows no activation here. Leave one of them out.");
  if (!shape->residual && shape->ldr != 0) return hone__fail(HONE_ERROR_ARGUMENT, "ldr means nothing without a residual.");
  return HONE_OK;
}

/* The attribute max-error: what a caller allows is rounded down to one of these. */
static const struct { const char *word; double bound; } max_errors[] = {
    {"none", 0},     {"1e-6", 1e-6}, {"2e-6", 2e-6}, {"5e-6", 5e-6}, {"1e-5", 1e-5}, {"2e-5", 2e-5}, {"5e-5", 5e-5},
    {"1e-4", 1e-4},  {"2e-4", 2e-4}, {"5e-4", 5e-4}, {"1e-3", 1e-3}, {"2e-3", 2e-3}, {"5e-3", 5e-3}, {"1e-2", 1e-2},
    {"2e-2", 2e-2},  {"5e-2", 5e-2}, {"1e-1", 1e-1}, {"2e-1", 2e-1}, {"5e-1", 5e-1},
};

static hone_status set_max_error(const hone_gemm_shape *shape, bool constant, hone__call *call) {
  if (!(shape->max_error >= 0) || (shape->max_error > 0 && !constant))
    return hone__fail(HONE_ERROR_ARGUMENT, "max_error is 0, or with weights the error that is allowed.");
  int64_t place = (int64_t)(sizeof max_errors / sizeof *max_errors) - 1;
  while (max_errors[place].bound > shape->max_error * (1 + 1e-9)) place--;
  call->sizes[G_MAX_ERROR] = place;
  return HONE_OK;
}

/* "bias-gelu", as the problem's attribute has it. */
static const char *epilogue(const hone__call *call) {
  static const char *const words[2][5] = {{"none", "relu", "gelu", "gelu-tanh", "silu"},
                                          {"bias", "bias-relu", "bias-gelu", "bias-gelu-tanh", "bias-silu"}};
  const int64_t *sizes = call->sizes;
  if (sizes[G_RESIDUAL]) return sizes[G_BIAS] ? "bias-residual" : "residual";
  return words[sizes[G_BIAS]][sizes[G_ACTIVATION]];
}

hone_status hone__gemm_words(hone_problem *problem, const hone__call *call) {
  static const char *const arithmetic[] = {"exact", "s8", "bf16"};
  char group[24] = "column";
  const int64_t *sizes = call->sizes;
  if (sizes[G_GROUP] > 0) snprintf(group, sizeof group, "%lld", (long long)sizes[G_GROUP]);
  const char *const words[][2] = {{"compute", arithmetic[sizes[G_ARITHMETIC]]},
                                  {"epilogue", epilogue(call)},
                                  {"max-error", max_errors[sizes[G_MAX_ERROR]].word},
                                  {"group", group},
                                  {"zeros", sizes[G_ZEROS] ? "y" : "n"},
                                  {"a-scales", !is_bytes(call) || sizes[G_A_ROW_SCALES] ? "row" : "tensor"},
                                  {"a-zeros", sizes[G_A_ZEROS] ? "y" : "n"},
                                  {NULL, NULL}};
  return hone__call_words(problem, words);
}

/* The batch and the elements between its matrices; 0 means that one follows the other. */
static hone_status set_batch(const hone_gemm_shape *shape, hone__call *call) {
  const double most = 4611686018427387904.0; /* 2^62: no address space is larger, and products of sizes fit 64 bits */
  int64_t *sizes = call->sizes;
  sizes[G_BATCH] = shape->batch == 0 ? 1 : shape->batch;
  if (sizes[G_BATCH] == 1) return HONE_OK;
  const int64_t given[] = {shape->a_batch_stride, shape->b_batch_stride, shape->c_batch_stride};
  const int64_t rows[] = {shape->trans_a ? shape->k : shape->m, shape->trans_b ? shape->n : shape->k, shape->m};
  for (int i = 0; i < 3; i++) {
    double matrix = (double)rows[i] * (double)sizes[G_LDA + i];
    double stride = given[i] == 0 ? matrix : (double)given[i];
    if (stride < matrix)
      return hone__fail(HONE_ERROR_ARGUMENT, "%c_batch_stride is %lld; a matrix takes %.0f elements.", "abc"[i], (long long)given[i],
                        matrix);
    if (stride * (double)sizes[G_BATCH] * 8 > most)
      return hone__fail(HONE_ERROR_ARGUMENT, "the sizes overflow: %lld matrices %.0f elements apart.", (long long)sizes[G_BATCH], stride);
    sizes[G_A_BATCH + i] = given[i] == 0 ? rows[i] * sizes[G_LDA + i] : given[i];
  }
  return HONE_OK;
}

static void set_sizes(const hone_gemm_shape *shape, hone__call *call) {
  int64_t *sizes = call->sizes;
  sizes[G_M] = shape->m;
  sizes[G_N] = shape->n;
  sizes[G_K] = shape->k;
  sizes[G_TRANS_A] = shape->trans_a;
  sizes[G_TRANS_B] = shape->trans_b;
  sizes[G_LDA] = shape->lda != 0 ? shape->lda : shape->trans_a ? shape->m : shape->k;
  sizes[G_LDB] = shape->ldb != 0 ? shape->ldb : shape->trans_b ? shape->k : shape->n;
  /* Two elements of 4 bits share a byte, and a row begins with one. */
  if (shape->ldb == 0 && hone__ends_with(call->types, "s4")) sizes[G_LDB] += sizes[G_LDB] & 1;
  sizes[G_LDC] = shape->ldc != 0 ? shape->ldc : shape->n;
  sizes[G_GROUP] = shape->group;
  sizes[G_ZEROS] = shape->zero_points;
  sizes[G_ARITHMETIC] = shape->arithmetic;
  sizes[G_ACTIVATION] = shape->activation;
  sizes[G_BIAS] = shape->bias;
  sizes[G_RESIDUAL] = shape->residual;
  sizes[G_A_ROW_SCALES] = is_bytes(call) && !shape->a_tensor_scale;
  sizes[G_A_ZEROS] = shape->a_zero_points;
  sizes[G_LDR] = !shape->residual ? 0 : shape->ldr != 0 ? shape->ldr : shape->n;
  call->factors[0] = shape->alpha + 0.0; /* no negative zero: equal calls have equal bytes */
  call->factors[1] = shape->beta + 0.0;
}

hone_status hone__call_gemm(const hone_gemm_shape *given, bool constant, hone__call *call) {
  if (given == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a shape is needed.");
  hone_gemm_shape copy = {0};
  const hone_gemm_shape *shape = &copy;
  if (given->struct_size < offsetof(hone_gemm_shape, batch)) return hone__call_bad_size("hone_gemm_shape", given->struct_size);
  memcpy(&copy, given, given->struct_size < sizeof copy ? given->struct_size : sizeof copy);
  hone_status status = start(shape, constant, call);
  if (status == HONE_OK) status = check_weights(shape, call);
  if (status == HONE_OK) status = check_words(shape);
  if (status == HONE_OK) status = check_sums(shape, call);
  if (status == HONE_OK) status = set_max_error(shape, constant, call);
  if (status != HONE_OK) return status;
  set_sizes(shape, call);
  status = hone__call_sizes(call, G_LDC + 1);
  if (status != HONE_OK) return status;
  if (shape->batch < 0 || shape->batch > (int64_t)1 << 40)
    return hone__fail(HONE_ERROR_ARGUMENT, "batch cannot be %lld. Give 0 ... 2^40.", (long long)shape->batch);
  if (shape->residual && call->sizes[G_LDR] < shape->n)
    return hone__fail(HONE_ERROR_ARGUMENT, "ldr=%lld is less than a row of %lld elements.", (long long)call->sizes[G_LDR], (long long)shape->n);
  return set_batch(shape, call);
}
