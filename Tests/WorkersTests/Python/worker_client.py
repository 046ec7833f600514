# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""A client of the worker protocol in plain Python, for tests: it knows nothing of the package that it tests."""

import json
import os
import select
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
PACKAGE = os.path.join(REPOSITORY, "Sources", "Workers", "Python")
BUSY = os.path.join(HERE, "busy")
# Long enough for a machine with a hundred other things to do; whoever waits for nothing waits in vain.
PATIENCE = 300


class WorkerError(Exception):
    """An answer with an error."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.data = error["code"], error.get("data") or {}


class WorkerEnded(Exception):
    """The worker ended without an answer."""


class Client:
    """One worker process and the messages that came from it."""

    def __init__(self, file, python=sys.executable, environment=None, path=PACKAGE):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        variables = {**inherited, "PYTHONPATH": path + os.pathsep + BUSY, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [python, "-u", "-m", "galley.worker", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**variables, **(environment or {})}, start_new_session=True)
        self.notifications, self.answers, self.errors = [], {}, b""
        self._buffer, self._last = b"", 0
        os.set_blocking(self.process.stderr.fileno(), False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, method, parameters=None, id=None):
        """Sends a request, or a notification if there is no id."""
        message = {"jsonrpc": "2.0", "method": method, "params": parameters or {}}
        if id is not None:
            message["id"] = id
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, data):
        """Sends bytes."""
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def start(self, method, parameters=None):
        """Sends a request and returns its id."""
        self._last += 1
        self.send(method, parameters, self._last)
        return self._last

    def call(self, method, parameters=None, timeout=PATIENCE):
        """The result of a request. Raises WorkerError."""
        return self.wait(self.start(method, parameters), timeout)

    def wait(self, id, timeout=PATIENCE):
        """The result of a request that was sent. Raises WorkerError."""
        deadline = time.monotonic() + timeout
        while id not in self.answers:
            self.receive(deadline)
        answer = self.answers.pop(id)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer["result"]

    def await_notification(self, method):
        """Waits for the first notification of a method."""
        deadline = time.monotonic() + PATIENCE
        while not self.of(method):
            self.receive(deadline)

    def await_answer(self, id=None):
        """Waits for an answer to an id, and returns it as it is."""
        deadline = time.monotonic() + PATIENCE
        while id not in self.answers:
            self.receive(deadline)
        return self.answers.pop(id)

    def receive(self, deadline):
        """Waits for more messages."""
        remaining = deadline - time.monotonic()
        ready, _, _ = select.select([self.process.stdout, self.process.stderr], [], [], max(0, remaining))
        if self.process.stderr in ready:
            self._drain()
        if self.process.stdout in ready:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                self.process.wait(PATIENCE)
                self._drain()
                raise WorkerEnded(f"exit code {self.process.returncode}: {self.errors.decode(errors='replace')}")
            self._take(data)
        elif not ready and remaining <= 0:
            raise TimeoutError(self.errors.decode(errors="replace"))

    def _take(self, data):
        lines = (self._buffer + data).split(b"\n")
        self._buffer = lines.pop()
        for line in lines:
            message = json.loads(line, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
            assert message["jsonrpc"] == "2.0", line
            if "method" in message:
                self.notifications.append(message)
            else:
                self.answers[message["id"]] = message

    def _drain(self):
        try:
            while True:
                data = os.read(self.process.stderr.fileno(), 1 << 16)
                if not data:
                    return
                self.errors += data
        except BlockingIOError:
            return

    def error_text(self, wanted, timeout=PATIENCE):
        """The standard error, once `wanted` stands in it."""
        deadline = time.monotonic() + timeout
        while wanted.encode() not in self.errors and time.monotonic() < deadline:
            self._drain()
            time.sleep(0.01)
        return self.errors.decode(errors="replace")

    def of(self, method):
        """The parameters of the notifications of one method."""
        return [one["params"] for one in self.notifications if one["method"] == method]

    def close(self):
        """Ends the worker; returns its exit code."""
        if self.process.stdout.closed:
            return self.process.returncode
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._drain()
        self.process.stdout.close()
        self.process.stderr.close()
        return code
