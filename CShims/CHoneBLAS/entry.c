/* entry.c: the BLAS functions that libhone_blas stands before: sgemm and dgemm, Fortran and CBLAS. */
#include "internal.h"

/* Letters are enough for Fortran callers; the lengths of these texts follow the other arguments. */
typedef void fortran_sgemm(const char *, const char *, const int32_t *, const int32_t *, const int32_t *, const float *,
                           const float *, const int32_t *, const float *, const int32_t *, const float *, float *,
                           const int32_t *, size_t, size_t);
typedef void fortran_dgemm(const char *, const char *, const int32_t *, const int32_t *, const int32_t *,
                           const double *, const double *, const int32_t *, const double *, const int32_t *,
                           const double *, double *, const int32_t *, size_t, size_t);
typedef void cblas_sgemm_type(int, int, int, int32_t, int32_t, int32_t, float, const float *, int32_t, const float *,
                              int32_t, float, float *, int32_t);
typedef void cblas_dgemm_type(int, int, int, int32_t, int32_t, int32_t, double, const double *, int32_t, const double *,
                              int32_t, double, double *, int32_t);

HONE_BLAS_API fortran_sgemm sgemm_;
HONE_BLAS_API fortran_dgemm dgemm_;
HONE_BLAS_API cblas_sgemm_type cblas_sgemm;
HONE_BLAS_API cblas_dgemm_type cblas_dgemm;

enum { ROW_MAJOR = 101, COLUMN_MAJOR = 102, NO_TRANSPOSE = 111, TRANSPOSE = 112, CONJUGATE = 113 };

/* The address of a real function, looked up once. `slot` is the function's own. */
static void *real_of(_Atomic(void *) *slot, const char *name, const void *caller) {
  void *function = atomic_load_explicit(slot, memory_order_acquire);
  if (LIKELY(function != NULL)) return function;
  function = hone_blas__real_function(name, caller);
  if (function != NULL) atomic_store_explicit(slot, function, memory_order_release);
  else
    hone_blas__tell("%s is called and no BLAS that has it is found: nothing was computed; set HONE_BLAS_REAL=PATH", name);
  return function;
}

/* What the arguments say, as both interfaces have them. */
typedef struct arguments {
  bool column_major;
  int8_t trans_a, trans_b; /* 0 no, 1 yes, -1 not understood */
  int32_t m, n, k, lda, ldb, ldc;
} arguments;

static int32_t at_least_one(int32_t size) { return size > 1 ? size : 1; }

/* The checks of the reference BLAS. What does not pass goes to the real library, which complains in its own way
 * (xerbla_, which an application may have replaced). So does what is empty: there is nothing to win. */
static bool is_product(const arguments *x) {
  if (x->trans_a < 0 || x->trans_b < 0 || x->m <= 0 || x->n <= 0 || x->k <= 0) return false;
  bool by_column = x->column_major;
  int32_t row_a = (x->trans_a != 0) == by_column ? x->k : x->m, row_b = (x->trans_b != 0) == by_column ? x->n : x->k;
  return x->lda >= at_least_one(row_a) && x->ldb >= at_least_one(row_b) &&
         x->ldc >= at_least_one(by_column ? x->m : x->n);
}

/* A matrix by columns is its transpose by rows, and C^T = op(B)^T op(A)^T: the operands change places. */
static gemm_key key_of(const arguments *x, float alpha, float beta, int32_t cores) {
  gemm_key key = {.k = x->k, .ldc = x->ldc, .alpha = alpha, .beta = beta};
  bool swapped = x->column_major;
  key.m = swapped ? x->n : x->m;
  key.n = swapped ? x->m : x->n;
  key.lda = swapped ? x->ldb : x->lda;
  key.ldb = swapped ? x->lda : x->ldb;
  key.trans_a = (uint16_t)(swapped ? x->trans_b : x->trans_a);
  key.trans_b = (uint16_t)(swapped ? x->trans_a : x->trans_b);
  key.cores = cores;
  return key;
}

/* One call, from its arguments to its count. */
typedef struct call {
  bool counts; /* false: goes straight through */
  bool recording;
  routine routine;
  verdict verdict;
  gemm_key key;
  const void *operands[3];
  double begin;
} call;

static verdict run(cache_entry *entry, const float *a, const float *b, float *c) {
  hone_blas__inside = true;
  int32_t code = hone_blas__execute(entry->plan, a, b, c);
  hone_blas__inside = false;
  if (UNLIKELY(code != 0)) entry->verdict = VERDICT_FAILED;
  return entry->verdict;
}

/* Runs the product with Hone where that is known to win: then it is done, else the caller forwards it. Ends with
 * finish() in both cases. */
