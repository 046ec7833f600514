# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""HTTP as the bootstrap needs it: certificates, credentials in an address, byte ranges, plain reasons."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.request
from typing import Dict, Optional
from urllib.parse import unquote, urlsplit, urlunsplit

TIMEOUT_SECONDS = 30.0
PAGE_LIMIT = 64 << 20
SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

# What a connection can raise while it is opened or read.
FAILURES = (urllib.error.URLError, http.client.HTTPException, ConnectionError, socket.timeout, ssl.SSLError, ValueError)


def without_credentials(address: str) -> str:
    """The address as it may be shown to people."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def reason(error: BaseException) -> str:
    """Why a request failed, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}".strip()
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, socket.gaierror):
        return "the host's name can't be resolved (no network?)"
    if isinstance(cause, socket.timeout):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    return str(cause) or type(cause).__name__


class Client:
    """Opens addresses with one set of certificates."""

    def __init__(self, certificates: str = "") -> None:
        self._certificates = certificates

    def open(self, address: str, headers: Optional[Dict[str, str]] = None):
        """The response; the caller closes it. Raises one of FAILURES."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            raise ValueError(f"'{parts.scheme}' addresses are not fetched")
        request = urllib.request.Request(without_credentials(address), headers=dict(headers or {}))
        request.add_header("User-Agent", "galley-bootstrap")
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        context = self._context() if parts.scheme == "https" else None
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=context)

    def page(self, address: str, accept: str) -> tuple:
        """The text, content type and final address of a page. Raises one of FAILURES."""
        with self.open(address, {"Accept": accept}) as response:
            body = response.read(PAGE_LIMIT)
            return body.decode("utf-8", "replace"), response.headers.get("Content-Type", ""), response.geturl()

    def _context(self) -> ssl.SSLContext:
        if self._certificates:
            try:
                return ssl.create_default_context(cafile=self._certificates)
            except OSError as error:
                raise ValueError(f"pip's certificate file {self._certificates} can't be used: {error}")
        context = ssl.create_default_context()
        if not context.cert_store_stats().get("x509_ca"):
            for path in SYSTEM_CERTIFICATES:
                if os.path.exists(path):
                    context.load_verify_locations(cafile=path)
                    break
        return context
