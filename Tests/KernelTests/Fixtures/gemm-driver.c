/* gemm-driver.c: loads a kernel library and runs every gemm row on random problems against a loop in double.
 * Plain C, so that it can be built by any cross compiler and run under an emulator, and under AddressSanitizer, where a matrix ends at
 * forbidden memory. Prints one line a failure and a summary; exit code 0 when every row computed every problem. */
#include "row-driver.h"

static float *matrix(long rows, long ld) {
  float *p = malloc((size_t)(rows * ld) * sizeof(float) + (rows * ld == 0));
  for (long i = 0; i < rows * ld; i++) p[i] = (float)((int)next(17) - 8) / 2;
  return p;
}

static double element(const float *p, long ld, int trans, long i, long j) {
  return trans ? p[j * ld + i] : p[i * ld + j];
}

/* Bias, residual and ReLU, one time in two, for problems of one product; returns what is to be freed. */
static float *follow(hone_gemm *g) {
  if (next(2) || g->batch > 1) return NULL;
  float *extra = matrix(g->m + 1, g->n ? g->n : 1);
  g->has_bias = (int)next(2), g->has_residual = (int)next(2), g->ldr = g->has_residual ? g->n : 0;
  g->activation = next(2) ? HONE_ACTIVATION_RELU : HONE_ACTIVATION_NONE;
  g->bias = g->has_bias ? extra : NULL, g->residual = g->has_residual ? extra + g->n : NULL;
  return extra;
}

static double followed(const hone_gemm *g, double value, long i, long j) {
  if (g->has_bias) value += g->bias[j];
  if (g->activation && value < 0) value = 0;
  return g->has_residual ? value + ((const float *)g->residual)[i * g->ldr + j] : value;
}

/* Defaults or any other parameters, as far as the row takes the problem with them. */
static void take_some(const hone_kernel_row *row, const hone_gemm *g, int64_t *parameters) {
  take_defaults(row, parameters);
  if (next(2)) take_any(row, parameters);
  int code = row->check(g, parameters);
  if (code != HONE_KERNEL_OK && code != HONE_KERNEL_UNPROFITABLE) take_defaults(row, parameters);
}

/* Runs one random problem; returns 0 when the result is right. Sums of small halves are exact in any order. */
static int run(const hone_kernel_row *row) {
  static const double scales[] = {0, 1, -1, 0.5};
  long m = next(40), n = next(70), k = next(80);
  int ta = (int)next(2), tb = (int)next(2);
  long lda = (ta ? m : k) + next(3), ldb = (tb ? k : n) + next(3), ldc = n + next(3), batch = 1 + next(3);
  hone_gemm g = {.struct_size = sizeof g, .m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc, .trans_a = ta,
                 .trans_b = tb, .alpha = scales[next(4)], .beta = scales[next(4)], .batch = batch};
  g.a_batch_stride = (ta ? k : m) * lda, g.b_batch_stride = (tb ? n : k) * ldb, g.c_batch_stride = m * ldc;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  take_defaults(row, parameters);
  /* Rows for large problems compute one product in a call. */
  if (row->check(&g, parameters) == HONE_KERNEL_UNSUPPORTED) g.batch = batch = 1;
  float *a = matrix(batch * (ta ? k : m), lda), *b = matrix(batch * (tb ? n : k), ldb), *c = matrix(batch * m, ldc);
  float *old = malloc((size_t)(batch * m * ldc + 1) * sizeof(float));
  memcpy(old, c, (size_t)(batch * m * ldc) * sizeof(float));
  g.a = a, g.b = b, g.c = c;
  float *extra = follow(&g);
  take_some(row, &g, parameters);
  int64_t bytes = row->workspace(&g, parameters, 1);
  void *workspace = bytes > 0 ? aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64) : NULL;
  hone_kernel_team team = {0, 1, NULL, NULL};
  int bad = row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  for (long row_of_all = 0; row_of_all < batch * m; row_of_all++)
    for (long j = 0; j < ldc; j++) {
      long item = row_of_all / m, i = row_of_all % m, at = row_of_all * ldc + j;
      const float *x = a + item * g.a_batch_stride, *y = b + item * g.b_batch_stride;
      double sum = 0;
      for (long p = 0; p < k && j < n; p++) sum += element(x, lda, ta, i, p) * element(y, ldb, tb, p, j);
      double expected = j < n ? followed(&g, g.alpha * sum + g.beta * old[at], i, j) : old[at];
      if (c[at] != expected) bad = 1;
    }
  if (bad)
    printf("%s %ldx%ld wrong: %ld of %ldx%ldx%ld trans %d %d alpha %g beta %g\n", row->algorithm, (long)row->tile[0],
           (long)row->tile[1], batch, m, n, k, ta, tb, g.alpha, g.beta);
  free(a), free(b), free(c), free(old), free(workspace), free(extra);
  return bad;
}

