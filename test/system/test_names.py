"""Which certificate is shown to whom, and which protocol is agreed on."""

import ssl

import pytest

import harness
import hello


@pytest.fixture
def many(start, backend, pki):
    """One frontend with several certificates; the first is its default."""
    def make(more="", *options, **how):
        b = backend()
        certs = [pki.server("first.example.com", cn="first"),
                 pki.server("*.example.com", cn="wild"),
                 pki.server("www.example.com", "Shop.Example.NET", cn="exact"),
                 pki.server(cn="only.example.org")]
        o = start('frontend = "[127.0.0.1]:0"\n'
                  f'backend = "{b.at}"\n{more}\n' + "".join(
                      f'pem-file = "{c.pem}"\n' for c in certs), *options,
                  **how)
        o.backend, o.certs = b, certs
        return o
    return make


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_name_gets_its_certificate(many, trust, version):
    o = many()
    for sni, cn in [
            ("www.example.com", "exact"),	# before the wildcard
            ("WWW.eXample.COM", "exact"),
            ("shop.example.net", "exact"),
            ("www.example.com.", "exact"),	# the dot of the root
            ("other.example.com", "wild"),
            ("Other.Example.Com", "wild"),
            ("other.example.com.", "wild"),
            ("first.example.com", "first"),
            ("a.other.example.com", "first"),	# a wildcard is one label
            ("example.com", "first"),		# and not none
            ("only.example.org", "only.example.org"),	# no SAN: the CN
            ("wild", "first"),			# a SAN: not the CN
            ("unknown.example.org", "first"),
            (None, "first")]:
        c = o.connect(trust(version), sni=sni)
        assert c.shown() == cn, sni
        c.ask()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_backend_is_told_the_name_byte_for_byte(many, trust, version):
    o = many()
    for n, sni in enumerate(["wWw.Example.com", "www.example.com.",
                             "unknown.example.org", None]):
        o.connect(trust(version), sni=sni).ask()
        tlv = o.backend.wait(n + 1).header.tlv
        assert tlv.get("authority") == (sni.encode() if sni else None)


def test_the_default_certificate_is_named_in_the_log(many):
    o = many()
    said = o.log.wait("default certificate (.*)")
    assert said[1] == str(o.certs[0].pem)
    assert "[127.0.0.1]:0" in said.string


@pytest.mark.parametrize("name, alert", [
    (b"www.example.com", None),
    (b"WWW.EXAMPLE.COM", None),
    (b"some.example.com", None),
    (b"a.some.example.com", hello.UNRECOGNIZED_NAME),
    (b"unknown.example.org", hello.UNRECOGNIZED_NAME),
    (b"*.example.com", hello.UNRECOGNIZED_NAME),
    (b"\xff\xfe\x01", hello.UNRECOGNIZED_NAME),
    (b".", hello.UNRECOGNIZED_NAME),
    (b".example.com", hello.UNRECOGNIZED_NAME),
    (b"x" * 64, hello.UNRECOGNIZED_NAME),
    (b"y.example.org" + b"." * 200, hello.UNRECOGNIZED_NAME),
    (None, None),			# who names nothing is not mistaken
], ids=repr)
@pytest.mark.parametrize("make", [hello.hello, hello.hello13],
                         ids=["1.2", "1.3"])
def test_unknown_names_are_refused_if_wanted(many, make, name, alert):
    o = many("sni-nomatch-abort = on")
    answer = hello.greet(o.address, make(
        *[hello.server_name(name)] if name else []))
    assert hello.alert_of(answer) == alert
    assert hello.is_answered(answer) == (alert is None)


def test_a_refused_name_never_reaches_the_backend(many, trust):
    o = many("sni-nomatch-abort = on")
    with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
        o.connect(trust(), sni="unknown.example.org")
    o.log.wait('conn .*server_name=unknown.example.org .*end=handshake')
    assert o.backend.count() == 0


