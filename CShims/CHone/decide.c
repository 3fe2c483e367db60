/* decide.c: which configuration a plan runs, and its making by the engine. */
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
  hone__match match = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN, .seconds = (double)NAN};
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

/* The engine knows which libraries are here; it is asked once a context, by whoever holds it. */
static int judge_of(hone_context *context, const hone__engine *engine) {
  if (context->libraries[HONE__ENGINE] != NULL) return HONE__ENGINE;
  size_t size = engine->libraries(NULL, 0) + 1;
  char *text = malloc(size);
  if (text == NULL) return HONE__NOBODY;
  engine->libraries(text, size);
  bool judged = hone__judge(context, text, HONE__ENGINE);
  free(text);
  return judged ? HONE__ENGINE : HONE__NOBODY;
}

/* ---- Requests ---- */

typedef struct request_fields {
  hone_engine_field dimensions[HONE__MOST_FIELDS], attributes[HONE__MOST_FIELDS], parameters[HONE__PLAN_PARAMETERS];
} request_fields;

static hone_engine_request request_for(const hone_plan *plan, int32_t cores, const hone_answer *answer, request_fields *fields) {
  const hone_problem *problem = plan->problem;
  const hone__operation *operation = problem->operation;
  uint32_t parameters = 0;
  for (uint32_t i = 0; i < problem->all_dimensions; i++)
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
                               .dimension_count = problem->all_dimensions,
                               .attribute_count = problem->attribute_count,
                               .parameter_count = parameters,
                               .cores = cores,
                               .packs = plan->weights.elements != NULL,
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

/* Brings the weights into the variant's layout, where it has one. */
static int32_t adopt(const hone__engine *engine, hone_plan *plan, char *message, size_t size) {
  hone__arguments arguments;
  plan->packed = NULL;
  if (!plan->made.adopts) return HONE_OK;
  hone__operands operands = hone__weight_operands(plan, NULL, NULL);
  hone__arguments_fill(&arguments, &plan->call, &operands);
  int32_t code = engine->adopt(plan->made.handle, &arguments, &plan->packed, message, size);
  if (code != HONE_OK) engine->destroy_plan(plan->made.handle);
  if (code != HONE_OK) plan->made.handle = NULL;
  return code;
}

hone_status hone__plan_make_with(const hone__engine *engine, hone_plan *plan, int32_t cores, const hone_answer *answer) {
  request_fields fields;
  char message[400] = "";
  hone_engine_request request = request_for(plan, cores, answer, &fields);
  int32_t code = engine->make_plan(&request, &plan->made, message, sizeof message);
  if (code == HONE_OK) code = adopt(engine, plan, message, sizeof message);
  return code == HONE_OK ? HONE_OK : hone__fail((hone_status)code, "%s", message);
}

/* The tuned configuration where it is worth running and this machine can, else the engine's default. */
hone_status hone__plan_decide(hone_context *context, const hone__engine *engine, hone_plan *plan) {
  hone__question question = {plan->problem, (uint32_t)context->cores, context->policy, judge_of(context, engine), false};
  hone__match match = look_up_here(context, engine, &question);
  hone__match nothing = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN, .seconds = (double)NAN};
  hone__fill_answer(worth_running(&match) ? &match : &nothing, &plan->answer);
  hone_status status = HONE_ERROR_UNAVAILABLE;
  if (plan->answer.backend != NULL) status = hone__plan_make_with(engine, plan, context->cores, &plan->answer);
  if (status != HONE_OK) {
    hone__fill_answer(&nothing, &plan->answer);
    status = hone__plan_make_with(engine, plan, context->cores, &plan->answer);
  }
  if (status == HONE_OK) describe(plan);
  return status;
}