static bool begin_sgemm(call *call, const arguments *x, float alpha, const float *a, const float *b, float beta,
                        float *c) {
  call->counts = hone_blas__active() && !hone_blas__inside && is_product(x);
  if (!call->counts) return false;
  call->key = key_of(x, alpha, beta, hone_blas__cores());
  bool enabled = atomic_load_explicit(&hone_blas__enabled, memory_order_relaxed);
  cache_entry *entry = enabled ? hone_blas__entry(&call->key) : NULL;
  call->recording = hone_blas__recording();
  call->operands[0] = a, call->operands[1] = b, call->operands[2] = c;
  call->begin = call->recording ? hone_blas__now() : 0;
  call->verdict = entry == NULL ? VERDICT_REAL_WINS : entry->verdict;
  if (call->verdict == VERDICT_SERVE) call->verdict = x->column_major ? run(entry, b, a, c) : run(entry, a, b, c);
  hone_blas__inside = call->verdict != VERDICT_SERVE;
  return call->verdict == VERDICT_SERVE;
}

/* dgemm is never served: it is counted, and recorded as what cannot be tuned. */
static void begin_dgemm(call *call, const double *a, const double *b, double *c) {
  call->counts = hone_blas__active() && !hone_blas__inside;
  if (!call->counts) return;
  call->key = (gemm_key){0};
  call->verdict = VERDICT_REAL_WINS;
  call->recording = hone_blas__recording();
  call->operands[0] = a, call->operands[1] = b, call->operands[2] = c;
  call->begin = call->recording ? hone_blas__now() : 0;
  hone_blas__inside = true;
}

static void finish(const call *call) {
  if (!call->counts) return;
  hone_blas__inside = false;
  hone_blas__count(call->verdict);
  if (UNLIKELY(call->recording))
    hone_blas__observe(call->routine, &call->key, call->operands, hone_blas__now() - call->begin, call->verdict);
}

/* Does the real library's CBLAS call its Fortran functions by name, and so this library again? (The reference does.) Then forwarded
 * calls keep the mark that tells the inner call from the program's own. */
static atomic_bool nests;

/* May a call go straight to the real library, as the one before it? That is known without a look at the cache. The call is counted. */
static bool passes(const arguments *x, float alpha, float beta, bool *missed) {
  *missed = false;
  if (!hone_blas__active()) return true;
  if (UNLIKELY(hone_blas__inside)) {
    if (!atomic_exchange(&nests, true)) atomic_fetch_add(&hone_blas__generation, 1);
    return true;
  }
  if (hone_blas__recording() || atomic_load_explicit(&nests, memory_order_relaxed)) return false;
  if (!atomic_load_explicit(&hone_blas__enabled, memory_order_relaxed) || !is_product(x)) return false;
  gemm_key key = key_of(x, alpha, beta, hone_blas__latest_cores());
  const cache_entry *entry = hone_blas__latest(&key);
  if (entry == NULL || entry->verdict == VERDICT_SERVE) return false;
  hone_blas__count(entry->verdict);
  *missed = entry->verdict == VERDICT_MISS;
  return true;
}

static int8_t transposed(int operation) {
  if (operation == NO_TRANSPOSE) return 0;
  return operation == TRANSPOSE || operation == CONJUGATE ? 1 : -1;
}

static int8_t transposed_letter(const char *letter) {
  switch (*letter) {
    case 'n': case 'N': return 0;
    case 't': case 'T': case 'c': case 'C': return 1;
    default: return -1;
  }
}

static arguments cblas_arguments(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k, int32_t lda,
                                 int32_t ldb, int32_t ldc) {
  int8_t first = order == ROW_MAJOR || order == COLUMN_MAJOR ? transposed(trans_a) : -1;
  return (arguments){order != ROW_MAJOR, first, transposed(trans_b), m, n, k, lda, ldb, ldc};
}

/* Is it the call that this thread forwarded last? Then it is counted, and goes the same way. Calls nothing. */
static inline bool repeats(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k, float alpha, int32_t lda,
                           int32_t ldb, float beta, int32_t ldc) {
  repeated_call *last = hone_blas__repeated;
  if (last == NULL || last->left == 0 || hone_blas__inside) return false;
  uint32_t generation = atomic_load_explicit(&hone_blas__generation, memory_order_relaxed);
  int32_t difference = (last->order ^ order) | (last->trans_a ^ trans_a) | (last->trans_b ^ trans_b) | (last->m ^ m) |
                       (last->n ^ n) | (last->k ^ k) | (last->lda ^ lda) | (last->ldb ^ ldb) | (last->ldc ^ ldc);
  if (difference != 0 || last->alpha != alpha || last->beta != beta || last->generation != generation) return false;
  last->left--;
  uint_fast64_t calls = atomic_load_explicit(&last->forwarded, memory_order_relaxed) + 1;
  uint_fast64_t misses = atomic_load_explicit(&last->misses, memory_order_relaxed) + last->missed;
  atomic_store_explicit(&last->forwarded, calls, memory_order_relaxed);
  atomic_store_explicit(&last->misses, misses, memory_order_relaxed);
  return true;
}

