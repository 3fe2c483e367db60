/* attention.c: attention with all its options: from the structs of hone.h to a call, a problem and the struct of hone_kernel.h. */
#include "run.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The kernels' header has structs with the names of our functions. */
#define hone_gemm hone__kernel_gemm
#define hone_embedding_bag hone__kernel_bag
#define hone_attention hone__kernel_attention
#include "hone_kernel.h"
#undef hone_gemm
#undef hone_embedding_bag
#undef hone_attention

_Static_assert(sizeof(hone__kernel_attention) <= sizeof(hone__arguments), "room for an attention");
_Static_assert(A_COUNT <= sizeof((hone__call *)0)->sizes / sizeof(int64_t), "room for the sizes of an attention");

/* A struct of the first version of the header ends here. */
#define FIRST_VERSION offsetof(hone_attention_shape, window_left)

/* ---- The call ---- */

static bool has_bytes(const hone__call *call) { return strstr(call->types, "s8") != NULL; }

/* The words of a shape that are one of a few. */
static hone_status check_words(const hone_attention_shape *shape) {
  const char *wrong = NULL;
  if (shape->mask < HONE_MASKED_NOT || shape->mask > HONE_MASKED_CAUSAL_TOP_LEFT)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no mask %d.", shape->mask);
  if (shape->layout != HONE_LAYOUT_BHSD && shape->layout != HONE_LAYOUT_BSHD)
    return hone__fail(HONE_ERROR_ARGUMENT, "there is no layout %d.", shape->layout);
  if (shape->lengths < HONE_LENGTHS_FULL || shape->lengths > HONE_LENGTHS_PACKED)
    return hone__fail(HONE_ERROR_ARGUMENT, "there are no lengths %d.", shape->lengths);
  if (!isfinite(shape->scale)) wrong = "the scale must be finite";
  if (!isfinite(shape->softcap) || shape->softcap < 0) wrong = "softcap is 0 or a finite number above it";
  if (shape->window_left < -1 || shape->window_right < -1) wrong = "a window is -1 (no limit) or a number of keys";
  if ((shape->alibi | shape->bias) >> 1 != 0) wrong = "alibi and bias are 0 or 1";
  if (shape->page == 0 && (shape->pages != 0 || shape->table_stride != 0)) wrong = "pages and table_stride mean nothing where page is 0";
  if (shape->page != 0 && shape->lengths == HONE_LENGTHS_PACKED) wrong = "packed sequences have no pages";
  return wrong == NULL ? HONE_OK : hone__fail(HONE_ERROR_ARGUMENT, "%s.", wrong);
}

static bool is_set(const int64_t *strides) { return strides[0] != 0 || strides[1] != 0 || strides[2] != 0; }

static hone_status set_strides(hone__call *call, const hone_attention_shape *shape) {
  static const char *const names[] = {"q_strides", "k_strides", "v_strides", "o_strides"};
  const int64_t *const given[] = {shape->q_strides, shape->k_strides, shape->v_strides, shape->o_strides};
  for (int i = 0; i < 4; i++) {
    memcpy(&call->sizes[A_STRIDES + 3 * i], given[i], 3 * sizeof(int64_t));
    if (is_set(given[i]) && given[i][2] < shape->head_dim)
      return hone__fail(HONE_ERROR_ARGUMENT, "%s has a row stride of %lld, less than the %lld elements of a row.", names[i],
                        (long long)given[i][2], (long long)shape->head_dim);
  }
  return HONE_OK;
}

static hone_status set_pages(hone__call *call, const hone_attention_shape *shape) {
  int64_t *sizes = call->sizes, needed = shape->page > 0 ? (shape->lk + shape->page - 1) / shape->page : 0;
  sizes[A_PAGE] = shape->page;
  sizes[A_PAGES] = shape->pages;
  sizes[A_TABLE_STRIDE] = shape->table_stride != 0 ? shape->table_stride : needed;
  if (sizes[A_TABLE_STRIDE] >= needed) return HONE_OK;
  return hone__fail(HONE_ERROR_ARGUMENT, "a row of %lld entries of the block table is too short for %lld keys in blocks of %lld.",
                    (long long)shape->table_stride, (long long)shape->lk, (long long)shape->page);
}

