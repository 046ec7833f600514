# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What a host in Python does with a real agent: it connects, sends files, and measures."""

import base64
import hashlib
import json
import select
import socket
import ssl
import struct
import time

import target_protocol as protocol


def connect(address, certificate=None, key=None):
    """A host over a Unix socket or TLS; every wait has a deadline."""
    return on(dial(address, certificate, key), certificate)


def dial(address, certificate=None, key=None):
    """The connection of one."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(address)
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["galley/1"])
    if certificate:
        context.load_cert_chain(certificate, key)
    plain = socket.create_connection(("127.0.0.1", int(address)), timeout=60)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        connection = context.wrap_socket(plain)
    except OSError:
        plain.close()
        raise
    assert connection.version() == "TLSv1.3" and connection.selected_alpn_protocol() == "galley/1"
    return connection


def reader(connection):
    """What gives bytes as they come, and None for each second without any; a minute without any is an error."""
    heard = time.monotonic()

    def read():
        nonlocal heard
        is_here = isinstance(connection, ssl.SSLSocket) and connection.pending()
        if not is_here and not select.select([connection], [], [], 1)[0]:
            if time.monotonic() - heard > 60:
                raise TimeoutError("the agent said nothing for a minute")
            return None
        heard = time.monotonic()
        return connection.recv(1 << 16)

    return read


def on(connection, certificate=None):
    """A host that has said hello on a connection."""
    own = agent = bytes(32)
    if certificate:
        own = hashlib.sha256(ssl.PEM_cert_to_DER_cert(open(certificate).read())).digest()
    if isinstance(connection, ssl.SSLSocket):
        agent = hashlib.sha256(connection.getpeercert(binary_form=True)).digest()
    client = protocol.Host(reader(connection), connection.sendall, agent, own)
    client.connection = connection
    return client


def safetensors(tensors, metadata):
    """The format of samples: a length, JSON, and bytes."""
    head, content = {"__metadata__": metadata}, b""
    for name, (shape, values) in tensors.items():
        piece = struct.pack(f"<{len(values)}f", *values)
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(content), len(content) + len(piece)]}
        content += piece
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content


def durations(text):
    """Nanoseconds from base64 of groups of seven bits."""
    numbers, number, shift = [], 0, 0
    for byte in base64.b64decode(text):
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    return numbers


def known(address, token):
    client = connect(address)
    if token == "local":
        client.by("local")
    else:
        client.by_token(bytes.fromhex(token))
    return client


# Measuring


def samples_of(rows, name="x"):
    """A file of samples for one input: each row is a sample of its own."""
    content = [value for row in rows for value in row]
    shape = [len(rows), 1, len(rows[0])]
    return safetensors({name: (shape, content)}, {"format": "galley.samples/1", "inputs": json.dumps([name])})


def path_of(content):
    return "blob:" + hashlib.sha256(content).hexdigest()


def bitmap(row):
    """A BMP file of one row of grey pixels, whose number is a multiple of four."""
    palette = b"".join(bytes([grey, grey, grey, 0]) for grey in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, len(row), 1, 1, 8, 0, len(row), 0, 0, 256, 0)
    start = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(row), 0, 0, start) + head + palette + bytes(row)


def images_of(files, labels, width, height):
    """A file of image files of grey that become numbers from 0 to 1, all of the first class."""
    ends = [sum(map(len, files[: number + 1])) for number in range(len(files))]
    fit = {"size": {"width": width, "height": height}, "rule": "stretch"}
    head = {
        "format": "galley.image-files/1",
        "ids": [str(number) for number in range(len(files))],
        "classes": [0] * len(files),
        "labels": labels,
        "ends": ends,
        "preprocessing": {
            "layout": "nchw", "scale": 1 / 255, "mean": [0], "deviation": [1], "fit": fit, "colors": "gray",
        },
    }
    text = json.dumps(head).encode()
    return b"".join(files) + text + struct.pack("<Q", len(text))


def load(client, model, samples):
    """Loads a model in a process of its own; files and turn are there already.

    Returns the process's number, how many samples there are, and what the agent says of the model.
    """
    worker = client.request("worker.start", {"runtime": "onnxruntime"})["worker"]
    count = client.request("samples.open", {"path": path_of(samples)}, worker)["count"]
    return worker, count, load_into(client, worker, model)


def load_into(client, worker, model):
    """Loads a model for what a process has opened."""
    digest = hashlib.sha256(model).hexdigest()
    file = {"path": "blob:" + digest, "format": "onnx", "digest": digest, "byteCount": len(model)}
    choice = {"name": "onnxruntime", "options": {}}
    return client.request("model.load", {"model": file, "runtime": choice, "batch": 1}, worker)


def run(client, worker, values):
    """One inference of float32 numbers: how long it took, the output's shape, and its numbers."""
    nanoseconds, outputs = client.run(worker, [("float32", [1, len(values)], struct.pack(f"<{len(values)}f", *values))])
    _, shape, content = outputs[0]
    return nanoseconds, shape, list(struct.unpack(f"<{len(content) // 4}f", content))


def outputs(client, worker):
    """The outputs of all samples, written there and fetched: the ids, and the bytes of the file."""
    written = client.request("predict.outputs", {"path": "blob:"}, worker)
    return written["ids"], client.download(bytes.fromhex(written["digest"]))


def numbers(content):
    """The float32 tensors of a safetensors file, by name."""
    (length,) = struct.unpack_from("<Q", content)
    head, start = json.loads(content[8 : 8 + length]), 8 + length
    found = {}
    for name, entry in head.items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            found[name] = list(struct.unpack(f"<{(last - first) // 4}f", content[start + first : start + last]))
    return found


def statistics(client):
    """The first report of what machine and agent use."""
    stream = client.ask("statistics.watch", {"seconds": 0.1})
    report = json.loads(client.next("event", stream=stream))["report"]
    client.cancel(stream)
    return report
