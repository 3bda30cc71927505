"""ClientHellos written by hand, for what no library would send."""

import os
import socket
import struct

ALERT, HANDSHAKE, DATA = 21, 22, 23
SERVER_HELLO = 2

TLS13_SUITES = (0x1301, 0x1302, 0x1303)
TLS12_SUITES = (0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9)
OLD_SUITES = (0xc009, 0xc00a, 0xc013, 0xc014, 0x002f, 0x0035)

# Alerts (RFC 8446 section 6).
HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, DECODE_ERROR = 40, 47, 50
PROTOCOL_VERSION, NO_RENEGOTIATION = 70, 100
UNRECOGNIZED_NAME, NO_APPLICATION_PROTOCOL = 112, 120


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(2, data)


def server_name(name, kind=0):
    return extension(0, vector(2, bytes([kind]) + vector(2, name)))


def alpn(*names):
    return extension(16, vector(2, b"".join(vector(1, n) for n in names)))


GROUPS = extension(10, vector(2, struct.pack("!3H", 0x1d, 0x17, 0x18)))
SIGNATURES = extension(13, vector(2, struct.pack(
    "!8H", 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0201)))
POINTS = extension(11, vector(1, b"\0"))
RENEGOTIATION = extension(0xff01, vector(1, b""))


def versions(*numbers):
    return extension(43, vector(1, struct.pack(f"!{len(numbers)}H",
                                               *numbers)))


def key_share(*shares):
    """What a client of TLS 1.3 begins with; none asks for a retry."""
    return extension(51, vector(2, b"".join(
        struct.pack("!H", group) + vector(2, key) for group, key in shares)))


X25519 = (0x1d, b"\x09" + bytes(31))	# any 32 bytes are half a key


def hello(*extensions, version=0x0303, suites=TLS12_SUITES,
          compressions=b"\0", random=None):
    """The handshake message; without other words one of TLS 1.2."""
    body = struct.pack("!H", version) + (random or os.urandom(32))
    body += vector(1, b"")
    body += vector(2, struct.pack(f"!{len(suites)}H", *suites))
    body += vector(1, compressions)
    body += vector(2, b"".join(extensions) + GROUPS + SIGNATURES + POINTS +
                   RENEGOTIATION)
    return bytes([1]) + vector(3, body)


def record(data, kind=HANDSHAKE, version=0x0301):
    return bytes([kind]) + struct.pack("!H", version) + vector(2, data)


def records(data):
    """Splits what a server sent into (type, content)."""
    while len(data) >= 5:
        size = struct.unpack_from("!H", data, 3)[0]
        yield data[0], data[5:5 + size]
        data = data[5 + size:]


def answer_to(sock, data, enough=None):
    """Sends bytes and reads records until enough(them) or the end."""
    if data:
        sock.sendall(data)
    got = b""
    while not (enough and enough(list(records(got)))):
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        got += more
    return list(records(got))


def alert_of(answer):
    """The number of the alert in plain text among records, or None."""
    for kind, content in answer:
        if kind == ALERT and len(content) == 2:
            return content[1]
    return None


def hello13(*extensions, shares=(X25519,), **how):
    """The same of TLS 1.3."""
    return hello(*extensions, versions(0x0304), key_share(*shares),
                 suites=TLS13_SUITES, **how)


def is_answered(answer):
    """Whether there is a ServerHello."""
    return any(kind == HANDSHAKE and content[0] == SERVER_HELLO
               for kind, content in answer)


def greet(address, message):
    """Says hello; the answer goes up to the ServerHello or the end."""
    with socket.create_connection(address, 30) as sock:
        return answer_to(sock, record(message), is_answered)


def group_of(retry):
    """The group that a HelloRetryRequest asks for."""
    for kind, content in retry:
        if kind != HANDSHAKE or content[0] != SERVER_HELLO:
            continue
        at = 4 + 2 + 32
        at += 1 + content[at] + 2 + 1 + 2	# session, suite, compression
        while at < len(content):
            kind, size = struct.unpack_from("!2H", content, at)
            if kind == 51:
                return struct.unpack_from("!H", content, at + 4)[0]
            at += 4 + size
    return None
