/* index_file.c: an index of a best.json: read from best.index where that belongs to it, made anew elsewhere. */
#define _GNU_SOURCE
#include "index_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger files are refused: no table of kernels is that large. */
#define MOST_BYTES ((size_t)1 << 31)

#define BEST_SCHEMA "hone.best/1"

/* ---- From JSON ---- */

static hone_status no_memory(void) { return hone__fail(HONE_ERROR_MEMORY, "no memory for an index of best.json"); }

static bool read_rows(hone__json *json, hone__builder *builder, bool *memory) {
  if (!hone__json_enter(json, '[')) return false;
  while (hone__json_element(json)) {
    hone__draft draft;
    if (!hone__draft_read(json, &draft)) return false;
    if (!hone__builder_add(builder, &draft)) {
      *memory = false;
      return hone__json_fail(json, "no memory");
    }
  }
  return json->error == NULL;
}

typedef bool (*add_experiments)(hone__builder *, const hone__draft *, const hone__vector *);

/* They stand behind the rows, whose groups they belong to. */
static bool read_transfers(hone__json *json, hone__builder *builder, add_experiments add, bool *memory) {
  hone__vector experiments = {NULL, 0, 0};
  bool fine = hone__json_enter(json, '[');
  while (fine && hone__json_element(json)) {
    hone__draft draft;
    fine = hone__transfer_read(json, &draft, &experiments);
    if (fine && !add(builder, &draft, &experiments)) {
      *memory = false;
      fine = hone__json_fail(json, "no memory");
    }
  }
  hone__vector_free(&experiments);
  return json->error == NULL;
}

static bool read_document(hone__json *json, hone__builder *builder, bool *memory) {
  hone__slice key, schema = {NULL, 0};
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    bool fine = hone__is(key, "rows")        ? read_rows(json, builder, memory)
                : hone__is(key, "transfers") ? read_transfers(json, builder, hone__builder_add_transfer, memory)
                : hone__is(key, "otherConditions")
                    ? read_transfers(json, builder, hone__builder_add_conditions, memory)
                : hone__is(key, "schema") ? hone__json_string(json, &schema)
                                          : hone__json_skip(json);
    if (!fine) return false;
  }
  if (!hone__json_finish(json)) return false;
  return hone__is(schema, BEST_SCHEMA) || hone__json_fail(json, "its schema is not " BEST_SCHEMA);
}

hone_status hone__index_build(char *text, size_t size, const char *path, hone__index_header **block) {
  hone__json json;
  hone__builder builder = {0};
  bool memory = true;
  hone__json_start(&json, text, size);
  bool fine = read_document(&json, &builder, &memory);
  *block = fine ? hone__builder_pack(&builder) : NULL;
  hone__builder_free(&builder);
  if (!memory || (fine && *block == NULL)) return no_memory();
  if (fine) return HONE_OK;
  return hone__fail(HONE_ERROR_UNUSABLE_DATA, "%s cannot be used: %s. `hone db rebuild` derives it anew.", path, json.error);
}

/* ---- From and to best.index ---- */

/* "…/best.json" -> "…/best.index". */
static bool index_path(const char *best, char *path, size_t size) {
  const char *dot = strrchr(best, '.');
  int stem = dot == NULL ? (int)strlen(best) : (int)(dot - best);
  int length = snprintf(path, size, "%.*s.index", stem, best);
  return length > 0 && (size_t)length < size;
}

static int64_t change_time(const struct stat *facts) {
  return (int64_t)facts->st_mtim.tv_sec * 1000000000 + facts->st_mtim.tv_nsec;
}

/* Does the index describe this best.json? A file that was replaced has another inode, one that was changed another time; where
 * either differs (a copy, a checkout), the content decides. */
static bool belongs(const hone__index_header *header, const char *best) {
  struct stat facts;
  if (stat(best, &facts) != 0 || header->source_bytes != (uint64_t)facts.st_size) return false;
  if (header->source_time == change_time(&facts) && header->source_inode == (uint64_t)facts.st_ino) return true;
  size_t size;
  char *text = hone__file_read(best, MOST_BYTES, &size);
  bool same = text != NULL && hone__hash(text, size, 6) == header->source_hash;
  free(text);
  return same;
}

static bool load_file(const char *best, hone__index *index) {
  char path[4096];
  size_t size;
  if (!index_path(best, path, sizeof path)) return false;
  hone__index_header *block = (void *)hone__file_read(path, MOST_BYTES, &size);
  if (block == NULL) return false;
  if (hone__index_open(index, block, size) == NULL && belongs(block, best)) return true;
  free(block);
  *index = (hone__index){0};
  return false;
}

static hone_status build_from(const char *best, hone__index_header **block) {
  size_t size;
  struct stat before;
  bool known = stat(best, &before) == 0;
  char *text = hone__file_read(best, MOST_BYTES, &size);
  if (text == NULL) return hone__fail(HONE_ERROR_UNUSABLE_DATA, "cannot read %s: %s.", best, strerror(errno));
  uint64_t hash = hone__hash(text, size, 6);
  hone_status status = hone__index_build(text, size, best, block);
  free(text);
  if (status != HONE_OK) return status;
  (*block)->source_bytes = size;
  (*block)->source_hash = hash;
  (*block)->source_inode = known ? (uint64_t)before.st_ino : 0;
  (*block)->source_time = known && (size_t)before.st_size == size ? change_time(&before) : 0;
  return HONE_OK;
}

static hone_status open_built(hone__index_header *block, const char *best, hone__index *index) {
  const char *wrong = hone__index_open(index, block, block->bytes);
  if (wrong == NULL) return HONE_OK;
  free(block);
  *index = (hone__index){0};
  return hone__fail(HONE_ERROR_INTERNAL, "the index of %s is unsound: %s", best, wrong);
}

hone_status hone__index_empty(hone__index *index) {
  hone__builder builder = {0};
  hone__index_header *block = hone__builder_pack(&builder);
  hone__builder_free(&builder);
  return block == NULL ? no_memory() : open_built(block, "nothing", index);
}

hone_status hone__index_load(const char *best, hone__index *index) {
  *index = (hone__index){0};
  if (load_file(best, index)) return HONE_OK;
  hone__index_header *block;
  hone_status status = build_from(best, &block);
  if (status != HONE_OK) return status;
  return open_built(block, best, index);
}

static int write_all(int file, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t count = write(file, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    bytes += count;
    size -= (size_t)count;
  }
  return 0;
}

/* Under another name first: a reader sees the old index or the new one, never a part. */
static int replace(const char *path, const void *bytes, size_t size) {
  char own[4200];
  snprintf(own, sizeof own, "%s.%ld", path, (long)getpid());
  int file = open(own, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int reason = write_all(file, bytes, size);
  if (close(file) != 0 && reason == 0) reason = errno;
  if (reason == 0 && rename(own, path) != 0) reason = errno;
  if (reason != 0) unlink(own);
  return reason;
}

int hone_index_write(const char *best, size_t least) {
  char path[4096];
  struct stat facts;
  if (!index_path(best, path, sizeof path)) return ENAMETOOLONG;
  if (stat(best, &facts) != 0) return errno;
  if ((size_t)facts.st_size < least) return unlink(path) == 0 || errno == ENOENT ? 0 : errno;
  hone__index_header *block;
  hone_status status = build_from(best, &block);
  if (status != HONE_OK) return status == HONE_ERROR_MEMORY ? ENOMEM : EINVAL;
  int reason = replace(path, block, block->bytes);
  free(block);
  return reason;
}
