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

_Static_assert((int)HONE_ARITHMETIC_EXACT == HONE_COMPUTE_EXACT && (int)HONE_ARITHMETIC_S8 == HONE_COMPUTE_S8 &&
                   (int)HONE_ARITHMETIC_BF16 == HONE_COMPUTE_BF16, "the same numbers");
_Static_assert((int)HONE_ACTIVATE_RELU == HONE_ACTIVATION_RELU && (int)HONE_ACTIVATE_SILU == HONE_ACTIVATION_SILU,
               "the same numbers");
_Static_assert(sizeof(hone__kernel_gemm) <= sizeof(hone__arguments), "room for a gemm");
_Static_assert(sizeof(hone__kernel_bag) <= sizeof(hone__arguments), "room for an embedding-bag");

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
                           .c = operands->out,
                           .b_scales = operands->in[2],
                           .b_zeros = operands->in[3],
                           .group = sizes[G_GROUP],
                           .zero_points = (int32_t)sizes[G_ZEROS],
                           .compute = (int32_t)sizes[G_ARITHMETIC],
                           .packed_b = operands->packed,
                           .a_type = (int32_t)sizes[G_A_TYPE],
                           .c_type = (int32_t)sizes[G_C_TYPE],
                           .activation = (int32_t)sizes[G_ACTIVATION],
                           .has_bias = (int32_t)sizes[G_BIAS],
                           .has_residual = (int32_t)sizes[G_RESIDUAL],
                           .bias = operands->in[4],
                           .residual = operands->in[5],
                           .ldr = sizes[G_LDR],
                           .batch = sizes[G_BATCH],
                           .a_batch_stride = sizes[G_A_BATCH],
                           .b_batch_stride = sizes[G_B_BATCH],
                           .c_batch_stride = sizes[G_C_BATCH],
                           .a_scales = operands->in[6],
                           .a_zeros = operands->in[7],
                           .a_row_scales = (int32_t)sizes[G_A_ROW_SCALES],
                           .a_zero_points = (int32_t)sizes[G_A_ZEROS]};
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
                          .pooling = (int32_t)sizes[B_POOLING], /* the same numbers in both headers */
                          .output_type = (int32_t)sizes[B_OUTPUT],
                          .bag_form = (int32_t)sizes[B_FORM],
                          .scales_first = (int32_t)sizes[B_SCALES_FIRST],
                          .table = operands->in[0],
                          .indices = operands->in[1],
                          .offsets = operands->in[2],
                          .weights = operands->in[3],
                          .output = operands->out};
}

void hone__arguments_fill(hone__arguments *arguments, const hone__call *call, const hone__operands *operands) {
  if (call->kind == HONE__GEMM) fill_gemm((void *)arguments, call, operands);
  else if (call->kind == HONE__BAG) fill_bag((void *)arguments, call, operands);
  else hone__attention_fill(arguments, call, operands);
}

/* ---- Checks ---- */

hone_status hone__operand_needed(const void *pointer, const char *name) {
  return pointer != NULL ? HONE_OK : hone__fail(HONE_ERROR_ARGUMENT, "the operand '%s' is null.", name);
}

static hone_status check_gemm(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  if (sizes[G_M] == 0 || sizes[G_N] == 0) return HONE_OK;
  hone_status status = hone__operand_needed(operands->out, "c");
  if (status == HONE_OK && sizes[G_BIAS]) status = hone__operand_needed(operands->in[4], "bias");
  if (status == HONE_OK && sizes[G_RESIDUAL]) status = hone__operand_needed(operands->in[5], "residual");
  if (status == HONE_OK && sizes[G_A_ZEROS]) status = hone__operand_needed(operands->in[7], "a_zeros");
  if (status != HONE_OK || sizes[G_K] == 0 || call->factors[0] == 0) return status;
  status = hone__operand_needed(operands->in[0], "a");
  return status != HONE_OK ? status : hone__operand_needed(operands->in[1], "b");
}

/* ---- Indices and offsets ---- */

/* Is any number outside 0 ... last? A negative one has its sign bit set, and last - number has it set for one that is too large. Is any less than the
 * one before it? Then number - before has it set, where both are in 0 ... last. As vectors by hand: GCC 12 makes none of a plain loop at -O2,
 * and such a check took up to a tenth of the time of the bags that it guards. */
