/* hone.h: the C interface of Hone: how to compute a problem on this machine, and doing it.
 *
 * Link with -lhone (pkg-config hone). C99 or later, C++ too. Two levels:
 *
 *   1. look-up   hone_open, hone_problem_create, hone_lookup: problem -> tuned configuration, with a grade that says
 *                how far the answer is from the question. Plain C: no threads, no run-time system, nothing else loaded.
 *   2. run       hone_gemm, hone_embedding_bag, hone_attention (one call each), or a plan: created once, executed
 *                many times. The first of these loads the engine (libhone-engine.so) and the kernel libraries.
 *
 * The library never prints, never ends the process, installs no signal handler, and changes neither the
 * application's environment nor the processors its threads are bound to.
 *
 * Errors. Functions return a hone_status; anything but HONE_OK means that no output was written. hone_last_error()
 * then says in one or two sentences what is wrong and what to do; it belongs to the calling thread.
 *
 * Threads. Each function says what it allows: "any thread" means that any number of threads may call it at the
 * same time, also on the same handles. Look-ups never wait: they take no lock and make no system call. Handles
 * must not be destroyed while another thread uses them.
 *
 * fork. Everything works in the child of a fork, handles of before the fork included; plans with several threads
 * start new ones on their first execution there. Threads of the parent that were inside a call do not exist in the child.
 *
 * Structs. Every struct begins with its size, set by the caller to sizeof: a later libhone may know more fields.
 * The macros HONE_..._INIT do that and zero the rest; zero always means "the default".
 *
 * Sizes are in elements, not in bytes, unless a name says otherwise. Matrices are row-major. Do not include this
 * header and hone_kernel.h in one file: that one is for those who write kernels, and its structs have these names.
 *
 * Licence: Apache-2.0, like the rest of Hone.
 */
#ifndef HONE_H
#define HONE_H

#ifdef HONE_KERNEL_H
#error "hone.h is for users of kernels, hone_kernel.h for their authors: include them in different files"
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when something below changes its meaning or its layout; then the SONAME changes too (libhone.so.0). */
#define HONE_ABI 0

#if defined(__GNUC__)
#define HONE_API __attribute__((visibility("default")))
#else
#define HONE_API
#endif

typedef enum hone_status {
  HONE_OK = 0,
  HONE_ERROR_ARGUMENT = 1,      /* the call makes no sense: a null pointer, an unknown name, an impossible size */
  HONE_ERROR_UNUSABLE_DATA = 2, /* a database or a file of it cannot be used */
  HONE_ERROR_UNAVAILABLE = 3,   /* the machine lacks something: the engine, a kernel library, a thread */
  HONE_ERROR_MEMORY = 4,        /* no memory */
  HONE_ERROR_RANGE = 5,         /* operands contradict each other: an index that is no row, offsets that decrease */
  HONE_ERROR_INTERNAL = 6       /* Hone's own fault */
} hone_status;

/* "0.1.0". Any thread. */
HONE_API const char *hone_version(void);
/* HONE_ABI of the library that is loaded. Any thread. */
HONE_API int32_t hone_abi(void);
/* "argument", "unusable data" … ; "unknown" for other numbers. Any thread. */
HONE_API const char *hone_status_name(int32_t status);
/* What went wrong in the last call of this thread that failed; "" where none did. Valid until the thread's next
 * failing call. Any thread. */
HONE_API const char *hone_last_error(void);

/* ---- Context: the databases that were found, this machine, and the caller's budget ---- */

typedef struct hone_context hone_context;

typedef struct hone_options {
  size_t struct_size;
  /* A database folder, then the only one. NULL: $HONE_DB, the user's, the system's, ./tuning-db; the best grade of
   * all that exist wins, among equals the first. None at all is fine: every answer is then the default. */
  const char *database;
  /* The folder below hosts/ that belongs to this machine. NULL: $HONE_HARDWARE_CLASS, else it is recognised. */
  const char *hardware_class;
  /* Cores that the caller has for one call. 0: all that this process may use (affinity, control group). */
  int32_t cores;
  int32_t reserved; /* 0 */
  /* The state of the operands that are constant in use (weights, tables, caches): "warm" or "cold". NULL: "warm". */
  const char *policy;
  /* Path of the engine. NULL: $HONE_ENGINE, else libhone-engine.so beside libhone.so or in hone/ there. */
  const char *engine;
  /* Libraries that are here, one "name=version" a line, as hone_libraries writes them: rows that were tuned with other
   * versions are stale then, and answer only where no fresh row has as good a grade. NULL: look-ups take no row for
   * stale; plans ask the engine. */
  const char *libraries;
} hone_options;

