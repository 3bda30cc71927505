"""Who may come in: client certificates, and what the backend hears of them."""

import re
import ssl

import pytest

import harness
import hello
import proxy
from harness import wait_until
from pki import Pair, openssl

ALL = proxy.SSL | proxy.CERT_CONN | proxy.CERT_SESS
SHOWN = ["nothing", "good", "another CA", "namesake", "expired"]


@pytest.fixture(scope="session")
def shown(made, stranger):
    """What a client may have to show."""
    return {"nothing": None, "good": Pair(made / "client"),
            "another CA": Pair(made / "client2"),
            "namesake": stranger.client("alice"),
            "expired": Pair(made / "expired")}


@pytest.fixture
def front(start, backend, www, pki):
    """The program with a policy set in one of three places."""
    def make(policy, where="globally", serve=harness.echo):
        b = backend(serve)
        words = (f"client-verify = {policy}\n"
                 f'client-verify-ca = "{pki.ca}"\n')
        text = {
            "globally": f'{words}frontend = "[127.0.0.1]:0"\n'
                        f'pem-file = "{www.pem}"\n',
            "frontend": 'frontend = {\nhost = "127.0.0.1"\nport = 0\n'
                        f'{words}}}\npem-file = "{www.pem}"\n',
            "certificate": 'frontend = "[127.0.0.1]:0"\n'
                           f'pem-file = {{\ncert = "{www.pem}"\n{words}}}\n',
        }[where]
        o = start(f'backend = "{b.at}"\n{text}')
        o.backend = b
        return o
    return make


def comes_in(offloader, context, **how):
    """The client if it is let in, None if it is sent away.

    In TLS 1.3 a client learns only after its handshake what was thought of
    its certificate.
    """
    try:
        client = offloader.connect(context, **how)
    except (ssl.SSLError, ConnectionError):
        return None
    try:
        return client.ask()
    except (ssl.SSLError, ConnectionError):
        client.close()
        return None


def let_in(policy, what):
    if policy == "none":
        return True
    return what == "good" or (what == "nothing" and policy == "optional")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("where", ["globally", "frontend", "certificate"])
@pytest.mark.parametrize("policy", ["none", "optional", "required"])
def test_each_client_gets_what_the_policy_says(front, trust, shown, policy,
                                               where, version):
    o = front(policy, where)
    expected = 0
    for what in SHOWN:
        c = comes_in(o, trust(version, cert=shown[what]))
        assert (c is not None) == let_in(policy, what), what
        if c is None:
            continue
        expected += 1
        header = o.backend.wait(expected).header
        if policy != "none" and what == "good":
            assert header.flags == ALL
            assert header.verify == 0
            assert header.text("cn") == "alice"
        else:
            assert header.flags == proxy.SSL
            assert header.verify != 0
            assert "cn" not in header.tlv
    for c in o.clients:
        c.close()
    wait_until(lambda: len(o.conns()) == len(SHOWN), "a line for each")
    assert o.backend.count() == expected
    failed = [c for c in o.conns() if c["end"] == "handshake"]
    assert len(failed) == len(SHOWN) - expected
    assert all(c["why"] for c in failed)


@pytest.mark.parametrize("what, why", [
    ("nothing", "peer did not return a certificate"),
    ("another CA", "certificate verify failed"),
    ("namesake", "certificate verify failed"),
    ("expired", "certificate verify failed"),
])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_log_says_what_was_wrong_with_a_client(front, trust, shown,
                                                   version, what, why):
    o = front("required")
    assert comes_in(o, trust(version, cert=shown[what])) is None
    said = o.log.wait("conn .*end=handshake.*")[0]
    assert why in said
    assert "server_name=www.example.com " in said


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_certificate_that_nobody_asked_for_is_not_told(front, trust, shown,
                                                         version):
    o = front("none")
    o.connect(trust(version, cert=shown["good"])).ask()
    assert "cn" not in o.backend.wait().header.tlv