/* The same in doubles. */
static int run_doubles(const hone_kernel_row *row) {
  long m = next(40), n = next(70), k = next(80);
  hone_gemm g = {.struct_size = sizeof g, .m = m, .n = n, .k = k, .lda = k, .ldb = k, .ldc = n, .trans_b = 1, .alpha = -1,
                 .a_type = HONE_TYPE_F64, .c_type = HONE_TYPE_F64};
  double *a = malloc((size_t)(m * k + 1) * 8), *b = malloc((size_t)(n * k + 1) * 8), *c = malloc((size_t)(m * n + 1) * 8);
  for (long i = 0; i < m * k; i++) a[i] = (double)next(17) - 8;
  for (long i = 0; i < n * k; i++) b[i] = (double)next(17) - 8;
  for (long i = 0; i < m * n; i++) c[i] = NAN;
  g.a = a, g.b = b, g.c = c;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  take_some(row, &g, parameters);
  void *workspace = aligned_alloc(64, (size_t)(row->workspace(&g, parameters, 1) + 64) / 64 * 64);
  hone_kernel_team team = {0, 1, NULL, NULL};
  int bad = row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      double sum = 0;
      for (long p = 0; p < k; p++) sum -= a[i * k + p] * b[j * k + p];
      if (c[i * n + j] != sum) bad = 1;
    }
  if (bad) printf("%s wrong: f64 %ldx%ldx%ld\n", row->algorithm, m, n, k);
  free(a), free(b), free(c), free(workspace);
  return bad;
}

/* A in bytes from outside, C in whole numbers or in floats with scales of 1. */
static int run_bytes(const hone_kernel_row *row) {
  long m = next(12), n = next(70), k = next(140);
  int is_unsigned = row->data_types[0] == 'u', whole = row->data_types[5] == '3';
  hone_gemm g = {.struct_size = sizeof g, .m = m, .n = n, .k = k, .lda = k, .ldb = k, .ldc = n, .trans_b = 1, .alpha = 1,
                 .a_type = is_unsigned ? HONE_TYPE_U8 : HONE_TYPE_S8, .c_type = whole ? HONE_TYPE_S32 : HONE_TYPE_F32};
  unsigned char *a = malloc((size_t)(m * k + 1)), *zeros = malloc((size_t)(n + 1));
  signed char *b = malloc((size_t)(n * k + 1));
  float *scales = malloc((size_t)(n + 1) * 4);
  int32_t *c = malloc((size_t)(m * n + 1) * 4), *rows = malloc((size_t)(m + 1) * 4);
  for (long i = 0; i < m * k; i++) a[i] = (unsigned char)next(256);
  for (long i = 0; i < n * k; i++) b[i] = (signed char)(next(256) - 128);
  for (long j = 0; j < n; j++) scales[j] = 1, zeros[j] = (unsigned char)next(256);
  for (long i = 0; i < m; i++) rows[i] = (int)next(100);
  g.a_row_scales = g.a_zero_points = (int)next(2), g.zero_points = (int)next(2), g.a_zeros = rows;
  g.a = a, g.b = b, g.c = c, g.b_scales = scales, g.b_zeros = g.zero_points ? zeros : NULL;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  take_some(row, &g, parameters);
  hone_kernel_team team = {0, 1, NULL, NULL};
  void *packed = aligned_alloc(64, (size_t)(row->packed_bytes(&g) + 64) / 64 * 64);
  int bad = row->pack(&g, packed, &team) != HONE_KERNEL_OK;
  g.b = packed, g.packed_b = 1;
  void *workspace = aligned_alloc(64, (size_t)(row->workspace(&g, parameters, 1) + 64) / 64 * 64);
  bad |= row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      long sum = 0;
      for (long p = 0; p < k; p++) {
        int x = is_unsigned ? a[i * k + p] : (signed char)a[i * k + p];
        sum += (x - (g.a_zero_points ? rows[i] : 0)) * (b[j * k + p] - (g.zero_points ? (signed char)zeros[j] : 0));
      }
      float value;
      memcpy(&value, c + i * n + j, 4);
      if (whole ? c[i * n + j] != sum : value != (float)sum) bad = 1;
    }
  if (bad) printf("%s %s wrong: %ldx%ldx%ld\n", row->data_types, row->algorithm, m, n, k);
  free(a), free(b), free(c), free(scales), free(zeros), free(rows), free(packed), free(workspace);
  return bad;
}

/* The bits of a small number in bfloat16 or IEEE binary16. */
static uint16_t half(float value, int is_binary16) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if (!is_binary16) return (uint16_t)(bits >> 16);
  if (value == 0) return 0;
  return (uint16_t)((bits >> 16 & 0x8000) | (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 1023));
}

