# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""A web server that behaves as badly as it is asked to.

    origin.py ROOT [CERTIFICATE KEY]

Prints its port and serves until its parent ends. An address is /ID/BEHAVIOUR/ARGUMENT/FILE: FILE lies in ROOT,
and every request is noted, as a line of JSON, in ROOT/ID.log.
"""

import gzip, http.server, json, os, re, socket, ssl, sys, threading, time, urllib.parse

# What this process inherited was meant for others that the tests started at the same moment; held open by a server,
# it would keep their ends from being noticed.
os.closerange(3, 65536)

ROOT = sys.argv[1]
COUNTS = {}
LOCK = threading.Lock()
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        _, self.id, behaviour, self.argument, name = path.split("/", 4)
        with LOCK:
            self.number = COUNTS[self.id] = COUNTS.get(self.id, 0) + 1
            with open(f"{ROOT}/{self.id}.log", "a") as log:
                headers = {key.lower(): value for key, value in self.headers.items()}
                log.write(json.dumps({"method": self.command, "path": self.path, "headers": headers}) + "\n")
        self.query = urllib.parse.parse_qs(query)
        self.body = b""
        if os.path.exists(f"{ROOT}/{name}"):
            with open(f"{ROOT}/{name}", "rb") as file:
                self.body = file.read()
        try:
            getattr(self, "serve_" + behaviour)()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    # What follows are the behaviours.

    def serve_plain(self, tag='"v1"', date=DATE, limit=None, pause=None, accepts=True):
        """A whole file or the rest of it, as RFC 9110 says; no more than `limit` bytes before the connection ends."""
        size = len(self.body)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if accepts else None
        condition = self.headers.get("If-Range")
        start = 0
        if match and condition in (None, tag, date):
            start = int(match[1])
            if start >= size:
                return self.answer(416, [("Content-Range", f"bytes */{size}")])
        headers = [("Content-Length", str(size - start))]
        if tag:
            headers.append(("ETag", tag))
        if date:
            headers.append(("Last-Modified", date))
        if start:
            headers.append(("Content-Range", f"bytes {start}-{size - 1}/{size}"))
        self.answer(206 if start else 200, headers, self.body[start:], limit, pause)

    def serve_norange(self):
        self.serve_plain(tag=None, date=None, accepts=False, limit=int(self.argument) if self.number == 1 else None)

    def serve_weak(self):
        self.serve_plain(tag='W/"v1"', limit=int(self.argument) if self.number == 1 else None)

    def serve_changed(self):
        self.serve_plain(tag=f'"v{self.number}"', limit=int(self.argument) if self.number == 1 else None)

    def serve_truncate(self):
        self.serve_plain(limit=int(self.argument))

    def serve_truncateonce(self):
        self.serve_plain(limit=int(self.argument) if self.number == 1 else None)

    def serve_slow(self):
        self.serve_plain(pause=float(self.argument))

    def serve_fail(self):
        count, status = map(int, self.argument.split("-"))
        self.serve_plain() if self.number > count else self.answer(status, [("Content-Length", "4")], b"oops")

    def serve_wait(self):
        wish = DATE if self.argument == "date" else self.argument
        self.serve_plain() if self.number > 1 else self.answer(429, [("Retry-After", wish), ("Content-Length", "0")])

    def serve_status(self):
        self.answer(int(self.argument), [("Content-Length", "0")])

    def serve_stall(self):
        self.serve_plain(limit=1000, pause=30)

    def serve_redirect(self):
        left = int(self.argument)
        if not left:
            return self.serve_plain()
        next = self.path.replace(f"/redirect/{left}/", f"/redirect/{left - 1}/")
        places = [next, "../../redirect/" + next.split("/redirect/")[1], f"//{self.headers['Host']}{next}"]
        self.answer([301, 302, 303, 307, 308][left % 5], [("Location", places[left % 3]), ("Content-Length", "0")])

    def serve_to(self):
        self.answer(302, [("Location", self.query["u"][0]), ("Content-Length", "3")], b"out")

    def serve_auth(self):
        wanted = urllib.parse.unquote(self.argument)
        if self.headers.get("Authorization") == wanted:
            return self.serve_plain()
        self.answer(401, [("WWW-Authenticate", "Basic realm=x"), ("Content-Length", "0")])

    def serve_gzip(self):
        packed = gzip.compress(self.body)
        self.answer(200, [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))], packed)

    def serve_mislabelled(self):
        self.answer(200, [("Content-Encoding", "gzip"), ("Content-Length", str(len(self.body)))], self.body)

    def serve_wrong(self):
        self.body = bytes(byte ^ 1 for byte in self.body)
        self.serve_plain()

    def serve_longer(self):
        self.body += b"more"
        self.serve_plain()

    def serve_endless(self):
        self.answer(200, [("Transfer-Encoding", "chunked")])
        while True:
            self.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")

    def serve_big(self):
        """ARGUMENT mebibytes, each of one byte value."""
        count = int(self.argument)
        self.answer(200, [("Content-Length", str(count << 20))])
        if self.command != "HEAD":
            for number in range(count):
                self.wfile.write(bytes([number & 255]) * (1 << 20))

    def serve_chunked(self):
        self.answer(200, [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")])
        for start in range(0, len(self.body), 10000):
            piece = self.body[start:start + 10000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Sum: 1\r\nContent-Length: 5\r\n\r\n")

    def serve_close(self):
        """No length: the end of the connection ends the body; ARGUMENT bytes only, the first time."""
        limit = int(self.argument) if self.number == 1 else len(self.body)
        self.answer(200, [("Connection", "close")], self.body[:limit])
        self.close_connection = True

    def serve_badrange(self):
        if "Range" not in self.headers:
            return self.serve_plain(limit=int(self.argument) if self.number == 1 else None)
        size = len(self.body)
        self.answer(206, [("Content-Range", f"bytes 5-{size - 1}/{size}"), ("Content-Length", str(size - 5))], self.body[5:])

    def serve_raw(self):
        answers = {
            "garbage": b"\x00\x01\x02 nonsense\r\n\r\n", "nothing": b"", "status": b"HTTP/1.1 abc\r\n\r\n",
            "headers": b"HTTP/1.1 200 OK\r\n" + b"A: " + b"x" * 60000 + b"\r\n",
            "flood": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100000,
            "length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
            "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
            "range": b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 9223372036854775807-1/-2\r\n\r\nabc",
            "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
            "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "location": b"HTTP/1.1 302 Found\r\nLocation: http://[::\r\nContent-Length: 0\r\n\r\n",
            "nowhere": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
            "script": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
            "utf8": b"HTTP/1.1 200 OK\r\nETag: \"\xff\xfe\"\r\nContent-Length: 3\r\n\r\nabc",
            "continues": b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        }
        self.wfile.write(answers[self.argument])
        self.close_connection = True

    # What they share.

    def answer(self, status, headers, body=b"", limit=None, pause=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if limit is not None:
            self.wfile.write(body[:limit])
            self.wfile.flush()
            if pause:
                self.rfile.read(1)
            self.close_connection = True
            if not pause:
                self.connection.shutdown(socket.SHUT_RDWR)
        elif pause:
            for start in range(0, len(body), 65536):
                self.wfile.write(body[start:start + 65536])
                time.sleep(pause)
        else:
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


def wait_for_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    wait_for_parent()


main()
