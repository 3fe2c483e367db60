/* index_tree.c: brings the points of a cell into the order of a k-d tree. */
#include "index.h"

static float value(const float *logs, uint32_t dimensions, uint32_t point, uint32_t dimension) {
  return logs[(size_t)point * dimensions + dimension];
}

static uint32_t widest(const float *logs, uint32_t dimensions, const uint32_t *order, uint32_t count) {
  uint32_t best = 0;
  float span = -1;
  for (uint32_t d = 0; d < dimensions; d++) {
    float low = value(logs, dimensions, order[0], d), high = low;
    for (uint32_t i = 1; i < count; i++) {
      float here = value(logs, dimensions, order[i], d);
      if (here < low) low = here;
      if (here > high) high = here;
    }
    if (high - low > span) {
      span = high - low;
      best = d;
    }
  }
  return best;
}

/* Hoare's selection: afterwards nothing before `middle` is larger than it in the dimension, nothing behind it smaller. */
static void select_middle(const float *logs, uint32_t dimensions, uint32_t dimension, uint32_t *order, uint32_t count,
                          uint32_t middle) {
  int64_t low = 0, high = (int64_t)count - 1;
  while (low < high) {
    float pivot = value(logs, dimensions, order[(low + high) / 2], dimension);
    int64_t i = low, j = high;
    while (i <= j) {
      while (value(logs, dimensions, order[i], dimension) < pivot) i++;
      while (value(logs, dimensions, order[j], dimension) > pivot) j--;
      if (i > j) break;
      uint32_t other = order[i];
      order[i++] = order[j];
      order[j--] = other;
    }
    if ((int64_t)middle <= j) high = j;
    else if ((int64_t)middle >= i) low = i;
    else return;
  }
}

void hone__tree_build(const float *logs, uint32_t dimensions, uint32_t *order, uint8_t *splits, uint32_t count) {
  /* The smaller half by recursion, the larger by the loop. */
  while (count > 0) {
    uint32_t middle = count / 2, dimension = dimensions == 0 ? 0 : widest(logs, dimensions, order, count);
    if (dimensions > 0) select_middle(logs, dimensions, dimension, order, count, middle);
    splits[middle] = (uint8_t)dimension;
    hone__tree_build(logs, dimensions, order, splits, middle);
    order += middle + 1;
    splits += middle + 1;
    count -= middle + 1;
  }
}
