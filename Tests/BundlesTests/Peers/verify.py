#!/usr/bin/env python3
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Verifies bundles as Documentation/bundles.md says, written from that page alone.

    verify.py --trust root.json [--now TIME] [--seen seen.json] [--platform NAME] [--base FILE]... FILE...

Prints one line of JSON for each file: {"file", "ok", "why"} and, if it is believed, "claims": {id: [missing digests]}.
Signatures are checked with the module `cryptography` if it is there, else with `openssl pkeyutl`.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from datetime import datetime, timezone

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

DIGEST = re.compile(r"[0-9a-f]{64}\Z")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
SPKI = bytes.fromhex("302a300506032b6570032100")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TOLERANCE = 300


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


# Canonical JSON.


def unique(pairs):
    keys = [key for key, _ in pairs]
    need(len(set(keys)) == len(keys), "a key stands twice")
    return dict(pairs)


def no_number(text):
    raise Refused(f"{text} is no whole number")


def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode())
        return b"{" + b",".join(text(key) + b":" + canonical(value[key]) for key in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, str):
        return text(value)
    if value is True or value is False:
        return b"true" if value else b"false"
    need(isinstance(value, int), "a value of a kind that isn't used")
    return str(value).encode()


def text(value):
    need(not CONTROL.search(value), "a control character in a text")
    return b'"' + value.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def read_canonical(data):
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=unique, parse_float=no_number, parse_constant=no_number)
        same = canonical(value) == data
    except (ValueError, RecursionError) as error:
        raise Refused(f"no canonical JSON: {error}")
    need(same, "not in canonical form")
    return value


# The archive.


def header(name, size, kind=b"0"):
    block = bytearray(512)

    def put(place, value):
        block[place : place + len(value)] = value

    put(0, name)
    put(100, b"0000644\0")
    put(108, b"0000000\0")
    put(116, b"0000000\0")
    put(124, b"%011o\0" % size)
    put(136, b"00000000000\0")
    put(148, b"        ")
    put(156, kind)
    put(257, b"ustar\0" + b"00")
    put(329, b"0000000\0")
    put(337, b"0000000\0")
    put(148, b"%06o\0 " % sum(block))
    return bytes(block)


class Archive:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.size = self.file.seek(0, 2)
        self.members = []
        place = 0
        while True:
            block = self.bytes(place, 512)
            if block == bytes(512):
                break
            place = self.member(place, block)
        need(self.bytes(place, self.size - place) == bytes(1024) if self.size - place <= 1024 else False, "the end")
        need(self.members and self.members[0][0] == b"envelope.json", "the first member is no envelope")
        names = [name for name, _, _ in self.members[1:]]
        for name in names:
            need(re.fullmatch(rb"objects/sha256/[0-9a-f]{64}", name), "a member that has no place in a bundle")
        need(all(a < b for a, b in zip(names, names[1:])), "members not in order")

    def bytes(self, place, count):
        need(0 <= place and place + count <= self.size, "it is cut")
        self.file.seek(place)
        return self.file.read(count)

    def member(self, place, block):
        name = block[:100].rstrip(b"\0")
        size = re.fullmatch(rb"([0-7]{11})\0", block[124:136])
        need(size and len(name) < 100, "a damaged header")
        size = int(size[1], 8)
        if block[156:157] == b"x":
            need(block == header(name, size, b"x") and size < 512, "a damaged pax header")
            record = re.fullmatch(rb"([1-9][0-9]*) size=([1-9][0-9]*)\n", self.bytes(place + 512, size))
            need(record and int(record[1]) == size, "a damaged pax record")
            need(self.bytes(place + 512 + size, 512 - size) == bytes(512 - size), "padding")
            size = int(record[2])
            block = self.bytes(place + 1024, 512)
            own = block[:100].rstrip(b"\0")
            need(size >= 2**33 and name == b"PaxHeaders/" + own.split(b"/")[-1], "a pax header without need")
            need(block == header(own, 0), "a damaged header")
            name, place = own, place + 1024
        else:
            need(block == header(name, size), "a header that isn't one of a bundle")
        start = place + 512
        padding = -size % 512
        need(self.bytes(start + size, padding) == bytes(padding), "padding")
        self.members.append((name, start, size))
        return start + size + padding

    def content(self, index, limit):
        _, start, size = self.members[index]
        need(size <= limit, "the envelope is too large")
        return self.bytes(start, size)

    def digest(self, index):
        _, start, size = self.members[index]
        self.file.seek(start)
        state = hashlib.sha256()
        while size:
            piece = self.file.read(min(size, 1 << 20))
            need(piece, "it is cut")
            state.update(piece)
            size -= len(piece)
        return state.hexdigest()