@pytest.mark.parametrize("name, alert", [
    (None, hello.UNRECOGNIZED_NAME),
    (b"", hello.UNRECOGNIZED_NAME),
    (b"127.0.0.1", hello.UNRECOGNIZED_NAME),
    (b"::1", hello.UNRECOGNIZED_NAME),
    (b"www.example.com\0.evil", hello.UNRECOGNIZED_NAME),
    (b"www.example.com", None),
    (b"unknown.example.org", None),	# who names anything is not mistaken
], ids=repr)
@pytest.mark.parametrize("make", [hello.hello, hello.hello13],
                         ids=["1.2", "1.3"])
def test_a_name_is_required_if_wanted(many, make, name, alert):
    o = many("sni-required = on")
    answer = hello.greet(o.address, make(
        *[hello.server_name(name)] if name is not None else []))
    assert hello.alert_of(answer) == alert
    assert hello.is_answered(answer) == (alert is None)


@pytest.mark.parametrize("option, name, why", [
    ("sni-required", None, "client asked for no name"),
    ("sni-nomatch-abort", b"x.test", "no certificate has this name")])
def test_who_is_sent_away_for_a_name_is_logged_so(many, option, name, why):
    o = many(f"{option} = on")
    hello.greet(o.address, hello.hello(
        *[hello.server_name(name)] if name else []))
    o.log.wait(f'conn .*end=handshake why="{why}"')


@pytest.mark.parametrize("option, name", [
    ("sni-required", None), ("sni-nomatch-abort", b"x.test")])
@pytest.mark.parametrize("everywhere", ["on", "off"])
def test_a_frontend_may_be_asked_otherwise(start, backend, www, option, name,
                                           everywhere):
    other = "off" if everywhere == "on" else "on"
    o = start(f'{option} = {everywhere}\nbackend = "{backend().at}"\n'
              f'pem-file = "{www.pem}"\n'
              'frontend "as" {\nhost = "127.0.0.1"\nport = 0\n}\n'
              'frontend "not" {\nhost = "127.0.0.2"\nport = 0\n'
              f'{option} = {other}\n}}\n')
    for where, value in (("127.0.0.1", everywhere), ("127.0.0.2", other)):
        port = o.log.wait(rf"\[?{where}\]?:(\d+)")[1]
        answer = hello.greet((where, int(port)), hello.hello(
            *[hello.server_name(name)] if name else []))
        assert hello.is_answered(answer) == (value == "off")


@pytest.mark.parametrize("extension, alert", [
    (hello.extension(0, b""), hello.DECODE_ERROR),
    (hello.extension(0, b"\0\0"), hello.DECODE_ERROR),
    (hello.extension(0, b"\0\5\0\0\1a"), hello.DECODE_ERROR),
    (hello.extension(0, b"\0\4\0\0\2a"), hello.DECODE_ERROR),
    (hello.server_name(b"www.example.com\0.evil"), hello.UNRECOGNIZED_NAME),
    (hello.server_name(b"x" * 256), hello.UNRECOGNIZED_NAME),
], ids=range(6))
def test_a_malformed_name_gets_the_alert_of_openssl(many, extension, alert):
    answer = hello.greet(many().address, hello.hello(extension))
    assert hello.alert_of(answer) == alert


def test_a_strange_name_is_escaped_in_the_log(many):
    o = many("sni-nomatch-abort = on")
    name = b'a"b\\c\nconn client=1.2.3.4:5 end=clean\x1b[31m\xff'
    hello.greet(o.address, hello.hello(hello.server_name(name)))
    line = o.log.wait("conn .*client.address=.* end=handshake").string
    assert r'server_name="a\\x22b\\x5Cc\\x0Aconn' in line
    assert r"\\x1B[31m\\xFF" in line
    assert len(o.conns()) == 1


@pytest.mark.parametrize("ours, theirs, agreed", [
    ("h2, http/1.1", ["http/1.1", "h2"], "h2"),		# our order decides
    ("http/1.1, h2", ["h2", "http/1.1"], "http/1.1"),
    ("h2, http/1.1", ["http/1.1"], "http/1.1"),
    ("h2, http/1.1", ["x", "http/1.1"], "http/1.1"),
    ("h2, http/1.1", None, None),
    (None, ["h2", "http/1.1"], None),
])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_protocol_is_agreed_on(simple, trust, version, ours, theirs,
                                 agreed):
    o = simple(f'alpn-protos = "{ours}"' if ours else "")
    c = o.connect(trust(version, alpn=theirs)).ask()
    assert c.tls.selected_alpn_protocol() == agreed
    told = o.backend.wait().header.tlv.get("alpn")
    assert told == (agreed.encode() if agreed else None)


