/* answer.c: what an answer says: its parameters, its record, what differs, and all of it in words. */
#include "context.h"

#include <math.h>
#include <string.h>

/* ---- Parameters ---- */

hone_status hone_answer_parameter(const hone_answer *answer, int32_t index, hone_parameter *parameter) {
  if (answer == NULL || parameter == NULL) return hone__fail(HONE_ERROR_ARGUMENT, "an answer and a place are needed.");
  if (index < 0 || index >= answer->parameter_count)
    return hone__fail(HONE_ERROR_ARGUMENT, "the configuration has %d parameters, none has the number %d.",
                      answer->parameter_count, index);
  const hone__stored_parameter *stored = (const hone__stored_parameter *)answer->row[0] + index;
  const char *strings = answer->row[1];
  uint64_t value = (uint64_t)stored->high << 32 | stored->low;
  bool is_text = (stored->name & HONE__IS_TEXT) != 0;
  *parameter = (hone_parameter){strings + (stored->name & ~HONE__IS_TEXT), is_text ? 0 : (int64_t)value,
                                is_text ? strings + stored->low : NULL};
  return HONE_OK;
}

hone_status hone_answer_parameter_named(const hone_answer *answer, const char *name, hone_parameter *parameter) {
  if (answer == NULL || name == NULL || parameter == NULL)
    return hone__fail(HONE_ERROR_ARGUMENT, "an answer, a name and a place are needed.");
  hone_parameter found;
  for (int32_t i = 0; i < answer->parameter_count; i++) {
    hone_answer_parameter(answer, i, &found);
    if (strcmp(found.name, name) != 0) continue;
    *parameter = found;
    return HONE_OK;
  }
  return hone__fail(HONE_ERROR_ARGUMENT, "the configuration has no parameter '%.60s'.", name);
}

static void add_configuration(hone__text *text, const hone_answer *answer) {
  if (answer->backend == NULL) return;
  hone__text_add(text, "%s %s", answer->backend, answer->variant);
  for (int32_t i = 0; i < answer->parameter_count; i++) {
    hone_parameter parameter;
    hone_answer_parameter(answer, i, &parameter);
    if (parameter.text != NULL) hone__text_add(text, " %s=%s", parameter.name, parameter.text);
    else hone__text_add(text, " %s=%lld", parameter.name, (long long)parameter.integer);
  }
}

static void add_record(hone__text *text, const hone_answer *answer) {
  static const unsigned char none[32];
  const unsigned char *record = answer->row[2];
  if (record == NULL || memcmp(record, none, sizeof none) == 0) return;
  hone__text_add(text, "sha256:");
  for (size_t i = 0; i < sizeof none; i++) hone__text_add(text, "%02x", record[i]);
}

size_t hone_answer_configuration(const hone_answer *answer, char *buffer, size_t size) {
  hone__text text;
  hone__text_start(&text, buffer, size);
  if (answer != NULL) add_configuration(&text, answer);
  return text.length;
}

size_t hone_answer_record(const hone_answer *answer, char *buffer, size_t size) {
  hone__text text;
  hone__text_start(&text, buffer, size);
  if (answer != NULL) add_record(&text, answer);
  return text.length;
}

/* ---- Differences: the words of Lookup (HoneDatabase) ---- */

static void line(hone__text *text, const char *start) { hone__text_add(text, "%s%s", text->length ? "\n" : "", start); }

static void add_likeness(hone__text *text, const hone__index *index, const hone_problem *problem, const hone__group *group) {
  hone__likeness likeness;
  if (!hone__likeness_of(index->strings + group->key, problem, &likeness)) return;
  long hundredths = lround(likeness.distance * 100);
  line(text, likeness.name);
  hone__text_add(text, ": %s instead of %s, %ld.%02ld apart", likeness.recorded, likeness.asked, hundredths / 100,
                 hundredths % 100);
}

static void add_differences(hone__text *text, const hone_context *context, const hone__question *question,
                            const hone__match *match) {
  if (match->row == NULL) {
    line(text, "nothing comparable is in the database");
    return;
  }
  const hone_problem *problem = question->problem;
  const hone__index *index = &match->class->index;
  const hone__stored_problem *stored = hone__problem_at(index, match->row->problem);
  for (uint32_t d = 0; d < problem->dimension_count; d++) {
    if (stored->extents[d] == problem->sorted[d]) continue;
    line(text, problem->operation->dimensions[problem->dimension_order[d]].name);
    hone__text_add(text, ": %lld instead of %lld", (long long)stored->extents[d], (long long)problem->sorted[d]);
  }
  add_likeness(text, index, problem, &index->groups[stored->group]);
  if (match->row->cores != question->cores) {
    line(text, "cores");
    hone__text_add(text, ": %u instead of %u", match->row->cores, question->cores);
  }
  const char *policy = index->strings + match->row->policy;
  if (strcmp(policy, question->policy) != 0) {
    line(text, "policy");
    hone__text_add(text, ": %s instead of %s", policy, question->policy);
  }
  if (strcmp(match->class->name, context->hardware_class) != 0) {
    line(text, "hardware");
    hone__text_add(text, ": %s instead of %s", match->class->name, context->hardware_class);
  }
  if (match->grade == HONE_GRADE_NEAR_HARDWARE && match->class->differs != NULL) line(text, match->class->differs);
}

