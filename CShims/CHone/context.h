/* context.h: open databases, and what is known about the machine. */
#ifndef HONE_CONTEXT_H
#define HONE_CONTEXT_H

#include "host.h"
#include "index.h"
#include "operations.h"

/* Who says which libraries are here. */
enum { HONE__CALLER, HONE__ENGINE, HONE__JUDGES, HONE__NOBODY = HONE__JUDGES };

typedef struct hone__class {
  char *name;
  hone__index index;
  uint8_t *runs;      /* by variant: can this CPU run it? */
  uint8_t *cell_runs; /* by cell */
  uint8_t *stale[HONE__JUDGES]; /* by variant: did a library change since? As the caller and as the engine see it */
  hone__vector facts; /* hone__fact: leaves of host.json's hardware, sorted by path */
  double distance;    /* from the caller's hardware: see hone__hardware_distance */
  char *differs;      /* from it, one line a fact; NULL: nothing */
} hone__class;

typedef struct hone__database {
  char *path;
  hone__class *classes;
  uint32_t class_count;
  int32_t own; /* the class that belongs to this machine; -1: none */
} hone__database;

typedef struct hone__engine hone__engine;
typedef struct hone__plans hone__plans;

struct hone_context {
  hone__database *databases;
  uint32_t database_count;
  char *hardware_class;
  char *policy;
  char *engine_path; /* NULL: searched for */
  int32_t cores;
  bool is_told; /* the hardware class was named by the caller */
  char *libraries[HONE__JUDGES]; /* lines of "name=version"; NULL: that one says nothing */
  hone__host host;
  hone__vector findings; /* char: lines */
  size_t bytes;
  hone__plans *plans; /* of the one-shot calls */
};

/* ---- database.c ---- */

/* Opens a database folder. HONE_ERROR_UNUSABLE_DATA: there is none. What cannot be used inside becomes a finding. */
hone_status hone__database_open(hone__database *database, const char *path, hone_context *context);
void hone__database_close(hone__database *database);
/* Says which class belongs to the machine; the distance of the others from it follows. False where there is no memory. */
bool hone__database_set_own(hone__database *database, const char *hardware_class);
void hone__add_finding(hone_context *context, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* ---- hardware.c ---- */

typedef struct hone__fact {
  char *path, *value;
} hone__fact;

/* The leaves of host.json's hardware, sorted; nothing where it cannot be read. The text is changed. */
void hone__facts_read(hone__vector *facts, char *json, size_t size);
void hone__facts_free(hone__vector *facts);

/* ---- hardware_match.c ---- */

/* How far other hardware is from ours: 0: the same in everything that is known of both; 1: nothing agrees. What differs,
 * heaviest first, is added to `differs`. */
double hone__hardware_distance(const hone__vector *mine, const hone__vector *theirs, hone__text *differs);

/* ---- validity.c ---- */

/* Did a library of a row (hone__variant.libraries) change since? The changes in words go to `text` unless it is NULL. */
bool hone__changes(const char *stored, const char *libraries, hone__text *text);
/* Marks all rows as stale or fresh, as `judge` sees it. False where there is no memory. */
bool hone__judge(hone_context *context, const char *libraries, int judge);

/* ---- search_path.c: folders of databases that exist, most important first ---- */

typedef bool (*hone__visit)(void *context, const char *path);
void hone__search_path(hone__visit visit, void *context);

/* ---- lookup.c ---- */

typedef struct hone__question {
  const hone_problem *problem;
  uint32_t cores;
  const char *policy;
  int judge;       /* of staleness; HONE__NOBODY: then no row is stale */
  bool fresh_only; /* stale rows are no answers */
} hone__question;

typedef struct hone__match {
  int32_t grade;
  const hone__database *database;
  const hone__class *class;
  const hone__row *row; /* NULL: default */
  double regret;        /* NaN: unknown */
  double distance;      /* of the shapes, for the grade near-shape */
  double seconds;       /* that it should take, for the grade near-shape; NaN: unknown */
  bool stale;
} hone__match;

/* Checks the arguments of hone_lookup and its like, and fills in the context's cores and policy. */
hone_status hone__ask(const hone_context *context, const hone_problem *problem, int32_t cores, const char *policy,
                      hone__question *question);
hone__match hone__look_up(const hone_context *context, const hone__question *question);
void hone__fill_answer(const hone__match *match, hone_answer *answer);

/* ---- likeness.c ---- */

/* A recorded problem's data beside the question's. */
typedef struct hone__likeness {
  const char *name, *asked;
  char recorded[HONE__WORD_BYTES];
  double distance; /* 0 ... 1 */
} hone__likeness;

/* Data up to this distance apart is the same problem, and so much of it counts like a factor of two (see Lookup, HoneDatabase). */
#define HONE__ALIKE_DATA 0.1
#define HONE__DATA_PER_OCTAVE 0.1

/* The attribute that describes the operands' values, and its number; NULL: the operation has none. */
const hone__attribute *hone__data_of(const hone_problem *problem, uint32_t *number);
/* False where a group's key differs from the question's in anything but its data, or in nothing. */
bool hone__likeness_of(const char *key, const hone_problem *problem, hone__likeness *likeness);

/* ---- nearest.c ---- */

/* May the caller run rows like these? */
static inline bool hone__usable(uint32_t threads, bool runs, const hone__question *question) {
  return runs && threads <= question->cores;
}

static inline bool hone__is_stale(const hone__class *class, const hone__row *row, const hone__question *question) {
  return question->judge != HONE__NOBODY && class->stale[question->judge][row->variant];
}

/* May the row answer the question at all, as far as the versions of libraries go? */
static inline bool hone__admits(const hone__class *class, const hone__row *row, const hone__question *question) {
  return !question->fresh_only || !hone__is_stale(class, row, question);
}

/* Distance of the conditions: a factor of two in cores counts 1, another policy 2. */
double hone__conditions(uint32_t row_cores, const char *row_policy, const hone__question *question);
/* The usable row of the nearest shape; NULL where none is near enough. */
const hone__row *hone__nearest(const hone__class *class, const hone__question *question, double *distance);

/* ---- regret.c ---- */

/* The regret that neighbours at such a distance had; NaN where none was tried. */
double hone__regret_of_shape(const hone__class *class, const hone__row *row, double distance);
/* The same for winners of the operation under conditions at such a distance. */
double hone__regret_of_conditions(const hone__class *class, const char *operation, double distance);

#endif
