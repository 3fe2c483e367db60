#define _GNU_SOURCE
#include "CPlatformDNNL.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CPlatformBLAS.h"

// What the headers of both versions agree on.
enum { CPU = 1, IN_ORDER = 1, TAG_ANY = 1, WEIGHTS_MD = 131 };
enum { ARG_SRC = 1, ARG_DST = 17, ARG_WEIGHTS = 33 };
// Larger than the descriptors of any 2.x (696 and 2800 bytes in 2.6).
enum { ROOM = 16384 };

typedef int64_t Dims[12];
typedef struct {
  int arg;
  void *memory;
} Argument;

struct CPlatform_DNNL {
  void *handle, *engine, *stream;
  int major;
  void (*setThreads)(int);
  int (*maxThreads)(void);
  int (*primitiveCreate)(void **, const void *);
  int (*primitiveDestroy)(void *);
  int (*execute)(const void *, void *, int, const Argument *);
  int (*descDestroy)(void *);
  const void *(*queryMD)(const void *, int, int);
  int (*memoryCreate)(void **, const void *, void *, void *);
  int (*memoryDestroy)(void *);
  int (*setHandle)(void *, void *);
  int (*streamWait)(void *);
  size_t (*size)(const void *);
  int (*reorder)(void **, const void *, void *, const void *, void *, const void *);
  // 2.x: descriptors lie in the caller's memory.
  int (*initStrides)(void *, int, const int64_t *, int, const int64_t *);
  int (*initTag)(void *, int, const int64_t *, int, int);
  int (*matmulInit)(void *, const void *, const void *, const void *, const void *);
  int (*primitiveDesc)(void **, const void *, const void *, void *, const void *);
  // 3.x: the library makes them.
  int (*createStrides)(void **, int, const int64_t *, int, const int64_t *);
  int (*createTag)(void **, int, const int64_t *, int, int);
  int (*matmulDesc)(void **, void *, const void *, const void *, const void *, const void *, const void *);
  int (*mdDestroy)(void *);
};

struct CPlatform_DNNLMatmul {
  CPlatform_DNNL *library;
  void *a, *b, *c; // descriptors as the caller has the matrices
  void *plan, *primitive;
  const void *packed; // the plan's own descriptor of B
  void *memoryA, *memoryB, *memoryC;
};

typedef struct {
  const char *name;
  size_t offset;
  int major; // 0: both
} Function;

#define F(name, field, major) {"dnnl_" name, offsetof(CPlatform_DNNL, field), major}
static const Function functions[] = {
    F("primitive_create", primitiveCreate, 0), F("primitive_destroy", primitiveDestroy, 0),
    F("primitive_execute", execute, 0), F("primitive_desc_destroy", descDestroy, 0),
    F("primitive_desc_query_md", queryMD, 0), F("memory_create", memoryCreate, 0),
    F("memory_destroy", memoryDestroy, 0), F("memory_set_data_handle", setHandle, 0),
    F("stream_wait", streamWait, 0), F("memory_desc_get_size", size, 0),
    F("reorder_primitive_desc_create", reorder, 0), F("memory_desc_init_by_strides", initStrides, 2),
    F("memory_desc_init_by_tag", initTag, 2), F("matmul_desc_init", matmulInit, 2),
    F("primitive_desc_create", primitiveDesc, 2), F("memory_desc_create_with_strides", createStrides, 3),
    F("memory_desc_create_with_tag", createTag, 3), F("matmul_primitive_desc_create", matmulDesc, 3),
    F("memory_desc_destroy", mdDestroy, 3)};

static int findFunctions(CPlatform_DNNL *l) {
  for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (functions[i].major && functions[i].major != l->major) continue;
    void *symbol = dlsym(l->handle, functions[i].name);
    if (!symbol) return 0;
    memcpy((char *)l + functions[i].offset, &symbol, sizeof symbol);
  }
  return 1;
}

CPlatform_DNNL *CPlatform_dnnlOpen(const char *path, int *version) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!handle) return NULL;
  const int *(*about)(void) = (const int *(*)(void))dlsym(handle, "dnnl_version");
  int (*engine)(void **, int, size_t) = (int (*)(void **, int, size_t))dlsym(handle, "dnnl_engine_create");
  int (*stream)(void **, void *, unsigned) = (int (*)(void **, void *, unsigned))dlsym(handle, "dnnl_stream_create");
  CPlatform_DNNL *l = calloc(1, sizeof *l);
  if (!l || !about || !engine || !stream) return free(l), NULL;
  for (int i = 0; i < 3; i++) version[i] = about()[i];
  l->handle = handle, l->major = version[0];
  l->setThreads = (void (*)(int))dlsym(handle, "omp_set_num_threads");
  l->maxThreads = (int (*)(void))dlsym(handle, "omp_get_max_threads");
  if (l->major < 2 || l->major > 3 || !findFunctions(l) || engine(&l->engine, CPU, 0) != 0 ||
      stream(&l->stream, l->engine, IN_ORDER) != 0)
    return free(l), NULL;
  return l;
}

