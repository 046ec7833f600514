# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The program `galley-agent serve` as a child, and what the kernel tells of it."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

TOKEN = "0123456789abcdef" * 4


def free_port():
    """A port that nobody had a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Agent:
    """An agent with its state in a folder, on TLS and on a Unix socket."""

    def __init__(self, program, folder, *arguments, port=0):
        self.program, self.folder, self.arguments, self.port = program, str(folder), arguments, port or free_port()
        self.socket = f"{self.folder}/a.sock"
        self.lives = 0
        self.process = None
        tokens = pathlib.Path(self.folder, "tokens")
        tokens.write_text(TOKEN + "\n")
        tokens.chmod(0o600)

    def start(self):
        """Starts it, and waits until it takes hosts."""
        self.lives += 1
        self.log = f"{self.folder}/log-{self.lives}"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--state-folder", f"{self.folder}/state", "--listen",
                 f"127.0.0.1:{self.port}", "--listen", f"unix:{self.socket}", "--token-file",
                 f"{self.folder}/tokens", "--machine-lock", f"{self.folder}/lock", *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env=os.environ | {"GALLEY_TEST": self.folder})
        deadline = time.monotonic() + 60
        while not (place := self.said("the agent takes hosts")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the agent doesn't start: {pathlib.Path(self.log).read_text()[-2000:]}")
            time.sleep(0.01)
        self.port = int(place["fields"]["at"][0].rsplit(":", 1)[1])

    def said(self, message):
        """The first line of its log with a message."""
        for line in pathlib.Path(self.log).read_text(errors="replace").splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if found.get("message") == message:
                return found
        return None

    def kill(self):
        """Ends it without a word, and waits until all its processes are gone."""
        self.process.kill()
        self.process.wait()
        self.wait(lambda: not self.processes(), "processes of a killed agent live")

    def stop(self):
        """Ends it as systemd does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.wait(lambda: not self.processes(), "processes of an agent that ended live")
        return code

    def wait(self, condition, complaint, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(complaint)
            time.sleep(0.02)

    # What the kernel tells

    def processes(self):
        """All that were started for this agent's folder, itself too."""
        mark, found = f"GALLEY_TEST={self.folder}".encode(), []
        for path in pathlib.Path("/proc").iterdir():
            if path.name.isdigit() and int(path.name) != os.getpid():
                try:
                    if mark in (path / "environ").read_bytes().split(b"\0"):
                        found.append(int(path.name))
                except OSError:
                    pass
        return found

    def children(self):
        return [process for process in self.processes() if process != self.process.pid]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def resident(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def files(self):
        """The store's folders: how many entries each has, and their bytes."""
        found = {}
        for folder in sorted(pathlib.Path(self.folder, "state", "store").iterdir()):
            entries = list(folder.iterdir())
            found[folder.name] = (len(entries), sum(entry.lstat().st_size for entry in entries))
        return found
