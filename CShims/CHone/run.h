/* run.h: calls, plans and the engine that makes them. */
#ifndef HONE_RUN_H
#define HONE_RUN_H

#include "context.h"
#include "hone_engine.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- call.c: what is to be run, as numbers that can be compared ---- */

enum { HONE__GEMM, HONE__BAG, HONE__ATTENTION };

/* Places in hone__call.sizes. */
enum { G_M, G_N, G_K, G_LDA, G_LDB, G_LDC, G_BATCH, G_TRANS_A, G_TRANS_B, G_GROUP, G_ZEROS, G_ARITHMETIC, G_SCALED, G_A_TYPE,
       G_C_TYPE, G_ACTIVATION, G_BIAS, G_RESIDUAL, G_LDR, G_A_ROW_SCALES, G_A_ZEROS, G_MAX_ERROR /* place in hone__call_max_errors */, G_A_BATCH, G_B_BATCH, G_C_BATCH };
enum { B_ROWS, B_DIM, B_BAGS, B_COUNT, B_TABLE_STRIDE, B_OUTPUT_STRIDE, B_INDEX_BYTES, B_POOLING, B_WEIGHTED, B_UNCHECKED,
       B_OUTPUT, B_FORM, B_SCALES_FIRST, B_DISTRIBUTION /* address of a word of hone__distribution_word */ };
/* Four times three strides: of batches (pages), heads and rows of q, k, v and o. */
enum { A_BATCH, A_HEADS, A_GROUPS, A_LQ, A_LK, A_DIM, A_PAGE, A_PAGES, A_TABLE_STRIDE, A_STRIDES, A_MASK = A_STRIDES + 12, A_LAYOUT,
       A_LENGTHS, A_ALIBI, A_BIAS, A_LEFT, A_RIGHT, A_COUNT };

/* Every byte is set, so that equal calls have equal bytes. */
typedef struct hone__call {
  int64_t kind;
  int64_t sizes[28];
  double factors[2]; /* alpha and beta, or the scale and the soft-cap */
  char types[16];
} hone__call;

/* Clears the call and gives it types, if they are among `known`, which ends with NULL. */
hone_status hone__call_start(hone__call *call, int64_t kind, const char *types, const char *const *known);
/* Rejects numbers among the first `count` sizes that no struct of sizes may hold; the rest is the problem's own check. */
hone_status hone__call_sizes(const hone__call *call, size_t count);
hone_status hone__call_bad_size(const char *name, size_t size);
/* Attributes of a gemm that only some types have. */
hone_status hone__gemm_words(hone_problem *problem, const hone__call *call);

/* From a shape, with all defaults filled in. constant: B is weights. */
hone_status hone__call_gemm(const hone_gemm_shape *shape, bool constant, hone__call *call);
hone_status hone__call_bag(const hone_embedding_bag_shape *shape, hone__call *call);
hone_status hone__call_attention(const hone_attention_shape *shape, hone__call *call);
/* Sets attributes by name; ends with a NULL. */
hone_status hone__call_words(hone_problem *problem, const char *const (*pairs)[2]);
/* Those of an attention. */
hone_status hone__attention_words(hone_problem *problem, const hone__call *call);
/* The problem to look up, to be destroyed. */
hone_status hone__call_problem(const hone__call *call, hone_problem **problem);

/* ---- arguments.c: the structs of hone_kernel.h ---- */

typedef struct hone__operands {
  const void *in[8]; /* a, b, scales and zero points of b, bias, residual, scales and zero points of a · table, indices, offsets, weights · q, k, v */
  void *out;
  float *lse;
  bool packed; /* b is in a layout of the plan's */
  const hone_attention_operands *attention; /* NULL: the above is all */
} hone__operands;

/* What hone__operands means by them; HONE_ERROR_ARGUMENT where there are none. */
hone_status hone__attention_operands(const hone_attention_operands *given, hone__operands *operands);

#define HONE__ARGUMENT_WORDS 48

