"""The PROXY header as others write and read it, from the specification alone.

Nothing here is taken from the program under test: versions 1 and 2 of
proxy-protocol.txt (2026/04), and the CRC32C of RFC 3720.
"""

import ipaddress
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

NAMES = {
    0x01: "alpn", 0x02: "authority", 0x03: "crc32c", 0x04: "noop",
    0x05: "unique-id", 0x20: "ssl", 0x21: "version", 0x22: "cn",
    0x23: "cipher", 0x24: "sig-alg", 0x25: "key-alg", 0x26: "group",
    0x27: "sig-scheme", 0x28: "client-cert", 0x30: "netns",
    0xe1: "ja4",
}
SSL, CERT_CONN, CERT_SESS = 1, 2, 4	# bits of an SSL TLV's client field


class Malformed(Exception):
    pass


class Header:
    """What one header said; tlv has the values of both levels by name."""

    def __init__(self, raw):
        self.raw = raw
        self.version = 0		# 0: no header
        self.local = False
        self.client = self.server = None	# (address, port)
        self.tlv = {}
        self.order = []			# the names as they came
        self.ssl = None			# the SSL TLV's value, and of that:
        self.flags = self.verify = None

    def text(self, name):
        return self.tlv[name].decode("utf-8")


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def crc_is_good(header):
    """Whether the sum in the header is that of the header without it."""
    at = 16 + {0x11: 12, 0x21: 36}.get(header.raw[13], 0)
    while header.raw[at] != 0x03:
        at += 3 + struct.unpack_from("!H", header.raw, at + 1)[0]
    blank = header.raw[:at + 3] + bytes(4) + header.raw[at + 7:]
    return struct.pack("!I", crc32c(blank)) == header.tlv["crc32c"]


def _tlvs(data):
    at = 0
    while at < len(data):
        if at + 3 > len(data):
            raise Malformed("half a TLV at the end")
        kind, length = struct.unpack_from("!BH", data, at)
        if at + 3 + length > len(data):
            raise Malformed(f"TLV 0x{kind:02x} passes the end")
        yield kind, data[at + 3:at + 3 + length]
        at += 3 + length


def _keep(header, kind, value):
    name = NAMES.get(kind, f"0x{kind:02x}")
    if name in header.tlv:
        raise Malformed(f"{name} twice")
    header.tlv[name] = value
    header.order.append(name)


def _decode_v2(raw, length):
    header = Header(raw[:16 + length])
    command, family = raw[12], raw[13]
    if command not in (0x20, 0x21):
        raise Malformed(f"command 0x{command:02x}")
    header.version, header.local = 2, command == 0x20
    size = {0x00: 0, 0x11: 4, 0x21: 16}.get(family)
    if size is None:
        raise Malformed(f"family 0x{family:02x}")
    body = raw[16:16 + length]
    if size:
        ports = struct.unpack_from("!HH", body, 2 * size)
        header.client, header.server = [
            (str(ipaddress.ip_address(body[i * size:(i + 1) * size])), port)
            for i, port in enumerate(ports)]
        body = body[2 * size + 4:]
    for kind, value in _tlvs(body):
        _keep(header, kind, value)
        if kind != 0x20:
            continue
        header.ssl = value
        header.flags, header.verify = struct.unpack_from("!BI", value)
        for kind, value in _tlvs(value[5:]):
            _keep(header, kind, value)
    return header


def _decode_v1(raw):
    header = Header(raw[:raw.index(b"\r\n") + 2])
    if len(header.raw) > 107:
        raise Malformed("a line of more than 107 bytes")
    words = header.raw[:-2].decode("ascii").split(" ")
    header.version = 1
    if words[1] == "UNKNOWN":
        header.local = True
        return header
    if words[1] not in ("TCP4", "TCP6") or len(words) != 6:
        raise Malformed(repr(header.raw))
    header.client = (words[2], int(words[4]))
    header.server = (words[3], int(words[5]))
    return header


def decode(data):
    """The header at the beginning of data; None: it is not whole yet."""
    if data.startswith(SIGNATURE):
        if len(data) < 16:
            return None
        length = struct.unpack_from("!H", data, 14)[0]
        return _decode_v2(data, length) if len(data) >= 16 + length else None
    if data.startswith(b"PROXY "):
        return _decode_v1(data) if b"\r\n" in data else None
    if SIGNATURE.startswith(data) or b"PROXY ".startswith(data):
        return None
    raise Malformed(f"no header: {data[:40]!r}")


# ------------------------------------------------------------ as a sender ---

PROXY, LOCAL = 0x21, 0x20


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def encode(client=None, server=None, *tlvs, command=PROXY, crc=False):
    """A v2 header; addresses as (host, port), or none."""
    block, family = b"", 0
    if client is not None:
        ends = [ipaddress.ip_address(host) for host, _ in (client, server)]
        family = 0x11 if ends[0].version == 4 else 0x21
        block = b"".join(end.packed for end in ends)
        block += struct.pack("!HH", client[1], server[1])
    rest = b"".join(tlvs)
    blank = tlv(0x03, bytes(4)) if crc else b""
    head = SIGNATURE + struct.pack("!BBH", command, family,
                                   len(block + blank + rest)) + block
    if crc:
        blank = tlv(0x03, struct.pack("!I", crc32c(head + blank + rest)))
    return head + blank + rest


def encode_v1(client=None, server=None):
    if client is None:
        return b"PROXY UNKNOWN\r\n"
    words = (f"PROXY TCP{6 if ':' in client[0] else 4} {client[0]} "
             f"{server[0]} {client[1]} {server[1]}\r\n")
    return words.encode()
