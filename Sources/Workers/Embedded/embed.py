#!/usr/bin/env python3
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Brings what is embedded of the folder Python up to date: run it after a file there was added, renamed or removed.

Embedded files are known by their names alone, and every package has an __init__.py; so each is embedded by a link with
a name of its own, galley.__init__.py. The links, EmbeddedPythonTable.swift and a list in Package.swift say the same, and
Tests/WorkersTests holds them together.
"""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOM = HERE.parent
PACKAGE = ROOM.parent.parent / "Package.swift"
TABLE = ROOM / "Programs" / "EmbeddedPythonTable.swift"

HEAD = """// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The embedded files by their paths; written by Embedded/embed.py.
enum EmbeddedPythonTable {
  static let files: [String: [UInt8]] = [
"""


def main() -> None:
    paths = sorted(str(p.relative_to(ROOM / "Python")) for p in (ROOM / "Python").rglob("*.py"))
    links = {path: path.replace("/", ".") for path in paths}
    for old in HERE.iterdir():
        if old.is_symlink():
            old.unlink()
    for path, link in links.items():
        (HERE / link).symlink_to(Path("..") / "Python" / path)
    rows = "".join(
        f'    "{path}": PackageResources.{re.sub("[^A-Za-z0-9_]", "_", link)},\n' for path, link in links.items())
    TABLE.write_text(HEAD + rows + "  ]\n}\n")
    names = "".join(f'  "{link[:-3]}",\n' for link in links.values())
    manifest = PACKAGE.read_text()
    PACKAGE.write_text(re.sub(
        r"(let pythonModules = \[\n).*?(\n?\])", lambda match: match.group(1) + names.rstrip("\n") + "\n]", manifest,
        count=1, flags=re.S))


main()
