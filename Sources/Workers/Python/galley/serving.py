# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The server of the protocol: a thread reads and answers what is answered at once, the main thread does the work."""

import collections
import contextlib
import os
import queue
import sys
import threading
import time

from . import streams, wire
from .errors import (
    CANCELLED, INTERNAL_ERROR, INVALID_PARAMETERS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, SOFTWARE,
    UNAVAILABLE, Cancelled, GalleyError, RequestError, reason)
from .interruption import Interruption

PROTOCOL_VERSION = 1
# After a cancellation: how long code may run on to its next callback, before it is interrupted where it is.
PATIENCE_SECONDS = 1
# After the client's end: how long the running request may take to stop, and then the process to end by itself.
STOP_SECONDS = 2
# At the end of a process that didn't end by itself: how long it may take to tidy up.
TIDY_SECONDS = 1
# Items and steps: of one message, at most, and how long they may wait for others.
MOST_EVENTS, EVENT_SECONDS = 512, 0.1


class Request:
    """One request that waits or runs."""

    def __init__(self, id, method, parameters, server):
        self.id, self.method, self.parameters, self._server = id, method, parameters, server
        self.cancelled = False
        self.interruptible = False
        self._events, self._sent, self._is_timed, self._is_done = [], float("-inf"), False, False

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
        with self._server.telling():
            self._tell("progress", parameters)

    def event(self, event):
        """Tells the client of an event; items and steps are gathered."""
        self.check()
        with self._server.telling():
            self._events.append(event)
            gathers = event.get("event") in ("item", "step") and len(self._events) < MOST_EVENTS
            remaining = EVENT_SECONDS - (time.monotonic() - self._sent)
            if not gathers or remaining <= 0:
                self._send_events()
            elif not self._is_timed:
                # The next event may be long in coming.
                self._is_timed = True
                timer = threading.Timer(remaining, self.flush_events)
                timer.daemon = True
                timer.start()

    def flush_events(self):
        """Sends the events that wait."""
        with self._server.telling():
            self._send_events()

    def finish(self):
        """Sends the events that wait. The answer follows, so that threads which go on aren't listened to any more."""
        with self._server.telling():
            self._send_events()
            self._is_done = True

    def _send_events(self):
        self._is_timed = False
        if self._events:
            events, self._events, self._sent = self._events, [], time.monotonic()
            self._tell("event", {"id": self.id, "events": events})

    def _tell(self, method, parameters):
        if not self._is_done:
            self._server.notify(method, parameters)


