# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Downloads a pinned file, resuming what an earlier run began.

A part is named by the digest it is meant to have, so that a changed pin never resumes a stranger's bytes. It gets
its final name only when its digest is right.
"""

from __future__ import annotations

import os
import re
import time
import urllib.error
from typing import Callable, Optional

from .digest import difference
from .errors import cannot_write
from .http import FAILURES, Client, reason
from .lock import Entry
from .progress import Progress

BLOCK = 1 << 18
ATTEMPTS = 4
PAUSE_SECONDS = 1.0


class DownloadFailed(Exception):
    """This address did not yield the file; the text says why."""


class _Interrupted(Exception):
    """The connection broke; what arrived is kept, and another attempt continues it."""


def download(
    entry: Entry, url: str, folder: str, client: Client, progress: Progress, pause: Callable[[float], None] = time.sleep
) -> str:
    """The path of the verified file. Raises DownloadFailed, or BootstrapError when the disk refuses."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error)
    final = os.path.join(folder, entry.file)
    part = os.path.join(folder, f"{entry.sha256[:16]}-{entry.file}.part")
    resumed = _size(part) > 0
    _fetch_with_retries(entry, url, part, client, progress, pause)
    wrong = difference(part, entry)
    if wrong and resumed:  # the old bytes may be the bad ones: once more from the start
        _remove(part)
        _fetch_with_retries(entry, url, part, client, progress, pause)
        wrong = difference(part, entry)
    if wrong:
        _remove(part)
        raise DownloadFailed(f"the file {wrong}")
    os.replace(part, final)
    return final


def _fetch_with_retries(entry, url, part, client, progress, pause) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _fetch(entry, url, part, client, progress)
        except _Interrupted as error:
            if attempt == ATTEMPTS:
                raise DownloadFailed(f"{error} ({ATTEMPTS} attempts; the part that arrived is kept)")
            pause(PAUSE_SECONDS * attempt)


def _fetch(entry: Entry, url: str, part: str, client: Client, progress: Progress) -> None:
    """Appends what is missing to the part."""
    start = _size(part)
    if entry.size is not None and start >= entry.size:
        return
    try:
        response = client.open(url, {"Range": f"bytes={start}-"} if start else {})
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the server has no more bytes than the part; the digest decides
            return
        if error.code >= 500:
            raise _Interrupted(reason(error))
        raise DownloadFailed(reason(error))
    except FAILURES as error:
        raise _Interrupted(reason(error))
    with response:
        if not (start and response.status == 206 and _range_start(response) == start):
            start = 0
        _copy(entry, response, part, start, progress)


def _copy(entry: Entry, response, part: str, start: int, progress: Progress) -> None:
    length = response.headers.get("Content-Length", "")
    total: Optional[int] = start + int(length) if length.isdigit() else entry.size
    if entry.size is not None and total is not None and total != entry.size:
        raise DownloadFailed(f"the server offers {total} bytes, and {entry.size} are pinned")
    progress.begin(f"{entry.label}: downloading", total, start)
    done = start
    with _opened(part, "r+b" if start else "wb") as file:
        file.seek(start)
        while True:
            try:
                block = response.read1(BLOCK)
            except FAILURES as error:
                raise _Interrupted(reason(error))
            if not block:
                break
            _write(file, block, part)
            done += len(block)
            if entry.size is not None and done > entry.size:
                raise DownloadFailed(f"the server sends more than the {entry.size} bytes that are pinned")
            progress.update(done)
    if total is not None and done < total:
        raise _Interrupted(f"the connection broke after {done} of {total} bytes")
    progress.end()


def _opened(path: str, mode: str):
    try:
        return open(path, mode, buffering=0)
    except OSError as error:
        raise cannot_write(path, error)


def _write(file, block: bytes, path: str) -> None:
    try:
        view = memoryview(block)
        while view:
            view = view[file.write(view) :]
    except OSError as error:
        raise cannot_write(path, error)


def _range_start(response) -> int:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found.group(1)) if found else -1


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
