// CPlatformTrial.h: opens a foreign kernel library, for a child process (CPlatformChild.h): one that crashes, hangs or exits
// while it is opened or asked for its manifest takes only the child with it.
// C because it runs between fork and _exit, where no Swift may.
#pragma once

// dlopens `path` (a const char *) and calls hone_kernel_library_describe and every hone_kernel_row_describe where they exist.
// Returns 0 when it comes back from all of them; what they answered is the caller's to look at. A body for CPlatform_runInChild.
int CPlatform_openLibrary(const void *path);