#define HONE_OPTIONS_INIT {sizeof(hone_options), NULL, NULL, 0, 0, NULL, NULL, NULL}

/* Opens what options name (NULL: all defaults) and sets *context, which the caller closes. A database that is there
 * and cannot be used is an error where options name it, and a finding (hone_context_findings) elsewhere. Any thread.
 * Reads the environment. Environment variables are not believed in a set-user-id program. */
HONE_API hone_status hone_open(const hone_options *options, hone_context **context);
/* NULL is fine. Plans of the context must be gone before. One thread. */
HONE_API void hone_close(hone_context *context);

/* The folder below hosts/ that belongs to this machine; "" where no database knows it. Any thread. */
HONE_API const char *hone_context_hardware_class(const hone_context *context);
/* The core budget. Any thread. */
HONE_API int32_t hone_context_cores(const hone_context *context);
/* This machine as far as it is known without the engine, as a JSON object: vendor, model, architecture, instructionSet,
 * packages, cores, threadsPerCore, memoryGiB, hardwareClass, budget (cores that this process may use). Any thread. */
HONE_API size_t hone_context_host(const hone_context *context, char *buffer, size_t size);
/* Tuned rows in all databases. Any thread. */
HONE_API int64_t hone_context_rows(const hone_context *context);
/* Bytes that the context holds in memory. Any thread. */
HONE_API size_t hone_context_bytes(const hone_context *context);
/* What was skipped while opening, and why: one line each. Texts are written as snprintf does: at most `size`
 * bytes, always ended by a 0 where size > 0; returns the length that the whole text has. Any thread. */
HONE_API size_t hone_context_findings(const hone_context *context, char *buffer, size_t size);
/* The kernel and BLAS libraries that the engine finds on this machine, one "name=version" a line, for
 * hone_options.libraries. Loads the engine; where that fails it is "" and hone_last_error() says why. context NULL: all
 * defaults. Any thread. */
HONE_API size_t hone_libraries(hone_context *context, char *buffer, size_t size);

/* ---- Problem: what is to be computed, by names ---- */

typedef struct hone_problem hone_problem;

/* An operation ("gemm", "embedding-bag", "attention") and its data types ("f32"; NULL: "f32"), no dimension set.
 * `hone list operations` shows the names of dimensions and attributes; they are those of best.json. Any thread. */
HONE_API hone_status hone_problem_create(const char *operation, const char *types, hone_problem **problem);
/* NULL is fine. One thread. */
HONE_API void hone_problem_destroy(hone_problem *problem);
/* Sets a dimension, 0 ... 2^40 elements. What is not set has its default (leading dimensions, kvHeads ...) or is
 * missed by hone_lookup. One thread at a time, and none that looks the problem up. */
HONE_API hone_status hone_problem_set_dimension(hone_problem *problem, const char *name, int64_t extent);
/* Sets an attribute: "transB" to "t". Threads as above. */
HONE_API hone_status hone_problem_set_attribute(hone_problem *problem, const char *name, const char *value);

/* ---- Look-up ---- */

typedef enum hone_grade {
  HONE_GRADE_EXACT = 0,
  HONE_GRADE_SAME_HARDWARE = 1, /* this hardware and problem, under another policy or for another number of cores */
  HONE_GRADE_NEAR_SHAPE = 2,    /* this hardware, the nearest shape of the same operation, types and attributes */
  HONE_GRADE_NEAR_HARDWARE = 3, /* this problem on other hardware */
  HONE_GRADE_DEFAULT = 4        /* nothing is known */
} hone_grade;

/* "exact", "same-hardware", "near-shape", "near-hardware", "default"; "unknown" for other numbers. Any thread. */
HONE_API const char *hone_grade_name(int32_t grade);