# Envelope and signatures.


def decode(value):
    need(isinstance(value, str), "base64 was expected")
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise Refused(f"no base64: {error}")
    need(base64.b64encode(data).decode() == value, "base64 in another form")
    return data


def keys_are(value, required, optional=()):
    need(isinstance(value, dict), "an object was expected")
    need(set(required) <= set(value) <= set(required) | set(optional), f"keys are missing or unknown: {sorted(value)}")
    return value


def read_envelope(data):
    envelope = keys_are(read_canonical(data), ["payload", "payloadType", "signatures"])
    need(envelope["payloadType"] == "application/vnd.galley.bundle+json", "another type of payload")
    signatures = envelope["signatures"]
    need(isinstance(signatures, list) and len(signatures) <= 64, "signatures")
    for signature in signatures:
        keys_are(signature, ["keyid", "sig"])
        is_digest(signature["keyid"])
        need(len(decode(signature["sig"])) == 64, "the length of a signature")
    in_order([signature["keyid"] for signature in signatures], "signatures")
    return decode(envelope["payload"]), [(s["keyid"], decode(s["sig"])) for s in signatures]


def signed_bytes(payload):
    kind = b"application/vnd.galley.bundle+json"
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def is_signature(der, signature, data):
    if Ed25519PublicKey is not None:
        try:
            Ed25519PublicKey.from_public_bytes(der[12:]).verify(signature, data)
            return True
        except InvalidSignature:
            return False
    with tempfile.TemporaryDirectory() as folder:
        for name, content in [("key", der), ("sig", signature), ("data", data)]:
            with open(f"{folder}/{name}", "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{folder}/key"]
        command += ["-rawin", "-in", f"{folder}/data", "-sigfile", f"{folder}/sig"]
        return subprocess.run(command, capture_output=True).returncode == 0


def check_signatures(payload, signatures, root):
    keys = {}
    for key in root["keys"]:
        der = decode(key["key"])
        need(len(der) == 44 and der.startswith(SPKI) and hashlib.sha256(der).hexdigest() == key["id"], "the trust root")
        keys[key["id"]] = der
    need(keys, "no key is trusted")
    data = signed_bytes(payload)
    count = 0
    for identity, signature in signatures:
        if identity in keys:
            need(is_signature(keys[identity], signature, data), "a wrong signature")
            count += 1
    need(count >= root["threshold"], f"{count} of {root['threshold']} signatures")


# The manifest.


def is_text(value, empty=True):
    need(isinstance(value, str), "a text was expected")
    need(len(value.encode()) <= 65536 and (empty or value), "a text is too long or empty")
    return value


def is_digest(value):
    need(isinstance(value, str) and DIGEST.match(value), "a digest was expected")
    return value


def is_number(value, least):
    need(isinstance(value, int) and not isinstance(value, bool) and least <= value < 10**18, "a number was expected")
    return value


def is_list(value, most=2_000_000):
    need(isinstance(value, list) and len(value) <= most, "a list was expected, not too long")
    return value


def in_order(values, what):
    encoded = [value.encode() for value in values]
    need(all(a < b for a, b in zip(encoded, encoded[1:])), f"{what} are not in order")


def texts(value, ordered, empty=True):
    for element in is_list(value):
        is_text(element, empty)
    if ordered:
        in_order(value, "texts")
    return value


def seconds(value):
    need(isinstance(value, str) and TIME.match(value), "a time was expected")
    try:
        moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise Refused(f"no time: {error}")
    need(moment.year >= 1970, "a time before 1970")
    return int(moment.timestamp())


def names_differ(names):
    need(len({unicodedata.normalize("NFC", name) for name in names}) == len(names), "names that are composed differently")


def is_step(step):
    return 1 <= len(step) <= 255 and step not in (b".", b"..")


def is_path(value):
    need(isinstance(value, str) and len(value.encode()) <= 4096, "a path was expected")
    steps = value.encode().split(b"/")
    need(all(map(is_step, steps)), f"the path {value!r}")
    return steps


