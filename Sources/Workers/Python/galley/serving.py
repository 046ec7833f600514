# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The server of the protocol: a thread reads and answers what is answered at once, the main thread does the work."""

import os
import queue
import signal
import sys
import threading
import time
import traceback

from . import streams, wire
from .errors import (
    CANCELLED, INTERNAL_ERROR, INVALID_PARAMETERS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, SOFTWARE,
    UNAVAILABLE, Cancelled, GalleyError, RequestError, reason)

PROTOCOL_VERSION = 1
# After a cancellation: how long code may run on to its next callback, before it is interrupted where it is.
PATIENCE_SECONDS = 1
# After the client's end: how long the running request may take to stop.
STOP_SECONDS = 2
INTERRUPT = getattr(signal, "SIGRTMIN", signal.SIGUSR1 - 7) + 7


class Request:
    """One request that waits or runs."""

    def __init__(self, id, method, parameters, server):
        self.id, self.method, self.parameters, self._server = id, method, parameters, server
        self.cancelled = False
        self.interruptible = False
        self._events, self._events_since = [], 0.0

    def check(self):
        """Raises Cancelled if the request is no longer wanted."""
        if self.cancelled:
            raise Cancelled

    def progress(self, stage, completed, total=None, unit="", message=None, metrics=None):
        """Tells the client how far the request has come; then as `check`."""
        self.check()
        parameters = {"id": self.id, "stage": str(stage), "completed": int(completed), "unit": str(unit)}
        if total is not None:
            parameters["total"] = int(total)
        if message is not None:
            parameters["message"] = str(message)
        if metrics:
            parameters["metrics"] = {str(name): float(value) for name, value in metrics.items()}
        self._server.notify("progress", parameters)

    def event(self, event):
        """Tells the client of an event; items and steps are gathered."""
        self.check()
        self._events.append(event)
        gathers = event.get("event") in ("item", "step")
        if len(self._events) == 1:
            self._events_since = time.monotonic()
        if not gathers or len(self._events) >= 512 or time.monotonic() - self._events_since > 0.1:
            self.flush_events()

    def flush_events(self):
        """Sends the events that wait."""
        if self._events:
            events, self._events = self._events, []
            self._server.notify("event", {"id": self.id, "events": events})


