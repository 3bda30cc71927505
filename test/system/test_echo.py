"""offloader-echo tells what stood in the PROXY header of its connection."""

import hashlib
import os
import re
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def program():
    if "OFFLOADER_BUILD" in os.environ:
        return Path(os.environ["OFFLOADER_BUILD"], "offloader/offloader-echo")
    if "OFFLOADER" in os.environ:
        return Path(os.environ["OFFLOADER"]).with_name("offloader-echo")
    return ROOT / "offloader/offloader-echo"


class Echo:
    """The running program, its address, and what it complained of."""

    def __init__(self, listen, stderr):
        self.stderr = stderr
        with open(stderr, "wb") as err:
            self.process = subprocess.Popen([program(), f"--listen={listen}"],
                                            stdout=subprocess.PIPE, stderr=err)
        ready, _, _ = select.select([self.process.stdout], [], [], 10)
        line = self.process.stdout.readline().decode() if ready else ""
        assert line.startswith("listening on "), line
        self.address = line.split()[2]

    def connect(self):
        if self.address.startswith("/"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.address)
        else:
            host, port = self.address.rsplit(":", 1)
            s = socket.create_connection((host.strip("[]"), int(port)))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(10)
        return s

    def complaints(self):
        return self.stderr.read_text().splitlines()

    def end(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.stdout.close()


@pytest.fixture
def echo(tmp_path):
    e = Echo("[127.0.0.1]:0", tmp_path / "stderr")
    yield e
    assert e.end() == 0


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def v2(*tlvs, command=0x21, family=0x11,
       block=bytes([192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 1, 0xbb])):
    body = block + b"".join(tlvs)
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def tls(flags, verify, *subs):
    return tlv(0x20, struct.pack("!BI", flags, verify) + b"".join(subs))


def until_end(s):
    data = b""
    while piece := s.recv(65536):
        data += piece
    return data


def answer(s):
    """Reads one answer: status, head, body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = s.recv(65536)
        assert piece, data
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    while len(body) < length:
        piece = s.recv(65536)
        assert piece, data
        body += piece
    return int(head.split()[1]), head.decode(), body.decode()


def ask(echo, header, request=LAST):
    with echo.connect() as s:
        s.sendall(header + request)
        return until_end(s).decode()


def facts(text):
    """The lines of a page, as pairs."""
    body = text.split("\r\n\r\n", 1)[-1]
    return [tuple(line.split(": ", 1)) for line in body.splitlines()]


PLAIN = [("proxy", "v2"), ("command", "PROXY"), ("client", "192.0.2.1:4660"),
         ("local", "198.51.100.2:443")]


def test_no_header_is_said_to_be_none(echo):
    assert facts(ask(echo, b"")) == [("proxy", "none")]
    # What was looked at for a header is the request's.
    assert facts(ask(echo, b"", b"HEAD / HTTP/1.0\r\n\r\n")) == []


def test_version_1_tells_the_addresses(echo):
    assert facts(ask(echo, V1)) == [
        ("proxy", "v1"), *PLAIN[1:], ("tls", "no"), ("crc32c", "absent"),
        ("header-bytes", str(len(V1)))]


def test_every_fact_of_version_2_has_its_line_in_order(echo):
    der = bytes(range(200))
    header = v2(tlv(1, b"h2"), tlv(2, b"www.example.test"), tlv(5, b"id-1"),
                tls(7, 0, tlv(0x21, b"TLSv1.3"), tlv(0x22, b"alice"),
                    tlv(0x23, b"TLS_AES_128_GCM_SHA256"),
                    tlv(0x24, b"RSA-SHA256"), tlv(0x25, b"RSA2048"),
                    tlv(0x26, b"X25519"), tlv(0x27, b"rsa_pss_rsae_sha256"),
                    tlv(0x28, der)),
                tlv(0xea, b"\x01vpce-1"), tlv(0x30, b"blue"),
                tlv(0xe1, b"t13d1516h2_8daaf6152771_e5627efa2ab1"))
    assert facts(ask(echo, header)) == PLAIN + [
        ("authority", "www.example.test"), ("alpn", "h2"),
        ("unique-id", "id-1"),
        ("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"),
        ("tls", "yes"), ("tls-version", "TLSv1.3"),
        ("tls-cipher", "TLS_AES_128_GCM_SHA256"), ("tls-group", "X25519"),
        ("tls-sig-alg", "RSA-SHA256"), ("tls-key-alg", "RSA2048"),
        ("tls-sig-scheme", "rsa_pss_rsae_sha256"),
        ("client-cert", "verified"), ("verify", "0"), ("client-cn", "alice"),
        ("client-cert-der",
         "200 bytes, sha256 " + hashlib.sha256(der).hexdigest()),
        ("crc32c", "absent"), ("tlv-0xea", r"\x01vpce-1"),
        ("tlv-0x30", "blue"), ("header-bytes", str(len(header)))]


@pytest.mark.parametrize("flags, verify, says", [
    (1, 1, "none"), (1, 0, "none"), (1, 20, "refused"), (3, 20, "refused"),
    (7, 0, "verified"), (3, 0, "verified"),
    (5, 0, "verified, in the session that was resumed")])
def test_the_flags_are_put_into_words(echo, flags, verify, says):
    got = dict(facts(ask(echo, v2(tls(flags, verify)))))
    assert (got["client-cert"], got["verify"]) == (says, str(verify))


@pytest.mark.parametrize("header, command", [
    (v2(command=0x20, family=0, block=b""), "LOCAL"),
    (b"PROXY UNKNOWN\r\n", "LOCAL"),
    (v2(family=0, block=b""), "PROXY"),
    (v2(family=0x31, block=bytes(216)), "PROXY")])
def test_a_client_without_address_is_unknown(echo, header, command):
    got = dict(facts(ask(echo, header)))
    assert (got["command"], got["client"]) == (command, "unknown")


def test_the_checksum_is_looked_at(echo):
    # Of the 35 bytes with the field zero; from test/unit/golden.py.
    good, bad = b"\xf6\x03\xd2\x3a", b"\xf6\x03\xd2\x3b"
    assert dict(facts(ask(echo, v2(tlv(3, good)))))["crc32c"] == "good"
    assert dict(facts(ask(echo, v2(tlv(3, bad)))))["crc32c"] == "bad"


def test_what_comes_twice_or_is_unknown_is_shown_too(echo):
    got = facts(ask(echo, v2(tlv(1, b"h2"), tlv(1, b"h3"), tlv(4, b""),
                             tls(1, 1, tlv(0x29, b"new")), tls(0, 0))))
    assert got[-5:-1] == [
        ("tlv-0x01", "h3"), ("tlv-0x04", ""), ("tlv-0x20-0x29", "new"),
        ("tlv-0x20", r"\x00\x00\x00\x00\x00")]


def test_foreign_bytes_cannot_write_lines_or_marks(echo):
    header = v2(tlv(2, b"a\nverify: 0\r<b>&\"\xff\xc3\xab"),
                tls(1, 1, tlv(0x22, b"\x1b[2J")))
    text = ask(echo, header)
    assert r"authority: a\x0Averify: 0\x0D<b>&\x22\xFFë" in text
    assert "\x1b" not in text
    html = ask(echo, header, LAST[:-2] + b"Accept: text/html\r\n\r\n")
    assert r"a\x0Averify: 0\x0D&lt;b&gt;&amp;\x22\xFFë" in html
    assert "<b>" not in html


def test_a_browser_gets_html_and_others_text(echo):
    accept = (b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9"
              b",*/*;q=0.8\r\n\r\n")
    html = ask(echo, V1, LAST[:-2] + accept)
    assert "Content-Type: text/html; charset=utf-8\r\n" in html
    assert "<tr><th>client<td>192.0.2.1:4660\n" in html
    assert "color-scheme: light dark" in html
    assert "http:" not in html and "src=" not in html
    text = ask(echo, V1, LAST[:-2] + b"Accept: */*\r\n\r\n")
    assert "Content-Type: text/plain; charset=utf-8\r\n" in text


@pytest.mark.parametrize("header", [
    V1, v2(), v2(tls(7, 0, tlv(0x22, b"alice"))), b"PROXY UNKNOWN\r\n", b""])
def test_a_split_header_is_read_all_the_same(echo, header):
    with echo.connect() as s:
        for i in range(len(header)):
            s.send(header[i:i + 1])
        s.sendall(LAST)
        got = facts(until_end(s).decode())
    assert got == facts(ask(echo, header))


def test_a_header_of_full_length_is_taken(echo):
    header = v2(tlv(4, bytes(65535 - 12 - 3)))
    got = dict(facts(ask(echo, header)))
    assert got["header-bytes"] == str(16 + 65535)


@pytest.mark.parametrize("header, sentence", [
    (v2(command=0x31), "the version is not 2"),
    (v2(command=0x2f), "the command is neither LOCAL nor PROXY"),
    (v2(family=0x12), "it speaks of datagrams"),
    (v2(b"\1\0\5h2"), "a TLV is longer than the header"),
    (b"PROXY TCP4 192.0.2.1 198.51.100.2 04660 443\r\n",
     "the client's port is malformed"),
    (b"PROXY TCP4 " + b"1" * 100, "the line is too long"),
    (b"PROXY TCP4 192.0.2.1\n", "the line does not end in CR and LF")])
def test_a_malformed_header_is_told_once_and_closed(echo, header, sentence):
    with echo.connect() as s:
        peer = "%s:%d" % s.getsockname()
        s.sendall(header)
        try:
            assert s.recv(100) == b""
        except ConnectionResetError:
            pass
    lines = echo.complaints()
    assert len(lines) == 1
    assert f"peer={peer}: malformed PROXY header: {sentence}" in lines[0]


def test_a_header_that_breaks_off_is_told_and_a_silent_visit_is_not(echo):
    with echo.connect():
        pass
    with echo.connect() as s:
        s.sendall(v2()[:20])
        s.shutdown(socket.SHUT_WR)
        assert s.recv(100) == b""
    assert [line.split("header: ")[1] for line in echo.complaints()] == [
        "the connection ended within it"]


def test_requests_follow_each_other_on_one_connection(echo):
    requests = [
        GET, b"HEAD / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nGET / HTTP",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"\r\n" + LAST]
    with echo.connect() as s:
        s.sendall(V1)
        for request in requests[:-1]:
            s.sendall(request)
            if request.startswith(b"HEAD"):
                head = s.recv(65536)
                assert head.endswith(b"\r\n\r\n")
                continue
            status, head, body = answer(s)
            assert status == 200 and "keep-alive" in head
            assert dict(facts(body))["client"] == "192.0.2.1:4660"
        s.sendall(requests[-1])
        assert b"Connection: close\r\n" in until_end(s)
    # The same all at once, and in single bytes.
    text = ask(echo, V1, b"".join(requests))
    assert text.count("HTTP/1.1 200 OK") == len(requests)
    with echo.connect() as s:
        for byte in V1 + b"".join(requests):
            s.send(bytes([byte]))
        assert until_end(s).decode() == text


def test_a_client_that_waits_for_continue_is_told_to(echo):
    with echo.connect() as s:
        s.sendall(V1 + b"POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
                  b"Content-Length: 3\r\n\r\n")
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"abc")
        assert answer(s)[0] == 200


def test_a_large_body_is_drained(echo):
    size = 5_000_000
    body = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    text = ask(echo, V1, body + bytes(size) + LAST)
    assert text.count("HTTP/1.1 200 OK") == 2


def test_a_client_of_http_1_0_is_not_kept_waiting(echo):
    text = ask(echo, V1, b"GET / HTTP/1.0\r\n\r\n")
    assert "Connection: close\r\n" in text


def test_a_refusal_arrives_though_the_client_goes_on_sending(echo):
    with echo.connect() as s:
        s.sendall(V1 + b"hello\r\n\r\n")
        for _ in range(100):
            s.sendall(bytes(20000))
        assert until_end(s).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("request_, status", [
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"GET / HTTP/2.0\r\n\r\n", 505),
    (b"hello\r\n\r\n", 400), (b"GET /\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nbroken\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: 1\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    (b"CONNECT x:1 HTTP/1.1\r\n\r\n", 405),
    (b"GET / HTTP/1.1\r\nA: " + b"x" * 9000, 431)])
def test_what_is_no_request_of_http_1_1_is_refused_in_words(
        echo, request_, status):
    text = ask(echo, V1, request_)
    assert text.startswith(f"HTTP/1.1 {status} ")
    assert "Connection: close\r\n" in text
    assert re.search(r"\r\n\r\n[A-Z][^\n]*\.\n$", text)


def test_many_at_once_and_one_that_says_nothing(echo):
    with echo.connect():
        rest = [echo.connect() for _ in range(100)]
        for i, s in enumerate(rest):
            s.sendall(b"PROXY TCP4 192.0.2.%d 198.51.100.2 1 2\r\n" % i + LAST)
        for i, s in enumerate(rest):
            got = dict(facts(until_end(s).decode()))
            assert got["client"] == f"192.0.2.{i}:1"
            s.close()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_whoever_is_there(tmp_path, sig):
    e = Echo("[127.0.0.1]:0", tmp_path / "stderr")
    with e.connect() as s:
        s.sendall(V1 + GET)
        assert answer(s)[0] == 200
        begun = time.monotonic()
        assert e.end(sig) == 0
        assert time.monotonic() - begun < 5
        assert until_end(s) == b""


def test_it_listens_on_a_path_and_leaves_none_behind(tmp_path):
    path = tmp_path / "socket"
    e = Echo(path, tmp_path / "stderr")
    assert dict(facts(ask(e, V1)))["client"] == "192.0.2.1:4660"
    with e.connect() as s:
        s.sendall(SIGNATURE + b"\x31\0\0\0")
        try:
            assert s.recv(100) == b""
        except ConnectionResetError:
            pass
    assert "peer=unix: malformed" in e.complaints()[0]
    assert e.end() == 0
    assert not path.exists()


def test_it_listens_with_ipv6(tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError:
        pytest.skip("there is no IPv6 here")
    e = Echo("[::1]:0", tmp_path / "stderr")
    assert e.address.startswith("[::1]:")
    assert facts(ask(e, b"")) == [("proxy", "none")]
    assert e.end() == 0


def run(*words):
    return subprocess.run([program(), *words], capture_output=True, text=True,
                          timeout=10)


def test_the_command_line_is_explained(echo):
    assert "--listen" in run("--help").stdout
    assert run("--version").stdout.startswith("offloader-echo ")
    assert run("--nonsense").returncode == 64
    assert run("word").returncode == 64
    assert run("--listen=x:y:z").returncode != 0
    taken = run(f"--listen={echo.address}")
    assert taken.returncode == 69
    assert "another program" in taken.stderr
