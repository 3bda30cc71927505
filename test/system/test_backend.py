"""The backend: reached by TCP or UNIX socket, down, slow, back again."""

import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

import harness
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


@pytest.fixture
def before(start, www):
    """The program in front of any address."""
    def make(at, more="", **how):
        return start(f'frontend = "[127.0.0.1]:0"\nbackend = "{at}"\n'
                     f'pem-file = "{www.pem}"\n{more}', **how)
    return make


@both
def test_a_unix_socket_is_as_good(before, backend, trust, place, version):
    b = backend(harness.echo, place / "socket")
    o = before(b.at)
    c = o.connect(trust(version)).ask(os.urandom(3_000_000))
    assert b.wait().header.client == c.name
    c.finish()
    assert c.recv_all() == b"" and c.goodbye
    c.close()
    assert o.conn(c)["end"] == "clean"


def test_ipv6_is_as_good(before, backend, trust):
    b = backend(harness.echo, "::1")
    before(b.at).connect(trust()).ask()


# ---------------------------------------------------------- down and back ---

def refused(offloader, context):
    """A client that learns that there is nobody, without a good end."""
    c = offloader.connect(context)
    try:
        assert c.recv() == b""
        assert not c.goodbye
    except ConnectionResetError:
        pass
    c.close()
    return offloader.conn(c)


@both
def test_a_backend_that_is_down_is_said_once_until_it_is_back(
        before, backend, trust, version):
    port = harness.free_port()
    o = before(f"[127.0.0.1]:{port}")
    for _ in range(3):
        said = refused(o, trust(version))
        assert said["end"] == "backend-refused"
        assert said["why"] == "Connection refused"
    errors = o.log.find("error: .*")
    assert len(errors) == 1
    assert f"127.0.0.1:{port}" in errors[0][0]
    assert "Connection refused" in errors[0][0]
    b = backend(harness.echo, "127.0.0.1", port=port)
    o.connect(trust(version)).ask()
    o.log.wait("backend: it is back")
    b.stop()
    wait_until(lambda: not listens_on(port), "nobody listens")
    refused(o, trust(version))
    assert len(o.log.find("error: .*")) == 2


def listens_on(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_unix_socket_that_is_not_there_is_down_too(before, backend, trust,
                                                     place):
    path = place / "socket"
    o = before(path)
    assert refused(o, trust())["end"] == "backend-refused"
    assert str(path) in o.log.wait("error: .*")[0]
    backend(harness.echo, path)
    o.connect(trust()).ask()
    o.log.wait("backend: it is back")


class Deaf:
    """A listener whose queue is full, so that nobody can connect."""

    def __init__(self, at="127.0.0.1"):
        self.unix = isinstance(at, Path)
        self.sock = socket.socket(socket.AF_UNIX if self.unix
                                  else socket.AF_INET)
        self.sock.bind(str(at) if self.unix else (at, 0))
        self.sock.listen(0)
        name = self.sock.getsockname()
        self.at = name if self.unix else f"[{name[0]}]:{name[1]}"
        self.waiting = []
        poll = harness.select_poll()
        while True:
            s = socket.socket(self.sock.family)
            s.setblocking(False)
            self.waiting.append(s)
            code = s.connect_ex(name)
            if code == 0:
                continue
            if code == socket.errno.EAGAIN:
                break
            poll.register(s, harness.POLLOUT)
            if not poll.poll(300):
                break		# its SYN is not answered
            poll.unregister(s)

    def listen(self):
        """From now on echoes to everybody."""
        def serve():
            while True:
                try:
                    sock = self.sock.accept()[0]
                except OSError:
                    return
                threading.Thread(target=self._run, args=(sock,),
                                 daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()

    def _run(self, sock):
        accepted = harness.Accepted(sock)
        try:
            accepted.read_header()
            harness.echo(accepted)
        except OSError:
            pass
        sock.close()

    def close(self):
        for s in self.waiting + [self.sock]:
            s.close()
