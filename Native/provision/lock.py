# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Reads native.lock: what is pinned, for which platform, from where, and what is unpacked from it."""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass
from typing import Dict, List, Optional

from .errors import BAD_DATA, CONFIGURATION, UNAVAILABLE, USAGE, BootstrapError

FORMAT = 1
PLATFORMS = ("linux-x86_64", "linux-aarch64", "any")
SOURCE_KINDS = ("pip", "pypi", "url")
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Source:
    """One place that may have the file: pip's folders and indexes, PyPI, or the index at `url`."""

    kind: str
    url: str = ""


@dataclass(frozen=True)
class UnpackRule:
    """Members that match the pattern go to the folder `to`, without the leading `strip`."""

    members: str
    strip: str
    to: str
    excluded: tuple
    optional: bool


@dataclass(frozen=True)
class Entry:
    """One pinned library for one platform."""

    name: str
    version: str
    platform: str
    file: str
    size: Optional[int]
    sha256: str
    licence: str
    main: str
    sources: tuple
    unpack: tuple
    links: tuple

    @property
    def folder(self) -> str:
        """The folder's name below .native."""
        return f"{self.name}-{self.version}"

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def project(self) -> str:
        """The name under which package indexes list the file: a wheel's name begins with it."""
        return self.file.split("-", 1)[0].replace("_", "-").lower()


def this_platform() -> str:
    """The lock's name of the machine this runs on; an error on one that Galley does not serve."""
    system, machine = platform.system(), platform.machine().lower()
    if system != "Linux" or machine not in MACHINES:
        raise BootstrapError(
            f"No native libraries are pinned for {system} on {machine}.",
            UNAVAILABLE,
            "Galley runs on Linux on x86-64 and arm64.",
        )
    return f"linux-{MACHINES[machine]}"


def known_platform(name: str) -> str:
    """A platform that the user names; an error if nothing is pinned for such."""
    known = [platform for platform in PLATFORMS if platform != "any"]
    if name not in known:
        raise BootstrapError(f"'{name}' is no platform of Galley's.", USAGE, f"Known: {', '.join(known)}.")
    return name


def read_lock(path: str) -> List[Entry]:
    """All entries of the lock file, checked."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except FileNotFoundError:
        raise BootstrapError(f"The lock file {path} does not exist.", CONFIGURATION, "Check out the file again.")
    except (ValueError, OSError) as error:
        raise BootstrapError(f"The lock file {path} can't be read: {error}.", BAD_DATA, "Check out the file again.")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BootstrapError(
            f"The lock file {path} is not of format {FORMAT}.", BAD_DATA, "Use the bootstrap of the same checkout."
        )
    return [_entry(path, index, item) for index, item in enumerate(document.get("libraries", []))]


def for_platform(entries: List[Entry], name: str) -> List[Entry]:
    """The entries that this platform needs."""
    return [entry for entry in entries if entry.platform in (name, "any")]


def devices_entries(entries: List[Entry], name: str) -> List[Entry]:
    """The entries that an agent on another platform needs: nothing trains there, and no reports are written."""
    return [entry for entry in entries if entry.platform == name and entry.name != "torch"]


def _entry(path: str, index: int, item: Dict) -> Entry:
    where = f"{path}, libraries[{index}]"
    try:
        entry = Entry(
            name=item["name"],
            version=item["version"],
            platform=item["platform"],
            file=item["file"],
            size=item["size"],
            sha256=item["sha256"],
            licence=item["licence"],
            main=item["main"],
            sources=tuple(Source(source["kind"], source.get("url", "")) for source in item["sources"]),
            unpack=tuple(_rule(rule) for rule in item["unpack"]),
            links=tuple(sorted(item.get("links", {}).items())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BootstrapError(f"{where}: the entry lacks or misspells {error}.", BAD_DATA, "Correct the lock file.")
    problem = _problem(entry)
    if problem:
        raise BootstrapError(f"{where}: {problem}.", BAD_DATA, "Correct the lock file.")
    return entry


def _rule(item: Dict) -> UnpackRule:
    return UnpackRule(
        members=item["members"],
        strip=item.get("strip", ""),
        to=item.get("to", ""),
        excluded=tuple(item.get("except", [])),
        optional=bool(item.get("optional", False)),
    )


def _problem(entry: Entry) -> str:
    """What is wrong with the entry, or nothing."""
    if entry.platform not in PLATFORMS:
        return f"unknown platform '{entry.platform}'; known: {', '.join(PLATFORMS)}"
    if not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
        return "sha256 is not 64 lower-case hexadecimal digits"
    if entry.size is not None and (not isinstance(entry.size, int) or entry.size <= 0):
        return "size is neither a positive number of bytes nor null"
    for value in (entry.name, entry.version, entry.file):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", value):
            return f"'{value}' is not a plain name"
    for source in entry.sources:
        if source.kind not in SOURCE_KINDS:
            return f"unknown source '{source.kind}'; known: {', '.join(SOURCE_KINDS)}"
    return ""
