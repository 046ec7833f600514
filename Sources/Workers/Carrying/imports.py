# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Tells, as JSON, what a worker's file imports and what the interpreter that runs this is made of.

    PYTHON -c SOURCE FILE NAMES

NAMES, joined by commas, are modules that come with Galley. Nothing of the file is run: its syntax tree is read, and
those of the files beside it that it imports.
"""

import sys

# The current folder is no place of the worker's, nor of what this imports.
sys.path[:] = [entry for entry in sys.path if entry]

import ast
import importlib.machinery
import importlib.util
import json
import os
import sysconfig

SUFFIXES = importlib.machinery.SOURCE_SUFFIXES + importlib.machinery.EXTENSION_SUFFIXES
HIDING = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


class Scan:
    """The files beside a program that it imports, and what else it imports."""

    def __init__(self, path, provided):
        self.folder = os.path.dirname(path)
        self.provided = provided
        self.files, self.imports, self.faults, self.seen = set(), {}, [], set()
        self.read(path, "")

    def read(self, path, package):
        """Reads a source file; `package` is the dotted name of the package that it lies in."""
        if path in self.seen:
            return
        self.seen.add(path)
        try:
            with open(path, "rb") as file:
                self.visit(ast.parse(file.read(), path), path, package, False)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.faults.append(f"{self.relative(path)}: {error}")

    def visit(self, node, path, package, optional):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    self.note(alias.name, path, child.lineno, optional)
            elif isinstance(child, ast.ImportFrom):
                self.note_from(child, path, package, optional)
            elif isinstance(child, ast.Call):
                self.note_call(child, path, optional)
            if isinstance(child, ast.Try) and any(map(hides, child.handlers)):
                for part in child.body:
                    self.visit(ast.Module([part], []), path, package, True)
                for part in child.handlers + child.orelse + child.finalbody:
                    self.visit(ast.Module([part], []), path, package, optional)
            elif isinstance(child, ast.If) and is_for_checkers(child.test):
                for part in child.orelse:
                    self.visit(ast.Module([part], []), path, package, optional)
            else:
                self.visit(child, path, package, optional)

    def note_from(self, node, path, package, optional):
        base = node.module or ""
        if node.level:
            parts = package.split(".") if package else []
            parts = parts[:len(parts) - node.level + 1]
            base = ".".join(parts + ([base] if base else []))
            if not base:
                return
        self.note(base, path, node.lineno, optional)
        for alias in node.names:
            if self.is_local(base) and alias.name != "*":
                self.follow(f"{base}.{alias.name}")

    def note_call(self, node, path, optional):
        """A call of importlib.import_module or __import__ with a constant name."""
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
            module = node.args[0].value
            if isinstance(module, str) and module and not module.startswith("."):
                self.note(module, path, node.lineno, optional)

    def note(self, module, path, line, optional):
        if self.is_local(module):
            self.follow(module)
            return
        top = module.split(".")[0]
        known = self.imports.get(top)
        if known is None or known["isOptional"] and not optional:
            self.imports[top] = {"name": top, "file": self.relative(path), "line": line, "isOptional": optional}

    def is_local(self, module):
        top = module.split(".")[0]
        # Modules that are part of the interpreter itself, or that Galley has imported before the file, come first.
        if not top or top in sys.builtin_module_names or top in self.provided:
            return False
        place = os.path.join(self.folder, top)
        return os.path.isdir(place) and self.has_modules(place) or any(os.path.isfile(place + end) for end in SUFFIXES)

    @staticmethod
    def has_modules(folder):
        return any(name.endswith(tuple(SUFFIXES)) for _, _, names in os.walk(folder) for name in names)

    def follow(self, module):
        """Takes the files of a module beside the program: of a package the whole folder."""
        parts = module.split(".")
        place = os.path.join(self.folder, parts[0])
        if os.path.isdir(place):
            for folder, folders, names in os.walk(place):
                folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
                self.files.update(self.relative(os.path.join(folder, name)) for name in names)
        package = ""
        for position in range(len(parts)):
            path = os.path.join(self.folder, *parts[:position + 1])
            if os.path.isdir(path):
                package = ".".join(parts[:position + 1])
                init = os.path.join(path, "__init__.py")
                if os.path.isfile(init):
                    self.read(init, package)
                continue
            for end in SUFFIXES:
                if os.path.isfile(path + end):
                    self.files.add(self.relative(path + end))
                    if end in importlib.machinery.SOURCE_SUFFIXES:
                        self.read(path + end, package)
                    break
            return

    def relative(self, path):
        return os.path.relpath(path, self.folder)


def hides(handler):
    """Whether a handler of a `try` takes a failed import."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", getattr(kind, "attr", "")) in HIDING for kind in kinds)


def is_for_checkers(test):
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def place(name, standard):
    """Where a module comes from: a path, "standard", or None if it isn't there."""
    if name in sys.builtin_module_names or name == "__main__":
        return "standard"
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None:
        return "standard" if name in getattr(sys, "stdlib_module_names", ()) else None
    path = spec.origin
    if path in (None, "namespace"):
        path = next(iter(spec.submodule_search_locations or []), "")
    if path in ("built-in", "frozen"):
        return "standard"
    real = os.path.realpath(path)
    inner = next((os.path.relpath(real, folder) for folder in standard if real.startswith(folder + os.sep)), None)
    is_standard = inner is not None and inner.split(os.sep)[0] not in ("site-packages", "dist-packages")
    return "standard" if is_standard else real


def interpreter():
    variables = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    paths = {key: os.path.realpath(sysconfig.get_path(key, vars=dict(
        variables, installed_base=sys.base_prefix, installed_platbase=sys.base_exec_prefix)))
        for key in ("stdlib", "platstdlib")}
    import _struct
    built = sysconfig.get_config_var("DESTSHARED") or ""
    dynamic = os.path.dirname(getattr(_struct, "__file__", None) or "") or built
    return {
        "implementation": sys.implementation.name, "version": list(sys.version_info[:3]),
        "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
        "prefix": os.path.realpath(sys.base_prefix), "library": os.path.dirname(os.path.realpath(os.__file__)),
        "extensions": os.path.realpath(dynamic) if dynamic else "", "paths": paths,
        "environment": os.path.realpath(sys.prefix) if sys.prefix != sys.base_prefix else None,
    }


def main():
    # Long sums are deep trees.
    sys.setrecursionlimit(20_000)
    path, provided = os.path.abspath(sys.argv[1]), set(sys.argv[2].split(","))
    scan, facts = Scan(path, provided), interpreter()
    standard = {facts["library"], facts["extensions"], *facts.pop("paths").values()} - {""}
    imports = [one for one in scan.imports.values() if one["name"] not in provided]
    for one in imports:
        one["place"] = place(one["name"], standard)
    print(json.dumps({
        "interpreter": facts, "files": sorted(scan.files), "faults": scan.faults,
        "imports": sorted(imports, key=lambda one: one["name"]),
    }))


main()
