"""Resumed sessions: shared by all workers, and what the header says of them."""

import base64
import os
import re
import signal
import ssl
import time

import pytest

import proxy
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def session_of(client):
    client.ask()
    session = client.tls.session
    assert session.has_ticket
    return session


def workers_in(log):
    return {m[1] for m in log.find(r"offloader\[worker (\d+)\]: .*: conn ")}


def resumed(o, context, session):
    """Whether a connection with this session resumes it; the next session."""
    client = o.connect(context, session=session).ask()
    reused, session = client.tls.session_reused, client.tls.session
    client.close()
    return reused, session


def all_resumed(o, context, session, times=20):
    return all([resumed(o, context, session)[0] for _ in range(times)])


def raw_key(i, size=80):
    """As no two are alike: i is its name."""
    return bytes([i]) * 16 + bytes(range(i, i + size - 16))


def write_keys(path, *numbers, size=80, mode=0o600):
    new = path.with_suffix(".new")
    new.write_bytes(b"".join(base64.b64encode(raw_key(i, size)) + b"\n"
                             for i in numbers))
    new.chmod(mode)
    new.rename(path)
    return path


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
def test_sessions_outlive_the_worker_that_began_them(simple, trust, version):
    o = simple(workers=2)
    o.deaths_expected = True
    c = trust(version)
    first = o.connect(c).ask()
    session = first.tls.session
    first.close()
    o.conn(first)
    old = o.workers()
    begun_in = int(o.log.find(r"offloader\[worker (\d+)\]: .*: conn ")[0][1])
    os.kill(begun_in, signal.SIGKILL)
    wait_until(lambda: len(set(o.workers()) - set(old)) == 1
               and begun_in not in o.workers(), "another worker")
    assert all_resumed(o, c, session)


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


@both
def test_a_changed_certificate_ends_no_session(simple, trust, pki, version):
    o = simple(workers=2)
    c = trust(version)
    session = session_of(o.connect(c))
    new = pki.server("www.example.com", "example.com", again=1)
    o.reload(re.sub('pem-file = .*', f'pem-file = "{new.pem}"',
                    o.config.read_text()))
    assert all_resumed(o, c, session)


# ------------------------------------------------------------- the key file --

@both
@pytest.mark.parametrize("size", [48, 80])
def test_with_a_key_file_sessions_outlive_the_program(
        simple, trust, place, version, size):
    more = f'ticket-key-file = "{write_keys(place / "k", 1, 2, 3, size=size)}"'
    c = trust(version)
    o = simple(more)
    session = session_of(o.connect(c))
    o.stop()
    assert all_resumed(simple(more, workers=2), c, session)


@both
def test_machines_with_one_key_file_share_their_sessions(
        simple, trust, place, version):
    more = f'ticket-key-file = "{write_keys(place / "k", 1, 2, 3)}"'
    c = trust(version)
    one, other = simple(more), simple(more, workers=2)
    session = session_of(one.connect(c))
    assert all_resumed(other, c, session)
    session = session_of(other.connect(c))
    assert all_resumed(one, c, session)


@both
def test_a_machine_that_was_reloaded_first_can_wait_for_the_others(
        simple, trust, place, version):
    """A key is appended here and then there; no session is lost meanwhile."""
    files = [write_keys(place / n, 1, 2, 3) for n in "ab"]
    both_of = [simple(f'ticket-key-file = "{f}"') for f in files]
    c = trust(version)
    old = session_of(both_of[0].connect(c))
    for o, f in zip(both_of, files):
        write_keys(f, 1, 2, 3, 4)
        o.reload()
        for a, b in (both_of, both_of[::-1]):
            assert resumed(b, c, session_of(a.connect(c)))[0]
            assert resumed(b, c, old)[0]


@both
def test_a_key_that_left_the_file_opens_nothing(
        simple, trust, place, version):
    keys = write_keys(place / "k", 1, 2, 3)
    o = simple(f'ticket-key-file = "{keys}"')
    c = trust(version)
    session = session_of(o.connect(c))	# under 2
    write_keys(keys, 2, 3, 4)
    o.reload()
    assert all_resumed(o, c, session, 3)
    write_keys(keys, 3, 4, 5)
    o.reload()
    wait_until(lambda: not resumed(o, c, session)[0], "it is a new one")


