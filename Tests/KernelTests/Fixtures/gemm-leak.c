/* gemm-leak.c LIBRARY CALLS: runs small GEMMs in turn on every row for float activations, with weights packed where it wants them so, and compares the heap and the
 * resident set before and after. Exit code 0 where neither grew (64 KiB of the set are the kernel's own bookkeeping), 1 where one did,
 * 2 where the library cannot be used here. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone_kernel.h"

enum { SIZE = 16, BATCH = 3, ALLOWED = 64 };

static long resident_kib(void) {
  char line[256];
  long kib = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (!file) return -1;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
  fclose(file);
  return kib;
}

typedef struct {
  hone_kernel_row row;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  void *workspace, *packed;
} candidate;

static unsigned char scales[SIZE * 4];
static float a[BATCH * SIZE * SIZE], b[BATCH * SIZE * SIZE], c[BATCH * SIZE * SIZE];

static hone_gemm problem(int batch) {
  return (hone_gemm){.struct_size = sizeof(hone_gemm), .m = SIZE, .n = SIZE, .k = SIZE, .lda = SIZE, .ldb = SIZE, .ldc = SIZE,
                     .alpha = 1, .a = a, .b = b, .c = c, .batch = batch, .a_batch_stride = SIZE * SIZE,
                     .b_batch_stride = SIZE * SIZE, .c_batch_stride = SIZE * SIZE};
}

/* What the row needs to be allowed; weights of any bits will do. */
static void allow(hone_gemm *g, const hone_kernel_row *row) {
  const char *types = row->data_types;
  int whole = !strcmp(types, "f32s8") || !strcmp(types, "f32s4");
  g->b_scales = whole ? scales : NULL;
  if (!strcmp(row->algorithm, "dot")) g->compute = whole ? HONE_COMPUTE_S8 : HONE_COMPUTE_BF16;
}

/* Calls of every row that accepts the problem; the number of them, or -1. */
static long round_of(candidate *rows, int count, long calls) {
  hone_kernel_team team = {0, 1, NULL, NULL};
  long done = 0;
  while (done < calls)
    for (int i = 0; i < count; i++)
      for (int batch = 1; batch <= BATCH; batch += BATCH - 1) {
        hone_gemm g = problem(batch);
        allow(&g, &rows[i].row);
        if (rows[i].packed) g.b = rows[i].packed, g.packed_b = 1;
        int32_t answer = rows[i].row.run(&g, rows[i].parameters, rows[i].workspace, &team);
        if (answer == HONE_KERNEL_OK) done++;
        else if (batch == 1) return printf("%s answered %d\n", rows[i].row.algorithm, answer), -1;
      }
  return done;
}

int main(int argc, char **argv) {
  void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  int32_t (*describe)(uint32_t, hone_kernel_row *) =
      library ? (int32_t(*)(uint32_t, hone_kernel_row *))dlsym(library, "hone_kernel_row_describe") : NULL;
  if (!describe) return fprintf(stderr, "usage: gemm-leak LIBRARY CALLS\n"), 2;
  static candidate rows[64];
  int count = 0;
  hone_kernel_row row = {.struct_size = sizeof row};
  for (uint32_t index = 0; describe(index, &row) == HONE_KERNEL_OK && count < 64; index++) {
    if (strcmp(row.operation, "gemm") || strncmp(row.data_types, "f32", 3)) continue;
    candidate *each = &rows[count++];
    each->row = row;
    for (int i = 0; i < row.parameter_count; i++) each->parameters[i] = row.parameters[i].default_value;
    hone_gemm g = problem(1);
    allow(&g, &row);
    hone_kernel_team team = {0, 1, NULL, NULL};
    each->packed = row.pack ? aligned_alloc(64, (size_t)(row.packed_bytes(&g) + 64) / 64 * 64) : NULL;
    if (row.pack && row.pack(&g, each->packed, &team) != HONE_KERNEL_OK) return printf("%s cannot pack\n", row.algorithm), 1;
    int64_t bytes = row.workspace(&g, each->parameters, 1);
    each->workspace = bytes > 0 ? aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64) : NULL;
  }
  if (count == 0) return printf("%s: no rows for floats\n", argv[1]), 0;
  if (round_of(rows, count, 1000) < 0) return 1;
  if (resident_kib() < 0) return fprintf(stderr, "this system does not tell its resident set\n"), 2;
  /* What the readings themselves need is there from here on. */
  size_t heap = mallinfo2().uordblks;
  long resident = resident_kib(), done = round_of(rows, count, atol(argv[2]));
  long grown = resident_kib() - resident;
  long long more = (long long)mallinfo2().uordblks - (long long)heap;
  printf("%s: %ld calls of %d rows, heap %+lld bytes, resident set %+ld KiB\n", argv[1], done, count, more, grown);
  return done < 0 || more > 0 || grown > ALLOWED;
}
