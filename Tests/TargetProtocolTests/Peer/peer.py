# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What the tests ask of the second implementation.

decode FILE          what a side wrote, as JSON
encode FILE          the bytes of what `decode` prints, as hexadecimal digits
random SEED COUNT    messages and their bytes
trust TOKEN H A HC AC P Q    proofs and digits, all arguments in hexadecimal digits
host TOKEN FILE      a whole host on standard input and output; what came of it goes to the file
measure ADDRESS TOKEN MODEL  measures a model of one float32 input on a real agent; ADDRESS is PORT (of this machine,
                     with TLS) or the path of a socket
images ADDRESS TOKEN MODEL   runs that model on image files, and on the same pixels as numbers
pair PORT CERTIFICATE KEY YES|NO    pairs over TLS with a certificate of its own
hold ADDRESS TOKEN    starts a measuring process, says `held`, and waits for the end
greet ADDRESS WAY [CERTIFICATE KEY] proves by `certificate` or `local`, and prints the welcome
"""

import hashlib
import json
import os
import random
import struct
import sys

import target_protocol as protocol
from device import bitmap, connect, durations, images_of, known, load, load_into, numbers, outputs, path_of, run
from device import samples_of, statistics


def decode(path):
    decoder, found = protocol.Decoder(), []
    for name, stream, payload, end in decoder.feed(open(path, "rb").read()):
        if name == "preamble":
            found.append({"type": name, "stream": 0, "end": True, "fields": {"versions": list(payload)}})
        else:
            found.append({"type": name, "stream": stream, "end": end, "fields": protocol.fields(name, payload)})
    return {"messages": found, "rest": len(decoder.bytes)}


def encode(path):
    written = b""
    for entry in json.load(open(path))["messages"]:
        name, stream = entry["type"], entry["stream"]
        if name == "preamble":
            written += protocol.MAGIC + bytes(entry["fields"]["versions"])
        elif name == "data":
            written += protocol.frame(name, stream, bytes.fromhex(entry["fields"]["bytes"]), entry["end"])
        else:
            written += protocol.message(name, stream, protocol.payload_of(name, entry["fields"]))
    return {"hex": written.hex()}


def some_fields(name, dice):
    number = lambda bits: dice.getrandbits(bits)
    digest = lambda: dice.randbytes(32).hex()
    word = lambda most: "".join(dice.choice("aäz \"\\\u2192\U0001f600/") for _ in range(dice.randint(0, most)))
    tensors = lambda: [
        {"type": "int16", "shape": [2, n], "bytes": dice.randbytes(4 * n).hex()} for n in range(dice.randint(0, 4))
    ]
    made = {
        "hello": lambda: {"name": word(9), "version": word(9), "nonce": digest()},
        "prove": lambda: {"way": dice.randint(1, 4), "proof": digest()},
        "request": lambda: {"method": "m" + word(9), "params": {"text": word(dice.choice([9, 300_000]))}},
        "answer": lambda: {"result": {"text": word(9)}},
        "failure": lambda: {"code": "failed", "exitCode": 70, "what": word(9), "why": word(9)},
        "event": lambda: {"event": "position", "position": number(8)},
        "run": lambda: {"worker": number(32), "tensors": tensors()},
        "outputs": lambda: {"nanoseconds": number(64), "tensors": tensors()},
        "offer": lambda: {"digest": digest(), "size": number(40)},
        "want": lambda: {"offset": number(40), "credit": number(28)},
        "fetch": lambda: {"digest": digest(), "offset": number(40), "credit": number(28)},
        "credit": lambda: {"number": number(32)},
        "goodbye": lambda: {"number": number(32)},
        "ping": lambda: {"number": number(64)},
        "pong": lambda: {"number": number(64)},
        "close": lambda: {"code": dice.randint(0, 9), "reason": word(50)},
        "commit": lambda: {"bytes": digest()},
        "reveal": lambda: {"bytes": digest()},
        "data": lambda: {"bytes": dice.randbytes(dice.randint(1, 900)).hex()},
    }
    return made.get(name, lambda: {"bytes": ""})()


def make(seed, count):
    dice = random.Random(int(seed))
    names = [name for name in protocol.TYPES if name != "welcome"]
    entries, written = [], protocol.MAGIC + bytes([1, 1])
    for _ in range(int(count)):
        name = dice.choice(names)
        stream = 0 if protocol.TYPES[name][1] else dice.randint(1, 2**32 - 1)
        fields = some_fields(name, dice)
        payload = protocol.payload_of(name, fields)
        written += protocol.message(name, stream, payload)
        entries.append({"type": name, "stream": stream, "digest": hashlib.sha256(payload).hexdigest()})
    return {"messages": entries, "hex": written.hex()}


def trust(*arguments):
    token, host, agent, host_certificate, agent_certificate, p, q = map(bytes.fromhex, arguments)
    proofs = [
        protocol.proof(side, token, host, agent, agent_certificate, host_certificate).hex()
        for side in ("host", "agent")
    ]
    return {
        "proofs": proofs,
        "commitments": [
            protocol.commitment("host", q, host_certificate, agent_certificate).hex(),
            protocol.commitment("agent", p, host_certificate, agent_certificate).hex(),
        ],
        "digits": protocol.digits(q, p, host_certificate, agent_certificate),
    }


def host(token, path):
    """Does one of everything and writes what came of it."""
    client = protocol.Host(lambda: os.read(0, 65536), lambda piece: os.write(1, piece))
    client.by_token(bytes.fromhex(token))
    content = bytes(range(256)) * 40
    events = []
    result = {
        "sent": client.upload(content),
        "again": client.upload(content),
        "empty": client.upload(b""),
        "sum": client.request("sum", {"values": [40, 2]}, on_event=events.append)["sum"],
        "events": [event["event"] for event in events],
        "downloaded": client.download(hashlib.sha256(content).digest(), 1000) == content,
    }
    nanoseconds, outputs = client.run(1, [("float32", [1], bytes(4)), ("int64", [1], bytes(8))])
    result |= {"nanoseconds": nanoseconds, "outputs": [element for element, _, _ in outputs]}
    try:
        client.request("other")
    except protocol.Failure as failure:
        result["failure"] = json.loads(str(failure))["code"]
    client.close()
    with open(path, "w") as file:
        json.dump(result, file)


def hold(address, token):
    client = known(address, token)
    client.request("turn.acquire")
    client.request("worker.start", {"runtime": "onnxruntime"})
    print("held", flush=True)
    while client.read():
        pass


def measure(address, token, model):
    client = known(address, token)
    content = open(model, "rb").read()
    row = [0.25, 0.5, 0.75, 1.0]
    samples = samples_of([row, [2 * value for value in row]])
    sent = client.upload(content), client.upload(samples), client.upload(content)
    client.request("turn.acquire")
    worker, count, loaded = load(client, content, samples)
    first = client.request("measure.firstInference", worker=worker)["seconds"]
    warm = client.request("measure.warmUp", {"maximumSeconds": 0.2}, worker)
    block = client.request("measure.block", {"inferences": 100}, worker)
    nanoseconds, shape, values = run(client, worker, row)
    ids, written = outputs(client, worker)
    report = statistics(client)
    resources = client.request("process.resources", worker=worker)
    client.request("worker.stop", worker=worker)
    client.request("turn.release")
    client.close()
    return {
        "sent": sent,
        "samples": count,
        "inputs": [entry["name"] for entry in loaded["inputs"]],
        "first": first,
        "settled": warm["inferences"] > 0,
        "durations": len(durations(block["durations"])),
        "least": min(durations(block["durations"])),
        "nanoseconds": nanoseconds,
        "shape": shape,
        "outputs": values,
        "ids": ids,
        "written": [numbers(written)[f"{number}/y"] for number in ids],
        "fetched": len(written),
        "sessions": report["agent"]["sessions"],
        "workers": [entry["worker"] for entry in report["workers"]],
        "residentBytes": resources["residentBytes"],
        "runtimes": client.welcome["capabilities"]["runtimes"],
    }


def images(address, token, model):
    client = known(address, token)
    content = open(model, "rb").read()
    rows = [[0, 51, 102, 255], [9, 8, 7, 6], [255, 128, 64, 32]]
    single = lambda value: struct.unpack("<f", struct.pack("<f", value))[0]
    # What preprocessing computes in float32.
    samples = samples_of([[single(value * single(1 / 255)) for value in row] for row in rows])
    files = images_of([bitmap(row) for row in rows], ["a", "b", "c"], 4, 1)
    for blob in (content, samples, files):
        client.upload(blob)
    client.request("turn.acquire")
    worker, _, _ = load(client, content, samples)
    ids, written = outputs(client, worker)
    frames = [value for number in ids for value in numbers(written)[f"{number}/y"]]
    count = client.request("images.open", {"path": path_of(files)}, worker)["itemCount"]
    load_into(client, worker, content)
    answers = client.request("predict.answers", {}, worker)
    _, written = outputs(client, worker)
    client.request("worker.stop", worker=worker)
    client.close()
    return {
        "features": client.welcome["capabilities"]["features"],
        "items": count,
        "ids": answers["predictions"]["ids"],
        "decoding": len(durations(answers["decoding"])),
        "fromFiles": numbers(written)["y"],
        "fromFrames": frames,
    }


def pair(port, certificate, key, word):
    client, shown = connect(port, certificate, key), []

    def agrees(digits):
        shown.append(digits)
        return word == "yes"

    client.pair(agrees)
    return {"digits": shown[0]}


def greet(address, way, *identity):
    client = connect(address, *identity)
    client.by(way)
    client.close()
    return client.welcome


command, *rest = sys.argv[1:]
if command in ("host", "hold"):
    {"host": host, "hold": hold}[command](*rest)
else:
    commands = {
        "decode": decode, "encode": encode, "random": make, "trust": trust, "measure": measure, "images": images,
        "pair": pair, "greet": greet,
    }
    print(json.dumps(commands[command](*rest)))
