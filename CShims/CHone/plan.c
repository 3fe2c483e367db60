/* plan.c: plans: decided once, executed many times. */
#define _GNU_SOURCE
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which configuration ---- */

/* A neighbour farther than a factor of two in one dimension says too little to run what it says; its word on threads
 * and block sizes can lose a lot, and the engine's own model of the caches is near by construction. Where experiments
 * tell the regret, they decide. */
#define NEAR_ENOUGH 1.0
#define REGRET_ENOUGH 0.05

static bool worth_running(const hone__match *match) {
  if (match->grade == HONE_GRADE_EXACT || match->grade == HONE_GRADE_SAME_HARDWARE) return true;
  if (match->grade != HONE_GRADE_NEAR_SHAPE) return false;
  return isnan(match->regret) ? match->distance <= NEAR_ENOUGH : match->regret <= REGRET_ENOUGH;
}

/* The reader recognised the machine by a few facts; the engine knows it. Where they disagree, the engine is right. */
static hone__match look_up_here(const hone_context *context, const hone__engine *engine, const hone__question *question) {
  char name[256];
  if (engine->hardware_class(name, sizeof name) != HONE_OK || strcmp(name, context->hardware_class) == 0 ||
      context->is_told || context->database_count == 0)
    return hone__look_up(context, question);
  hone_context other = *context;
  hone__match match = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN};
  other.databases = malloc(context->database_count * sizeof *other.databases);
  if (other.databases == NULL) return match;
  memcpy(other.databases, context->databases, context->database_count * sizeof *other.databases);
  for (uint32_t d = 0; d < other.database_count; d++) {
    hone__database *database = &other.databases[d];
    database->own = -1;
    for (uint32_t c = 0; c < database->class_count; c++)
      if (strcmp(database->classes[c].name, name) == 0) database->own = (int32_t)c;
  }
  match = hone__look_up(&other, question);
  if (match.row != NULL) match.database = &context->databases[match.database - other.databases];
  free(other.databases);
  return match;
}

/* ---- Requests ---- */

typedef struct request_fields {
  hone_engine_field dimensions[HONE__MOST_FIELDS], attributes[HONE__MOST_FIELDS], parameters[HONE__PLAN_PARAMETERS];
} request_fields;

static hone_engine_request request_for(const hone_problem *problem, int32_t cores, const hone_answer *answer,
                                       request_fields *fields) {
  const hone__operation *operation = problem->operation;
  uint32_t parameters = 0;
  for (uint32_t i = 0; i < problem->dimension_count; i++)
    fields->dimensions[i] = (hone_engine_field){operation->dimensions[i].name, problem->extents[i], NULL};
  for (uint32_t i = 0; i < problem->attribute_count; i++)
    fields->attributes[i] = (hone_engine_field){operation->attributes[i].name, 0, problem->values[i]};
  for (; answer->backend != NULL && parameters < (uint32_t)answer->parameter_count && parameters < HONE__PLAN_PARAMETERS; parameters++) {
    hone_parameter parameter;
    hone_answer_parameter(answer, (int32_t)parameters, &parameter);
    fields->parameters[parameters] = (hone_engine_field){parameter.name, parameter.integer, parameter.text};
  }
  return (hone_engine_request){.operation = operation->name,
                               .types = problem->types,
                               .dimensions = fields->dimensions,
                               .attributes = fields->attributes,
                               .parameters = fields->parameters,
                               .dimension_count = problem->dimension_count,
                               .attribute_count = problem->attribute_count,
                               .parameter_count = parameters,
                               .cores = cores,
                               .backend = answer->backend,
                               .variant = answer->variant};
}

/* ---- What the plan runs ---- */

/* Takes the next word of the configuration's text apart: "kc=256". */
static void add_parameter(hone_plan *plan, char *word) {
  char *value = strchr(word, '='), *end;
  if (value == NULL || plan->answer.parameter_count == HONE__PLAN_PARAMETERS) return;
  *value++ = 0;
  long long number = strtoll(value, &end, 10);
  bool is_text = end == value || *end != 0;
  uint32_t name = (uint32_t)(word - plan->texts), text = (uint32_t)(value - plan->texts);
  plan->parameters[plan->answer.parameter_count++] =
      (hone__stored_parameter){name | (is_text ? HONE__IS_TEXT : 0), is_text ? text : (uint32_t)number,
                               is_text ? 0 : (uint32_t)((uint64_t)number >> 32)};
}

