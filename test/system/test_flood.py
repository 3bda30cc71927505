"""A client that has nothing to say but does not stop saying it.

KeyUpdate is the message of TLS 1.3 for it: it costs the client nothing, the
server two key derivations. Python cannot send it, so libssl is called by hand.
"""

import ctypes
import ctypes.util
import socket
import time

import pytest

import harness
from load import Beside

HERE, BOTH = 0, 1	# whose keys are renewed
ERROR_WANT_READ = 2


class Libssl:
    """As much of libssl as it takes to be a client."""

    def __init__(self):
        self.lib = ctypes.CDLL(ctypes.util.find_library("ssl"))
        crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        for lib, name, result, words in [
                (self.lib, "TLS_client_method", pointer, []),
                (self.lib, "SSL_CTX_new", pointer, [pointer]),
                (self.lib, "SSL_CTX_free", None, [pointer]),
                (self.lib, "SSL_new", pointer, [pointer]),
                (self.lib, "SSL_free", None, [pointer]),
                (self.lib, "SSL_set_bio", None, [pointer] * 3),
                (self.lib, "SSL_connect", ctypes.c_int, [pointer]),
                (self.lib, "SSL_do_handshake", ctypes.c_int, [pointer]),
                (self.lib, "SSL_key_update", ctypes.c_int,
                 [pointer, ctypes.c_int]),
                (self.lib, "SSL_write", ctypes.c_int,
                 [pointer, ctypes.c_char_p, ctypes.c_int]),
                (self.lib, "SSL_read", ctypes.c_int,
                 [pointer, ctypes.c_char_p, ctypes.c_int]),
                (crypto, "BIO_s_mem", pointer, []),
                (crypto, "BIO_new", pointer, [pointer]),
                (crypto, "BIO_read", ctypes.c_int,
                 [pointer, ctypes.c_char_p, ctypes.c_int]),
                (crypto, "BIO_write", ctypes.c_int,
                 [pointer, ctypes.c_char_p, ctypes.c_int])]:
            function = getattr(lib, name)
            function.restype, function.argtypes = result, words
            setattr(self, name, function)


class Hand:
    """A client that can send KeyUpdate."""

    def __init__(self, address):
        self.lib = lib = Libssl()
        self.sock = socket.create_connection(address, harness.PATIENCE)
        self.name = self.sock.getsockname()
        self.ctx = lib.SSL_CTX_new(lib.TLS_client_method())
        self.ssl = lib.SSL_new(self.ctx)
        self.into, self.out = (lib.BIO_new(lib.BIO_s_mem()) for _ in "io")
        lib.SSL_set_bio(self.ssl, self.into, self.out)
        while lib.SSL_connect(self.ssl) != 1:
            self.sock.sendall(self.written())
            self.feed()
        self.sock.sendall(self.written())

    def written(self):
        """Records that wait to be sent."""
        buffer, data = ctypes.create_string_buffer(65536), b""
        while (n := self.lib.BIO_read(self.out, buffer, len(buffer))) > 0:
            data += buffer.raw[:n]
        return data

    def feed(self):
        data = self.sock.recv(65536)
        self.lib.BIO_write(self.into, data, len(data))
        return data

    def key_update(self, whose):
        assert self.lib.SSL_key_update(self.ssl, whose) == 1
        assert self.lib.SSL_do_handshake(self.ssl) == 1

    def write(self, data):
        assert self.lib.SSL_write(self.ssl, data, len(data)) == len(data)

    def read(self, size):
        buffer, data = ctypes.create_string_buffer(65536), b""
        while len(data) < size:
            n = self.lib.SSL_read(self.ssl, buffer,
                                  min(len(buffer), size - len(data)))
            if n > 0:
                data += buffer.raw[:n]
            elif not self.feed():
                break
        return data

    def close(self):
        self.sock.close()
        if self.ssl is not None:
            self.lib.SSL_free(self.ssl)
            self.lib.SSL_CTX_free(self.ctx)
            self.ssl = None


@pytest.fixture
def hand():
    made = []

    def make(offloader):
        made.append(Hand(offloader.address))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("whose", [HERE, BOTH])
def test_an_honest_client_may_renew_its_keys(simple, hand, whose):
    """Often, even, if it has something to say between."""
    h = hand(simple())
    for _ in range(10):
        h.key_update(whose)
    for _ in range(100):
        h.key_update(whose)
        for _ in range(5):
            h.write(bytes(16384))
        h.sock.sendall(h.written())
        h.read(5 * 16384)
    h.write(b"ping")
    h.sock.sendall(h.written())
    assert h.read(4) == b"ping"


class Asker(Beside):
    """Asks without a pause, and keeps the longest time until an answer."""

    def __init__(self, client):
        super().__init__()
        self.client, self.slowest = client, 0.

    def step(self):
        begin = time.monotonic()
        self.client.ask()
        self.slowest = max(self.slowest, time.monotonic() - begin)


@pytest.mark.parametrize("whose", [HERE, BOTH])
def test_a_flood_of_key_updates_is_ended_and_nobody_waits(simple, trust, hand,
                                                          whose):
    o = simple()
    other = o.connect(trust()).ask()
    h = hand(o)
    for _ in range(20000):
        h.key_update(whose)
    flood = h.written()
    with Asker(other) as asker:
        try:
            h.sock.sendall(flood)
        except OSError:
            pass
        said = o.conn(h)
    assert said["end"] == "flood"
    assert said["why"] == "messages without data"
    assert not asker.failed and asker.slowest < 2
    other.ask()


def test_a_slow_flood_is_one_too(simple, hand):
    """Message by message: each wakes us for nothing."""
    o = simple()
    h = hand(o)
    try:
        for _ in range(1000):
            h.key_update(HERE)
            h.sock.sendall(h.written())
    except OSError:
        pass
    assert o.conn(h)["end"] == "flood"
    assert o.backend.wait().done.wait(harness.PATIENCE)
