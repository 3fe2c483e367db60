#include "CPlatformTrial.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

// The two entry points of hone_kernel.h by their calling convention only: CPlatform sits below the kernel ABI.
typedef int32_t (*DescribeLibrary)(void *);
typedef int32_t (*DescribeRow)(uint32_t, void *);

// Larger than any manifest struct of any version that starts with its own size; the rest is zero.
typedef struct {
  uint64_t structSize;
  uint32_t abi, rowCount;
  char rest[65536];
} Manifest;

int CPlatform_openLibrary(const void *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return 0; // not a crash: the caller's own dlopen tells why
  DescribeLibrary describe = (DescribeLibrary)dlsym(handle, "hone_kernel_library_describe");
  DescribeRow describeRow = (DescribeRow)dlsym(handle, "hone_kernel_row_describe");
  if (!describe || !describeRow) return 0;
  static Manifest library, row;
  library.structSize = 48;
  uint32_t rows = describe(&library) == 0 ? library.rowCount : 0;
  for (uint32_t i = 0; i < rows && i < 4096; i++) {
    memset(&row, 0, sizeof row);
    row.structSize = sizeof row;
    describeRow(i, &row);
  }
  return 0;
}