/* Reads what the caller's struct has. */
static hone_status whole_shape(const hone_attention_shape *given, hone_attention_shape *shape) {
  if (given == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a shape is needed.");
  if (given->struct_size < FIRST_VERSION) return hone__call_bad_size("hone_attention_shape", given->struct_size);
  *shape = (hone_attention_shape)HONE_ATTENTION_INIT;
  memcpy(shape, given, given->struct_size < sizeof *shape ? FIRST_VERSION : sizeof *shape);
  return HONE_OK;
}

hone_status hone__call_attention(const hone_attention_shape *given, hone__call *call) {
  static const char *const types[] = {"f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8", NULL};
  hone_attention_shape shape;
  hone_status status = whole_shape(given, &shape);
  if (status != HONE_OK) return status;
  status = hone__call_start(call, HONE__ATTENTION, shape.types, types);
  if (status == HONE_OK) status = check_words(&shape);
  if (status != HONE_OK) return status;
  int64_t *sizes = call->sizes;
  sizes[A_BATCH] = shape.batch;
  sizes[A_HEADS] = shape.heads;
  sizes[A_GROUPS] = shape.kv_heads != 0 ? shape.kv_heads : shape.heads;
  sizes[A_LQ] = shape.lq;
  sizes[A_LK] = shape.lk;
  sizes[A_DIM] = shape.head_dim;
  sizes[A_MASK] = shape.mask;
  sizes[A_LAYOUT] = shape.layout;
  sizes[A_LENGTHS] = shape.lengths;
  sizes[A_ALIBI] = shape.alibi;
  sizes[A_BIAS] = shape.bias;
  sizes[A_LEFT] = shape.window_left;
  sizes[A_RIGHT] = shape.window_right;
  call->factors[0] = shape.scale != 0 ? (double)shape.scale : 1 / sqrt((double)(shape.head_dim > 0 ? shape.head_dim : 1));
  call->factors[1] = (double)shape.softcap + 0.0;
  status = set_strides(call, &shape);
  if (status == HONE_OK) status = set_pages(call, &shape);
  return status == HONE_OK ? hone__call_sizes(call, A_STRIDES + 12) : status;
}

hone_status hone__attention_operands(const hone_attention_operands *given, hone__operands *operands) {
  if (given == NULL || given->struct_size < sizeof *given)
    return hone__fail(HONE_ERROR_ARGUMENT, "operands are needed. Start with HONE_ATTENTION_OPERANDS_INIT.");
  *operands = (hone__operands){{given->q, given->k, given->v}, given->o, given->lse, false, given};
  return HONE_OK;
}

/* ---- The problem ---- */

/* The database knows few windows, caps and pages; any other costs what the nearest costs. `known` ends with a 0. */
static const char *nearest(double value, const int64_t *known, char *word, size_t size) {
  int64_t best = known[0];
  if (!(value > 0)) return "none";
  for (size_t i = 1; known[i] != 0; i++)
    if (fabs(log(value / (double)known[i])) < fabs(log(value / (double)best))) best = known[i];
  snprintf(word, size, "%lld", (long long)best);
  return word;
}

hone_status hone__attention_words(hone_problem *problem, const hone__call *call) {
  static const int64_t windows[] = {128, 256, 512, 1024, 2048, 4096, 8192, 0}, caps[] = {20, 30, 50, 0}, pages[] = {16, 32, 64, 128, 256, 0};
  static const char *const masks[] = {"none", "causal", "causal-top-left"}, *const lengths[] = {"full", "padded", "packed"};
  char window[24], cap[24], page[24];
  const int64_t *sizes = call->sizes;
  const char *const words[][2] = {
      {"mask", masks[sizes[A_MASK]]},
      {"layout", sizes[A_LAYOUT] == HONE_LAYOUT_BSHD ? "bshd" : "bhsd"},
      {"window", nearest((double)sizes[A_LEFT] + 1, windows, window, sizeof window)},
      {"softcap", nearest(call->factors[1], caps, cap, sizeof cap)},
      {"alibi", sizes[A_ALIBI] ? "yes" : "no"},
      {"bias", sizes[A_BIAS] ? "yes" : "no"},
      {"lengths", lengths[sizes[A_LENGTHS]]},
      {"page", nearest((double)sizes[A_PAGE], pages, page, sizeof page)},
      {NULL, NULL},
  };
  return hone__call_words(problem, words);
}

/* ---- The struct of hone_kernel.h ---- */

typedef struct strides {
  int64_t batch, head, row;
} strides;

/* Of `rows` rows of `heads` heads, or what the shape says. follow: sequences follow each other. */
static strides strides_of(const hone__call *call, int operand, int64_t heads, int64_t rows, bool follow) {
  const int64_t *sizes = call->sizes, *given = &sizes[A_STRIDES + 3 * operand], dim = sizes[A_DIM];
  bool by_head = sizes[A_LAYOUT] == HONE_LAYOUT_BHSD;
  if (is_set(given)) return (strides){given[0], given[1], given[2]};
  return (strides){follow ? 0 : heads * rows * dim, by_head ? rows * dim : dim, by_head ? dim : heads * dim};
}

/* Rows that q and o, or k and v, have of each head: packed sequences follow each other. */
static int64_t rows_of(const hone__call *call, const int32_t *offsets, int64_t longest) {
  return offsets != NULL ? offsets[call->sizes[A_BATCH]] : longest;
}

static void fill_options(hone__kernel_attention *p, const hone__call *call, const hone_attention_operands *more, int64_t rows) {
  const int64_t *sizes = call->sizes;
  bool by_head = sizes[A_LAYOUT] == HONE_LAYOUT_BHSD;
  p->window_left = sizes[A_LEFT];
  p->window_right = sizes[A_RIGHT];
  p->softcap = (float)call->factors[1];
  p->block_size = sizes[A_PAGE];
  p->block_count = sizes[A_PAGES];
  p->table_stride = sizes[A_TABLE_STRIDE];
  p->scale_batch_stride = more->k_offsets != NULL ? 0 : sizes[A_GROUPS] * rows;
  p->scale_head_stride = by_head ? rows : 1;
  p->scale_row_stride = by_head ? 1 : sizes[A_GROUPS];
  p->q_offsets = more->q_offsets;
  p->k_offsets = more->k_offsets;
  p->k_lengths = more->k_lengths;
  p->block_table = more->block_table;
  p->slopes = more->slopes;
  p->bias = more->bias;
  p->bias_batch_stride = more->bias_batch_stride;
  p->bias_head_stride = more->bias_head_stride;
  bool dense = more->bias_batch_stride == 0 && more->bias_head_stride == 0 && more->bias_row_stride == 0;
  p->bias_row_stride = dense ? sizes[A_LK] : more->bias_row_stride;
  p->k_scales = more->k_scales;
  p->v_scales = more->v_scales;
  p->mask += HONE_MASK_WITH_OPTIONS;
}

void hone__attention_fill(hone__arguments *arguments, const hone__call *call, const hone__operands *operands) {
  static const hone_attention_operands none = HONE_ATTENTION_OPERANDS_INIT;
  static const int32_t masks[] = {HONE_MASK_NONE, HONE_MASK_CAUSAL_BOTTOM_RIGHT, HONE_MASK_CAUSAL_TOP_LEFT};
  hone__kernel_attention *p = (void *)arguments;
  const hone_attention_operands *more = operands->attention != NULL ? operands->attention : &none;
  const int64_t *sizes = call->sizes;
  int64_t queries = rows_of(call, more->q_offsets, sizes[A_LQ]);
  int64_t keys = sizes[A_PAGE] > 0 ? sizes[A_PAGE] : rows_of(call, more->k_offsets, sizes[A_LK]);
  strides q = strides_of(call, 0, sizes[A_HEADS], queries, more->q_offsets != NULL);
  strides k = strides_of(call, 1, sizes[A_GROUPS], keys, more->k_offsets != NULL);
  strides v = strides_of(call, 2, sizes[A_GROUPS], keys, more->k_offsets != NULL);
  strides o = strides_of(call, 3, sizes[A_HEADS], queries, more->q_offsets != NULL);
  *p = (hone__kernel_attention){
      .struct_size = sizeof *p, .batch = sizes[A_BATCH], .heads = sizes[A_HEADS], .kv_heads = sizes[A_GROUPS],
      .lq = sizes[A_LQ], .lk = sizes[A_LK], .head_dim = sizes[A_DIM],
      .q_batch_stride = q.batch, .q_head_stride = q.head, .q_row_stride = q.row,
      .k_batch_stride = k.batch, .k_head_stride = k.head, .k_row_stride = k.row,
      .v_batch_stride = v.batch, .v_head_stride = v.head, .v_row_stride = v.row,
      .o_batch_stride = o.batch, .o_head_stride = o.head, .o_row_stride = o.row,
      .scale = (float)call->factors[0], .mask = masks[sizes[A_MASK]],
      .q = operands->in[0], .k = operands->in[1], .v = operands->in[2], .o = operands->out, .lse = operands->lse};
  bool plain = operands->attention == NULL && sizes[A_LEFT] < 0 && sizes[A_RIGHT] < 0 && call->factors[1] == 0;
  if (!plain) fill_options(p, call, more, keys);
}

/* ---- Checks ---- */

/* An operand is there exactly where the shape has it. */
static hone_status check_given(const hone__call *call, const hone_attention_operands *more) {
  const int64_t *sizes = call->sizes;
  bool packed = sizes[A_LENGTHS] == HONE_LENGTHS_PACKED, padded = sizes[A_LENGTHS] == HONE_LENGTHS_PADDED, bytes = has_bytes(call);
  const struct {
    const char *name, *why;
    const void *pointer;
    bool wanted, optional;
  } list[] = {
      {"q_offsets", "packed lengths", more->q_offsets, packed, false},
      {"k_offsets", "packed lengths", more->k_offsets, packed, false},
      {"k_lengths", "padded lengths", more->k_lengths, padded, packed},
      {"block_table", "a page size", more->block_table, sizes[A_PAGE] > 0 && sizes[A_LK] > 0, sizes[A_PAGE] > 0},
      {"slopes", "alibi", more->slopes, sizes[A_ALIBI] != 0, false},
      {"bias", "a bias", more->bias, sizes[A_BIAS] != 0 && sizes[A_LK] > 0, sizes[A_BIAS] != 0},
      {"k_scales", "types with s8", more->k_scales, bytes && sizes[A_LK] > 0, bytes},
      {"v_scales", "types with s8", more->v_scales, bytes && sizes[A_LK] > 0, bytes},
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    if (list[i].wanted && list[i].pointer == NULL)
      return hone__fail(HONE_ERROR_ARGUMENT, "the operand '%s' is null, and the shape has %s.", list[i].name, list[i].why);
    if (!list[i].wanted && !list[i].optional && list[i].pointer != NULL)
      return hone__fail(HONE_ERROR_ARGUMENT, "'%s' is given, and the shape does not have %s.", list[i].name, list[i].why);
  }
  return HONE_OK;
}

static hone_status check_offsets(const char *name, const int32_t *offsets, int64_t batch, int64_t longest) {
  if (offsets == NULL) return HONE_OK;
  for (int64_t b = 0; b < batch; b++) {
    long long length = (long long)offsets[b + 1] - offsets[b];
    if (offsets[b] < 0 || length < 0 || length > longest)
      return hone__fail(HONE_ERROR_RANGE, "%s[%lld] is %d and the next %d: offsets begin at 0, and a sequence has 0 ... %lld rows.", name,
                        (long long)b, offsets[b], offsets[b + 1], (long long)longest);
  }
  return HONE_OK;
}

static hone_status check_lengths(const hone__call *call, const hone_attention_operands *more) {
  for (int64_t b = 0; more->k_lengths != NULL && b < call->sizes[A_BATCH]; b++) {
    long long most = more->k_offsets != NULL ? (long long)more->k_offsets[b + 1] - more->k_offsets[b] : call->sizes[A_LK];
    if (more->k_lengths[b] < 0 || more->k_lengths[b] > most)
      return hone__fail(HONE_ERROR_RANGE, "k_lengths[%lld] is %d; that sequence has room for 0 ... %lld keys.", (long long)b,
                        more->k_lengths[b], most);
  }
  return HONE_OK;
}

/* Only entries for keys in use are read. */
static hone_status check_table(const hone__call *call, const hone_attention_operands *more) {
  const int64_t *sizes = call->sizes, page = sizes[A_PAGE];
  for (int64_t b = 0; page > 0 && more->block_table != NULL && b < sizes[A_BATCH]; b++) {
    int64_t keys = more->k_lengths != NULL ? more->k_lengths[b] : sizes[A_LK];
    for (int64_t i = 0; i * page < keys; i++) {
      int32_t block = more->block_table[b * sizes[A_TABLE_STRIDE] + i];
      if (block < 0 || block >= sizes[A_PAGES])
        return hone__fail(HONE_ERROR_RANGE, "block_table[%lld] (sequence %lld, entry %lld) is %d; there are the blocks 0 ..< %lld.",
                          (long long)(b * sizes[A_TABLE_STRIDE] + i), (long long)b, (long long)i, block, (long long)sizes[A_PAGES]);
    }
  }
  return HONE_OK;
}

hone_status hone__attention_check(const hone__call *call, const hone__operands *operands) {
  static const hone_attention_operands none = HONE_ATTENTION_OPERANDS_INIT;
  static const char *const names[] = {"q", "k", "v"};
  const int64_t *sizes = call->sizes;
  const hone_attention_operands *more = operands->attention != NULL ? operands->attention : &none;
  if (sizes[A_BATCH] == 0 || sizes[A_HEADS] == 0 || sizes[A_LQ] == 0) return HONE_OK;
  hone_status status = sizes[A_DIM] == 0 ? HONE_OK : hone__operand_needed(operands->out, "o");
  for (int i = 0; i < 3 && status == HONE_OK && sizes[A_DIM] > 0 && (i == 0 || sizes[A_LK] > 0); i++)
    status = hone__operand_needed(operands->in[i], names[i]);
  if (status == HONE_OK) status = check_given(call, more);
  if (status == HONE_OK) status = check_offsets("q_offsets", more->q_offsets, sizes[A_BATCH], sizes[A_LQ]);
  if (status == HONE_OK) status = check_offsets("k_offsets", more->k_offsets, sizes[A_BATCH], sizes[A_LK]);
  if (status == HONE_OK) status = check_lengths(call, more);
  return status == HONE_OK ? check_table(call, more) : status;
}
