/* index.h: one hardware class's best.json as the reader wants it: one block of memory without pointers.
 *
 * The same bytes are kept beside a large best.json as best.index, so that opening it is reading it. All numbers are in
 * the byte order of the machine; a file of another order, version or best.json is not used.
 *
 *   header | strings | variants | parameters | rows | problems | slots | groups | names | cells | points | places | splits |
 *   regrets | conditions
 *
 * problem   what was tuned: hash, group, its rows, its extents (names sorted). Found through `slots` (open addressing).
 * group     problems that are neighbours of each other: same operation, types, attributes and names of dimensions.
 * cell      rows of a group that are alike for a caller: same core count, policy, threads and instruction set. Its points
 *           (binary logarithms of extent + 1) are a k-d tree: the median of the widest dimension in the middle, and so on.
 */
#ifndef HONE_INDEX_H
#define HONE_INDEX_H

#include "internal.h"

#define HONE_INDEX_MAGIC "HONEIDX"
#define HONE_INDEX_VERSION 2u

enum {
  HONE__STRINGS,
  HONE__VARIANTS,
  HONE__PARAMETERS,
  HONE__ROWS,
  HONE__PROBLEMS,
  HONE__SLOTS,
  HONE__GROUPS,
  HONE__NAMES,
  HONE__CELLS,
  HONE__POINTS,
  HONE__PLACES,
  HONE__SPLITS,
  HONE__REGRETS,
  HONE__CONDITIONS,
  HONE__SECTIONS
};

/* Where a section stands, in bytes from the start of the block (a multiple of 8), and how many items it has. */
typedef struct hone__section {
  uint64_t offset, count;
} hone__section;

typedef struct hone__index_header {
  char magic[8];
  uint32_t version, byte_order;
  uint64_t bytes;      /* of the whole block */
  uint64_t checksum;   /* of everything behind the header */
  uint64_t source_bytes, source_hash;
  int64_t source_time; /* of best.json's last change, in nanoseconds: as exact as the kernel's clock tick */
  uint64_t source_inode;
  uint64_t skipped;    /* rows of best.json that were unusable */
  hone__section sections[HONE__SECTIONS];
} hone__index_header;

typedef struct hone__variant {
  uint32_t backend, variant; /* offsets into strings, as all texts below */
  uint32_t instruction_set;  /* what stands behind the first @ of the variant */
  uint32_t libraries;        /* with which it was tuned: name, version, name, version ..., each ended by the byte 31; names sorted */
} hone__variant;

/* There is no @: it runs anywhere. */
#define HONE__ANY_SET UINT32_MAX

#define HONE__IS_TEXT 0x80000000u

typedef struct hone__stored_parameter {
  uint32_t name; /* HONE__IS_TEXT: the value is an offset into strings */
  uint32_t low, high;
} hone__stored_parameter;

typedef struct hone__row {
  double seconds, speedup, speedup_low, speedup_high; /* NaN where unknown */
  uint32_t problem;                                   /* offset into problems, in units of 8 bytes */
  uint32_t cores, policy, threads;
  uint32_t first_parameter;
  uint16_t variant;
  uint16_t parameter_count;
  unsigned char record[32]; /* SHA-256; zeros where there is none */
} hone__row;

typedef struct hone__stored_problem {
  uint64_t hash;
  uint32_t group, first_row, row_count, reserved;
  int64_t extents[]; /* as many as the group has names */
} hone__stored_problem;

/* Beside the problem stands where its rows begin, so that both are fetched at once. */
typedef struct hone__slot {
  uint32_t problem; /* offset into problems in units of 8 bytes, plus 1; 0: free */
  uint32_t first_row;
} hone__slot;

typedef struct hone__group {
  uint32_t key;                   /* text: see hone__group_key */
  uint32_t first_name, name_count; /* sorted */
  uint32_t first_cell, cell_count;
  uint32_t first_regret, regret_count;
  uint32_t reserved;
  uint64_t hash; /* of the key */
} hone__group;

typedef struct hone__cell {
  uint32_t cores, policy, threads;
  uint32_t instruction_set;
  uint32_t first_place, count; /* of places and splits */
  uint64_t first_point;        /* number of the first float of `points` */
} hone__cell;

/* What another winner cost at a distance, where that was tried: a neighbour's for a group, that of the same problem under other
 * conditions for an operation. Sorted by distance. */
typedef struct hone__regret {
  double distance, share;
} hone__regret;

/* The experiments with other conditions of one operation. */
typedef struct hone__conditions_regrets {
  uint32_t operation; /* text */
  uint32_t first_regret, regret_count, reserved;
} hone__conditions_regrets;

typedef struct hone__index {
  const hone__index_header *header; /* owned */
  const char *strings;
  const hone__variant *variants;
  const hone__stored_parameter *parameters;
  const hone__row *rows;
  const char *problems;
  const hone__slot *slots; /* a power of two */
  const hone__group *groups;
  const uint32_t *names;
  const hone__cell *cells;
  const float *points;
  const uint32_t *places; /* row of a point */
  const uint8_t *splits;  /* dimension in which a point splits its part */
  const hone__regret *regrets;
  const hone__conditions_regrets *conditions;
  uint32_t slot_mask;
} hone__index;

static inline uint64_t hone__count(const hone__index *index, int section) {
  return index->header->sections[section].count;
}

static inline const hone__stored_problem *hone__problem_at(const hone__index *index, uint32_t offset) {
  return (const hone__stored_problem *)(const void *)(index->problems + (size_t)offset * 8);
}

/* operation, types, attributes (name, value), names of dimensions, each ended by the byte 31: equal exactly for neighbours. */
#define HONE__KEY_END 31
#define HONE__KEY_BYTES 1024

uint64_t hone__problem_hash(uint64_t group_hash, const int64_t *extents, uint32_t count);
uint64_t hone__group_hash(const char *key, size_t size);
/* The binary logarithm of an extent plus one, so that an empty dimension is near an extent of one. */
double hone__logarithm(int64_t extent);

/* index_build.c: from the text of a best.json, which it changes; *index is malloc'ed. Sets hone_last_error; `path` is for that. */
hone_status hone__index_build(char *json, size_t size, const char *path, hone__index_header **block);
/* index_tree.c: brings a cell's points into the order of a k-d tree. `logs`: count rows of `dimensions` numbers; `order`:
 * their numbers, sorted in place; `splits` is filled. */
void hone__tree_build(const float *logs, uint32_t dimensions, uint32_t *order, uint8_t *splits, uint32_t count);

/* index_open.c: takes the block over. NULL where it is sound, else what is wrong; then the block is still the caller's. */
const char *hone__index_open(hone__index *index, hone__index_header *block, size_t bytes);
void hone__index_close(hone__index *index);

/* index_file.c */
/* Loads best.index where it belongs to best.json, else builds an index of best.json. HONE_ERROR_UNUSABLE_DATA: neither. */
hone_status hone__index_load(const char *best, hone__index *index);
/* An index without rows. */
hone_status hone__index_empty(hone__index *index);
/* Writes best.index beside a best.json of at least `least` bytes; removes it beside a smaller one. 0 or an errno.
 * Called by whoever replaced best.json. */
int hone_index_write(const char *best, size_t least);

#endif
