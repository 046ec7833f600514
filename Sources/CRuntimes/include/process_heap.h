// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// A setting of glibc's allocator that its Swift module doesn't show.

#ifndef GALLEY_PROCESS_HEAP_H
#define GALLEY_PROCESS_HEAP_H

#ifdef __linux__
#include <malloc.h>
#endif

/// Lets all threads of the process allocate from the main heap, as the single thread of a plain C program does, and lets
/// that heap grow by a mebibyte at a time.
///
/// glibc gives other threads heaps of their own, which grow page by page through the kernel: a model that a thread other
/// than the first one loads would take longer and more memory than in a program that does nothing else.
static inline void galley_use_one_heap(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 1 << 20);
#endif
}

#endif
