/* operations.c: the fields of each operation, and which shapes are impossible. One row an operation. */
#include "operations.h"

#include <string.h>

/* More elements than any machine holds. */
static bool huge(const hone_problem *problem, const char *operand, const char *const *dimensions, hone__text *reason) {
  double elements = 1;
  for (; *dimensions != NULL; dimensions++) elements *= (double)hone__extent(problem, *dimensions);
  if (elements <= 17592186044416.0) return false;
  hone__text_add(reason, "%s: %s has more than 2^44 elements", problem->operation->name, operand);
  return true;
}

bool hone__ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

#define HUGE(operand, ...) huge(problem, operand, (const char *const[]){__VA_ARGS__, NULL}, reason)

static bool is(const hone_problem *problem, const char *attribute, const char *value) {
  return strcmp(hone__value(problem, attribute), value) == 0;
}

/* A comes in bytes. */
static bool is_bytes(const char *types) { return strncmp(types, "u8", 2) == 0 || strncmp(types, "s8", 2) == 0; }

/* A in bytes has scales of its own, and its weights no groups; whole sums have nothing that could be rounded. */
static bool check_bytes(const hone_problem *problem, hone__text *reason) {
  static const char *const usual[][2] = {
      {"a-scales", "row"}, {"alpha", "1"}, {"beta", "0"}, {"epilogue", "none"}, {"a-zeros", "n"}, {"group", "column"}};
  bool bytes = is_bytes(problem->types), whole = hone__ends_with(problem->types, "s32");
  for (int i = 0; i < 6; i++) {
    bool means = i == 0 ? bytes && !whole : i == 4 ? bytes : i == 5 ? !bytes : !whole;
    if (means || is(problem, usual[i][0], usual[i][1])) continue;
    hone__text_add(reason, "gemm %s: '%s' means nothing for such types", problem->types, usual[i][0]);
    return false;
  }
  return true;
}

/* Weights with scales have attributes of their own, and s4 packs two into a byte. */
static bool check_weights(const hone_problem *problem, hone__text *reason) {
  const char *types = problem->types;
  bool bytes = is_bytes(types), scaled = bytes || hone__ends_with(types, "s8") || hone__ends_with(types, "s4");
  const char *given = !is(problem, "group", "column") ? "group" : !is(problem, "zeros", "n") ? "zeros" : NULL;
  if (!scaled && given != NULL) {
    hone__text_add(reason, "gemm %s: '%s' means nothing for weights without scales", types, given);
    return false;
  }
  const char *rounded = scaled && !bytes ? "s8" : strcmp(types, "f32bf16") == 0 ? "bf16" : "exact";
  if (!is(problem, "compute", "exact") && !is(problem, "compute", rounded)) {
    hone__text_add(reason, "gemm %s: compute cannot be '%s' for such weights", types, hone__value(problem, "compute"));
    return false;
  }
  if (!hone__ends_with(types, "s4") || hone__extent(problem, "ldb") % 2 == 0) return true;
  hone__text_add(reason, "gemm %s: ldb is odd; two elements share a byte", types);
  return false;
}

static bool check_gemm(const hone_problem *problem, hone__text *reason) {
  bool turned_a = is(problem, "transA", "t"), turned_b = is(problem, "transB", "t");
  if (HUGE("A", turned_a ? "k" : "m", "lda", "batch") || HUGE("B", turned_b ? "n" : "k", "ldb", "batch") ||
      HUGE("C", "m", "ldc", "batch"))
    return false;
  long long batch = hone__extent(problem, "batch");
  if (batch == 0 || (batch > 1 && (strcmp(problem->types, "f32") != 0 || !is(problem, "epilogue", "none")))) {
    hone__text_add(reason, "gemm %s: batch=%lld; it is 1 or more, and 1 but for f32 without an epilogue", problem->types, batch);
    return false;
  }
  if (!check_weights(problem, reason) || !check_bytes(problem, reason)) return false;
  const char *const least[][2] = {{"lda", turned_a ? "m" : "k"}, {"ldb", turned_b ? "k" : "n"}, {"ldc", "n"}};
  for (int i = 0; i < 3; i++) {
    long long leading = hone__extent(problem, least[i][0]), row = hone__extent(problem, least[i][1]);
    if (leading >= row) continue;
    hone__text_add(reason, "gemm: %s=%lld is less than a row of %lld elements", least[i][0], leading, row);
    return false;
  }
  return true;
}

/* Attributes that exclude one another. NULL: fine. */
static const char *wrong_words(const hone_problem *problem) {
  bool scaled = problem->types[0] == 'u';
  if (is(problem, "weighted", "yes") && !is(problem, "pooling", "sum")) return "weights mean something for a sum only";
  if (is(problem, "pooling", "none") && hone__extent(problem, "bags") != hone__extent(problem, "lookups"))
    return "without pooling each look-up is a bag, and bags is not lookups";
  if (!scaled && is(problem, "scales", "first")) return "'scales' means nothing for rows without scales";
  return NULL;
}

static bool check_embedding_bag(const hone_problem *problem, hone__text *reason) {
  if (HUGE("the table", "rows", "dim") || HUGE("the output", "bags", "dim") ||
      HUGE("the looked-up rows", "lookups", "dim"))
    return false;
  int64_t lookups = hone__extent(problem, "lookups"), rows = hone__extent(problem, "rows");
  const char *wrong = lookups > 0 && rows == 0 ? "look-ups need a table with rows"
                      : lookups > 0 && hone__extent(problem, "bags") == 0 ? "look-ups need a bag to go to"
                      : is(problem, "indices", "int32") && rows > INT32_MAX ? "int32 indices cannot name so many rows"
                                                                            : wrong_words(problem);
  if (wrong != NULL) hone__text_add(reason, "embedding-bag: %s", wrong);
  return wrong == NULL;
}

