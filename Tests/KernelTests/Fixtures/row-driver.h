/* row-driver.h: what the drivers of one operation each share: random numbers, a row's default parameters, and a main that runs every row. */
#pragma once
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone_kernel.h"

static unsigned long long state = 1;

/* 0 ... limit - 1; the same sequence everywhere. */
static long next(long limit) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (long)(state >> 33) % limit;
}

/* Mostly other values than the defaults: any that the row declares. */
static void take_any(const hone_kernel_row *row, int64_t *parameters) {
  for (int i = 0; i < row->parameter_count; i++) {
    const hone_kernel_parameter *p = &row->parameters[i];
    int64_t values = 1, value = p->low, doubling = p->scale == HONE_SCALE_POWER_OF_TWO;
    while (value < p->high) value = doubling ? (value ? 2 * value : p->step) : value + p->step, values++;
    for (parameters[i] = p->low, value = next(values); value > 0; value--)
      parameters[i] = doubling ? (parameters[i] ? 2 * parameters[i] : p->step) : parameters[i] + p->step;
  }
}

static void take_defaults(const hone_kernel_row *row, int64_t *parameters) {
  for (int i = 0; i < row->parameter_count; i++) parameters[i] = row->parameters[i].default_value;
}

/* Runs `run` sixty times, or as often as the command line says, for every row of `operation` whose types begin with `types`, in the
 * library that the command line names. `run` prints what is wrong and answers 1. Returns the program's exit code: 0 where there are rows and all are right. */
static int drive(int argc, char **argv, const char *operation, const char *types, int (*run)(const hone_kernel_row *)) {
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) return fprintf(stderr, "cannot open: %s\n", argc > 1 ? dlerror() : "no library"), 2;
  int32_t (*describe)(uint32_t, hone_kernel_row *) =
      (int32_t(*)(uint32_t, hone_kernel_row *))dlsym(library, "hone_kernel_row_describe");
  if (!describe) return fprintf(stderr, "no manifest\n"), 2;
  hone_kernel_row row = {.struct_size = sizeof row};
  int rows = 0, failures = 0, runs = argc > 2 ? atoi(argv[2]) : 60;
  for (uint32_t index = 0; describe(index, &row) == HONE_KERNEL_OK; index++) {
    if (strcmp(row.operation, operation) || strncmp(row.data_types, types, strlen(types))) continue;
    rows++;
    for (int i = 0; i < runs; i++) failures += run(&row);
  }
  printf("%d runs of each of %d rows, %d failures\n", runs, rows, failures);
  return rows == 0 || failures != 0;
}
