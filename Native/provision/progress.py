# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Says what is being done: a bar on a terminal, few plain lines elsewhere. Standard error only."""

from __future__ import annotations

import sys
import time
from typing import Optional, TextIO

BAR_WIDTH = 30
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0


class Progress:
    """Shows one piece of work at a time."""

    def __init__(self, stream: Optional[TextIO] = None, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._drawn = False

    def say(self, text: str) -> None:
        """One plain line."""
        if not self._quiet:
            self._clear()
            print(text, file=self._stream, flush=True)

    def begin(self, title: str, total: Optional[int], done: int = 0) -> None:
        """Starts a piece of work of `total` bytes, of which `done` were there before."""
        self._title, self._total, self._first = title, total, done
        self._started = self._shown = time.monotonic()
        resumed = f", continuing at {_megabytes(done)}" if done else ""
        if not self._terminal:
            self.say(f"{title} ({_megabytes(total)}{resumed})" if total else f"{title}{resumed}")

    def update(self, done: int) -> None:
        """`done` bytes are there now."""
        now = time.monotonic()
        if self._quiet or now - self._shown < (REDRAW_SECONDS if self._terminal else LINE_SECONDS):
            return
        self._shown = now
        text = self._describe(done, now - self._started)
        if self._terminal:
            self._stream.write("\r\x1b[K" + text)
            self._stream.flush()
            self._drawn = True
        else:
            self.say(text)

    def end(self) -> None:
        """Ends the piece of work."""
        self._clear()

    def _describe(self, done: int, elapsed: float) -> str:
        rate = (done - self._first) / elapsed if elapsed > 0 else 0.0
        text = f"{self._title}  {_megabytes(done)}"
        if self._total:
            filled = min(BAR_WIDTH, BAR_WIDTH * done // self._total)
            left = (self._total - done) / rate if rate > 0 else 0.0
            bar = f"[{'=' * filled}{' ' * (BAR_WIDTH - filled)}] " if self._terminal else ""
            text = f"{self._title}  {bar}{_megabytes(done)} of {_megabytes(self._total)}, {left:.0f} s left"
        return f"{text}, {_megabytes(int(rate))}/s"

    def _clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def _megabytes(count: Optional[int]) -> str:
    return f"{(count or 0) / 1e6:.1f} MB"
