/* likeness.c: how far the data of a recorded problem is from that of the question: Operations.likeness (HoneOperations) in C; a test
 * compares the two. */
#include "context.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- Words of measured streams: see MeasuredReuse (HoneOperations) ---- */

#define MOST_OCTAVES 40
#define MOST_LOOKUPS 1000000000000

typedef struct reuse {
  int64_t lookups;
  uint32_t octaves;
  int32_t shares[MOST_OCTAVES]; /* in thousandths */
} reuse;

/* Digits without a zero before them; -1: anything else. Moves behind them. */
static int64_t number(const char **at) {
  const char *start = *at;
  int64_t value = 0;
  for (; **at >= '0' && **at <= '9'; (*at)++) {
    if (*at - start == 13) return -1;
    value = value * 10 + (**at - '0');
  }
  return *at == start || (*start == '0' && *at - start > 1) ? -1 : value;
}

/* To three digits. */
static int64_t rounded(int64_t count) {
  int64_t unit = 1;
  while (count / unit >= 1000) unit *= 10;
  return (count + unit / 2) / unit * unit;
}

static bool read_word(const char *word, reuse *result) {
  if (strncmp(word, "reuse:", 6) != 0) return false;
  const char *at = word + 6;
  result->lookups = number(&at);
  if (*at++ != ':' || result->lookups < 1 || result->lookups > MOST_LOOKUPS || rounded(result->lookups) != result->lookups)
    return false;
  int64_t sum = 0, share = 0;
  for (result->octaves = 0; result->octaves < MOST_OCTAVES;) {
    share = number(&at);
    if (share < 0 || share > 1000) return false;
    result->shares[result->octaves++] = (int32_t)share;
    sum += share;
    if (*at == 0) return share != 0 && sum == 1000;
    if (*at++ != '.') return false;
  }
  return false;
}

bool hone__reuse_admits(const char *word) {
  reuse read;
  return read_word(word, &read);
}

/* ---- Laws: see IndexLaw, ReuseLaw and ZipfRanks (HoneOperations) ---- */

typedef struct law {
  enum { UNIFORM, ZIPF, REUSE } kind;
  int64_t rows;
  reuse reuse;
  double octave_rows[MOST_OCTAVES];
} law;

static const char *const named[][2] = {
    {"reuse2021", "reuse:1040000:43.50.67.108.117.97.70.55.50.49.49.49.49.49.49.49"},
    {"reuse2022", "reuse:1780000:34.35.40.74.101.112.93.67.53.49.49.49.49.49.49.49.48"},
};

static double uses(uint32_t octave) { return octave == 0 ? 1 : 0.75 * (double)((int64_t)1 << octave); }

static void place_octaves(law *law) {
  double counts[MOST_OCTAVES], total = 0;
  for (uint32_t o = 0; o < law->reuse.octaves; o++) {
    counts[o] = (double)law->reuse.lookups * ((double)law->reuse.shares[o] / 1000) / uses(o);
    total += counts[o];
  }
  double shrink = fmin(1, (double)law->rows / total);
  int64_t border = 0;
  for (uint32_t o = 0; o < law->reuse.octaves; o++) {
    int64_t more = counts[o] > 0 ? (int64_t)fmax(1, (double)(int64_t)(counts[o] * shrink)) : 0;
    int64_t next = border + more < law->rows ? border + more : law->rows;
    law->octave_rows[o] = (double)(next - border);
    border = next;
  }
}

static void make_law(law *law, const char *name, int64_t rows) {
  law->rows = rows > 1 ? rows : 1;
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strcmp(name, named[i][0]) == 0) name = named[i][1];
  law->kind = read_word(name, &law->reuse) ? REUSE : strcmp(name, "zipf") == 0 ? ZIPF : UNIFORM;
  if (law->kind == REUSE) place_octaves(law);
}

/* Words of measured streams that this process named in shapes: never freed, so that equal words are one address. */
typedef struct kept_word {
  struct kept_word *next;
  char text[];
} kept_word;

static const char *find_word(const kept_word *first, const kept_word *end, const char *word) {
  for (; first != end; first = first->next)
    if (strcmp(first->text, word) == 0) return first->text;
  return NULL;
}

