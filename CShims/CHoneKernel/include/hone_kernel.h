/* hone_kernel.h: the contract between Hone and a library of kernels.
 *
 * A kernel library is a shared object that exports two functions, hone_kernel_library_describe and
 * hone_kernel_row_describe. It may be written in any language that can export C functions. Hone asks
 * it what it holds (its manifest: one row a variant) and calls the rows' entry points. A library needs
 * no runtime, allocates nothing and starts no thread: Hone owns memory and threads.
 *
 * Versioning: HONE_KERNEL_ABI is raised when anything below changes its meaning or its layout; Hone
 * refuses a library with another number and says so. Every struct starts with its own size.
 *
 * Licence: Apache-2.0, like the rest of Hone.
 */
#ifndef HONE_KERNEL_H
#define HONE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_KERNEL_ABI 2u
#define HONE_KERNEL_MAX_PARAMETERS 16

/* What an entry point answers. Anything but HONE_KERNEL_OK means that no output was written. */
enum {
  HONE_KERNEL_OK = 0,
  HONE_KERNEL_UNSUPPORTED = 1,   /* this variant cannot do this problem (another can) */
  HONE_KERNEL_BAD_ARGUMENT = 2,  /* no variant could: a negative size, a null pointer, a bad parameter */
  HONE_KERNEL_UNPROFITABLE = 3   /* it can, but should not be tried: known to be slow here */
};

/* The threads that execute one call together. Every thread of the team calls the same entry point
 * with the same arguments, but its own index in 0..<count. barrier() returns when all of them called
 * it; a variant that needs no meeting never calls it. With count 1, barrier may be null. */
typedef struct hone_kernel_team {
  uint32_t index;
  uint32_t count;
  void (*barrier)(void *context);
  void *context;
} hone_kernel_team;

/* C[m x n] = alpha * op(A)[m x k] * op(B)[k x n] + beta * C, row-major.
 * op(X) is X where trans is 0 and the transpose of X where it is 1; lda, ldb, ldc are the distances
 * in elements between the rows as stored. beta == 0: C is not read (it may hold NaN). k == 0 or
 * alpha == 0: C = beta * C and A, B are not read. C overlaps neither A nor B. Any alignment of the
 * elements' own type. Element types are the row's data types: one word where all are alike ("f32"), else those
 * of A and C together, and B ("f32s4": A, the sums and C are float, B is in 4 bits; "f32f32": B is constant), or of A, B and C
 * ("bf16bf16f32"). Sums are in float always. (BLAS standard, xGEMM.)
 *
 * s8 and s4: op(B)[l][j] = (q[l][j] - zero) * scale, q as stored: int8, or uint4 (0 … 15, two a byte, the even
 * element in the low half, ldb even). group 0: b_scales is one float a column of op(B); else one IEEE binary16
 * for each `group` steps of k and each column, [ceil(k / group)][n]. Where zero_points is 1, b_zeros has one byte for
 * each scale (int8, or 0 … 15); else zero is 0 (s8) or 8 (s4). group is 0 or a multiple of 32. For every other
 * type all of these are 0 and null.
 *
 * A in u8 or s8 (B in s8, group 0): op(A)[i][l] = (q[i][l] - a_zero) * a_scale, with one scale (float) and zero point (int32) a row
 * of op(A) where a_row_scales is 1, else one for all of A; a_scales null: 1, a_zeros not read where a_zero_points is 0. The sums are
 * exact in int32. C in s32 is the sum of (q - a_zero) * (q - zero) itself: no scale is read, alpha is 1, beta 0, nothing follows. */