typedef struct hone_answer {
  size_t struct_size;
  int32_t grade; /* a hone_grade */
  /* The core budget that the row was tuned for; 0 for the grade default. */
  int32_t cores;
  /* Who runs it ("hone", "openblas") and which variant ("gemm.f32.packed.6x16@x86v3"); NULL for the grade default. */
  const char *backend;
  const char *variant;
  int32_t parameter_count;
  /* 1: libraries changed since the row was tuned (hone_changes): it should be tuned again. 0: they did not, or nobody asked. */
  int32_t stale;
  /* How much slower than the best this may be, as a share of its time (0.03 is 3 %); 0 when exact, NaN where unknown
   * (stale rows, other hardware, nothing of the kind was tried). */
  double predicted_regret;
  /* Median seconds of one execution as tuned; NaN for the grade default. */
  double seconds;
  /* Seconds that the shape that was asked for should take, for the grade near-shape; else NaN. */
  double predicted_seconds;
  /* Time of the default / time of this, and its 95 % interval; NaN where the default itself is served. */
  double speedup, speedup_low, speedup_high;
  /* Policy, hardware class and database of the row; NULL for the grade default. */
  const char *policy;
  const char *hardware_class;
  const char *database;
  const void *row[3]; /* Hone's own */
} hone_answer;

#define HONE_ANSWER_INIT {sizeof(hone_answer), 0, 0, NULL, NULL, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NULL, NULL, NULL, {NULL, NULL, NULL}}

typedef struct hone_parameter {
  const char *name; /* "kc", "threads", "placement" */
  int64_t integer;  /* 0 where text is set */
  const char *text; /* NULL where it is an integer */
} hone_parameter;

/* Fills *answer (struct_size is the caller's). cores 0 and policy NULL: the context's. A question that has no answer
 * is not an error: its grade is HONE_GRADE_DEFAULT. Rows that need more threads than cores, or instructions that
 * this CPU lacks, are no answers. The answer's pointers are valid until the context is closed.
 * Any thread; wait-free; allocates nothing. */
HONE_API hone_status hone_lookup(const hone_context *context, const hone_problem *problem, int32_t cores,
                                 const char *policy, hone_answer *answer);
/* Parameter `index` of the answer, 0 ..< parameter_count, names sorted. Any thread. */
HONE_API hone_status hone_answer_parameter(const hone_answer *answer, int32_t index, hone_parameter *parameter);
/* The parameter of that name; HONE_ERROR_ARGUMENT where the configuration has none. Any thread. */
HONE_API hone_status hone_answer_parameter_named(const hone_answer *answer, const char *name, hone_parameter *parameter);
/* "hone gemm.f32.packed.6x16@x86v3 kc=256 mc=96 threads=2"; "" for the grade default. Any thread. */
HONE_API size_t hone_answer_configuration(const hone_answer *answer, char *buffer, size_t size);
/* The record that the row was made of: "sha256:...", for `hone why` and for merging; "" for the grade default. Any thread. */
HONE_API size_t hone_answer_record(const hone_answer *answer, char *buffer, size_t size);
/* What differs between the question and the row that answers it, one line each ("m: 64 instead of 100"); "" where
 * the grade is exact. The arguments are those of hone_lookup. Any thread. */
HONE_API size_t hone_differences(const hone_context *context, const hone_problem *problem, int32_t cores,
                                 const char *policy, char *buffer, size_t size);
/* What changed since the row that answers was tuned, one line each ("openblas: 0.3.20 then, 0.3.29 now"); "" where it is
 * fresh. The arguments are those of hone_lookup. Any thread. */
HONE_API size_t hone_changes(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                             char *buffer, size_t size);
/* The answer in words, for people: grade, differences, configuration, gain, record, database. Any thread. */
HONE_API size_t hone_explain(const hone_context *context, const hone_problem *problem, int32_t cores,
                             const char *policy, char *buffer, size_t size);

/* ---- Shapes of the operations that Hone runs ---- */

typedef enum hone_activation {
  HONE_ACTIVATE_NONE = 0,
  HONE_ACTIVATE_RELU = 1,
  HONE_ACTIVATE_GELU = 2,      /* x/2 (1 + erf(x / sqrt 2)) */
  HONE_ACTIVATE_GELU_TANH = 3, /* x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
  HONE_ACTIVATE_SILU = 4       /* x / (1 + exp(-x)) */
} hone_activation;

