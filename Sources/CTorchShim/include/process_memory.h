// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The C library's setting that Swift can't reach: its header is in no module.

#ifndef GALLEY_PROCESS_MEMORY_H
#define GALLEY_PROCESS_MEMORY_H

/// Lets the C library keep freed memory for later allocations, in the whole process, instead of returning it to the
/// system. Does nothing where the C library has no such setting.
void galley_keep_freed_memory(void);

#endif
