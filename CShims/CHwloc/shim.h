// The C library 'hwloc' as a Swift module; see CShims/README.md for why each shim is here.
#pragma once
#include <errno.h>
#include <hwloc.h>
#include <hwloc/export.h>
#include <stdlib.h>

// The flag exists from hwloc 3 on, where the default became a format that hwloc 2 cannot read; as it may be absent, Swift cannot
// name it. Delete when hwloc 2 is no longer supported.
static inline unsigned long CHwloc_exportFlags(void) {
#if HWLOC_API_VERSION >= 0x30000
  return HWLOC_TOPOLOGY_EXPORT_XML_FLAG_V2;
#else
  return 0;
#endif
}

// A description of a topology in memory; `text` ends with a zero that `length` counts.
typedef struct {
  const char *text;
  int length;
  int isSynthetic;
  unsigned long flags;
} CHwloc_Description;

// Everything between init and load. Instruction caches and memory-side caches are kept only when asked for; devices stay
// out, as they say nothing about the CPUs. A null text is the running system.
static inline int CHwloc_describe(hwloc_topology_t topology, const CHwloc_Description *description) {
  int code = 0;
  if (description->text && description->isSynthetic) code = hwloc_topology_set_synthetic(topology, description->text);
  if (description->text && !description->isSynthetic)
    code = hwloc_topology_set_xmlbuffer(topology, description->text, description->length);
  if (code != 0 || (code = hwloc_topology_set_flags(topology, description->flags)) != 0) return code;
  hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
  hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MEMCACHE, HWLOC_TYPE_FILTER_KEEP_ALL);
  return 0;
}

// Loads and checks a description and returns 0 or an errno. hwloc may crash on a damaged one, and its check ends the process
// where the objects do not fit together: run it in a child (CPlatform_runInChild). It is C because the child must not
// run Swift. Delete when hwloc survives damaged files.
static inline int CHwloc_try(const void *argument) {
  const CHwloc_Description *description = (const CHwloc_Description *)argument;
  setenv(description->isSynthetic ? "HWLOC_SYNTHETIC_VERBOSE" : "HWLOC_XML_VERBOSE", "1", 1);
  hwloc_topology_t topology;
  if (hwloc_topology_init(&topology) != 0) return ENOMEM;
  // Whatever errno says: it is often that of some other call.
  if (CHwloc_describe(topology, description) != 0 || hwloc_topology_load(topology) != 0) return EINVAL;
  hwloc_topology_check(topology);
  return 0;
}
