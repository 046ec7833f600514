# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Reads a page of a package index: HTML (PEP 503) or JSON (PEP 691)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import List
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1"


@dataclass(frozen=True)
class Link:
    """One file that a page offers; `sha256` is empty when the page does not say it."""

    file: str
    url: str
    sha256: str


def project_page(index: str, name: str) -> str:
    """The address of a project's page in an index, with the name normalised as PEP 503 says."""
    return index.rstrip("/") + "/" + re.sub(r"[-_.]+", "-", name).lower() + "/"


def read_links(text: str, content_type: str, base: str) -> List[Link]:
    """The files a page offers. A page of neither kind offers none."""
    if "json" in content_type:
        return _from_json(text, base)
    parser = _Anchors()
    parser.feed(text)
    return [_from_href(href, base) for href in parser.hrefs]


def _from_json(text: str, base: str) -> List[Link]:
    try:
        files = json.loads(text)["files"]
        return [
            Link(item["filename"], urljoin(base, item["url"]), item.get("hashes", {}).get("sha256", ""))
            for item in files
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _from_href(href: str, base: str) -> Link:
    address, fragment = urldefrag(urljoin(base, href))
    found = re.search(r"sha256=([0-9a-f]{64})", fragment)
    return Link(unquote(urlsplit(address).path.rsplit("/", 1)[-1]), address, found.group(1) if found else "")


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: List[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "a":
            self.hrefs.extend(value for key, value in attrs if key == "href" and value)
