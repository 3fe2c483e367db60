/* costs.c: what each operation costs at least, as HoneOperations has it (a test compares the two). */
#include "operations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Extents are in the order of the operation's row in operations.c, and doubles: exact below 2^53, and nothing overflows. */
enum { M, N, K, LDA, LDB, LDC, PRODUCTS };
enum { ROWS, DIM, BAGS, LOOKUPS };
enum { BATCH, HEADS, KV_HEADS, LQ, LK, HEAD_DIM };

static bool has(const hone_problem *problem, const char *attribute, const char *value) {
  return strcmp(hone__value(problem, attribute), value) == 0;
}

typedef struct matrix_types {
  const char *types;
  double a_bits, b_bits, c_bits;
  bool scaled;
} matrix_types;

static const matrix_types matrices[] = {
    {"f32", 32, 32, 32, false},    {"f32f32", 32, 32, 32, false}, {"f32bf16", 32, 16, 32, false},
    {"f32f16", 32, 16, 32, false}, {"f32s8", 32, 8, 32, true},    {"f32s4", 32, 4, 32, true},
    {"bf16", 16, 16, 16, false},   {"f16", 16, 16, 16, false},    {"bf16bf16f32", 16, 16, 32, false},
    {"bf16s8", 16, 8, 16, true},   {"bf16s4", 16, 4, 16, true},   {"f16f16f32", 16, 16, 32, false},
    {"f64", 64, 64, 64, false},    {"u8s8f32", 8, 8, 32, true},   {"u8s8bf16", 8, 8, 16, true},
    {"u8s8s32", 8, 8, 32, true},   {"s8s8f32", 8, 8, 32, true},   {"s8s8bf16", 8, 8, 16, true},
    {"s8s8s32", 8, 8, 32, true},
};

static const matrix_types *matrices_of(const char *types) {
  for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
    if (strcmp(matrices[i].types, types) == 0) return &matrices[i];
  return &matrices[0];
}

/* Bytes of scales and zero points. */
static double scale_bytes(const hone_problem *problem, const double *extents) {
  if (!matrices_of(problem->types)->scaled) return 0;
  double group = strtod(hone__value(problem, "group"), NULL); /* "column": 0 */
  double scales = extents[N] * (group > 0 ? floor((extents[K] + group - 1) / group) : 1);
  return scales * ((group > 0 ? 2 : 4) + (has(problem, "zeros", "y") ? 1 : 0));
}

hone__cost hone__cost_gemm(const hone_problem *problem, const double *extents) {
  double m = extents[M], n = extents[N], k = extents[K];
  const matrix_types *types = matrices_of(problem->types);
  const char *epilogue = hone__value(problem, "epilogue");
  double passes = 1 + (has(problem, "beta", "0") ? 0 : 1) + (hone__ends_with(epilogue, "residual") ? 1 : 0);
  double bias_bits = strncmp(epilogue, "bias", 4) == 0 ? 32 * n : 0;
  double bits = m * k * types->a_bits + k * n * types->b_bits + m * n * passes * types->c_bits + bias_bits;
  double batch = extents[PRODUCTS];
  return (hone__cost){2 * m * n * k * batch, (bits / 8 + scale_bytes(problem, extents)) * batch};
}

typedef struct row_type {
  const char *types;
  double bits, scale_bytes;
} row_type;

static const row_type row_types[] = {
    {"f32", 32, 0},  {"f16", 16, 0},  {"bf16", 16, 0}, {"u8f32", 8, 8},
    {"u8f16", 8, 4}, {"u4f32", 4, 8}, {"u4f16", 4, 4},
};

/* Of the table, scale and bias included. */
static double row_bytes(const char *types, double dim) {
  const row_type *type = row_types;
  for (size_t i = 0; i < sizeof row_types / sizeof *row_types; i++)
    if (strcmp(row_types[i].types, types) == 0) type = &row_types[i];
  return floor((dim * type->bits + 7) / 8) + type->scale_bytes;
}

