# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Tiny wheels, locks, a package index on 127.0.0.1, and the bootstrap as a process."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOTSTRAP = os.path.join(CHECKOUT, "Native", "bootstrap.py")
sys.path.insert(0, os.path.join(CHECKOUT, "Native"))

FILE = "thing-1.0-py3-none-any.whl"


def wheel(members=None) -> bytes:
    """A wheel's bytes; members are (name or ZipInfo, bytes)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members or [("thing/lib/libthing.so", b"library" * 1000), ("thing/other.txt", b"x")]:
            archive.writestr(name, data)
    return buffer.getvalue()


def entry(data: bytes, sources, **changes) -> dict:
    """A lock's entry for `thing`."""
    fields = {
        "name": "thing",
        "version": "1.0",
        "platform": "any",
        "file": FILE,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "licence": "MIT",
        "main": "lib/libthing.so",
        "links": {"lib/libthing.so.1": "libthing.so"},
        "sources": sources,
        "unpack": [{"members": "thing/lib/*", "strip": "thing/", "to": ""}],
    }
    fields.update(changes)
    return fields


class Index(http.server.ThreadingHTTPServer):
    """Serves `files` by path, with byte ranges; `cut` breaks the first answers for a file after so many bytes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {}
        self.json_pages = False
        self.ranges = True
        self.cut = []
        self.password = None
        self.requests = []
        self.gate = None
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def page(self, path: str, file: str, sha256: str, url: str) -> None:
        """A project's page with one file, as the index's kind wants it."""
        if self.json_pages:
            document = {"files": [{"filename": file, "url": url, "hashes": {"sha256": sha256} if sha256 else {}}]}
            self.files[path] = (json.dumps(document).encode(), "application/vnd.pypi.simple.v1+json")
        else:
            fragment = f"#sha256={sha256}" if sha256 else ""
            self.files[path] = (f'<a href="{url}{fragment}">{file}</a>'.encode(), "text/html")

    def handle_error(self, request, client_address) -> None:
        """A client that was killed is what some tests are about."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        index = self.server
        asked = self.headers.get("Range")
        index.requests.append((self.path, asked, self.headers.get("Authorization")))
        if index.password and self.headers.get("Authorization") != index.password:
            return self._answer(401, b"", "text/plain")
        if self.path not in index.files:
            return self._answer(404, b"", "text/plain")
        body, kind = index.files[self.path]
        start = int(re.match(r"bytes=(\d+)-", asked).group(1)) if asked and index.ranges else 0
        if start and start >= len(body):
            return self._answer(416, b"", kind)
        cut = index.cut.pop(0) if index.cut and self.path.endswith(".whl") else None
        self._answer(206 if start else 200, body[start:], kind, start, len(body), cut)

    def _answer(self, status, body, kind, start=0, total=0, cut=None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            if self.server.gate:
                self.server.gate.wait(30)
            self.close_connection = True


class BootstrapTest(unittest.TestCase):
    """A folder of one's own and an index for each test."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="galley-bootstrap-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.root = os.path.join(self.folder, "native")
        self.links = os.path.join(self.folder, "wheels")
        os.mkdir(self.links)
        self.index = Index()
        self.addCleanup(self.index.close)
        self.data = wheel()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "PIP_CONFIG_FILE": os.devnull,
            "no_proxy": "127.0.0.1",
        }

    def write_lock(self, *entries) -> None:
        with open(os.path.join(self.folder, "lock"), "w", encoding="utf-8") as file:
            json.dump({"format": 1, "libraries": list(entries)}, file)

    def offer(self, data: bytes, sha256: str = "", at: str = "/simple/") -> str:
        """Puts the wheel into the index; returns the index's address."""
        self.index.files[f"/files{at}{FILE}"] = (data, "application/octet-stream")
        self.index.page(f"{at}thing/", FILE, sha256, f"{self.index.address}/files{at}{FILE}")
        return self.index.address + at

    def put(self, data: bytes) -> None:
        """Puts the wheel into the folder that pip's find-links names."""
        with open(os.path.join(self.links, FILE), "wb") as file:
            file.write(data)
        self.environment["PIP_FIND_LINKS"] = self.links

    def command(self, *arguments) -> list:
        lock = os.path.join(self.folder, "lock")
        return [sys.executable, BOOTSTRAP, "--lock", lock, "--root", self.root, *arguments]

    def run_bootstrap(self, *arguments, code=0):
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=60
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def installed(self) -> list:
        with open(os.path.join(self.root, "installed.json"), encoding="utf-8") as file:
            return json.load(file)["libraries"]

    def assert_whole(self) -> None:
        with open(os.path.join(self.root, "thing-1.0", "lib", "libthing.so.1"), "rb") as file:
            self.assertEqual(file.read(), b"library" * 1000)
        self.assertEqual([row["name"] for row in self.installed()], ["thing"])
        self.assert_no_leftovers()

    def assert_nothing_installed(self) -> None:
        self.assertFalse(os.path.exists(os.path.join(self.root, "thing-1.0")))
        self.assert_no_leftovers()

    def assert_no_leftovers(self) -> None:
        names = os.listdir(self.root) if os.path.isdir(self.root) else []
        self.assertEqual([name for name in names if name.startswith(".tmp-") or name.endswith(".tmp")], [])
