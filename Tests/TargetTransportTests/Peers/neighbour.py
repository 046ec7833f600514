# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""A bad neighbour of an agent: neighbour.py DEED PORT TOKEN (in hexadecimal digits)."""
import hashlib, hmac, json, os, socket, ssl, struct, sys, time

deed, port, token = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])


def frame(kind, stream, payload):
    return struct.pack("<BBHII", kind, 1, 0, stream, len(payload)) + payload


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_frame(connection):
    kind, _, _, stream, length = struct.unpack("<BBHII", receive(connection, 12))
    return kind, stream, receive(connection, length)


def until_closed(plain):
    plain.settimeout(60)
    try:
        while plain.recv(4096):
            pass
    except ConnectionError:
        pass
    print("closed")


def authenticated():
    """A session that the agent knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["galley/1"])
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
    assert connection.version() == "TLSv1.3" and connection.selected_alpn_protocol() == "galley/1"
    nonce = os.urandom(32)
    hello = json.dumps({"name": "neighbour", "version": "1", "nonce": nonce.hex()}).encode()
    connection.sendall(b"GALLEY\x01\x01" + frame(1, 0, hello))
    assert receive(connection, 8) == b"GALLEY\x01\x01"
    other = bytes.fromhex(json.loads(read_frame(connection)[2])["nonce"])
    certificate = hashlib.sha256(connection.getpeercert(True)).digest()
    proof = hmac.new(token, b"galley token host/1" + nonce + other + certificate + bytes(32), "sha256").digest()
    connection.sendall(frame(2, 0, b"\x02" + proof))
    assert read_frame(connection)[0] == 3
    return connection


if deed == "silence":
    until_closed(socket.create_connection(("127.0.0.1", port)))
elif deed == "words":
    plain = socket.create_connection(("127.0.0.1", port))
    plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
    until_closed(plain)
elif deed == "slow-loris":
    plain = socket.create_connection(("127.0.0.1", port))
    plain.settimeout(0.2)
    start = time.monotonic()
    # The first bytes of a ClientHello, one at a time.
    for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 1000:
        try:
            plain.send(bytes([byte]))
            if not plain.recv(1):
                break
        except TimeoutError:
            assert time.monotonic() - start < 60
        except ConnectionError:
            break
    print("closed")
elif deed == "never-reads":
    connection = authenticated()
    connection.settimeout(3)
    text = json.dumps({"method": "echo", "params": {"n": "x" * 60_000}}).encode()
    sent, stream = 0, 1
    try:
        while sent < 1 << 30:
            connection.sendall(frame(0x10, stream, text))
            sent, stream = sent + len(text), stream + 1
    except (TimeoutError, ConnectionError, ssl.SSLError):
        pass
    print(sent)