class Server:
    """Serves one client until it shuts down or goes.

    `handlers` are functions of parameters and request by method; `describe` gives the description, which takes long
    until `is_ready` says otherwise; `description` is what is known before that.
    """

    def __init__(self, description, describe, is_ready, handlers):
        self._description, self._describe, self._handlers = description, describe, handlers
        self._is_ready = is_ready
        self._described = None
        self._queue = queue.SimpleQueue()
        self._lock, self._output_lock = threading.Lock(), threading.Lock()
        self._open, self._running = {}, None
        self._ending = False
        self._main = threading.main_thread().ident
        # A forked process has one thread: whoever held the lock isn't there.
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self):
        self._output_lock = threading.Lock()

    # MARK: Beginning and end

    def serve(self, source, sink):
        """Serves over two descriptors; returns when the client is gone."""
        self._source, self._sink = source, sink
        signal.signal(INTERRUPT, self._interrupt)
        threading.Thread(target=self._read, name="galley-input", daemon=True).start()
        while True:
            try:
                request = self._queue.get()
                if request is None:
                    return
                self._run(request)
            except Cancelled:
                # It came between two requests, where it has nothing to stop.
                continue

    def _end(self, exit_code):
        """On the reading thread: nothing more comes. What runs is cancelled, what waits is refused."""
        with self._lock:
            self._ending = True
            requests, running = list(self._open.values()), self._running
            for request in requests:
                request.cancelled = True
        self._queue.put(None)
        if running is None:
            # The main thread ends by itself, unless threads of the user's hold it.
            time.sleep(STOP_SECONDS)
            os._exit(0)
        deadline = time.monotonic() + STOP_SECONDS
        time.sleep(0.1)
        while time.monotonic() < deadline and self._open:
            self._signal(running)
            time.sleep(0.05)
        idle = not self._open
        streams.flush()
        os._exit(exit_code if not idle else 0)

    # MARK: The reading thread

    def _read(self):
        splitter = wire.LineSplitter()
        while True:
            try:
                data = os.read(self._source, 1 << 16)
            except OSError:
                data = b""
            if not data:
                self._end(streams.ORPHANED)
                return
            for line in splitter.push(data):
                if line is None:
                    self.fail(None, INVALID_REQUEST, f"a message is longer than {wire.LIMIT} bytes")
                elif line.strip() and self._receive(line) == "end":
                    self._end(0)
                    return

    def _receive(self, line):
        try:
            message = wire.decode(line)
        except (ValueError, RecursionError):
            return self.fail(None, PARSE_ERROR, "the line is not JSON")
        if isinstance(message, list):
            return self.fail(None, INVALID_REQUEST, "batches are not accepted: send one message on each line")
        if not isinstance(message, dict):
            return self.fail(None, INVALID_REQUEST, "the message is not JSON-RPC 2.0")
        id, method = message.get("id"), message.get("method")
        parameters = message.get("params", {})
        if isinstance(id, (bool, float, dict, list)):
            return self.fail(None, INVALID_REQUEST, "an id must be a whole number or text")
        if message.get("jsonrpc") != "2.0" or not isinstance(parameters, (dict, list)):
            return self.fail(id, INVALID_REQUEST, "the message is not JSON-RPC 2.0")
        if not isinstance(method, str):
            # An answer: a worker asks nothing.
            if "result" in message or "error" in message:
                return None
            return self.fail(id, INVALID_REQUEST, "the message is neither a request nor an answer")
        if "id" not in message:
            if method == "cancel" and isinstance(parameters, dict):
                self._cancel(parameters.get("id"))
            return None
        return self._take(id, method, parameters)

    def _take(self, id, method, parameters):
        if method == "initialize":
            return self._initialize(id, parameters)
        if method == "shutdown":
            self.answer(id, {})
            return "end"
        if method == "describe" and (self._described is not None or self._is_ready()):
            return self._describe_now(id)
        if method != "describe" and method not in self._handlers:
            return self.fail(id, METHOD_NOT_FOUND, f"the worker has no method '{method}'")
        request = Request(id, method, parameters, self)
        with self._lock:
            known = id in self._open
            if not known:
                self._open[id] = request
        if known:
            return self.fail(id, INVALID_REQUEST, f"the id {id} is in use")
        self._queue.put(request)
        return None

    def _initialize(self, id, parameters):
        version = parameters.get("protocolVersion") if isinstance(parameters, dict) else None
        if isinstance(version, bool) or not isinstance(version, int):
            return self.fail(id, INVALID_PARAMETERS, "the parameters don't fit: protocolVersion must be a whole number")
        if version != PROTOCOL_VERSION:
            error = GalleyError(
                f"can't speak with the worker '{self._description['name']}'",
                f"it speaks version {PROTOCOL_VERSION} of the protocol, not {version}",
                remedy="Install the worker and the program that starts it from the same release.",
                exit_code=UNAVAILABLE)
            return self._send({"id": id, "error": error.answer()})
        return self.answer(id, self._description)

    def _describe_now(self, id):
        if self._described is None:
            try:
                self._described = self._describe({}, None)
            except (GalleyError, RequestError) as error:
                return self._send({"id": id, "error": error.answer()})
        return self.answer(id, self._described)

    # MARK: Cancelling

    def _cancel(self, id):
        with self._lock:
            request = self._open.get(id) if not isinstance(id, (dict, list)) else None
            if request is None or request.cancelled:
                return
            request.cancelled = True
        timer = threading.Timer(PATIENCE_SECONDS, self._insist, [request])
        timer.daemon = True
        timer.start()

    def _insist(self, request):
        # Code may catch the interruption and go on; so it is asked again.
        while self._open.get(request.id) is request:
            self._signal(request)
            time.sleep(0.2)

    def _signal(self, request):
        if self._running is request and request.interruptible:
            try:
                signal.pthread_kill(self._main, INTERRUPT)
            except (OSError, ProcessLookupError):
                pass

    def _interrupt(self, number, frame):
        """In the main thread: raises Cancelled within the user's code, and nowhere else."""
        running = self._running
        if running is not None and running.cancelled and running.interruptible:
            raise Cancelled

    # MARK: The main thread

    def _run(self, request):
        with self._lock:
            self._running = request
        message = {"id": request.id}
        try:
            request.check()
            message["result"] = self._work(request)
        except Cancelled:
            message["error"] = {"code": CANCELLED, "message": "the request was cancelled"}
        except (GalleyError, RequestError) as error:
            message["error"] = error.answer()
        except BaseException as error:  # The worker outlives whatever user code raises, SystemExit too.
            traceback.print_exc()
            failure = GalleyError("the worker failed", reason(error), exit_code=SOFTWARE).answer()
            message["error"] = {**failure, "code": INTERNAL_ERROR}
        streams.flush()
        try:
            request.cancelled, cancelled = False, request.cancelled
            request.flush_events()
            request.cancelled = cancelled
        finally:
            # The id is free again before the answer is written.
            with self._lock:
                self._open.pop(request.id, None)
                self._running = None
        self._send(message)

    def _work(self, request):
        if request.method == "describe":
            handler = self._describe
        else:
            handler = self._handlers[request.method]
        if request.method != "describe" and not isinstance(request.parameters, dict):
            raise RequestError(INVALID_PARAMETERS, "the parameters don't fit: they must be an object")
        try:
            request.interruptible = True
            result = handler(request.parameters, request)
        finally:
            request.interruptible = False
        if request.method == "describe":
            self._described = result
        return result

    # MARK: Writing

    def answer(self, id, result):
        """Answers a request."""
        self._send({"id": id, "result": result})

    def fail(self, id, code, message):
        """Refuses a request."""
        self._send({"id": id, "error": {"code": code, "message": message}})

    def notify(self, method, parameters):
        """Sends a notification."""
        self._send({"method": method, "params": parameters})

    def _send(self, message):
        message["jsonrpc"] = "2.0"
        try:
            line = wire.encode(message)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            if "result" not in message:
                print(f"galley: a message can't be written: {error}", file=sys.stderr)
                return
            failure = GalleyError("can't answer the request", f"the result can't be written: {error}").answer()
            line = wire.encode({"jsonrpc": "2.0", "id": message["id"], "error": {**failure, "code": INTERNAL_ERROR}})
        with self._output_lock:
            view = memoryview(line + b"\n")
            while len(view):
                try:
                    view = view[os.write(self._sink, view):]
                except InterruptedError:
                    continue
                except OSError:
                    # The client is gone; the reading thread sees that too.
                    return
