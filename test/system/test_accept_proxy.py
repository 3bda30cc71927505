"""Behind a balancer: the header before TLS, from whom and how it is taken."""

import socket
import struct
from datetime import datetime

import pytest

import harness
import hello
import proxy
from harness import wait_until

FOUR = ("192.0.2.1", 4660), ("198.51.100.2", 443)
SIX = ("2001:db8::1", 4660), ("2001:db8::2", 443)
INBOUND = 'accept-proxy = on\nproxy-from = "127.0.0.0/8, ::1"\n'
SHORT = "ssl-handshake-timeout = 1\n"
NLB = proxy.tlv(0xea, b"\x01vpce-08d2bf15fac5001c9"), proxy.tlv(0x04, bytes(9))
SSL = proxy.tlv(0x20, b"\x07\0\0\0\0" + proxy.tlv(0x21, b"TLSv1.9") +
                proxy.tlv(0x22, b"mallory"))

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


@pytest.fixture
def behind(simple):
    """The program, as it stands behind a balancer on this machine."""
    def make(more="", **how):
        return simple(INBOUND + more, **how)
    return make


def header_for(o, trust, before, version=None, **how):
    """The header our backend gets when such a one came to us."""
    count = len(o.backend.all)
    c = o.connect(trust(version), before=before, **how).ask()
    header = o.backend.wait(count + 1).header
    c.close()
    return header


def warnings(o):
    return o.log.find(r": warning: (.*refused at frontend .*)")


# ------------------------------------------------------------ good headers --

