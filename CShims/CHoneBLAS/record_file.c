/* record_file.c: writes a recording in the form of tuning-db/schema/v1/workload.json, whole or not at all. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static const char *const routine_names[ROUTINES] = {"cblas_sgemm", "sgemm", "cblas_dgemm", "dgemm"};

static bool is_double(const observation *row) {
  return row->routine == ROUTINE_CBLAS_DGEMM || row->routine == ROUTINE_DGEMM;
}

/* What took most time comes first; equals in an order of their own, so that equal programs write equal files. */
static int by_time(const void *left, const void *right) {
  const observation *one = left, *other = right;
  if (one->seconds != other->seconds) return one->seconds > other->seconds ? -1 : 1;
  if (one->routine != other->routine) return one->routine < other->routine ? -1 : 1;
  return memcmp(&one->key, &other->key, sizeof one->key);
}

/* A text of JSON. Bytes that are no ASCII become '?': a program's name is the only text that comes from outside. */
static void write_text(FILE *file, const char *text) {
  fputc('"', file);
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') fputc('\\', file);
    fputc(byte < 0x20 || byte > 0x7e ? '?' : byte, file);
  }
  fputc('"', file);
}

static void write_problem(FILE *file, const observation *row, bool first) {
  const gemm_key *key = &row->key;
  /* Whole numbers: the program's locale may write a comma for the point. */
  unsigned long long nanoseconds = (unsigned long long)(row->seconds * 1e9);
  fprintf(file, "%s\n    {\"operation\": \"gemm\", \"types\": \"f32\",\n", first ? "" : ",");
  fprintf(file,
          "     \"shape\": {\"k\": %d, \"lda\": %d, \"ldb\": %d, \"ldc\": %d, \"m\": %d, \"n\": %d},\n"
          "     \"attributes\": {\"alpha\": \"%s\", \"beta\": \"%s\", \"transA\": \"%c\", \"transB\": \"%c\"},\n",
          key->k, key->lda, key->ldb, key->ldc, key->m, key->n, hone_blas__factor_name(key->alpha),
          hone_blas__factor_name(key->beta), key->trans_a ? 't' : 'n', key->trans_b ? 't' : 'n');
  fprintf(file,
          "     \"weight\": %llu, \"policy\": \"warm\",\n"
          "     \"observed\": {\"routine\": \"%s\", \"threads\": %d, \"alignment\": %u, \"calls\": %llu, "
          "\"seconds\": %llu.%09llu, \"served\": %llu, \"missed\": %llu}}",
          (unsigned long long)row->calls, routine_names[row->routine], key->cores, row->alignment,
          (unsigned long long)row->calls, nanoseconds / 1000000000, nanoseconds % 1000000000, (unsigned long long)row->served,
          (unsigned long long)row->missed);
}

/* "… from python3: 120 calls of sgemm in 1500 ms; left out: 4 calls of dgemm (f64) in 20 ms". */
static void describe(char *text, size_t size, const observation *rows, size_t count, uint64_t dropped) {
  uint64_t calls[2] = {0, 0};
  double seconds[2] = {0, 0};
  for (size_t index = 0; index < count; index++) {
    calls[is_double(&rows[index])] += rows[index].calls;
    seconds[is_double(&rows[index])] += rows[index].seconds;
  }
  int end = snprintf(text, size, "Recorded by libhone_blas from %s: %llu calls of sgemm in %llu ms",
                     program_invocation_short_name, (unsigned long long)calls[0],
                     (unsigned long long)(seconds[0] * 1e3));
  if (calls[1] != 0)
    end += snprintf(text + end, size - (size_t)end, "; left out: %llu calls of dgemm (f64) in %llu ms",
                    (unsigned long long)calls[1], (unsigned long long)(seconds[1] * 1e3));
  if (dropped != 0)
    snprintf(text + end, size - (size_t)end, "; %llu calls of further shapes", (unsigned long long)dropped);
}

static void write_document(FILE *file, const observation *rows, size_t count, uint64_t dropped) {
  char source[1024];
  describe(source, sizeof source, rows, count, dropped);
  fputs("{\n  \"schema\": \"hone.workload/1\",\n  \"name\": ", file);
  write_text(file, program_invocation_short_name);
  fputs(",\n  \"summary\": \"What one run of a program calls\",\n  \"source\": ", file);
  write_text(file, source);
  fputs(",\n  \"problems\": [", file);
  bool first = true;
  for (size_t index = 0; index < count; index++) {
    if (is_double(&rows[index])) continue;
    write_problem(file, &rows[index], first);
    first = false;
  }
  fputs("\n  ]\n}\n", file);
}

static bool any_tunable(const observation *rows, size_t count) {
  for (size_t index = 0; index < count; index++)
    if (!is_double(&rows[index])) return true;
  return false;
}

/* Under a temporary name beside the target first: a reader sees the old file or the new one, and a full disk leaves the old. */
int32_t hone_blas__write_workload(const char *path, observation *observations, size_t count, uint64_t dropped) {
  if (!any_tunable(observations, count)) return 0;
  char temporary[4200];
  snprintf(temporary, sizeof temporary, "%s.%d.part", path, (int)getpid());
  int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return errno;
  FILE *file = fdopen(descriptor, "w");
  if (file == NULL) {
    int code = errno;
    close(descriptor);
    return code;
  }
  qsort(observations, count, sizeof *observations, by_time);
  write_document(file, observations, count, dropped);
  errno = 0;
  bool good = fflush(file) == 0 && !ferror(file) && fsync(descriptor) == 0;
  int code = good ? 0 : errno != 0 ? errno : EIO;
  if (fclose(file) != 0 && code == 0) code = errno;
  if (code == 0 && rename(temporary, path) != 0) code = errno;
  if (code != 0) unlink(temporary);
  return code;
}
