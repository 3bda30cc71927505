"""Several frontends: each has its address, certificates and options."""

import ssl

import pytest

import harness
import hello


@pytest.fixture
def several(start, backend):
    """The program with these frontend blocks before one echo."""
    def make(*blocks, more="", **how):
        b = backend()
        o = start(f'backend = "{b.at}"\n{more}\n' + "".join(
            f"frontend = {{\n{block}\n}}\n" for block in blocks), **how)
        o.backend = b
        return o
    return make


def at(host, *more):
    return "\n".join([f'host = "{host}"', 'port = "0"', *more])


def pem(pair):
    return f'pem-file = "{pair.pem}"'


def test_both_families_listen(several, trust, www):
    o = several(at("127.0.0.1"), at("::1"), more=pem(www))
    assert [a[0] for a in o.addresses] == ["127.0.0.1", "::1"]
    for n, address in enumerate(o.addresses):
        o.connect(trust(), to=address).ask()
        assert o.backend.wait(n + 1).header.server == address


def test_a_star_is_every_address(several, trust, www):
    o = several(at("*"), more=pem(www))
    ports = {host: port for host, port in o.addresses}
    assert set(ports) == {"0.0.0.0", "::"}
    for host, port in (("127.0.0.1", ports["0.0.0.0"]),
                       ("127.0.0.2", ports["0.0.0.0"]),
                       ("::1", ports["::"])):
        o.connect(trust(), to=(host, port)).ask()


def test_a_star_has_one_port_for_both_families(several, trust, www):
    port = harness.free_port("::1")
    o = several(f'host = "*"\nport = "{port}"', more=pem(www))
    for host in ("127.0.0.1", "::1"):
        o.connect(trust(), to=(host, port)).ask()


def test_every_way_of_writing_an_address_is_understood(start, backend, trust,
                                                       www, pki):
    other = pki.server("other.example.com")
    b = backend()
    o = start(f"""
frontend = "[127.0.0.1]:0"
frontend = "127.0.0.1:0"
frontend = "[127.0.0.1]:0+{other.pem}"
frontend = {{
    host = "127.0.0.1"
    port = 0
}}
frontend web {{
    address = "[127.0.0.1]:0"
}}
frontend {{
    name = "api"
    address = "[127.0.0.1]:0"
}}
backend = "{b.at}"
pem-file = "{www.pem}"
""")
    assert len(o.addresses) == 6
    for address in o.addresses:
        o.connect(trust(), to=address).ask().close()
    assert {o.conn(c)["frontend"] for c in o.clients} == {
        "[127.0.0.1]:0", "127.0.0.1:0", "web", "api"}
    shown = [o.connect(trust(), to=a, sni=None).shown() for a in o.addresses]
    assert shown == ["www.example.com", "www.example.com",
                     "other.example.com"] + 3 * ["www.example.com"]


def test_the_command_line_is_as_good(launch, backend, trust, pki, www):
    other = pki.server("other.example.com")
    b = backend()
    o = launch("", "--frontend=[127.0.0.1]:0", "--name=web",
               f"--frontend=[::1]:0+{other.pem}", f"--backend={b.at}",
               www.pem).wait_ready()
    for address in o.addresses:
        o.connect(trust(), to=address).ask()
    assert o.connect(trust(), to=o.addresses[1], sni=None).shown() == \
        "other.example.com"


def test_each_frontend_shows_its_own_certificates(several, trust, pki, www):
    a, b = (pki.server(f"{n}.example.com") for n in "ab")
    o = several(at("127.0.0.1", pem(a)), at("127.0.0.1", pem(b)),
                at("127.0.0.1"), more=pem(www))
    first, second, third = o.addresses

    def shown(address, sni):
        return o.connect(trust(), to=address, sni=sni).shown()
    assert shown(first, "a.example.com") == "a.example.com"
    assert shown(second, "b.example.com") == "b.example.com"
    # What is not found there is looked for among the global ones.
    assert shown(first, "www.example.com") == "www.example.com"
    # But not in another frontend.
    assert shown(first, "b.example.com") == "a.example.com"
    assert shown(second, None) == "b.example.com"
    assert shown(third, "a.example.com") == "www.example.com"


def test_a_frontend_may_keep_to_its_own_certificates(several, trust, pki, www):
    a = pki.server("a.example.com")
    o = several(at("127.0.0.1", pem(a), "match-global-certs = off"),
                more=pem(www))
    assert o.connect(trust(), sni="www.example.com").shown() == \
        "a.example.com"


