# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Unpacks what the lock names from a wheel, and nothing outside the folder that it is given."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from fnmatch import fnmatchcase
from typing import Dict, Iterator, List, Optional, Tuple

from .errors import BAD_DATA, BootstrapError, cannot_write
from .lock import Entry, UnpackRule
from .progress import Progress

BLOCK = 1 << 20
ADVICE = "Nothing was installed. Report this to whoever pinned the file; the pin has to change."


def unpack(entry: Entry, archive: str, folder: str, progress: Progress) -> Dict[str, Tuple[int, str]]:
    """Writes the entry's files below `folder`; returns each one's size and SHA-256."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            chosen = list(_chosen(entry, wheel))
            progress.begin(f"{entry.label}: unpacking", sum(info.file_size for info, _ in chosen))
            files: Dict[str, Tuple[int, str]] = {}
            done = 0
            for info, target in chosen:
                files[target] = _extract(wheel, info, os.path.join(folder, target))
                done += info.file_size
                progress.update(done)
            progress.end()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BootstrapError(f"{archive} is not a sound wheel: {error}.", BAD_DATA, ADVICE)
    _link(entry, folder)
    if entry.main not in files:
        raise BootstrapError(f"{entry.file} has no file that becomes {entry.main}.", BAD_DATA, ADVICE)
    return files


def _chosen(entry: Entry, wheel: zipfile.ZipFile) -> Iterator[Tuple[zipfile.ZipInfo, str]]:
    """The members to unpack and where to. One unsafe member condemns the whole archive."""
    members = wheel.infolist()
    for info in members:
        if _unsafe(info):
            raise BootstrapError(
                f"{entry.file} has a member '{info.filename}' that would lead outside its folder.", BAD_DATA, ADVICE
            )
    unmatched = {rule.members for rule in entry.unpack if not rule.optional}
    for info in members:
        rule = None if info.is_dir() else _rule_for(info.filename, entry.unpack)
        if rule:
            unmatched.discard(rule.members)
            yield info, rule.to + info.filename[len(rule.strip) :]
    if unmatched:
        raise BootstrapError(f"{entry.file} has no member {sorted(unmatched)[0]}.", BAD_DATA, ADVICE)


def _rule_for(name: str, rules: tuple) -> Optional[UnpackRule]:
    for rule in rules:
        if not fnmatchcase(name, rule.members) or not name.startswith(rule.strip):
            continue
        return None if any(fnmatchcase(name, pattern) for pattern in rule.excluded) else rule
    return None


def _unsafe(info: zipfile.ZipInfo) -> bool:
    """Absolute names, names that climb, and links of any kind."""
    name = info.orig_filename
    parts: List[str] = name.replace("\\", "/").split("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    return (
        name.startswith(("/", "\\"))
        or ".." in parts
        or "\0" in name
        or ":" in parts[0]
        or kind not in (0, stat.S_IFREG, stat.S_IFDIR)
    )


def _extract(wheel: zipfile.ZipFile, info: zipfile.ZipInfo, path: str) -> Tuple[int, str]:
    digest = hashlib.sha256()
    with wheel.open(info) as source:
        blocks = iter(lambda: source.read(BLOCK), b"")
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as target:
                for block in blocks:
                    digest.update(block)
                    target.write(block)
        except OSError as error:
            raise cannot_write(path, error)
    return info.file_size, digest.hexdigest()


def _link(entry: Entry, folder: str) -> None:
    for name, target in entry.links:
        try:
            os.symlink(target, os.path.join(folder, name))
        except OSError as error:
            raise cannot_write(os.path.join(folder, name), error)