def test_a_bad_key_file_leaves_the_keys_as_they_are(simple, trust, place):
    keys = write_keys(place / "k", 1, 2, 3)
    o = simple(f'ticket-key-file = "{keys}"')
    c = trust("1.3")
    session = session_of(o.connect(c))
    where = f"{o.config}:4: {keys}"
    good = keys.read_bytes()
    for text, said in ((good + b"garbage\n", ":4: a key has 64 or 108 "
                        "characters of base64, not 7"),
                       (good[:109], ": at least 3 keys are needed, but it "
                        "has 1")):
        keys.write_bytes(text)
        assert o.reload_refused() == [
            where + said, "reload refused: generation 1 still serves"]
        assert all_resumed(o, c, session, 3)
    write_keys(keys, 1, 2, 3, mode=0o644)
    assert o.reload_refused()[0] == \
        where + ": other users can read or change this secret: chmod 600 it, " \
        "or set allow-loose-keys"
    keys.unlink()
    assert o.reload_refused()[0] == where + ": No such file or directory"
    assert all_resumed(o, c, session, 3)


def test_a_bad_key_file_stops_the_start(launch, www, place):
    keys = place / "k"
    keys.write_bytes(b"not a key\n")
    keys.chmod(0o600)
    for more in ((), ("--test",)):
        o = launch(f'pem-file = "{www.pem}"\nticket-key-file = "{keys}"\n',
                   *more)
        assert o.wait_end() == 78
        assert o.log.lines[-1].endswith(
            f"{o.config}:2: {keys}:1: a key has 64 or 108 characters of "
            "base64, not 9")
        o.killed_by = 78


@both
def test_without_the_file_its_keys_seal_no_more(
        simple, trust, place, version):
    """But what they have sealed is still good for a while."""
    keys = write_keys(place / "k", 1, 2, 3)
    more = f'ticket-key-file = "{keys}"'
    o, holder = simple(more), simple(more)
    c = trust(version)
    before = session_of(o.connect(c))
    o.reload(o.config.read_text().replace(more, ""))
    wait_until(lambda: not resumed(
        holder, c, session_of(o.connect(c)))[0], "keys by chance")
    assert resumed(o, c, before)[0]


# -------------------------------------------------------- how long, and whether

@both
def test_keys_are_rotated_and_old_ones_kept_for_a_while(
        simple, trust, version):
    o = simple("ticket-rotation = 1s", workers=2)
    c = trust(version)
    began = time.monotonic()
    session = session_of(o.connect(c))
    wait_until(lambda: not resumed(o, c, session)[0], "its key is gone")
    # Made under one key, it was taken under two more.
    assert time.monotonic() - began >= 2


@both
def test_no_chain_of_resumptions_outlives_session_timeout(
        simple, trust, version):
    o = simple("session-timeout = 2s\nticket-rotation = 1s")
    c = trust(version)
    began = time.monotonic()
    session = session_of(o.connect(c))
    chain = 0

    def ends():
        nonlocal session, chain
        reused, session = resumed(o, c, session)
        chain += reused
        return not reused
    wait_until(ends, "a full handshake")
    assert chain > 0 and time.monotonic() - began >= 1


@both
def test_a_frontend_has_its_own_timeout(start, backend, trust, www, version):
    o = start("\n".join((
        'frontend { host = "127.0.0.1"\n port = 0\n session-timeout = 1s }',
        'frontend { host = "127.0.0.1"\n port = 0 }',
        f'backend = "{backend().at}"', f'pem-file = "{www.pem}"')))
    c = trust(version)
    hasty, patient = o.addresses
    sessions = {to: session_of(o.connect(c, to=to)) for to in o.addresses}

    def reused(to):
        client = o.connect(c, to=to, session=sessions[to]).ask()
        return client.tls.session_reused
    wait_until(lambda: not reused(hasty), "it is over")
    assert reused(patient)


@both
def test_without_tickets_nothing_is_resumed(simple, trust, version):
    o = simple()
    c = trust(version)
    old = session_of(o.connect(c))
    o.reload(o.config.read_text() + "session-tickets = off\n")
    first = o.connect(c, session=old).ask()
    assert not first.tls.session_reused
    assert not first.tls.session.has_ticket
    again = o.connect(c, session=first.tls.session).ask()
    assert not again.tls.session_reused
