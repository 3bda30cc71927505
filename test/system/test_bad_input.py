"""What is no TLS, or TLS that nobody may speak: it ends only itself."""

import os
import socket
import struct

import pytest

import hello
from harness import wait_until
from hello import record

HTTP = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
GOOD = hello.hello(hello.server_name(b"www.example.com"))
BIG = record(hello.hello(hello.extension(0x7777, bytes(16000))))


@pytest.fixture
def watched(simple, trust):
    """The program with a client inside that must notice nothing."""
    def make(more=""):
        o = simple(more)
        inside = o.connect(trust()).ask()

        def undisturbed():
            inside.ask()
            o.connect(trust()).ask().close()
        o.undisturbed = undisturbed
        return o
    return make


def line_of(offloader, data, end=True):
    """The line of one client that sends this, and then may hang up."""
    sock = offloader.raw()
    name = sock.getsockname()
    try:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
        hello.answer_to(sock, b"")
    except OSError:
        pass
    sock.close()
    return offloader.conn(name)


BAD = {
    "garbage": b"\xde\xad\xbe\xef" * 50,
    "zeros": bytes(500),
    "one byte": b"\x16",
    "half a record's head": b"\x16\x03\x01",
    "plain HTTP": HTTP,
    "HTTP by a proxy": b"CONNECT www.example.com:443 HTTP/1.1\r\n\r\n",
    "a PROXY line": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + record(GOOD),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SSL 2": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37),
    "half a hello": record(GOOD)[:60],
    "a hello that ends too early": record(
        GOOD[:1] + hello.vector(3, GOOD[4:-20])),
    "a hello of more bytes than it has": record(
        GOOD[:1] + b"\x00\xff\xff" + GOOD[4:]),
    "an empty record": record(b""),
    "a record too long": b"\x16\x03\x01\xff\xff" + bytes(70000),
    "another handshake message first": record(b"\x02" + GOOD[1:]),
    "data before the hello": record(b"hello", hello.DATA),
    "an alert before the hello": record(b"\2\0", hello.ALERT),
    "a ChangeCipherSpec before the hello": record(b"\1", 20),
    "no cipher suite": record(hello.hello(suites=())),
    "unknown cipher suites": record(hello.hello(suites=(0x1234, 0xfafa))),
    "old cipher suites": record(hello.hello(suites=hello.OLD_SUITES)),
    "no null compression": record(hello.hello(compressions=b"\1")),
    "SSL 3": record(hello.hello(version=0x0300), version=0x0300),
    "TLS 1.0": record(hello.hello(version=0x0301)),
    "TLS 1.1": record(hello.hello(version=0x0302)),
    "TLS 1.1 in its extension": record(hello.hello(hello.versions(0x0302))),
    "an extension twice": record(hello.hello(hello.server_name(b"a"),
                                             hello.server_name(b"b"))),
    "a share of no group": record(hello.hello13(
        shares=[(0x1d, b"short")])),
}


@pytest.mark.parametrize("what", BAD)
def test_it_ends_only_itself_with_one_line(watched, what):
    o = watched()
    said = line_of(o, BAD[what])
    assert said["end"] == "handshake"
    assert said["why"] not in ("", "none", "protocol error")
    assert len(o.conns()) == 1
    o.undisturbed()
    wait_until(lambda: len(o.conns()) == 2, "the line of a good client")
    assert not o.log.find("error:|warning:")
    assert o.backend.count() == 2


@pytest.mark.parametrize("what, alert", [
    ("TLS 1.0", hello.PROTOCOL_VERSION), ("TLS 1.1", hello.PROTOCOL_VERSION),
    ("TLS 1.1 in its extension", hello.PROTOCOL_VERSION),
    ("old cipher suites", hello.HANDSHAKE_FAILURE),
    ("unknown cipher suites", hello.HANDSHAKE_FAILURE),
    ("no null compression", hello.DECODE_ERROR),
    ("a hello that ends too early", hello.DECODE_ERROR),
])
def test_who_can_understand_it_is_told_by_an_alert(simple, what, alert):
    sock = simple().raw()
    sock.sendall(BAD[what])
    sock.shutdown(socket.SHUT_WR)
    assert hello.alert_of(hello.answer_to(sock, b"")) == alert


