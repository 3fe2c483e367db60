/* hone_blas.h: what libhone_blas.so offers beside the BLAS: its switch and its counters.
 *
 * libhone_blas stands before a BLAS library, by LD_PRELOAD, by linking, or as an alternative for libblas.so.3. sgemm
 * (Fortran and CBLAS) runs with the configuration that was tuned for this machine where that is known to win; everything
 * else goes to the real library. No program needs this header: everything can be said by environment variables.
 *
 *   HONE_BLAS=0             everything to the real library; 1 (or unset): on
 *   HONE_BLAS_VERBOSE=1     tell each shape that nothing tuned is known for, and a summary at exit, on standard error
 *   HONE_BLAS_REAL=PATH     the real library; unset: the next one that the loader would have taken
 *   HONE_DB=PATH            the tuning database
 *   HONE_LIBRARY=PATH       libhone.so.0; unset: beside this library, then the system's
 *   HONE_THREADS=N          threads that one call may use; unset: OPENBLAS_NUM_THREADS, GOTO_NUM_THREADS,
 *                           OMP_NUM_THREADS, and what the real library was told at run time
 *   HONE_RECORD=FILE.json   write what the program calls as a workload for `hone tune FILE.json`; %p is the process
 *
 * All functions: any thread.
 */
#ifndef HONE_BLAS_H
#define HONE_BLAS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HONE_BLAS_API __attribute__((visibility("default")))
#else
#define HONE_BLAS_API
#endif

/* Calls of sgemm and dgemm since the process began. */
typedef struct hone_blas_counts {
  uint64_t served;    /* ran with Hone */
  uint64_t forwarded; /* ran with the real library, `missed` included */
  uint64_t missed;    /* ran with the real library because nothing tuned is known for the shape */
} hone_blas_counts;

/* 1: sgemm may run with Hone; 0: all goes to the real library. Returns what was set before. For programs that compare. */
HONE_BLAS_API int32_t hone_blas_set_enabled(int32_t enabled);
HONE_BLAS_API void hone_blas_get_counts(hone_blas_counts *counts);
/* Path of the real library; "" where none was needed yet or none is found. Valid for ever. */
HONE_BLAS_API const char *hone_blas_real_library(void);
/* Writes the recording now. 0: done, or nothing to write; else an errno. */
HONE_BLAS_API int32_t hone_blas_write_record(void);

#ifdef __cplusplus
}
#endif
#endif