static bool check_attention(const hone_problem *problem, hone__text *reason) {
  if (HUGE("Q", "batch", "heads", "lq", "headDim") || HUGE("K", "batch", "kvHeads", "lk", "headDim")) return false;
  long long heads = hone__extent(problem, "heads"), groups = hone__extent(problem, "kvHeads");
  if (!is(problem, "page", "none") && is(problem, "lengths", "packed")) {
    hone__text_add(reason, "attention: packed sequences have no pages");
    return false;
  }
  if (groups > 0 ? heads % groups == 0 : heads == 0) return true;
  hone__text_add(reason, "attention: heads=%lld is not a multiple of kvHeads=%lld", heads, groups);
  return false;
}

static const hone__operation operations[] = {
    {
        .name = "gemm",
        .types = {"f32", "f32f32", "f32bf16", "f32f16", "f32s8", "f32s4", "bf16", "bf16bf16f32", "f16", "f16f16f32", "bf16s8",
                  "bf16s4", "f64", "u8s8f32", "u8s8bf16", "u8s8s32", "s8s8f32", "s8s8bf16", "s8s8s32"},
        .dimensions = {{.name = "m"},
                       {.name = "n"},
                       {.name = "k"},
                       {"lda", HONE__LIKE, "k", "transA", "m", NULL, false},
                       {"ldb", HONE__LIKE, "n", "transB", "k", "s4", false},
                       {"ldc", HONE__LIKE, "n", NULL, NULL, NULL, false},
                       {.name = "batch", .rule = HONE__ONE, .left_out = true}},
        .attributes = {{"transA", {"n", "t"}, false},
                       {"transB", {"n", "t"}, false},
                       {"alpha", {"1", "-1", "0.5", "0"}, false},
                       {"beta", {"0", "1", "0.5"}, false},
                       {"group", {"column", "32", "64", "128"}, true},
                       {"zeros", {"n", "y"}, true},
                       {"compute", {"exact", "s8", "bf16"}, true},
                       {"a-scales", {"row", "tensor"}, true},
                       {"a-zeros", {"n", "y"}, true},
                       {"max-error",
                        {"none", "5e-1", "2e-1", "1e-1", "5e-2", "2e-2", "1e-2", "5e-3", "2e-3", "1e-3", "5e-4", "2e-4", "1e-4", "5e-5", "2e-5", "1e-5", "5e-6", "2e-6", "1e-6"},
                        true},
                       {"epilogue",
                        {"none", "bias", "relu", "gelu", "gelu-tanh", "silu", "bias-relu", "bias-gelu", "bias-gelu-tanh",
                         "bias-silu", "residual", "bias-residual"},
                        true}},
        .check = check_gemm,
        .cost = hone__cost_gemm,
    },
    {
        .name = "embedding-bag",
        .types = {"f32", "f16", "bf16", "u8f32", "u8f16", "u4f32", "u4f16"},
        .dimensions = {{.name = "rows"}, {.name = "dim"}, {.name = "bags"}, {.name = "lookups"}},
        .attributes = {{"pooling", {"sum", "mean", "max", "none"}, false},
                       {"weighted", {"no", "yes"}, false},
                       {"indices", {"int64", "int32"}, false},
                       {.name = "distribution",
                        .allowed = {"uniform", "zipf", "reuse2021", "reuse2022"},
                        .is_data = true,
                        .admits = hone__reuse_admits,
                        .form = "reuse:LOOKUPS:SHARES (see `hone workload stream`)",
                        .distance = hone__distribution_distance},
                       {"output", {"f32", "f16", "bf16"}, true},
                       {"max-error",
                        {"none", "5e-1", "2e-1", "1e-1", "5e-2", "2e-2", "1e-2", "5e-3", "2e-3", "1e-3", "5e-4", "2e-4", "1e-4", "5e-5", "2e-5", "1e-5", "5e-6", "2e-6", "1e-6"},
                        true},
                       {"scales", {"last", "first"}, true}},
        .check = check_embedding_bag,
        .cost = hone__cost_embedding_bag,
    },
    {
        .name = "attention",
        .types = {"f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8"},
        .dimensions = {{.name = "batch", .rule = HONE__ONE},
                       {.name = "heads"},
                       {"kvHeads", HONE__LIKE, "heads", NULL, NULL, NULL, false},
                       {.name = "lq"},
                       {"lk", HONE__LIKE, "lq", NULL, NULL, NULL, false},
                       {.name = "headDim"}},
        .attributes = {{"mask", {"none", "causal", "causal-top-left"}, false}, {"layout", {"bhsd", "bshd"}, false},
                       {"window", {"none", "128", "256", "512", "1024", "2048", "4096", "8192"}, true},
                       {"softcap", {"none", "20", "30", "50"}, true},
                       {"alibi", {"no", "yes"}, true},
                       {"bias", {"no", "yes"}, true},
                       {"lengths", {"full", "padded", "packed"}, true},
                       {"page", {"none", "16", "32", "64", "128", "256"}, true}},
        .check = check_attention,
        .cost = hone__cost_attention,
    },
};

const hone__operation *hone__operation_at(uint32_t index) {
  return index < sizeof operations / sizeof *operations ? &operations[index] : NULL;
}
