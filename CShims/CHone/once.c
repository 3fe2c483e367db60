/* once.c: one-shot calls: the plan of a shape is made at its first call and kept in the context. */
#define _GNU_SOURCE
#include "run.h"

#include <stdlib.h>
#include <string.h>

/* Kept plans of a context. A shape has several where several threads call it at the same time. */
#define MOST_PLANS 256

typedef struct kept {
  uint64_t hash;
  hone_plan *plan; /* NULL: free */
  uint64_t used;   /* when, as a count of calls */
  uint32_t users;
} kept;

struct hone__plans {
  pthread_mutex_t lock;
  atomic_uint generation;
  uint64_t calls;
  kept items[MOST_PLANS];
  uint16_t hints[MOST_PLANS]; /* by the low bits of the hash: where the shape was last */
};

hone__plans *hone__plans_make(void) {
  hone__plans *plans = calloc(1, sizeof *plans);
  if (plans == NULL) return NULL;
  pthread_mutex_init(&plans->lock, NULL);
  atomic_store(&plans->generation, atomic_load(&hone__generation));
  return plans;
}

void hone__plans_free(hone__plans *plans) {
  if (plans == NULL) return;
  for (uint32_t i = 0; i < MOST_PLANS; i++) hone_plan_destroy(plans->items[i].plan);
  pthread_mutex_destroy(&plans->lock);
  free(plans);
}

/* ---- The context of the process ---- */

static _Atomic(hone_context *) default_context;

hone_context *hone__default_context(void) {
  hone_context *context = atomic_load(&default_context);
  if (context != NULL) return context;
  pthread_mutex_lock(&hone__default_lock);
  context = atomic_load(&default_context);
  if (context == NULL && hone_open(NULL, &context) == HONE_OK) atomic_store(&default_context, context);
  pthread_mutex_unlock(&hone__default_lock);
  return context;
}

/* ---- Checking plans out ---- */

static void lock(hone__plans *plans) {
  if (atomic_load(&plans->generation) != atomic_load(&hone__generation)) {
    pthread_mutex_lock(&hone__renewal_lock);
    if (atomic_load(&plans->generation) != atomic_load(&hone__generation)) {
      pthread_mutex_init(&plans->lock, NULL);
      /* Threads of the parent that used plans do not exist here; what they used may be in any state. */
      for (uint32_t i = 0; i < MOST_PLANS; i++)
        if (plans->items[i].users > 0) plans->items[i] = (kept){0};
      atomic_store(&plans->generation, atomic_load(&hone__generation));
    }
    pthread_mutex_unlock(&hone__renewal_lock);
  }
  pthread_mutex_lock(&plans->lock);
}

/* Plans that take turns by themselves may have several users; of others each thread takes its own. */
static bool is_free(const kept *item, uint64_t hash, const hone__call *call) {
  if (item->plan == NULL || item->hash != hash || memcmp(&item->plan->call, call, sizeof *call) != 0) return false;
  return item->users == 0 || !item->plan->turns || item->plan->made.exclusive != 0;
}

static kept *find(hone__plans *plans, uint64_t hash, const hone__call *call) {
  uint16_t *hint = &plans->hints[hash % MOST_PLANS];
  if (is_free(&plans->items[*hint], hash, call)) return &plans->items[*hint];
  for (uint32_t i = 0; i < MOST_PLANS; i++)
    if (is_free(&plans->items[i], hash, call)) {
      *hint = (uint16_t)i;
      return &plans->items[i];
    }
  return NULL;
}

/* A place for another plan: a free one, or that of the plan that was not used for the longest time. */
static kept *make_room(hone__plans *plans, hone_plan **evicted) {
  kept *oldest = NULL;
  *evicted = NULL;
  for (uint32_t i = 0; i < MOST_PLANS; i++) {
    kept *item = &plans->items[i];
    if (item->plan == NULL) return item;
    if (item->users == 0 && (oldest == NULL || item->used < oldest->used)) oldest = item;
  }
  if (oldest != NULL) *evicted = oldest->plan;
  return oldest;
}

static hone_plan *check_out(hone__plans *plans, uint64_t hash, const hone__call *call, kept **item) {
  lock(plans);
  *item = find(plans, hash, call);
  hone_plan *plan = *item == NULL ? NULL : (*item)->plan;
  if (plan != NULL) {
    (*item)->users++;
    (*item)->used = ++plans->calls;
  }
  pthread_mutex_unlock(&plans->lock);
  return plan;
}