typedef struct hone_gemm {
  uint64_t struct_size;
  int64_t m, n, k;
  int64_t lda, ldb, ldc;
  int32_t trans_a, trans_b;
  double alpha, beta;
  const void *a;
  const void *b;
  void *c;
  const void *b_scales;
  const uint8_t *b_zeros;
  int64_t group;
  int32_t zero_points; /* 0 or 1 */
  int32_t compute;     /* HONE_COMPUTE_* */
  int32_t packed_b;    /* 1: b is what the row's pack made; b_scales and b_zeros are not read */
  int32_t reserved;
  int32_t a_type;       /* HONE_TYPE_* of A (f64: of B and the sums too) */
  int32_t c_type;       /* HONE_TYPE_* of C and of the residual */
  int32_t activation;   /* HONE_ACTIVATION_* */
  int32_t has_bias;     /* 0 or 1 */
  int32_t has_residual; /* 0 or 1 */
  int32_t reserved2;
  const float *bias;    /* n floats */
  const void *residual; /* m x n of C's type, rows ldr elements apart; may be C's neighbour, not C */
  int64_t ldr;
  int64_t batch; /* so many products of these sizes; 0 and 1: one */
  /* Elements from one product's matrix to the next one's; 0: all share it (not C). Read where batch is above 1. */
  int64_t a_batch_stride, b_batch_stride, c_batch_stride;
  const float *a_scales;
  const int32_t *a_zeros;
  int32_t a_row_scales;  /* 0 or 1 */
  int32_t a_zero_points; /* 0 or 1 */
} hone_gemm;

enum {
  HONE_TYPE_F32 = 0,
  HONE_TYPE_BF16 = 1,
  HONE_TYPE_F16 = 2,
  HONE_TYPE_F64 = 3,
  HONE_TYPE_U8 = 4, /* A only */
  HONE_TYPE_S8 = 5, /* A only */
  HONE_TYPE_S32 = 6 /* C only */
};

/* The last step of a layer, done while C is in a near cache:
 * C = activation(alpha * op(A) * op(B) + beta * C + bias) + residual, the bias added to every row. */
enum {
  HONE_ACTIVATION_NONE = 0,
  HONE_ACTIVATION_RELU = 1,
  HONE_ACTIVATION_GELU = 2,      /* x/2 (1 + erf(x / sqrt 2)) */
  HONE_ACTIVATION_GELU_TANH = 3, /* x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
  HONE_ACTIVATION_SILU = 4       /* x / (1 + exp(-x)) */
};

enum {
  HONE_COMPUTE_EXACT = 0, /* operands as they are, sums in float */
  HONE_COMPUTE_S8 = 1,    /* a row may round A to 8 bits (at least one scale a row of A) and add in integers */
  HONE_COMPUTE_BF16 = 2   /* a row may round A to bfloat16 and take subnormal numbers for zero; sums in float */
};

enum {
  HONE_POOL_SUM = 0,
  HONE_POOL_MEAN = 1, /* divided by the bag's length */
  HONE_POOL_MAX = 2,  /* the largest of each column; a NaN among them gives NaN */
  HONE_POOL_NONE = 3  /* each look-up is a bag of its own: bags == index_count, offsets are not read */
};

/* How a hone_embedding_bag says where bags begin and end. */
enum {
  HONE_BAGS_STARTS = 0,  /* offsets: `bags` numbers, where each begins; the last bag ends at index_count */
  HONE_BAGS_BORDERS = 1, /* offsets: bags + 1 numbers; the last one is where the last bag ends */
  HONE_BAGS_LENGTHS = 2  /* offsets: `bags` lengths; the first bag begins at look-up 0 */
};

enum { HONE_OUTPUT_F32 = 0, HONE_OUTPUT_F16 = 1, HONE_OUTPUT_BF16 = 2 };

/* output[bag][0..<dim] = sum over the bag's look-ups i of weights[i] * row(indices[i])[0..<dim], in float, rounded once to
 * output_type. An empty bag gives zeros. weights may be null (all ones; must be null for any pooling but sum).
 * indices and offsets are int32 or int64 by index_bytes (4 or 8). Every index is in 0..<rows and offsets do not decrease: the
 * caller has checked.
 *
 * The table's elements are the row's data types. f32, f16, bf16: dim elements, table_stride elements from row to row. u8f32,
 * u8f16, u4f32, u4f16 (unsigned bytes, or nibbles with the even element in the low half): element = q * scale + bias, where
 * scale and bias are two numbers of the type named second that follow the dim bytes, or (dim + 1) / 2 bytes, of their own
 * row, or, where scales_first is 1, stand before them; no gap, no alignment; table_stride is in bytes. output_stride is in
 * elements of the output. */
