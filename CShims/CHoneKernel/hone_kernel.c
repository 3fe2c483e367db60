#include "hone_kernel.h"