/* Keeps a new plan; *item is NULL where all places are in use. */
static void keep(hone__plans *plans, uint64_t hash, hone_plan *plan, kept **item) {
  hone_plan *evicted;
  lock(plans);
  *item = make_room(plans, &evicted);
  if (*item != NULL) **item = (kept){hash, plan, ++plans->calls, 1};
  pthread_mutex_unlock(&plans->lock);
  hone_plan_destroy(evicted);
}

static void check_in(hone__plans *plans, kept *item) {
  lock(plans);
  item->users--;
  pthread_mutex_unlock(&plans->lock);
}

/* ---- Calls ---- */

/* What the plan is chosen for. A bag's number of indices is another in every batch, and a plan without workspace takes any
 * number: one plan serves all up to the next power of two. */
static hone__call chosen_for(const hone__call *call) {
  hone__call chosen = *call;
  if (call->kind != HONE__BAG || call->sizes[B_COUNT] == 0 || call->sizes[B_POOLING] == HONE_POOLING_NONE) return chosen;
  for (chosen.sizes[B_COUNT] = 1; chosen.sizes[B_COUNT] < call->sizes[B_COUNT];) chosen.sizes[B_COUNT] *= 2;
  return chosen;
}

static hone_status run_once(hone_context *context, const hone__call *call, const hone__call *chosen,
                            const hone__operands *operands) {
  uint64_t hash = hone__hash(chosen, sizeof *chosen, 7);
  kept *item;
  hone_plan *plan = check_out(context->plans, hash, chosen, &item);
  if (plan == NULL) {
    hone_status status = hone__plan_make(context, chosen, NULL, &plan);
    if (status != HONE_OK) return status;
    keep(context->plans, hash, plan, &item);
  }
  bool fits = memcmp(call, chosen, sizeof *call) == 0 || plan->made.workspace_bytes == 0;
  hone_status status = fits ? hone__plan_run(plan, call, operands) : HONE_OK;
  if (item != NULL) check_in(context->plans, item);
  else hone_plan_destroy(plan);
  return fits ? status : run_once(context, call, call, operands);
}

static hone_status run(hone_context *context, hone_status ready, const hone__call *call, const hone__operands *operands) {
  if (ready != HONE_OK) return ready;
  hone_status status = hone__operands_check(call, operands);
  if (status != HONE_OK) return status;
  if (context == NULL) context = hone__default_context();
  if (context == NULL) return HONE_ERROR_MEMORY;
  hone__call chosen = chosen_for(call);
  return run_once(context, call, &chosen, operands);
}

hone_status hone_gemm(hone_context *context, const hone_gemm_shape *shape, const void *a, const void *b, void *c) {
  hone__call call;
  return run(context, hone__call_gemm(shape, false, &call), &call, &(hone__operands){{a, b}, c, NULL, false, NULL});
}

hone_status hone_gemm_with(hone_context *context, const hone_gemm_shape *shape, const hone_gemm_operands *given) {
  hone__call call;
  hone__operands operands;
  hone_status ready = hone__gemm_operands(given, &operands);
  return run(context, ready == HONE_OK ? hone__call_gemm(shape, false, &call) : ready, &call, &operands);
}

hone_status hone_embedding_bag(hone_context *context, const hone_embedding_bag_shape *shape, const void *table,
                               const void *indices, const void *offsets, const float *weights, void *output) {
  hone__call call;
  return run(context, hone__call_bag(shape, &call), &call,
             &(hone__operands){{table, indices, offsets, weights}, output, NULL, false, NULL});
}

hone_status hone_attention(hone_context *context, const hone_attention_shape *shape, const void *q, const void *k,
                           const void *v, void *o, float *lse) {
  hone__call call;
  return run(context, hone__call_attention(shape, &call), &call, &(hone__operands){{q, k, v}, o, lse, false, NULL});
}

hone_status hone_attention_with(hone_context *context, const hone_attention_shape *shape, const hone_attention_operands *operands) {
  hone__call call;
  hone__operands all;
  hone_status status = hone__attention_operands(operands, &all);
  return status == HONE_OK ? run(context, hone__call_attention(shape, &call), &call, &all) : status;
}