typedef struct hone_embedding_bag {
  uint64_t struct_size;
  int64_t rows, dim, bags, index_count;
  int64_t table_stride, output_stride;
  int32_t index_bytes;
  int32_t pooling;
  const void *table;
  const void *indices;
  const void *offsets;
  const float *weights;
  void *output;
  int32_t output_type; /* HONE_OUTPUT_* */
  int32_t bag_form;    /* HONE_BAGS_* */
  int32_t scales_first; /* 0 or 1; 0 where rows have no scale */
  int32_t reserved;
} hone_embedding_bag;

enum {
  HONE_MASK_NONE = 0,
  HONE_MASK_CAUSAL_BOTTOM_RIGHT = 1, /* query i sees key j when j <= i + (lk - lq): decoding with a cache */
  HONE_MASK_CAUSAL_TOP_LEFT = 2,     /* query i sees key j when j <= i */
  /* Added to one of the above: the fields of hone_attention after lse mean something. A row that does not know them refuses
   * the mask, so that nothing is computed without them. */
  HONE_MASK_WITH_OPTIONS = 16
};

/* o = softmax(scale * q * k^T + mask) * v for each batch and head. Query head h reads key/value head
 * h / (heads / kv_heads) (heads is a multiple of kv_heads). Strides in elements; a row's head_dim elements
 * are contiguous. A row that sees no key gives zeros (and lse = -infinity). Element types are the row's data types: one word
 * where all are alike ("bf16"), else those of Q and O, and of K and V ("f32s8").
 * lse, may be null: log-sum-exp of the scaled, masked logits, [batch][heads][lq], contiguous.
 *
 * The fields after lse are read where mask has HONE_MASK_WITH_OPTIONS added; null and 0 mean "without", but for the window -1.
 * Query i of a sequence stands at key i + lk - lq (top-left: at key i), lq and lk being that sequence's own lengths. */
typedef struct hone_attention {
  uint64_t struct_size;
  int64_t batch, heads, kv_heads, lq, lk, head_dim;
  int64_t q_batch_stride, q_head_stride, q_row_stride;
  int64_t k_batch_stride, k_head_stride, k_row_stride;
  int64_t v_batch_stride, v_head_stride, v_row_stride;
  int64_t o_batch_stride, o_head_stride, o_row_stride;
  float scale;
  int32_t mask;
  const void *q;
  const void *k;
  const void *v;
  void *o;
  float *lse;
  /* A query at key p sees the keys p - window_left ... p + window_right; -1: no such limit. */
  int64_t window_left, window_right;
  /* Sequences of different lengths: sequence b has the query (key) rows offsets[b] ..< offsets[b + 1], counted from where the batch
   * stride puts row 0 of b (0 for sequences that follow each other). lq (lk) is the longest; batch + 1 offsets. */
  const int32_t *q_offsets;
  const int32_t *k_offsets;
  /* [batch]: only the first keys of a sequence exist (padding, a cache that is filled in part). */
  const int32_t *k_lengths;
  /* A paged cache: key j of sequence b is row j % block_size of block block_table[b * table_stride + j / block_size]; the batch
   * strides of k and v are those from block to block, of which there are block_count. Not with k_offsets. */
  const int32_t *block_table;
  int64_t table_stride, block_count, block_size;
  /* Added to the scaled logits: bias[b * bias_batch_stride + h * bias_head_stride + i * bias_row_stride + j]. -infinity hides
   * the key, as a mask does. */
  const float *bias;
  int64_t bias_batch_stride, bias_head_stride, bias_row_stride;
  /* ALiBi, [heads]: slopes[h] times the distance from the query's place to the key is taken off the logit. */
  const float *slopes;
  /* K and V in s8: what row's elements are multiplied by, one float for each key and head, at these strides (batch: block). */
  const float *k_scales;
  const float *v_scales;
  int64_t scale_batch_stride, scale_head_stride, scale_row_stride;
  /* c > 0: scaled logits x become c * tanh(x / c), before anything is added. */
  float softcap;
  int32_t reserved;
} hone_attention;

