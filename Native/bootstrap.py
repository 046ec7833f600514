#!/usr/bin/env python3
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Installs the native libraries that Galley opens at run time into .native, as Native/native.lock pins them.

Run it as often as you like: what is installed with the right digest is left alone, and what an earlier run began is
continued.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import List, Optional

if sys.version_info < (3, 9):
    sys.exit("bootstrap: Python 3.9 or newer is needed, and this is " + sys.version.split()[0])

from provision import shim as shim_names
from provision.errors import INTERNAL, UNAVAILABLE, USAGE, BootstrapError, cannot_write
from provision.http import Client
from provision.installer import Installer, installed_rows
from provision.lock import Entry, devices_entries, for_platform, known_platform, read_lock, this_platform
from provision.pip_settings import read_pip_settings
from provision.progress import Progress
from provision.shim import Shim
from provision.sources import Sources
from provision.store import Store

CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCOMPLETE = 1

EPILOGUE = """examples:
  python3 Native/bootstrap.py                     install everything this platform needs
  python3 Native/bootstrap.py --only onnxruntime  install one library
  python3 Native/bootstrap.py --check             say what is missing; exit with 1 if anything is
  python3 Native/bootstrap.py --offline           use only this machine's files
  python3 Native/bootstrap.py --platform linux-aarch64
                                                  the runtimes of such devices, into .native-linux-aarch64

exit codes: 0 all is installed; 1 --check found something missing; 64 usage; 65 a file is not what it should be;
69 no source has a library, or no compiler; 70 the shim does not compile; 73 the folder can't be written;
78 the lock file is missing; 130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"bootstrap: {message}\n")


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="bootstrap.py", description=__doc__, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="only this library; may be repeated")
    parser.add_argument("--root", metavar="DIR", help="default: .native; with another --platform, .native-PLATFORM")
    parser.add_argument("--platform", metavar="NAME", help="for devices of another platform: linux-aarch64, linux-x86_64")
    parser.add_argument("--lock", metavar="FILE", default=os.path.join(CHECKOUT, "Native", "native.lock"))
    parser.add_argument("--offline", action="store_true", help="ask no host")
    parser.add_argument("--keep", action="store_true", help="keep the downloaded wheels")
    parser.add_argument("--verify", action="store_true", help="compare every installed file's digest, not its size")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="install nothing; say what is missing")
    mode.add_argument("--list", action="store_true", help="install nothing; list what is pinned")
    return parser.parse_args(arguments)


def selected(entries: List[Entry], names: Optional[List[str]], known_shim: bool) -> List[Entry]:
    """The entries that --only names; the shim brings the library that it is built with."""
    if not names:
        return entries
    known = {entry.name for entry in entries} | ({shim_names.NAME} if known_shim else set())
    unknown = [name for name in names if name not in known]
    if unknown:
        advice = f"Known: {', '.join(sorted(known))}."
        raise BootstrapError(f"'{unknown[0]}' is not pinned for this platform.", USAGE, advice)
    wanted = set(names) | ({"torch"} if shim_names.NAME in names else set())
    return [entry for entry in entries if entry.name in wanted]


def shim_for(entries: List[Entry], only: Optional[List[str]] = None) -> Optional[Shim]:
    """The shim, if LibTorch is pinned and --only does not leave it out."""
    if only and shim_names.NAME not in only:
        return None
    torch = next((entry for entry in entries if entry.name == "torch"), None)
    return Shim(CHECKOUT, torch) if torch else None


def check(store: Store, entries: List[Entry], shim: Optional[Shim], thorough: bool) -> int:
    """Prints one line for each library; 1 when anything is missing."""
    defects = [(entry.label, store.defect(entry, thorough)) for entry in entries]
    if shim and not shim.missing:
        defects.append((f"{shim_names.NAME} {shim.abi}", shim.defect(store, thorough)))
    for label, defect in defects:
        print(f"{label} {defect}." if defect else f"{label} is installed.")
    if not any(defect for _, defect in defects):
        return 0
    print("Run 'make setup', or this command without --check.", file=sys.stderr)
    return INCOMPLETE


def show_list(store: Store, entries: List[Entry], platform: str) -> int:
    for entry in entries:
        here = entry.platform in (platform, "any")
        state = "other platform" if not here else "missing" if store.defect(entry, False) else "installed"
        size = f"{entry.size / 1e6:.1f} MB" if entry.size else "?"
        print(f"{entry.name:12} {entry.version:12} {entry.platform:14} {size:>9}  {state:14}  {entry.licence}")
    return 0


def install(options: argparse.Namespace, store: Store, chosen: List[Entry], entries: List[Entry]) -> int:
    progress = Progress(quiet=options.quiet)
    settings = read_pip_settings(os.environ)
    client = Client(settings.certificates)
    sources = Sources(settings, client, options.offline)
    installer = Installer(store, sources, client, progress, os.environ, options.keep, options.verify)
    if not options.verify and complete(store, chosen, entries, options.only):
        return 0
    guard = store.open_exclusively(progress)
    with guard:
        try:
            failures = install_all(installer, chosen, shim_for(chosen, options.only))
        except BaseException:
            tidy(store, entries)
            raise
        store.write_installed(installed_rows(store, entries, shim_for(entries)))
    for failure in failures:
        complain(failure)
    return failures[0].code if failures else 0


def install_all(installer: Installer, chosen: List[Entry], shim: Optional[Shim]) -> List[BootstrapError]:
    """Installs one after another. A library that no source has does not keep the others from being installed."""
    failures: List[BootstrapError] = []
    for entry in chosen:
        try:
            report(entry.label, installer.install(entry))
        except BootstrapError as error:
            if error.code != UNAVAILABLE:
                raise
            failures.append(error)
            if shim and entry.name == shim.torch.name:
                shim = None
    if shim and shim.missing:
        print(f"{shim_names.NAME} is skipped: {os.path.relpath(shim.missing, CHECKOUT)} does not exist.")
    elif shim:
        report(f"{shim_names.NAME} {shim.abi}", installer.build_shim(shim))
    return failures


def complain(failure: BootstrapError) -> None:
    print(f"bootstrap: {failure}\n{failure.advice}".rstrip(), file=sys.stderr)


def tidy(store: Store, entries: List[Entry]) -> None:
    """After a failure: removes what is half made and lists what is whole, as far as the disk lets it."""
    try:
        store.remove_temporary()
        store.write_installed(installed_rows(store, entries, shim_for(entries)))
    except (BootstrapError, OSError):
        pass


def complete(store: Store, chosen: List[Entry], entries: List[Entry], only: Optional[List[str]]) -> bool:
    """Whether nothing is left to do, found without writing, so that a read-only folder is no obstacle."""
    shim = shim_for(chosen, only)
    if any(store.defect(entry, False) for entry in chosen) or (shim and (shim.missing or shim.defect(store, False))):
        return False
    if not store.lists(installed_rows(store, entries, shim_for(entries))):
        return False
    for label in [entry.label for entry in chosen] + ([f"{shim_names.NAME} {shim.abi}"] if shim else []):
        report(label, False)
    return True


def report(label: str, changed: bool) -> None:
    print(f"{label} {'is now installed' if changed else 'was installed already'}.", flush=True)


def run(arguments: List[str]) -> int:
    options = parse(arguments)
    everything = read_lock(options.lock)
    platform = known_platform(options.platform) if options.platform else this_platform()
    is_own = not options.platform or platform == this_platform()
    entries = for_platform(everything, platform) if is_own else devices_entries(everything, platform)
    store = Store(options.root or os.path.join(CHECKOUT, ".native" if is_own else f".native-{platform}"))
    if options.list:
        return show_list(store, everything, platform)
    shim = shim_for(entries)
    chosen = selected(entries, options.only, known_shim=shim is not None)
    if options.check:
        return check(store, chosen, shim_for(chosen, options.only), options.verify)
    return install(options, store, chosen, entries)


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(sys.argv[1:])
    except BootstrapError as error:
        complain(error)
        return error.code
    except KeyboardInterrupt:
        print("bootstrap: interrupted. Run the same command again to continue where it stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return INTERNAL
    except OSError as error:
        failure = cannot_write(error.filename or "A file", error)
        complain(failure)
        return failure.code


if __name__ == "__main__":
    sys.exit(main())
