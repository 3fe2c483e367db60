/* lookup.c: the graded answer, as Lookup (HoneDatabase) gives it: a test compares the two on random databases. */
#include "context.h"

#include <math.h>
#include <string.h>

/* Both halves of what will be needed are asked for before either is looked at: memory is what a look-up waits for. */
static void fetch(const hone__index *index, hone__slot slot) {
  const char *problem = (const char *)hone__problem_at(index, slot.problem - 1);
  const char *row = (const char *)(index->rows + slot.first_row);
  __builtin_prefetch(problem);
  __builtin_prefetch(row);
  __builtin_prefetch(problem + 64);
  __builtin_prefetch(row + 64);
}

static const hone__stored_problem *find(const hone__index *index, const hone_problem *problem, uint64_t hash, const char *key) {
  for (uint32_t at = (uint32_t)hash & index->slot_mask; index->slots[at].problem != 0; at = (at + 1) & index->slot_mask) {
    fetch(index, index->slots[at]);
    const hone__stored_problem *stored = hone__problem_at(index, index->slots[at].problem - 1);
    if (stored->hash != hash) continue;
    const hone__group *group = &index->groups[stored->group];
    if (group->name_count == problem->dimension_count &&
        memcmp(stored->extents, problem->sorted, problem->dimension_count * sizeof *problem->sorted) == 0 &&
        strcmp(index->strings + group->key, key) == 0)
      return stored;
  }
  return NULL;
}

static const char *policy_of(const hone__class *class, const hone__row *row) { return class->index.strings + row->policy; }

static bool usable(const hone__class *class, const hone__row *row, const hone__question *question) {
  return hone__usable(row->threads, class->runs[row->variant], question) && hone__admits(class, row, question);
}

/* The first row of a problem under exactly these conditions; NULL: none. */
static const hone__row *exact_row(const hone__class *class, const hone__stored_problem *problem, const hone__question *question) {
  const hone__row *rows = class->index.rows + problem->first_row;
  for (uint32_t i = 0; i < problem->row_count; i++)
    if (rows[i].cores == question->cores && strcmp(policy_of(class, &rows[i]), question->policy) == 0 &&
        usable(class, &rows[i], question))
      return &rows[i];
  return NULL;
}

/* The same for the same shape with data that is as good as alike; NULL: none. */
static const hone__row *alike_row(const hone__class *class, const hone__question *question) {
  const hone__index *index = &class->index;
  const hone_problem *asked = question->problem;
  const hone__row *best = NULL;
  double least = HONE__ALIKE_DATA;
  hone__likeness likeness;
  uint32_t number;
  if (hone__data_of(asked, &number) == NULL) return NULL;
  for (uint64_t i = 0; i < hone__count(index, HONE__GROUPS); i++) {
    const char *key = index->strings + index->groups[i].key;
    if (!hone__likeness_of(key, asked, &likeness) || likeness.distance > least) continue;
    uint64_t hash = hone__problem_hash(index->groups[i].hash, asked->sorted, asked->dimension_count);
    const hone__stored_problem *problem = find(index, asked, hash, key);
    const hone__row *row = problem == NULL ? NULL : exact_row(class, problem, question);
    if (row == NULL || (best != NULL && likeness.distance == least && row > best)) continue;
    best = row;
    least = likeness.distance;
  }
  return best;
}

/* The row of the problem under exactly these conditions, else the one under the nearest. NULL: none is usable. */
static const hone__row *best_row(const hone__class *class, const hone__question *question, bool *exact, double *conditions) {
  const hone_problem *asked = question->problem;
  const hone__stored_problem *problem = find(&class->index, asked, asked->hash, asked->key);
  *exact = false;
  if (problem == NULL) return NULL;
  const hone__row *rows = class->index.rows + problem->first_row, *best = exact_row(class, problem, question);
  *conditions = 0;
  *exact = best != NULL;
  if (*exact) return best;
  for (uint32_t i = 0; i < problem->row_count; i++) {
    if (!usable(class, &rows[i], question)) continue;
    double here = hone__conditions(rows[i].cores, policy_of(class, &rows[i]), question);
    if (best != NULL && here >= *conditions) continue;
    best = &rows[i];
    *conditions = here;
  }
  return best;
}

static hone__match answered(int32_t grade, const hone__database *database, const hone__class *class, const hone__row *row,
                            double regret) {
  return (hone__match){
      .grade = grade, .database = database, .class = class, .row = row, .regret = regret, .seconds = (double)NAN};
}

/* What winners cost on other hardware is learnt from the records of several classes, which the reader does not have. */
static hone__match near_hardware(const hone__database *database, const hone__question *question) {
  hone__match match = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN};
  double best_conditions = 0;
  for (uint32_t i = 0; i < database->class_count; i++) {
    const hone__class *class = &database->classes[i];
    bool exact;
    double conditions;
    if ((int32_t)i == database->own) continue;
    const hone__row *row = best_row(class, question, &exact, &conditions);
    if (row == NULL) continue;
    if (match.row != NULL && (class->distance > match.class->distance ||
                              (class->distance == match.class->distance && conditions >= best_conditions)))
      continue;
    match = answered(HONE_GRADE_NEAR_HARDWARE, database, class, row, (double)NAN);
    best_conditions = conditions;
  }
  return match;
}

/* The row's time scaled by the larger of the two ratios, of operations and of bytes. */
static double predicted_seconds(const hone__class *class, const hone__row *row, const hone__question *question) {
  const hone__stored_problem *problem = hone__problem_at(&class->index, row->problem);
  hone__cost own = hone__cost_of(question->problem, problem->extents);
  hone__cost asked = hone__cost_of(question->problem, question->problem->sorted);
  if (!(own.flops > 0 && own.bytes > 0)) return (double)NAN;
  return row->seconds * fmax(asked.flops / own.flops, asked.bytes / own.bytes);
}