typedef uint64_t words64 __attribute__((vector_size(16)));
typedef uint32_t words32 __attribute__((vector_size(16)));

static bool is_outside64(const int64_t *at, int64_t count, uint64_t last) {
  words64 wrong = {0}, number;
  int64_t i = 0;
  for (; i + 2 <= count; i += 2) {
    memcpy(&number, at + i, sizeof number);
    wrong |= number | (last - number);
  }
  uint64_t all = wrong[0] | wrong[1];
  if (i < count) all |= (uint64_t)at[i] | (last - (uint64_t)at[i]);
  return all >> 63 != 0;
}

static bool is_outside32(const int32_t *at, int64_t count, uint32_t last) {
  words32 wrong = {0}, number;
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    memcpy(&number, at + i, sizeof number);
    wrong |= number | (last - number);
  }
  uint32_t all = wrong[0] | wrong[1] | wrong[2] | wrong[3];
  for (; i < count; i++) all |= (uint32_t)at[i] | (last - (uint32_t)at[i]);
  return all >> 31 != 0;
}

static bool falls64(const int64_t *at, int64_t count) {
  words64 wrong = {0}, number, before;
  int64_t i = 1;
  for (; i + 2 <= count; i += 2) {
    memcpy(&number, at + i, sizeof number);
    memcpy(&before, at + i - 1, sizeof before);
    wrong |= number - before;
  }
  uint64_t all = wrong[0] | wrong[1];
  if (i < count) all |= (uint64_t)at[i] - (uint64_t)at[i - 1];
  return all >> 63 != 0;
}

static bool falls32(const int32_t *at, int64_t count) {
  words32 wrong = {0}, number, before;
  int64_t i = 1;
  for (; i + 4 <= count; i += 4) {
    memcpy(&number, at + i, sizeof number);
    memcpy(&before, at + i - 1, sizeof before);
    wrong |= number - before;
  }
  uint32_t all = wrong[0] | wrong[1] | wrong[2] | wrong[3];
  for (; i < count; i++) all |= (uint32_t)at[i] - (uint32_t)at[i - 1];
  return all >> 31 != 0;
}

static bool is_outside(const void *numbers, int64_t bytes, int64_t count, int64_t last) {
  /* Where more are allowed than int32 can name, a number is wrong only where it is negative. */
  return bytes == 8 ? is_outside64(numbers, count, (uint64_t)last) : is_outside32(numbers, count, last < INT32_MAX ? (uint32_t)last : INT32_MAX);
}

static bool falls(const void *numbers, int64_t bytes, int64_t count) { return bytes == 8 ? falls64(numbers, count) : falls32(numbers, count); }

static int64_t number_at(const void *numbers, int64_t bytes, int64_t index) {
  return bytes == 8 ? ((const int64_t *)numbers)[index] : ((const int32_t *)numbers)[index];
}

/* Where the bag ends that begins at look-up `begin`. */
static int64_t bag_end(const int64_t *sizes, const void *offsets, int64_t bag, int64_t begin) {
  int64_t bytes = sizes[B_INDEX_BYTES];
  if (sizes[B_POOLING] == HONE_POOLING_NONE) return begin + 1;
  if (sizes[B_FORM] == HONE_BAG_LENGTHS) return begin + number_at(offsets, bytes, bag);
  bool last = sizes[B_FORM] == HONE_BAG_STARTS && bag + 1 == sizes[B_BAGS];
  return last ? sizes[B_COUNT] : number_at(offsets, bytes, bag + 1);
}

