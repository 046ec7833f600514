# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Interruption of the main thread: wherever the user's code stands, but never within what must be done whole."""

import signal
import threading

from .errors import Cancelled

SIGNAL = getattr(signal, "SIGRTMIN", signal.SIGUSR1 - 7) + 7


class Interruption:
    """Raises Cancelled in the main thread, if `is_wanted` says so of the frame in which it stands.

    As a context it holds off what comes, Ctrl-C too, until the main thread has left the context.
    """

    def __init__(self, is_wanted):
        self._is_wanted, self._main = is_wanted, threading.main_thread().ident
        self._depth, self._pending = 0, None

    def install(self):
        """Begins to listen; in the main thread."""
        signal.signal(SIGNAL, self._arrived)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._arrived)

    def send(self):
        """Interrupts the main thread, from another one."""
        try:
            signal.pthread_kill(self._main, SIGNAL)
        except OSError:
            # It has ended.
            pass

    def _arrived(self, number, frame):
        if number == signal.SIGINT:
            exception = KeyboardInterrupt
        elif self._is_wanted(frame):
            exception = Cancelled
        else:
            return
        if not self._depth:
            raise exception
        self._pending = exception

    def __enter__(self):
        if threading.get_ident() == self._main:
            self._depth += 1

    def __exit__(self, *_):
        if threading.get_ident() != self._main:
            return
        self._depth -= 1
        if not self._depth and self._pending is not None:
            exception, self._pending = self._pending, None
            raise exception