@pytest.mark.parametrize("subject, cn", [
    ("/CN=Jürgen Groß", "Jürgen Groß"),
    ("/CN=first/CN=second", "first"),
    ("/O=Test/OU=people/CN=bob/emailAddress=bob@example.com", "bob"),
    ("/O=Test", None),
    ("/CN=" + 64 * "x", 64 * "x"),
])
def test_the_common_name_is_told_as_utf8(front, trust, pki, subject, cn):
    o = front("required")
    o.connect(trust(cert=pki.client("x", subject=subject))).ask()
    header = o.backend.wait().header
    assert header.flags == ALL and header.verify == 0
    assert (header.text("cn") if "cn" in header.tlv else None) == cn


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_may_come_with_an_intermediate_certificate(
        front, trust, pki, place, version):
    """We know the root; the client brings what is between."""
    o = front("required")
    inner = pki.intermediate()
    bob = inner.client("bob")
    assert not comes_in(o, trust(version, cert=bob))
    chain = Pair(place / "chain")
    chain.cert.write_bytes(bob.cert.read_bytes() + inner.ca.read_bytes())
    chain.key.write_bytes(bob.key.read_bytes())
    assert comes_in(o, trust(version, cert=chain))
    assert o.backend.wait().header.text("cn") == "bob"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_servers_certificate_is_no_clients(front, trust, pki, version):
    """The same authority, but not for this purpose."""
    o = front("required")
    assert not comes_in(o, trust(version, cert=pki.server("a.example.com")))


def test_several_authorities_may_stand_in_one_file(
        start, backend, www, trust, made, shown, place):
    both = place / "both.pem"
    both.write_bytes((made / "ca.pem").read_bytes() +
                     (made / "ca2.pem").read_bytes())
    b = backend()
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{www.pem}"\nclient-verify = required\n'
              f'client-verify-ca = "{both}"')
    for n, what in enumerate(("good", "another CA")):
        assert comes_in(o, trust(cert=shown[what]))
        assert b.wait(n + 1).header.verify == 0
    assert not comes_in(o, trust(cert=shown["namesake"]))


def test_the_authorities_are_advertised(front, pki):
    """So that a browser knows which certificate to offer."""
    o = front("optional")
    said = openssl("s_client", "-connect", harness.to_text(o.address),
                   "-CAfile", pki.ca, input=b"").decode()
    names = said.split("Acceptable client certificate CA names\n")[1]
    assert names.startswith("CN = Test CA\n")


# --------------------------------------------------------- several policies --

@pytest.fixture
def two_names(start, backend, pki):
    """One frontend: who asks for its second name must show a certificate."""
    def make(first="none", second="required"):
        b = backend()
        certs = [pki.server(f"{n}.example.com") for n in ("open", "closed")]
        o = start(f'backend = "{b.at}"\nfrontend = "[127.0.0.1]:0"\n' +
                  "".join(f'pem-file = {{\ncert = "{c.pem}"\n'
                          f'client-verify = {policy}\n'
                          f'client-verify-ca = "{pki.ca}"\n}}\n'
                          for c, policy in zip(certs, (first, second))))
        o.backend = b
        return o
    return make


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_name_has_its_own_policy(two_names, trust, shown, version):
    o = two_names()
    nobody, alice = (trust(version, cert=shown[w]) for w in ("nothing", "good"))
    assert comes_in(o, nobody, sni="open.example.com")
    assert not comes_in(o, nobody, sni="closed.example.com")
    assert comes_in(o, alice, sni="open.example.com")
    assert "cn" not in o.backend.wait(2).header.tlv
    assert comes_in(o, alice, sni="closed.example.com")
    assert o.backend.wait(3).header.text("cn") == "alice"


@pytest.mark.parametrize("inner, outer", [
    ("none", "required"), ("required", "none"), ("optional", "required")])
def test_what_a_certificate_says_holds_before_its_frontend(
        start, backend, trust, pki, shown, inner, outer):
    b = backend()
    own, other = (pki.server(f"{n}.example.com") for n in ("own", "other"))
    o = start(f"""backend = "{b.at}"
frontend = {{
    host = "127.0.0.1"
    port = 0
    client-verify = {outer}
    client-verify-ca = "{pki.ca}"
    pem-file = {{
        cert = "{own.pem}"
        client-verify = {inner}
    }}
    pem-file = "{other.pem}"
}}
""")
    for what in SHOWN:
        c = trust(cert=shown[what])
        for sni, policy in (("own", inner), ("other", outer)):
            came = comes_in(o, c, sni=f"{sni}.example.com")
            assert (came is not None) == let_in(policy, what), (sni, what)
        # Without a name it is the default's policy: the first certificate's.
        assert (comes_in(o, c, sni=None) is not None) == let_in(inner, what)