def test_plain_http_is_named_in_the_log(simple):
    assert line_of(simple(), HTTP)["why"] == "http request"


@pytest.mark.parametrize("data", [BAD["garbage"], HTTP, BAD["TLS 1.0"]],
                         ids=["garbage", "HTTP", "TLS 1.0"])
def test_a_client_that_waits_for_an_answer_is_hung_up_on(simple, data):
    """Soon, and not when the time for a handshake is over."""
    o = simple("ssl-handshake-timeout = 1h")
    sock = o.raw()
    hello.answer_to(sock, data)		# up to the end
    o.log.wait("conn .*end=handshake")


def test_a_hello_may_come_one_byte_at_a_time(simple):
    o = simple()
    sock = o.raw()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in record(GOOD):
        sock.sendall(bytes([byte]))
    assert hello.is_answered(hello.answer_to(sock, b"", hello.is_answered))


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_hello_may_come_in_many_records(simple, size):
    o = simple()
    sock = o.raw()
    parts = [record(GOOD[i:i + size]) for i in range(0, len(GOOD), size)]
    assert hello.is_answered(hello.answer_to(sock, b"".join(parts),
                                             hello.is_answered))


def test_a_large_hello_is_taken(simple):
    sock = simple().raw()
    assert hello.is_answered(hello.answer_to(sock, BIG, hello.is_answered))


def test_a_hello_without_end_is_not_kept(simple):
    """A handshake message may claim 16 megabytes."""
    o = simple()
    said = line_of(o, record(b"\x01\xff\xff\xff" + bytes(16000)) * 20)
    assert said["end"] == "handshake"


def test_every_cut_of_a_good_hello_ends_well(simple, trust):
    """Whatever there is of it: one line, and nothing else."""
    o = simple()
    whole = record(GOOD)
    names = []
    for n in range(1, len(whole), 3):
        sock = o.raw()
        names.append(sock.getsockname())
        sock.sendall(whole[:n])
        sock.close()
    for name in names:
        assert o.conn(name)["end"] in ("handshake", "client-reset")
    o.connect(trust()).ask()


def test_every_bit_of_a_hello_may_be_wrong(simple, trust):
    """Most are refused, some do not matter; nothing falls over."""
    o = simple("sni-nomatch-abort = on")
    whole = record(hello.hello13(hello.server_name(b"www.example.com"),
                                 hello.alpn(b"h2", b"http/1.1"),
                                 random=bytes(32)))
    names = []
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        sock = o.raw()
        names.append(sock.getsockname())
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        hello.answer_to(sock, b"")
        sock.close()
    for name in names:
        assert o.conn(name)["end"] in ("handshake", "client-reset")
    o.connect(trust()).ask()


def test_random_bytes_are_endured(simple, trust):
    o = simple()
    for n in range(200):
        sock = o.raw()
        try:
            sock.sendall(struct.pack("!BHH", 20 + n % 5, 0x0301, n * 7 % 300) +
                         os.urandom(n * 7 % 300 + n % 3))
        except OSError:
            pass
        sock.close()
    wait_until(lambda: len(o.conns()) == 200, "a line for each")
    o.connect(trust()).ask()
    assert o.backend.count() == 1


def test_a_port_scan_reaches_no_backend(simple, trust):
    o = simple()
    for _ in range(100):
        o.raw().close()
    wait_until(lambda: len(o.conns()) == 100, "a line for each")
    assert {c["end"] for c in o.conns()} <= {"silent", "client-reset"}
    assert o.backend.count() == 0
