// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "nvml_abi.h"

_Static_assert(sizeof(GalleyNVMLUtilization) == 8, "two unsigned ints");
_Static_assert(sizeof(GalleyNVMLMemory) == 24, "three unsigned long longs");
