// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#ifndef GALLEY_SANDBOX_INTERNAL_H
#define GALLEY_SANDBOX_INTERNAL_H

#include <linux/filter.h>

#include "sandbox.h"

/// The guardian's standard places of its descriptors.
enum { CONTROL_DESCRIPTOR = 3, FIRST_FREE_DESCRIPTOR = 4 };

enum { FILTER_CAPACITY = 256 };

typedef struct {
  struct sock_filter code[FILTER_CAPACITY];
  unsigned short count;
} filter_program;

/// The filter that tells the listener of calls, and refuses what would let calls pass unseen.
void filter_make_recording(filter_program *program);

/// The filter that refuses sockets.
void filter_make_refusing(filter_program *program);

/// Puts the calling thread under a filter; its listener, if flags ask for one, or 0; -1 with `errno`.
int filter_install(const filter_program *program, unsigned int flags);

/// Builds the new root folder; returns a step that failed, with `errno` and the index of the mount.
int root_build(const galley_sandbox_plan *plan, int *index);

/// Closes every descriptor from `first` on.
void close_from(int first);

#endif
