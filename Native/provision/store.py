# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The folder of installed libraries: what is in it, and how a new folder gets in whole or not at all.

Each library's folder holds a stamp: the wheel's digest, the rules it was unpacked by, and every file's size and
digest. A folder without a fitting stamp counts as absent. Folders in the making are called `.tmp-…`, and whatever
of them a killed run left behind is removed by the next run.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from typing import Dict, List, Optional

from .digest import sha256_of
from .errors import cannot_write
from .lock import Entry
from .progress import Progress

STAMP = ".galley-install.json"
INSTALLED = "installed.json"
TEMPORARY = ".tmp-"


class Store:
    """The folder `.native`, or the one that --root names."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    @property
    def downloads(self) -> str:
        return os.path.join(self.root, "downloads")

    def path(self, *parts: str) -> str:
        return os.path.join(self.root, *parts)

    def open_exclusively(self, progress: Progress):
        """Makes the folder, waits until no other bootstrap works in it, and removes leftovers. Keep the result."""
        try:
            os.makedirs(self.root, exist_ok=True)
            guard = open(self.path(".lock"), "w", encoding="utf-8")
        except OSError as error:
            raise cannot_write(self.root, error)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            progress.say(f"Another bootstrap works in {self.root}; waiting for it.")
            fcntl.flock(guard, fcntl.LOCK_EX)
        self.remove_temporary()
        return guard

    def remove_temporary(self) -> None:
        """Removes what is in the making. Only for the holder of the lock."""
        for name in os.listdir(self.root):
            if name.startswith(TEMPORARY):
                shutil.rmtree(self.path(name), ignore_errors=True)

    def temporary(self, name: str) -> str:
        """A new empty folder beside the final ones."""
        path = self.path(f"{TEMPORARY}{name}-{os.getpid()}")
        try:
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
        except OSError as error:
            raise cannot_write(path, error)
        return path

    def commit(self, temporary: str, folder: str, stamp: Dict) -> None:
        """Stamps the finished folder and gives it its final name."""
        final = self.path(folder)
        old = self.path(f"{TEMPORARY}old-{folder}-{os.getpid()}")
        try:
            write_json(os.path.join(temporary, STAMP), stamp)
            os.sync()
            if os.path.lexists(final):
                os.rename(final, old)
            os.rename(temporary, final)
            _sync_folder(self.root)
        except OSError as error:
            raise cannot_write(final, error)
        shutil.rmtree(old, ignore_errors=True)

    def stamp(self, folder: str) -> Optional[Dict]:
        """The folder's stamp; nothing when it has none that can be read."""
        try:
            with open(self.path(folder, STAMP), encoding="utf-8") as file:
                stamp = json.load(file)
        except (OSError, ValueError):
            return None
        return stamp if isinstance(stamp, dict) and isinstance(stamp.get("files"), dict) else None

    def defect(self, entry: Entry, thorough: bool) -> str:
        """What is wrong with the installed entry; empty when it is whole."""
        stamp = self.stamp(entry.folder)
        if stamp is None:
            return "is not installed"
        if stamp.get("wheel") != entry.sha256 or stamp.get("rules") != rules_digest(entry):
            return "is installed from another wheel or by other rules than are pinned"
        return self.damage(entry.folder, stamp, thorough)

    def damage(self, folder: str, stamp: Dict, thorough: bool) -> str:
        """The first file that is not as it was installed: by size, or by digest when `thorough`."""
        for name, (size, digest) in stamp["files"].items():
            path = self.path(folder, name)
            try:
                if os.path.getsize(path) != size or (thorough and sha256_of(path) != digest):
                    return f"has a changed file {folder}/{name}"
            except OSError:
                return f"lacks the file {folder}/{name}"
        return ""

    def lists(self, libraries: List[Dict]) -> bool:
        """Whether the list that programs read is exactly this one."""
        try:
            with open(self.path(INSTALLED), encoding="utf-8") as file:
                return json.load(file) == _installed(libraries)
        except (OSError, ValueError):
            return False

    def write_installed(self, libraries: List[Dict]) -> None:
        """Replaces the list that programs read."""
        try:
            write_json(self.path(INSTALLED), _installed(libraries))
        except OSError as error:
            raise cannot_write(self.path(INSTALLED), error)


def _installed(libraries: List[Dict]) -> Dict:
    return {"format": 1, "libraries": libraries}


def rules_digest(entry: Entry) -> str:
    """Changes when other files would be unpacked from the same wheel."""
    return hashlib.sha256(repr((entry.unpack, entry.links, entry.main)).encode()).hexdigest()


def write_json(path: str, document: Dict) -> None:
    """Writes the file whole or not at all. Raises OSError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
