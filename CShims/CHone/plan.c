/* plan.c: plans: decided once, executed many times. */
#define _GNU_SOURCE
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hone__operands hone__weight_operands(const hone_plan *plan, const void *a, void *c) {
  if (plan->packed != NULL) return (hone__operands){{a, plan->packed}, c, NULL, true, NULL};
  return (hone__operands){{a, plan->weights.elements, plan->weights.scales, plan->weights.zeros}, c, NULL, false, NULL};
}

static void start_lock(hone_plan *plan) {
  pthread_mutex_init(&plan->lock, NULL);
  atomic_store(&plan->generation, atomic_load(&hone__generation));
}

hone_status hone__plan_make(hone_context *context, const hone__call *call, const hone_weights *weights, hone_plan **result) {
  const hone__engine *engine;
  *result = NULL;
  hone_plan *plan = calloc(1, sizeof *plan);
  if (plan == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for a plan");
  plan->call = *call;
  if (weights != NULL) plan->weights = *weights;
  plan->answer.struct_size = sizeof plan->answer;
  hone_status status = hone__call_problem(call, &plan->problem);
  if (status == HONE_OK) status = hone__engine_enter(context->engine_path, &engine);
  if (status != HONE_OK) {
    hone_problem_destroy(plan->problem);
    free(plan);
    return status;
  }
  status = hone__plan_decide(context, engine, plan);
  start_lock(plan);
  hone__engine_leave();
  if (status != HONE_OK) {
    hone_plan_destroy(plan);
    return status;
  }
  plan->turns = plan->made.workspace_bytes > 0 || plan->made.exclusive != 0;
  *result = plan;
  return HONE_OK;
}

void hone_plan_destroy(hone_plan *plan) {
  if (plan == NULL) return;
  const hone__engine *engine;
  /* A plan of before a fork has threads that do not exist here: its engine part is given up. */
  bool ours = atomic_load(&plan->generation) == atomic_load(&hone__generation);
  if (plan->made.handle != NULL && ours && hone__engine_enter(NULL, &engine) == HONE_OK) {
    engine->destroy_plan(plan->made.handle);
    hone__engine_leave();
  }
  hone_problem_destroy(plan->problem);
  pthread_mutex_destroy(&plan->lock);
  free(plan);
}

const hone_answer *hone_plan_answer(const hone_plan *plan) { return plan == NULL ? NULL : &plan->answer; }

int32_t hone_plan_threads(const hone_plan *plan) { return plan == NULL ? 0 : plan->made.threads; }

size_t hone_plan_workspace_bytes(const hone_plan *plan) { return plan == NULL ? 0 : plan->made.workspace_bytes; }

/* ---- Execution ---- */

/* In the child of a fork: the same plan again, with threads and locks that exist. */
static hone_status renew(hone_plan *plan) {
  const hone__engine *engine;
  hone_status status = HONE_OK;
  pthread_mutex_lock(&hone__renewal_lock);
  if (atomic_load(&plan->generation) != atomic_load(&hone__generation)) {
    int32_t cores = plan->made.threads > 0 ? plan->made.threads : 1;
    status = hone__engine_enter(NULL, &engine);
    if (status == HONE_OK) {
      status = hone__plan_make_with(engine, plan, cores, &plan->answer);
      hone__engine_leave();
    }
    if (status == HONE_OK) start_lock(plan);
  }
  pthread_mutex_unlock(&hone__renewal_lock);
  return status;
}

static hone_status execute(hone_plan *plan, const hone__arguments *arguments) {
  char message[400];
  message[0] = 0;
  int32_t code = hone__engine_loaded()->execute(plan->made.handle, arguments, message, sizeof message);
  return code == HONE_OK ? HONE_OK : hone__fail((hone_status)code, "%s", message);
}

static hone_status execute_in_turn(hone_plan *plan, const hone__arguments *arguments) {
  bool exclusive = plan->made.exclusive != 0;
  pthread_mutex_t *lock = exclusive ? &hone__team_lock : &plan->lock;
  pthread_mutex_lock(lock);
  hone_status status = execute(plan, arguments);
  pthread_mutex_unlock(lock);
  return status;
}

hone_status hone__plan_run(hone_plan *plan, const hone__call *call, const hone__operands *operands) {
  if (atomic_load_explicit(&plan->generation, memory_order_acquire) !=
      atomic_load_explicit(&hone__generation, memory_order_relaxed)) {
    hone_status status = renew(plan);
    if (status != HONE_OK) return status;
  }
  hone__arguments arguments;
  hone__arguments_fill(&arguments, call, operands);
  return plan->turns ? execute_in_turn(plan, &arguments) : execute(plan, &arguments);
}

static hone_status check_and_run(hone_plan *plan, hone__operands operands) {
  hone_status status = hone__operands_check(&plan->call, &operands);
  return status == HONE_OK ? hone__plan_run(plan, &plan->call, &operands) : status;
}

static hone_status not_a_plan(const hone_plan *plan, const char *what) {
  if (plan != NULL && plan->call.kind == HONE__GEMM)
    return hone__fail(HONE_ERROR_ARGUMENT, plan->weights.elements != NULL ? "the plan has weights: call hone_execute_gemm_weights."
                                                                           : "the plan has no weights: call hone_execute_gemm.");
  return hone__fail(HONE_ERROR_ARGUMENT, plan == NULL ? "the plan is null." : "the plan is none for %s.", what);
}

hone_status hone_execute_gemm(hone_plan *plan, const void *a, const void *b, void *c) {
  if (plan == NULL || plan->call.kind != HONE__GEMM || plan->weights.elements != NULL) return not_a_plan(plan, "gemm");
  return check_and_run(plan, (hone__operands){{a, b}, c, NULL, false, NULL});
}

hone_status hone__gemm_operands(const hone_gemm_operands *given, hone__operands *operands) {
  if (given == NULL || given->struct_size < sizeof *given)
    return hone__fail(HONE_ERROR_ARGUMENT, "operands are needed. Start with HONE_GEMM_OPERANDS_INIT.");
  *operands = (hone__operands){{given->a, given->b, NULL, NULL, given->bias, given->residual, given->a_scales, given->a_zeros}, given->c, NULL, false, NULL};
  return HONE_OK;
}

hone_status hone_execute_gemm_with(hone_plan *plan, const hone_gemm_operands *given) {
  hone__operands operands;
  if (plan == NULL || plan->call.kind != HONE__GEMM) return not_a_plan(plan, "gemm");
  hone_status status = hone__gemm_operands(given, &operands);
  if (status != HONE_OK || plan->weights.elements == NULL) return status != HONE_OK ? status : check_and_run(plan, operands);
  if (given->b != NULL) return hone__fail(HONE_ERROR_ARGUMENT, "the plan has weights: b is NULL.");
  operands = hone__weight_operands(plan, given->a, given->c);
  operands.in[4] = given->bias;
  operands.in[5] = given->residual;
  operands.in[6] = given->a_scales;
  operands.in[7] = given->a_zeros;
  return check_and_run(plan, operands);
}

hone_status hone_execute_gemm_weights(hone_plan *plan, const void *a, void *c) {
  if (plan == NULL || plan->call.kind != HONE__GEMM || plan->weights.elements == NULL) return not_a_plan(plan, "gemm");
  return check_and_run(plan, hone__weight_operands(plan, a, c));
}

hone_status hone_execute_embedding_bag(hone_plan *plan, const void *table, const void *indices, const void *offsets,
                                       const float *weights, void *output) {
  if (plan == NULL || plan->call.kind != HONE__BAG) return not_a_plan(plan, "embedding-bag");
  return check_and_run(plan, (hone__operands){{table, indices, offsets, weights}, output, NULL, false, NULL});
}

hone_status hone_execute_attention(hone_plan *plan, const void *q, const void *k, const void *v, void *o, float *lse) {
  if (plan == NULL || plan->call.kind != HONE__ATTENTION) return not_a_plan(plan, "attention");
  return check_and_run(plan, (hone__operands){{q, k, v}, o, lse, false, NULL});
}

hone_status hone_execute_attention_with(hone_plan *plan, const hone_attention_operands *operands) {
  if (plan == NULL || plan->call.kind != HONE__ATTENTION) return not_a_plan(plan, "attention");
  hone__operands all;
  hone_status status = hone__attention_operands(operands, &all);
  return status == HONE_OK ? check_and_run(plan, all) : status;
}

/* ---- Making plans ---- */

static hone_status make(hone_context *context, hone_status ready, const hone__call *call, const hone_weights *weights,
                        hone_plan **plan) {
  if (plan == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a place for the plan is needed.");
  *plan = NULL;
  if (ready != HONE_OK) return ready;
  if (context == NULL) context = hone__default_context();
  return context == NULL ? HONE_ERROR_MEMORY : hone__plan_make(context, call, weights, plan);
}

hone_status hone_plan_gemm(hone_context *context, const hone_gemm_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_gemm(shape, false, &call), &call, NULL, plan);
}

static hone_status check_weights(hone_status ready, const hone__call *call, const hone_weights *weights) {
  if (ready != HONE_OK) return ready;
  if (weights == NULL || weights->struct_size < sizeof *weights || weights->elements == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "weights with elements are needed. Start with HONE_WEIGHTS_INIT.");
  bool scaled = call->sizes[G_SCALED] != 0, sums = hone__ends_with(call->types, "s32");
  if (!sums && scaled != (weights->scales != NULL))
    return hone__fail(HONE_ERROR_ARGUMENT, scaled ? "the types '%s' need scales." : "the types '%s' have no scales.", call->types);
  if ((call->sizes[G_ZEROS] != 0) != (weights->zeros != NULL))
    return hone__fail(HONE_ERROR_ARGUMENT, "zeros are given exactly where zero_points is 1.");
  return HONE_OK;
}

hone_status hone_plan_gemm_weights(hone_context *context, const hone_gemm_shape *shape, const hone_weights *weights, hone_plan **plan) {
  hone__call call;
  hone_status ready = hone__call_gemm(shape, true, &call);
  return make(context, check_weights(ready, &call, weights), &call, weights, plan);
}

hone_status hone_plan_embedding_bag(hone_context *context, const hone_embedding_bag_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_bag(shape, &call), &call, NULL, plan);
}

hone_status hone_plan_attention(hone_context *context, const hone_attention_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_attention(shape, &call), &call, NULL, plan);
}

/* ---- What the engine knows ---- */

size_t hone_libraries(hone_context *context, char *buffer, size_t size) {
  const hone__engine *engine;
  if (size > 0 && buffer != NULL) *buffer = 0;
  if (hone__engine_enter(context == NULL ? NULL : context->engine_path, &engine) != HONE_OK) return 0;
  size_t length = engine->libraries(buffer, size);
  hone__engine_leave();
  return length;
}
