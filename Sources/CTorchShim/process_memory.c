// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "process_memory.h"

#include <limits.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void galley_keep_freed_memory(void) {
#ifdef __GLIBC__
  // Older versions accept at most 32 MB as the size from which memory is taken from the system directly.
  if (mallopt(M_MMAP_THRESHOLD, 1 << 30) == 0) mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}
