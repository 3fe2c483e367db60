/* blas-driver.c: a program that calls sgemm and dgemm as programs do, checks the results, and says who computed.
 *
 * usage: blas-driver check|threads|fork|others|xerbla K...
 * Ends with 0 where all results are right. It is linked with a BLAS and knows nothing of Hone, but for the counters. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hone_blas.h"

#pragma weak hone_blas_get_counts
#pragma weak hone_blas_write_record

void cblas_sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
void cblas_dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
void sgemm_(const char *, const char *, const int *, const int *, const int *, const float *, const float *, const int *,
            const float *, const int *, const float *, float *, const int *, size_t, size_t);
void daxpy_(const int *, const double *, const double *, const int *, double *, const int *);
double cblas_ddot(int, const double *, int, const double *, int);

enum { ROWS = 101, COLUMNS = 102, PLAIN = 111, TRANSPOSED = 112, GAP = 3 };

typedef struct product {
  int order, trans_a, trans_b, m, n, k;
  float alpha, beta;
} product;

static float noise(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) / 8388608.0f - 1.0f;
}

/* Row i, column j of a matrix whose rows (columns, where order says so) are `gap` apart. */
static size_t at(int order, int gap, int i, int j) {
  return order == ROWS ? (size_t)i * (size_t)gap + (size_t)j : (size_t)j * (size_t)gap + (size_t)i;
}

static int leading(int order, int trans, int rows, int columns) {
  int stored_rows = trans == PLAIN ? rows : columns, stored_columns = trans == PLAIN ? columns : rows;
  return (order == ROWS ? stored_columns : stored_rows) + GAP;
}

static size_t extent(int order, int trans, int rows, int columns) {
  int lines = (order == ROWS) == (trans == PLAIN) ? rows : columns;
  return (size_t)lines * (size_t)leading(order, trans, rows, columns);
}

static double element(const float *x, int order, int trans, int gap, int i, int j) {
  return (double)(trans == PLAIN ? x[at(order, gap, i, j)] : x[at(order, gap, j, i)]);
}

static void multiply(const product *p, int fortran, const float *a, int lda, const float *b, int ldb, float *c, int ldc) {
  if (!fortran) {
    cblas_sgemm(p->order, p->trans_a, p->trans_b, p->m, p->n, p->k, p->alpha, a, lda, b, ldb, p->beta, c, ldc);
    return;
  }
  const char *letters[2] = {"No", "transpose"};
  sgemm_(letters[p->trans_a != PLAIN], letters[p->trans_b != PLAIN], &p->m, &p->n, &p->k, &p->alpha, a, &lda, b, &ldb,
         &p->beta, c, &ldc, 1, 1);
}

/* Number of wrong elements. Gaps between rows must stay what they were; with beta 0 what was in C must not matter. */
static int wrong(const product *p, int fortran) {
  uint32_t seed = 7;
  int lda = leading(p->order, p->trans_a, p->m, p->k), ldb = leading(p->order, p->trans_b, p->k, p->n);
  int ldc = leading(p->order, PLAIN, p->m, p->n), failures = 0;
  size_t size_a = extent(p->order, p->trans_a, p->m, p->k), size_b = extent(p->order, p->trans_b, p->k, p->n);
  size_t size_c = extent(p->order, PLAIN, p->m, p->n);
  float *a = malloc(size_a * sizeof *a), *b = malloc(size_b * sizeof *b);
  float *c = malloc(size_c * sizeof *c), *old = malloc(size_c * sizeof *old);
  for (size_t index = 0; index < size_a; index++) a[index] = noise(&seed);
  for (size_t index = 0; index < size_b; index++) b[index] = noise(&seed);
  for (size_t index = 0; index < size_c; index++) c[index] = old[index] = p->beta == 0 ? NAN : noise(&seed);
  multiply(p, fortran, a, lda, b, ldb, c, ldc);
  int lines = p->order == ROWS ? p->m : p->n, length = p->order == ROWS ? p->n : p->m;
  for (int line = 0; line < lines; line++)
    for (int place = 0; place < length + GAP; place++) {
      size_t index = (size_t)line * (size_t)ldc + (size_t)place;
      int i = p->order == ROWS ? line : place, j = p->order == ROWS ? place : line;
      double sum = 0, bound = 1e-6;
      for (int q = 0; q < p->k && place < length; q++) {
        double left = element(a, p->order, p->trans_a, lda, i, q), right = element(b, p->order, p->trans_b, ldb, q, j);
        sum += left * right;
        bound += 2e-7 * fabs(left * right) * sqrt(p->k);
      }
      if (place >= length) failures += memcmp(&c[index], &old[index], sizeof *c) != 0;
      else {
        double expected = (double)p->alpha * sum + (p->beta == 0 ? 0 : (double)p->beta * (double)old[index]);
        failures += !(fabs(expected - (double)c[index]) <= bound);
      }
    }
  free(a), free(b), free(c), free(old);
  return failures;
}