/* C[m x n] = activation(alpha * op(A)[m x k] * op(B)[k x n] + beta * C + bias) + residual. op(X) is X, or its transpose where
 * trans is 1: A is then stored as k x m, B as n x k. lda, ldb, ldc: elements between the rows as stored; 0: no gap. beta 0: C is
 * not read. HONE_GEMM_INIT sets alpha 1.
 *
 * types: "f32" (NULL), "f64": A, B and C. With weights (hone_weights) also "f32f32", "f32bf16", "f32f16", "f32s8", "f32s4": A and C
 * are float; "bf16", "f16": all three; "bf16bf16f32", "f16f16f32": C is float; "bf16s8", "bf16s4": A and C are bfloat16;
 * "u8s8f32", "s8s8f32", "u8s8bf16", "s8s8bf16": A is quantised by the caller, sums are exact; "u8s8s32", "s8s8s32": C is those sums,
 * without scales, alpha, beta and what follows. Sums are in float elsewhere (f64: in double), rounded once. */
typedef struct hone_gemm_shape {
  size_t struct_size;
  const char *types; /* NULL: "f32" */
  int64_t m, n, k;
  int64_t lda, ldb, ldc;
  int32_t trans_a, trans_b;
  double alpha, beta;
  /* Of weights, see hone_weights; else 0. The first two with scales only (s8, s4). */
  int64_t group;       /* steps of k that share a scale: 32, 64, 128; 0: all, one scale a column */
  int32_t zero_points; /* 1: there are zero points */
  int32_t arithmetic;  /* a hone_arithmetic */
  /* A struct_size that ends here means zeros for what follows. */
  int64_t batch; /* so many products of these sizes; 0: one. More than one: "f32" without activation, bias and residual */
  int64_t a_batch_stride, b_batch_stride, c_batch_stride; /* elements from one product's matrix to the next one's; 0: no gap */
  int32_t activation; /* a hone_activation; without residual */
  int32_t bias;       /* 1: n floats are added to each row of C */
  int32_t residual;   /* 1: an m x n matrix of C's type is added */
  /* Of A in bytes (u8s8, s8s8); else 0. */
  int32_t a_tensor_scale; /* 1: one scale and zero point for all of A; 0: one a row */
  int32_t a_zero_points;  /* 1: there are zero points */
  int32_t reserved;       /* 0 */
  int64_t ldr;            /* elements between the residual's rows; 0: no gap */
  /* With weights: any precision of theirs may be used whose error, relative to the sum of the magnitudes of a sum's terms, stays below
   * this, as measured when it was tuned; 0: as the types say. Rounded down to 1, 2 or 5 times a power of ten; from 1e-6. */
  double max_error;
} hone_gemm_shape;

#define HONE_GEMM_INIT {sizeof(hone_gemm_shape), NULL, 0, 0, 0, 0, 0, 0, 0, 0, 1.0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0}

/* What hone_gemm_with reads and writes. C overlaps nothing else. */
typedef struct hone_gemm_operands {
  size_t struct_size;
  const void *a, *b; /* b NULL: the plan has weights */
  void *c;
  const float *bias;    /* NULL unless shape->bias */
  const void *residual; /* NULL unless shape->residual */
  const float *a_scales; /* of A in bytes: element = (byte - zero) * scale; NULL: 1 */
  const int32_t *a_zeros; /* NULL unless shape->a_zero_points */
} hone_gemm_operands;

#define HONE_GEMM_OPERANDS_INIT {sizeof(hone_gemm_operands), NULL, NULL, NULL, NULL, NULL, NULL, NULL}

typedef enum hone_arithmetic {
  HONE_ARITHMETIC_EXACT = 0, /* A as it is, sums in float */
  HONE_ARITHMETIC_S8 = 1,    /* with s8, s4: A may be rounded to 8 bits, one scale a row at least, and added in integers */
  HONE_ARITHMETIC_BF16 = 2   /* with f32bf16: A may be rounded to bfloat16, subnormal numbers to zero; sums in float */
} hone_arithmetic;

/* op(B) where it is constant: weights, in any of gemm's types. elements: as stored, ldb elements a row: float (f32, f32f32), bfloat16
 * (f32bf16, bf16), IEEE binary16 (f32f16, f16), int8 (s8), or 0 ... 15, two a byte, the even element in the low half (s4).
 * With scales, op(B)[l][j] = (element - zero) * scale: for group 0 one float a column, else one binary16 for each `group`
 * steps of k and each column, [ceil(k / group)][n]. zeros: a byte (int8, or 0 ... 15) beside each scale where
 * zero_points is 1; else zero is 0 (s8) or 8 (s4). Both NULL for other types; scales
 * are not read where C is s32. */
