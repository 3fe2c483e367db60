/* alternative.c: the whole BLAS as a libblas.so.3: every function but sgemm and dgemm is a jump into the real library.
 *
 * A program that was linked with libblas.so.3 finds all of BLAS and CBLAS here. Each function is one indirect jump through a
 * slot, which the loader's constructor fills from the real library: arguments, results and the stack stay as they are, whatever
 * the function's type. A function that the real library lacks ends the program with its name when it is called; nothing
 * else could keep the promise of its type. (No ifuncs: they are resolved before the libraries that could answer are loaded.) */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#if defined(__x86_64__)
#define JUMP(slot) "  endbr64\n  jmp *" slot "(%rip)\n"
#define REFUSE(text) "  leaq " text "(%rip), %rdi\n  jmp hone_blas__missing\n"
#elif defined(__aarch64__)
#define JUMP(slot) "  hint #34\n  adrp x16, " slot "\n  ldr x16, [x16, :lo12:" slot "]\n  br x16\n"
#define REFUSE(text) "  adrp x0, " text "\n  add x0, x0, :lo12:" text "\n  b hone_blas__missing\n"
#else
#error "alternative.c has no jump for this architecture: add one above"
#endif

/* The function, and what its slot leads to before the real one is known. */
#define F(name)                                                                                       \
  __asm__(".text\n.globl " #name "\n.type " #name ", %function\n.p2align 4\n" #name ":\n"              \
          JUMP("hone_blas__slot_" #name) ".size " #name ", . - " #name "\n"                            \
          ".type hone_blas__refuse_" #name ", %function\nhone_blas__refuse_" #name ":\n"               \
          REFUSE("hone_blas__text_" #name)                                                             \
          ".size hone_blas__refuse_" #name ", . - hone_blas__refuse_" #name "\n"                       \
          ".section .rodata\nhone_blas__text_" #name ": .asciz \"" #name "\"\n"                        \
          ".data\n.p2align 3\n.globl hone_blas__slot_" #name "\n.hidden hone_blas__slot_" #name "\n"   \
          "hone_blas__slot_" #name ": .quad hone_blas__refuse_" #name "\n.text\n");
#include "functions.h"
#undef F

#define F(name) extern void *hone_blas__slot_##name __attribute__((visibility("hidden")));
#include "functions.h"
#undef F

static const struct {
  const char *name;
  void **slot;
} functions[] = {
#define F(name) {#name, &hone_blas__slot_##name},
#include "functions.h"
#undef F
};

__attribute__((noreturn, used, visibility("hidden"))) void hone_blas__missing(const char *name) {
  const char *path = hone_blas_real_library();
  if (path[0] == '\0')
    hone_blas__tell("%s is called and there is no BLAS to compute it: set HONE_BLAS_REAL=PATH of one", name);
  else
    hone_blas__tell("%s is called and %s does not have it: set HONE_BLAS_REAL=PATH of one that has", name, path);
  abort();
}

/* ---- Which library was there before: what Debian's alternatives know, the best first ---- */

enum { MAX_CANDIDATES = 32, PATH_BYTES = 1024 };

typedef struct candidate {
  char path[PATH_BYTES];
  long priority;
} candidate;

/* The administrative file of dpkg: mode, link, slave names and links, an empty line; then for each choice its path, its
 * priority and the slaves' paths (update-alternatives(1)). A choice is a line with a path, followed by one with a number. */
static size_t read_choices(FILE *file, candidate *candidates) {
  char before[PATH_BYTES] = "", line[PATH_BYTES];
  size_t count = 0;
  while (count < MAX_CANDIDATES && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *end = line;
    long priority = strtol(line, &end, 10);
    if (line[0] != '\0' && *end == '\0' && before[0] == '/') {
      memcpy(candidates[count].path, before, sizeof before);
      candidates[count++].priority = priority;
    }
    memcpy(before, line, sizeof before);
  }
  return count;
}

static int by_priority(const void *left, const void *right) {
  long one = ((const candidate *)left)->priority, other = ((const candidate *)right)->priority;
  return one == other ? 0 : one > other ? -1 : 1;
}

/* A handle on the library if it is a BLAS other than this one. */
static void *open_other(const char *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return NULL;
  void *function = dlsym(handle, "cblas_sgemm");
  if (function != NULL && !hone_blas__is_ours(function)) return handle;
  dlclose(handle);
  return NULL;
}

static void *open_choice(void) {
#if defined(__x86_64__)
  static const char group[] = "/var/lib/dpkg/alternatives/libblas.so.3-x86_64-linux-gnu";
#else
  static const char group[] = "/var/lib/dpkg/alternatives/libblas.so.3-aarch64-linux-gnu";
#endif
  FILE *file = fopen(group, "re");
  if (file == NULL) return NULL;
  candidate candidates[MAX_CANDIDATES];
  size_t count = read_choices(file, candidates);
  fclose(file);
  qsort(candidates, count, sizeof candidates[0], by_priority);
  void *handle = NULL;
  for (size_t index = 0; index < count && handle == NULL; index++) handle = open_other(candidates[index].path);
  return handle;
}

static void *open_alternative(void) {
  void *handle = open_choice();
  static const char *const names[] = {"libopenblas.so.0", "libblis.so.4", "libmkl_rt.so.2"};
  for (size_t index = 0; index < 3 && handle == NULL; index++) handle = open_other(names[index]);
  return handle;
}

void *(*const hone_blas__open_alternative)(void) = open_alternative;

/* Before any code of the program: its functions may call BLAS in constructors of their own. */
__attribute__((constructor)) static void fill_slots(void) {
  for (size_t index = 0; index < sizeof functions / sizeof functions[0]; index++) {
    void *real = hone_blas__real_function(functions[index].name, NULL);
    if (real != NULL) *functions[index].slot = real;
  }
}
