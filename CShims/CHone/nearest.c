/* nearest.c: the nearest shape, by k-d trees: one for each set of rows that are alike for the caller. */
#include "context.h"

#include <math.h>
#include <string.h>

/* Beyond this distance a shape says nothing about another: a factor of 64 in one dimension (see Lookup, HoneDatabase). */
#define FARTHEST_SHAPE 6.0

/* Trees hold floats; what they exclude must be excluded for doubles too. */
#define SLACK 1e-4

typedef struct search {
  const hone__class *class;
  const hone__question *question;
  const hone__cell *cell;
  uint32_t dimensions;
  double data;       /* distance of the group's data, in octaves of an extent */
  double conditions; /* of the cell */
  double target[HONE_MAX_NAMES];
  double offsets[HONE_MAX_NAMES]; /* from the target to the part of the tree that is being searched */
  double score, distance;         /* of the best so far */
  const hone__row *best;
  double intensity; /* of the question: operations per byte; NaN: unknown */
} search;

double hone__conditions(uint32_t row_cores, const char *row_policy, const hone__question *question) {
  double cores = fabs(hone__logarithm(row_cores) - hone__logarithm(question->cores));
  return cores + (strcmp(row_policy, question->policy) == 0 ? 0 : 2);
}

static double exact_distance(const search *s, const hone__row *row) {
  const hone__stored_problem *problem = hone__problem_at(&s->class->index, row->problem);
  double sum = 0;
  for (uint32_t d = 0; d < s->dimensions; d++) {
    double difference = hone__logarithm(problem->extents[d]) - s->target[d];
    sum += difference * difference;
  }
  return sqrt(sum);
}

/* A shape whose operations per byte are different is bound by something else, and each factor of two in that counts like a factor of two
 * in an extent (see Lookup.correction, HoneDatabase). */
static double correction(const search *s, const hone__row *row) {
  const hone__stored_problem *problem = hone__problem_at(&s->class->index, row->problem);
  double ratio = hone__intensity(hone__cost_of(s->question->problem, problem->extents)) / s->intensity;
  return isnan(ratio) ? s->conditions : s->conditions + fabs(log2(ratio));
}

/* What a shape must stay under to matter. */
static double limit(const search *s) {
  double least = s->score - s->conditions;
  return (least < FARTHEST_SHAPE ? least : FARTHEST_SHAPE) - s->data + SLACK;
}

static void consider(search *s, uint32_t place, double most) {
  if (most < 0) return;
  const float *point = s->class->index.points + s->cell->first_point + (size_t)place * s->dimensions;
  double sum = 0;
  for (uint32_t d = 0; d < s->dimensions; d++) sum += (point[d] - s->target[d]) * (point[d] - s->target[d]);
  if (sum > most * most) return;
  const hone__row *row = s->class->index.rows + s->class->index.places[s->cell->first_place + place];
  if (!hone__admits(s->class, row, s->question)) return;
  double distance = exact_distance(s, row) + s->data;
  if (distance > FARTHEST_SHAPE || distance + s->conditions > s->score) return;
  double score = distance + correction(s, row);
  if (score > s->score || (score == s->score && s->best != NULL && row > s->best)) return;
  s->score = score;
  s->distance = distance;
  s->best = row;
}

/* So few points that looking at all of them costs less than choosing. */
#define BUCKET 12

/* Places first ..< first + count; `sum` is the squared length of the offsets. */
static void descend(search *s, uint32_t first, uint32_t count, double sum) {
  if (count <= BUCKET || s->dimensions == 0) {
    for (uint32_t i = first; i < first + count; i++) consider(s, i, limit(s));
    return;
  }
  uint32_t middle = first + count / 2, dimension = s->class->index.splits[s->cell->first_place + middle];
  float split = s->class->index.points[s->cell->first_point + (size_t)middle * s->dimensions + dimension];
  double ahead = s->target[dimension] - split, old = s->offsets[dimension];
  uint32_t below = middle - first, above = count - below - 1;
  descend(s, ahead < 0 ? first : middle + 1, ahead < 0 ? below : above, sum);
  double far = sum - old * old + ahead * ahead, most = limit(s);
  /* The point in the middle lies in the far half's border. */
  if (most < 0 || far > most * most) return;
  consider(s, middle, most);
  s->offsets[dimension] = ahead;
  descend(s, ahead < 0 ? middle + 1 : first, ahead < 0 ? above : below, far);
  s->offsets[dimension] = old;
}

static const hone__group *group_of(const hone__index *index, const hone_problem *problem) {
  for (uint64_t i = 0; i < hone__count(index, HONE__GROUPS); i++)
    if (index->groups[i].hash == problem->group_hash && strcmp(index->strings + index->groups[i].key, problem->key) == 0)
      return &index->groups[i];
  return NULL;
}

static void search_group(search *s, const hone__group *group) {
  const hone__index *index = &s->class->index;
  /* Cells of the caller's own conditions first: what they find excludes most of the others. */
  for (int foreign = 0; foreign < 2; foreign++)
    for (uint32_t c = group->first_cell; c < group->first_cell + group->cell_count; c++) {
      s->cell = &index->cells[c];
      if (!hone__usable(s->cell->threads, s->class->cell_runs[c], s->question)) continue;
      s->conditions = hone__conditions(s->cell->cores, index->strings + s->cell->policy, s->question);
      if ((s->conditions > 0) != (foreign > 0) || s->conditions > s->score) continue;
      memset(s->offsets, 0, sizeof s->offsets);
      descend(s, 0, s->cell->count, 0);
    }
}

/* Neighbours but for their data: farther than their shapes say. */
static void search_other_data(search *s) {
  const hone__index *index = &s->class->index;
  hone__likeness likeness;
  uint32_t number;
  if (hone__data_of(s->question->problem, &number) == NULL) return;
  for (uint64_t i = 0; i < hone__count(index, HONE__GROUPS); i++) {
    const hone__group *group = &index->groups[i];
    if (!hone__likeness_of(index->strings + group->key, s->question->problem, &likeness)) continue;
    s->data = likeness.distance / HONE__DATA_PER_OCTAVE;
    search_group(s, group);
  }
}

const hone__row *hone__nearest(const hone__class *class, const hone__question *question, double *distance) {
  search s = {.class = class, .question = question, .dimensions = question->problem->dimension_count, .score = HUGE_VAL};
  s.intensity = hone__intensity(hone__cost_of(question->problem, question->problem->sorted));
  for (uint32_t d = 0; d < s.dimensions; d++) s.target[d] = hone__logarithm(question->problem->sorted[d]);
  const hone__group *own = group_of(&class->index, question->problem);
  if (own != NULL) search_group(&s, own);
  search_other_data(&s);
  *distance = s.distance;
  return s.best;
}
