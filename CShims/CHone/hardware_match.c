/* hardware_match.c: how far apart two machines are for tuning, as HardwareMatch (HoneDatabase) has it. */
#define _GNU_SOURCE
#include "context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Distances of two values, as JSON without blanks ---- */

static double equality(const char *one, const char *other) { return strcmp(one, other) == 0 ? 0 : 1; }

static bool number_of(const char *value, double *number) {
  char *end;
  if (*value != '-' && (*value < '0' || *value > '9')) return false;
  *number = strtod(value, &end);
  return *end == 0 && *number >= 0 && isfinite(*number);
}

/* A factor of eight is as far as can be. */
static double ratio(const char *one, const char *other) {
  double a, b;
  if (!number_of(one, &a) || !number_of(other, &b)) return equality(one, other);
  double distance = fabs(log2((a + 1) / (b + 1))) / 3;
  return distance < 1 ? distance : 1;
}

#define MOST_MEMBERS 256

/* The members of an array, each once; anything else is a set of itself. They point into the value. */
static uint32_t members(const char *value, hone__slice *set) {
  size_t size = strlen(value);
  char *copy = strndup(value, size);
  uint32_t count = 0;
  hone__json json;
  if (copy == NULL) return 0;
  hone__json_start(&json, copy, size);
  if (*value != '[' || !hone__json_enter(&json, '[')) set[count++] = (hone__slice){value, size};
  else
    while (hone__json_element(&json) && count < MOST_MEMBERS) {
      hone__json_peek(&json);
      const char *start = value + (json.at - copy);
      if (!hone__json_skip(&json)) break;
      hone__slice member = {start, (size_t)(value + (json.at - copy) - start)};
      uint32_t i = 0;
      while (i < count && (set[i].size != member.size || memcmp(set[i].text, member.text, member.size) != 0)) i++;
      if (i == count) set[count++] = member;
    }
  free(copy);
  return count;
}

/* Share of the members that only one of the two has. */
static double sets(const char *one, const char *other) {
  hone__slice a[MOST_MEMBERS], b[MOST_MEMBERS];
  uint32_t first = members(one, a), second = members(other, b), common = 0;
  for (uint32_t i = 0; i < first; i++)
    for (uint32_t j = 0; j < second; j++)
      common += a[i].size == b[j].size && memcmp(a[i].text, b[j].text, a[i].size) == 0;
  uint32_t all = first + second - common;
  return all == 0 ? 0 : 1 - (double)common / (double)all;
}

/* ---- The facts and their weights ---- */

typedef struct weighed_fact {
  const char *name;
  double weight;
  const char *path;
  double (*distance)(const char *, const char *);
} weighed_fact;

/* In the order of HardwareMatch.facts: sums of doubles depend on it. */
static const weighed_fact weighed[] = {
    {"instruction set", 4, "/instructionSet", equality},
    {"cores per L3", 3, "/caches#L3/cores", ratio},
    {"L3 bytes", 3, "/caches#L3/bytes", ratio},
    {"L2 bytes", 2, "/caches#L2/bytes", ratio},
    {"L1d bytes", 1, "/caches#L1d/bytes", ratio},
    {"microarchitecture", 2, "/microarchitecture", equality},
    {"extensions", 2, "/extensions", sets},
    {"NUMA nodes", 2, "/nodes", ratio},
    {"vendor", 1, "/vendor", equality},
    {"threads per core", 1, "/threadsPerCore", ratio},
    {"cores", 1, "/cores", ratio},
    {"kinds of cores", 1, "/kinds", equality},
    {"memory tiers", 1, "/memoryTiers", sets},
    {"memory GiB", 0.5, "/memoryGiB", ratio},
    {"frequency in MHz", 1, "/system/maximumMHz", ratio},
    {"CPUs of the control group", 1, "/system/quotaCPUs", ratio},
    {"transparent huge pages", 1, "/system/transparentHugePages", equality},
    {"reserved huge pages", 0.5, "/system/reservedHugePages", ratio},
    {"microcode", 0.5, "/system/microcode", equality},
};

#define WEIGHED (sizeof weighed / sizeof *weighed)
#define STRANGER_WEIGHT 0.25

static const char *value_at(const hone__vector *facts, const char *path) {
  const hone__fact *items = (const void *)facts->items;
  uint32_t low = 0, high = facts->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    int order = strcmp(items[middle].path, path);
    if (order == 0) return items[middle].value;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return NULL;
}

/* Does the table know the member of `hardware` that the path begins with? */
static bool is_known(const char *path) {
  size_t size = 1 + strcspn(path + 1, "/#");
  for (size_t i = 0; i < WEIGHED; i++)
    if (strncmp(weighed[i].path, path, size) == 0 && strchr("/#", weighed[i].path[size]) != NULL) return true;
  return false;
}

/* ---- The match ---- */

typedef struct difference {
  const weighed_fact *fact;
  const char *mine, *theirs;
  double weight;
} difference;

/* Heaviest first, then by name. */
static void insert(difference *list, uint32_t count, difference fresh) {
  for (; count > 0; count--) {
    const difference *before = &list[count - 1];
    if (before->weight > fresh.weight ||
        (before->weight == fresh.weight && strcmp(before->fact->name, fresh.fact->name) < 0))
      break;
    list[count] = *before;
  }
  list[count] = fresh;
}

/* A text without its quotes, else the JSON. */
static void add_plain(hone__text *text, const char *value) {
  char *copy = *value == '"' ? strdup(value) : NULL;
  hone__json json;
  hone__slice plain;
  if (copy != NULL) hone__json_start(&json, copy, strlen(copy));
  if (copy != NULL && hone__json_string(&json, &plain)) hone__text_add(text, "%.*s", (int)plain.size, plain.text);
  else hone__text_add(text, "%s", value);
  free(copy);
}

static void add_strangers(const hone__vector *mine, const hone__vector *theirs, double *total, double *sum) {
  const hone__fact *a = (const void *)mine->items, *b = (const void *)theirs->items;
  for (uint32_t i = 0, j = 0; i < mine->count || j < theirs->count;) {
    int order = i == mine->count ? 1 : j == theirs->count ? -1 : strcmp(a[i].path, b[j].path);
    const char *path = order <= 0 ? a[i].path : b[j].path;
    bool same = order == 0 && strcmp(a[i].value, b[j].value) == 0;
    i += order <= 0;
    j += order >= 0;
    if (is_known(path)) continue;
    *total += STRANGER_WEIGHT;
    *sum += same ? 0 : STRANGER_WEIGHT;
  }
}

double hone__hardware_distance(const hone__vector *mine, const hone__vector *theirs, hone__text *differs) {
  difference list[WEIGHED];
  uint32_t count = 0;
  double total = 0, sum = 0;
  for (size_t i = 0; i < WEIGHED; i++) {
    const char *one = value_at(mine, weighed[i].path), *other = value_at(theirs, weighed[i].path);
    if (one == NULL || other == NULL) continue;
    double distance = weighed[i].distance(one, other);
    total += weighed[i].weight;
    sum += weighed[i].weight * distance;
    if (distance > 0) insert(list, count++, (difference){&weighed[i], one, other, weighed[i].weight * distance});
  }
  add_strangers(mine, theirs, &total, &sum);
  for (uint32_t i = 0; i < count; i++) {
    hone__text_add(differs, "%s%s: ", differs->length ? "\n" : "", list[i].fact->name);
    add_plain(differs, list[i].theirs);
    hone__text_add(differs, " instead of ");
    add_plain(differs, list[i].mine);
  }
  return total > 0 ? sum / total : 1;
}
