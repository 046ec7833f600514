# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The target protocol, written from Documentation/target-protocol.md with the standard library alone."""

import hashlib
import hmac
import json
import os
import struct
import time

MAGIC = b"GALLEY"
VERSION = 1
FRAME_LIMIT = 262_144
MESSAGE_LIMIT = 16_777_216

# name: (number, is of the session, least bytes, most bytes, may span frames, may interrupt)
TYPES = {
    "hello": (0x01, True, 2, 4096, False, False),
    "prove": (0x02, True, 33, 33, False, False),
    "welcome": (0x03, True, 34, 65536, False, False),
    "commit": (0x04, True, 32, 32, False, False),
    "reveal": (0x05, True, 32, 32, False, False),
    "confirm": (0x06, True, 0, 0, False, False),
    "paired": (0x07, True, 0, 0, False, False),
    "request": (0x10, False, 2, MESSAGE_LIMIT, True, False),
    "answer": (0x11, False, 2, MESSAGE_LIMIT, True, False),
    "failure": (0x12, False, 2, 65536, False, False),
    "event": (0x13, False, 2, 65536, False, False),
    "cancel": (0x14, False, 0, 0, False, True),
    "run": (0x15, False, 8, MESSAGE_LIMIT, True, False),
    "outputs": (0x16, False, 12, MESSAGE_LIMIT, True, False),
    "offer": (0x20, False, 40, 40, False, False),
    "want": (0x21, False, 12, 12, False, False),
    "have": (0x22, False, 0, 0, False, False),
    "fetch": (0x23, False, 44, 44, False, False),
    "data": (0x24, False, 0, FRAME_LIMIT, False, True),
    "credit": (0x25, False, 4, 4, False, True),
    "ping": (0x30, True, 8, 8, False, True),
    "pong": (0x31, True, 8, 8, False, True),
    "goodbye": (0x32, True, 4, 4, False, False),
    "close": (0x33, True, 2, 1024, False, True),
}
NAMES = {entry[0]: name for name, entry in TYPES.items()}
WAYS = {"certificate": 1, "token": 2, "local": 3, "pairing": 4}
ELEMENTS = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128 "
    "float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz int4 uint4"
).split()
BITS = [8, 8, 16, 32, 64, 8, 16, 32, 64, 16, 16, 32, 64, 64, 128, 8, 8, 8, 8, 4, 4]


class Violation(Exception):
    """The other side did what the protocol doesn't allow."""


class Cut(Violation):
    """The connection ended without a word."""


def require(condition, words):
    if not condition:
        raise Violation(words)


def frame(name, stream=0, payload=b"", end=True):
    return struct.pack("<BBHII", TYPES[name][0], 1 if end else 0, 0, stream, len(payload)) + payload


def message(name, stream=0, payload=b""):
    """One frame, or as many as a long message needs."""
    frames = b""
    while len(payload) > FRAME_LIMIT:
        frames += frame(name, stream, payload[:FRAME_LIMIT], end=False)
        payload = payload[FRAME_LIMIT:]
    return frames + frame(name, stream, payload)


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Decoder:
    """Bytes in, (name, stream, payload, end) out; messages are whole, data comes frame by frame."""

    def __init__(self, preamble=True):
        self.bytes = b""
        self.waits_for_preamble = preamble
        self.unfinished = None

    def feed(self, piece):
        self.bytes += piece
        if self.waits_for_preamble:
            if len(self.bytes) < 8:
                return
            require(self.bytes[:6] == MAGIC, "another preamble")
            low, high = self.bytes[6], self.bytes[7]
            require(1 <= low <= high, "no versions")
            self.waits_for_preamble = False
            self.bytes = self.bytes[8:]
            yield "preamble", 0, bytes([low, high]), True
        while len(self.bytes) >= 12:
            number, flags, zeros, stream, length = struct.unpack("<BBHII", self.bytes[:12])
            require(number in NAMES and flags in (0, 1) and zeros == 0, "an unknown frame")
            name, end = NAMES[number], flags == 1
            _, of_session, least, most, spans, interrupts = TYPES[name]
            require((stream == 0) == of_session, "a wrong stream")
            require(length <= min(most, FRAME_LIMIT), "too long")
            if name == "data":
                require(end or length > 0, "an empty frame of data")
            else:
                require(end or (spans and length > 0), "a message without its end")
            if len(self.bytes) < 12 + length:
                return
            payload, self.bytes = self.bytes[12 : 12 + length], self.bytes[12 + length :]
            if name == "data":
                yield name, stream, payload, end
                continue
            if self.unfinished and self.unfinished[:2] == (name, stream):
                payload = self.unfinished[2] + payload
                self.unfinished = None
            elif self.unfinished:
                require(interrupts, "a message within a message")
            require(len(payload) <= most, "a message that is too long")
            if end:
                require(len(payload) >= least, "too short")
                yield name, stream, payload, True
            else:
                self.unfinished = (name, stream, payload)


