/* engine.c: libhone, opened on first use; decides who computes a product, and computes it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone.h"
#include "internal.h"

/* Every function of libhone that is called: one row each, resolved by name. */
#define HONE_FUNCTIONS(row)                                                                                         \
  row(hone_abi) row(hone_last_error) row(hone_open) row(hone_context_cores) row(hone_context_rows)                    \
  row(hone_problem_create) row(hone_problem_destroy) row(hone_problem_set_dimension)                                  \
  row(hone_problem_set_attribute) row(hone_lookup) row(hone_plan_gemm) row(hone_plan_destroy)                          \
  row(hone_answer_record) row(hone_plan_workspace_bytes) row(hone_execute_gemm)

#define MEMBER(function) __typeof__(&function) function;
#define NAME(function) #function,

static struct {
  HONE_FUNCTIONS(MEMBER)
} hone;

enum { MAX_BUDGETS = 64 };

/* Plans of all threads together hold at most this much workspace; a shape beyond it goes to the real library. */
static const size_t workspace_limit = (size_t)1 << 30;

static struct {
  pthread_mutex_t lock;
  bool tried, usable, told_plan, told_workspace;
  int32_t allowed; /* cores that the process may use */
  struct {
    int32_t cores;
    hone_context *context; /* NULL: it could not be opened */
  } budgets[MAX_BUDGETS];
  size_t budget_count;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_size_t workspace;

/* ---- Loading ---- */

/* libhone.so.0 in the folder of this library, or in the two above it (the whole BLAS lies in lib/hone/blas). */
static void *open_beside(void) {
  static const char *const places[] = {"", "../", "../../"};
  Dl_info ours;
  if (dladdr((void *)&engine, &ours) == 0) return NULL;
  const char *slash = strrchr(ours.dli_fname, '/');
  if (slash == NULL) return NULL;
  void *handle = NULL;
  for (size_t index = 0; index < 3 && handle == NULL; index++) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%.*s/%slibhone.so.0", (int)(slash - ours.dli_fname), ours.dli_fname,
                          places[index]);
    if (length > 0 && (size_t)length < sizeof path) handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  }
  return handle;
}

static void *open_library(void) {
  const char *named = hone_blas__settings()->library;
  if (named != NULL) return dlopen(named, RTLD_NOW | RTLD_LOCAL);
  void *handle = open_beside();
  return handle != NULL ? handle : dlopen("libhone.so.0", RTLD_NOW | RTLD_LOCAL);
}

static bool resolve(void *handle) {
  static const char *const names[] = {HONE_FUNCTIONS(NAME)};
  void **members = (void **)&hone;
  for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
    members[index] = dlsym(handle, names[index]);
    if (members[index] == NULL) return false;
  }
  return hone.hone_abi() == HONE_ABI;
}

/* Called with the lock held. */
static void load(void) {
  engine.tried = true;
  void *handle = open_library();
  if (handle == NULL) {
    const char *reason = dlerror();
    hone_blas__tell("libhone is not loaded, so the real library computes everything: %s",
                    reason != NULL ? reason : "it is not found");
    return;
  }
  engine.usable = resolve(handle);
  if (!engine.usable)
    hone_blas__tell("libhone has another version than libhone_blas, so the real library computes everything");
}

/* ---- Contexts: one for each number of cores that callers have had ---- */

/* Called with the lock held. cores 0: all that the process may use. */
static hone_context *open_context(int32_t cores) {
  for (size_t index = 0; index < engine.budget_count; index++)
    if (engine.budgets[index].cores == cores) return engine.budgets[index].context;
  if (engine.budget_count == MAX_BUDGETS) return NULL;
  hone_options options = HONE_OPTIONS_INIT;
  hone_context *context = NULL;
  options.cores = cores;
  if (hone.hone_open(&options, &context) != HONE_OK) {
    hone_blas__tell("no tuning database is used, so the real library computes everything: %s", hone.hone_last_error());
    context = NULL;
  }
  engine.budgets[engine.budget_count].cores = cores;
  engine.budgets[engine.budget_count++].context = context;
  return context;
}