typedef struct hone_weights {
  size_t struct_size;
  const void *elements;
  const void *scales;
  const void *zeros;
} hone_weights;

#define HONE_WEIGHTS_INIT {sizeof(hone_weights), NULL, NULL, NULL}

typedef enum hone_pooling {
  HONE_POOLING_SUM = 0,
  HONE_POOLING_MEAN = 1,
  HONE_POOLING_MAX = 2, /* of each column; a NaN among them gives NaN */
  HONE_POOLING_NONE = 3 /* each index is a bag of its own: bags is index_count, offsets is NULL */
} hone_pooling;

typedef enum hone_bag_form {
  HONE_BAG_STARTS = 0,  /* offsets: `bags` numbers, where each bag begins; the last one ends at index_count */
  HONE_BAG_BORDERS = 1, /* offsets: bags + 1 numbers, the last one index_count */
  HONE_BAG_LENGTHS = 2  /* offsets: `bags` lengths, index_count together */
} hone_bag_form;

typedef enum hone_bag_output { HONE_BAG_OUTPUT_F32 = 0, HONE_BAG_OUTPUT_F16 = 1, HONE_BAG_OUTPUT_BF16 = 2 } hone_bag_output;

/* output[bag] = sum (or mean, or maximum) over i in offsets[bag] ..< offsets[bag + 1] of weights[i] * table[indices[i]]. An
 * empty bag gives zeros. Sums are in float, rounded to the output's type once.
 *
 * types: "f32" (NULL), "f16", "bf16": rows of dim elements. "u8f32", "u8f16", "u4f32", "u4f16": rows of unsigned bytes, or of
 * nibbles with the even element in the low half; element = q * scale + bias, where scale and bias are two floats (f32) or
 * binary16 numbers (f16) that follow the elements of their own row (scales_first 1: stand before them) without a gap. These
 * are the fused row-wise layouts of FBGEMM: PyTorch's byte prepack makes u8f32, its 4-bit prepack u4f16. */
typedef struct hone_embedding_bag_shape {
  size_t struct_size;
  const char *types; /* NULL: "f32" */
  int64_t rows, dim; /* of the table */
  int64_t bags, index_count;
  int64_t table_stride, output_stride; /* elements (u8, u4: of the table, bytes) between rows; 0: no gap */
  int32_t index_bytes;                 /* 8 (int64, also for 0) or 4 (int32), of indices and offsets */
  int32_t pooling;                     /* a hone_pooling */
  int32_t weighted;                    /* 1: there are weights (sum only) */
  int32_t unchecked;                   /* 1: the caller vouches for indices and offsets; else each call checks them */
  /* A struct_size that ends here means zeros for what follows. */
  int32_t output;       /* a hone_bag_output */
  int32_t bag_form;     /* a hone_bag_form */
  int32_t scales_first; /* u8, u4 */
  int32_t reserved;     /* 0 */
  /* Which rows are looked up, as the problem was tuned for: "uniform" (also for NULL), "zipf", "reuse2021", "reuse2022", or the
   * word of `hone workload stream`. It decides which configuration runs, never what is computed. Read during the call only. */
  const char *distribution;
} hone_embedding_bag_shape;

#define HONE_EMBEDDING_BAG_INIT {sizeof(hone_embedding_bag_shape), NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL}

typedef enum hone_mask {
  HONE_MASKED_NOT = 0,
  HONE_MASKED_CAUSAL = 1,         /* query i sees key j when j <= i + (lk - lq): decoding with a cache */
  HONE_MASKED_CAUSAL_TOP_LEFT = 2 /* query i sees key j when j <= i */
} hone_mask;

typedef enum hone_layout {
  HONE_LAYOUT_BHSD = 0, /* batch, heads, sequence, head_dim */
  HONE_LAYOUT_BSHD = 1  /* batch, sequence, heads, head_dim */
} hone_layout;

typedef enum hone_lengths {
  HONE_LENGTHS_FULL = 0,   /* lq queries and lk keys in each sequence */
  HONE_LENGTHS_PADDED = 1, /* k_lengths: only the first keys of a sequence exist (padding, a cache that is filled in part) */
  HONE_LENGTHS_PACKED = 2  /* q_offsets, k_offsets: sequences of their own lengths follow each other; lq and lk are the longest */
} hone_lengths;

