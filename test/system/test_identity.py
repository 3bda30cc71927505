"""Client identity that cannot be borrowed: policies, sessions, and headers."""

import re
import socket
import ssl
import struct

import pytest

import harness
import proxy
from pki import Pair, Pki, openssl

versions = pytest.mark.parametrize("version", ["1.2", "1.3"])


def knocks(offloader, context, **how):
    """The client if it is let in; else the reason that it was told."""
    try:
        client = offloader.connect(context, **how)
    except (ssl.SSLError, ConnectionError) as e:
        return getattr(e, "reason", None)
    try:
        return client.ask()
    except (ssl.SSLError, ConnectionError) as e:
        client.close()
        return getattr(e, "reason", None)


def is_in(answer):
    return isinstance(answer, harness.Client)


def session_of(client):
    """A session that can be resumed; TLS 1.3 sends it after the handshake."""
    client.ask()
    assert client.tls.session.has_ticket
    return client.tls.session


@pytest.fixture(scope="session")
def alice(made):
    return Pair(made / "client")


@pytest.fixture(scope="session")
def expired(made):
    return Pair(made / "expired")


@pytest.fixture(scope="session")
def mallory(made):
    """Somebody whom only the other authority knows."""
    return Pair(made / "client2")


# ------------------------------------------------- every pair of policies ---

class Policy:
    """Words of a configuration, and what they should mean."""

    def __init__(self, verify, ca="ca", allow=None, crl=None, depth=None):
        self.verify, self.ca, self.allow = verify, ca, allow
        self.crl, self.depth = crl, depth

    def words(self, made, pki):
        lines = [f"client-verify = {self.verify}",
                 f'client-verify-ca = "{made / self.ca}.pem"']
        if self.allow:
            lines.append(f'client-allow = "CN={self.allow}"')
        if self.crl is not None:
            lines.append(f'client-verify-crl = "{pki.crl(*self.crl)}"')
        if self.depth is not None:
            lines.append(f"client-verify-depth = {self.depth}")
        return "\n".join(lines)

    def knows(self, who):
        """Whether it lets somebody in by name."""
        return (self.verify != "none" and self.allow in (None, who) and
                who == {"ca": "alice", "ca2": "mallory"}[self.ca])

    def lets_in(self, who):
        if who is None:
            return self.verify != "required"
        return self.knows(who) or self.verify in ("none", "optional-no-ca")


POLICIES = [
    Policy("none"), Policy("optional"), Policy("optional-no-ca"),
    Policy("required"), Policy("required", "ca2"), Policy("optional", "ca2"),
    Policy("required", allow="alice"), Policy("required", allow="bob"),
    Policy("optional-no-ca", allow="bob"), Policy("required", crl=[]),
    Policy("required", depth=0), Policy("required"),
]


def write_frontends(made, pki, www):
    """Each policy is a frontend's; the last two differ by address only."""
    return f'pem-file = "{www.pem}"\n' + "".join(
        f'frontend = {{\nhost = "127.0.0.{1 + (p is POLICIES[-1])}"\n'
        f"port = 0\n{p.words(made, pki)}\n}}\n" for p in POLICIES)


def write_names(made, pki, www):
    """Each is a certificate's, and the frontend has one for all others."""
    del www
    return (f'frontend = {{\nhost = "127.0.0.1"\nport = 0\n'
            f"{POLICIES[0].words(made, pki)}\n" + "".join(
                f'pem-file = {{\ncert = "{pki.server(name_of(i)).pem}"\n'
                f"{p.words(made, pki)}\n}}\n"
                for i, p in enumerate(POLICIES)) + "}\n")


def name_of(i):
    return f"p{i}.example.com"


@versions
@pytest.mark.parametrize("write, first", [
    (write_frontends, "alice"), (write_frontends, None),
    (write_names, "alice"), (write_names, None)])
