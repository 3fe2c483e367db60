/* arguments.c: calls as the structs of hone_kernel.h, and operands that contradict them. */
#include "run.h"

#include <string.h>

/* The kernels' header has structs with the names of our functions. */
#define hone_gemm hone__kernel_gemm
#define hone_embedding_bag hone__kernel_bag
#define hone_attention hone__kernel_attention
#include "hone_kernel.h"
#undef hone_gemm
#undef hone_embedding_bag
#undef hone_attention

_Static_assert(sizeof(hone__kernel_gemm) <= sizeof(hone__arguments), "room for a gemm");
_Static_assert(sizeof(hone__kernel_bag) <= sizeof(hone__arguments), "room for an embedding-bag");
_Static_assert(sizeof(hone__kernel_attention) <= sizeof(hone__arguments), "room for an attention");

static void fill_gemm(hone__kernel_gemm *p, const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  *p = (hone__kernel_gemm){.struct_size = sizeof *p,
                           .m = sizes[G_M],
                           .n = sizes[G_N],
                           .k = sizes[G_K],
                           .lda = sizes[G_LDA],
                           .ldb = sizes[G_LDB],
                           .ldc = sizes[G_LDC],
                           .trans_a = (int32_t)sizes[G_TRANS_A],
                           .trans_b = (int32_t)sizes[G_TRANS_B],
                           .alpha = call->factors[0],
                           .beta = call->factors[1],
                           .a = operands->in[0],
                           .b = operands->in[1],
                           .c = operands->out};
}

static void fill_bag(hone__kernel_bag *p, const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  *p = (hone__kernel_bag){.struct_size = sizeof *p,
                          .rows = sizes[B_ROWS],
                          .dim = sizes[B_DIM],
                          .bags = sizes[B_BAGS],
                          .index_count = sizes[B_COUNT],
                          .table_stride = sizes[B_TABLE_STRIDE],
                          .output_stride = sizes[B_OUTPUT_STRIDE],
                          .index_bytes = (int32_t)sizes[B_INDEX_BYTES],
                          .pooling = sizes[B_POOLING] == HONE_POOLING_MEAN ? HONE_POOL_MEAN : HONE_POOL_SUM,
                          .table = operands->in[0],
                          .indices = operands->in[1],
                          .offsets = operands->in[2],
                          .weights = operands->in[3],
                          .output = operands->out};
}

static void fill_attention(hone__kernel_attention *p, const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  int64_t dim = sizes[A_DIM];
  bool by_head = sizes[A_LAYOUT] == HONE_LAYOUT_BHSD;
  int64_t q_head = by_head ? sizes[A_LQ] * dim : dim, q_row = by_head ? dim : sizes[A_HEADS] * dim;
  int64_t k_head = by_head ? sizes[A_LK] * dim : dim, k_row = by_head ? dim : sizes[A_GROUPS] * dim;
  int64_t q_batch = sizes[A_HEADS] * sizes[A_LQ] * dim, k_batch = sizes[A_GROUPS] * sizes[A_LK] * dim;
  static const int32_t masks[] = {HONE_MASK_NONE, HONE_MASK_CAUSAL_BOTTOM_RIGHT, HONE_MASK_CAUSAL_TOP_LEFT};
  *p = (hone__kernel_attention){.struct_size = sizeof *p,
                                .batch = sizes[A_BATCH],
                                .heads = sizes[A_HEADS],
                                .kv_heads = sizes[A_GROUPS],
                                .lq = sizes[A_LQ],
                                .lk = sizes[A_LK],
                                .head_dim = dim,
                                .q_batch_stride = q_batch,
                                .q_head_stride = q_head,
                                .q_row_stride = q_row,
                                .k_batch_stride = k_batch,
                                .k_head_stride = k_head,
                                .k_row_stride = k_row,
                                .v_batch_stride = k_batch,
                                .v_head_stride = k_head,
                                .v_row_stride = k_row,
                                .o_batch_stride = q_batch,
                                .o_head_stride = q_head,
                                .o_row_stride = q_row,
                                .scale = (float)call->factors[0],
                                .mask = masks[sizes[A_MASK]],
                                .q = operands->in[0],
                                .k = operands->in[1],
                                .v = operands->in[2],
                                .o = operands->out,
                                .lse = operands->lse};
}

void hone__arguments_fill(hone__arguments *arguments, const hone__call *call, const hone__operands *operands) {
  if (call->kind == HONE__GEMM) fill_gemm((void *)arguments, call, operands);
  else if (call->kind == HONE__BAG) fill_bag((void *)arguments, call, operands);
  else fill_attention((void *)arguments, call, operands);
}