/* Loads what is not loaded. NULL where the real library is to compute everything. */
static hone_context *context_for(int32_t cores) {
  pthread_mutex_lock(&engine.lock);
  if (!engine.tried) load();
  hone_context *context = engine.usable ? open_context(cores) : NULL;
  pthread_mutex_unlock(&engine.lock);
  return context;
}

/* ---- Deciding ---- */

gemm_key hone_blas__tunable(const gemm_key *key) {
  gemm_key nearest = *key;
  float alpha = key->alpha, beta = key->beta;
  nearest.alpha = alpha == 0.0f ? 0.0f : alpha == -1.0f || alpha == 0.5f ? alpha : 1.0f;
  nearest.beta = beta == 0.0f ? 0.0f : beta == 1.0f ? 1.0f : 0.5f;
  return nearest;
}

const char *hone_blas__factor_name(float factor) {
  return factor == 0.0f ? "0" : factor == -1.0f ? "-1" : factor == 0.5f ? "0.5" : "1";
}

static bool describe(const gemm_key *key, hone_problem *problem) {
  gemm_key nearest = hone_blas__tunable(key);
  const struct {
    const char *name;
    int64_t extent;
  } dimensions[] = {{"m", key->m},     {"n", key->n},     {"k", key->k},
                    {"lda", key->lda}, {"ldb", key->ldb}, {"ldc", key->ldc}};
  const struct {
    const char *name, *value;
  } attributes[] = {{"transA", key->trans_a ? "t" : "n"},
                    {"transB", key->trans_b ? "t" : "n"},
                    {"alpha", hone_blas__factor_name(nearest.alpha)},
                    {"beta", hone_blas__factor_name(nearest.beta)}};
  bool good = true;
  for (size_t index = 0; index < 6 && good; index++)
    good = hone.hone_problem_set_dimension(problem, dimensions[index].name, dimensions[index].extent) == HONE_OK;
  for (size_t index = 0; index < 4 && good; index++)
    good = hone.hone_problem_set_attribute(problem, attributes[index].name, attributes[index].value) == HONE_OK;
  return good;
}

/* What the row gains over every other back end, surely; 0 where it met none, so that nothing is known. */
static double gain_of(const hone_answer *answer) {
  char record[128];
  hone.hone_answer_record(answer, record, sizeof record);
  double gain = hone_blas__proven_gain(answer->database, answer->hardware_class, record);
  return isnan(gain) ? 0 : gain;
}

/* Only what was measured to beat a BLAS is served: a row for the shape itself on these cores, or a neighbour's row that gained
 * more than what the distance may cost. */
static verdict judge(const hone_answer *answer, int32_t cores) {
  if (answer->grade == HONE_GRADE_DEFAULT || answer->grade == HONE_GRADE_NEAR_HARDWARE || answer->backend == NULL)
    return VERDICT_MISS;
  bool near = answer->grade != HONE_GRADE_EXACT;
  if (near && (answer->cores != cores || isnan(answer->predicted_regret))) return VERDICT_MISS;
  if (strcmp(answer->backend, "hone") != 0) return VERDICT_REAL_WINS;
  double needed = near ? 1.0 + answer->predicted_regret : 1.0;
  return gain_of(answer) > needed ? VERDICT_SERVE : near ? VERDICT_MISS : VERDICT_REAL_WINS;
}

static verdict look_up(hone_context *context, const gemm_key *key) {
  hone_problem *problem = NULL;
  hone_answer answer = HONE_ANSWER_INIT;
  if (hone.hone_problem_create("gemm", "f32", &problem) != HONE_OK) return VERDICT_MISS;
  bool answered = describe(key, problem) && hone.hone_lookup(context, problem, 0, NULL, &answer) == HONE_OK;
  verdict verdict = answered ? judge(&answer, hone.hone_context_cores(context)) : VERDICT_MISS;
  hone.hone_problem_destroy(problem);
  return verdict;
}

