/* attention.c: a C99 program that runs attention with its options, once and as plans, and gives wrong ones. Prints what failed; the exit
 * code is the number of failures. */
#include "gemm_check.h"

enum { BATCH = 2, HEADS = 4, GROUPS = 2, LQ = 3, PAGE = 8, ENTRIES = 3, LK = PAGE * ENTRIES, PAGES = 8, DIM = 32 };

static float *q, *k, *v, *o;
static const float slopes[HEADS] = {0.5f, 0.25f, 0.125f, 0.0625f};
static int32_t lengths[BATCH] = {21, 10}, table[BATCH * ENTRIES] = {7, 0, 3, 2, 5, -1};

/* A row of a block: [pages][groups][PAGE][DIM]. */
static const float *paged_row(const float *cache, int b, int group, int j) {
  return cache + ((table[b * ENTRIES + j / PAGE] * GROUPS + group) * PAGE + j % PAGE) * DIM;
}

/* The largest error of o: causal, a window of `left` keys, a soft-cap of 2, slopes. */
static double paged_error(int left) {
  double worst = 0;
  int b, h, i, j, d;
  for (b = 0; b < BATCH; b++)
    for (h = 0; h < HEADS; h++)
      for (i = 0; i < LQ; i++) {
        const float *query = q + ((b * HEADS + h) * LQ + i) * DIM, *out = o + ((b * HEADS + h) * LQ + i) * DIM;
        int place = i + lengths[b] - LQ, first = place - left > 0 ? place - left : 0;
        double weight[LK], total = 0;
        for (j = first; j <= place; j++) {
          const float *key = paged_row(k, b, h / 2, j);
          double logit = 0;
          for (d = 0; d < DIM; d++) logit += (double)query[d] * (double)key[d];
          logit = 2 * tanh(logit / sqrt(DIM) / 2) - (double)slopes[h] * (place - j);
          total += weight[j] = exp(logit);
        }
        for (d = 0; d < DIM; d++) {
          double sum = 0;
          for (j = first; j <= place; j++) sum += weight[j] / total * (double)paged_row(v, b, h / 2, j)[d];
          if (!(fabs(sum - (double)out[d]) <= worst)) worst = fabs(sum - (double)out[d]);
        }
      }
  return worst;
}

static hone_attention_shape shape_of(void) {
  hone_attention_shape shape = HONE_ATTENTION_INIT;
  shape.batch = BATCH, shape.heads = HEADS, shape.kv_heads = GROUPS, shape.lq = LQ, shape.lk = LK, shape.head_dim = DIM;
  shape.mask = HONE_MASKED_CAUSAL, shape.lengths = HONE_LENGTHS_PADDED, shape.page = PAGE, shape.pages = PAGES;
  shape.window_left = 9, shape.softcap = 2, shape.alibi = 1;
  return shape;
}

static hone_attention_operands operands_of(void) {
  hone_attention_operands all = HONE_ATTENTION_OPERANDS_INIT;
  all.q = q, all.k = k, all.v = v, all.o = o, all.k_lengths = lengths, all.block_table = table, all.slopes = slopes;
  return all;
}

static void run_pages(hone_context *context) {
  hone_attention_shape shape = shape_of();
  hone_attention_operands all = operands_of();
  hone_plan *plan = NULL;
  CHECK(hone_attention_with(context, &shape, &all) == HONE_OK);
  CHECK(paged_error(9) < 1e-5);
  CHECK(hone_plan_attention(context, &shape, &plan) == HONE_OK);
  lengths[1] = 13;
  CHECK(hone_execute_attention_with(plan, &all) == HONE_OK);
  CHECK(paged_error(9) < 1e-5);
  CHECK(hone_execute_attention(plan, q, k, v, o, NULL) == HONE_ERROR_ARGUMENT && strstr(hone_last_error(), "k_lengths") != NULL);
  hone_plan_destroy(plan);
}

/* Each wrong thing is refused with words about it, and o stays as it was. */
static void refuse(hone_context *context, const hone_attention_shape *shape, const hone_attention_operands *all, int status,
                   const char *words) {
  o[0] = 77;
  CHECK((int)hone_attention_with(context, shape, all) == status);
  if (strstr(hone_last_error(), words) == NULL) printf("'%s' without '%s'\n", hone_last_error(), words), failures++;
  CHECK(o[0] == 77);
}

static void refuse_operands(hone_context *context) {
  hone_attention_shape shape = shape_of();
  hone_attention_operands all = operands_of();
  table[4] = PAGES;
  refuse(context, &shape, &all, HONE_ERROR_RANGE, "block_table[4] (sequence 1, entry 1) is 8");
  table[4] = 5, lengths[0] = LK + 1;
  refuse(context, &shape, &all, HONE_ERROR_RANGE, "k_lengths[0] is 25");
  lengths[0] = 21, all.slopes = NULL;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "'slopes' is null");
  all = operands_of(), all.bias = q;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "'bias' is given");
  all = operands_of(), all.struct_size = 8;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "HONE_ATTENTION_OPERANDS_INIT");
}

static void refuse_shapes(hone_context *context) {
  hone_attention_shape shape = shape_of();
  hone_attention_operands all = operands_of();
  shape.window_left = -2;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "window");
  shape = shape_of(), shape.softcap = -1;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "softcap");
  shape = shape_of(), shape.lengths = HONE_LENGTHS_PACKED;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "no pages");
  shape = shape_of(), shape.table_stride = 2;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "too short");
  shape = shape_of(), shape.k_strides[2] = 8;
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "k_strides");
  shape = shape_of(), shape.types = "f32s8";
  refuse(context, &shape, &all, HONE_ERROR_ARGUMENT, "k_scales");
}

/* A caller whose header had no options. */
static void run_old_struct(hone_context *context) {
  hone_attention_shape shape = HONE_ATTENTION_INIT;
  shape.struct_size = (size_t)((const char *)&shape.window_left - (const char *)&shape);
  shape.heads = shape.lq = shape.lk = 1, shape.head_dim = DIM, shape.window_left = -7, shape.page = -3;
  CHECK(hone_attention(context, &shape, q, k, v, o, NULL) == HONE_OK);
  CHECK(memcmp(o, v, DIM * sizeof *o) == 0);
  shape.struct_size -= 8;
  CHECK(hone_attention(context, &shape, q, k, v, o, NULL) == HONE_ERROR_ARGUMENT);
}

int main(void) {
  hone_context *context = NULL;
  CHECK(hone_open(NULL, &context) == HONE_OK);
  q = operand(BATCH * HEADS * LQ * DIM, 1), o = operand(BATCH * HEADS * LQ * DIM, 2);
  k = operand(PAGES * GROUPS * PAGE * DIM, 3), v = operand(PAGES * GROUPS * PAGE * DIM, 4);
  run_pages(context);
  refuse_operands(context);
  refuse_shapes(context);
  run_old_struct(context);
  hone_close(context);
  free(q), free(k), free(v), free(o);
  return failures;
}
