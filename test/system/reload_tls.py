"""Options of TLS and client certificates, changed by a reload."""

import re
import ssl

import harness
from pki import Pair
from reload_stage import ANYWHERE, looks_at
from test_client_auth import comes_in


# ---------------------------------------- what one look at a client tells ---

def cipher(version):
    return lambda t: t.connect(version).tls.cipher()[0]


def refused(**how):
    def look(t):
        try:
            t.connect(**how)
        except ssl.SSLError:
            return True
        return False
    return look


def said(pattern, *words, send=b""):
    return lambda t: re.search(pattern, t.s_client(*words, send=send))[1]


def tickets(t):
    return t.s_client("-tls1_3", "-ign_eof", send=b"x").count(
        "Post-Handshake New Session Ticket arrived")


def answer_once(accepted):
    accepted.recv()
    accepted.send(b"y")


# option: words before and after, a look, and what it sees each time
TLS = {
    "ciphers": ("ECDHE-ECDSA-AES128-GCM-SHA256",
                "ECDHE-ECDSA-AES256-GCM-SHA384", cipher("1.2"),
                "ECDHE-ECDSA-AES128-GCM-SHA256",
                "ECDHE-ECDSA-AES256-GCM-SHA384"),
    "ciphersuites": ("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
                     cipher("1.3"), "TLS_AES_128_GCM_SHA256",
                     "TLS_CHACHA20_POLY1305_SHA256"),
    "tls-protos": ("TLSv1.2", "TLSv1.3", lambda t: t.connect().tls.version(),
                   "TLSv1.2", "TLSv1.3"),
    "groups": ("P-256", "P-384", said(r"Temp Key: ECDH, (\S+),"),
               "prime256v1", "secp384r1"),
    "prefer-server-ciphers": (
        "off", "on",
        said(r"Cipher is (\S+)", "-tls1_2", "-cipher",
             "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"),
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    "alpn-protos": ("imap", "h2", lambda t: t.connect(
        alpn=["h2", "imap"]).tls.selected_alpn_protocol(), "imap", "h2"),
    "sni-nomatch-abort": ("off", "on", refused(sni="no.example.net"), False,
                          True),
    "sni-required": ("off", "on", refused(sni=None), False, True),
    "session-tickets": ("on", "off", lambda t: t.connect(
        "1.2").ask().tls.session.has_ticket, True, False),
    "session-ticket-count": ("1", "3", tickets, 1, 3),
    "session-timeout": ("1h", "2h", lambda t: t.connect(
        "1.2").ask().tls.session.ticket_lifetime_hint, 3600, 7200),
    "openssl-conf": ("SignatureAlgorithms:ECDSA+SHA256",
                     "SignatureAlgorithms:ECDSA+SHA384",
                     said(r"Peer signing digest: (\S+)", "-tls1_2"),
                     "SHA256", "SHA384"),
}


def plays_tls(option):
    before, after, look, sees, then = TLS[option]

    @looks_at(option, "global", "frontend")
    def play(t):
        t.begin(f'{option} = "{before}"', serve=answer_once
                if look is tickets else harness.echo)
        assert look(t) == sees
        t.change(f'{option} = "{after}"')
        assert look(t) == then


for name in TLS:
    plays_tls(name)


# ------------------------------------------------------ clients' own ---------

def comes(who):
    return lambda t: bool(comes_in(t.o, t.trust(cert=who(t))))


def alice(t):
    return t.pki.client("alice")


def below(t):
    """A client of an authority between, which it brings along."""
    inner = t.pki.intermediate()
    bob, chain = inner.client("bob"), Pair(t.place / "chain")
    chain.cert.write_bytes(bob.cert.read_bytes() + inner.ca.read_bytes())
    chain.key.write_bytes(bob.key.read_bytes())
    return chain


def path(name, find):
    return lambda t: f'{name} = "{find(t)}"'


def both(name, outer, inner):
    def find(t):
        file = t.place / name
        file.write_bytes(outer(t).read_bytes() +
                         inner(t.pki.intermediate()).read_bytes())
        return file
    return find


VERIFY = "client-verify = required\n"
CA = path("client-verify-ca", lambda t: t.pki.ca)

# Two authorities; the inner one is revoked, and its clients are not.
BOTH = [path("client-verify-ca", both("ca", lambda t: t.pki.ca,
                                      lambda inner: inner.ca)),
        path("client-verify-crl", both(
            "crl", lambda t: t.pki.crl(Pair(t.pki.folder / "intermediate")),
            lambda inner: inner.crl()))]

CLIENTS = {
    "client-verify": (
        [CA, "client-verify = none"], [CA, "client-verify = required"],
        comes(lambda t: None), True, False),
    "client-verify-ca": (
        [VERIFY, CA],
        [VERIFY, path("client-verify-ca", lambda t: t.get("stranger").ca)],
        comes(alice), True, False),
    "client-verify-crl": (
        [VERIFY, CA, path("client-verify-crl", lambda t: t.pki.crl())],
        [VERIFY, CA, path("client-verify-crl",
                          lambda t: t.pki.crl(alice(t)))],
        comes(alice), True, False),
    "client-verify-crl-check": (
        [VERIFY, *BOTH, "client-verify-crl-check = leaf"],
        [VERIFY, *BOTH, "client-verify-crl-check = chain"],
        comes(below), True, False),
    "client-verify-depth": (
        [VERIFY, CA, "client-verify-depth = 9"],
        [VERIFY, CA, "client-verify-depth = 0"], comes(below), True, False),
    "client-verify-advertise": (
        [VERIFY, CA, "client-verify-advertise = on"],
        [VERIFY, CA, "client-verify-advertise = off"],
        lambda t: "Acceptable client certificate CA names" in
        t.s_client("-servername", "www.example.com"), True, False),
    "client-allow": (
        [VERIFY, CA, 'client-allow = "CN=alice"'],
        [VERIFY, CA, 'client-allow = "CN=bob"'], comes(alice), True, False),
}


def plays_clients(option):
    before, after, look, sees, then = CLIENTS[option]

    @looks_at(option, *ANYWHERE)
    def play(t):
        def words(parts):
            return "\n".join(p if isinstance(p, str) else p(t)
                             for p in parts)
        t.begin(words(before))
        assert look(t) == sees
        t.change(words(after))
        assert look(t) == then


for name in CLIENTS:
    plays_clients(name)
