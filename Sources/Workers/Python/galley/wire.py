# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Messages of the protocol as lines of JSON. Numbers that JSON can't write are texts."""

import datetime
import enum
import json
import math
import os

LIMIT = 64 << 20


def _plain(value):
    """A value that the json module doesn't know: NumPy's numbers and arrays, paths, sets."""
    if isinstance(value, enum.Enum):
        return value.value
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item") and callable(value.item):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if not hasattr(value, "keys"):
        raise TypeError(f"a {type(value).__name__} can't be written as JSON")
    return {key: value[key] for key in value.keys()}


def _finite(value):
    """The same with texts for what isn't finite."""
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (str, int)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, dict):
        return {_key(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return _finite(_plain(value))


def _key(key):
    if isinstance(key, bool) or key is None or isinstance(key, float):
        return json.dumps(key)
    return str(_plain(key)) if not isinstance(key, (str, int)) else str(key)


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
_careful = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(message):
    """A message's line, without the line feed.

    Raises TypeError or ValueError if it holds what JSON can't say, or is longer than a message may be.
    """
    try:
        text = _encoder.encode(message)
    except (TypeError, ValueError):
        text = _careful.encode(_finite(message))
    # Half of a surrogate pair is no character; the reader would refuse the whole message.
    line = text.encode("utf-8", "replace")
    if len(line) > LIMIT:
        raise ValueError(f"it is {len(line)} bytes long; a message has at most {LIMIT}")
    return line


def _refuse(name):
    raise ValueError(f"{name} is no JSON")


def decode(line):
    """The message in a line of bytes. Raises ValueError."""
    return json.loads(line.decode("utf-8"), parse_constant=_refuse)


class LineSplitter:
    """Cuts a stream into lines; of one that is too long only the fact remains."""

    def __init__(self, limit=LIMIT):
        self._limit, self._parts, self._length, self._skipping = limit, [], 0, False

    def push(self, data):
        """The lines that are whole now; None stands for one that was too long."""
        lines = []
        pieces = data.split(b"\n")
        for index, piece in enumerate(pieces):
            self._take(piece)
            if index == len(pieces) - 1:
                break
            lines.append(None if self._skipping else b"".join(self._parts))
            self._parts, self._length, self._skipping = [], 0, False
        return lines

    def _take(self, piece):
        if self._skipping or not piece:
            return
        self._length += len(piece)
        # A carriage return at the end isn't part of the message.
        if self._length > self._limit + 1:
            self._parts, self._skipping = [], True
        else:
            self._parts.append(piece)
