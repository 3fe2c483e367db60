/* fuzz_reader.c: a libFuzzer target: any bytes as best.json, as best.index or as host.json, then look-ups.
 *
 * The first byte chooses. Build: clang -fsanitize=fuzzer,address,undefined … (see .ci/fuzz-libhone.sh). Without libFuzzer,
 * -DREPLAY makes a program that runs each file of its arguments once. */
#define _GNU_SOURCE
#include "context.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Asks what may be asked of a class, tuned and untuned, with few cores and many. */
static void ask(hone_context *context) {
  static const int64_t extents[] = {1, 64, 512, 1024};
  for (uint32_t i = 0; hone__operation_at(i) != NULL; i++) {
    hone_problem *problem;
    char text[300];
    if (hone_problem_create(hone__operation_at(i)->name, NULL, &problem) != HONE_OK) abort();
    for (int e = 0; e < 4; e++) {
      for (uint32_t d = 0; d < problem->all_dimensions; d++)
        hone_problem_set_dimension(problem, problem->operation->dimensions[d].name, extents[e]);
      for (int32_t cores = 1; cores <= 64; cores *= 8) {
        hone_answer answer = HONE_ANSWER_INIT;
        hone_parameter parameter;
        if (hone_lookup(context, problem, cores, "warm", &answer) != HONE_OK) abort();
        for (int32_t p = 0; p < answer.parameter_count; p++)
          if (hone_answer_parameter(&answer, p, &parameter) != HONE_OK || strlen(parameter.name) > 1000) abort();
        hone_explain(context, problem, cores, "cold", text, sizeof text);
        hone_changes(context, problem, cores, NULL, text, sizeof text);
        hone_answer_record(&answer, text, sizeof text);
      }
    }
    hone_problem_destroy(problem);
  }
}

static void use(hone__index *index) {
  char name[] = "here", policy[] = "warm", path[] = "db";
  uint64_t variants = hone__count(index, HONE__VARIANTS), cells = hone__count(index, HONE__CELLS);
  hone__class class = {.name = name, .index = *index, .runs = malloc(variants + 1), .cell_runs = malloc(cells + 1)};
  for (int judge = 0; judge < HONE__JUDGES; judge++) class.stale[judge] = calloc(1, variants + 1);
  if (class.runs == NULL || class.cell_runs == NULL || class.stale[0] == NULL || class.stale[1] == NULL) abort();
  memset(class.runs, 1, variants + 1);
  memset(class.cell_runs, 1, cells + 1);
  for (int own = -1; own <= 0; own++) {
    hone__database database = {.path = path, .classes = &class, .class_count = 1, .own = own};
    hone_context context = {.databases = &database, .database_count = 1, .hardware_class = name, .policy = policy, .cores = 2};
    ask(&context);
    if (!hone__judge(&context, "openblas=1\nhone-kernels-x86v3=0123456789abcdef", HONE__CALLER)) abort();
    ask(&context);
    free(context.libraries[HONE__CALLER]);
  }
  for (int judge = 0; judge < HONE__JUDGES; judge++) free(class.stale[judge]);
  free(class.runs);
  free(class.cell_runs);
}

static void try_json(const uint8_t *data, size_t size) {
  hone__index_header *block;
  hone__index index = {0};
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  memcpy(text, data, size);
  text[size] = 0;
  if (hone__index_build(text, size, "best.json", &block) == HONE_OK) {
    /* What the reader makes itself must be sound. */
    if (hone__index_open(&index, block, block->bytes) != NULL) abort();
    use(&index);
    free(block);
  }
  free(text);
}

/* The checksum is set right, so that the fuzzer gets to what lies behind it. */
static void try_index(const uint8_t *data, size_t size) {
  hone__index index = {0};
  hone__index_header *block = malloc(size + 1);
  if (block == NULL) abort();
  memcpy(block, data, size);
  if (size >= sizeof *block) {
    block->bytes = size;
    block->checksum = hone__hash((const char *)block + sizeof *block, size - sizeof *block, 5);
  }
  if (hone__index_open(&index, block, size) == NULL) use(&index);
  free(block);
}

/* A machine with most of the facts that the table of weights knows. */
static void read_machine(hone__vector *facts) {
  char text[] = "{\"hardware\":{\"instructionSet\":\"x86v4\",\"caches\":[{\"name\":\"L3\",\"bytes\":33554432,\"cores\":8},"
                "{\"name\":\"L2\",\"bytes\":1048576}],\"extensions\":[\"bf16\",\"vnni\"],\"nodes\":1,\"vendor\":\"amd\","
                "\"cores\":2,\"kinds\":[],\"memoryTiers\":[\"dram\"],\"system\":{\"maximumMHz\":3700,\"microcode\":\"1\"}}}";
  hone__facts_read(facts, text, sizeof text - 1);
}

static void try_host(const uint8_t *data, size_t size) {
  static hone__host host;
  static hone__vector other;
  hone__vector facts = {NULL, 0, 0};
  hone__text differs;
  char words[100];
  char *text = malloc(size + 1), *again = malloc(size + 1);
  if (text == NULL || again == NULL) abort();
  memcpy(text, data, size);
  memcpy(again, data, size);
  text[size] = again[size] = 0;
  hone__facts_read(&facts, text, size);
  hone__text_start(&differs, words, sizeof words);
  if (other.count == 0) read_machine(&other);
  double distance = hone__hardware_distance(&other, &facts, &differs);
  if (!(distance >= 0 && distance <= 1)) abort();
  hone__host_fits(&host, again, size);
  hone__facts_free(&facts);
  free(text);
  free(again);
}

static void try_input(const uint8_t *data, size_t size) {
  if (data[0] == 'I') try_index(data + 1, size - 1);
  else if (data[0] == 'H') try_host(data + 1, size - 1);
  else try_json(data + 1, size - 1);
}

/* Seconds of this process's own time: a fuzzer in the background may stand still for minutes. */
static double own_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double worst;

static void print_worst(void) { fprintf(stderr, "slowest input: %.0f us of processor time\n", worst * 1e6); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (worst == 0) atexit(print_worst);
  if (size == 0) return 0;
  double start = own_seconds();
  try_input(data, size);
  double seconds = own_seconds() - start;
  if (seconds > worst) worst = seconds;
  if (seconds > 1) abort();
  return 0;
}

#ifdef REPLAY
int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    size_t size;
    char *bytes = hone__file_read(arguments[i], (size_t)1 << 30, &size);
    if (bytes == NULL) return 2;
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
    free(bytes);
  }
  printf("%d inputs\n", count - 1);
  return 0;
}
#endif
