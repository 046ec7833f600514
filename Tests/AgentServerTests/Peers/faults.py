# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Hosts that misbehave, and hosts that many are; each prints what came of it as JSON.

fuzz SOCKET SEED COUNT   bytes that no host would send, before and after the welcome
claims SOCKET            frames that claim 4 GiB, or more than they may
slow SOCKET              a byte now and then: whether the agent gives up before all are sent
cuts SOCKET              connections that end in every state; then an upload goes on
many SOCKET COUNT        so many hosts at once
full SOCKET FOLDER       an upload while somebody else fills the disk
"""

import hashlib
import json
import os
import pathlib
import random
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "TargetProtocolTests" / "Peer"))
import device  # noqa: E402
import models  # noqa: E402
import target_protocol as protocol  # noqa: E402

PREAMBLE = protocol.MAGIC + bytes([1, 1])
HELLO = protocol.message("hello", 0, protocol.text({"name": "x", "version": "1", "nonce": "00" * 32}))


def plain(address):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(address)
    return connection


def host(address):
    connection = plain(address)
    client = protocol.Host(lambda: connection.recv(1 << 16), connection.sendall)
    client.by("local")
    return connection, client


def ending(connection):
    """The code of the close frame, or None if the connection just ended."""
    decoder, code = None, None
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionError:
            return code
        if not piece:
            return code
        decoder = decoder or protocol.Decoder(preamble=piece.startswith(protocol.MAGIC))
        for name, _, payload, _ in decoder.feed(piece):
            if name == "close":
                code = struct.unpack("<H", payload[:2])[0]


def send(connection, content):
    try:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def damaged(dice):
    kind = dice.randrange(4)
    name = dice.choice(list(protocol.TYPES))
    payload = dice.randbytes(dice.choice([0, 1, 7, 40, 300]))
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 400))
    if kind == 1:
        return protocol.frame(name, dice.randrange(4), payload, dice.random() < 0.7)
    if kind == 2:
        text = dice.choice([b"{", b"[]", b"\xff\xfe", b'{"method":1}', b'{"method":"","params":{}}', b"null"])
        return protocol.message(dice.choice(["request", "hello"]), dice.randrange(3), text)
    whole = bytearray(protocol.message("offer", 1, dice.randbytes(40)))
    whole[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
    return bytes(whole)


def fuzz(address, seed, count):
    dice, codes = random.Random(int(seed)), {}
    for _ in range(int(count)):
        connection = plain(address)
        depth = dice.randrange(3)
        start = [b"", PREAMBLE, PREAMBLE + HELLO][depth]
        if dice.random() < 0.5:
            connection.close()
            connection, client = host(address)
            start = b""
        send(connection, start + b"".join(damaged(dice) for _ in range(dice.randrange(1, 6))))
        code = ending(connection)
        codes[str(code)] = codes.get(str(code), 0) + 1
        connection.close()
    return {"codes": codes}


def claims(address):
    codes = []
    for name, stream, length in [("hello", 0, 2**32 - 1), ("request", 1, 2**32 - 1), ("data", 1, 2**31), ("offer", 1, 41)]:
        connection = plain(address)
        if name == "hello":
            connection.sendall(PREAMBLE)
        else:
            connection.close()
            connection, _ = host(address)
        connection.sendall(struct.pack("<BBHII", protocol.TYPES[name][0], 1, 0, stream, length))
        codes.append(ending(connection))
        connection.close()
    return {"codes": codes}


def slow(address):
    """A hello that would take three times as long as an agent waits for it."""
    connection = plain(address)
    try:
        for byte in PREAMBLE + HELLO:
            connection.sendall(bytes([byte]))
            time.sleep(0.25)
            connection.setblocking(False)
            try:
                if not connection.recv(1 << 16):
                    return {"isGivenUp": True}
            except BlockingIOError:
                pass
            connection.settimeout(60)
    except ConnectionError:
        return {"isGivenUp": True}
    return {"isGivenUp": False}


def cuts(address):
    content = random.Random(1).randbytes(3 << 20)
    digest = hashlib.sha256(content).digest()
    for depth in range(7):
        if depth < 2:
            connection = plain(address)
            connection.sendall(PREAMBLE if depth else b"")
        else:
            connection, client = host(address)
        if depth == 3:
            client.open("request", protocol.text({"method": "turn.acquire"}))
        if depth in (4, 5):
            client.request("turn.acquire")
            client.open("request", protocol.text({"method": "worker.start", "params": {"runtime": "onnxruntime"}}))
        if depth == 5:
            client.receive(client.stream, "answer")
        if depth == 6:
            offer(client, content, digest, 1 << 20)
        connection.close()
    # What came before the cut is kept once the agent has noticed it.
    connection, client = host(address)
    for _ in range(200):
        stream = client.open("offer", digest + struct.pack("<Q", len(content)))
        offset, credit = struct.unpack("<QI", client.next("want", stream=stream))
        if offset:
            break
        client.write(protocol.message("cancel", stream))
        try:
            client.next("have", stream=stream)
        except protocol.Failure:
            pass
        time.sleep(0.02)
    rest = content[offset:]
    while rest:
        part = rest[: min(credit, protocol.FRAME_LIMIT)]
        rest, credit = rest[len(part) :], credit - len(part)
        client.write(protocol.frame("data", stream, part, end=not rest))
        while credit == 0 and rest:
            credit += struct.unpack("<I", client.next("credit", stream=stream))[0]
    while client.receive(stream, "have", "credit")[0] != "have":
        pass
    client.request("turn.acquire")
    client.close()
    return {"offset": offset}


def offer(client, content, digest, count):
    """Sends the beginning of a blob and waits until the agent has written it."""
    stream = client.open("offer", digest + struct.pack("<Q", len(content)))
    offset, credit = struct.unpack("<QI", client.next("want", stream=stream))
    sent = 0
    while sent < min(count, credit):
        part = content[sent : sent + protocol.FRAME_LIMIT]
        client.write(protocol.frame("data", stream, part, end=False))
        sent += len(part)
    return stream


def many(address, count):
    count, results, gate = int(count), [None] * int(count), threading.Barrier(int(count))

    def one(number):
        try:
            connection, client = host(address)
            gate.wait(60)
            own = f"of {number}".encode() * 1000
            sent = client.upload(own)
            places = []
            client.request("turn.acquire", on_event=lambda event: places.append(event.get("position")))
            foreign = None
            try:
                client.request("process.resources", worker=1)
            except protocol.Failure as failure:
                foreign = json.loads(str(failure))["code"]
            if number % 8 == 0:
                measure(client, number)
            back = client.download(hashlib.sha256(own).digest()) == own
            client.request("turn.release")
            client.close()
            connection.close()
            results[number] = {"sent": sent == len(own), "foreign": foreign, "back": back}
        except Exception as error:
            results[number] = {"error": repr(error)}

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"good": sum(result == {"sent": True, "foreign": "no-worker", "back": True} for result in results),
            "first": next((result for result in results if "error" in result), None)}


def measure(client, number):
    """With a model and inputs of its own, whose outputs nobody else has."""
    model, row = models.scale(float(number + 2)), [float(number), 1.0, 2.0, 3.0]
    samples = device.samples_of([row, row[::-1]])
    client.upload(model)
    client.upload(samples)
    worker, _, _ = device.load(client, model, samples)
    assert worker == 1
    outputs = [(number + 2) * value for value in row]
    assert device.run(client, worker, row)[2] == outputs
    _, written = device.outputs(client, worker)
    assert device.numbers(written) == {"0/y": outputs, "1/y": outputs[::-1]}


def fill(path):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while True:
            os.write(descriptor, bytes(1 << 16))
    except OSError:
        os.close(descriptor)


def full(address, folder):
    content = os.urandom(8 << 20)
    connection, client = host(address)
    codes = []
    model, samples = models.scale(2.0), device.samples_of([[1.0, 2.0, 3.0, 4.0]])
    client.upload(model)
    client.upload(samples)
    client.request("turn.acquire")
    worker, _, _ = device.load(client, model, samples)
    for filled in (False, True):
        stream = client.open("offer", hashlib.sha256(content).digest() + struct.pack("<Q", (64 << 20, len(content))[filled]))
        try:
            _, credit = struct.unpack("<QI", client.next("want", stream=stream))
            fill(f"{folder}/ballast")
            rest = content
            while rest:
                part = rest[: min(credit, protocol.FRAME_LIMIT)]
                rest, credit = rest[len(part) :], credit - len(part)
                client.write(protocol.frame("data", stream, part, end=not rest))
                while credit == 0 and rest:
                    credit += struct.unpack("<I", client.next("credit", stream=stream))[0]
            client.receive(stream, "have")
            codes.append("have")
        except protocol.Failure as failure:
            codes.append(json.loads(str(failure))["code"])
            if filled:
                client.write(protocol.message("cancel", stream))
    fill(f"{folder}/ballast")
    try:
        device.outputs(client, worker)
    except protocol.Failure as failure:
        codes.append(json.loads(str(failure))["exitCode"])
    os.unlink(f"{folder}/ballast")
    _, written = device.outputs(client, worker)
    assert device.numbers(written) == {"0/y": [2.0, 4.0, 6.0, 8.0]}
    sent = client.upload(b"small")
    client.close()
    return {"codes": codes[:-1], "exitCode": codes[-1], "sent": sent}


command, *rest = sys.argv[1:]
commands = {"fuzz": fuzz, "claims": claims, "slow": slow, "cuts": cuts, "many": many, "full": full}
print(json.dumps(commands[command](*rest)))
