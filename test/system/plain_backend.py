"""The server behind the program, which gets a PROXY header and plain bytes."""

import socket
import struct
import threading
from pathlib import Path

import proxy
from waiting import PATIENCE


class Accepted:
    """One connection that the backend got, past its PROXY header."""

    def __init__(self, sock):
        self.sock = sock
        self.header = None
        self.first = b""	# what the first recv() brought
        self.early = b""	# what came with the header, not read yet
        self.error = None
        self.done = threading.Event()

    def read_header(self):
        data = self.first = self.sock.recv(65536)
        while data:
            self.header = proxy.decode(data)
            if self.header is not None:
                self.early = data[len(self.header.raw):]
                return
            more = self.sock.recv(65536)
            if not more:
                return
            data += more

    def recv(self, size=262144):
        if self.early:
            data, self.early = self.early, b""
            return data
        return self.sock.recv(size)

    def recv_all(self):
        return b"".join(iter(self.recv, b""))

    def recv_until(self, end):
        data = b""
        while not data.endswith(end):
            more = self.recv()
            if not more:
                break
            data += more
        return data

    def send(self, data):
        self.sock.sendall(data)

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes it with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class Backend:
    """A server whose connections serve(accepted) handles, each in a thread.

    A deaf one accepts no connection until hear() is called.
    """

    def __init__(self, serve, at="127.0.0.1", header=True, port=0,
                 deaf=False):
        self.serve = serve
        self.expects_header = header
        self.all = []
        self.peers = []
        self.news = threading.Condition()
        if isinstance(at, Path):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(str(at))
            at.chmod(0o777)
            self.at = str(at)
        else:
            self.sock = socket.socket(
                socket.AF_INET6 if ":" in at else socket.AF_INET)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((at, port))
            self.at = f"[{at}]:{self.port}"
        self.sock.listen(0 if deaf else 512)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.fillers = []
        if deaf:
            self._fill_queue()
        else:
            self.thread.start()

    def _fill_queue(self):
        """Until the kernel answers no more SYNs."""
        while True:
            s = socket.socket(self.sock.family)
            self.fillers.append(s)
            s.settimeout(0.3)
            try:
                s.connect(self.sock.getsockname())
            except OSError:
                return

    def hear(self):
        for s in self.fillers:
            s.close()
        self.sock.listen(512)
        self.thread.start()

    @property
    def port(self):
        return self.sock.getsockname()[1]

    def _accept(self):
        while True:
            try:
                sock, peer = self.sock.accept()
            except OSError:
                return
            with self.news:
                self.peers.append(peer)
                self.news.notify_all()
            sock.settimeout(PATIENCE)
            threading.Thread(target=self._run, args=(Accepted(sock),),
                             daemon=True).start()

    def _run(self, accepted):
        try:
            if self.expects_header:
                accepted.read_header()
                if not accepted.first:
                    return
            with self.news:
                self.all.append(accepted)
                self.news.notify_all()
            self.serve(accepted)
        except (OSError, proxy.Malformed) as e:
            accepted.error = e
            with self.news:
                if accepted not in self.all:
                    self.all.append(accepted)
                self.news.notify_all()
        finally:
            accepted.close()
            accepted.done.set()

    def wait(self, count=1):
        """The latest of so many connections, its header read."""
        with self.news:
            there = self.news.wait_for(lambda: len(self.all) >= count,
                                       PATIENCE)
        assert there, f"{len(self.all)} of {count} connections came"
        accepted = self.all[count - 1]
        if self.expects_header and accepted.header is None:
            raise accepted.error or AssertionError(
                f"no header: {accepted.first!r}")
        return accepted

    @property
    def header(self):
        """Of the latest connection."""
        return self.wait(max(1, len(self.all))).header

    def count(self):
        """How many connections came; those in the queue are counted too."""
        with socket.create_connection(("127.0.0.1", self.port)) as probe:
            me = probe.getsockname()
            with self.news:
                assert self.news.wait_for(lambda: me in self.peers, PATIENCE)
                self.peers.remove(me)
                return len(self.peers)

    def stop(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        for s in self.fillers:
            s.close()
        if self.thread.is_alive():
            self.thread.join(PATIENCE)
        for accepted in list(self.all):
            try:
                accepted.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def echo(accepted):
    for data in iter(accepted.recv, b""):
        accepted.send(data)
