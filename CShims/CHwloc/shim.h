// The C library 'hwloc' as a Swift module; see CShims/README.md for why each shim is here.
#pragma once
#include <hwloc.h>