hone__cost hone__cost_embedding_bag(const hone_problem *problem, const double *extents) {
  double lookups = extents[LOOKUPS], dim = extents[DIM], bags = extents[BAGS];
  double index_bytes = has(problem, "indices", "int32") ? 4 : 8;
  double weights = has(problem, "weighted", "yes") ? lookups * 4 : 0;
  double rest = (lookups + bags) * index_bytes + weights, output_bytes = has(problem, "output", "f32") ? 4 : 2;
  double rows = lookups * row_bytes(problem->types, dim);
  return (hone__cost){lookups * dim * (weights > 0 ? 2 : 1), rows + rest + bags * dim * output_bytes};
}

typedef struct storage {
  const char *types;
  double outer_bits, cache_bits, scale_bytes;
} storage;

static const storage storages[] = {
    {"f32", 32, 32, 0},    {"bf16", 16, 16, 0}, {"f16", 16, 16, 0},   {"f32bf16", 32, 16, 0},
    {"f32f16", 32, 16, 0}, {"f32s8", 32, 8, 4}, {"bf16s8", 16, 8, 4},
};

static const storage *storage_of(const char *types) {
  for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
    if (strcmp(storages[i].types, types) == 0) return &storages[i];
  return &storages[0];
}

/* Pairs whose key is below i + `reach`: a triangle and a rectangle. */
static double pairs_below(double lq, double lk, double reach) {
  double first = fmin(lq, fmax(0, 1 - reach)), full = fmin(lq, fmax(first, lk - reach + 1));
  return (full - first) * (first + full + 2 * reach - 1) / 2 + (lq - full) * lk;
}

/* (query, key) pairs that the mask and the window let through, in one head. */
static double visible_pairs(const hone_problem *problem, double lq, double lk) {
  double shift = has(problem, "mask", "causal-top-left") ? 0 : lk - lq, window = strtod(hone__value(problem, "window"), NULL);
  double below = has(problem, "mask", "none") ? lq * lk : pairs_below(lq, lk, shift + 1);
  return window > 0 ? fmax(0, below - pairs_below(lq, lk, shift + 1 - window)) : below;
}

/* The length of a sequence where the longest has `longest`: see AttentionOperation.length. */
static double length_of(double sequence, double batch, double longest) {
  return longest - floor(longest * sequence / (2 * fmax(batch, 1)));
}

/* Sequences that are summed one by one; of more the first stands for all. */
#define MOST_SEQUENCES 4096

hone__cost hone__cost_attention(const hone_problem *problem, const double *extents) {
  const storage *type = storage_of(problem->types);
  bool packed = has(problem, "lengths", "packed"), padded = has(problem, "lengths", "padded");
  double batch = extents[BATCH], heads = extents[HEADS], dim = extents[HEAD_DIM], queries = 0, keys = 0, pairs = 0;
  double summed = fmin(batch, MOST_SEQUENCES), share = summed > 0 ? batch / summed : 1;
  for (double b = 0; b < summed; b++) {
    double lq = packed ? length_of(b, batch, extents[LQ]) : extents[LQ];
    double lk = packed || padded ? length_of(b, batch, extents[LK]) : extents[LK];
    queries += lq;
    keys += lk;
    pairs += visible_pairs(problem, lq, lk);
  }
  double outer = 2 * queries * heads * dim * type->outer_bits / 8;
  double row = floor(dim * type->cache_bits / 8) + type->scale_bytes;
  return (hone__cost){share * (4 * heads * dim * pairs), share * (outer + 2 * keys * extents[KV_HEADS] * row)};
}

hone__cost hone__cost_of(const hone_problem *problem, const int64_t *sorted) {
  double extents[HONE__MOST_FIELDS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}; /* what is left out is 1 */
  for (uint32_t d = 0; d < problem->dimension_count; d++) extents[problem->dimension_order[d]] = (double)sorted[d];
  return problem->operation->cost(problem, extents);
}
