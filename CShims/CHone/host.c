/* host.c: reads /proc and /sys: which machine is this, and how much of it is ours? */
#define _GNU_SOURCE
#include "host.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LARGEST_FILE ((size_t)4 << 20)

/* ---- Files of the kernel ---- */

/* The file's text, to be freed; NULL where it cannot be read. */
static char *read_text(const char *root, const char *path) {
  char full[1024];
  size_t size;
  int length = snprintf(full, sizeof full, "%s/%s", root, path);
  return length > 0 && (size_t)length < sizeof full ? hone__file_read(full, LARGEST_FILE, &size) : NULL;
}

static long read_number(const char *root, const char *path, long otherwise) {
  char *text = read_text(root, path), *end = NULL;
  long value = text == NULL ? otherwise : strtol(text, &end, 10);
  if (text != NULL && end == text) value = otherwise;
  free(text);
  return value;
}

/* The value of "name<blanks>: value" in a text of such lines; runs of blanks become one. false where there is none. */
static bool field(const char *text, const char *name, char *value, size_t size) {
  size_t length = strlen(name);
  for (const char *line = text; line != NULL && *line != 0; line = strchr(line, '\n'), line += line != NULL) {
    if (strncmp(line, name, length) != 0) continue;
    const char *at = line + length + strspn(line + length, " \t");
    if (*at != ':') continue;
    size_t used = 0;
    for (at++; *at != 0 && *at != '\n' && used + 1 < size; at++) {
      bool blank = *at == ' ' || *at == '\t';
      if (!blank) value[used++] = *at;
      else if (used > 0 && value[used - 1] != ' ') value[used++] = ' ';
    }
    while (used > 0 && value[used - 1] == ' ') used--;
    value[used] = 0;
    return used > 0;
  }
  return false;
}

/* ---- Names ---- */

static const char *const vendors[][2] = {
    {"AuthenticAMD", "amd"}, {"GenuineIntel", "intel"}, {"HygonGenuine", "hygon"}, {"0x41", "arm"},
    {"0x46", "fujitsu"},     {"0x48", "hisilicon"},     {"0x4e", "nvidia"},        {"0x61", "apple"},
    {"0xc0", "ampere"},
};

static void set_vendor(hone__host *host, const char *text) {
  for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++)
    if (strcmp(vendors[i][0], text) == 0) {
      strcpy(host->vendor, vendors[i][1]);
      return;
    }
  size_t i = 0;
  for (; text[i] != 0 && i + 1 < sizeof host->vendor; i++) host->vendor[i] = (char)tolower((unsigned char)text[i]);
  host->vendor[i] = 0;
}

/* Words that say nothing: "cpu", "processor", "12-core" … */
static bool is_filler(const char *word) {
  static const char *const fillers[] = {"cpu", "processor", "dual", "core", "gen"};
  for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
    if (strcasecmp(word, fillers[i]) == 0) return true;
  size_t length = strlen(word);
  return length > 5 && strcasecmp(word + length - 5, "-core") == 0 && isdigit((unsigned char)word[0]);
}

/* "Intel(R) Xeon(R) CPU E5-4640 0 @ 2.40GHz" -> "Intel Xeon E5-4640 0"; see HardwareClass.normalised. */
static void set_model(hone__host *host, char *text) {
  static const char *const marks[] = {"(R)", "(r)", "(TM)", "(tm)"};
  text[strcspn(text, "@,")] = 0;
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    for (char *at; (at = strstr(text, marks[i])) != NULL;) memset(at, ' ', strlen(marks[i]));
  hone__text model;
  hone__text_start(&model, host->model, sizeof host->model);
  char *rest = NULL;
  for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
    if (!is_filler(word)) hone__text_add(&model, "%s%s", model.length ? " " : "", word);
}

static void read_names(hone__host *host, const char *root) {
  char *text = read_text(root, "proc/cpuinfo"), value[256];
  struct utsname names;
  if (text != NULL) {
    if (field(text, "vendor_id", value, sizeof value) || field(text, "CPU implementer", value, sizeof value))
      set_vendor(host, value);
    if (field(text, "model name", value, sizeof value) || field(text, "cpu model", value, sizeof value))
      set_model(host, value);
  }
  free(text);
  if (uname(&names) == 0) snprintf(host->architecture, sizeof host->architecture, "%.30s", names.machine);
}

static void read_memory(hone__host *host, const char *root) {
  char *text = read_text(root, "proc/meminfo"), value[64];
  if (text != NULL && field(text, "MemTotal", value, sizeof value)) {
    int64_t kilobytes = strtoll(value, NULL, 10);
    /* Rounded up to a power of two: usable memory is always a little less than what is built in. */
    for (host->memory_gib = 1; host->memory_gib << 20 < kilobytes && host->memory_gib < 1 << 30;) host->memory_gib *= 2;
  }
  free(text);
}

/* ---- Cores ---- */

typedef struct seat {
  long package, core;
  bool ours;
} seat;

