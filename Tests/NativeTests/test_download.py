# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Broken connections, kills, and resuming."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
import unittest

from support import FILE, BootstrapTest, entry, wheel

PIP = {"kind": "pip"}
PATH = f"/files/simple/{FILE}"


class Downloads(BootstrapTest):
    def setUp(self):
        super().setUp()
        self.environment["PIP_INDEX_URL"] = self.offer(self.data)
        self.write_lock(entry(self.data, [PIP]))

    def part(self):
        return os.path.join(self.root, "downloads", f"{hashlib.sha256(self.data).hexdigest()[:16]}-{FILE}.part")

    def write_part(self, data):
        os.makedirs(os.path.dirname(self.part()), exist_ok=True)
        with open(self.part(), "wb") as file:
            file.write(data)

    def ranges(self):
        return [asked for path, asked, _ in self.index.requests if path == PATH]

    def test_a_broken_connection_is_continued_where_it_broke(self):
        self.index.cut = [1000, 500]
        self.run_bootstrap()
        self.assert_whole()
        self.assertEqual(self.ranges(), [None, "bytes=1000-", "bytes=1500-"])

    def test_the_part_of_an_earlier_run_is_continued(self):
        self.write_part(self.data[:700])
        self.run_bootstrap()
        self.assert_whole()
        self.assertEqual(self.ranges(), ["bytes=700-"])
        self.assertFalse(os.path.exists(self.part()))

    def test_a_part_with_foreign_bytes_is_fetched_again_from_the_start(self):
        for part in (b"\0" * 700, b"\0" * len(self.data), b"\0" * (len(self.data) + 5)):
            with self.subTest(length=len(part)):
                self.root = os.path.join(self.folder, f"n{len(part)}")
                self.write_part(part)
                self.run_bootstrap()
                self.assert_whole()

    def test_a_server_without_ranges_is_read_from_the_start(self):
        self.index.ranges = False
        self.index.cut = [1000]
        self.run_bootstrap()
        self.assert_whole()

    def test_a_connection_that_keeps_breaking_keeps_the_part_and_says_so(self):
        self.index.cut = [100, 100, 100, 100]
        self.assertIn("the part that arrived is kept", self.run_bootstrap(code=69).stderr)
        self.assert_nothing_installed()
        self.assertEqual(os.path.getsize(self.part()), 400)
        self.run_bootstrap()
        self.assert_whole()
        self.assertEqual(self.ranges()[-1], "bytes=400-")

    def test_a_file_longer_than_pinned_is_not_downloaded(self):
        self.index.files[PATH] = (self.data + b"\0" * 10_000_000, "application/octet-stream")
        self.assertIn(f"and {len(self.data)} are pinned", self.run_bootstrap(code=69).stderr)

    def test_kill_9_while_downloading_resumes(self):
        self.index.cut, self.index.gate = [1200], threading.Event()
        process = subprocess.Popen(self.command(), env=self.environment, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: os.path.exists(self.part()) and os.path.getsize(self.part()) == 1200)
        process.kill()
        process.wait()
        self.index.gate.set()
        self.assert_nothing_installed()
        self.run_bootstrap()
        self.assert_whole()
        self.assertEqual(self.ranges()[-1], "bytes=1200-")

    def test_interrupt_and_terminate_end_with_one_line(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                self.root = os.path.join(self.folder, number.name)
                self.index.cut, self.index.gate = [900], threading.Event()
                # Shells start background jobs with interrupts ignored, and the tests may run in one.
                process = subprocess.Popen(
                    self.command(), env=self.environment, stderr=subprocess.PIPE, text=True,
                    preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
                self.wait_for(lambda: os.path.exists(self.part()) and os.path.getsize(self.part()) == 900)
                process.send_signal(number)
                words = process.communicate(timeout=30)[1]
                self.index.gate.set()
                self.assertEqual(process.returncode, 130)
                self.assertIn("Run the same command again", words)
                self.assertNotIn("Traceback", words)
                self.run_bootstrap()
                self.assert_whole()

    def test_two_at_once_both_succeed(self):
        several = [
            subprocess.Popen(self.command(), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(3)
        ]
        self.assertEqual([process.wait(60) for process in several], [0, 0, 0])
        self.assert_whole()

    def test_killed_at_any_moment_the_next_run_completes(self):
        members = [("thing/lib/libthing.so", b"library" * 1000)]
        members += [(f"thing/lib/{number}", os.urandom(20_000)) for number in range(300)]
        self.data = wheel(members)
        self.environment["PIP_INDEX_URL"] = self.offer(self.data)
        self.write_lock(entry(self.data, [PIP]))
        for step in range(12):
            process = subprocess.Popen(
                self.command("--quiet"), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(0.04 * step)
            process.kill()
            process.wait()
            if os.path.exists(os.path.join(self.root, "thing-1.0")):
                self.run_bootstrap("--check", "--verify", code=0)
                break
        self.run_bootstrap()
        self.assert_whole()
        self.run_bootstrap("--check", "--verify")

    def wait_for(self, condition):
        limit = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), limit, "nothing happened for 30 s")
            time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