/* o = softmax(scale * q * k^T + mask) * v for each batch and head; query head h reads key/value head
 * h / (heads / kv_heads). q and o hold batch x heads x lq rows of head_dim elements, k and v batch x kv_heads x lk,
 * without gaps unless there are strides. A row that sees no key gives zeros.
 *
 * types: one word where all are alike: "f32" (NULL), "bf16", "f16"; else that of q and o and that of k and v: "f32bf16", "f32f16", "f32s8",
 * "bf16s8". s8: bytes, times a float for each key and head. All sums are in float.
 *
 * Options, in this order: x = scale * q . k; soft-cap c * tanh(x / c); less slope * distance (ALiBi); plus bias; mask and window. Query i of a
 * sequence stands at key i + lk - lq (top-left mask: at key i), lq and lk being that sequence's own lengths. */
typedef struct hone_attention_shape {
  size_t struct_size;
  const char *types;                        /* NULL: "f32" */
  int64_t batch, heads, kv_heads;           /* kv_heads 0: heads; divides heads */
  int64_t lq, lk, head_dim;                 /* queries, keys */
  float scale;                              /* 0: 1 / sqrt(head_dim) */
  int32_t mask;                             /* a hone_mask */
  int32_t layout;                           /* a hone_layout */
  int32_t reserved;                         /* 0 */
  /* A struct_size that ends here means "without" for what follows. */
  int64_t window_left, window_right;        /* a query at key p sees p - window_left ... p + window_right; -1: no such limit */
  float softcap;                            /* 0: none */
  int32_t lengths;                          /* a hone_lengths */
  int32_t alibi, bias;                      /* 1: there are slopes, a bias */
  /* A paged cache: k and v hold `pages` blocks of `page` keys of all key/value heads; page 0: contiguous. The block table has
   * table_stride entries from one sequence to the next; 0: as many as lk keys need. Not with packed lengths. */
  int64_t page, pages, table_stride;
  /* Elements from one batch (page), head and row to the next; {0, 0, 0}: as the layout says. */
  int64_t q_strides[3], k_strides[3], v_strides[3], o_strides[3];
} hone_attention_shape;

#define HONE_ATTENTION_INIT                                                                                                              \
  {sizeof(hone_attention_shape), NULL, 1, 0, 0, 0, 0, 0, 0.0f, 0, 0, 0, -1, -1, 0.0f, 0, 0, 0, 0, 0, 0, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}

/* Everything that attention reads and writes. What the shape does not have is NULL. */
typedef struct hone_attention_operands {
  size_t struct_size;
  const void *q, *k, *v;
  void *o;
  float *lse;                            /* NULL, or batch x heads x lq log-sum-exps of the final logits */
  const int32_t *q_offsets, *k_offsets;  /* packed: batch + 1 rows where sequences begin, the first 0 */
  const int32_t *k_lengths;              /* padded (and packed, may be NULL): batch numbers of keys */
  const int32_t *block_table;            /* page: key j of sequence b is in block block_table[b * table_stride + j / page] */
  const float *slopes;                   /* alibi: one a head */
  const float *bias;                     /* bias: lq x lk numbers, at these strides; all 0: the same for every batch and head */
  int64_t bias_batch_stride, bias_head_stride, bias_row_stride;
  /* s8: what keys and values are multiplied by, a float each, [batch or page][head][key], with HONE_LAYOUT_BSHD [batch or page][key][head]. */
  const float *k_scales, *v_scales;
} hone_attention_operands;

#define HONE_ATTENTION_OPERANDS_INIT \
  {sizeof(hone_attention_operands), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL}

/* ---- Run, one call: the plan is made on the first call of a shape and kept in the context ---- */

/* context NULL: one for the whole process, opened with all defaults on first use. Any alignment of elements; outputs overlap no input. These compute the same as the
 * plans below, which cost less per call. Calls that run on several threads take turns. Any thread. */
HONE_API hone_status hone_gemm(hone_context *context, const hone_gemm_shape *shape, const void *a, const void *b, void *c);
/* The same with all operands. Any thread. */
HONE_API hone_status hone_gemm_with(hone_context *context, const hone_gemm_shape *shape, const hone_gemm_operands *operands);
/* weights: NULL unless shape->weighted. Any thread. */
HONE_API hone_status hone_embedding_bag(hone_context *context, const hone_embedding_bag_shape *shape, const void *table,
                                        const void *indices, const void *offsets, const float *weights, void *output);