@pytest.mark.parametrize("sni", ["Closed.Example.COM", "closed.example.com.",
                                 "cLOSED.example.com."])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_no_spelling_of_a_name_is_a_way_around(two_names, trust, version, sni):
    o = two_names()
    assert not comes_in(o, trust(version), sni=sni)
    assert o.backend.count() == 0


def session_of(client):
    """A session that can be resumed; TLS 1.3 sends it after the handshake."""
    client.ask()
    assert client.tls.session.has_ticket
    return client.tls.session


POLICIES = ["none", "optional", "required"]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("second", POLICIES)
@pytest.mark.parametrize("first", POLICIES)
def test_a_session_of_one_name_does_not_open_another(two_names, trust, shown,
                                                     first, second, version):
    """Whatever was shown at the first: the second wants to see it itself."""
    o = two_names(first, second)
    for what in ("nothing", "good"):
        if not let_in(first, what):
            continue
        c = trust(version, cert=shown[what])
        session = session_of(o.connect(c, sni="open.example.com"))
        before = len(o.backend.all)
        again = comes_in(o, c, sni="closed.example.com", session=session)
        assert (again is not None) == let_in(second, what)
        if again is None:
            continue
        header = o.backend.wait(before + 1).header
        verified = what == "good" and second != "none"
        assert (header.flags & proxy.CERT_SESS != 0) == verified
        assert ("cn" in header.tlv) == verified
        if first != second:
            assert not again.tls.session_reused


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("first, second", [
    (a, b) for a in POLICIES for b in POLICIES if a != b])
def test_a_session_of_one_frontend_does_not_open_another(
        start, backend, trust, pki, www, shown, first, second, version):
    b = backend()
    o = start(f'backend = "{b.at}"\npem-file = "{www.pem}"\n' + "".join(
        f'frontend = {{\nhost = "127.0.0.1"\nport = 0\n'
        f'client-verify = {p}\nclient-verify-ca = "{pki.ca}"\n}}\n'
        for p in (first, second)))
    for what in ("nothing", "good"):
        if not let_in(first, what):
            continue
        c = trust(version, cert=shown[what])
        session = session_of(o.connect(c))
        again = comes_in(o, c, to=o.addresses[1], session=session)
        assert (again is not None) == let_in(second, what)
        assert again is None or not again.tls.session_reused


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_of_one_authority_does_not_open_anothers(
        start, backend, trust, pki, stranger, www, shown, version):
    b = backend()
    o = start(f'backend = "{b.at}"\npem-file = "{www.pem}"\n' + "".join(
        f'frontend = {{\nhost = "127.0.0.1"\nport = 0\n'
        f'client-verify = required\nclient-verify-ca = "{ca}"\n}}\n'
        for ca in (pki.ca, stranger.ca)))
    c = trust(version, cert=shown["good"])
    session = session_of(o.connect(c))
    assert comes_in(o, c, to=o.addresses[1], session=session) is None
    wait_until(lambda: o.conns(), "a line in the log")
    assert b.count() == 1


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_does_not_outlive_a_stricter_policy(front, trust, pki, www,
                                                      shown, version):
    o = front("none")
    c = trust(version)
    session = session_of(o.connect(c))
    assert o.connect(c, session=session).ask().tls.session_reused
    text = o.config.read_text()
    o.reload(re.sub("client-verify = none", "client-verify = required", text))
    assert comes_in(o, c, session=session) is None
    assert o.backend.count() == 2


@pytest.mark.parametrize("then, alert", [
    ("open.example.com", None),
    ("closed.example.com", hello.ILLEGAL_PARAMETER),
    ("OPEN.example.com", hello.ILLEGAL_PARAMETER),
    (None, hello.ILLEGAL_PARAMETER),
])
def test_a_retried_hello_cannot_change_its_name(two_names, then, alert):
    """Or the policy of the first name would let a client to the second."""
    o = two_names()
    sock = o.raw()
    first, second = ([hello.server_name(n.encode())] if n else []
                     for n in ("open.example.com", then))
    retry = hello.answer_to(sock, hello.record(hello.hello13(
        *first, shares=[], random=bytes(32))), hello.is_answered)
    assert hello.is_answered(retry)
    answer = hello.answer_to(sock, hello.record(hello.hello13(
        *second, shares=[(hello.group_of(retry), hello.X25519[1])],
        random=bytes(32))), hello.is_answered)
    assert hello.alert_of(answer) == alert
    assert hello.is_answered(answer) == (alert is None)
