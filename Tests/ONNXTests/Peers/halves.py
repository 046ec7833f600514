# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Compares float16 numbers with NumPy's: halves.py FLOATS HALVES prints how many differ, and the first that does.

FLOATS holds float32 numbers, HALVES the float16 numbers that they became; both little-endian.
"""

import json
import sys

import numpy as np

floats = np.fromfile(sys.argv[1], "<f4")
found = np.fromfile(sys.argv[2], "<u2")
with np.errstate(all="ignore"):
    expected = floats.astype("<f2").view("<u2")
# What is left of a NaN's payload depends on the processor; that it is one does not.
agrees = (found == expected) | (np.isnan(floats) & np.isnan(found.view("<f2")))
wrong = np.flatnonzero(~agrees)
first = f"{floats[wrong[0]]!r}: {found[wrong[0]]:#06x}, not {expected[wrong[0]]:#06x}" if len(wrong) else ""
print(json.dumps({"count": len(floats), "differences": len(wrong), "first": first}))
