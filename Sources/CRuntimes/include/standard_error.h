// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// A file in memory alone, which glibc's Swift module doesn't offer.

#ifndef GALLEY_STANDARD_ERROR_H
#define GALLEY_STANDARD_ERROR_H

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// The descriptor of a new, empty file in memory, closed when another program is started; -1 if there can be none.
static inline int galley_memory_file(void) {
#if defined(__linux__) && defined(SYS_memfd_create)
  const unsigned int close_on_exec = 1;
  return (int)syscall(SYS_memfd_create, "galley", close_on_exec);
#else
  return -1;
#endif
}

#endif
