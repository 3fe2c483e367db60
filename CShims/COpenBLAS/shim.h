// The C library 'openblas' as a Swift module; see CShims/README.md for why each shim is here.
#pragma once
#include <cblas.h>
