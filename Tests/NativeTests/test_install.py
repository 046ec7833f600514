# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What gets unpacked, what never does, and what the disk may refuse."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import unittest
import zipfile

from support import CHECKOUT, BootstrapTest, entry, wheel

PIP = {"kind": "pip"}
GOOD = ("thing/lib/libthing.so", b"library" * 1000)


class Installation(BootstrapTest):
    def prepare(self, data=None, **changes):
        self.put(data or self.data)
        self.write_lock(entry(data or self.data, **{"sources": [PIP], **changes}))

    def library(self):
        return os.path.join(self.root, "thing-1.0", "lib", "libthing.so")

    def test_only_what_the_lock_names_is_unpacked(self):
        self.prepare()
        self.run_bootstrap()
        names = sorted(os.listdir(os.path.join(self.root, "thing-1.0")))
        self.assertEqual(names, [".galley-install.json", "lib"])

    def test_a_second_run_changes_nothing_even_in_a_folder_of_others(self):
        self.prepare()
        self.assertIn("is now installed", self.run_bootstrap().stdout)
        before = os.stat(self.library())
        self.assertIn("was installed already", self.run_bootstrap().stdout)
        self.assertEqual(os.stat(self.library()), before)

    def test_check_and_list_install_nothing(self):
        self.prepare()
        self.assertIn("thing 1.0 is not installed", self.run_bootstrap("--check", code=1).stdout)
        self.assertIn("missing", self.run_bootstrap("--list").stdout)
        self.assertFalse(os.path.exists(self.root))
        self.run_bootstrap()
        self.run_bootstrap("--check")

    def test_a_lost_or_changed_file_is_installed_again(self):
        self.prepare()
        self.run_bootstrap()
        os.remove(self.library())
        self.assertIn("lacks the file", self.run_bootstrap("--check", code=1).stdout)
        self.run_bootstrap()
        with open(self.library(), "r+b") as file:
            file.write(b"L")
        self.run_bootstrap("--check")
        self.assertIn("has a changed file", self.run_bootstrap("--check", "--verify", code=1).stdout)
        self.run_bootstrap("--verify")
        self.assert_whole()

    def test_a_corrupt_list_is_written_again(self):
        self.prepare()
        self.run_bootstrap()
        with open(os.path.join(self.root, "installed.json"), "w", encoding="utf-8") as file:
            file.write("{")
        self.run_bootstrap()
        self.assert_whole()

    def test_a_changed_pin_replaces_the_folder(self):
        self.prepare(wheel([("thing/lib/libthing.so", b"old"), ("thing/lib/only-in-old", b"x")]))
        self.run_bootstrap()
        self.prepare()
        self.assertIn("from another wheel", self.run_bootstrap("--check", code=1).stdout)
        self.run_bootstrap()
        self.assert_whole()
        self.assertFalse(os.path.exists(os.path.join(self.root, "thing-1.0", "lib", "only-in-old")))

    def test_leftovers_of_a_killed_run_are_removed(self):
        self.prepare()
        os.makedirs(os.path.join(self.root, ".tmp-thing-1.0-99", "lib"))
        self.run_bootstrap()
        self.assert_whole()

    def test_members_that_lead_outside_condemn_the_wheel(self):
        link = zipfile.ZipInfo("thing/lib/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        for name in ("thing/lib/../../../evil", "../evil", "/tmp/galley-evil", "thing\\..\\..\\evil", "C:/evil", link):
            with self.subTest(name=getattr(name, "filename", name)):
                self.prepare(wheel([GOOD, (name, b"/etc")]))
                self.assertIn("lead outside", self.run_bootstrap(code=65).stderr)
                self.assert_nothing_installed()
                self.assertFalse(os.path.exists(os.path.join(self.folder, "evil")))
                self.assertFalse(os.path.exists("/tmp/galley-evil"))

    def test_a_file_that_is_no_wheel_is_refused(self):
        for data in (b"PK no zip at all", self.data[:-30], b""):
            with self.subTest(length=len(data)):
                self.put(data)
                self.write_lock(entry(data, [PIP], size=None))
                self.run_bootstrap(code=65)
                self.assert_nothing_installed()

    def test_a_wheel_with_flipped_bytes_is_refused_or_whole(self):
        for position in range(0, 120, 7):
            data = bytearray(self.data)
            data[position] ^= 0xFF
            self.root = os.path.join(self.folder, f"native-{position}")
            self.prepare(bytes(data))
            done = subprocess.run(self.command(), env=self.environment, capture_output=True, text=True, timeout=60)
            self.assertIn(done.returncode, (0, 65), done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            if done.returncode == 65:
                self.assert_nothing_installed()

    def test_a_wheel_without_the_named_files_is_refused(self):
        self.prepare(wheel([("thing/lib/other", b"x")]))
        self.assertIn("no file that becomes lib/libthing.so", self.run_bootstrap(code=65).stderr)
        self.prepare(wheel([("else", b"x")]))
        self.assertIn("has no member thing/lib/*", self.run_bootstrap(code=65).stderr)
        self.assert_nothing_installed()

    def test_a_folder_that_cannot_be_made_is_one_clear_message(self):
        self.prepare()
        self.root = os.path.join(self.links, "file")
        with open(self.root, "w", encoding="utf-8"):
            pass
        self.assertIn("can't be written", self.run_bootstrap(code=73).stderr)
        self.root = "/proc/galley"
        self.assertIn("can't be written", self.run_bootstrap(code=73).stderr)

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small tmpfs needs root")
    def test_a_full_disk_is_one_clear_message_and_leaves_nothing_half(self):
        self.mount("256k")
        self.prepare(wheel([GOOD, ("thing/lib/big", b"\0" * 1_000_000)]))
        words = self.run_bootstrap(code=73).stderr
        self.assertIn("The disk is full", words)
        self.assert_nothing_installed()
        subprocess.run(["mount", "-o", "remount,size=4m", self.root], check=True)
        self.run_bootstrap()
        self.assert_whole()

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small tmpfs needs root")
    def test_a_disk_that_fills_while_downloading_resumes_once_there_is_room(self):
        self.mount("256k")
        data = wheel([GOOD, ("thing/lib/big", os.urandom(1_000_000))])
        self.environment["PIP_INDEX_URL"] = self.offer(data)
        self.write_lock(entry(data, [PIP]))
        self.assertIn("The disk is full", self.run_bootstrap(code=73).stderr)
        self.assert_nothing_installed()
        subprocess.run(["mount", "-o", "remount,size=8m", self.root], check=True)
        self.run_bootstrap()
        self.assert_whole()
        self.assertTrue(self.index.requests[-1][1])

    def mount(self, size):
        os.mkdir(self.root)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.root], capture_output=True)
        if done.returncode:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", self.root])

    def test_a_lock_with_mistakes_is_named_with_its_place(self):
        for change, words in (
            ({"sha256": "XYZ"}, "sha256 is not"),
            ({"platform": "amiga"}, "unknown platform 'amiga'"),
            ({"size": -1}, "size is neither"),
            ({"name": "../x"}, "is not a plain name"),
            ({"sources": [{"kind": "rumour"}]}, "unknown source 'rumour'"),
            ({"unpack": [{}]}, "members"),
        ):
            with self.subTest(words=words):
                self.prepare(**change)
                self.assertIn(words, self.run_bootstrap(code=65).stderr)
        os.remove(os.path.join(self.folder, "lock"))
        self.run_bootstrap(code=78)

    def test_an_unknown_name_or_option_is_a_usage_error(self):
        self.prepare()
        self.assertIn("Known: thing", self.run_bootstrap("--only", "thin", code=64).stderr)
        self.run_bootstrap("--nonsense", code=64)

    def test_devices_of_another_platform_get_what_an_agent_needs(self):
        from provision.lock import PLATFORMS, this_platform

        other = next(name for name in PLATFORMS if name not in ("any", this_platform()))
        self.put(self.data)
        whole = {"sources": [PIP], "platform": other}
        self.write_lock(
            entry(self.data, **whole), entry(self.data, name="torch", **whole), entry(self.data, [PIP], name="page")
        )
        self.run_bootstrap("--platform", other)
        self.assert_whole()
        self.assertIn("linux-aarch64", self.run_bootstrap("--platform", "linux-riscv64", code=64).stderr)


class Pins(unittest.TestCase):
    def test_the_lock_of_this_checkout_pins_both_platforms(self):
        from provision.lock import for_platform, read_lock

        entries = read_lock(os.path.join(CHECKOUT, "Native", "native.lock"))
        for platform in ("linux-x86_64", "linux-aarch64"):
            names = [entry.name for entry in for_platform(entries, platform)]
            self.assertEqual(names, ["onnxruntime", "openvino", "litert", "torch", "plotly"])

    def test_every_file_of_the_bootstrap_is_python_3_9(self):
        import ast

        folder = os.path.join(CHECKOUT, "Native")
        for name in ["bootstrap.py", *(f"provision/{n}" for n in os.listdir(folder + "/provision") if n[-3:] == ".py")]:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                ast.parse(file.read(), feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