def test_no_session_of_one_policy_opens_another(
        start, backend, trust, made, pki, www, alice, mallory, version, write,
        first):
    """Whoever holds another's session, but only an own certificate."""
    b = backend()
    o = start(f'backend = "{b.at}"\n' + write(made, pki, www))
    came = 0

    def knock(i, context, **how):
        if write is write_frontends:
            return knocks(o, context, to=o.addresses[i], **how)
        return knocks(o, context, sni=name_of(i), **how)

    for i, source in enumerate(POLICIES):
        c = trust(version, cert=alice if first else None)
        owner = knock(i, c)
        assert is_in(owner) == source.lets_in(first), i
        if not is_in(owner):
            continue
        came += 1
        session, second = session_of(owner), None
        if first:
            c.load_cert_chain(mallory.cert, mallory.key)
            second = "mallory"
        for k, target in enumerate(POLICIES):
            answer = knock(k, c, session=session)
            # By name the last one has the same policy as another.
            same = i == k or (write is write_names and
                              {i, k} == {3, len(POLICIES) - 1})
            assert is_in(answer) == (same or target.lets_in(second)), (i, k)
            if not is_in(answer):
                continue
            came += 1
            assert answer.tls.session_reused == same, (i, k)
            header = b.wait(came).header
            name = header.tlv.get("cn", b"").decode()
            if same:
                assert name == (first if target.knows(first) else "")
            else:
                assert name == (second if target.knows(second) else "")
            assert (header.flags & proxy.CERT_SESS != 0) == (name != "")
            assert (header.verify == 0) == (name != "")
            answer.close()
    assert b.count() == came


# ------------------------------------------------- reloads -------------------

@pytest.fixture
def asking(start, backend, www):
    """The program with one frontend, its words given."""
    def make(words):
        b = backend()
        o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
                  f'pem-file = "{www.pem}"\n{words}\n')
        o.backend = b
        return o
    return make


@versions
@pytest.mark.parametrize("change", [
    "a CA less", "a list more", "a list that has her", "a depth",
    "an entry less", "an entry at all", "required"])
def test_no_session_outlives_what_let_it_in(
        asking, trust, made, pki, alice, mallory, place, change, version):
    both = place / "both.pem"
    both.write_bytes((made / "ca.pem").read_bytes() +
                     (made / "ca2.pem").read_bytes())
    before, after = {
        "a CA less": (f'client-verify-ca = "{both}"',
                      f'client-verify-ca = "{made}/ca2.pem"'),
        "a list more": ("", f'client-verify-crl = "{pki.crl()}"'),
        "a list that has her": (f'client-verify-crl = "{pki.crl()}"',
                                f'client-verify-crl = "{pki.crl(alice)}"'),
        "a depth": ("", "client-verify-depth = 0"),
        "an entry less": ('client-allow = "CN=alice"\nclient-allow = "CN=bob"',
                          'client-allow = "CN=bob"'),
        "an entry at all": ("", 'client-allow = "CN=bob"'),
        "required": ("client-verify = optional", "client-verify = required"),
    }[change]
    rest = "" if "client-verify =" in before else "client-verify = required\n"
    if "-ca " not in before:
        rest += f'client-verify-ca = "{pki.ca}"\n'
    o = asking(rest + before)
    c = trust(version, cert=alice)
    session = session_of(o.connect(c))
    assert o.connect(c, session=session).ask().tls.session_reused
    text = o.config.read_text()
    assert before in text
    o.reload(text.replace(before, after) if before else text + after + "\n")
    # She, with what she has to show; and a thief of her session.
    answer = knocks(o, c, session=session)
    came = 2
    if change in ("a list more", "a depth", "required"):
        came = 3
        assert is_in(answer) and not answer.tls.session_reused
    else:
        assert not is_in(answer)
    c.load_cert_chain(mallory.cert, mallory.key)
    answer = knocks(o, c, session=session)
    if change == "a CA less":
        came += 1
        assert not answer.tls.session_reused
        assert o.backend.wait(came).header.text("cn") == "mallory"
    else:
        assert not is_in(answer)
    assert o.backend.count() == came


