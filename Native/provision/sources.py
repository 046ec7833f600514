# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Where a pinned file may come from, in the order the lock says, and why a place did not yield it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterator, List, Union
from urllib.parse import quote, unquote, urlsplit

from .http import FAILURES, Client, reason, without_credentials
from .index_page import ACCEPT, Link, project_page, read_links
from .lock import Entry
from .pip_settings import PipSettings

PYPI = "https://pypi.org/simple/"


@dataclass(frozen=True)
class LocalFile:
    """A file that is already on this machine."""

    path: str
    origin: str


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be downloaded."""

    url: str
    origin: str


@dataclass(frozen=True)
class Miss:
    """A place that was tried, and why it did not yield the file."""

    place: str
    why: str


Candidate = Union[LocalFile, RemoteFile, Miss]


class Sources:
    """Finds candidates for entries; each index page is asked for when its turn comes, not before."""

    def __init__(self, settings: PipSettings, client: Client, offline: bool) -> None:
        self._settings = settings
        self._client = client
        self._offline = offline

    def candidates(self, entry: Entry) -> Iterator[Candidate]:
        """Files to try and places that have none, in the lock's order."""
        for source in entry.sources:
            if source.kind == "pip":
                yield from self._pip(entry)
            elif source.kind == "pypi":
                yield from self._index(entry, PYPI, "PyPI")
            else:
                yield from self._index(entry, source.url, "release index")

    def _pip(self, entry: Entry) -> Iterator[Candidate]:
        settings = self._settings
        if not settings.find_links and not settings.indexes:
            yield Miss("pip's configuration", "names no folder and no index")
        for place in settings.find_links:
            if urlsplit(place).scheme in ("http", "https"):
                yield from self._page(entry, place, "pip's find-links")
            else:
                yield self._folder(entry, place)
        for index in settings.indexes:
            yield from self._index(entry, index, "pip's index")

    def _folder(self, entry: Entry, place: str) -> Candidate:
        path = unquote(urlsplit(place).path) if place.startswith("file:") else os.path.expanduser(place)
        origin = f"pip's folder {path}"
        if os.path.isfile(path) and os.path.basename(path) == entry.file:
            return LocalFile(path, origin)
        if not os.path.isdir(path):
            return Miss(origin, "is not a folder")
        for name in (entry.file, quote(entry.file)):
            if os.path.isfile(os.path.join(path, name)):
                return LocalFile(os.path.join(path, name), origin)
        return Miss(origin, f"has no file {entry.file}")

    def _index(self, entry: Entry, index: str, kind: str) -> Iterator[Candidate]:
        if self._settings.no_index:
            yield Miss(f"{kind} {without_credentials(index)}", "pip is configured with no-index")
        else:
            yield from self._page(entry, project_page(index, entry.project), kind)

    def _page(self, entry: Entry, address: str, kind: str) -> Iterator[Candidate]:
        origin = f"{kind} {without_credentials(address)}"
        if self._offline:
            yield Miss(origin, "not asked, because of --offline")
            return
        try:
            links = read_links(*self._client.page(address, ACCEPT))
        except FAILURES as error:
            yield Miss(origin, reason(error))
            return
        yield from self._matching(entry, links, origin, address)

    def _matching(self, entry: Entry, links: List[Link], origin: str, address: str) -> Iterator[Candidate]:
        found = [link for link in links if link.file == entry.file]
        if not found:
            yield Miss(origin, f"does not list {entry.file}")
        for link in found:
            if link.sha256 and link.sha256 != entry.sha256:
                yield Miss(origin, f"lists the file with SHA-256 {link.sha256}, and {entry.sha256} is pinned")
            else:
                yield RemoteFile(_with_credentials(link.url, address), origin)


def _with_credentials(url: str, address: str) -> str:
    """Files on an index's own host are fetched with the index's credentials."""
    file, page = urlsplit(url), urlsplit(address)
    same = file.scheme == page.scheme and file.netloc.rpartition("@")[2] == page.netloc.rpartition("@")[2]
    return file._replace(netloc=page.netloc).geturl() if same else url