/* ---- Checks ---- */

static hone_status need(const void *pointer, const char *name) {
  return pointer != NULL ? HONE_OK : hone__fail(HONE_ERROR_ARGUMENT, "the operand '%s' is null.", name);
}

static hone_status check_gemm(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  if (sizes[G_M] == 0 || sizes[G_N] == 0) return HONE_OK;
  hone_status status = need(operands->out, "c");
  if (status != HONE_OK || sizes[G_K] == 0 || call->factors[0] == 0) return status;
  status = need(operands->in[0], "a");
  return status != HONE_OK ? status : need(operands->in[1], "b");
}

/* The first index that is no row, or -1. One comparison an index, as unsigned: negative ones are large then. */
static int64_t wrong_index(const hone__call *call, const void *indices) {
  int64_t count = call->sizes[B_COUNT];
  uint64_t rows = (uint64_t)call->sizes[B_ROWS];
  uint64_t wrong = 0;
  if (call->sizes[B_INDEX_BYTES] == 8) {
    const int64_t *at = indices;
    for (int64_t i = 0; i < count; i++) wrong |= (uint64_t)at[i] >= rows;
    for (int64_t i = 0; wrong != 0 && i < count; i++)
      if ((uint64_t)at[i] >= rows) return i;
  } else {
    const int32_t *at = indices;
    for (int64_t i = 0; i < count; i++) wrong |= (uint64_t)(int64_t)at[i] >= rows;
    for (int64_t i = 0; wrong != 0 && i < count; i++)
      if ((uint64_t)(int64_t)at[i] >= rows) return i;
  }
  return -1;
}

static int64_t number_at(const void *numbers, int64_t bytes, int64_t index) {
  return bytes == 8 ? ((const int64_t *)numbers)[index] : ((const int32_t *)numbers)[index];
}

static hone_status check_indices(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  int64_t bytes = sizes[B_INDEX_BYTES], wrong = wrong_index(call, operands->in[1]), last = 0;
  if (wrong >= 0)
    return hone__fail(HONE_ERROR_RANGE, "indices[%lld] is %lld; the table has the rows 0 ..< %lld.", (long long)wrong,
                      (long long)number_at(operands->in[1], bytes, wrong), (long long)sizes[B_ROWS]);
  for (int64_t bag = 0; bag < sizes[B_BAGS]; bag++) {
    int64_t offset = number_at(operands->in[2], bytes, bag);
    if (offset < last || offset > sizes[B_COUNT])
      return hone__fail(HONE_ERROR_RANGE, "offsets[%lld] is %lld: offsets do not decrease and lie in 0 ... %lld.", (long long)bag,
                        (long long)offset, (long long)sizes[B_COUNT]);
    last = offset;
  }
  return HONE_OK;
}

static hone_status check_bag(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  bool weighted = sizes[B_WEIGHTED] != 0;
  if (weighted != (operands->in[3] != NULL) && (sizes[B_COUNT] > 0 || !weighted))
    return hone__fail(HONE_ERROR_ARGUMENT, weighted ? "the operand 'weights' is null." : "weights are given; the shape says there are none.");
  if (sizes[B_BAGS] == 0 || sizes[B_DIM] == 0) return HONE_OK;
  hone_status status = need(operands->out, "output");
  if (status == HONE_OK) status = need(operands->in[2], "offsets");
  if (status == HONE_OK && sizes[B_COUNT] > 0) status = need(operands->in[0], "table");
  if (status == HONE_OK && sizes[B_COUNT] > 0) status = need(operands->in[1], "indices");
  return status == HONE_OK && sizes[B_UNCHECKED] == 0 ? check_indices(call, operands) : status;
}

static hone_status check_attention(const hone__call *call, const hone__operands *operands) {
  static const char *const names[] = {"q", "k", "v"};
  const int64_t *sizes = call->sizes;
  if (sizes[A_BATCH] == 0 || sizes[A_HEADS] == 0 || sizes[A_LQ] == 0) return HONE_OK;
  hone_status status = sizes[A_DIM] == 0 ? HONE_OK : need(operands->out, "o");
  for (int i = 0; i < 3 && status == HONE_OK && sizes[A_DIM] > 0 && (i == 0 || sizes[A_LK] > 0); i++)
    status = need(operands->in[i], names[i]);
  return status;
}

hone_status hone__operands_check(const hone__call *call, const hone__operands *operands) {
  return call->kind == HONE__GEMM  ? check_gemm(call, operands)
         : call->kind == HONE__BAG ? check_bag(call, operands)
                                   : check_attention(call, operands);
}