/* Numbers of the CPUs that are online, most 4096. */
static uint32_t read_seats(seat *seats, uint32_t most, const char *root, const cpu_set_t *affinity) {
  uint32_t count = 0;
  char path[1024];
  snprintf(path, sizeof path, "%s/sys/devices/system/cpu", root);
  DIR *folder = opendir(path);
  if (folder == NULL) return 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < most;) {
    char *end;
    if (strncmp(entry->d_name, "cpu", 3) != 0 || !isdigit((unsigned char)entry->d_name[3])) continue;
    long number = strtol(entry->d_name + 3, &end, 10);
    if (*end != 0) continue;
    snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%ld/topology/core_id", number);
    long core = read_number(root, path, -1);
    if (core < 0) continue; /* offline */
    snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%ld/topology/physical_package_id", number);
    bool ours = number < CPU_SETSIZE && CPU_ISSET((int)number, affinity);
    seats[count++] = (seat){read_number(root, path, 0), core, ours};
  }
  closedir(folder);
  return count;
}

static int compare_seats(const void *one, const void *other) {
  const seat *a = one, *b = other;
  if (a->package != b->package) return a->package < b->package ? -1 : 1;
  return a->core == b->core ? 0 : a->core < b->core ? -1 : 1;
}

static void count_cores(hone__host *host, seat *seats, uint32_t count) {
  int32_t ours = 0, threads = 0;
  qsort(seats, count, sizeof *seats, compare_seats);
  for (uint32_t i = 0; i < count; i++) {
    bool new_package = i == 0 || seats[i].package != seats[i - 1].package;
    bool new_core = i == 0 || compare_seats(&seats[i], &seats[i - 1]) != 0;
    host->packages += new_package;
    host->cores += new_core;
    threads = new_core ? 1 : threads + 1;
    if (threads > host->threads_per_core) host->threads_per_core = threads;
    if (seats[i].ours) {
      ours++;
      /* Another thread of a core that is counted already. */
      for (uint32_t j = i; j > 0 && compare_seats(&seats[j - 1], &seats[i]) == 0; j--)
        if (seats[j - 1].ours) {
          ours--;
          break;
        }
    }
  }
  host->budget = ours;
}

/* ---- Control groups ---- */

/* "200000 100000" is 2; "max 100000" is unlimited (0). */
static double unified_quota(const char *root, const char *folder) {
  char path[1200];
  snprintf(path, sizeof path, "sys/fs/cgroup%s/cpu.max", folder);
  char *text = read_text(root, path);
  double quota = 0, period = 100000;
  if (text == NULL || sscanf(text, "%lf %lf", &quota, &period) < 1 || period <= 0) quota = 0;
  free(text);
  return quota / period;
}

static double old_quota(const char *root, const char *mount, const char *folder) {
  char path[1200];
  snprintf(path, sizeof path, "sys/fs/cgroup/%s%s/cpu.cfs_quota_us", mount, folder);
  long quota = read_number(root, path, 0);
  snprintf(path, sizeof path, "sys/fs/cgroup/%s%s/cpu.cfs_period_us", mount, folder);
  long period = read_number(root, path, 0);
  return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

/* The tightest limit of a group and its parents. */
static void tighten(double *limit, const char *root, const char *mount, const char *group) {
  char folder[512];
  if (snprintf(folder, sizeof folder, "%s", group) >= (int)sizeof folder) return;
  for (;;) {
    const char *below = strcmp(folder, "/") == 0 ? "" : folder;
    double here = mount == NULL ? unified_quota(root, below) : old_quota(root, mount, below);
    if (here > 0 && (*limit == 0 || here < *limit)) *limit = here;
    char *slash = strrchr(folder, '/');
    if (slash == NULL || folder[0] == 0) return;
    *slash = 0;
  }
}

static void limit_budget(hone__host *host, const char *root) {
  char *text = read_text(root, "proc/self/cgroup"), *rest = NULL;
  double limit = 0;
  for (char *line = text == NULL ? NULL : strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    char *controllers = strchr(line, ':'), *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL) continue;
    *group++ = 0;
    controllers++;
    if (*controllers == 0) tighten(&limit, root, NULL, group);
    else if (strcmp(controllers, "cpu") == 0 || strstr(controllers, "cpu,") == controllers) tighten(&limit, root, controllers, group);
  }
  free(text);
  /* Rounded up: half a core is a core that sleeps half of the time. */
  int32_t cores = limit > 0 && limit < INT32_MAX - 1 ? (int32_t)limit + (limit > (double)(int32_t)limit) : INT32_MAX;
  if (host->budget > cores) host->budget = cores;
  if (host->budget < 1) host->budget = 1;
}

void hone__host_read(hone__host *host, const char *root) {
  enum { most = 4096 };
  cpu_set_t affinity;
  memset(host, 0, sizeof *host);
  host->instruction_set = "";
  static const char *const sets[] = {"armv8", "x86v2", "x86v3", "x86v4"};
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
    if (hone__host_runs(sets[i])) host->instruction_set = sets[i];
  read_names(host, root);
  read_memory(host, root);
  /* Of the process, which is its first thread: the caller may be a thread that somebody bound. */
  if (sched_getaffinity(getpid(), sizeof affinity, &affinity) != 0) memset(&affinity, 0xFF, sizeof affinity);
  seat *seats = malloc(most * sizeof *seats);
  if (seats != NULL) count_cores(host, seats, read_seats(seats, most, root, &affinity));
  free(seats);
  if (host->budget < 1) host->budget = CPU_COUNT(&affinity);
  limit_budget(host, root);
}
