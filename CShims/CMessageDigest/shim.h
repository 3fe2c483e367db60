// The C library 'md' as a Swift module; see CShims/README.md for why each shim is here.
#pragma once
#include <sys/types.h>
#include <sha2.h>
