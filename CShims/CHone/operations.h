/* operations.h: the fields of each operation, as HoneOperations declares them (a test compares the two). */
#ifndef HONE_OPERATIONS_H
#define HONE_OPERATIONS_H

#include "internal.h"

/* Dimensions and attributes of an operation of the table, at most. */
#define HONE__MOST_FIELDS 12

/* A dimension: what it is where the caller does not set it. */
typedef struct hone__dimension {
  const char *name;
  enum { HONE__REQUIRED, HONE__ONE, HONE__LIKE } rule;
  const char *like;      /* HONE__LIKE: the dimension whose extent it has */
  const char *attribute; /* where this attribute is "t", it is `turned` instead */
  const char *turned;
  const char *even; /* rounded up to an even number for data types that end so */
  bool left_out;    /* HONE__ONE: a problem does not name it where it is 1 */
} hone__dimension;

#define HONE__MAX_VALUES 24

/* A word of a form, with its end: MeasuredReuse has 40 shares that add up to 1000. */
#define HONE__WORD_BYTES 256

typedef struct hone__attribute {
  const char *name;
  const char *allowed[HONE__MAX_VALUES]; /* the first is the default */
  bool left_out;                         /* a problem does not name it where it has its default */
  bool is_data;                          /* it describes the operands' values; of an operation's attributes one at most */
  bool (*admits)(const char *word);      /* words beside the allowed ones; NULL: none */
  const char *form;                      /* of those words, for people */
  /* is_data: how far a recorded value is from the one that is asked for: 0 ... 1 */
  double (*distance)(const hone_problem *asked, const char *recorded, const char *value);
} hone__attribute;

/* What a problem costs at least, whoever computes it. */
typedef struct hone__cost {
  double flops, bytes;
} hone__cost;

typedef struct hone__operation {
  const char *name;
  const char *types[HONE__MAX_VALUES];
  hone__dimension dimensions[HONE__MOST_FIELDS]; /* up to a NULL name */
  hone__attribute attributes[HONE__MOST_FIELDS];
  /* What the fields' own ranges cannot say; writes the reason and returns false where the shape is impossible. */
  bool (*check)(const hone_problem *problem, hone__text *reason);
  /* Extents in the order of `dimensions`; of the problem only types and attributes are read. */
  hone__cost (*cost)(const hone_problem *problem, const double *extents);
} hone__operation;

/* NULL behind the last. */
const hone__operation *hone__operation_at(uint32_t index);

/* What a look-up reads stands first, in a few cache lines. */
struct hone_problem {
  uint64_t hash, group_hash;
  uint32_t dimension_count, attribute_count; /* dimensions: those that the problem names */
  bool complete;
  int64_t sorted[HONE__MOST_FIELDS]; /* extents, by name */
  char key[512];                     /* see index.h */
  size_t key_size;
  const hone__operation *operation;
  const char *types;
  const char *values[HONE__MOST_FIELDS];                                          /* of attributes, in the table's order */
  uint8_t dimension_order[HONE__MOST_FIELDS], attribute_order[HONE__MOST_FIELDS]; /* by name */
  uint32_t all_dimensions;                                                        /* of the operation */
  uint8_t full_order[HONE__MOST_FIELDS];                                          /* by name */
  int64_t given[HONE__MOST_FIELDS];                                               /* in the table's order; -1: not set */
  int64_t extents[HONE__MOST_FIELDS];                                             /* in the table's order, all set */
  char reason[160];                                                               /* why it is not complete */
  char word[HONE__WORD_BYTES];                                                    /* a value that no table has */
};

bool hone__ends_with(const char *text, const char *end);

/* The extent of a dimension or the value of an attribute by name; 0 and "" where there is none. */
int64_t hone__extent(const hone_problem *problem, const char *name);
const char *hone__value(const hone_problem *problem, const char *name);

/* likeness.c: "reuse:LOOKUPS:SHARES", and the largest difference of two laws' hit rates in a cache of 1, 2, 4 ... rows */
bool hone__reuse_admits(const char *word);
/* The same text for the same word for ever; NULL: there is no such distribution. Any thread. */
const char *hone__distribution_word(const char *word);
double hone__distribution_distance(const hone_problem *problem, const char *recorded, const char *asked);

/* costs.c: one function an operation */
hone__cost hone__cost_gemm(const hone_problem *problem, const double *extents);
hone__cost hone__cost_embedding_bag(const hone_problem *problem, const double *extents);
hone__cost hone__cost_attention(const hone_problem *problem, const double *extents);
/* The cost of a neighbour of the problem: `sorted` are its extents, sorted by name. */
hone__cost hone__cost_of(const hone_problem *problem, const int64_t *sorted);

/* Operations per byte; NaN where there are none. */
static inline double hone__intensity(hone__cost cost) {
  return cost.flops > 0 && cost.bytes > 0 ? cost.flops / cost.bytes : (double)__builtin_nanf("");
}

#endif