# Tensors: (element type, shape, bytes)


def encode_tensors(tensors):
    heads = struct.pack("<I", len(tensors))
    for element, shape, _ in tensors:
        heads += struct.pack("<BBH", ELEMENTS.index(element), len(shape), 0) + struct.pack(f"<{len(shape)}I", *shape)
    return heads + b"".join(content for _, _, content in tensors)


def decode_tensors(payload):
    (count,), place = struct.unpack_from("<I", payload), 4
    require(count <= 256, "too many tensors")
    heads = []
    for _ in range(count):
        element, rank, zeros = struct.unpack_from("<BBH", payload, place)
        require(element < len(ELEMENTS) and rank <= 16 and zeros == 0, "a damaged tensor")
        heads.append((element, list(struct.unpack_from(f"<{rank}I", payload, place + 4))))
        place += 4 + 4 * rank
    tensors = []
    for element, shape in heads:
        bits = BITS[element]
        for extent in shape:
            bits *= extent
        length = (bits + 7) // 8
        require(place + length <= len(payload), "a tensor without its bytes")
        tensors.append((ELEMENTS[element], shape, payload[place : place + length]))
        place += length
    require(place == len(payload), "bytes after the tensors")
    return tensors


# Who is who


def proof(side, token, host_nonce, agent_nonce, agent_certificate=bytes(32), host_certificate=bytes(32)):
    covered = f"galley token {side}/1".encode() + host_nonce + agent_nonce + agent_certificate + host_certificate
    return hmac.new(token, covered, hashlib.sha256).digest()


def commitment(side, nonce, host_certificate, agent_certificate):
    return hashlib.sha256(f"galley pairing {side}/1".encode() + nonce + host_certificate + agent_certificate).digest()


def digits(host_nonce, agent_nonce, host_certificate, agent_certificate):
    covered = b"galley pairing code/1" + host_nonce + agent_nonce + host_certificate + agent_certificate
    number = int.from_bytes(hashlib.sha256(covered).digest()[:8], "little") % 1_000_000
    return f"{number // 1000:03} {number % 1000:03}"


# Fields of payloads, for comparing


def fields(name, payload):
    if name in ("hello", "request", "answer", "failure", "event"):
        return json.loads(payload)
    if name == "prove":
        return {"way": payload[0], "proof": payload[1:].hex()}
    if name == "welcome":
        return {"proof": payload[:32].hex(), "welcome": json.loads(payload[32:])}
    if name == "offer":
        return {"digest": payload[:32].hex(), "size": struct.unpack("<Q", payload[32:])[0]}
    if name == "want":
        return dict(zip(("offset", "credit"), struct.unpack("<QI", payload)))
    if name == "fetch":
        offset, credit = struct.unpack("<QI", payload[32:])
        return {"digest": payload[:32].hex(), "offset": offset, "credit": credit}
    if name in ("credit", "goodbye"):
        return {"number": struct.unpack("<I", payload)[0]}
    if name in ("ping", "pong"):
        return {"number": struct.unpack("<Q", payload)[0]}
    if name == "close":
        return {"code": struct.unpack("<H", payload[:2])[0], "reason": payload[2:].decode()}
    if name == "run":
        tensors = decode_tensors(payload[4:])
        return {"worker": struct.unpack("<I", payload[:4])[0], "tensors": listed(tensors)}
    if name == "outputs":
        tensors = decode_tensors(payload[8:])
        return {"nanoseconds": struct.unpack("<Q", payload[:8])[0], "tensors": listed(tensors)}
    return {"bytes": payload.hex()}