/* Names the first wrong index, with its bag and its place in it. */
static hone_status tell_wrong_index(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  int64_t i = 0, bytes = sizes[B_INDEX_BYTES], bag = 0;
  bool starts = sizes[B_FORM] != HONE_BAG_LENGTHS && sizes[B_POOLING] != HONE_POOLING_NONE;
  int64_t begin = starts && sizes[B_BAGS] > 0 ? number_at(operands->in[2], bytes, 0) : 0;
  while (i < sizes[B_COUNT] && (uint64_t)number_at(operands->in[1], bytes, i) < (uint64_t)sizes[B_ROWS]) i++;
  for (int64_t end; bag < sizes[B_BAGS] && (end = bag_end(sizes, operands->in[2], bag, begin)) <= i; bag++) begin = end;
  return hone__fail(HONE_ERROR_RANGE, "indices[%lld] (bag %lld, position %lld) is %lld; the table has the rows 0 ..< %lld.", (long long)i,
                    (long long)bag, (long long)(i - begin), (long long)number_at(operands->in[1], bytes, i), (long long)sizes[B_ROWS]);
}

static hone_status check_offsets(const int64_t *sizes, const void *offsets) {
  int64_t bytes = sizes[B_INDEX_BYTES], last = 0, count = sizes[B_BAGS] + (sizes[B_FORM] == HONE_BAG_BORDERS);
  if (!is_outside(offsets, bytes, count, sizes[B_COUNT]) && !falls(offsets, bytes, count)) return HONE_OK;
  for (int64_t bag = 0; bag < count; bag++) {
    int64_t offset = number_at(offsets, bytes, bag);
    if (offset < last || offset > sizes[B_COUNT])
      return hone__fail(HONE_ERROR_RANGE, "offsets[%lld] is %lld: offsets do not decrease and lie in 0 ... %lld.", (long long)bag,
                        (long long)offset, (long long)sizes[B_COUNT]);
    last = offset;
  }
  return HONE_OK;
}

static hone_status check_lengths(const int64_t *sizes, const void *lengths) {
  int64_t bytes = sizes[B_INDEX_BYTES], left = sizes[B_COUNT];
  for (int64_t bag = 0; bag < sizes[B_BAGS]; bag++) {
    int64_t length = number_at(lengths, bytes, bag);
    if (length < 0 || length > left)
      return hone__fail(HONE_ERROR_RANGE, "the length of bag %lld is %lld: lengths are not negative and together at most %lld.",
                        (long long)bag, (long long)length, (long long)sizes[B_COUNT]);
    left -= length;
  }
  return HONE_OK;
}

/* Offsets first: the words about a wrong index follow them. */
static hone_status check_indices(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  hone_status status = HONE_OK;
  if (sizes[B_POOLING] != HONE_POOLING_NONE)
    status = sizes[B_FORM] == HONE_BAG_LENGTHS ? check_lengths(sizes, operands->in[2]) : check_offsets(sizes, operands->in[2]);
  if (status != HONE_OK || sizes[B_COUNT] == 0) return status;
  bool wrong = is_outside(operands->in[1], sizes[B_INDEX_BYTES], sizes[B_COUNT], sizes[B_ROWS] - 1);
  return wrong ? tell_wrong_index(call, operands) : HONE_OK;
}

static hone_status check_bag(const hone__call *call, const hone__operands *operands) {
  const int64_t *sizes = call->sizes;
  bool weighted = sizes[B_WEIGHTED] != 0;
  if (weighted != (operands->in[3] != NULL) && (sizes[B_COUNT] > 0 || !weighted))
    return hone__fail(HONE_ERROR_ARGUMENT, weighted ? "the operand 'weights' is null." : "weights are given; the shape says there are none.");
  if (sizes[B_BAGS] == 0 || sizes[B_DIM] == 0) return HONE_OK;
  hone_status status = hone__operand_needed(operands->out, "output");
  if (status == HONE_OK && sizes[B_POOLING] != HONE_POOLING_NONE) status = hone__operand_needed(operands->in[2], "offsets");
  if (status == HONE_OK && sizes[B_COUNT] > 0) status = hone__operand_needed(operands->in[0], "table");
  if (status == HONE_OK && sizes[B_COUNT] > 0) status = hone__operand_needed(operands->in[1], "indices");
  return status == HONE_OK && sizes[B_UNCHECKED] == 0 ? check_indices(call, operands) : status;
}

hone_status hone__operands_check(const hone__call *call, const hone__operands *operands) {
  return call->kind == HONE__GEMM  ? check_gemm(call, operands)
         : call->kind == HONE__BAG ? check_bag(call, operands)
                                   : hone__attention_check(call, operands);
}
