# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Building a shim against libraries, with tiny stand-ins for LibTorch's."""

from __future__ import annotations

import ctypes
import io
import os
import shutil
import subprocess
import unittest

from support import BootstrapTest, entry, wheel

from provision.errors import BootstrapError
from provision.lock import read_lock
from provision.progress import Progress
from provision.shim import Shim
from provision.store import Store

SOURCE = """#include "torch_shim.h"
extern "C" int torch_number(void);
extern "C" int galley_answer(void) { return %s; }
"""


@unittest.skipUnless(shutil.which("c++") or shutil.which("g++") or shutil.which("clang++"), "no C++ compiler")
class ShimBuild(BootstrapTest):
    def setUp(self):
        super().setUp()
        data = self.torch_wheel()
        rules = {"unpack": [{"members": "*"}], "main": "lib/libtorch_cpu.so", "links": {}}
        self.write_lock(entry(data, [{"kind": "pip"}], name="torch", **rules))
        self.put(data)
        self.torch = read_lock(os.path.join(self.folder, "lock"))[0]
        self.store = Store(self.root)
        self.run_bootstrap("--only", "torch")
        self.write("Sources/CTorchShim/include/torch_shim.h", "#define GALLEY_TORCH_ABI_VERSION 3u\n")
        self.write("Native/TorchShim/torch_shim.cpp", SOURCE % "torch_number() + 1")
        self.shim = Shim(self.folder, self.torch)

    def torch_wheel(self):
        members = []
        for name, body in (("libtorch_cpu.so", "int torch_number(void) { return 41; }"), ("libc10.so", "int c10;")):
            path = os.path.join(self.folder, name)
            command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", path, f"-Wl,-soname,{name}"]
            subprocess.run(command, input=body, text=True, check=True)
            with open(path, "rb") as file:
                members.append((f"lib/{name}", file.read()))
        return wheel([*members, ("include/torch/csrc/api/include/x.h", b"")])

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def build(self, **environment):
        self.shim.build(self.store, {**self.environment, **environment}, Progress(io.StringIO()))

    def answer(self, root):
        return ctypes.CDLL(os.path.join(root, "galley-torch-3", "lib", "libgalley_torch.so")).galley_answer()

    def test_the_library_finds_libtorch_beside_it_wherever_the_folder_is_moved(self):
        self.assertEqual(self.shim.defect(self.store, True), "is not built")
        self.build()
        self.assertEqual(self.shim.defect(self.store, True), "")
        moved = os.path.join(self.folder, "moved")
        os.rename(self.root, moved)
        self.assertEqual(self.answer(moved), 42)

    def test_a_change_of_source_or_header_asks_for_a_new_build(self):
        self.build()
        self.write("Native/TorchShim/torch_shim.cpp", SOURCE % "7")
        self.assertIn("other sources", self.shim.defect(self.store, False))
        self.build()
        self.assertEqual(self.answer(self.root), 7)
        self.write("Sources/CTorchShim/include/torch_shim.h", "#define GALLEY_TORCH_ABI_VERSION 3\n// changed\n")
        self.assertIn("other sources", self.shim.defect(self.store, False))

    def test_a_source_that_does_not_compile_keeps_the_last_library_and_gives_the_compilers_words(self):
        self.build()
        self.write("Native/TorchShim/torch_shim.cpp", SOURCE % "no_such_name")
        with self.assertRaisesRegex(BootstrapError, "no_such_name"):
            self.build()
        self.store.remove_temporary()
        self.assertEqual(self.answer(self.root), 42)
        self.assert_no_leftovers()

    def test_an_undefined_function_is_found_when_building(self):
        self.write("Native/TorchShim/torch_shim.cpp", "void nowhere();\nextern \"C\" void f() { nowhere(); }\n")
        with self.assertRaisesRegex(BootstrapError, "nowhere"):
            self.build()

    def test_without_a_compiler_the_message_says_how_to_get_one(self):
        with self.assertRaises(BootstrapError) as caught:
            self.build(PATH=self.folder)
        self.assertIn("no C++ compiler", str(caught.exception))
        self.assertEqual(caught.exception.code, 69)

    def test_a_header_without_the_version_is_refused(self):
        self.write("Sources/CTorchShim/include/torch_shim.h", "")
        with self.assertRaisesRegex(BootstrapError, "does not define GALLEY_TORCH_ABI_VERSION"):
            self.build()


if __name__ == "__main__":
    unittest.main()
