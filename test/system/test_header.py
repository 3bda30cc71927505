"""What the PROXY header says, how long it is, and how it arrives."""

import pytest

import harness
import proxy

both = pytest.mark.parametrize("version", ["1.2", "1.3"])
USUAL = ["version", "cn", "cipher", "alpn", "authority", "sig-alg", "key-alg",
         "group", "sig-scheme"]
EVERY = USUAL + ["unique-id", "crc32c", "client-cert"]


@pytest.fixture
def verified(simple, pki, trust):
    """The header for a client that has something to say of everything."""
    def make(*options, version="1.3", **how):
        o = simple(f'client-verify = optional\nclient-verify-ca = "{pki.ca}"\n'
                   'alpn-protos = "h2"', *options, **how)
        o.connect(trust(version, cert=pki.client("alice"), alpn=["h2"])).ask()
        o.accepted = o.backend.wait()
        return o
    return make


# -------------------------------------------------------- how it arrives ----

@both
def test_a_server_that_speaks_first_hears_the_header_first(simple, trust,
                                                           version):
    """As SMTP and IMAP do: the client waits for a greeting."""
    def serve(accepted):
        accepted.send(b"220 ready\r\n")
        harness.echo(accepted)

    o = simple(serve=serve)
    c = o.connect(trust(version))
    assert c.recv() == b"220 ready\r\n"
    c.ask(b"EHLO there\r\n")
    accepted = o.backend.wait()
    assert accepted.first == accepted.header.raw


@pytest.mark.parametrize("size", [1, 1000, 16384, 100000])
@both
def test_the_header_comes_in_one_piece_before_everything(simple, trust,
                                                         version, size):
    o = simple()
    o.connect(trust(version)).ask(bytes(size))
    accepted = o.backend.wait()
    assert accepted.first.startswith(accepted.header.raw)


def test_a_header_of_many_kilobytes_comes_in_one_piece_too(verified):
    o = verified("--proxy-tlv=" + ",".join(EVERY), "--proxy-size-limit=65551")
    assert o.accepted.first.startswith(o.accepted.header.raw)
    assert len(o.accepted.header.raw) > 536


# ------------------------------------------------------------- versions -----

def test_version_1_is_a_line_of_text(simple, trust):
    o = simple("send-proxy = v1")
    c = o.connect(trust()).ask()
    header = o.backend.wait().header
    assert header.raw == b"PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n" % (
        c.name[1], o.address[1])


def test_version_1_of_ipv6_is_one_too(start, backend, www, trust):
    b = backend()
    o = start('frontend = "[::1]:0"\nsend-proxy = v1\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"')
    c = o.connect(trust()).ask()
    assert b.wait().header.raw == b"PROXY TCP6 ::1 ::1 %d %d\r\n" % (
        c.name[1], o.address[1])


@both
def test_none_is_no_byte_at_all(start, backend, www, trust, version):
    b = backend(lambda accepted: accepted.send(accepted.recv_all()),
                header=False)
    o = start('frontend = "[127.0.0.1]:0"\nsend-proxy = none\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"')
    c = o.connect(trust(version))
    c.send(b"GET /")
    c.finish()
    assert c.recv_all() == b"GET /"


def test_without_a_header_a_server_may_speak_first_too(start, backend, www,
                                                       trust):
    b = backend(lambda accepted: accepted.send(b"220 ready\r\n"),
                header=False)
    o = start('frontend = "[127.0.0.1]:0"\nsend-proxy = none\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"')
    assert o.connect(trust()).recv_all() == b"220 ready\r\n"


def test_a_frontend_of_all_addresses_tells_ipv4_clients_as_such(
        start, backend, www, trust):
    b = backend()
    o = start('frontend = "[*]:0"\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"')
    port, = (a[1] for a in o.addresses if a[0] == "0.0.0.0")
    c = o.connect(trust(), to=("127.0.0.1", port)).ask()
    header = b.wait().header
    assert header.client == c.name
    assert header.server == ("127.0.0.1", port)


# ----------------------------------------------------------- what it says ---

def test_usually_it_says_what_every_receiver_can_take(verified):
    header = verified().accepted.header
    assert header.order == ["alpn", "authority", "ssl", "version", "cn",
                            "cipher", "sig-alg", "key-alg", "group",
                            "sig-scheme"]
    assert len(header.raw) <= 536
    told = {name: header.text(name) for name in USUAL}
    assert told == {
        "version": "TLSv1.3", "cn": "alice",
        "cipher": "TLS_AES_256_GCM_SHA384", "alpn": "h2",
        "authority": "www.example.com", "sig-alg": "ecdsa-with-SHA256",
        "key-alg": "EC256", "group": "x25519",
        "sig-scheme": "ecdsa_secp256r1_sha256"}


