# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The folders and indexes that pip is configured with, read without pip.

Order and names of the files as pip documents them ("Configuration" in its user guide): global, user, site,
then the file that PIP_CONFIG_FILE names; environment variables PIP_… win over all files.
"""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

SECTIONS = ("global", "download", "install")
OPTIONS = ("find-links", "index-url", "extra-index-url", "no-index", "cert")


@dataclass(frozen=True)
class PipSettings:
    """What pip would look through."""

    find_links: Tuple[str, ...] = ()
    indexes: Tuple[str, ...] = ()
    no_index: bool = False
    certificates: str = ""


def read_pip_settings(environment: Mapping[str, str]) -> PipSettings:
    """The settings in force; unreadable files count as absent, as they do for pip."""
    values: Dict[str, str] = {}
    for path in configuration_files(environment):
        values.update(_read_file(path))
    for option in OPTIONS:
        value = environment.get("PIP_" + option.upper().replace("-", "_"))
        if value is not None:
            values[option] = value
    return PipSettings(
        find_links=tuple(values.get("find-links", "").split()),
        indexes=tuple(values.get("index-url", "").split() + values.get("extra-index-url", "").split()),
        no_index=values.get("no-index", "").strip().lower() in ("1", "true", "yes", "on", "t", "y"),
        certificates=values.get("cert", "").strip(),
    )


def configuration_files(environment: Mapping[str, str]) -> List[str]:
    """The configuration files, the weakest first."""
    chosen = environment.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return []
    home = environment.get("HOME", os.path.expanduser("~"))
    folders = [folder for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if folder]
    files = [os.path.join(folder, "pip", "pip.conf") for folder in folders]
    files.append("/etc/pip.conf")
    files.append(os.path.join(home, ".pip", "pip.conf"))
    files.append(os.path.join(environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip", "pip.conf"))
    files.append(os.path.join(sys.prefix, "pip.conf"))
    if chosen:
        files.append(chosen)
    return files


def _read_file(path: str) -> Dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (OSError, ValueError, configparser.Error):
        return {}
    found: Dict[str, str] = {}
    for section in SECTIONS:
        if parser.has_section(section):
            items = dict(parser.items(section))
            found.update({option: items[option] for option in OPTIONS if option in items})
    return found
