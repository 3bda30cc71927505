"""A web application whose users are known to all its nodes, by memcached.

It needs to be told who asks: each connection begins with a PROXY header.
"""

import json
import secrets
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import proxy		# noqa: E402


class Memcached:
    """As much of its protocol as keeps a session; a connection for each."""

    def __init__(self, at):
        self.at = at

    def _ask(self, command, end):
        with socket.create_connection(self.at, 10) as sock:
            sock.sendall(command)
            said = b""
            while not said.endswith(end):
                said += sock.recv(65536) or sys.exit("memcached is gone")
            return said

    def set(self, key, value):
        data = json.dumps(value).encode()
        said = self._ask(b"set %s 0 600 %d\r\n%s\r\n" % (
            key.encode(), len(data), data), b"\r\n")
        assert said == b"STORED\r\n", said

    def get(self, key):
        said = self._ask(b"get %s\r\n" % key.encode(), b"END\r\n")
        return json.loads(said.split(b"\r\n")[1]) if said[:1] == b"V" else None

    def increase(self, key):
        """Adds 1 in one step: another node may serve the user already."""
        return int(self._ask(b"incr %s 1\r\n" % key.encode(), b"\r\n"))


def header_of(sock):
    data = b""
    while (header := proxy.decode(data) if data else None) is None:
        more = sock.recv(65536)
        if not more:
            return None, b""
        data += more
    return header, data[len(header.raw):]


def answer(request, header, name, store):
    """What the node says, and its status: /login/USER, /next or /health."""
    lines = request.decode().split("\r\n")
    path = lines[0].split(" ")[1]
    cookies = [line.split("=", 1)[1] for line in lines[1:]
               if line.lower().startswith("cookie: id=")]
    said = {"node": name, "client": header.client}
    if path == "/health":
        return 200, said
    if path.startswith("/login/"):
        said["id"] = secrets.token_hex(8)
        store.set(said["id"], {"user": path[7:]})
        store.set(said["id"] + ".count", 0)
        return 200, said
    session = store.get(cookies[0]) if cookies else None
    if session is None:
        return 403, said
    return 200, {**said, **session,
                 "count": store.increase(cookies[0] + ".count")}


def serve(sock, name, store):
    with sock:
        header, data = header_of(sock)
        while header is not None:
            while b"\r\n\r\n" not in data:
                more = sock.recv(65536)
                if not more:
                    return
                data += more
            request, data = data.split(b"\r\n\r\n", 1)
            status, said = answer(request, header, name, store)
            page = json.dumps(said).encode()
            sock.sendall(b"HTTP/1.1 %d -\r\nContent-Length: %d\r\n\r\n%s" % (
                status, len(page), page))


def main(name, host, port, cache_host, cache_port):
    store = Memcached((cache_host, int(cache_port)))
    with socket.create_server((host, int(port)), backlog=128) as door:
        while True:
            sock, _ = door.accept()
            threading.Thread(target=serve, args=(sock, name, store),
                             daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