@pytest.mark.parametrize("theirs", [["imap"], ["H2"], ["h", "2"]])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_no_common_protocol_ends_it(simple, trust, version, theirs):
    o = simple('alpn-protos = "h2, http/1.1"')
    with pytest.raises(ssl.SSLError, match="(?i)no.application"):
        o.connect(trust(version, alpn=theirs))
    o.log.wait("conn .*end=handshake")
    assert o.backend.count() == 0


def test_no_common_protocol_is_alert_120(simple):
    o = simple('alpn-protos = "h2"')
    answer = hello.greet(o.address, hello.hello(hello.alpn(b"imap")))
    assert hello.alert_of(answer) == hello.NO_APPLICATION_PROTOCOL == 120


def test_each_certificate_of_a_directory_is_found(start, backend, trust, pki,
                                                  place):
    b = backend()
    certs = place / "certs"
    certs.mkdir()
    for name in ("a", "b", "c"):
        made = pki.server(f"{name}.example.net")
        (certs / f"{name}.pem").write_bytes(made.pem.read_bytes())
    (certs / ".hidden.pem").write_text("no certificate")
    (certs / "old.pem~").write_text("no certificate")
    (certs / "notes.txt").write_text("no certificate")
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-dir = "{certs}"\npem-dir-glob = "*.pem"')
    for name in ("b", "c", "a"):
        c = o.connect(trust(), sni=f"{name}.example.net").ask()
        assert c.shown() == f"{name}.example.net"
    # The names decide which is the first: not the directory's order.
    assert o.connect(trust(), sni=None).shown() == "a.example.net"


@pytest.mark.parametrize("key, told", [("ec", "EC256"), ("p384", "EC384"),
                                       ("rsa", "RSA2048")])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_every_kind_of_key_can_serve(start, backend, trust, pki, version, key,
                                     told):
    b = backend()
    made = pki.server("www.example.com", key=key)
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{made.pem}"')
    o.connect(trust(version)).ask()
    assert b.wait().header.text("key-alg") == told


@pytest.mark.parametrize("names, name", [
    (["IP:127.0.0.1"], b"127.0.0.1"),
    (["IP:127.0.0.1", "DNS:127.0.0.1"], b"127.0.0.1"),
    (["DNS:f*.example.net", "DNS:*.*.example.net"], b"foo.example.net"),
    (["DNS:*"], b"net"), (["DNS:*."], b"net"),
    (["DNS:" + "x" * 64 + ".net"], b"x" * 64 + b".net"),
    (["DNS:b\xfccher.example.net"], "b\xfccher.example.net".encode()),
], ids=repr)
def test_a_name_nobody_can_ask_for_matches_nothing(
        start, backend, pki, www, names, name):
    odd = pki.server(*names, cn="foo.example.net")
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'pem-file = "{www.pem}"\npem-file = "{odd.pem}"\n')
    answer = hello.greet(o.address, hello.hello(hello.server_name(name)))
    assert hello.is_answered(answer)
    for asked in (name.decode(), "foo.example.net"):
        assert "subject=CN = www.example.com\n" in harness.s_client(
            o, "-servername", asked)
    warned = o.log.find(f"{odd.pem}: .* matches no client's request")
    assert bool(warned) == (names != ["IP:127.0.0.1"])


def test_a_name_of_two_certificates_gets_the_later_and_a_warning(
        start, backend, trust, pki):
    b = backend()
    old, new = (pki.server("www.example.com", cn=cn) for cn in ("old", "new"))
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{old.pem}"\npem-file = "{new.pem}"')
    assert o.connect(trust()).shown() == "new"
    assert o.connect(trust(), sni=None).shown() == "old"
    said = o.log.wait("warning: .*www.example.com").string
    assert str(old.pem) in said and str(new.pem) in said