@versions
def test_a_session_outlives_new_names_of_the_same_files(
        asking, trust, made, alice, place, pki, version):
    words = ('client-verify = required\nclient-allow = "CN=a"\n'
             'client-allow = "CN=alice"\n'
             'client-verify-ca = "{}"\nclient-verify-crl = "{}"\n')
    folder = place / "cas"
    folder.mkdir()
    (folder / "1.pem").write_bytes((made / "ca.pem").read_bytes())
    lists = place / "crl.pem"
    lists.write_bytes(pki.crl().read_bytes())
    o = asking(words.format(folder / "1.pem", lists))
    c = trust(version, cert=alice)
    session = session_of(o.connect(c))
    lists.rename(place / "renamed.pem")
    o.reload(o.config.read_text().replace(str(lists),
                                          str(place / "renamed.pem"))
             .replace(str(folder / "1.pem"), str(folder))
             .replace('"CN=a"', '"CN=x"').replace('"CN=alice"', '"CN=a"')
             .replace('"CN=x"', '"CN=alice"'))
    assert o.connect(c, session=session).ask().tls.session_reused
    (folder / "2.pem").write_bytes((made / "ca2.pem").read_bytes())
    o.reload()
    # Another authority; and of it there is no list.
    assert not knocks(o, c, session=session).tls.session_reused
    o.log.wait("no revocation list of /CN=Another test CA: clients")


# ------------------------------------------------- headers ------------------

NO_CERTIFICATE, REVOKED, EXPIRED, NO_ISSUER, REJECTED = 1, 23, 10, 20, 28


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def header_of(client, server, version, sni, flags, verify, cn=None, der=None):
    """The bytes of a header, from proxy-protocol.txt alone."""
    inner = struct.pack("!BI", flags, verify)
    inner += tlv(0x21, f"TLSv{version}".encode())
    if cn is not None:
        inner += tlv(0x22, cn.encode())
    if der is not None:
        inner += tlv(0x28, der)
    body = b"".join(socket.inet_aton(host) for host, _ in (client, server))
    body += struct.pack("!HH", client[1], server[1])
    body += tlv(0x02, sni.encode()) + tlv(0x20, inner)
    return proxy.SIGNATURE + struct.pack("!BBH", 0x21, 0x11, len(body)) + body


# What is asked; who comes; verify; whether by name. None: is not let in.
SAID = [
    ("none", None, NO_CERTIFICATE, False),
    ("none", "alice", NO_CERTIFICATE, False),
    ("optional", None, NO_CERTIFICATE, False),
    ("optional", "alice", 0, True),
    ("optional", "mallory", None, False),
    ("optional", "expired", None, False),
    ("optional", "revoked", None, False),
    ("optional-no-ca", None, NO_CERTIFICATE, False),
    ("optional-no-ca", "alice", 0, True),
    ("optional-no-ca", "mallory", NO_ISSUER, False),
    ("optional-no-ca", "expired", EXPIRED, False),
    ("optional-no-ca", "revoked", REVOKED, False),
    ("optional-no-ca", "other", REJECTED, False),
    ("required", None, None, False),
    ("required", "alice", 0, True),
    ("required", "mallory", None, False),
    ("required", "expired", None, False),
    ("required", "revoked", None, False),
    ("required", "other", None, False),
]