/* Told once for each kind: the first shape stands for the others. */
static verdict fail(bool *told, const gemm_key *key, const char *reason) {
  pthread_mutex_lock(&engine.lock);
  bool first = !*told;
  *told = true;
  pthread_mutex_unlock(&engine.lock);
  if (first)
    hone_blas__tell("sgemm %dx%dx%d is tuned and still goes to the real library: %s", key->m, key->n, key->k, reason);
  return VERDICT_FAILED;
}

static verdict plan_for(hone_context *context, const gemm_key *key, served_plan **plan) {
  hone_gemm_shape shape = HONE_GEMM_INIT;
  hone_plan *made = NULL;
  shape.m = key->m, shape.n = key->n, shape.k = key->k;
  shape.lda = key->lda, shape.ldb = key->ldb, shape.ldc = key->ldc;
  shape.trans_a = key->trans_a, shape.trans_b = key->trans_b;
  shape.alpha = (double)key->alpha, shape.beta = (double)key->beta;
  if (hone.hone_plan_gemm(context, &shape, &made) != HONE_OK)
    return fail(&engine.told_plan, key, hone.hone_last_error());
  size_t bytes = hone.hone_plan_workspace_bytes(made);
  if (atomic_fetch_add(&workspace, bytes) + bytes > workspace_limit) {
    atomic_fetch_sub(&workspace, bytes);
    hone.hone_plan_destroy(made);
    return fail(&engine.told_workspace, key, "the plans in use hold 1 GiB of workspace");
  }
  *plan = (served_plan *)made;
  return VERDICT_SERVE;
}

/* Is it the first thread that misses this product, whatever its factors and gaps? Says no where 1024 were told. */
static bool first_miss(const gemm_key *key) {
  static gemm_key told[1024];
  static size_t count;
  gemm_key plain = *key;
  plain.alpha = plain.beta = 0;
  plain.lda = plain.ldb = plain.ldc = 0;
  pthread_mutex_lock(&engine.lock);
  size_t index = 0;
  while (index < count && memcmp(&told[index], &plain, sizeof plain) != 0) index++;
  bool first = index == count && count < sizeof told / sizeof told[0];
  if (first) told[count++] = plain;
  pthread_mutex_unlock(&engine.lock);
  return first;
}

static void tell_miss(const gemm_key *key) {
  if (hone_blas__settings()->verbose && first_miss(key))
    hone_blas__tell("nothing tuned is known for sgemm %dx%dx%d %s%s on %d cores: the real library computes it", key->m,
                    key->n, key->k, key->trans_a ? "t" : "n", key->trans_b ? "t" : "n", key->cores);
}

verdict hone_blas__decide(const gemm_key *key, served_plan **plan) {
  hone_context *context = context_for(key->cores);
  if (context == NULL || hone.hone_context_rows(context) == 0) {
    tell_miss(key);
    return VERDICT_MISS;
  }
  verdict verdict = look_up(context, key);
  if (verdict == VERDICT_MISS) tell_miss(key);
  return verdict == VERDICT_SERVE ? plan_for(context, key, plan) : verdict;
}

int32_t hone_blas__execute(served_plan *plan, const float *a, const float *b, float *c) {
  return hone.hone_execute_gemm((hone_plan *)plan, a, b, c);
}

void hone_blas__destroy(served_plan *plan) {
  if (plan == NULL) return;
  atomic_fetch_sub(&workspace, hone.hone_plan_workspace_bytes((hone_plan *)plan));
  hone.hone_plan_destroy((hone_plan *)plan);
}

void hone_blas__engine_fork(int32_t phase) {
  if (phase == FORK_PREPARE) pthread_mutex_lock(&engine.lock);
  else pthread_mutex_unlock(&engine.lock);
}