static int check(int k) {
  static const float factors[3][2] = {{1, 0}, {-0.75f, 0.5f}, {0.5f, 1}};
  int failures = 0;
  for (int bits = 0; bits < 48; bits++) {
    product p = {bits & 1 ? ROWS : COLUMNS, bits & 2 ? PLAIN : TRANSPOSED, bits & 4 ? PLAIN : TRANSPOSED,
                 bits & 8 ? 1 : 19, 23, k, factors[bits / 16][0], factors[bits / 16][1]};
    for (int fortran = 0; fortran <= (p.order == COLUMNS); fortran++) {
      int count = wrong(&p, fortran);
      if (count != 0)
        printf("%d elements wrong: order %d trans %d %d, %dx%dx%d alpha %g beta %g fortran %d\n", count, p.order,
               p.trans_a, p.trans_b, p.m, p.n, p.k, (double)p.alpha, (double)p.beta, fortran);
      failures += count;
    }
  }
  return failures;
}

static void *check_in_thread(void *argument) {
  int *k = argument;
  int failures = 0;
  for (int round = 0; round < 2; round++) failures += check(*k);
  *k = failures;
  return NULL;
}

static int check_in_threads(int k) {
  pthread_t threads[8];
  int values[8], failures = 0;
  for (int index = 0; index < 8; index++) {
    values[index] = k;
    if (pthread_create(&threads[index], NULL, check_in_thread, &values[index]) != 0) exit(70);
  }
  for (int index = 0; index < 8; index++) {
    pthread_join(threads[index], NULL);
    failures += values[index];
  }
  return failures;
}

/* Before the fork, in the child, and in the parent after it. */
static int check_around_fork(int k) {
  int failures = check(k), status = 0;
  pid_t child = fork();
  if (child == 0) exit(check(k) + check(k + 10) == 0 ? 0 : 1);
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) failures++, printf("the child ended with %d\n", status);
  return failures + check(k);
}

static int check_others(int k) {
  double x[3] = {1, 2, 3}, y[3] = {10, 20, 30}, alpha = 2, product[1];
  int three = 3, one = 1;
  (void)k;
  daxpy_(&three, &alpha, x, &one, y, &one);
  cblas_dgemm(ROWS, PLAIN, PLAIN, 1, 1, 3, 1, x, 3, y, 1, 0, product, 1);
  return !(y[0] == 12 && y[1] == 24 && y[2] == 36 && cblas_ddot(3, x, 1, y, 1) == 168 && product[0] == 168);
}

/* A program's own xerbla_, as the BLAS allows. */
static int complaint;
void xerbla_(const char *name, const int *info, size_t length) {
  (void)name, (void)length;
  complaint = *info;
}

/* lda too small: parameter 8 of the Fortran interface. */
static int check_complaint(int k) {
  float x[64] = {0}, one = 1;
  int four = 4, three = 3;
  (void)k;
  sgemm_("n", "n", &four, &four, &four, &one, x, &three, x, &four, &one, x, &four, 1, 1);
  printf("parameter %d\n", complaint);
  return complaint != 8;
}

static const struct {
  const char *name;
  int (*run)(int k);
} commands[] = {{"check", check},          {"threads", check_in_threads}, {"fork", check_around_fork},
                {"others", check_others}, {"xerbla", check_complaint}};

int main(int count, char **arguments) {
  int failures = 0, known = 0;
  for (size_t index = 0; count > 1 && index < sizeof commands / sizeof commands[0]; index++) {
    if (strcmp(commands[index].name, arguments[1]) != 0) continue;
    known = 1;
    for (int argument = 2; argument < count; argument++) failures += commands[index].run(atoi(arguments[argument]));
  }
  if (!known) return 64;
  if (hone_blas_get_counts != NULL) {
    hone_blas_counts counts;
    hone_blas_get_counts(&counts);
    printf("served %llu forwarded %llu missed %llu\n", (unsigned long long)counts.served,
           (unsigned long long)counts.forwarded, (unsigned long long)counts.missed);
  }
  return failures == 0 ? 0 : 1;
}