@versions
def test_a_header_says_so_much_of_a_client_and_no_more(
        start, backend, trust, pki, www, alice, mallory, expired, version):
    """To the byte; and the same when the session is resumed."""
    shown = {None: None, "alice": alice, "mallory": mallory,
             "expired": expired, "revoked": pki.client("revoked"),
             "other": pki.client("other")}
    policies = ["none", "optional", "optional-no-ca", "required"]
    b = backend()
    o = start(
        f'backend = "{b.at}"\npem-file = "{www.pem}"\n'
        f'client-verify-ca = "{pki.ca}"\n'
        f'client-verify-crl = "{pki.crl(shown["revoked"])}"\n'
        'client-allow = "CN=alice"\nclient-allow = "CN=revoked"\n'
        'proxy-tlv = "version cn client-cert authority"\n'
        "proxy-size-limit = 4000\n" + "".join(
            f'frontend = {{\nhost = "127.0.0.1"\nport = 0\n'
            f"client-verify = {policy}\n}}\n" for policy in policies))
    address = dict(zip(policies, o.addresses))
    came = 0
    for policy, who, verify, by_name in SAID:
        c = trust(version, cert=shown[who])
        answer = knocks(o, c, to=address[policy])
        assert is_in(answer) == (verify is not None), (policy, who)
        if verify is None:
            continue
        # A certificate that has ended leaves no session to go on with.
        session = None if who == "expired" else session_of(answer)
        again = o.connect(c, to=address[policy], session=session).ask()
        assert again.tls.session_reused == (session is not None)
        for client, resumed in ((answer, False), (again, True)):
            came += 1
            flags = proxy.SSL
            if by_name:
                flags |= proxy.CERT_SESS
                flags |= 0 if resumed else proxy.CERT_CONN
            assert b.wait(came).header.raw == header_of(
                client.name, address[policy], version, "www.example.com",
                flags, verify, *((who, shown[who].der()) if by_name else ())
            ), (policy, who, resumed)
            client.close()
    assert b.count() == came


# ------------------------------------------------- what is said --------------

@versions
@pytest.mark.parametrize("who, end, why, told", [
    ("other", "not-allowed", "certificate matches no client-allow",
     "SSLV3_ALERT_BAD_CERTIFICATE"),
    ("revoked", "handshake", "certificate verify failed: certificate revoked",
     "SSLV3_ALERT_CERTIFICATE_REVOKED"),
    ("expired", "handshake",
     "certificate verify failed: certificate has expired",
     "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ("mallory", "handshake", "certificate verify failed: unable to get local "
     "issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"),
])
def test_the_client_and_the_log_hear_what_was_wrong(
        asking, trust, pki, mallory, expired, version, who, end, why, told):
    shown = {"other": pki.client("other"), "revoked": pki.client("revoked"),
             "expired": expired, "mallory": mallory}
    o = asking(f'client-verify = optional\nclient-verify-ca = "{pki.ca}"\n'
               f'client-verify-crl = "{pki.crl(shown["revoked"])}"\n'
               'client-allow = "CN=alice"\nclient-allow = "CN=revoked"')
    c = trust(version, cert=shown[who])
    assert knocks(o, c) == told
    said = o.log.wait("conn .*end=.*")[0]
    assert f" end={end} " in said
    assert f' why="{why}"' in said
    assert o.backend.count() == 0


def test_a_client_may_be_known_by_other_names_and_by_its_key(
        asking, trust, pki):
    names = pki.client("names", sans="DNS:Client.Example.com,"
                       "email:joe@example.com,URI:spiffe://example.com/joe")
    pin = openssl("dgst", "-sha256", "-binary", input=openssl(
        "pkey", "-pubin", "-outform", "DER", input=openssl(
            "x509", "-in", names.cert, "-noout", "-pubkey")))
    base64 = openssl("base64", input=pin).decode().strip()
    words = (f'client-verify = required\nclient-verify-ca = "{pki.ca}"\n'
             'client-allow = "CN=nobody"\n')
    o = asking(words)
    c = trust(cert=names)
    assert not is_in(knocks(o, c))
    for entry in ("SAN=DNS:client.example.com", "SAN=EMAIL:joe@example.com",
                  "SAN=URI:spiffe://example.com/joe",
                  f"SPKI=sha256//{base64}"):
        o.reload(re.sub('client-allow = ".*"', f'client-allow = "{entry}"',
                        o.config.read_text()))
        assert is_in(knocks(o, c)), entry
        assert not is_in(knocks(o, trust(cert=pki.client("other")))), entry


@versions
@pytest.mark.parametrize("check, revoked, comes", [
    ("chain", None, True), ("chain", "leaf", False),
    ("chain", "intermediate", False), ("leaf", "intermediate", True),
    ("leaf", "leaf", False), ("chain", "no list", False),
    ("leaf", "no list", True)])
