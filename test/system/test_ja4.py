"""The JA4 fingerprint of a client, in the PROXY header."""

import hashlib
import struct

import pytest

import harness

JA4 = "--proxy-tlv=version,ja4,cn"


def grease(code):
    return code & 0x0f0f == 0x0a0a and code >> 8 == code & 0xff


def codes(data):
    return [c for c, in struct.iter_unpack("!H", data) if not grease(c)]


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def ja4(message):
    """Made of a ClientHello in another way than the program does."""
    at = 4 + 2 + 32
    at += 1 + message[at]
    size = struct.unpack_from("!H", message, at)[0]
    suites = sorted(f"{c:04x}" for c in codes(message[at + 2:at + 2 + size]))
    at += 2 + size
    at += 1 + message[at] + 2
    kinds, alpn, schemes, version = [], "00", [], 0x0303
    while at < len(message):
        kind, size = struct.unpack_from("!HH", message, at)
        data = message[at + 4:at + 4 + size]
        at += 4 + size
        if grease(kind):
            continue
        kinds.append(kind)
        if kind == 16:
            first = data[3:3 + data[2]].decode()
            alpn = first[0] + first[-1]
        elif kind == 13:
            schemes = [f"{c:04x}" for c in codes(data[2:])]
        elif kind == 43:
            version = max(codes(data[1:]))
    hashed = sorted(f"{k:04x}" for k in kinds if k not in (0, 16))
    return (f"t{10 + (version & 0xff) - 1}{'d' if 0 in kinds else 'i'}"
            f"{len(suites):02}{len(kinds):02}{alpn}_{short(','.join(suites))}"
            f"_{short(','.join(hashed) + '_' + ','.join(schemes))}")


class Seen(harness.Client):
    """A client whose bytes are kept, up to the end of its first record."""

    def flush(self):
        self.before = self.outgoing.read()
        if not hasattr(self, "hello"):
            self.hello = self.before[5:]
        super().flush()


def told(o, context):
    """What the client looks like, and what the backend is told."""
    c = Seen(o.address, context)
    o.clients.append(c)
    c.ask()
    header = o.backend.wait(len(o.backend.all)).header
    return ja4(c.hello), header.text("ja4")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("how", [
    {}, {"alpn": ["h2", "http/1.1"]}, {"alpn": ["http/1.1"]}])
def test_the_backend_is_told_what_the_client_looks_like(simple, trust,
                                                        version, how):
    o = simple('alpn-protos = "h2, http/1.1"', JA4)
    is_it, said = told(o, trust(version, **how))
    assert said == is_it
    assert said.startswith(f"t1{version[-1]}d")


def test_a_second_hello_changes_nothing(simple, trust):
    o = simple('groups = "P-521"', JA4)
    is_it, said = told(o, trust("1.3"))
    assert said == is_it


def test_nobody_is_told_who_did_not_ask(simple, trust):
    o = simple()
    o.connect(trust("1.3")).ask()
    assert "ja4" not in o.backend.wait().header.tlv
