/* internal.h: what the files of libhone share. Names with two underscores are hidden from applications. */
#ifndef HONE_INTERNAL_H
#define HONE_INTERNAL_H

#include "hone.h"

/* The same as toolVersion in Sources/Hone (a test compares them). */
#define HONE_VERSION "0.1.0"

/* Remembers the reason for hone_last_error() and returns `status`. The reason says what is wrong and what to do. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
hone_status hone__fail(hone_status status, const char *format, ...);

#endif
