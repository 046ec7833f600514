# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The names of dtlpy's exceptions."""


class PlatformException(Exception):
    """The base of them."""

    def __init__(self, error=None, message=None):
        super().__init__(message or error or "")
        self.status_code, self.message = error, message


class NotFound(PlatformException):
    """There is no such thing."""


class BadRequest(PlatformException):
    """The request doesn't fit."""


class Forbidden(PlatformException):
    """It isn't allowed."""


class InternalServerError(PlatformException):
    """The server failed."""


class TokenExpired(PlatformException):
    """A login is needed."""