size_t hone_differences(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                        char *buffer, size_t size) {
  hone__text text;
  hone__question question;
  hone__text_start(&text, buffer, size);
  if (hone__ask(context, problem, cores, policy, &question) != HONE_OK) return 0;
  hone__match match = hone__look_up(context, &question);
  add_differences(&text, context, &question, &match);
  return text.length;
}

static void add_changes(hone__text *text, const hone_context *context, const hone__question *question,
                        const hone__match *match) {
  if (!match->stale) return;
  const hone__index *index = &match->class->index;
  hone__changes(index->strings + index->variants[match->row->variant].libraries, context->libraries[question->judge], text);
}

size_t hone_changes(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                    char *buffer, size_t size) {
  hone__text text;
  hone__question question;
  hone__text_start(&text, buffer, size);
  if (hone__ask(context, problem, cores, policy, &question) != HONE_OK) return 0;
  hone__match match = hone__look_up(context, &question);
  add_changes(&text, context, &question, &match);
  return text.length;
}

/* ---- In words ---- */

static void add_gain(hone__text *text, const hone_answer *answer) {
  hone__text_add(text, "time: %.4g us", answer->seconds * 1e6);
  if (isnan(answer->speedup)) hone__text_add(text, ", the default itself: nothing was shown to be faster\n");
  else hone__text_add(text, ", %.2f times as fast as the default (95 %%: %.2f to %.2f)\n", answer->speedup, answer->speedup_low, answer->speedup_high);
}

static void add_problem(hone__text *text, const hone__question *question) {
  const hone_problem *problem = question->problem;
  hone__text_add(text, "problem: %s %s", problem->operation->name, problem->types);
  for (uint32_t i = 0; i < problem->all_dimensions; i++)
    if (!problem->operation->dimensions[i].left_out || problem->extents[i] != 1)
      hone__text_add(text, " %s=%lld", problem->operation->dimensions[i].name, (long long)problem->extents[i]);
  for (uint32_t i = 0; i < problem->attribute_count; i++) {
    const hone__attribute *attribute = &problem->operation->attributes[i];
    if (attribute->left_out && problem->values[i] == attribute->allowed[0]) continue;
    hone__text_add(text, " %s=%s", attribute->name, problem->values[i]);
  }
  hone__text_add(text, ", %u cores, %s\n", question->cores, question->policy);
}

typedef void (*listing)(hone__text *, const hone_context *, const hone__question *, const hone__match *);

/* What a function lists, with a word before each line. */
static void add_lines(hone__text *text, const char *word, listing list, const hone_context *context,
                      const hone__question *question, const hone__match *match) {
  char lines[2048];
  hone__text all;
  hone__text_start(&all, lines, sizeof lines);
  list(&all, context, question, match);
  char *rest = lines;
  for (char *end; *rest != 0; rest = end) {
    end = rest + strcspn(rest, "\n");
    hone__text_add(text, "%s: %.*s\n", word, (int)(end - rest), rest);
    end += *end == '\n';
  }
}

size_t hone_explain(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                    char *buffer, size_t size) {
  hone__text text;
  hone__question question;
  hone_answer answer = HONE_ANSWER_INIT;
  hone__text_start(&text, buffer, size);
  if (hone__ask(context, problem, cores, policy, &question) != HONE_OK) return 0;
  hone__match match = hone__look_up(context, &question);
  hone__fill_answer(&match, &answer);
  add_problem(&text, &question);
  hone__text_add(&text, "grade: %s\n", hone_grade_name(match.grade));
  add_lines(&text, "differs", add_differences, context, &question, &match);
  add_lines(&text, "stale", add_changes, context, &question, &match);
  if (match.grade != HONE_GRADE_EXACT && !isnan(match.regret))
    hone__text_add(&text, "regret: about %.1f %% slower than its own best\n", match.regret * 100);
  if (match.row == NULL) {
    hone__text_add(&text, "configuration: the back end's default\n");
    return text.length;
  }
  hone__text_add(&text, "configuration: ");
  add_configuration(&text, &answer);
  hone__text_add(&text, "\n");
  add_gain(&text, &answer);
  if (!isnan(answer.predicted_seconds)) hone__text_add(&text, "expected here: %.4g us\n", answer.predicted_seconds * 1e6);
  hone__text_add(&text, "record: ");
  add_record(&text, &answer);
  hone__text_add(&text, "\ndatabase: %s\n", answer.database);
  return text.length;
}
