// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

// zlib as the system has it (Debian's package zlib1g-dev).

#ifndef GALLEY_ZLIB_IMPORT_H
#define GALLEY_ZLIB_IMPORT_H

#include <zlib.h>

#endif
