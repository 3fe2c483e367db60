/* preload.c: libhone_blas.so, the library to preload or to link with: it takes sgemm and dgemm, and nothing else. */
#include "internal.h"

void *(*const hone_blas__open_alternative)(void) = NULL;