@both
@pytest.mark.parametrize("ends", [FOUR, SIX], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("encode", [proxy.encode, proxy.encode_v1])
def test_the_addresses_are_passed_on_and_logged(behind, trust, encode, ends,
                                                version):
    o = behind()
    header = header_for(o, trust, encode(*ends), version)
    assert (header.version, header.local) == (2, False)
    assert (header.client, header.server) == ends
    assert header.text("authority") == "www.example.com"
    assert header.flags == proxy.SSL and header.verify != 0
    said = o.conn(ends[0])
    assert said["via"].startswith("127.0.0.1:")
    assert said["end"] != "none" and not warnings(o)


def test_version_1_to_the_backend_has_them_too(behind, trust):
    o = behind("send-proxy = v1")
    assert header_for(o, trust, proxy.encode(*SIX)).raw == \
        proxy.encode_v1(*SIX)


@pytest.mark.parametrize("before", [
    proxy.encode_v1(), b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n",
    proxy.encode(command=proxy.LOCAL), proxy.encode(),
    proxy.encode(*FOUR, command=proxy.LOCAL),
    proxy.encode(None, None, *NLB, command=proxy.LOCAL),
    proxy.SIGNATURE + b"\x21\x31\0\xd8" + bytes(216)],
    ids=["UNKNOWN", "UNKNOWN with more", "LOCAL", "UNSPEC",
         "LOCAL with addresses", "LOCAL with TLVs", "UNIX"])
def test_without_addresses_the_connections_own_count(behind, trust, before):
    o = behind()
    c = o.connect(trust(), before=before).ask()
    header = o.backend.wait().header
    assert not header.local
    assert header.client == c.name and header.server == o.address
    c.close()
    assert "via" not in o.conn(c)


def test_tlvs_of_others_are_skipped(behind, trust):
    o = behind()
    header = header_for(o, trust, proxy.encode(*FOUR, *NLB, crc=True))
    assert header.client == FOUR[0]
    assert set(header.tlv) <= {"ssl", "version", "cipher", "authority",
                               "key-alg", "sig-alg", "group", "sig-scheme"}


def test_a_unique_id_is_kept_if_one_is_wanted(behind, trust):
    mine = proxy.encode(*FOUR, proxy.tlv(0x05, b"\0balancer\xff 17"))
    o = behind("proxy-tlv = unique-id")
    assert header_for(o, trust, mine).tlv["unique-id"] == b"\0balancer\xff 17"
    other = header_for(o, trust, proxy.encode(*FOUR)).tlv["unique-id"]
    assert len(other) == 32
    o = behind()
    assert "unique-id" not in header_for(o, trust, mine).tlv


@both
def test_the_balancers_word_of_tls_is_not_ours(behind, trust, pki, version):
    """Who could say it to us could be anybody to our backend."""
    o = behind(f'client-verify = optional\nclient-verify-ca = "{pki.ca}"')
    lie = proxy.encode(*FOUR, SSL, proxy.tlv(0x02, b"elsewhere.example"),
                       proxy.tlv(0x01, b"h9"), proxy.tlv(0x30, b"blue"))
    header = header_for(o, trust, lie, version)
    assert header.flags == proxy.SSL and header.verify != 0
    assert header.text("version") == "TLSv" + version
    assert header.text("authority") == "www.example.com"
    assert not {"cn", "alpn", "netns"} & set(header.tlv)
    count = len(o.backend.all)
    o.connect(trust(version, cert=pki.client("alice")), before=lie).ask()
    assert o.backend.wait(count + 1).header.text("cn") == "alice"


@both
def test_a_session_is_resumed_whoever_the_header_names(behind, trust,
                                                       version):
    o = behind()
    context = trust(version)
    first = o.connect(context, before=proxy.encode(*FOUR)).ask()
    second = o.connect(context, before=proxy.encode(*SIX),
                       session=first.tls.session).ask()
    assert second.tls.session_reused
    assert o.backend.wait(2).header.client == SIX[0]


@pytest.mark.parametrize("before", [
    proxy.encode(*SIX, *NLB, crc=True), proxy.encode_v1(*FOUR)],
    ids=["v2", "v1"])
def test_a_header_may_be_split_anywhere(behind, trust, before):
    """The first part has been looked at when the other client is answered."""
    o = behind()
    inside = o.connect(trust(), before=proxy.encode_v1()).ask()
    for n in range(1, len(before)):
        c = o.connect(trust(), handshake=False, before=before[n:])
        c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c.sock.sendall(before[:n])
        inside.ask()
        c.handshake()
        c.ask()
        assert o.backend.wait(n + 1).header.client == proxy.decode(
            before).client
        c.close()


def test_a_header_alone_waits_for_its_client(behind, trust):
    o = behind()
    inside = o.connect(trust(), before=proxy.encode_v1()).ask()
    c = o.connect(trust(), handshake=False)
    c.sock.sendall(proxy.encode(*FOUR))
    inside.ask()
    c.handshake()
    c.ask()
    assert o.backend.wait(2).header.client == FOUR[0]


def test_the_longest_header_is_taken(behind, trust):
    o = behind()
    longest = proxy.encode(*FOUR, proxy.tlv(0x04, bytes(536 - 12 - 3)))
    assert len(longest) == 552
    assert header_for(o, trust, longest).client == FOUR[0]


# ------------------------------------------------------------- refusals -----

GOOD = proxy.encode(*FOUR, crc=True)
HELLO = hello.record(hello.hello(hello.server_name(b"www.example.com")))
REFUSED = {
    "no header": (HELLO, "proxy-missing", "did not begin with a PROXY header"),
    "plain HTTP": (b"GET / HTTP/1.1\r\n\r\n", "proxy-missing", "did not begin"),
    "a wrong checksum": (GOOD[:17] + b"\x09" + GOOD[18:] + HELLO,
                         "proxy-checksum", "checksum of the PROXY header"),
    "a wrong checksum in LOCAL": (
        proxy.encode(None, None, proxy.tlv(3, b"1234"),
                     command=proxy.LOCAL) + HELLO,
        "proxy-checksum", "checksum of the PROXY header"),
    "too long": (proxy.encode(*FOUR, proxy.tlv(4, bytes(522))) + HELLO,
                 "proxy-bad", "the header is too long"),
    "as long as can be": (proxy.SIGNATURE + b"\x21\x11\xff\xff" + HELLO,
                          "proxy-bad", "the header is too long"),
    "too long a line": (b"PROXY UNKNOWN " + b"x" * 200 + b"\r\n" + HELLO,
                        "proxy-bad", "the line is too long"),
    "datagrams": (GOOD[:13] + b"\x12" + GOOD[14:] + HELLO, "proxy-bad",
                  "it speaks of datagrams"),
    "a length too short": (proxy.SIGNATURE + b"\x21\x11\0\x0b" + bytes(11),
                           "proxy-bad", "shorter than its addresses"),
    "a TLV too long": (proxy.encode(*FOUR, b"\x01\0\x09h2") + HELLO,
                       "proxy-bad", "a TLV is longer than the header"),
    "an ID too long": (proxy.encode(*FOUR, proxy.tlv(5, bytes(129))) + HELLO,
                       "proxy-bad", "the unique ID is longer"),
    "a line without CR": (b"PROXY UNKNOWN\n" + HELLO, "proxy-bad",
                          "does not end in CR and LF"),
    "an octal address": (b"PROXY TCP4 010.0.0.1 10.0.0.1 1 2\r\n" + HELLO,
                         "proxy-bad", "the client's address is malformed"),
}


def until_closed(sock):
    """What comes until the other side hangs up, with a reset or without."""
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_header_ends_the_connection_at_once(behind, trust, what):
    """Long before the timeout, with no byte to anybody."""
    data, end, sentence = REFUSED[what]
    o = behind()
    sock = o.raw()
    sock.sendall(data)
    assert until_closed(sock) == b""
    said = o.conn(sock.getsockname())
    assert said["end"] == end and sentence in said["why"]
    assert "up" in said and said["up"] == "0"
    assert sentence in warnings(o)[0][1]
    assert o.backend.count() == 0
    header_for(o, trust, GOOD)


@pytest.mark.parametrize("data", [GOOD[:1], GOOD[:16], GOOD[:-1],
                                  b"PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r"],
                         ids=["a byte", "a head", "all but one", "no LF"])
def test_a_truncated_header_is_refused(behind, data):
    o = behind()
    sock = o.raw()
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    assert until_closed(sock) == b""
    said = o.conn(sock.getsockname())
    assert said["end"] == "proxy-cut"
    assert said["why"] == "the connection ended in the PROXY header"
    assert len(warnings(o)) == 1 and o.backend.count() == 0


@pytest.mark.parametrize("data", [b"", GOOD[:1], GOOD[:-1], b"PROXY UNKNOWN"],
                         ids=["nothing", "a byte", "all but one", "no end"])
def test_a_late_header_ends_with_the_handshakes_time(behind, data):
    o = behind(SHORT)
    sock = o.raw()
    sock.sendall(data)
    assert until_closed(sock) == b""
    said = o.conn(sock.getsockname())
    assert said["end"] == "proxy-slow"
    assert "ssl-handshake-timeout" in warnings(o)[0][1]
    assert o.backend.count() == 0


def test_a_header_wins_no_time_for_the_handshake(behind):
    """One clock from accept on: some of it is gone when the header comes."""
    o = behind("ssl-handshake-timeout = 4\n")
    sock, late = o.raw(), o.raw()
    sock.settimeout(1.2)
    with pytest.raises(TimeoutError):
        sock.recv(1)
    late.sendall(GOOD)
    sock.settimeout(harness.PATIENCE)
    assert until_closed(sock) == until_closed(late) == b""
    first = o.log.wait(r"conn .*client.address=(\S+) .*end=proxy-slow")
    second = o.log.wait(r"conn .*client.address=(\S+) .*end=handshake-slow")
    assert second[1] == FOUR[0][0] != first[1]
    stamps = [datetime.fromisoformat(m.string.split()[0].rstrip("Z"))
              for m in (first, second)]
    assert abs((stamps[0] - stamps[1]).total_seconds()) < 1


def test_others_may_not_claim_anything(simple, trust):
    o = simple('accept-proxy = on\nproxy-from = "127.0.0.2, 192.0.2.0/24"')
    sock = o.raw()
    try:
        sock.sendall(GOOD + HELLO)
    except OSError:
        pass
    assert until_closed(sock) == b""
    said = o.conn(sock.getsockname())
    assert said["end"] == "proxy-source" and "via" not in said
    assert "not in proxy-from" in warnings(o)[0][1]
    assert o.backend.count() == 0
    trusted = socket.create_connection(o.address, harness.PATIENCE,
                                       ("127.0.0.2", 0))
    trusted.sendall(GOOD + HELLO)
    assert hello.SERVER_HELLO in trusted.recv(65536)[:6]
    trusted.close()
    assert o.conn(FOUR[0])["via"].startswith("127.0.0.2:")


def test_many_refusals_are_a_few_lines(behind):
    o = behind()
    for _ in range(30):
        sock = o.raw()
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert until_closed(sock) == b""
    wait_until(lambda: len(o.conns()) == 30, "all are counted")
    assert len(warnings(o)) == 5
    o.term()
    o.log.wait(r"warning: 25 more connections without a valid PROXY header")


def test_without_accept_proxy_a_header_is_no_tls(simple):
    o = simple()
    sock = o.raw()
    sock.sendall(GOOD + HELLO)
    until_closed(sock)
    said = o.conn(sock.getsockname())
    assert said["end"] == "handshake"
    assert o.backend.count() == 0


# --------------------------------------------------------- health checks ----

def rst(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("close", [socket.socket.close, rst],
                         ids=["close", "reset"])
@pytest.mark.parametrize("data", [
    b"", proxy.encode(command=proxy.LOCAL), proxy.encode_v1(),
    proxy.encode(None, None, *NLB, command=proxy.LOCAL)],
    ids=["nothing", "LOCAL", "UNKNOWN", "LOCAL with TLVs"])
def test_health_checks_are_no_news(behind, trust, data, close):
    o = behind()
    inside = o.connect(trust(), before=GOOD).ask()
    sock = o.raw()
    name = sock.getsockname()
    sock.sendall(data)
    inside.ask()
    close(sock)
    said = o.conn(name)
    assert said["end"] == "health-check"
    assert not o.log.find("warning")
    assert o.backend.count() == 1


@pytest.mark.parametrize("encode", [proxy.encode, proxy.encode_v1])
def test_who_names_himself_checks_too(behind, trust, encode):
    """As HAProxy does by version 1. But a client may follow as well."""
    o = behind()
    sock = o.raw()
    name = sock.getsockname()
    sock.sendall(encode(name, o.address))
    rst(sock)
    assert o.conn(name)["end"] == "health-check"
    assert not o.log.find("warning")
    c = o.connect(trust(), handshake=False)
    c.before = encode(c.name, FOUR[1])
    c.handshake()
    c.ask().close()
    assert o.backend.wait().header.server == FOUR[1]
    assert "via" not in o.conn(c)


# ---------------------------------------------------------- configuration ---

def test_each_frontend_has_its_own_word_on_it(start, backend, www, trust):
    b = backend()
    o = start(f'backend = "{b.at}"\npem-file = "{www.pem}"\n'
              'proxy-from = 127.0.0.1\n'
              'frontend { address = "[127.0.0.1]:0" accept-proxy = on }\n'
              'frontend { address = "[::1]:0" accept-proxy = on }\n'
              'frontend { address = "[::1]:0" accept-proxy = on\n'
              'proxy-from = ::1 }\n'
              'frontend { address = "[127.0.0.1]:0" }\n')
    inner, foreign, own, plain = o.addresses
    o.connect(trust(), to=inner, before=GOOD).ask()
    o.connect(trust(), to=own, before=GOOD).ask()
    c = o.connect(trust(), to=plain).ask()
    assert [b.wait(i).header.client for i in (1, 2, 3)] == [
        FOUR[0], FOUR[0], c.name]
    with pytest.raises(OSError):
        o.connect(trust(), to=foreign, before=GOOD)


def test_a_reload_may_turn_it_on_and_off(simple, trust):
    o = simple()
    old = o.config.read_text()
    o.connect(trust()).ask().close()
    o.reload(old + INBOUND)
    assert header_for(o, trust, GOOD).client == FOUR[0]
    with pytest.raises(OSError):
        o.connect(trust())
    o.reload(old)
    o.connect(trust()).ask()


def test_who_may_send_it_must_be_said(launch, www):
    for more, line, says in [
            ("accept-proxy = on", 2, "accept-proxy: needs a proxy-from"),
            ("proxy-from = 10.1.2.3/8", 2, "write 10.0.0.0/8"),
            ("proxy-from = 10.0.0.0/33", 2, "not a number from 0 to 32")]:
        o = launch(f'pem-file = "{www.pem}"\n{more}\n')
        assert o.wait_end() == 78
        assert o.log.find(f"offloader.conf:{line}: .*{says}")
        o.killed_by = 78