def listed(tensors):
    return [{"type": element, "shape": shape, "bytes": content.hex()} for element, shape, content in tensors]


def payload_of(name, value):
    """The other way."""
    if name in ("hello", "request", "answer", "failure", "event"):
        return text(value)
    if name == "prove":
        return bytes([value["way"]]) + bytes.fromhex(value["proof"])
    if name == "welcome":
        return bytes.fromhex(value["proof"]) + text(value["welcome"])
    if name == "offer":
        return bytes.fromhex(value["digest"]) + struct.pack("<Q", value["size"])
    if name == "want":
        return struct.pack("<QI", value["offset"], value["credit"])
    if name == "fetch":
        return bytes.fromhex(value["digest"]) + struct.pack("<QI", value["offset"], value["credit"])
    if name in ("credit", "goodbye"):
        return struct.pack("<I", value["number"])
    if name in ("ping", "pong"):
        return struct.pack("<Q", value["number"])
    if name == "close":
        return struct.pack("<H", value["code"]) + value["reason"].encode()
    if name in ("run", "outputs"):
        tensors = [(entry["type"], entry["shape"], bytes.fromhex(entry["bytes"])) for entry in value["tensors"]]
        head = struct.pack("<I", value["worker"]) if name == "run" else struct.pack("<Q", value["nanoseconds"])
        return head + encode_tensors(tensors)
    return bytes.fromhex(value["bytes"])


class Failure(Exception):
    """The agent couldn't do what was asked for."""
    @property
    def code(self): return json.loads(str(self))["code"]


class Closed(Failure):
    """The agent ended the session, and said why."""
    @property
    def code(self): return int(str(self).split(":")[0])


