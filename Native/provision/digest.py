# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Is a file the pinned one?"""

from __future__ import annotations

import hashlib
import os

from .lock import Entry

BLOCK = 1 << 20


def sha256_of(path: str) -> str:
    """The file's SHA-256 in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def difference(path: str, entry: Entry) -> str:
    """Why the file is not the pinned one; empty when it is."""
    try:
        size = os.path.getsize(path)
        if entry.size is not None and size != entry.size:
            return f"has {size} bytes, and {entry.size} are pinned"
        found = sha256_of(path)
    except OSError as error:
        return f"can't be read: {error.strerror}"
    return "" if found == entry.sha256 else f"has SHA-256 {found}, and {entry.sha256} is pinned"
