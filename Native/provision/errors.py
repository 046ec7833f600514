# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The one kind of failure that the bootstrap reports, with its exit code (as in sysexits)."""

from __future__ import annotations

import errno

USAGE = 64
BAD_DATA = 65
UNAVAILABLE = 69
INTERNAL = 70
CANT_CREATE = 73
CONFIGURATION = 78


class BootstrapError(Exception):
    """A failure that a person can act on: a full sentence, and what to do next."""

    def __init__(self, message: str, code: int, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice


def cannot_write(path: str, error: OSError) -> BootstrapError:
    """The error for a file or folder that can't be written, by its cause."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BootstrapError(
            f"The disk is full: {path} could not be written.",
            CANT_CREATE,
            "Free some space and run the same command again; what is already complete is kept.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BootstrapError(
            f"{path} can't be written: {error.strerror}.",
            CANT_CREATE,
            "Make the folder writable for this user, or choose another one with --root DIR.",
        )
    return BootstrapError(
        f"{path} can't be written: {error.strerror or error}.",
        CANT_CREATE,
        "Correct the cause and run the same command again.",
    )
