/* bag-driver.c: loads a kernel library and runs every embedding-bag row on random problems against a loop in double.
 * Plain C, so that it can be built by any cross compiler and run under an emulator. Buffers have no slack, so that a build with
 * AddressSanitizer sees what a kernel built with it touches. Prints one line a failure and a summary; exit code 0 when every row
 * computed every problem. */
#include "row-driver.h"

/* The bits of a small number of few digits in bfloat16 or IEEE binary16. */
static uint16_t half(float value, int is_binary16) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if (!is_binary16) return (uint16_t)(bits >> 16);
  if (value == 0) return 0;
  return (uint16_t)((bits >> 16 & 0x8000) | (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 1023));
}

static float full(uint16_t bits, int is_binary16) {
  if (!is_binary16) {
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, 4);
    return value;
  }
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return (float)(bits & 0x8000 ? -value : value);
}

typedef struct format {
  int bits, scale_bytes, is_binary16;
} format;

static format format_of(const char *types) {
  format f = {32, 0, 0};
  if (!strcmp(types, "f16")) f = (format){16, 0, 1};
  if (!strcmp(types, "bf16")) f = (format){16, 0, 0};
  if (types[0] == 'u') f = (format){types[1] - '0', types[3] == '3' ? 8 : 4, 1};
  return f;
}

/* Fills one row and writes what its elements mean to values. Everything is a multiple of 1/4, so sums are exact in any order. */
static void fill_row(unsigned char *row, format f, long dim, int first, double *values) {
  long data_bytes = (dim * f.bits + 7) / 8;
  if (f.scale_bytes == 0) {
    for (long d = 0; d < dim; d++) {
      float value = (float)((int)next(17) - 8) / 4;
      uint16_t bits = half(value, f.is_binary16);
      memcpy(row + d * f.bits / 8, f.bits == 32 ? (void *)&value : (void *)&bits, (size_t)f.bits / 8);
      values[d] = value;
    }
    return;
  }
  float pair[2] = {(float)(1 << next(3)) / 4, (float)((int)next(17) - 8) / 4};
  unsigned char *place = first ? row : row + data_bytes, *data = first ? row + f.scale_bytes : row;
  for (int i = 0; i < 2; i++) {
    uint16_t bits = half(pair[i], 1);
    memcpy(place + i * f.scale_bytes / 2, f.scale_bytes == 8 ? (void *)&pair[i] : (void *)&bits, (size_t)f.scale_bytes / 2);
  }
  for (long i = 0; i < data_bytes; i++) data[i] = (unsigned char)next(256);
  for (long d = 0; d < dim; d++) {
    int q = f.bits == 8 ? data[d] : data[d / 2] >> (d & 1) * 4 & 15;
    values[d] = (double)q * pair[0] + pair[1];
  }
}

static void put(void *list, int bytes, long at, long value) {
  int32_t narrow = (int32_t)value;
  int64_t wide = value;
  memcpy((char *)list + at * bytes, bytes == 4 ? (void *)&narrow : (void *)&wide, (size_t)bytes);
}

static double output_at(const hone_embedding_bag *p, long at) {
  if (p->output_type == HONE_OUTPUT_F32) return ((const float *)p->output)[at];
  return full(((const uint16_t *)p->output)[at], p->output_type == HONE_OUTPUT_F16);
}

/* What a kernel may have rounded away. */
static double slack(const hone_embedding_bag *p, double wanted, long length) {
  double type = p->output_type == HONE_OUTPUT_F32 ? 0 : p->output_type == HONE_OUTPUT_F16 ? 1.0 / 2048 : 1.0 / 256;
  return fabs(wanted) * type + 1e-5 * (double)(length + 1);
}

static int run(const hone_kernel_row *row) {
  format f = format_of(row->data_types);
  long rows = 1 + next(20), dim = 1 + next(next(4) ? 70 : 600), bags = next(8), lookups = 0;
  hone_embedding_bag p = {sizeof p, rows, dim, bags, 0, 0, dim + next(3), next(2) ? 4 : 8, (int32_t)next(4), 0, 0, 0, 0, 0,
                          (int32_t)next(3), (int32_t)next(3), f.scale_bytes ? (int32_t)next(2) : 0, 0};
  if (!strcmp(row->algorithm, "rows")) p.pooling %= 2, p.output_type = 0;
  long row_bytes = (dim * f.bits + 7) / 8 + f.scale_bytes, pad = next(3), unit = f.scale_bytes ? 1 : f.bits / 8;
  long stride = row_bytes + pad * unit, lengths[8], element = p.output_type ? 2 : 4;
  p.table_stride = stride / unit;
  for (long b = 0; b < bags; b++) lookups += lengths[b] = p.pooling == HONE_POOL_NONE ? 1 : next(9);
  p.index_count = lookups;
  unsigned char *table = calloc(1, (size_t)((rows - 1) * stride + row_bytes));
  double *values = malloc((size_t)(rows * dim) * sizeof *values);
  for (long r = 0; r < rows; r++) fill_row(table + r * stride, f, dim, p.scales_first, values + r * dim);
  void *offsets = malloc((size_t)((bags + 1) * p.index_bytes)), *indices = malloc((size_t)(lookups * p.index_bytes + 1));
  for (long b = 0, at = 0; b <= bags; b++) {
    put(offsets, p.index_bytes, b, p.bag_form == HONE_BAGS_LENGTHS && b < bags ? lengths[b] : at);
    if (b < bags) at += lengths[b];
  }
  long *looked = malloc((size_t)(lookups + 1) * sizeof *looked);
  for (long i = 0; i < lookups; i++) put(indices, p.index_bytes, i, looked[i] = next((unsigned)rows));
  float *weights = malloc((size_t)(lookups + 1) * sizeof *weights);
  for (long i = 0; i < lookups; i++) weights[i] = (float)((int)next(9) - 4) / 2;
  long count = bags ? (bags - 1) * p.output_stride + dim : 0;
  p.output = malloc((size_t)(count * element + 1));
  memset(p.output, 0xff, (size_t)(count * element));
  p.table = table, p.offsets = offsets, p.indices = indices;
  p.weights = p.pooling == HONE_POOL_SUM && next(2) ? weights : NULL;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  take_defaults(row, parameters);
  hone_kernel_team team = {0, 1, NULL, NULL};
  int bad = row->run(&p, parameters, NULL, &team) != HONE_KERNEL_OK;
  for (long b = 0, begin = 0; b < bags && !bad; begin += lengths[b++])
    for (long d = 0; d < dim; d++) {
      double wanted = p.pooling == HONE_POOL_MAX && lengths[b] ? -INFINITY : 0;
      for (long i = begin; i < begin + lengths[b]; i++) {
        double term = values[looked[i] * dim + d] * (p.weights ? weights[i] : 1);
        wanted = p.pooling == HONE_POOL_MAX ? fmax(wanted, term) : wanted + term;
      }
      if (p.pooling == HONE_POOL_MEAN && lengths[b]) wanted /= (double)lengths[b];
      if (!(fabs(output_at(&p, b * p.output_stride + d) - wanted) <= slack(&p, wanted, lengths[b]))) bad = 1;
    }
  if (bad)
    printf("%s %s wrong: %ldx%ld bags %ld pooling %d output %d form %d first %d\n", row->data_types, row->algorithm, rows, dim,
           bags, p.pooling, p.output_type, p.bag_form, p.scales_first);
  free(table), free(values), free(offsets), free(indices), free(looked), free(weights), free(p.output);
  return bad;
}

int main(int argc, char **argv) { return drive(argc, argv, "embedding-bag", "", run); }