/* Everything that the answer points to becomes the plan's own. */
static void describe(hone_plan *plan) {
  char *rest = NULL;
  snprintf(plan->texts, sizeof plan->texts, "%s", plan->made.configuration);
  plan->answer.parameter_count = 0;
  plan->answer.backend = strtok_r(plan->texts, " ", &rest);
  plan->answer.variant = strtok_r(NULL, " ", &rest);
  if (plan->answer.variant == NULL) plan->answer.variant = "";
  for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) add_parameter(plan, word);
  plan->answer.row[0] = plan->parameters;
  plan->answer.row[1] = plan->texts;
}

static hone_status make_with(const hone__engine *engine, hone_plan *plan, int32_t cores, const hone_answer *answer) {
  request_fields fields;
  char message[400] = "";
  hone_engine_request request = request_for(plan->problem, cores, answer, &fields);
  int32_t code = engine->make_plan(&request, &plan->made, message, sizeof message);
  return code == HONE_OK ? HONE_OK : hone__fail((hone_status)code, "%s", message);
}

/* The tuned configuration where it is worth running and this machine can, else the engine's default. */
static hone_status decide(const hone_context *context, const hone__engine *engine, hone_plan *plan) {
  hone__question question = {plan->problem, (uint32_t)context->cores, context->policy};
  hone__match match = look_up_here(context, engine, &question);
  hone__match nothing = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN};
  hone__fill_answer(worth_running(&match) ? &match : &nothing, &plan->answer);
  hone_status status = HONE_ERROR_UNAVAILABLE;
  if (plan->answer.backend != NULL) status = make_with(engine, plan, context->cores, &plan->answer);
  if (status != HONE_OK) {
    hone__fill_answer(&nothing, &plan->answer);
    status = make_with(engine, plan, context->cores, &plan->answer);
  }
  if (status == HONE_OK) describe(plan);
  return status;
}

static void start_lock(hone_plan *plan) {
  pthread_mutex_init(&plan->lock, NULL);
  atomic_store(&plan->generation, atomic_load(&hone__generation));
}

hone_status hone__plan_make(hone_context *context, const hone__call *call, hone_plan **result) {
  const hone__engine *engine;
  *result = NULL;
  hone_plan *plan = calloc(1, sizeof *plan);
  if (plan == NULL) return hone__fail(HONE_ERROR_MEMORY, "no memory for a plan");
  plan->call = *call;
  plan->answer.struct_size = sizeof plan->answer;
  hone_status status = hone__call_problem(call, &plan->problem);
  if (status == HONE_OK) status = hone__engine_enter(context->engine_path, &engine);
  if (status != HONE_OK) {
    hone_problem_destroy(plan->problem);
    free(plan);
    return status;
  }
  status = decide(context, engine, plan);
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
      status = make_with(engine, plan, cores, &plan->answer);
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
  return hone__fail(HONE_ERROR_ARGUMENT, plan == NULL ? "the plan is null." : "the plan is none for %s.", what);
}

hone_status hone_execute_gemm(hone_plan *plan, const void *a, const void *b, void *c) {
  if (plan == NULL || plan->call.kind != HONE__GEMM) return not_a_plan(plan, "gemm");
  return check_and_run(plan, (hone__operands){{a, b}, c, NULL});
}

hone_status hone_execute_embedding_bag(hone_plan *plan, const void *table, const void *indices, const void *offsets,
                                       const float *weights, void *output) {
  if (plan == NULL || plan->call.kind != HONE__BAG) return not_a_plan(plan, "embedding-bag");
  return check_and_run(plan, (hone__operands){{table, indices, offsets, weights}, output, NULL});
}

hone_status hone_execute_attention(hone_plan *plan, const void *q, const void *k, const void *v, void *o, float *lse) {
  if (plan == NULL || plan->call.kind != HONE__ATTENTION) return not_a_plan(plan, "attention");
  return check_and_run(plan, (hone__operands){{q, k, v}, o, lse});
}

/* ---- Making plans ---- */

static hone_status make(hone_context *context, hone_status ready, const hone__call *call, hone_plan **plan) {
  if (plan == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "a place for the plan is needed.");
  *plan = NULL;
  if (ready != HONE_OK) return ready;
  if (context == NULL) context = hone__default_context();
  return context == NULL ? HONE_ERROR_MEMORY : hone__plan_make(context, call, plan);
}

hone_status hone_plan_gemm(hone_context *context, const hone_gemm_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_gemm(shape, &call), &call, plan);
}

hone_status hone_plan_embedding_bag(hone_context *context, const hone_embedding_bag_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_bag(shape, &call), &call, plan);
}

hone_status hone_plan_attention(hone_context *context, const hone_attention_shape *shape, hone_plan **plan) {
  hone__call call;
  return make(context, hone__call_attention(shape, &call), &call, plan);
}
