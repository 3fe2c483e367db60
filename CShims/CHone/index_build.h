/* index_build.h: an index while it is made: growing arrays of what index.h describes. */
#ifndef HONE_INDEX_BUILD_H
#define HONE_INDEX_BUILD_H

#include "index.h"

/* A row of best.json as it is read, before it is known to be usable. */
typedef struct hone__draft {
  hone__slice operation, types, backend, variant, policy, record;
  hone__slice attribute_names[HONE_MAX_NAMES], attribute_values[HONE_MAX_NAMES];
  hone__slice dimension_names[HONE_MAX_NAMES];
  int64_t extents[HONE_MAX_NAMES];
  uint32_t attribute_count, dimension_count;
  hone__slice parameter_names[HONE_MAX_NAMES], parameter_texts[HONE_MAX_NAMES];
  int64_t parameter_values[HONE_MAX_NAMES];
  uint32_t parameter_count; /* texts: those whose `text` is not NULL */
  hone__slice library_names[HONE_MAX_NAMES], library_versions[HONE_MAX_NAMES];
  uint32_t library_count;
  int64_t cores;
  double seconds, speedup, speedup_low, speedup_high;
  bool usable;
} hone__draft;

/* A problem while it is made; its rows are counted first and placed later. */
typedef struct hone__building_problem {
  uint64_t hash;
  uint32_t group, first_extent, row_count, first_row;
} hone__building_problem;

typedef struct hone__builder {
  hone__vector strings;    /* char */
  hone__vector variants;   /* hone__variant */
  hone__vector parameters; /* hone__stored_parameter */
  hone__vector rows;       /* hone__row; `problem` is a number of `problems` until the end */
  hone__vector problems;   /* hone__building_problem */
  hone__vector extents;    /* int64_t */
  hone__vector groups;     /* hone__group */
  hone__vector names;      /* uint32_t */
  hone__vector regrets;    /* hone__regret */
  hone__vector conditions; /* hone__conditions_regrets */
  hone__map string_map, variant_map, parameter_map, problem_map, group_map;
  uint64_t skipped;
} hone__builder;

/* index_read.c: reads the next row; false where the document itself is broken (then json->error says how). */
bool hone__draft_read(hone__json *json, hone__draft *draft);
/* index_read.c: one member of `transfers`: its experiments go to *experiments (hone__regret), the rest into the draft. */
bool hone__transfer_read(hone__json *json, hone__draft *draft, hone__vector *experiments);
/* index_add_regrets.c: false where there is no memory. After all rows; experiments of problems that no row has are dropped. */
bool hone__builder_add_transfer(hone__builder *builder, const hone__draft *draft, const hone__vector *experiments);
/* index_add_regrets.c: experiments with other conditions of the draft's operation. False where there is no memory. */
bool hone__builder_add_conditions(hone__builder *builder, const hone__draft *draft, const hone__vector *experiments);
/* index_add.c: the offset of a text that is kept once; UINT32_MAX where there is no memory. */
uint32_t hone__intern(hone__builder *builder, hone__slice slice);
/* index_add.c: the group of a draft's problem; UINT32_MAX where there is no memory or its key is too long (*fits). */
uint32_t hone__builder_group(hone__builder *builder, const hone__draft *draft, bool *fits);
/* index_add.c: false where there is no memory. */
bool hone__builder_add(hone__builder *builder, const hone__draft *draft);
void hone__builder_free(hone__builder *builder);
/* index_pack.c: NULL where there is no memory. */
hone__index_header *hone__builder_pack(hone__builder *builder);

#endif
