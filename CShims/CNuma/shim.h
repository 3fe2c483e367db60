// The C library 'numa' as a Swift module; see CShims/README.md for why each shim is here.
#pragma once
#include <numa.h>
#include <numaif.h>