@pytest.mark.parametrize("sni", ["a.example.com", "www.example.com"])
def test_options_hold_whichever_certificate_is_served(several, trust, pki, www,
                                                      sni):
    """Its own, or a global one."""
    a = pki.server("a.example.com")
    o = several(
        at("127.0.0.1", pem(a), 'alpn-protos = "h2"',
           "tls-protos = TLSv1.3"),
        at("127.0.0.1", pem(a), 'alpn-protos = "imap"',
           "tls-protos = TLSv1.2", "ciphers = ECDHE-ECDSA-CHACHA20-POLY1305",
           "sni-nomatch-abort = on"),
        at("127.0.0.1", pem(a), "client-verify = required",
           f'client-verify-ca = "{pki.ca}"'),
        more=pem(www))
    one, two, three = o.addresses
    c = o.connect(trust(alpn=["imap", "h2"][1:]), to=one, sni=sni).ask()
    assert (c.tls.version(), c.tls.selected_alpn_protocol()) == ("TLSv1.3",
                                                                 "h2")
    with pytest.raises(ssl.SSLError):
        o.connect(trust("1.2"), to=one, sni=sni)
    c = o.connect(trust(alpn=["imap"]), to=two, sni=sni).ask()
    assert (c.tls.version(), c.tls.selected_alpn_protocol()) == ("TLSv1.2",
                                                                 "imap")
    assert c.tls.cipher()[0] == "ECDHE-ECDSA-CHACHA20-POLY1305"
    with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
        o.connect(trust("1.2"), to=two, sni="none.example.com")
    with pytest.raises(ssl.SSLError):
        o.connect(trust("1.2"), to=three, sni=sni)
    alice = trust(cert=pki.client("alice"))
    o.connect(alice, to=three, sni=sni).ask()


def test_what_a_frontend_does_not_say_holds_globally(several, trust, www):
    o = several(at("127.0.0.1"), at("127.0.0.1", "tls-protos = TLSv1.3"),
                more=pem(www) + "\ntls-protos = TLSv1.2\n"
                'alpn-protos = "h2"')
    for address, version in zip(o.addresses, ("TLSv1.2", "TLSv1.3")):
        c = o.connect(trust(alpn=["h2"]), to=address).ask()
        assert c.tls.version() == version
        assert c.tls.selected_alpn_protocol() == "h2"


def test_a_key_may_stand_in_a_file_of_its_own(several, trust, pki):
    a = pki.server("a.example.com")
    o = several(at("127.0.0.1", f'pem-file = {{\ncert = "{a.cert}"\n'
                   f'private-key = "{a.key}"\n}}'))
    assert o.connect(trust()).ask().shown() == "a.example.com"


def test_a_chain_is_shown_whole(several, pki, trust, place):
    """The client knows the root only; the file has leaf, chain and key."""
    inner = pki.intermediate()
    leaf = inner.server("www.example.com")
    both = place / "both.pem"
    both.write_bytes(leaf.key.read_bytes() + leaf.cert.read_bytes() +
                     inner.ca.read_bytes())
    o = several(at("127.0.0.1", f'pem-file = "{both}"'))
    o.connect(trust()).ask()
    # In the wrong order, too: the key says which is the leaf.
    both.write_bytes(inner.ca.read_bytes() + leaf.cert.read_bytes() +
                     leaf.key.read_bytes())
    o.reload()
    o.connect(trust()).ask()


def test_many_frontends_and_workers_are_no_different(several, trust, www):
    o = several(*[at("127.0.0.1", f'name = "f{n}"') for n in range(20)],
                more=pem(www), workers=4)
    assert len(set(o.addresses)) == 20
    for n, address in enumerate(o.addresses):
        since = o.mark()
        c = o.connect(trust(), to=address).ask()
        c.close()
        assert o.conn(c, since)["frontend"] == f"f{n}"


def test_the_alert_of_one_frontend_is_not_anothers(several, pki, www):
    o = several(at("127.0.0.1", "sni-nomatch-abort = on"), at("127.0.0.1"),
                more=pem(www))
    message = hello.hello(hello.server_name(b"unknown.example.org"))
    strict, kind = (hello.greet(a, message) for a in o.addresses)
    assert hello.alert_of(strict) == hello.UNRECOGNIZED_NAME
    assert hello.is_answered(kind)
