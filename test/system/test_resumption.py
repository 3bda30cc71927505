"""Resumed sessions: shared by all workers, and what the header says of them."""

import re
import ssl

import pytest

import proxy

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def session_of(client):
    client.ask()
    session = client.tls.session
    assert session.has_ticket
    return session


def workers_in(log):
    return {m[1] for m in log.find(r"offloader\[worker (\d+)\]: .*: conn ")}


@both
def test_whichever_worker_comes_resumes_it(simple, trust, version):
    o = simple(workers=4)
    c = trust(version)
    session = session_of(o.connect(c))
    for _ in range(20):
        client = o.connect(c, session=session).ask()
        assert client.tls.session_reused
        client.close()
        o.conn(client)
    assert len(workers_in(o.log)) > 1


@both
def test_a_resumed_session_gives_another_one(simple, trust, version):
    o = simple()
    c = trust(version)
    session = session_of(o.connect(c))
    for _ in range(5):
        client = o.connect(c, session=session)
        session = session_of(client)
        assert client.tls.session_reused


@both
@pytest.mark.parametrize("second", ["example.com", "WWW.example.com",
                                    "unknown.example.org", None])
def test_the_name_told_is_that_of_this_hello(simple, trust, version, second):
    """Not that of the hello with which the session began."""
    o = simple()
    c = trust(version)
    session = session_of(o.connect(c, sni="www.example.com"))
    client = o.connect(c, sni=second, session=session).ask()
    assert client.tls.session_reused
    told = o.backend.wait(2).header.tlv.get("authority")
    assert told == (second.encode() if second else None)


@both
def test_the_certificate_of_a_resumed_session_is_told_as_such(
        simple, trust, pki, version):
    o = simple(f'client-verify = required\nclient-verify-ca = "{pki.ca}"',
               "--proxy-tlv=version,cn,client-cert",
               "--proxy-size-limit=4000")
    alice = pki.client("alice")
    c = trust(version, cert=alice)
    session = session_of(o.connect(c))
    first = o.backend.wait(1).header
    assert o.connect(c, session=session).ask().tls.session_reused
    again = o.backend.wait(2).header
    assert first.flags == proxy.SSL | proxy.CERT_CONN | proxy.CERT_SESS
    assert again.flags == proxy.SSL | proxy.CERT_SESS
    for header in (first, again):
        assert header.verify == 0
        assert header.text("cn") == "alice"
        assert header.tlv["client-cert"] == alice.der()


@both
def test_facts_of_the_session_are_told_again(simple, trust, version):
    o = simple('alpn-protos = "h2"')
    c = trust(version, alpn=["h2"])
    session = session_of(o.connect(c))
    assert o.connect(c, session=session).ask().tls.session_reused
    first, again = (o.backend.wait(n).header.tlv for n in (1, 2))
    for name in ("version", "cipher", "alpn", "sig-alg", "key-alg"):
        assert again[name] == first[name], name
    assert "sig-scheme" in first and "sig-scheme" not in again


@both
def test_a_session_outlives_a_reload(simple, trust, version):
    o = simple()
    c = trust(version)
    session = session_of(o.connect(c))
    o.reload()
    assert o.connect(c, session=session).ask().tls.session_reused


@both
def test_a_session_of_a_former_program_begins_anew(simple, trust, version):
    c = trust(version)
    session = session_of(simple().connect(c))
    client = simple().connect(c, session=session).ask()
    assert not client.tls.session_reused


def test_a_client_without_tickets_is_served_too(simple, trust):
    c = trust("1.2")	# to TLS 1.3 they belong
    c.options |= ssl.OP_NO_TICKET
    o = simple()
    first = o.connect(c).ask()
    assert not o.connect(c, session=first.tls.session).ask() \
        .tls.session_reused


def test_a_changed_certificate_serves_sessions_of_the_old(simple, trust, pki):
    """Renewal is not an end of sessions."""
    o = simple()
    c = trust("1.3")
    session = session_of(o.connect(c))
    new = pki.server("www.example.com", "example.com", again=1)
    o.reload(re.sub('pem-file = .*', f'pem-file = "{new.pem}"',
                    o.config.read_text()))
    o.connect(c, session=session).ask()
    assert o.connect(trust()).tls.getpeercert(True) == new.der()
