# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Builds Native/TorchShim against the unpacked LibTorch: the small library that Galley opens to train."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from typing import Dict, List, Mapping

from .digest import sha256_of
from .errors import BAD_DATA, INTERNAL, UNAVAILABLE, BootstrapError, cannot_write
from .lock import Entry
from .progress import Progress
from .store import Store

NAME = "galley-torch"
MAIN = "lib/libgalley_torch.so"
LICENCE = "Apache-2.0"
FLAGS = ("-std=c++17", "-O2", "-DNDEBUG", "-fPIC", "-shared")
COMPILERS = ("c++", "g++", "clang++")
ERROR_LINES = 20


class Shim:
    """The shim's sources in this checkout, and where the library that is built from them belongs."""

    def __init__(self, checkout: str, torch: Entry) -> None:
        self.source = os.path.join(checkout, "Native", "TorchShim", "torch_shim.cpp")
        self.header = os.path.join(checkout, "Sources", "CTorchShim", "include", "torch_shim.h")
        self.torch = torch

    @property
    def missing(self) -> str:
        """The source file that does not exist; empty when all do."""
        return next((path for path in (self.source, self.header) if not os.path.exists(path)), "")

    @property
    def abi(self) -> str:
        """The contract's version, as the header says it."""
        with open(self.header, encoding="utf-8") as file:
            found = re.search(r"^\s*#\s*define\s+GALLEY_TORCH_ABI_VERSION\s+\(?(\d+)", file.read(), re.MULTILINE)
        if not found:
            raise BootstrapError(
                f"{self.header} does not define GALLEY_TORCH_ABI_VERSION.", BAD_DATA, "Check out the file again."
            )
        return found.group(1)

    @property
    def folder(self) -> str:
        return f"{NAME}-{self.abi}"

    def inputs(self) -> Dict[str, str]:
        """What the library was made of; the same inputs are not built twice."""
        return {
            "source": sha256_of(self.source),
            "header": sha256_of(self.header),
            "torch": self.torch.sha256,
            "flags": " ".join(_link_flags(self.torch, FLAGS)),
        }

    def defect(self, store: Store, thorough: bool) -> str:
        """Why the library has to be built; empty when it is whole and current."""
        stamp = store.stamp(self.folder)
        if stamp is None:
            return "is not built"
        if stamp.get("inputs") != self.inputs():
            return "was built from other sources or for another LibTorch"
        return store.damage(self.folder, stamp, thorough)

    def build(self, store: Store, environment: Mapping[str, str], progress: Progress) -> None:
        """Compiles and installs the library. Raises BootstrapError with the compiler's first words."""
        compiler = find_compiler(environment)
        progress.say(f"{NAME} {self.abi}: compiling with {compiler[0]} (about half a minute)")
        temporary = store.temporary(self.folder)
        library = os.path.join(temporary, MAIN)
        try:
            os.makedirs(os.path.dirname(library))
        except OSError as error:
            raise cannot_write(library, error)
        _run(self._command(compiler, store, library), environment)
        files = {MAIN: (os.path.getsize(library), sha256_of(library))}
        store.commit(temporary, self.folder, {"format": 1, "name": NAME, "inputs": self.inputs(), "files": files})

    def _command(self, compiler: List[str], store: Store, library: str) -> List[str]:
        torch = store.path(self.torch.folder)
        include = os.path.join(torch, "include")
        return [
            *compiler,
            *FLAGS,
            "-isystem",
            include,
            "-isystem",
            os.path.join(include, "torch", "csrc", "api", "include"),
            "-I",
            os.path.dirname(self.header),
            self.source,
            "-o",
            library,
            f"-L{torch}/lib",
            f"-Wl,-rpath-link,{torch}/lib",
            *_link_flags(self.torch, ()),
        ]


def _link_flags(torch: Entry, first: tuple) -> List[str]:
    rpath = f"-Wl,-rpath,$ORIGIN/../../{torch.folder}/lib"
    return [*first, "-ltorch_cpu", "-lc10", "-Wl,--no-undefined", "-Wl,-z,relro,-z,now", rpath]


def find_compiler(environment: Mapping[str, str]) -> List[str]:
    """The C++ compiler's command: CXX, or the first of the usual names."""
    chosen = shlex.split(environment.get("CXX", ""))
    for command in ([chosen] if chosen else [[name] for name in COMPILERS]):
        if shutil.which(command[0], path=environment.get("PATH")):
            return command
    raise BootstrapError(
        f"{NAME} can't be built: no C++ compiler was found ({' '.join(chosen) or ', '.join(COMPILERS)}).",
        UNAVAILABLE,
        "Install one (on Debian and Ubuntu: Native/system-packages.sh), or name yours in CXX.",
    )


def _run(command: List[str], environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(command, env=dict(environment), stderr=subprocess.PIPE, text=True, errors="replace")
    except OSError as error:
        raise BootstrapError(f"{command[0]} can't be started: {error.strerror}.", UNAVAILABLE, "Name another in CXX.")
    if done.returncode == 0:
        return
    if "No space left on device" in done.stderr:
        raise cannot_write(command[command.index("-o") + 1], OSError(28, "No space left on device"))
    words = "\n".join(done.stderr.strip().splitlines()[:ERROR_LINES])
    code = f"was ended by signal {-done.returncode}" if done.returncode < 0 else f"ended with {done.returncode}"
    raise BootstrapError(
        f"{NAME} can't be built: {command[0]} {code}.\n{words}",
        INTERNAL,
        "A compiler ended by a signal often lacked memory: the build needs about 1.5 GB.",
    )
