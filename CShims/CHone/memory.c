/* memory.c: arrays that grow, sets of things by their hash, text that grows, files. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *hone__extend(hone__vector *vector, size_t item_bytes, uint32_t items) {
  static char nothing;
  if (items == 0) return &nothing;
  if (items > INT32_MAX - vector->count) return NULL;
  if (vector->count + items > vector->capacity) {
    uint64_t capacity = (uint64_t)vector->capacity + vector->capacity / 2 + items + 16;
    char *moved = realloc(vector->items, capacity * item_bytes);
    if (moved == NULL) return NULL;
    vector->items = moved;
    vector->capacity = (uint32_t)capacity;
  }
  char *first = vector->items + vector->count * item_bytes;
  memset(first, 0, items * item_bytes);
  vector->count += items;
  return first;
}

void *hone__push(hone__vector *vector, size_t item_bytes) { return hone__extend(vector, item_bytes, 1); }

void hone__vector_free(hone__vector *vector) {
  free(vector->items);
  *vector = (hone__vector){0};
}

/* ---- Maps ---- */

static void place(hone__map *map, uint64_t hash, uint32_t number) {
  uint32_t mask = map->slots - 1, slot = (uint32_t)hash & mask;
  while (map->numbers[slot] != 0) slot = (slot + 1) & mask;
  map->hashes[slot] = hash;
  map->numbers[slot] = number + 1;
}

static bool grow(hone__map *map) {
  hone__map larger = {.slots = map->slots ? map->slots * 2 : 64, .count = map->count};
  larger.hashes = malloc(larger.slots * sizeof *larger.hashes);
  larger.numbers = calloc(larger.slots, sizeof *larger.numbers);
  if (larger.hashes == NULL || larger.numbers == NULL) {
    hone__map_free(&larger);
    return false;
  }
  for (uint32_t i = 0; i < map->slots; i++)
    if (map->numbers[i] != 0) place(&larger, map->hashes[i], map->numbers[i] - 1);
  hone__map_free(map);
  *map = larger;
  return true;
}

uint32_t hone__map_add(hone__map *map, uint64_t hash, hone__equal equal, const void *context, const void *key,
                       uint32_t fresh) {
  if (map->count >= map->slots / 2 && !grow(map)) return UINT32_MAX;
  uint32_t mask = map->slots - 1;
  for (uint32_t slot = (uint32_t)hash & mask; map->numbers[slot] != 0; slot = (slot + 1) & mask) {
    uint32_t number = map->numbers[slot] - 1;
    if (map->hashes[slot] == hash && equal(context, number, key)) return number;
  }
  place(map, hash, fresh);
  map->count++;
  return fresh;
}

void hone__map_free(hone__map *map) {
  free(map->hashes);
  free(map->numbers);
  *map = (hone__map){0};
}

/* Eight bytes a step, two independent lanes: a few bytes per nanosecond, which is all that is asked of it. */
uint64_t hone__hash(const void *bytes, size_t size, uint64_t seed) {
  const unsigned char *at = bytes;
  uint64_t one = seed ^ 0xD6E8FEB86659FD93u, two = size, word;
  for (; size >= 16; size -= 16, at += 16) {
    memcpy(&word, at, 8);
    one = hone__mix(one, word);
    memcpy(&word, at + 8, 8);
    two = hone__mix(two, word);
  }
  for (; size > 0; size -= size < 8 ? size : 8, at += 8) {
    word = 0;
    memcpy(&word, at, size < 8 ? size : 8);
    one = hone__mix(one, word);
  }
  return hone__mix(hone__mix(one, two), one >> 17);
}

/* ---- Text ---- */

void hone__text_start(hone__text *text, char *buffer, size_t size) {
  *text = (hone__text){buffer, buffer == NULL ? 0 : size, 0};
  if (text->size > 0) text->buffer[0] = 0;
}

void hone__text_add(hone__text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = text->length < text->size ? text->size - text->length : 0;
  int length = vsnprintf(room ? text->buffer + text->length : NULL, room, format, arguments);
  va_end(arguments);
  if (length > 0) text->length += (size_t)length;
}

/* ---- Large blocks ---- */

#define HUGE_PAGE ((size_t)2 << 20)

/* Look-ups jump about in an index: with pages of 4 KB every jump would also wait for the page table. */
void *hone__block_alloc(size_t size) {
  if (size < HUGE_PAGE) return malloc(size ? size : 1);
  void *block = NULL;
  size_t rounded = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  if (posix_memalign(&block, HUGE_PAGE, rounded) != 0) return NULL;
  madvise(block, rounded, MADV_HUGEPAGE);
  return block;
}

/* ---- Files ---- */

static char *read_all(int file, size_t expected, size_t most, size_t *size) {
  size_t capacity = expected + 1;
  char *bytes = hone__block_alloc(capacity);
  for (*size = 0; bytes != NULL;) {
    ssize_t count = read(file, bytes + *size, capacity - 1 - *size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      if (count == 0 && *size <= most) break;
      int reason = count < 0 ? errno : EFBIG;
      free(bytes);
      errno = reason;
      return NULL;
    }
    *size += (size_t)count;
    if (*size + 1 < capacity) continue;
    if (capacity > most) {
      free(bytes);
      errno = EFBIG;
      return NULL;
    }
    char *larger = realloc(bytes, capacity + capacity / 2 + 4096);
    if (larger == NULL) free(bytes);
    capacity += capacity / 2 + 4096;
    bytes = larger;
  }
  if (bytes == NULL) errno = ENOMEM;
  else bytes[*size] = 0;
  return bytes;
}

char *hone__file_read(const char *path, size_t most, size_t *size) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return NULL;
  struct stat facts;
  char *bytes = NULL;
  int reason = 0;
  if (fstat(file, &facts) != 0) {
    reason = errno;
  } else if (S_ISDIR(facts.st_mode)) {
    reason = EISDIR;
  } else if (facts.st_size > 0 && (size_t)facts.st_size > most) {
    reason = EFBIG;
  } else {
    /* One byte more than expected, so that the end is seen without growing. Files of /proc and /sys have no size. */
    bytes = read_all(file, facts.st_size > 0 ? (size_t)facts.st_size + 1 : 4096, most, size);
    reason = errno;
  }
  close(file);
  errno = reason;
  return bytes;
}
