/* regret.c: how much slower than the best an answer may be, from what was tried at about such a distance. */
#include "context.h"

#include <math.h>
#include <string.h>

/* As many as are needed for a median that one odd pair does not move (see TransferRegret, HoneDatabase). */
#define EXPERIMENTS 7

typedef struct nearest_few {
  double away[EXPERIMENTS], shares[EXPERIMENTS];
  uint32_t count;
} nearest_few;

/* They are kept sorted by (distance from the question, share). */
static void add(nearest_few *few, double gap, double share) {
  uint32_t at = few->count;
  while (at > 0 && (few->away[at - 1] > gap || (few->away[at - 1] == gap && few->shares[at - 1] > share))) at--;
  if (at == EXPERIMENTS) return;
  if (few->count < EXPERIMENTS) few->count++;
  for (uint32_t j = few->count - 1; j > at; j--) {
    few->away[j] = few->away[j - 1];
    few->shares[j] = few->shares[j - 1];
  }
  few->away[at] = gap;
  few->shares[at] = share;
}

static double median_share(nearest_few *few) {
  for (uint32_t i = 1; i < few->count; i++)
    for (uint32_t j = i; j > 0 && few->shares[j - 1] > few->shares[j]; j--) {
      double share = few->shares[j];
      few->shares[j] = few->shares[j - 1];
      few->shares[j - 1] = share;
    }
  return few->count == 0 ? (double)NAN : few->shares[few->count / 2];
}

static double predicted(const hone__regret *experiments, uint32_t count, double distance) {
  nearest_few few = {.count = 0};
  for (uint32_t i = 0; i < count; i++) add(&few, fabs(experiments[i].distance - distance), experiments[i].share);
  return median_share(&few);
}

double hone__regret_of_shape(const hone__class *class, const hone__row *row, double distance) {
  const hone__index *index = &class->index;
  const hone__group *group = &index->groups[hone__problem_at(index, row->problem)->group];
  return predicted(index->regrets + group->first_regret, group->regret_count, distance);
}

double hone__regret_of_conditions(const hone__class *class, const char *operation, double distance) {
  const hone__index *index = &class->index;
  for (uint64_t i = 0; i < hone__count(index, HONE__CONDITIONS); i++) {
    hone__conditions_regrets part = index->conditions[i];
    if (strcmp(index->strings + part.operation, operation) == 0)
      return predicted(index->regrets + part.first_regret, part.regret_count, distance);
  }
  return (double)NAN;
}
