# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Lets a worker's threads take turns as often as `GALLEY_SWITCH_INTERVAL` says, in seconds: races show themselves."""

import os
import sys

sys.setswitchinterval(float(os.environ.get("GALLEY_SWITCH_INTERVAL") or sys.getswitchinterval()))