/* What calls like this one may go by without another look: nothing else than the counters changes in a repeated call. */
static void remember(int order, int trans_a, int trans_b, const arguments *x, float alpha, float beta, bool missed) {
  repeated_call *last = hone_blas__repeated;
  if (last == NULL || !hone_blas__active() || hone_blas__inside) return;
  last->order = order, last->trans_a = trans_a, last->trans_b = trans_b;
  last->m = x->m, last->n = x->n, last->k = x->k, last->lda = x->lda, last->ldb = x->ldb, last->ldc = x->ldc;
  last->alpha = alpha, last->beta = beta;
  last->generation = atomic_load_explicit(&hone_blas__generation, memory_order_relaxed);
  last->missed = missed;
  last->left = 15;
}

/* Scalars only, and not inlined: then the caller has nothing on its stack, and its forwarded call is a jump. */
static __attribute__((noinline)) bool cblas_passes(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k,
                                                   float alpha, int32_t lda, int32_t ldb, float beta, int32_t ldc) {
  const arguments x = cblas_arguments(order, trans_a, trans_b, m, n, k, lda, ldb, ldc);
  bool missed;
  if (!passes(&x, alpha, beta, &missed)) return false;
  remember(order, trans_a, trans_b, &x, alpha, beta, missed);
  return true;
}

static __attribute__((noinline)) void cblas_sgemm_begun(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k, float alpha,
                                                        const float *a, int32_t lda, const float *b, int32_t ldb, float beta, float *c,
                                                        int32_t ldc, cblas_sgemm_type *real) {
  const arguments x = cblas_arguments(order, trans_a, trans_b, m, n, k, lda, ldb, ldc);
  call call = {.routine = ROUTINE_CBLAS_SGEMM};
  if (!begin_sgemm(&call, &x, alpha, a, b, beta, c) && real != NULL)
    real(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  finish(&call);
}

void cblas_sgemm(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                 int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  static _Atomic(void *) slot;
  cblas_sgemm_type *real = (cblas_sgemm_type *)real_of(&slot, "cblas_sgemm", __builtin_return_address(0));
  if (LIKELY(real != NULL) && (repeats(order, trans_a, trans_b, m, n, k, alpha, lda, ldb, beta, ldc) ||
                               cblas_passes(order, trans_a, trans_b, m, n, k, alpha, lda, ldb, beta, ldc)))
    real(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  else
    cblas_sgemm_begun(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, real);
}

void sgemm_(const char *trans_a, const char *trans_b, const int32_t *m, const int32_t *n, const int32_t *k,
            const float *alpha, const float *a, const int32_t *lda, const float *b, const int32_t *ldb,
            const float *beta, float *c, const int32_t *ldc, size_t length_a, size_t length_b) {
  static _Atomic(void *) slot;
  fortran_sgemm *real = (fortran_sgemm *)real_of(&slot, "sgemm_", __builtin_return_address(0));
  const arguments x = {true, transposed_letter(trans_a), transposed_letter(trans_b), *m, *n, *k, *lda, *ldb, *ldc};
  call call = {.routine = ROUTINE_SGEMM};
  bool missed, done = real != NULL && passes(&x, *alpha, *beta, &missed) ? false : begin_sgemm(&call, &x, *alpha, a, b, *beta, c);
  if (!done && real != NULL) real(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, 1, 1);
  finish(&call);
  (void)length_a, (void)length_b; /* C callers do not pass them */
}

void cblas_dgemm(int order, int trans_a, int trans_b, int32_t m, int32_t n, int32_t k, double alpha, const double *a,
                 int32_t lda, const double *b, int32_t ldb, double beta, double *c, int32_t ldc) {
  static _Atomic(void *) slot;
  cblas_dgemm_type *real = (cblas_dgemm_type *)real_of(&slot, "cblas_dgemm", __builtin_return_address(0));
  if (real == NULL) return;
  call call = {.routine = ROUTINE_CBLAS_DGEMM};
  begin_dgemm(&call, a, b, c);
  real(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  finish(&call);
}

void dgemm_(const char *trans_a, const char *trans_b, const int32_t *m, const int32_t *n, const int32_t *k,
            const double *alpha, const double *a, const int32_t *lda, const double *b, const int32_t *ldb,
            const double *beta, double *c, const int32_t *ldc, size_t length_a, size_t length_b) {
  static _Atomic(void *) slot;
  fortran_dgemm *real = (fortran_dgemm *)real_of(&slot, "dgemm_", __builtin_return_address(0));
  if (real == NULL) return;
  call call = {.routine = ROUTINE_DGEMM};
  begin_dgemm(&call, a, b, c);
  real(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, 1, 1);
  finish(&call);
  (void)length_a, (void)length_b;
}
