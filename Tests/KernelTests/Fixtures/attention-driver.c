/* attention-driver.c: loads a kernel library and runs every attention row on random problems against the definition in double.
 * Plain C like gemm-driver.c: for cross compilers and emulators, and for AddressSanitizer, where operands and workspace end at
 * memory that nobody may touch. Prints one line a failure and a summary; exit code 0 when all is right. */
#include "row-driver.h"

/* What a type word says of one operand: "f32", "bf16", "f16" or "s8". */
typedef struct {
  const char *name;
  int bytes;
} type;

static const type types[] = {{"f32", 4}, {"bf16", 2}, {"f16", 2}, {"s8", 1}};

static const type *type_of(const char *word) {
  for (int i = 0; i < 4; i++)
    if (!strncmp(word, types[i].name, strlen(types[i].name))) return &types[i];
  return &types[0];
}

/* Eighths from -1 to 1 are exact in every type; a byte holds eight times as much. */
static void put(const type *t, void *p, long at, float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint16_t bf16 = (uint16_t)(bits >> 16);
  uint16_t f16 = value == 0 ? 0 : (uint16_t)((bits >> 16 & 0x8000) | (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 1023));
  if (t->bytes == 4) memcpy((char *)p + 4 * at, &value, 4);
  else if (t->bytes == 1) ((int8_t *)p)[at] = (int8_t)(value * 8);
  else memcpy((char *)p + 2 * at, t->name[0] == 'b' ? &bf16 : &f16, 2);
}

static double get(const type *t, const void *p, long at) {
  if (t->bytes == 4) return ((const float *)p)[at];
  if (t->bytes == 1) return ((const int8_t *)p)[at];
  uint16_t half = ((const uint16_t *)p)[at];
  if (t->name[0] == 'b') {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
  }
  double size = (half >> 10 & 31) ? ldexp(1024 + (half & 1023), (half >> 10 & 31) - 25) : ldexp(half & 1023, -24);
  return half >> 15 ? -size : size;
}

static void *rows(const type *t, long count) {
  void *p = malloc((size_t)(count * t->bytes));
  for (long i = 0; i < count; i++) put(t, p, i, (float)(next(17) - 8) / 8);
  return p;
}

/* One head's row by the definition; what options add is part of the logit. Returns the largest |v| seen. */
static double expect(const hone_attention *g, const type *outer, const type *cache, long h, long i, double *values) {
  long group = h / (g->heads / g->kv_heads), d = g->head_dim, place = g->mask % 16 == HONE_MASK_CAUSAL_TOP_LEFT ? i : i + g->lk - g->lq;
  double *logits = malloc((size_t)(g->lk + 1) * sizeof(double)), top = -INFINITY, sum = 0, largest = 0;
  for (long j = 0; j < g->lk; j++) {
    long block = g->block_size ? g->block_table[j / g->block_size] : 0, row = g->block_size ? j % g->block_size : j;
    long at = block * g->k_batch_stride + group * g->k_head_stride + row * g->k_row_stride;
    double x = 0;
    for (long c = 0; c < d; c++) x += get(outer, g->q, h * g->q_head_stride + i * g->q_row_stride + c) * get(cache, g->k, at + c);
    x *= g->scale * (g->k_scales ? g->k_scales[block * g->scale_batch_stride + group * g->scale_head_stride + row] : 1);
    if (g->softcap > 0) x = g->softcap * tanh(x / g->softcap);
    if (g->slopes) x -= g->slopes[h] * fabs((double)(place - j));
    if (g->bias) x += g->bias[i * g->bias_row_stride + j];
    if ((g->mask % 16 != 0 && j > place) || (g->window_left >= 0 && j < place - g->window_left)) x = -INFINITY;
    logits[j] = x, top = fmax(top, x);
  }
  for (long c = 0; c < d; c++) values[c] = 0;
  for (long j = 0; j < g->lk && top > -INFINITY; j++) sum += exp(logits[j] - top);
  for (long j = 0; j < g->lk && top > -INFINITY; j++) {
    long block = g->block_size ? g->block_table[j / g->block_size] : 0, row = g->block_size ? j % g->block_size : j;
    long at = block * g->v_batch_stride + group * g->v_head_stride + row * g->v_row_stride;
    double scale = g->v_scales ? g->v_scales[block * g->scale_batch_stride + group * g->scale_head_stride + row] : 1;
    for (long c = 0; c < d; c++) {
      double v = get(cache, g->v, at + c) * scale;
      values[c] += exp(logits[j] - top) / sum * v, largest = fmax(largest, fabs(v));
    }
  }
  free(logits);
  return largest;
}