/* lse: NULL, or batch x heads x lq log-sum-exps of the scaled, masked logits (-infinity for a row without keys). Any thread. */
HONE_API hone_status hone_attention(hone_context *context, const hone_attention_shape *shape, const void *q, const void *k,
                                    const void *v, void *o, float *lse);
/* The same with whatever the shape's options need. Offsets, lengths and block tables are checked before anything is written. Any thread. */
HONE_API hone_status hone_attention_with(hone_context *context, const hone_attention_shape *shape,
                                         const hone_attention_operands *operands);

/* ---- Plan: everything decided once, then executed ---- */

typedef struct hone_plan hone_plan;

/* Decides how to compute the shape with the context's cores: the database's answer where there is one that this machine
 * can run, else what Hone's model of the caches says. Resolves kernels, allocates workspace, starts threads.
 * context NULL as above. The caller destroys *plan. Any thread. */
HONE_API hone_status hone_plan_gemm(hone_context *context, const hone_gemm_shape *shape, hone_plan **plan);
HONE_API hone_status hone_plan_embedding_bag(hone_context *context, const hone_embedding_bag_shape *shape, hone_plan **plan);
HONE_API hone_status hone_plan_attention(hone_context *context, const hone_attention_shape *shape, hone_plan **plan);
/* A plan whose B does not change: brought into the layout of the tuned variant, once, where it has one. The plan reads
 * the weights again in the child of a fork, and where the variant takes them as they are: they stay as long as the plan. */
HONE_API hone_status hone_plan_gemm_weights(hone_context *context, const hone_gemm_shape *shape, const hone_weights *weights,
                                            hone_plan **plan);
/* NULL is fine. One thread. */
HONE_API void hone_plan_destroy(hone_plan *plan);

/* What the plan runs: like an answer of hone_lookup, and for the grade default what Hone decided itself. Valid as long as
 * the plan. Any thread. */
HONE_API const hone_answer *hone_plan_answer(const hone_plan *plan);
/* Any thread. */
HONE_API int32_t hone_plan_threads(const hone_plan *plan);
HONE_API size_t hone_plan_workspace_bytes(const hone_plan *plan);

/* Run the plan on operands of the planned shape. Nothing is looked up and nothing allocated. Executions of one plan
 * take turns; so do executions of different plans that use several threads. Any thread. */
HONE_API hone_status hone_execute_gemm(hone_plan *plan, const void *a, const void *b, void *c);
HONE_API hone_status hone_execute_gemm_weights(hone_plan *plan, const void *a, void *c);
/* Either of them, with all operands. */
HONE_API hone_status hone_execute_gemm_with(hone_plan *plan, const hone_gemm_operands *operands);
HONE_API hone_status hone_execute_embedding_bag(hone_plan *plan, const void *table, const void *indices, const void *offsets,
                                                const float *weights, void *output);
HONE_API hone_status hone_execute_attention(hone_plan *plan, const void *q, const void *k, const void *v, void *o, float *lse);
HONE_API hone_status hone_execute_attention_with(hone_plan *plan, const hone_attention_operands *operands);

/* ---- Many embedding-bags in one call ---- */

typedef struct hone_bag_tables hone_bag_tables;

/* Operands of one table, as in hone_execute_embedding_bag. */
typedef struct hone_bag_operands {
  const void *table, *indices, *offsets;
  const float *weights;
  void *output;
} hone_bag_operands;

/* Plans a call that joins the bags of `count` tables of any sizes, types and poolings. The context's cores share bytes to be moved,
 * not tables: a large table is cut between bags. shapes is an array with the struct_size of its first element as stride. Outputs that
 * are columns of one matrix have its row length as output_stride. The caller destroys *tables. Any thread. */
HONE_API hone_status hone_bag_tables_create(hone_context *context, const hone_embedding_bag_shape *shapes, int32_t count,
                                            hone_bag_tables **tables);
/* operands: one for each table. Where anything is wrong nothing is written, and the message begins with "table N". Executions of one
 * object take turns. An object of before a fork is refused in the child. Any thread. */
HONE_API hone_status hone_bag_tables_execute(hone_bag_tables *tables, const hone_bag_operands *operands);
/* NULL is fine. One thread. */
HONE_API void hone_bag_tables_destroy(hone_bag_tables *tables);

#ifdef __cplusplus
}
#endif
#endif