@pytest.mark.parametrize("wanted", [
    [], ["version"], ["cn"], ["authority", "alpn"], ["group", "cipher"],
    ["client-cert"], ["unique-id"], ["crc32c"],
    ["crc32c", "unique-id", "authority"], EVERY, list(reversed(EVERY)),
])
def test_it_says_what_is_wanted_and_who_the_client_is(verified, wanted):
    """Flags, verify and CN are never left out."""
    header = verified(f"--proxy-tlv={','.join(wanted) or 'none'}",
                      "--proxy-size-limit=4000").accepted.header
    assert set(header.tlv) == set(wanted) | {"ssl", "cn"}
    assert header.verify == 0 and header.flags == 7
    assert header.text("cn") == "alice"


def test_the_common_name_follows_the_version(verified):
    """HAProxy's converters count on the order of the two."""
    wanted = "group,cn,cipher,version,sig-alg"
    order = verified(f"--proxy-tlv={wanted}").accepted.header.order
    assert order[order.index("version") + 1] == "cn"
    assert order[order.index("ssl") + 1] == "version"


def test_the_client_certificate_is_told_byte_for_byte(verified, pki):
    header = verified("--proxy-tlv=client-cert",
                      "--proxy-size-limit=4000").accepted.header
    assert header.tlv["client-cert"] == pki.client("alice").der()


def test_each_connection_has_an_id_of_its_own(simple, trust):
    o = simple("proxy-tlv = unique-id", workers=2)
    c = trust("1.2")
    session = None
    for _ in range(20):
        client = o.connect(c, session=session).ask()
        session = client.tls.session
    ids = [a.header.tlv["unique-id"] for a in o.backend.all]
    assert len(set(ids)) == 20
    assert all(0 < len(i) <= 128 for i in ids)
    assert all(i.decode("ascii").isprintable() for i in ids)


@pytest.mark.parametrize("options", [
    ["--proxy-tlv=crc32c"],
    ["--proxy-tlv=" + ",".join(EVERY), "--proxy-size-limit=4000"],
], ids=["alone", "with others"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_checksum_is_right(start, backend, www, trust, host, options):
    b = backend()
    o = start(f'frontend = "[{host}]:0"\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"', *options)
    for _ in range(5):
        o.connect(trust()).ask()
        assert proxy.crc_is_good(b.header)


def test_our_own_sum_is_that_of_the_standard():
    assert proxy.crc32c(b"123456789") == 0xe3069283	# RFC 3720 B.4's polynomial
    assert proxy.crc32c(bytes(32)) == 0x8a9136aa


# --------------------------------------------------------------- how long ---

def test_the_least_wanted_is_left_out_first(verified):
    """And whoever is smaller may still take the room that is left."""
    order = ["cipher", "authority", "version", "alpn", "group"]
    sizes = {}
    whole = verified("--proxy-tlv=" + ",".join(order)).accepted.header
    sizes = {name: 3 + len(whole.tlv[name]) for name in order}
    for limit in range(len(whole.raw), len(whole.raw) - 80, -7):
        if limit < 107:
            break
        header = verified("--proxy-tlv=" + ",".join(order),
                          f"--proxy-size-limit={limit}").accepted.header
        assert len(header.raw) <= limit
        room = limit - (len(whole.raw) - sum(sizes.values()))
        expected = set()
        for name in order:
            if sizes[name] <= room:
                room -= sizes[name]
                expected.add(name)
        assert set(header.tlv) == expected | {"ssl", "cn"}, limit


def test_a_long_name_costs_itself_and_nothing_else(simple, trust):
    o = simple("proxy-size-limit = 232")
    long = ".".join(["x" * 60] * 4)
    o.connect(trust(), sni=long).ask()
    header = o.backend.wait().header
    assert len(header.raw) <= 232
    assert "authority" not in header.tlv
    assert header.text("version") == "TLSv1.3" and "cipher" in header.tlv


@both
def test_too_little_room_for_the_common_name_ends_the_connection(
        simple, trust, pki, version):
    """Not a header without it: that would be another client's."""
    long = pki.client("long", subject="/CN=" + 64 * "ü")
    o = simple(f'client-verify = required\nclient-verify-ca = "{pki.ca}"\n'
               "proxy-size-limit = 107")
    c = o.connect(trust(version, cert=long))
    assert c.recv() == b""
    c.close()
    assert o.conn(c)["end"] == "header-too-long"
    assert o.backend.count() == 0