def test_the_whole_chain_or_the_leaf_is_looked_up(
        asking, trust, pki, place, version, check, revoked, comes):
    below = pki.intermediate()
    bob = below.client("bob")
    cas, lists = place / "cas.pem", place / "lists"
    lists.mkdir()
    cas.write_bytes(pki.ca.read_bytes() + below.ca.read_bytes())
    middle = Pair(str(below.ca).removesuffix(".crt"))
    (lists / "below").write_bytes(below.crl(
        *([bob] if revoked == "leaf" else [])).read_bytes())
    if revoked != "no list":
        (lists / "root").write_bytes(pki.crl(
            *([middle] if revoked == "intermediate" else [])).read_bytes())
    o = asking(f'client-verify = required\nclient-verify-ca = "{cas}"\n'
               f'client-verify-crl = "{lists}"\n'
               f"client-verify-crl-check = {check}")
    assert is_in(knocks(o, trust(version, cert=bob))) == comes
    warned = o.log.find(r"lists: no revocation list of /CN=Test CA: clients")
    assert bool(warned) == (check == "chain" and revoked == "no list")


def test_authorities_need_not_be_advertised(asking, pki, trust, alice):
    o = asking(f'client-verify = required\nclient-verify-ca = "{pki.ca}"\n'
               "client-verify-advertise = off")
    said = openssl("s_client", "-connect", harness.to_text(o.address),
                   "-cert", alice.cert, "-key", alice.key,
                   "-CAfile", pki.ca, input=b"").decode()
    assert "No client certificate CA names sent" in said
    assert is_in(knocks(o, trust(cert=alice)))


# ------------------------------------------------- bad files ----------------

@pytest.mark.parametrize("bad, option, sentence", [
    ("ended", "client-verify-crl",
     "revocation list of /CN=Test CA: it has expired"),
    ("strange", "client-verify-crl", "revocation list of /CN=Another test CA: "
     "none of the authorities in client-verify-ca signed it"),
    ("damaged", "client-verify-crl", "revocation list 1 is damaged"),
    ("none", "client-verify-crl", "no revocation list in it"),
    ("no CA", "client-verify-ca", "no certificate in it"),
    ("no entry", "client-allow", 'client-allow: "alice" does not begin with'),
])
def test_what_cannot_decide_is_refused_and_the_old_goes_on(
        asking, launch, trust, made, pki, alice, place, bad, option, sentence):
    other = Pki(place / "other", made / "ca2.pem", made / "ca2.key")
    folder = place / "folder"
    folder.mkdir()
    good = place / "good.crl"
    good.write_bytes(pki.crl().read_bytes())
    (folder / "1").write_bytes((pki.ca if option == "client-verify-ca"
                                else good).read_bytes())
    content = {
        "ended": lambda: pki.crl(ended=True).read_bytes(),
        "strange": lambda: other.crl().read_bytes(),
        "damaged": lambda: good.read_bytes()[:200],
    }.get(bad, lambda: b"nothing\n")()
    (folder / "2").write_bytes(content)
    words = ["client-verify = required", f'client-verify-ca = "{pki.ca}"',
             f'client-verify-crl = "{good}"', 'client-allow = "CN=alice"']
    o = asking("\n".join(words))
    first = o.config.read_text().splitlines().index(words[0]) + 1
    bad_line = {"client-verify-ca": 1, "client-verify-crl": 2,
                "client-allow": 3}[option]
    words[bad_line] = ('client-allow = "alice"' if bad == "no entry" else
                       f'{option} = "{folder}"')
    text = "\n".join(o.config.read_text().splitlines()[:first - 1] + words)
    said = o.reload_refused(text)
    where = "" if bad == "no entry" else f"{folder}/2: "
    expected = f"{o.config}:{first + bad_line}: {where}{sentence}"
    assert any(line.startswith(expected) for line in said), said
    assert is_in(knocks(o, trust(cert=alice)))
    refused = launch(text + "\n")
    assert refused.wait_end() == 78
    refused.killed_by = 78
    assert refused.log.find(re.escape(expected).replace(
        re.escape(str(o.config)), ".*"))