def check_entries(entries):
    paths, folders = [], set()
    for entry in entries:
        if isinstance(entry, dict) and "link" in entry:
            keys_are(entry, ["link", "path"])
        else:
            keys_are(entry, ["executable", "path", "sha256"])
            need(isinstance(entry["executable"], bool), "executable")
            is_digest(entry["sha256"])
        steps = is_path(entry["path"])
        if "link" in entry:
            need(isinstance(entry["link"], str) and len(entry["link"].encode()) <= 4096, "a link")
            target = entry["link"].encode().split(b"/")
            ups = 0
            while ups < len(target) and target[ups] == b"..":
                ups += 1
            need(ups < len(steps) and all(map(is_step, target[ups:])), "a link that leads out")
        paths.append(entry["path"])
        folders.update(b"/".join(steps[:count]) for count in range(1, len(steps)))
    in_order(paths, "paths")
    need(not folders & {path.encode() for path in paths}, "a path leads through a file or a link")


def check_tree(tree):
    keys_are(tree, ["entries", "kind", "name"], ["digest", "library"])
    need(tree["kind"] in ("programs", "library", "folder", "report"), "the kind of a tree")
    need(len(is_path(tree["name"])) == 1, "the name of a tree")
    if "digest" in tree:
        is_digest(tree["digest"])
    check_entries(is_list(tree["entries"], 4_000_000))
    need("library" in tree or tree["kind"] != "library", "a library without a record")
    if "library" in tree:
        record = keys_are(tree["library"], ["main", "name", "path", "preload", "version"], ["licence", "sha256"])
        for path in [record["path"], record["main"], *is_list(record["preload"])]:
            is_path(path)
        for key in ["name", "version", "licence"]:
            is_text(record.get(key, "-"), empty=False)
        if "sha256" in record:
            is_digest(record["sha256"])


def check_claim(claim, platforms, trees):
    required = ["id", "missing", "needs", "platform", "recipe", "state", "task", "trees"]
    keys_are(claim, required, ["proof", "standIn"])
    for key in ["id", "task", "platform"]:
        is_text(claim[key], empty=False)
    need(claim["platform"] in platforms, "the platform of a claim")
    recipe = keys_are(claim["recipe"], ["digest", "document", "name"])
    is_digest(recipe["digest"]), is_digest(recipe["document"]), is_text(recipe["name"], empty=False)
    for digest in is_list(claim["needs"]):
        is_digest(digest)
    in_order(claim["needs"], "needs")
    need(set(texts(claim["trees"], ordered=True)) <= trees, "a tree that is not there")
    missing = texts(claim["missing"], ordered=False)
    state = claim["state"]
    need(state in ("proven", "closed", "incomplete", "stale"), "the state of a claim")
    need(state != "proven" or "proof" in claim, "proven without proof")
    need(state != "incomplete" or missing, "incomplete without what is missing")
    need(state not in ("proven", "closed") or not missing, "something is missing")
    if "proof" in claim:
        is_digest(claim["proof"])
    if "standIn" in claim:
        stand_in = keys_are(claim["standIn"], ["format", "labels", "minimumCount"])
        is_text(stand_in["format"], empty=False), texts(stand_in["labels"], ordered=False)
        is_number(stand_in["minimumCount"], 0)


def read_manifest(payload):
    required = ["artifacts", "claims", "created", "format", "galley", "host", "name", "objects", "platforms"]
    optional = ["base", "validFrom", "validUntil"]
    manifest = keys_are(read_canonical(payload), required + ["sequence", "trees"], optional)
    need(manifest["format"] == "galley.bundle/1", "another format")
    is_text(manifest["name"], empty=False), is_text(manifest["galley"]), is_number(manifest["sequence"], 1)
    times = {key: seconds(manifest[key]) for key in ["created", "validFrom", "validUntil"] if key in manifest}
    need(times.get("validFrom", 0) <= times.get("validUntil", 2**62), "valid never")
    texts(manifest["host"], ordered=True)
    platforms = set(texts(manifest["platforms"], ordered=True, empty=False))
    for item in is_list(manifest["objects"]):
        keys_are(item, ["sha256", "size"])
        is_digest(item["sha256"]), is_number(item["size"], 0)
    in_order([item["sha256"] for item in manifest["objects"]], "objects")
    need(sum(item["size"] for item in manifest["objects"]) < 2**62, "the sum of sizes")
    for artifact in is_list(manifest["artifacts"]):
        keys_are(artifact, ["sha256"], ["licence", "name", "origin", "role"])
        is_digest(artifact["sha256"])
        for key in set(artifact) - {"sha256"}:
            is_text(artifact[key])
    in_order([artifact["sha256"] for artifact in manifest["artifacts"]], "artifacts")
    for tree in is_list(manifest["trees"], 100_000):
        check_tree(tree)
    names = [tree["name"] for tree in manifest["trees"]]
    in_order(names, "trees"), names_differ(names)
    need(sum(len(tree["entries"]) for tree in manifest["trees"]) <= 4_000_000, "too many entries")
    for claim in is_list(manifest["claims"], 100_000):
        check_claim(claim, platforms, set(names))
    ids = [claim["id"] for claim in manifest["claims"]]
    in_order(ids, "claims"), names_differ(ids)
    if "base" in manifest:
        base = keys_are(manifest["base"], ["digest", "name", "sequence"])
        is_digest(base["digest"]), is_text(base["name"], empty=False), is_number(base["sequence"], 1)
    return manifest