int CPlatform_dnnlSetThreads(CPlatform_DNNL *l, int threads) {
  if (!l->setThreads || !l->maxThreads) return 0;
  int before = l->maxThreads();
  if (before != threads) l->setThreads(threads);
  return before;
}

// A matrix or a batch of them; strides null: in the layout that the library chooses.
static void *descriptor(CPlatform_DNNL *l, int batched, const int64_t *dims, int type, const int64_t *strides) {
  int first = batched ? 0 : 1, status;
  void *md = NULL;
  if (l->major == 3) {
    status = strides ? l->createStrides(&md, 3 - first, dims + first, type, strides + first)
                     : l->createTag(&md, 3 - first, dims + first, type, TAG_ANY);
    return status == 0 ? md : NULL;
  }
  if (!(md = calloc(1, ROOM))) return NULL;
  status = strides ? l->initStrides(md, 3 - first, dims + first, type, strides + first)
                   : l->initTag(md, 3 - first, dims + first, type, TAG_ANY);
  return status == 0 ? md : (free(md), NULL);
}

static void release(CPlatform_DNNL *l, void *md) {
  if (!md) return;
  if (l->major == 3) l->mdDestroy(md);
  else free(md);
}

static int planMatmul(CPlatform_DNNLMatmul *x, const void *b) {
  CPlatform_DNNL *l = x->library;
  if (l->major == 3) return l->matmulDesc(&x->plan, l->engine, x->a, b, NULL, x->c, NULL);
  void *operation = calloc(1, ROOM);
  int status = !operation || l->matmulInit(operation, x->a, b, NULL, x->c);
  if (status == 0) status = l->primitiveDesc(&x->plan, operation, NULL, l->engine, NULL);
  free(operation);
  return status;
}

CPlatform_DNNLMatmul *CPlatform_dnnlPlan(CPlatform_DNNL *l, const CPlatform_DNNLProduct *p) {
  CPlatform_DNNLMatmul *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->library = l;
  int64_t aDims[] = {p->batch, p->m, p->k}, bDims[] = {p->batch, p->k, p->n}, cDims[] = {p->batch, p->m, p->n};
  int64_t aStep[] = {p->aStride, p->transA ? 1 : p->lda, p->transA ? p->lda : 1};
  int64_t bStep[] = {p->bStride, p->transB ? 1 : p->ldb, p->transB ? p->ldb : 1};
  int64_t cStep[] = {p->cStride, p->ldc, 1};
  int batched = p->batch > 1;
  x->a = descriptor(l, batched, aDims, p->aType, aStep);
  x->b = descriptor(l, batched, bDims, p->bType, bStep);
  x->c = descriptor(l, batched, cDims, p->cType, cStep);
  void *any = p->packs ? descriptor(l, batched, bDims, p->bType, NULL) : NULL;
  int status = !x->a || !x->b || !x->c || (p->packs && !any) || planMatmul(x, p->packs ? any : x->b) != 0;
  release(l, any);
  if (status == 0) {
    x->packed = l->queryMD(x->plan, WEIGHTS_MD, 0);
    status = !x->packed || l->primitiveCreate(&x->primitive, x->plan) != 0 ||
             l->memoryCreate(&x->memoryA, x->a, l->engine, NULL) != 0 ||
             l->memoryCreate(&x->memoryB, x->packed, l->engine, NULL) != 0 ||
             l->memoryCreate(&x->memoryC, x->c, l->engine, NULL) != 0;
  }
  return status == 0 ? x : (CPlatform_dnnlFree(x), NULL);
}

void CPlatform_dnnlFree(CPlatform_DNNLMatmul *x) {
  CPlatform_DNNL *l = x->library;
  if (x->memoryA) l->memoryDestroy(x->memoryA);
  if (x->memoryB) l->memoryDestroy(x->memoryB);
  if (x->memoryC) l->memoryDestroy(x->memoryC);
  if (x->primitive) l->primitiveDestroy(x->primitive);
  if (x->plan) l->descDestroy(x->plan);
  release(l, x->a), release(l, x->b), release(l, x->c);
  free(x);
}