/* Stores weights in the row's type at b and returns what they mean, as rows of n (op(B) is k x n; stored transposed). */
static double *weights(const char *type, hone_gemm *g, unsigned char *b, unsigned char *scales, unsigned char *zeros) {
  double *values = malloc((size_t)(g->n * g->k + 1) * sizeof(double));
  memset(b, 0, (size_t)(g->n * g->ldb * 4 + 4));
  for (long j = 0; j < g->n; j++)
    for (long p = 0; p < g->k; p++) {
      long at = j * g->ldb + p, scale_at = g->group ? p / g->group * g->n + j : j;
      float scale = (float)(1 << scale_at % 3) / 2, value = (float)((int)next(17) - 8) / 2;
      if (type[0] == 's') {
        int zero = g->zero_points ? (int)(scale_at % 11) : type[1] == '4' ? 8 : 0;
        int q = type[1] == '4' ? (int)next(16) : (int)next(256) - 128;
        if (type[1] == '4') b[at / 2] |= (unsigned char)(q << (at & 1) * 4);
        else b[at] = (unsigned char)q;
        uint16_t bits = half(scale, 1);
        if (g->group) memcpy(scales + 2 * scale_at, &bits, 2);
        else memcpy(scales + 4 * scale_at, &scale, 4);
        zeros[scale_at] = (unsigned char)zero;
        value = (float)(q - zero) * scale;
      } else if (!strcmp(type, "f32")) {
        memcpy(b + 4 * at, &value, 4);
      } else {
        uint16_t bits = half(value, type[0] == 'f');
        memcpy(b + 2 * at, &bits, 2);
      }
      values[p * g->n + j] = value;
    }
  return values;
}

/* The same for a row that wants its weights packed. Rows that round A ("dot") may err by a step of A's largest value. */
static int run_packed(const hone_kernel_row *row) {
  const char *type = row->data_types + 3;
  long m = next(12), n = next(70), k = next(140), ldb = (k + 1) / 2 * 2;
  int rounds = !strncmp(row->algorithm, "dot", 3), scaled = type[0] == 's';
  hone_gemm g = {.struct_size = sizeof g, .m = m, .n = n, .k = k, .lda = k, .ldb = ldb, .ldc = n, .trans_b = 1, .alpha = 1};
  g.group = scaled ? (long)next(3) * 32 : 0, g.zero_points = scaled && next(2);
  g.compute = !rounds ? HONE_COMPUTE_EXACT : scaled ? HONE_COMPUTE_S8 : HONE_COMPUTE_BF16;
  unsigned char *b = malloc((size_t)(n * ldb * 4 + 4));
  unsigned char *scales = malloc((size_t)(n * k * 4 + n * 4 + 4)), *zeros = malloc((size_t)(n * k + n + 1));
  double *values = weights(type, &g, b, scales, zeros);
  float *a = matrix(m, k), *c = matrix(m, n);
  g.a = a, g.b = b, g.c = c, g.b_scales = scaled ? scales : NULL, g.b_zeros = g.zero_points ? zeros : NULL;
  int64_t parameters[HONE_KERNEL_MAX_PARAMETERS];
  float *extra = follow(&g);
  take_some(row, &g, parameters);
  hone_kernel_team team = {0, 1, NULL, NULL};
  void *packed = aligned_alloc(64, (size_t)(row->packed_bytes(&g) + 64) / 64 * 64);
  int bad = row->pack(&g, packed, &team) != HONE_KERNEL_OK;
  g.b = packed, g.packed_b = 1;
  void *workspace = aligned_alloc(64, (size_t)(row->workspace(&g, parameters, 1) + 64) / 64 * 64);
  bad |= row->run(&g, parameters, workspace, &team) != HONE_KERNEL_OK;
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      double sum = 0, size = 16, largest = 0;
      for (long p = 0; p < k; p++) {
        sum += a[i * k + p] * values[p * n + j], size += fabs(values[p * n + j]);
        largest = fmax(largest, fabs(a[i * k + p]));
      }
      sum = followed(&g, sum, i, j);
      if (!(fabs(c[i * n + j] - sum) <= largest * size * (rounds ? 0.51 / 127 : 1e-5))) bad = 1;
    }
  if (bad)
    printf("%s %s wrong: %ldx%ldx%ld group %ld zeros %d\n", row->data_types, row->algorithm, m, n, k, (long)g.group,
           g.zero_points);
  free(a), free(b), free(c), free(scales), free(zeros), free(values), free(packed), free(workspace), free(extra);
  return bad;
}

/* Other types of A and C share the entry points of these. */
static int run_any(const hone_kernel_row *row) {
  const char *types = row->data_types;
  if (!strcmp(types, "f64")) return run_doubles(row);
  if (strstr(types, "s8s8") || strstr(types, "u8s8")) return strstr(types, "bf16") ? 0 : run_bytes(row);
  return strncmp(types, "f32", 3) ? 0 : row->pack ? run_packed(row) : run(row);
}

int main(int argc, char **argv) { return drive(argc, argv, "gemm", "", run_any); }
