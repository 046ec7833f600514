# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Where the bootstrap gets a wheel from, and what it says when it gets none."""

from __future__ import annotations

import base64
import hashlib
import os
import unittest

from support import FILE, BootstrapTest, entry, wheel

PIP = {"kind": "pip"}


class Sources(BootstrapTest):
    def test_a_folder_of_pip_is_used_without_the_network(self):
        self.put(self.data)
        self.write_lock(entry(self.data, [PIP]))
        self.run_bootstrap("--offline")
        self.assert_whole()
        self.assertEqual(self.index.requests, [])
        row = self.installed()[0]
        self.assertEqual((row["path"], row["main"], row["version"]), ("thing-1.0", "lib/libthing.so", "1.0"))
        self.assertEqual(row["sha256"], hashlib.sha256(b"library" * 1000).hexdigest())

    def test_html_and_json_pages_are_read(self):
        for json_pages in (False, True):
            with self.subTest(json=json_pages):
                self.index.json_pages = json_pages
                self.root = os.path.join(self.folder, f"native-{json_pages}")
                self.environment["PIP_INDEX_URL"] = self.offer(self.data, hashlib.sha256(self.data).hexdigest())
                self.write_lock(entry(self.data, [PIP]))
                self.run_bootstrap()
                self.assert_whole()

    def test_a_wrong_file_falls_through_to_the_next_source(self):
        self.put(wheel([("thing/lib/libthing.so", b"someone else's")]))
        self.environment["PIP_INDEX_URL"] = self.offer(b"not it", hashlib.sha256(b"not it").hexdigest(), "/lists/")
        self.environment["PIP_EXTRA_INDEX_URL"] = self.offer(b"\0" * len(self.data), "", "/lies/")
        release = self.offer(self.data, "", "/release/")
        self.write_lock(entry(self.data, [PIP, {"kind": "url", "url": release}]))
        self.run_bootstrap()
        self.assert_whole()

    def test_when_no_source_has_it_each_is_listed_with_its_reason(self):
        self.put(b"short")
        self.environment["PIP_FIND_LINKS"] += " " + os.path.join(self.folder, "absent")
        self.environment["PIP_INDEX_URL"] = self.offer(b"not it", hashlib.sha256(b"not it").hexdigest(), "/lists/")
        self.environment["PIP_EXTRA_INDEX_URL"] = "http://127.0.0.1:9/simple/"
        release = {"kind": "url", "url": self.index.address + "/none/"}
        self.write_lock(entry(self.data, [PIP, release]))
        words = self.run_bootstrap(code=69).stderr
        for expected in (
            f"its file has 5 bytes, and {len(self.data)} are pinned",
            "is not a folder",
            "lists the file with SHA-256 " + hashlib.sha256(b"not it").hexdigest(),
            "Connection refused",
            "HTTP 404",
            "Connect to the network",
        ):
            self.assertIn(expected, words)
        self.assert_nothing_installed()

    def test_a_library_that_no_source_has_does_not_keep_the_others_away(self):
        self.put(self.data)
        absent = entry(b"?", [PIP], name="absent", file="absent-1.0-py3-none-any.whl")
        self.write_lock(absent, entry(self.data, [PIP]))
        self.assertIn("absent 1.0 could not be obtained", self.run_bootstrap(code=69).stderr)
        self.assert_whole()

    def test_the_digest_decides_when_the_size_is_not_known(self):
        self.put(self.data[:-1] + b"\1")
        self.write_lock(entry(self.data, [PIP], size=None))
        self.assertIn("its file has SHA-256", self.run_bootstrap(code=69).stderr)
        self.put(self.data)
        self.run_bootstrap()
        self.assert_whole()

    def test_offline_asks_no_host_and_says_so(self):
        self.environment["PIP_INDEX_URL"] = self.offer(self.data)
        self.write_lock(entry(self.data, [PIP]))
        self.assertIn("not asked, because of --offline", self.run_bootstrap("--offline", code=69).stderr)
        self.assertEqual(self.index.requests, [])

    def test_no_index_of_pip_is_obeyed(self):
        self.environment.update(PIP_NO_INDEX="1", PIP_INDEX_URL=self.offer(self.data))
        self.write_lock(entry(self.data, [PIP, {"kind": "pypi"}]))
        words = self.run_bootstrap(code=69).stderr
        self.assertEqual(words.count("pip is configured with no-index"), 2)

    def test_credentials_of_an_index_are_sent_and_never_shown(self):
        self.index.password = "Basic " + base64.b64encode(b"me:hush hush").decode()
        address = self.offer(self.data)
        self.environment["PIP_INDEX_URL"] = address.replace("//", "//me:hush%20hush@")
        self.write_lock(entry(self.data, [PIP]))
        self.run_bootstrap()
        self.assert_whole()
        self.root += "-2"
        self.environment["PIP_INDEX_URL"] = address.replace("//", "//me:wrong@")
        words = self.run_bootstrap(code=69)
        self.assertIn("HTTP 401", words.stderr)
        self.assertNotIn("wrong", words.stderr + words.stdout)

    def test_a_configuration_file_of_pip_is_read(self):
        self.put(self.data)
        del self.environment["PIP_FIND_LINKS"]
        file = os.path.join(self.folder, "pip.conf")
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(f"[global]\nfind-links =\n    /no/such\n    {self.links}\n")
        self.environment["PIP_CONFIG_FILE"] = file
        self.write_lock(entry(self.data, [PIP]))
        self.run_bootstrap("--offline")
        self.assert_whole()

    def test_a_find_links_page_and_a_file_address_are_read(self):
        self.put(self.data)
        self.offer(self.data)
        for place in ("file://" + self.links, self.index.address + "/simple/thing/"):
            with self.subTest(place=place):
                self.root = os.path.join(self.folder, "n" + str(len(place)))
                self.environment["PIP_FIND_LINKS"] = place
                self.write_lock(entry(self.data, [PIP]))
                self.run_bootstrap()
                self.assert_whole()

    def test_a_wheel_put_into_the_downloads_folder_by_hand_is_used(self):
        os.makedirs(os.path.join(self.root, "downloads"))
        with open(os.path.join(self.root, "downloads", FILE), "wb") as file:
            file.write(self.data)
        self.write_lock(entry(self.data, []))
        self.run_bootstrap("--offline", "--keep")
        self.assert_whole()
        self.assertEqual(os.listdir(os.path.join(self.root, "downloads")), [FILE])


if __name__ == "__main__":
    unittest.main()