size_t CPlatform_dnnlPackedBytes(const CPlatform_DNNLMatmul *x) { return x->library->size(x->packed); }

// What `from` holds, in the layout of `to`.
static int reorder(CPlatform_DNNLMatmul *x, void *from, void *to) {
  CPlatform_DNNL *l = x->library;
  void *plan = NULL, *primitive = NULL;
  int status = l->reorder(&plan, x->b, l->engine, x->packed, l->engine, NULL);
  if (status == 0) status = l->primitiveCreate(&primitive, plan);
  Argument arguments[] = {{ARG_SRC, from}, {ARG_DST, to}};
  if (status == 0) status = l->execute(primitive, l->stream, 2, arguments);
  if (status == 0) status = l->streamWait(l->stream);
  if (primitive) l->primitiveDestroy(primitive);
  if (plan) l->descDestroy(plan);
  return status;
}

int CPlatform_dnnlPack(CPlatform_DNNLMatmul *x, const void *b, void *packed) {
  CPlatform_DNNL *l = x->library;
  void *from = NULL, *to = NULL;
  int status = l->memoryCreate(&from, x->b, l->engine, (void *)b);
  if (status == 0) status = l->memoryCreate(&to, x->packed, l->engine, packed);
  if (status == 0) status = reorder(x, from, to);
  if (from) l->memoryDestroy(from);
  if (to) l->memoryDestroy(to);
  return status;
}

int CPlatform_dnnlRun(CPlatform_DNNLMatmul *x, const void *a, const void *b, void *c) {
  CPlatform_DNNL *l = x->library;
  int status = l->setHandle(x->memoryA, (void *)a);
  if (status == 0) status = l->setHandle(x->memoryB, (void *)b);
  if (status == 0) status = l->setHandle(x->memoryC, c);
  Argument arguments[] = {{ARG_SRC, x->memoryA}, {ARG_WEIGHTS, x->memoryB}, {ARG_DST, x->memoryC}};
  if (status == 0) status = l->execute(x->primitive, l->stream, 3, arguments);
  return status == 0 ? l->streamWait(l->stream) : status;
}

// ---- The trial ----

enum { M = 13, N = 37, K = 70 };

static int tryOnce(CPlatform_DNNL *l, int transB, int packs) {
  static float a[M * K], b[K * N], c[M * N], packed[1 << 16];
  // Small whole numbers: every order of summation gives the same float.
  for (int i = 0; i < M * K; i++) a[i] = (float)(i % 7 - 3);
  for (int i = 0; i < K * N; i++) b[i] = (float)(i % 5 - 2);
  for (int i = 0; i < M * N; i++) c[i] = NAN;
  CPlatform_DNNLProduct p = {M, N, K, K, transB ? K : N, N, 1, 0, 0, 0, 0, transB, 3, 3, 3, packs};
  CPlatform_DNNLMatmul *x = CPlatform_dnnlPlan(l, &p);
  if (!x) return CPLATFORM_BLAS_NO_ENTRY;
  if (packs && (CPlatform_dnnlPackedBytes(x) > sizeof packed || CPlatform_dnnlPack(x, b, packed) != 0))
    return CPLATFORM_BLAS_WRONG;
  if (CPlatform_dnnlRun(x, a, packs ? packed : b, c) != 0) return CPLATFORM_BLAS_WRONG;
  for (int i = 0; i < M; i++)
    for (int j = 0; j < N; j++) {
      float sum = 0;
      for (int q = 0; q < K; q++) sum += a[i * K + q] * b[transB ? j * K + q : q * N + j];
      if (isnan(c[i * N + j])) return CPLATFORM_BLAS_NOTHING;
      if (c[i * N + j] != sum) return CPLATFORM_BLAS_WRONG;
    }
  CPlatform_dnnlFree(x);
  return CPLATFORM_BLAS_RIGHT;
}

int CPlatform_tryDNNL(const void *path) {
  int version[3];
  CPlatform_DNNL *l = CPlatform_dnnlOpen(path, version);
  if (!l) return CPLATFORM_BLAS_NOT_OPENED;
  // A fork leaves the parent's OpenMP threads behind; the library would wait for them for ever.
  CPlatform_dnnlSetThreads(l, 1);
  for (int form = 0; form < 4; form++) {
    int result = tryOnce(l, form & 1, form >> 1);
    if (result != CPLATFORM_BLAS_RIGHT) return result;
  }
  return CPLATFORM_BLAS_RIGHT;
}