class Host:
    """A host over two functions: `read()` gives bytes, b"" at the end, or None if none came for a while; `write(bytes)`
    takes them.

    One thing at a time; while it waits it answers pings, and sends its own. Whoever gives the functions sets their
    deadlines.
    """

    def __init__(self, read, write, agent_certificate=bytes(32), host_certificate=bytes(32), nonce=None):
        self.read, self.send = read, write
        self.welcome = self.pinged = None
        self.certificates = agent_certificate, host_certificate
        self.nonce = nonce or os.urandom(32)
        self.decoder = Decoder()
        self.waiting = []
        self.stream = 0
        hello = {"name": "python", "version": "1", "nonce": self.nonce.hex()}
        self.write(MAGIC + bytes([VERSION, VERSION]) + message("hello", 0, text(hello)))
        low, high = self.next("preamble")
        require(low <= VERSION <= high, "no common version")
        self.agent = json.loads(self.next("hello"))

    def write(self, data):
        self.sent = time.monotonic()
        self.send(data)

    def keep_alive(self):
        """An agent that hears nothing for 15 seconds ends the session, however much it says itself."""
        if self.welcome and self.pinged is None and time.monotonic() - self.sent >= 5:
            self.pinged = os.urandom(8)
            self.write(message("ping", 0, self.pinged))

    def next(self, *names, stream=0):
        name, _, payload, _ = self.receive(stream, *names)
        return payload

    def receive(self, stream, *names):
        """The next message of a stream; `goodbye` is noted meanwhile."""
        while True:
            found = name, of, payload, _ = self.arrive()
            if name == "failure" and of == stream:
                raise Failure(payload.decode())
            if name != "goodbye":
                require(of == stream and name in names, f"{name} on {of}")
                return found

    def arrive(self):
        """The next message of any stream; pings go and come meanwhile."""
        while True:
            self.keep_alive()
            while not self.waiting:
                piece = self.read()
                if piece is None:
                    self.keep_alive()
                    continue
                if not piece:
                    raise Cut("the connection was cut")
                self.waiting += list(self.decoder.feed(piece))
            found = name, _, payload, _ = self.waiting.pop(0)
            if name == "ping":
                self.write(message("pong", 0, payload))
            elif name == "pong":
                require(payload == self.pinged, "a pong answers no ping")
                self.pinged = None
            elif name == "close":
                raise Closed(f"{struct.unpack('<H', payload[:2])[0]}: {payload[2:].decode()}")
            else:
                return found

    def by_token(self, token):
        require("token" in self.agent["ways"], "no tokens")
        other = bytes.fromhex(self.agent["nonce"])
        own = proof("host", token, self.nonce, other, *self.certificates)
        self.write(message("prove", 0, bytes([WAYS["token"]]) + own))
        payload = self.next("welcome")
        expected = proof("agent", token, self.nonce, other, *self.certificates)
        require(hmac.compare_digest(payload[:32], expected), "the agent doesn't know the token")
        self.welcome = json.loads(payload[32:])

    def by(self, way):
        self.write(message("prove", 0, bytes([WAYS[way]]) + bytes(32)))
        self.welcome = json.loads(self.next("welcome")[32:])

    def pair(self, agrees, nonce=None):
        """Pairs; `agrees(digits)` asks the person."""
        agent, host = self.certificates
        nonce = nonce or os.urandom(32)
        self.write(message("prove", 0, bytes([WAYS["pairing"]]) + bytes(32)))
        promised = self.next("commit")
        self.write(message("commit", 0, commitment("host", nonce, host, agent)))
        other = self.next("reveal")
        require(commitment("agent", other, host, agent) == promised, "another nonce")
        self.write(message("reveal", 0, nonce))
        if not agrees(digits(nonce, other, host, agent)):
            return self.close(7, "the digits differ")
        self.write(message("confirm"))
        self.next("paired")
        self.close()

    def open(self, name, payload):
        self.stream += 1
        self.write(message(name, self.stream, payload))
        return self.stream

    def ask(self, method, params=None, worker=None, within=600):
        """Asks, and doesn't wait."""
        value = {"method": method, "params": params or {}, "within": within}
        if worker is not None:
            value["worker"] = worker
        return self.open("request", text(value))

    def request(self, method, params=None, worker=None, within=600, on_event=lambda event: None):
        stream = self.ask(method, params, worker, within)
        while True:
            name, _, payload, _ = self.receive(stream, "event", "answer")
            if name == "answer":
                return json.loads(payload)["result"]
            on_event(json.loads(payload))

    def cancel(self, stream):
        """No longer wants what a stream is for: the code of its failure, or `None` if the result was there already."""
        self.write(message("cancel", stream))
        try:
            name, end = None, False
            while name not in ("answer", "outputs", "have") and not (name == "data" and end):
                name, _, _, end = self.receive(stream, *TYPES)
        except Closed:
            raise
        except Failure as failure:
            return failure.code

    def run(self, worker, tensors):
        stream = self.open("run", struct.pack("<I", worker) + encode_tensors(tensors))
        payload = self.next("outputs", stream=stream)
        return struct.unpack("<Q", payload[:8])[0], decode_tensors(payload[8:])

    def upload(self, content):
        """Sends a blob unless it is there. Returns the number of bytes that were sent."""
        stream = self.open("offer", hashlib.sha256(content).digest() + struct.pack("<Q", len(content)))
        name, _, payload, _ = self.receive(stream, "have", "want")
        if name == "have":
            return 0
        offset, credit = struct.unpack("<QI", payload)
        sent, done = 0, False
        while not done:
            while credit == 0 and offset < len(content):
                credit += struct.unpack("<I", self.next("credit", stream=stream))[0]
            part = content[offset : offset + min(credit, FRAME_LIMIT)]
            offset, credit, sent = offset + len(part), credit - len(part), sent + len(part)
            done = offset == len(content)
            self.write(frame("data", stream, part, end=done))
        while self.receive(stream, "have", "credit")[0] != "have":
            pass
        return sent

    def download(self, digest, window=65536):
        stream = self.open("fetch", digest + struct.pack("<QI", 0, window))
        offer = self.next("offer", stream=stream)
        size, content, end = struct.unpack("<Q", offer[32:])[0], b"", False
        while not end:
            _, _, part, end = self.receive(stream, "data")
            content += part
            if part and not end:
                self.write(message("credit", stream, struct.pack("<I", len(part))))
        require(len(content) == size and hashlib.sha256(content).digest() == digest, "another blob")
        return content

    def close(self, code=0, reason="done"):
        self.write(message("close", 0, struct.pack("<H", code) + reason.encode()))
