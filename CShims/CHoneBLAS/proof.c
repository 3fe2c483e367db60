/* proof.c: was a row of the database compared with other libraries, and by how much did it win?
 *
 * A tuned row is the best that Hone found; that is no promise about the BLAS that stands behind this library. The row's comparisons
 * with other back ends (members "againstDefault" and "others" of best.json, one row a line, keys sorted) are the promise. */
#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char opponent[] = "\"against\":{\"backend\":\"";

/* The program's locale may read 1.03 as 1. */
static double number_at(const char *text) {
  static locale_t plain;
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  if (plain == (locale_t)0) plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  pthread_mutex_unlock(&lock);
  return plain == (locale_t)0 ? 0 : strtod_l(text, NULL, plain);
}

/* The least that the row gains over any other back end, with the confidence of its comparison; NaN where it met none. */
static double least_gain(const char *row) {
  double least = NAN;
  for (const char *found = strstr(row, opponent); found != NULL; found = strstr(found, opponent)) {
    found += sizeof opponent - 1;
    if (strncmp(found, "hone\"", 5) == 0) continue;
    const char *interval = strstr(found, "\"interval\":{");
    const char *low = interval != NULL ? strstr(interval, "\"low\":") : NULL;
    double gain = low != NULL ? number_at(low + 6) : 0;
    least = isnan(least) || gain < least ? gain : least;
  }
  return least;
}

double hone_blas__proven_gain(const char *database, const char *hardware_class, const char *record) {
  char path[4096];
  if (database == NULL || hardware_class == NULL || record[0] == '\0') return NAN;
  int length = snprintf(path, sizeof path, "%s/hosts/%s/best.json", database, hardware_class);
  FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
  if (file == NULL) return NAN;
  char *line = NULL;
  size_t size = 0;
  double gain = NAN;
  while (isnan(gain) && getline(&line, &size, file) >= 0)
    if (strstr(line, record) != NULL) gain = least_gain(line);
  free(line);
  fclose(file);
  return gain;
}
