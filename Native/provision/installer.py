# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Brings the store to the state that the lock describes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional

from . import shim as shim_names
from .digest import difference
from .download import DownloadFailed, download
from .errors import UNAVAILABLE, BootstrapError, cannot_write
from .http import Client
from .lock import Entry
from .progress import Progress
from .shim import Shim
from .sources import LocalFile, Miss, Sources
from .store import Store, rules_digest
from .unpack import unpack


@dataclass
class Installer:
    """Everything one run of the bootstrap works with."""

    store: Store
    sources: Sources
    client: Client
    progress: Progress
    environment: Mapping[str, str]
    keep_downloads: bool = False
    thorough: bool = False

    def install(self, entry: Entry) -> bool:
        """Installs the entry; false when it was whole already."""
        if not self.store.defect(entry, self.thorough):
            return False
        archive = self._obtain(entry)
        temporary = self.store.temporary(entry.folder)
        files = unpack(entry, archive, temporary, self.progress)
        stamp = {"format": 1, "name": entry.name, "version": entry.version, "files": files}
        stamp.update(wheel=entry.sha256, rules=rules_digest(entry))
        self.store.commit(temporary, entry.folder, stamp)
        if not self.keep_downloads and os.path.dirname(archive) == self.store.downloads:
            os.remove(archive)
            _remove_if_empty(self.store.downloads)
        return True

    def build_shim(self, shim: Shim) -> bool:
        """Builds the shim; false when it was current already."""
        if not shim.defect(self.store, self.thorough):
            return False
        shim.build(self.store, self.environment, self.progress)
        return True

    def _obtain(self, entry: Entry) -> str:
        """A verified wheel on this machine; the first source that yields the digest wins."""
        cached = os.path.join(self.store.downloads, entry.file)
        if os.path.exists(cached):
            if not difference(cached, entry):
                return cached
            _remove(cached)
        misses: List[Miss] = []
        for candidate in self.sources.candidates(entry):
            if isinstance(candidate, Miss):
                misses.append(candidate)
            elif isinstance(candidate, LocalFile):
                wrong = difference(candidate.path, entry)
                if not wrong:
                    self.progress.say(f"{entry.label}: from {candidate.origin}")
                    return candidate.path
                misses.append(Miss(candidate.origin, f"its file {wrong}"))
            else:
                try:
                    return download(entry, candidate.url, self.store.downloads, self.client, self.progress)
                except DownloadFailed as error:
                    misses.append(Miss(candidate.origin, str(error)))
        raise _nowhere(entry, misses, self.store.downloads)


def installed_rows(store: Store, entries: List[Entry], shim: Optional[Shim]) -> List[Dict]:
    """What is in the store, as installed.json lists it for programs."""
    rows = [_row(store, entry.name, entry.version, entry.folder, entry.main, entry.licence) for entry in entries]
    if shim and not shim.missing:
        rows.append(_row(store, shim_names.NAME, shim.abi, shim.folder, shim_names.MAIN, shim_names.LICENCE))
    return [row for row in rows if row]


def _row(store: Store, name: str, version: str, folder: str, main: str, licence: str) -> Dict:
    stamp = store.stamp(folder)
    if stamp is None or main not in stamp["files"]:
        return {}
    row = {"name": name, "version": version, "path": folder, "main": main, "licence": licence}
    row["sha256"] = stamp["files"][main][1]
    return row


def _nowhere(entry: Entry, misses: List[Miss], downloads: str) -> BootstrapError:
    tried = "\n".join(f"  - {miss.place}: {miss.why}" for miss in misses) or "  - nothing: the lock names no source"
    return BootstrapError(
        f"{entry.label} could not be obtained; no source has {entry.file} with SHA-256 {entry.sha256}.\n"
        f"Tried:\n{tried}",
        UNAVAILABLE,
        f"Connect to the network and run the same command again, or put the file into {downloads} "
        "or into a folder that pip's find-links names.",
    )


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError as error:
        raise cannot_write(path, error)


def _remove_if_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass
