/* internal.h: what the files of libhone share. Names with two underscores are hidden from applications. */
#ifndef HONE_INTERNAL_H
#define HONE_INTERNAL_H

#include "hone.h"

#include <stdbool.h>

/* The same as toolVersion in Sources/Hone (a test compares them). */
#define HONE_VERSION "0.1.0"

/* Dimensions of a problem and attributes of an operation, at most. */
#define HONE_MAX_NAMES 16

/* Remembers the reason for hone_last_error() and returns `status`. The reason says what is wrong and what to do. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
hone_status hone__fail(hone_status status, const char *format, ...);

/* ---- memory.c: arrays that grow, sets of things by their hash, text that grows, files ---- */

typedef struct hone__vector {
  char *items;
  uint32_t count, capacity;
} hone__vector;

/* Further items, all zero: the first of them; NULL where there is no memory (or there are 2^31 items). Moves the others. */
void *hone__extend(hone__vector *vector, size_t item_bytes, uint32_t items);
void *hone__push(hone__vector *vector, size_t item_bytes);
void hone__vector_free(hone__vector *vector);

/* Open addressing: a number (of an item elsewhere) for each hash; the caller decides what is equal. */
typedef struct hone__map {
  uint64_t *hashes;
  uint32_t *numbers; /* number + 1; 0: free */
  uint32_t slots, count;
} hone__map;

typedef bool (*hone__equal)(const void *context, uint32_t number, const void *key);

/* The number that is stored for the key, or `fresh` after storing it. UINT32_MAX where there is no memory. */
uint32_t hone__map_add(hone__map *map, uint64_t hash, hone__equal equal, const void *context, const void *key,
                       uint32_t fresh);
void hone__map_free(hone__map *map);

uint64_t hone__hash(const void *bytes, size_t size, uint64_t seed);
/* Mixes one word into a hash. */
static inline uint64_t hone__mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

/* Text that is written as snprintf does: into `buffer` as far as it goes, `length` counts all of it. */
typedef struct hone__text {
  char *buffer;
  size_t size, length;
} hone__text;

void hone__text_start(hone__text *text, char *buffer, size_t size);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void hone__text_add(hone__text *text, const char *format, ...);

/* Uninitialised memory, on huge pages where it is large; free() it. */
void *hone__block_alloc(size_t size);

/* A whole file in memory of its own, followed by a 0 that does not count; free() it. NULL: errno says why; EFBIG
 * where it is larger than `most`. Read rather than mapped: a file that is cut while it is mapped kills the process. */
char *hone__file_read(const char *path, size_t most, size_t *size);

/* ---- json.c: a reader that changes the text that it reads (escapes are resolved in place) ---- */

typedef struct hone__slice {
  const char *text; /* not ended by 0 */
  size_t size;
} hone__slice;

typedef struct hone__json {
  char *at, *end;
  const char *start;
  const char *error; /* NULL: none */
  int depth;
  bool first;
} hone__json;

void hone__json_start(hone__json *json, char *text, size_t size);
/* Sets the error unless there is one. Returns false. */
bool hone__json_fail(hone__json *json, const char *reason);
/* Consume '{' or '['. */
bool hone__json_enter(hone__json *json, char bracket);
/* To the next member's value: true with its key; false at the end or after an error. */
bool hone__json_member(hone__json *json, hone__slice *key);
/* To the next element: true; false at the end or after an error. */
bool hone__json_element(hone__json *json);
bool hone__json_string(hone__json *json, hone__slice *value);
bool hone__json_double(hone__json *json, double *value);
bool hone__json_integer(hone__json *json, int64_t *value);
bool hone__json_skip(hone__json *json);
/* The next value's first character, 0 at the end. */
char hone__json_peek(hone__json *json);
/* Consumes `null` if it is next. */
bool hone__json_null(hone__json *json);
/* Nothing but blanks may follow. */
bool hone__json_finish(hone__json *json);

static inline bool hone__is(hone__slice slice, const char *text) {
  size_t i = 0;
  while (i < slice.size && text[i] != 0 && text[i] == slice.text[i]) i++;
  return i == slice.size && text[i] == 0;
}

#endif