/* Machine limits: a loop whose cost is known exactly, so that its time is a limit of the host.
 * peak: `iterations` times the row's own count of operations on registers (see flops).
 * read: reads bytes from buffer once per iteration. gather: reads `count` rows of row_bytes at
 * indices (int32) from buffer. The result goes to sink so that nothing is optimised away.
 * done: the kernel stores here what one thread did: flops for peak, bytes for the others. */
typedef struct hone_probe {
  uint64_t struct_size;
  const void *buffer;
  int64_t bytes;
  int64_t iterations;
  const int32_t *indices;
  int64_t count;
  int64_t row_bytes;
  float *sink;
  double *done; /* one double a thread, at its index */
} hone_probe;

/* Runs one thread's share of the problem (a hone_gemm, hone_embedding_bag … by the row's operation).
 * parameters: one value for each declared parameter, in order. workspace: workspace_bytes, 64-byte
 * aligned, shared by the team, null when 0; its content is undefined before and after. */
typedef int32_t (*hone_kernel_run)(const void *problem, const int64_t *parameters, void *workspace,
                                   const hone_kernel_team *team);
/* Bytes of workspace that a run with these parameters and that many threads needs. Pointers in problem are not read. */
typedef int64_t (*hone_kernel_workspace)(const void *problem, const int64_t *parameters, uint32_t threads);
/* Can this row do the problem with these parameters? Pointers in problem are not read. */
typedef int32_t (*hone_kernel_check)(const void *problem, const int64_t *parameters);
/* A row with these two wants the operand that is constant in use (B of GEMM) in a layout of its own: Hone calls pack
 * once, keeps packed_bytes (64-byte aligned) and runs with them in B's place (packed_b is 1) many times. Size and
 * layout are the row's own and depend on the problem's sizes and types, not on parameters. A team runs pack as it runs run;
 * packed_bytes reads no pointer. */
typedef int64_t (*hone_kernel_packed_bytes)(const void *problem);
typedef int32_t (*hone_kernel_pack)(const void *problem, void *packed, const hone_kernel_team *team);

enum {
  HONE_SCALE_LINEAR = 0,      /* low, low + step, …, high */
  HONE_SCALE_POWER_OF_TWO = 1 /* low, 2 low, 4 low, …, high; where low is 0: 0, step, 2 step, 4 step, … */
};

typedef struct hone_kernel_parameter {
  const char *name;    /* "kc": [a-z0-9_]+ */
  const char *summary; /* one sentence for people */
  int64_t low, high, step;
  int64_t default_value;
  int32_t scale;
} hone_kernel_parameter;

typedef struct hone_kernel_row {
  uint64_t struct_size;
  const char *operation;  /* "gemm", "embedding-bag", "attention", "probe" */
  const char *data_types; /* "f32" */
  const char *algorithm;  /* "packed" */
  const char *summary;
  int64_t tile[2];        /* {6, 16}; {0, 0} where a tile means nothing */
  int64_t parameter_count;
  hone_kernel_parameter parameters[HONE_KERNEL_MAX_PARAMETERS];
  hone_kernel_check check;
  hone_kernel_workspace workspace;
  hone_kernel_run run;
  hone_kernel_packed_bytes packed_bytes; /* null, with pack, where operands are read as they are */
  hone_kernel_pack pack;
} hone_kernel_row;

typedef struct hone_kernel_library {
  uint64_t struct_size;
  uint32_t abi;
  uint32_t row_count;
  const char *name;            /* "hone" */
  const char *version;         /* of the library, any form */
  const char *instruction_set; /* "x86v3": a row of Hone's table of instruction sets */
} hone_kernel_library;

/* Fill *library (struct_size is the caller's). Returns HONE_KERNEL_OK. */
int32_t hone_kernel_library_describe(hone_kernel_library *library);
/* Fill *row with row `index` of the manifest; HONE_KERNEL_BAD_ARGUMENT past the end. */
int32_t hone_kernel_row_describe(uint32_t index, hone_kernel_row *row);

#ifdef __cplusplus
}
#endif
#endif
