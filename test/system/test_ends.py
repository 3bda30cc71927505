"""Every way in which a connection ends: who learns of it, and its one line.

The words after end= are the closed list of stats/end_reason.h.
"""

import socket
import ssl
import threading

import pytest

import harness
import hello
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])
REPLY = b"reply" * 40000


def ended(offloader, client):
    """Its reason and, once it is written, that nothing else was."""
    said = offloader.conn(client)
    assert len(offloader.conns()) == 1
    return said["end"]


# --------------------------------------------------------------- politely ----

@both
@pytest.mark.parametrize("size", [0, 5, 16384, 50000, 700000])
def test_a_half_closed_client_still_gets_its_reply(simple, trust, version,
                                                   size):
    def serve(accepted):
        got = len(accepted.recv_all())
        accepted.send(REPLY + b"%d" % got)

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(bytes(size))
    c.finish()
    assert c.recv_all() == REPLY + b"%d" % size
    assert c.goodbye
    assert ended(o, c) == "clean"


@both
def test_so_does_one_that_shuts_its_socket_too(simple, trust, version):
    def serve(accepted):
        accepted.recv_all()
        accepted.send(REPLY)

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(b"request")
    c.finish()
    c.sock.shutdown(socket.SHUT_WR)
    assert c.recv_all() == REPLY
    assert c.goodbye
    assert ended(o, c) == "clean"


@both
def test_all_may_be_said_at_once_with_the_handshake(simple, trust, version):
    """The end of the handshake, the request and close_notify in one packet."""
    def serve(accepted):
        accepted.send(accepted.recv_all() + REPLY)

    o = simple(serve=serve)
    c = o.connect(trust(version), handshake=False)
    while True:
        try:
            c.tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            c.flush()
            assert c._feed()
    c.tls.write(b"request")
    c.finish()
    assert c.recv_all() == b"request" + REPLY
    assert c.goodbye
    assert ended(o, c) == "clean"


@both
def test_a_half_closed_backend_still_hears_the_client(simple, trust, version):
    got = []

    def serve(accepted):
        accepted.send(REPLY)
        accepted.finish()
        got.append(accepted.recv_all())

    o = simple(serve=serve)
    c = o.connect(trust(version))
    assert c.recv_all() == REPLY
    assert c.goodbye and not c.hungup
    c.send(REPLY)
    c.finish()
    c.wait_hungup()
    assert o.backend.wait().done.wait(harness.PATIENCE)
    assert got == [REPLY]
    assert ended(o, c) == "clean"


@both
def test_a_backend_that_closes_ends_it_with_close_notify(simple, trust,
                                                         version):
    def serve(accepted):
        accepted.recv_until(b"request")
        accepted.send(REPLY)

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(b"request")
    assert c.recv_all() == REPLY
    assert c.goodbye
    c.close()
    assert ended(o, c) == "clean"


@both
def test_an_answer_to_a_client_that_still_sends_arrives(simple, trust,
                                                        version):
    """A server refuses an upload, and stops listening: 413, Connection: close.

    The client cannot read before it has sent what it has begun.
    """
    def serve(accepted):
        accepted.recv()
        accepted.send(b"too large")
        accepted.finish()
        accepted.sock.shutdown(socket.SHUT_RD)

    o = simple(serve=serve)
    c = o.connect(trust(version))
    for _ in range(20):
        c.send(bytes(16384))
    assert c.recv_all() == b"too large"
    assert c.goodbye
    c.close()
    assert ended(o, c) in ("clean", "backend-closed", "backend-reset")


# ----------------------------------------------------------- impolitely -----

@both
@pytest.mark.parametrize("first", [b"", b"half an answer"])
def test_a_backend_that_is_reset_gives_no_close_notify(simple, trust, version,
                                                       first):
    """So that a cut answer can be told from a whole one."""
    go_on = threading.Event()

    def serve(accepted):
        accepted.recv_until(b"request")
        accepted.send(first)
        go_on.wait(harness.PATIENCE)
        accepted.reset()

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(b"request")
    assert c.recv_exactly(len(first)) == first
    go_on.set()
    assert c.recv() == b""
    assert c.hungup and not c.goodbye
    c.sock.close()
    assert ended(o, c) == "backend-reset"


@both
def test_a_client_that_hangs_up_is_cut_and_the_backend_learns(simple, trust,
                                                              version):
    got = []

    def serve(accepted):
        got.append(accepted.recv_all())

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(b"half a request")
    c.hang_up()
    assert o.backend.wait().done.wait(harness.PATIENCE)
    assert got == [b"half a request"]
    assert ended(o, c) == "client-cut"