class Server:
    """Serves one client until it shuts down or goes.

    `handlers` are functions of parameters and request by method; `describe` gives the description, which takes long
    until `is_ready` says otherwise; `description` is what is known before that.
    """

    def __init__(self, description, describe, is_ready, handlers, close=lambda: None):
        self._description, self._describe, self._handlers = description, describe, handlers
        self._is_ready, self._close = is_ready, close
        self._described = None
        self._queue = queue.SimpleQueue()
        self._lock, self._served = threading.Lock(), threading.Event()
        self._open, self._running = {}, None
        self._interruption = Interruption(self._may_interrupt)
        self._renew_lock()
        # A forked process has one thread: whoever held the lock isn't there.
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self):
        # One lock for lines and for what is gathered for them: two would have an order that finalizers don't know.
        self._output_lock, self._writer, self._delayed = threading.RLock(), None, collections.deque()

    # MARK: Beginning and end

    def serve(self, source, sink):
        """Serves over two descriptors; returns when the client is gone."""
        self._source, self._sink = source, sink
        self._interruption.install()
        threading.Thread(target=self._read, name="galley-input", daemon=True).start()
        for request in iter(self._queue.get, None):
            self._run(request)
        self._served.set()

    def _end(self, exit_code):
        """On the reading thread: nothing more comes. What runs is cancelled, what waits is refused."""
        with self._lock:
            for request in self._open.values():
                request.cancelled = True
        self._queue.put(None)
        deadline, pause = time.monotonic() + STOP_SECONDS, 0.1
        # Until the last answer is written, not only until the last request is done.
        while not self._served.wait(pause) and time.monotonic() < deadline:
            pause = 0.05
            running = self._running
            if running is not None:
                self._signal(running)
        if self._served.is_set():
            # The main thread ends the process, unless threads of the user's hold it.
            time.sleep(STOP_SECONDS)
            exit_code = 0
        # Whoever holds the streams must not hold the end.
        closing = threading.Thread(target=lambda: (streams.flush(), self._close()), daemon=True)
        closing.start()
        closing.join(TIDY_SECONDS)
        os._exit(exit_code)

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
                elif line.strip() and self._received(line) == "end":
                    self._end(0)
                    return

    def _received(self, line):
        try:
            return self._receive(line)
        except Exception as error:  # Without this thread nothing would be answered any more.
            self._send({"id": None, "error": _failure(error)})
            return None

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
        def described():
            if self._described is None:
                self._described = self._describe({}, None)
            return self._described

        self._send({"id": id, **_outcome(described)})

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
            self._interruption.send()

    def _may_interrupt(self, frame):
        """In the main thread: whether it stands in the user's code, of a request that is no longer wanted."""
        running = self._running
        # In its own frame `_work` is before or behind the user's code; so it ends as it should.
        return (running is not None and running.cancelled and running.interruptible
                and frame.f_code is not Server._work.__code__)

    # MARK: The main thread

    def _run(self, request):
        with self._lock:
            self._running = request
        outcome = _outcome(self._work, request)
        streams.flush()
        request.finish()
        # The id is free again before the answer is written.
        with self._lock:
            self._open.pop(request.id, None)
            self._running = None
        self._send({"id": request.id, **outcome})

    def _work(self, request):
        request.check()
        if request.method == "describe":
            handler = self._describe
        else:
            handler = self._handlers[request.method]
            if not isinstance(request.parameters, dict):
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

    @contextlib.contextmanager
    def telling(self):
        """While events are gathered or sent: no other thread sends anything, and nothing interrupts."""
        with self._interruption, self._output_lock:
            yield

    def _send(self, message):
        message["jsonrpc"] = "2.0"
        try:
            line = wire.encode(message)
        except Exception as error:
            if "result" not in message:
                print(f"galley: a message can't be written: {reason(error)}", file=sys.stderr)
                return
            why = error if type(error) in (TypeError, ValueError) else reason(error)
            failure = GalleyError("can't answer the request", f"the result can't be written: {why}").answer()
            line = wire.encode({"jsonrpc": "2.0", "id": message["id"], "error": {**failure, "code": INTERNAL_ERROR}})
        with self._interruption:
            self._write(line + b"\n")

    def _write(self, line):
        if self._writer == threading.get_ident():
            # A finalizer of the user's logs something just while a line is being written.
            self._delayed.append(line)
            return
        with self._output_lock:
            self._writer = threading.get_ident()
            try:
                self._write_whole(line)
                while self._delayed:
                    self._write_whole(self._delayed.popleft())
            finally:
                self._writer = None

    def _write_whole(self, line):
        view = memoryview(line)
        while len(view):
            try:
                view = view[os.write(self._sink, view):]
            except OSError:
                # The client is gone; the reading thread sees that too.
                return


def _outcome(body, *arguments):
    """What a function's result or error says in an answer. The worker outlives whatever user code raises."""
    try:
        return {"result": body(*arguments)}
    except Cancelled:
        return {"error": {"code": CANCELLED, "message": "the request was cancelled"}}
    except (GalleyError, RequestError) as error:
        return {"error": error.answer()}
    except BaseException as error:
        return {"error": _failure(error)}


def _failure(error):
    streams.trace()
    return {**GalleyError("the worker failed", reason(error), exit_code=SOFTWARE).answer(), "code": INTERNAL_ERROR}