static float *floats(long count, float from, float step) {
  float *p = malloc((size_t)count * sizeof(float));
  for (long i = 0; i < count; i++) p[i] = from + step * (float)next(9);
  return p;
}

/* Runs one random problem; returns 0 when the result is right. */
static int run(const hone_kernel_row *row) {
  const type *outer = type_of(row->data_types), *cache = type_of(row->data_types + strlen(outer->name));
  if (!row->data_types[strlen(outer->name)]) cache = outer;
  hone_attention g = {.struct_size = sizeof g, .batch = 1, .kv_heads = 1 + next(2), .lq = 1 + next(next(4) ? 20 : 60), .lk = next(next(4) ? 40 : 150), .head_dim = 1 + next(70)};
  g.heads = g.kv_heads * (1 + next(3)), g.scale = 0.25f, g.mask = (int32_t)next(3) + HONE_MASK_WITH_OPTIONS;
  g.window_left = next(3) ? -1 : next(10), g.window_right = -1, g.softcap = next(3) ? 0 : 2;
  long d = g.head_dim, keys = g.lk;
  int32_t *table = NULL;
  if (next(2) && g.lk > 0) {
    g.block_size = 1 + next(7), g.table_stride = (g.lk + g.block_size - 1) / g.block_size, g.block_count = g.table_stride;
    table = malloc((size_t)g.table_stride * sizeof *table), keys = g.block_size * g.block_count;
    for (long b = 0; b < g.block_count; b++) table[b] = (int32_t)(g.block_count - 1 - b);
    g.block_table = table;
  }
  long length = g.block_size ? g.block_size : g.lk;
  g.q_row_stride = g.o_row_stride = d, g.q_head_stride = g.o_head_stride = d * g.lq;
  g.k_row_stride = g.v_row_stride = d, g.k_head_stride = g.v_head_stride = d * length;
  g.k_batch_stride = g.v_batch_stride = d * length * g.kv_heads;
  void *q = rows(outer, d * g.lq * g.heads), *k = rows(cache, d * keys * g.kv_heads), *v = rows(cache, d * keys * g.kv_heads);
  void *o = rows(outer, d * g.lq * g.heads);
  float *bias = next(3) ? NULL : floats(g.lq * g.lk, -1, 0.25f), *slopes = next(3) ? NULL : floats(g.heads, 0, 0.125f);
  float *scales = cache->bytes == 1 ? floats(keys * g.kv_heads, 0.125f, 0.0625f) : NULL;
  g.q = q, g.k = k, g.v = v, g.o = o, g.bias = bias, g.bias_row_stride = g.lk, g.slopes = slopes, g.k_scales = g.v_scales = scales;
  g.scale_row_stride = 1, g.scale_head_stride = length, g.scale_batch_stride = length * g.kv_heads;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  if (next(2)) take_defaults(row, parameters);
  else take_any(row, parameters);
  int64_t bytes = row->workspace(&g, parameters, 1);
  void *workspace = bytes > 0 ? aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64) : NULL;
  hone_kernel_team team = {0, 1, NULL, NULL};
  int bad = row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  /* Decoding may multiply bytes with whole numbers. */
  double bound = outer->bytes == 4 ? (cache->bytes == 1 && !strcmp(row->algorithm, "decode") ? 1e-3 : 2e-5) : outer->name[0] == 'b' ? 0.01 : 0.001, *values = malloc((size_t)d * sizeof(double));
  for (long h = 0; h < g.heads && !bad; h++)
    for (long i = 0; i < g.lq && !bad; i++) {
      double largest = expect(&g, outer, cache, h, i, values);
      for (long c = 0; c < d; c++)
        if (!(fabs(get(outer, o, (h * g.lq + i) * d + c) - values[c]) <= bound * largest)) bad = 1;
    }
  if (bad)
    printf("%s %s wrong: %ld/%ld heads %ldx%ldx%ld mask %d window %ld pages %ld\n", row->data_types, row->algorithm, (long)g.heads,
           (long)g.kv_heads, (long)g.lq, (long)g.lk, d, (int)g.mask, (long)g.window_left, (long)g.block_size);
  free(q), free(k), free(v), free(o), free(bias), free(slopes), free(scales), free(table), free(workspace), free(values);
  return bad;
}

int main(int argc, char **argv) { return drive(argc, argv, "attention", "", run); }
