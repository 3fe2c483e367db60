/* host_match.c: does a host.json describe this machine? Compared are facts that need no hwloc. */
#include "host.h"

#include <string.h>

/* A fact of this machine by its name in host.json. */
typedef struct fact {
  const char *name, *text; /* text: NULL for a number; "" and 0: unknown here */
  int64_t number;
} fact;

typedef struct comparison {
  int equal, different;
} comparison;

static void compare(comparison *result, const fact *fact, hone__json *json) {
  hone__slice text;
  int64_t number;
  char next = hone__json_peek(json);
  bool known = fact->text == NULL ? fact->number > 0 : fact->text[0] != 0;
  bool fits = fact->text == NULL ? (next >= '0' && next <= '9') : next == '"';
  if (!known || !fits) {
    hone__json_skip(json);
    return;
  }
  bool same = fact->text == NULL ? hone__json_integer(json, &number) && number == fact->number
                                 : hone__json_string(json, &text) && hone__is(text, fact->text);
  if (same) result->equal++;
  else result->different++;
}

static bool read_hardware(hone__json *json, const fact *facts, size_t count, comparison *result) {
  hone__slice key;
  if (!hone__json_enter(json, '{')) return false;
  while (hone__json_member(json, &key)) {
    size_t i = 0;
    while (i < count && !hone__is(key, facts[i].name)) i++;
    if (i < count) compare(result, &facts[i], json);
    else hone__json_skip(json);
  }
  return json->error == NULL;
}

bool hone__host_fits(const hone__host *host, char *text, size_t size) {
  const fact facts[] = {
      {"vendor", host->vendor, 0},
      {"model", host->model, 0},
      {"architecture", host->architecture, 0},
      {"instructionSet", host->instruction_set, 0},
      {"packages", NULL, host->packages},
      {"cores", NULL, host->cores},
      {"threadsPerCore", NULL, host->threads_per_core},
      {"memoryGiB", NULL, host->memory_gib},
  };
  comparison result = {0, 0};
  hone__json json;
  hone__slice key;
  hone__json_start(&json, text, size);
  if (!hone__json_enter(&json, '{')) return false;
  while (hone__json_member(&json, &key)) {
    bool fine = hone__is(key, "hardware") && hone__json_peek(&json) == '{'
                    ? read_hardware(&json, facts, sizeof facts / sizeof *facts, &result)
                    : hone__json_skip(&json);
    if (!fine) return false;
  }
  return json.error == NULL && result.different == 0 && result.equal >= 3;
}