# The whole.


def trusted(data, options):
    payload, signatures = read_envelope(data)
    check_signatures(payload, signatures, options.root)
    return payload, read_manifest(payload)


def check_series(manifest, payload, seen):
    for bundle in seen.get("bundles", []):
        if bundle["name"] == manifest["name"]:
            need(manifest["sequence"] >= bundle["sequence"], "an older one")
            same = hashlib.sha256(payload).hexdigest() == bundle["digest"]
            need(manifest["sequence"] > bundle["sequence"] or same, "another one with this sequence")


def check_times(manifest, now, seen):
    if "latest" in seen:
        need(now >= seconds(seen["latest"]) - TOLERANCE, "the clock was set back")
    need(seconds(manifest["created"]) <= now + TOLERANCE, "made in the future")
    need("validFrom" not in manifest or seconds(manifest["validFrom"]) <= now, "not yet valid")
    need("validUntil" not in manifest or now <= seconds(manifest["validUntil"]), "expired")


def base_objects(manifest, bases, options):
    objects, count = set(), 0
    while "base" in manifest:
        count += 1
        need(count <= 64, "too many bases")
        envelope = bases.get(manifest["base"]["digest"])
        need(envelope is not None, "the base is not here")
        _, manifest = trusted(envelope, options)
        objects.update(item["sha256"] for item in manifest["objects"])
    return objects


def verify(path, options):
    archive = Archive(path)
    payload, manifest = trusted(archive.content(0, 512 << 20), options)
    check_series(manifest, payload, options.seen)
    check_times(manifest, options.now, options.seen)
    need(options.platform is None or options.platform in manifest["platforms"], "another platform")
    listed = [(b"objects/sha256/" + item["sha256"].encode(), item["size"]) for item in manifest["objects"]]
    need([(name, size) for name, _, size in archive.members[1:]] == listed, "archive and manifest differ")
    there = base_objects(manifest, options.bases, options)
    for index, item in enumerate(manifest["objects"], start=1):
        need(archive.digest(index) == item["sha256"], f"{item['sha256']} is damaged")
        there.add(item["sha256"])
    trees = {t["name"]: {e["sha256"] for e in t["entries"] if "sha256" in e} for t in manifest["trees"]}
    claims = {}
    for claim in manifest["claims"]:
        needs = {*claim["needs"], claim["recipe"]["document"], *([claim["proof"]] if "proof" in claim else [])}
        for name in claim["trees"]:
            needs |= trees[name]
        claims[claim["id"]] = sorted(needs - there)
    return claims


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--trust", required=True)
    parser.add_argument("--now")
    parser.add_argument("--seen")
    parser.add_argument("--platform")
    parser.add_argument("--base", action="append", default=[])
    options = parser.parse_args()
    options.root = json.load(open(options.trust))
    options.seen = json.load(open(options.seen)) if options.seen else {}
    options.now = seconds(options.now) if options.now else int(datetime.now(timezone.utc).timestamp())
    options.bases = {}
    for path in options.base:
        data = Archive(path).content(0, 512 << 20)
        options.bases[hashlib.sha256(read_envelope(data)[0]).hexdigest()] = data
    all_ok = True
    for path in options.files:
        answer = {"file": path}
        try:
            answer |= {"ok": True, "claims": verify(path, options)}
        except (Refused, OSError) as error:
            answer |= {"ok": False, "why": str(error)}
        all_ok &= answer["ok"]
        print(json.dumps(answer), flush=True)
    sys.exit(0 if all_ok else 65)


if __name__ == "__main__":
    main()