static const char *keep_word(const char *word) {
  static _Atomic(kept_word *) words;
  kept_word *first = atomic_load(&words), *seen = NULL;
  const char *found = find_word(first, NULL, word);
  size_t size = strlen(word) + 1;
  kept_word *fresh = found == NULL ? malloc(sizeof *fresh + size) : NULL;
  if (fresh == NULL) return found;
  memcpy(fresh->text, word, size);
  do {
    /* Another thread may have been faster. */
    found = find_word(first, seen, word);
    if (found != NULL) {
      free(fresh);
      return found;
    }
    fresh->next = seen = first;
  } while (!atomic_compare_exchange_weak(&words, &first, fresh));
  return fresh->text;
}

const char *hone__distribution_word(const char *word) {
  static const char *const plain[] = {"uniform", "zipf"};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (strcmp(word, plain[i]) == 0) return plain[i];
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strcmp(word, named[i][0]) == 0) return named[i][0];
  return strlen(word) < HONE__WORD_BYTES && hone__reuse_admits(word) ? keep_word(word) : NULL;
}

/* Integral of x^-1.05. */
static double integral(double x) { return (pow(x, 1 - 1.05) - 1) / (1 - 1.05); }

static double reuse_popularity(const law *law, double count) {
  double left = count, sum = 0;
  for (uint32_t o = law->reuse.octaves; o-- > 0;) {
    double rows = law->octave_rows[o], share = (double)law->reuse.shares[o] / 1000;
    if (rows > left) return sum + share * left / rows;
    sum += share;
    left -= rows;
  }
  return fmin(1, sum);
}

/* The share of look-ups that go to the `count` most popular rows. */
static double popularity(const law *law, double count) {
  if (law->kind == REUSE) return reuse_popularity(law, count);
  if (law->kind == UNIFORM) return fmin(1, count / (double)law->rows);
  double origin = integral(0.5);
  return (integral(fmin(count, (double)law->rows) + 0.5) - origin) / (integral((double)law->rows + 0.5) - origin);
}

double hone__distribution_distance(const hone_problem *problem, const char *recorded, const char *asked) {
  law one, other;
  int64_t rows = hone__extent(problem, "rows");
  make_law(&one, recorded, rows);
  make_law(&other, asked, rows);
  double most = 0;
  for (int exponent = 0; exponent <= 40; exponent++) {
    double count = (double)((int64_t)1 << exponent);
    most = fmax(most, fabs(popularity(&one, count) - popularity(&other, count)));
  }
  return most;
}

/* ---- Groups of neighbours that differ in their data only ---- */

const hone__attribute *hone__data_of(const hone_problem *problem, uint32_t *number) {
  for (*number = 0; *number < problem->attribute_count; (*number)++)
    if (problem->operation->attributes[*number].is_data) return &problem->operation->attributes[*number];
  return NULL;
}

/* Where the data's value stands in the key: its length, and how much stands before it. 0: nowhere. */
static size_t find_value(const char *key, const char *name, size_t *before) {
  size_t size = strlen(name);
  for (const char *at = strchr(key, HONE__KEY_END); at != NULL; at = strchr(at + 1, HONE__KEY_END)) {
    if (strncmp(at + 1, name, size) != 0 || at[1 + size] != HONE__KEY_END) continue;
    *before = (size_t)(at + 1 - key) + size + 1;
    return strcspn(key + *before, (const char[]){HONE__KEY_END, 0});
  }
  return 0;
}

bool hone__likeness_of(const char *key, const hone_problem *problem, hone__likeness *likeness) {
  uint32_t attribute;
  const hone__attribute *data = hone__data_of(problem, &attribute);
  size_t before, own_before;
  if (data == NULL) return false;
  size_t size = find_value(key, data->name, &before), own = find_value(problem->key, data->name, &own_before);
  if (size == 0 || own == 0 || before != own_before || size >= sizeof likeness->recorded || memcmp(key, problem->key, before) != 0 ||
      strcmp(key + before + size, problem->key + before + own) != 0)
    return false;
  likeness->name = data->name;
  likeness->asked = problem->values[attribute];
  memcpy(likeness->recorded, key + before, size);
  likeness->recorded[size] = 0;
  if (strcmp(likeness->recorded, likeness->asked) == 0) return false;
  likeness->distance = data->distance(problem, likeness->recorded, likeness->asked);
  return true;
}
