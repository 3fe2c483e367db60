/* index_add_regrets.c: adds what other winners cost, where that was tried, to an index that is being made. */
#include "index_build.h"

#include <string.h>

/* Sets where the experiments begin; false where there is no memory. */
static bool keep(hone__builder *builder, const hone__vector *experiments, uint32_t *first) {
  hone__regret *place = hone__extend(&builder->regrets, sizeof *place, experiments->count);
  if (place == NULL) return false;
  memcpy(place, experiments->items, experiments->count * sizeof *place);
  *first = builder->regrets.count - experiments->count;
  return true;
}

bool hone__builder_add_transfer(hone__builder *builder, const hone__draft *draft, const hone__vector *experiments) {
  bool fits;
  if (!draft->usable || experiments->count == 0) return true;
  uint32_t before = builder->groups.count, number = hone__builder_group(builder, draft, &fits);
  if (!fits) return true;
  if (number == UINT32_MAX) return false;
  hone__group *group = (hone__group *)(void *)builder->groups.items + number;
  if (number == before || group->regret_count > 0) return true;
  uint32_t first;
  if (!keep(builder, experiments, &first)) return false;
  group->first_regret = first;
  group->regret_count = experiments->count;
  return true;
}

bool hone__builder_add_conditions(hone__builder *builder, const hone__draft *draft, const hone__vector *experiments) {
  if (experiments->count == 0 || draft->operation.text == NULL) return true;
  uint32_t operation = hone__intern(builder, draft->operation), first;
  if (operation == UINT32_MAX || !keep(builder, experiments, &first)) return false;
  hone__conditions_regrets *place = hone__push(&builder->conditions, sizeof *place);
  if (place == NULL) return false;
  *place = (hone__conditions_regrets){operation, first, experiments->count, 0};
  return true;
}