@both
def test_a_client_cut_within_a_record_is_cut_too(simple, trust, version):
    got = []

    def serve(accepted):
        got.append(accepted.recv_all())

    o = simple(serve=serve)
    c = o.connect(trust(version))
    c.send(b"whole")
    c.tls.write(b"half")
    c.sock.sendall(c.outgoing.read()[:-5])
    c.hang_up()
    assert o.backend.wait().done.wait(harness.PATIENCE)
    assert got == [b"whole"]
    assert ended(o, c) == "client-cut"


@both
def test_a_client_that_is_reset_takes_its_backend_along(simple, trust,
                                                        version):
    o = simple()
    c = o.connect(trust(version)).ask()
    c.reset()
    assert o.backend.wait().done.wait(harness.PATIENCE)
    assert ended(o, c) == "client-reset"


@both
def test_a_broken_record_ends_only_its_own_connection(simple, trust, version):
    o = simple()
    other = o.connect(trust(version)).ask()
    c = o.connect(trust(version)).ask()
    c.sock.sendall(hello.record(bytes(64), hello.DATA, 0x0303))
    with pytest.raises(ssl.SSLError, match="(?i)bad.record.mac"):
        c.recv()
    assert o.backend.wait(2).done.wait(harness.PATIENCE)
    c.sock.close()
    said = o.conn(c)
    assert said["end"] == "tls"
    assert said["why"]
    other.ask()


# ------------------------------------------------------------- too slowly ---

@both
def test_an_idle_connection_ends_after_its_time(simple, trust, version):
    o = simple("idle-timeout = 300ms")
    c = o.connect(trust(version)).ask()
    assert c.recv() == b""
    c.close()
    assert ended(o, c) == "idle"


def test_a_connection_that_is_used_is_not_idle(simple, trust):
    """One byte in time, again and again, for much longer than the limit."""
    o = simple("idle-timeout = 500ms")
    c = o.connect(trust())
    pause = threading.Event()
    for _ in range(20):
        pause.wait(0.1)
        c.ask(b".")


@both
def test_a_half_closed_connection_ends_after_its_own_time(simple, trust,
                                                          version):
    wait = threading.Event()
    o = simple("half-close-timeout = 300ms",
               serve=lambda accepted: wait.wait(harness.PATIENCE))
    c = o.connect(trust(version))
    c.finish()
    assert c.recv() == b""
    assert not c.goodbye
    c.close()
    wait.set()
    assert ended(o, c) == "half-closed"


def test_a_handshake_may_not_last_for_ever(simple):
    o = simple("ssl-handshake-timeout = 300ms")
    for words in (b"", hello.record(hello.hello())[:20],
                  hello.record(hello.hello13())):
        sock = o.raw()
        name = sock.getsockname()
        hello.answer_to(sock, words)
        assert o.conn(name)["end"] == "handshake-slow"
    assert o.backend.count() == 0


def test_a_client_that_feeds_bytes_slowly_has_no_more_time(simple):
    """Each byte is new, but the limit is for all of them."""
    o = simple("ssl-handshake-timeout = 500ms")
    sock = o.raw()
    name = sock.getsockname()
    pause = threading.Event()
    try:
        for byte in hello.record(hello.hello()):
            sock.sendall(bytes([byte]))
            pause.wait(0.05)
    except OSError:
        pass
    assert o.conn(name)["end"] == "handshake-slow"


def test_a_client_that_says_nothing_is_silent(simple):
    o = simple()
    sock = o.raw()
    name = sock.getsockname()
    sock.close()
    said = o.conn(name)
    assert said["end"] == "silent"
    assert said["sni"] == ""
    assert o.backend.count() == 0


def test_a_client_that_leaves_in_its_handshake_has_failed(simple):
    o = simple()
    for words in (hello.record(hello.hello())[:20],
                  hello.record(hello.hello13())):
        sock = o.raw()
        name = sock.getsockname()
        if len(words) == 20:
            sock.sendall(words)
        else:
            hello.answer_to(sock, words, hello.is_answered)
        sock.shutdown(socket.SHUT_WR)
        assert o.conn(name)["end"] == "handshake"
        sock.close()
    assert o.backend.count() == 0


def test_many_ends_at_once_leave_nothing_behind(simple, trust):
    """Descriptors of the worker are as many as before."""
    o = simple()
    worker, = o.workers()
    o.connect(trust()).ask().close()
    wait_until(lambda: o.conns(), "its line")
    before = len(harness.links(worker))
    for end in (harness.Client.close, harness.Client.reset,
                harness.Client.hang_up):
        for client in [o.connect(trust()).ask() for _ in range(20)]:
            end(client)
    wait_until(lambda: len(o.conns()) == 61, "a line for each")
    wait_until(lambda: len(harness.links(worker)) == before,
               "no more descriptors than before")
