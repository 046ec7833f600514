# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""A proxy for http (whole addresses) and https (CONNECT).

    proxy.py LOG [NAME:PASSWORD]

Prints its port and serves until its parent ends. It knows one name that no other machine does, model.test, which
it takes for 127.0.0.1. Each request line goes to LOG.
"""

import base64, os, select, socket, socketserver, sys, threading, time, urllib.parse

# What this process inherited was meant for others that the tests started at the same moment; held open by a server,
# it would keep their ends from being noticed.
os.closerange(3, 65536)

LOG = sys.argv[1]
SECRET = "Basic " + base64.b64encode(sys.argv[2].encode()).decode() if len(sys.argv) > 2 else None


def connect(host, port):
    return socket.create_connection(("127.0.0.1" if host == "model.test" else host, int(port)))


def pump(left, right):
    while True:
        for source in select.select([left, right], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            (right if source is left else left).sendall(data)


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode()
        headers = []
        while (header := self.rfile.readline().decode()) not in ("\r\n", ""):
            headers.append(header)
        with open(LOG, "a") as log:
            log.write(line.strip() + "\n" + "".join("  " + header.strip() + "\n" for header in headers))
        given = [header.split(": ", 1)[1].strip() for header in headers if header.lower().startswith("proxy-auth")]
        if SECRET and given != [SECRET]:
            self.wfile.write(
                b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        method, target, _ = line.split(" ")
        if method == "CONNECT":
            other = connect(*target.rsplit(":", 1))
            self.wfile.write(b"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n")
        else:
            address = urllib.parse.urlsplit(target)
            other = connect(address.hostname, address.port or 80)
            path = address.path + ("?" + address.query if address.query else "")
            kept = [header for header in headers if not header.lower().startswith(("proxy-", "connection"))]
            other.sendall(f"{method} {path} HTTP/1.1\r\n{''.join(kept)}Connection: close\r\n\r\n".encode())
        try:
            pump(self.connection, other)
        except OSError:
            pass


def wait_for_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
wait_for_parent()