/* Large enough for each struct of hone_kernel.h. */
typedef struct hone__arguments {
  uint64_t words[HONE__ARGUMENT_WORDS];
} hone__arguments;

void hone__arguments_fill(hone__arguments *arguments, const hone__call *call, const hone__operands *operands);
void hone__attention_fill(hone__arguments *arguments, const hone__call *call, const hone__operands *operands);
/* A pointer that must not be null; nothing else is. */
hone_status hone__operand_needed(const void *pointer, const char *name);
hone_status hone__attention_check(const hone__call *call, const hone__operands *operands);
/* Null pointers, indices that are no rows, offsets that decrease. */
hone_status hone__operands_check(const hone__call *call, const hone__operands *operands);

/* ---- engine.c ---- */

struct hone__engine {
  int32_t (*start)(const char *, char *, size_t);
  int32_t (*hardware_class)(char *, size_t);
  size_t (*libraries)(char *, size_t);
  int32_t (*make_plan)(const hone_engine_request *, hone_engine_plan *, char *, size_t);
  int32_t (*make_batch)(void *const *, uint32_t, int32_t, hone_engine_plan *, char *, size_t);
  int32_t (*execute)(void *, const void *, char *, size_t);
  int32_t (*adopt)(void *, const void *, const void **, char *, size_t);
  void (*destroy_plan)(void *);
  void (*forked)(void);
};

/* How often this process is the child of a fork; handles of an earlier count have no threads. */
extern atomic_uint hone__generation;
/* One plan that uses several threads at a time. */
extern pthread_mutex_t hone__team_lock;
/* Whoever brings a handle of before a fork up to date. */
extern pthread_mutex_t hone__renewal_lock;

/* Whoever opens the context of the process. */
extern pthread_mutex_t hone__default_lock;

/* Loads the engine where it is not, and keeps all others out of it until hone__engine_leave. */
hone_status hone__engine_enter(const char *path, const hone__engine **engine);
void hone__engine_leave(void);
/* For executions, which need no lock; NULL before the first hone__engine_enter. */
const hone__engine *hone__engine_loaded(void);

/* ---- decide.c: the engine is held ---- */

/* The tuned configuration where it is worth running and this machine can, else the engine's default. */
hone_status hone__plan_decide(hone_context *context, const hone__engine *engine, hone_plan *plan);
/* That configuration and no other. */
hone_status hone__plan_make_with(const hone__engine *engine, hone_plan *plan, int32_t cores, const hone_answer *answer);

/* ---- plan.c ---- */

/* What an execution of a plan with weights reads. */
hone__operands hone__weight_operands(const hone_plan *plan, const void *a, void *c);
hone_status hone__gemm_operands(const hone_gemm_operands *given, hone__operands *operands);

#define HONE__PLAN_PARAMETERS 32

struct hone_plan {
  hone__call call;
  hone_problem *problem;
  hone_answer answer;
  hone_engine_plan made;
  hone_weights weights; /* elements NULL: the plan has none */
  const void *packed;   /* the weights in the variant's own layout; NULL: they are read as they are */
  bool turns; /* its workspace or its threads serve one execution at a time */
  pthread_mutex_t lock;
  atomic_uint generation;
  hone__stored_parameter parameters[HONE__PLAN_PARAMETERS];
  char texts[1100]; /* back end, variant, names and values of parameters */
};

/* weights: NULL, or those of the plan. */
hone_status hone__plan_make(hone_context *context, const hone__call *call, const hone_weights *weights, hone_plan **plan);
/* `call` is the plan's own, or one that differs in what the plan does not depend on. The operands are checked. */
hone_status hone__plan_run(hone_plan *plan, const hone__call *call, const hone__operands *operands);

/* ---- once.c ---- */

/* The context for NULL; NULL where it cannot be opened. */
hone_context *hone__default_context(void);
void hone__plans_free(hone__plans *plans);
/* The context's plans; NULL where there is no memory. */
hone__plans *hone__plans_make(void);

#endif
