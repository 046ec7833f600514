# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Errors for people, and the end of a request that nobody wants any more."""

import os
import re
import traceback

from . import streams

BAD_DATA, MISSING_INPUT, UNAVAILABLE, SOFTWARE, CANT_CREATE, CONFIGURATION = 65, 66, 69, 70, 73, 78

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMETERS, INTERNAL_ERROR = -32600, -32601, -32602, -32603
PARSE_ERROR, HANDLER_FAILED, CANCELLED = -32700, -32000, -32800


class GalleyError(Exception):
    """What failed, why, where, and what to do about it: shown by Galley as if it had failed itself.

    Raise it where you can say more than an exception's type and message do.
    """

    def __init__(self, what, why, place=None, remedy=None, exit_code=BAD_DATA):
        super().__init__(f"{what}: {why}")
        self.what, self.why, self.place, self.remedy, self.exit_code = what, why, place, remedy, exit_code

    def answer(self):
        """The `error` of an answer."""
        data = {"exitCode": self.exit_code, "what": self.what, "why": self.why}
        if self.place:
            data["place"] = self.place
        if self.remedy:
            data["remedy"] = self.remedy
        return {"code": HANDLER_FAILED, "message": one_line(f"{self.what}: {self.why}"), "data": data}


class RequestError(Exception):
    """A request that can't be answered, with the protocol's code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message

    def answer(self):
        """The `error` of an answer."""
        return {"code": self.code, "message": one_line(self.message)}


class Cancelled(BaseException):
    """The client no longer wants the request; raised in your code by `epoch`, `progress` and `check_cancelled`.

    It is no `Exception`, so that `except Exception` doesn't keep it.
    """


def one_line(text):
    """A text without line breaks and the codes by which terminals are coloured."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", str(text)).split())


def reason(error):
    """An exception's type and message as one clause, at most 1,000 characters."""
    name = type(error).__name__
    try:
        message = one_line(error)
    except Exception:
        message = "its message can't be written"
    text = f"{name}: {message}" if message else name
    return text if len(text) <= 1000 else text[:999] + "…"


def place(error, user_file):
    """`FILE:line` where the user's code last stood when `error` was raised; the last of all frames if it didn't."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return user_file
    folder = os.path.dirname(os.path.abspath(user_file))
    own = os.path.dirname(os.path.abspath(__file__))
    users = [one for one in frames if one.filename == user_file]
    near = [one for one in frames if one.filename.startswith(folder + os.sep) and not one.filename.startswith(own)]
    frame = (users or near or frames)[-1]
    return f"{frame.filename}:{frame.lineno}"


def called(what, user_file, body, *arguments):
    """What a function returns that is the user's or reads what is the user's. Whatever it raises is a GalleyError."""
    try:
        return body(*arguments)
    except (GalleyError, RequestError):
        raise
    except (Exception, SystemExit) as error:
        streams.trace()
        raise GalleyError(what, reason(error), place=place(error, user_file)) from error