static hone__match near_shape(const hone__database *database, const hone__class *class, const hone__question *question) {
  double distance;
  const hone__row *row = hone__nearest(class, question, &distance);
  if (row == NULL) return (hone__match){.grade = HONE_GRADE_DEFAULT};
  double regret = hone__regret_of_shape(class, row, distance);
  hone__match match = answered(HONE_GRADE_NEAR_SHAPE, database, class, row, regret);
  match.distance = distance;
  match.seconds = predicted_seconds(class, row, question);
  return match;
}

static hone__match look_into(const hone__database *database, const hone__question *question) {
  if (database->own >= 0) {
    const hone__class *class = &database->classes[database->own];
    bool exact;
    double conditions;
    const hone__row *row = best_row(class, question, &exact, &conditions);
    if (exact) return answered(HONE_GRADE_EXACT, database, class, row, 0);
    const hone__row *alike = alike_row(class, question);
    if (alike != NULL) return answered(HONE_GRADE_EXACT, database, class, alike, 0);
    if (row != NULL) {
      double regret = hone__regret_of_conditions(class, question->problem->operation->name, conditions);
      return answered(HONE_GRADE_SAME_HARDWARE, database, class, row, regret);
    }
    hone__match match = near_shape(database, class, question);
    if (match.grade != HONE_GRADE_DEFAULT) return match;
  }
  return near_hardware(database, question);
}

static hone__match look_everywhere(const hone_context *context, const hone__question *question) {
  hone__match best = {.grade = HONE_GRADE_DEFAULT, .regret = (double)NAN, .seconds = (double)NAN};
  for (uint32_t i = 0; i < context->database_count && best.grade != HONE_GRADE_EXACT; i++) {
    hone__match match = look_into(&context->databases[i], question);
    if (match.grade < best.grade) best = match;
  }
  return best;
}

/* Of equal grades fresh rows answer first. */
hone__match hone__look_up(const hone_context *context, const hone__question *question) {
  if (question->judge == HONE__NOBODY) return look_everywhere(context, question);
  hone__question fresh = *question;
  fresh.fresh_only = true;
  hone__match best = look_everywhere(context, &fresh);
  if (best.grade == HONE_GRADE_EXACT) return best;
  hone__match any = look_everywhere(context, question);
  if (any.grade >= best.grade) return best;
  any.stale = any.row != NULL && hone__is_stale(any.class, any.row, question);
  if (any.stale) any.regret = (double)NAN;
  return any;
}

/* ---- The interface ---- */

hone_status hone__ask(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                      hone__question *question) {
  if (context == NULL || problem == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "a look-up needs a context (hone_open) and a problem (hone_problem_create).");
  if (!problem->complete) return hone__fail(HONE_ERROR_ARGUMENT, "%s.", problem->reason);
  if (cores < 0) return hone__fail(HONE_ERROR_ARGUMENT, "cores cannot be %d. Give 1 or more, or 0 for the context's.", cores);
  if (policy != NULL && strncmp(policy, "warm", 4) != 0 && strncmp(policy, "cold", 4) != 0)
    return hone__fail(HONE_ERROR_ARGUMENT, "the policy must begin with warm or cold, not '%.60s'.", policy);
  *question = (hone__question){.problem = problem,
                               .cores = (uint32_t)(cores > 0 ? cores : context->cores),
                               .policy = policy != NULL ? policy : context->policy,
                               .judge = context->libraries[HONE__CALLER] != NULL ? HONE__CALLER : HONE__NOBODY};
  return HONE_OK;
}

void hone__fill_answer(const hone__match *match, hone_answer *answer) {
  *answer = (hone_answer){.struct_size = answer->struct_size,
                          .grade = match->grade,
                          .stale = match->stale,
                          .predicted_regret = match->regret,
                          .seconds = (double)NAN,
                          .predicted_seconds = (double)NAN,
                          .speedup = (double)NAN,
                          .speedup_low = (double)NAN,
                          .speedup_high = (double)NAN};
  if (match->row == NULL) return;
  const hone__row *row = match->row;
  const hone__index *index = &match->class->index;
  const hone__variant *variant = &index->variants[row->variant];
  answer->cores = (int32_t)row->cores;
  answer->backend = index->strings + variant->backend;
  answer->variant = index->strings + variant->variant;
  answer->parameter_count = row->parameter_count;
  answer->seconds = row->seconds;
  answer->predicted_seconds = match->seconds;
  answer->speedup = row->speedup;
  answer->speedup_low = row->speedup_low;
  answer->speedup_high = row->speedup_high;
  answer->policy = index->strings + row->policy;
  answer->hardware_class = match->class->name;
  answer->database = match->database->path;
  answer->row[0] = index->parameters + row->first_parameter;
  answer->row[1] = index->strings;
  answer->row[2] = row->record;
}

hone_status hone_lookup(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                        hone_answer *answer) {
  hone__question question;
  if (answer == NULL || answer->struct_size < sizeof *answer)
    return hone__fail(HONE_ERROR_ARGUMENT, "hone_lookup needs an answer whose struct_size is sizeof(hone_answer).");
  hone_status status = hone__ask(context, problem, cores, policy, &question);
  if (status != HONE_OK) return status;
  hone__match match = hone__look_up(context, &question);
  hone__fill_answer(&match, answer);
  return HONE_OK;
}
