# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Fetches, checks and unpacks the native libraries that Native/native.lock pins.

Standard library only, Python 3.9 or newer; pip is not needed.
"""
