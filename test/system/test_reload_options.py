"""Every option is changed by a reload, and what it does is looked at.

The options are those of the program's own table; one that nobody looks at
here fails the last test.
"""

import grp
import os
import pwd
import re
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

import harness
import reporter
from harness import wait_until
from pki import Pair, openssl
from test_client_auth import comes_in
from test_resumption import resumed, session_of, write_keys

ANYWHERE = ("global", "frontend", "certificate")
LOOKS = {}		# (scope, option): a function that plays it
NEEDS_ROOT = {"chroot", "user", "group", "syslog", "syslog-facility"}


def looks_at(option, *scopes):
    def register(play):
        for scope in scopes or ("global",):
            LOOKS[scope, option] = play
        return play
    return register


class Stage:
    """The program with some words in one scope of its configuration."""

    def __init__(self, request, scope):
        self.get = request.getfixturevalue
        self.scope = scope
        self.place, self.pki = self.get("place"), self.get("pki")
        self.trust = self.get("trust")
        self.own = {}

    def other(self, again=1):
        """Another certificate for the same names."""
        return self.pki.server("www.example.com", "example.com", again=again)

    def text(self, words):
        """An option that stands in the words is not said by us too."""
        lines = {"backend": f'backend = "{self.backend.at}"',
                 "pem-file": f'cert = "{self.get("www").pem}"',
                 "host": 'host = "127.0.0.1"', "port": "port = 0",
                 **self.own}
        at = {"global": "", "frontend": "", "certificate": "",
              self.scope: words}
        pem = f'pem-file = {{\n{lines["pem-file"]}\n{at["certificate"]}\n}}\n'
        if not lines["pem-file"]:
            pem = ""
        front = (f'frontend = {{\n{lines["host"]}\n{lines["port"]}\n'
                 f'{at["frontend"]}\n}}\n')
        return f'{lines["backend"]}\n{at["global"]}\n{front}{pem}'

    def begin(self, words, serve=harness.echo, launch=False, **how):
        self.backend = self.get("backend")(serve)
        self.o = self.get("launch" if launch else "start")(
            self.text(words), **how)
        self.o.backend = self.backend
        return self.o

    def change(self, words):
        self.o.reload(self.text(words))

    def connect(self, version=None, **how):
        client_how = {k: how.pop(k) for k in ("cert", "alpn") if k in how}
        return self.o.connect(self.trust(version, **client_how), **how)

    def header(self):
        """Of one more connection."""
        self.connect().ask()
        return self.backend.wait(len(self.backend.all)).header

    def s_client(self, *words, send=b""):
        return harness.s_client(self.o, *words, send=send)


@pytest.fixture
def stage(request):
    return lambda scope: Stage(request, scope)


# ---------------------------------------- what one look at a client tells ---

def cipher(version):
    return lambda t: t.connect(version).tls.cipher()[0]


def shown_at(sni):
    def look(t):
        c = t.connect(sni=sni)
        return c.shown(), c.tls.getpeercert(True)
    return look


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


# ------------------------------------------------------------- addresses ----

def may_connect(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port)).close()
    except ConnectionRefusedError:
        return False
    return True


@looks_at("frontend")
def play_frontend(t):
    port = harness.free_port()
    t.begin("")
    assert not may_connect(port)
    t.change(f'frontend = "127.0.0.1:{port}"')
    assert may_connect(port)


@looks_at("address", "frontend")
def play_address(t):
    ports = [harness.free_port(), harness.free_port()]
    t.own["host"] = t.own["port"] = ""
    t.begin(f'address = "127.0.0.1:{ports[0]}"')
    assert [may_connect(p) for p in ports] == [True, False]
    t.change(f'address = "127.0.0.1:{ports[1]}"')
    assert [may_connect(p) for p in ports] == [False, True]


@looks_at("host", "frontend")
def play_host(t):
    port = harness.free_port()
    hosts = ["127.0.0.1", "127.0.0.2"]
    t.own.update(host="", port=f"port = {port}")
    t.begin('host = "127.0.0.1"')
    assert [may_connect(port, h) for h in hosts] == [True, False]
    t.change('host = "127.0.0.2"')
    assert [may_connect(port, h) for h in hosts] == [False, True]


@looks_at("port", "frontend")
def play_port(t):
    ports = [harness.free_port(), harness.free_port()]
    t.own["port"] = ""
    t.begin(f"port = {ports[0]}")
    assert [may_connect(p) for p in ports] == [True, False]
    t.change(f"port = {ports[1]}")
    assert [may_connect(p) for p in ports] == [False, True]


@looks_at("name", "frontend")
def play_name(t):
    def named():
        c = t.connect().ask()
        c.close()
        return t.o.conn(c)["frontend"]
    t.begin("name = first")
    assert named() == "first"
    t.change("name = second")
    assert named() == "second"


@looks_at("backend")
def play_backend(t):
    new = t.get("backend")()
    t.begin("")
    t.connect().ask()
    t.own["backend"] = f'backend = "{new.at}"'
    t.change("")
    t.connect().ask()
    assert (t.backend.count(), new.count()) == (1, 1)


@looks_at("send-proxy")
def play_send_proxy(t):
    t.begin("send-proxy = v2")
    assert t.header().version == 2
    t.change("send-proxy = v1")
    assert t.header().version == 1


@looks_at("proxy-tlv")
def play_proxy_tlv(t):
    t.begin('proxy-tlv = "version, cipher"')
    assert set(t.header().tlv) >= {"version", "cipher"}
    t.change('proxy-tlv = "authority"')
    assert "cipher" not in t.header().tlv
    assert "authority" in t.header().tlv


@looks_at("proxy-size-limit")
def play_proxy_size_limit(t):
    words = 'proxy-tlv = "authority unique-id cipher sig-alg key-alg"\n'
    t.begin(words + "proxy-size-limit = 536")
    assert len(t.header().raw) > 107
    t.change(words + "proxy-size-limit = 107")
    assert len(t.header().raw) <= 107


def behind_a_balancer(t):
    """Whom the backend hears of when a balancer says who it is; or None."""
    c = t.connect(handshake=False)
    c.sock.sendall(b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n")
    seen = len(t.backend.all)
    try:
        c.handshake()
        c.ask()
    except (OSError, ssl.SSLError):
        return None
    return t.backend.wait(seen + 1).header.client


@looks_at("accept-proxy", "global", "frontend")
def play_accept_proxy(t):
    words = 'proxy-from = "127.0.0.1"\naccept-proxy = '
    t.begin("accept-proxy = off")
    assert behind_a_balancer(t) is None
    t.change(words + "on")
    assert behind_a_balancer(t) == ("203.0.113.7", 4711)


@looks_at("proxy-from", "global", "frontend")
def play_proxy_from(t):
    words = "accept-proxy = on\nproxy-from = "
    t.begin(words + '"127.0.0.1"')
    assert behind_a_balancer(t) == ("203.0.113.7", 4711)
    t.change(words + '"192.0.2.1"')
    assert behind_a_balancer(t) is None


@looks_at("backlog")
def play_backlog(t):
    def queue():
        shown = subprocess.run(
            ["ss", "-Hltn", f"sport = :{t.o.address[1]}"],
            capture_output=True, text=True, check=True).stdout
        return {line.split()[2] for line in shown.splitlines()}
    t.begin("backlog = 5")
    assert queue() == {"5"}
    t.change("backlog = 7")
    assert queue() == {"7"}


@looks_at("freebind")
def play_freebind(t):
    t.begin("freebind = off")
    more = 'frontend = "[192.0.2.77]:0"\n'
    assert "192.0.2.77" in t.o.reload_refused(t.text(more))[0]
    t.change(more + "freebind = on")
    assert "192.0.2.77" in [address[0] for address in t.o.addresses]


@looks_at("keepalive")
def play_keepalive(t):
    def timer(c):
        ends = [f":{port:04X}" for port in (t.o.address[1], c.name[1])]
        for row in Path("/proc/net/tcp").read_text().splitlines():
            if [w[-5:] for w in row.split()[1:3]] == ends:
                return int(row.split()[5].split(":")[0], 16)
    t.begin("keepalive = 100")
    c = t.connect().ask()
    wait_until(lambda: timer(c) == 2, "a keepalive timer")
    t.change("keepalive = off")
    c = t.connect().ask()
    wait_until(lambda: timer(c) == 0, "none")


# ----------------------------------------------------------- certificates ---

@looks_at("pem-file", "global", "frontend")
def play_pem_file(t):
    look = shown_at("www.example.com")
    t.own["pem-file"] = ""
    files = [t.other(again=n) for n in (1, 2)]
    t.begin(f'pem-file = "{files[0].pem}"')
    assert look(t)[1] == files[0].der()
    t.change(f'pem-file = "{files[1].pem}"')
    assert look(t)[1] == files[1].der()


@looks_at("cert", "certificate")
def play_cert(t):
    look = shown_at("www.example.com")
    files = [t.other(again=n) for n in (1, 2)]
    t.own["pem-file"] = " "
    t.begin(f'cert = "{files[0].pem}"')
    assert look(t)[1] == files[0].der()
    t.change(f'cert = "{files[1].pem}"')
    assert look(t)[1] == files[1].der()


@looks_at("private-key", "certificate")
def play_private_key(t):
    """The certificate's file is another one too, at the same path."""
    cert = t.place / "cert.pem"
    files = [t.other(again=n) for n in (1, 2)]
    t.own["pem-file"] = f'cert = "{cert}"'
    cert.write_bytes(files[0].cert.read_bytes())
    t.begin(f'private-key = "{files[0].key}"')
    cert.write_bytes(files[1].cert.read_bytes())
    t.change(f'private-key = "{files[1].key}"')
    assert shown_at("www.example.com")(t)[1] == files[1].der()


def folder_of(t, name, *names):
    folder = t.place / name
    folder.mkdir(exist_ok=True)
    for one in names:
        (folder / f"{one}.pem").write_bytes(
            t.pki.server(one).pem.read_bytes())
    return folder


@looks_at("pem-dir", "global", "frontend")
def play_pem_dir(t):
    def look():
        return shown_at("a.example")(t)[0], shown_at("b.example")(t)[0]
    folders = [folder_of(t, "1", "a.example"), folder_of(t, "2", "b.example")]
    t.begin(f'pem-dir = "{folders[0]}"')
    default = shown_at("c.example")(t)[0]
    assert look() == ("a.example", default)
    t.change(f'pem-dir = "{folders[1]}"')
    default = shown_at("c.example")(t)[0]
    assert look() == (default, "b.example")


@looks_at("pem-dir-glob", "global", "frontend")
def play_pem_dir_glob(t):
    folder = folder_of(t, "both", "a.example", "b.example")
    t.own["pem-file"] = ""
    words = f'pem-dir = "{folder}"\npem-dir-glob = '
    t.begin(words + '"a*"')
    assert shown_at("b.example")(t)[0] == "a.example"
    t.change(words + '"b*"')
    assert shown_at("a.example")(t)[0] == "b.example"


@looks_at("pem-dir-lenient", "global", "frontend")
def play_pem_dir_lenient(t):
    """It is about the start alone, so it is only taken."""
    words = f'pem-dir = "{folder_of(t, "1", "a.example")}"\n'
    t.begin(words + "pem-dir-lenient = off")
    t.change(words + "pem-dir-lenient = on")
    assert shown_at("a.example")(t)[0] == "a.example"


@looks_at("allow-loose-keys")
def play_allow_loose_keys(t):
    file = t.place / "loose.pem"
    file.write_bytes(t.get("www").pem.read_bytes())
    file.chmod(0o644)
    t.own["pem-file"] = f'cert = "{file}"'
    t.begin("allow-loose-keys = on")
    said = t.o.reload_refused(t.text("allow-loose-keys = off"))
    assert any(str(file) in line for line in said)


@looks_at("key-passphrase-file", *ANYWHERE)
def play_key_passphrase_file(t):
    """The key is another one too, at the same path."""
    file = t.place / "encrypted.pem"
    files = [t.other(again=n) for n in (1, 2)]
    words = []
    for n in range(2):
        secret = t.place / f"secret{n}"
        secret.write_text(f"number {n}\n")
        secret.chmod(0o600)
        words.append(f'key-passphrase-file = "{secret}"')
    t.own["pem-file"] = f'cert = "{file}"'
    if t.scope == "frontend":	# its own certificates' are meant
        t.own["pem-file"] = ""
        words = [f'{w}\npem-file = "{file}"' for w in words]

    def encrypt(n):
        key = openssl("pkcs8", "-topk8", "-in", files[n].key, "-passout",
                      f"pass:number {n}")
        new = file.with_suffix(".new")
        new.write_bytes(key + files[n].cert.read_bytes())
        new.chmod(0o600)
        new.rename(file)
    for n in range(2):
        encrypt(n)
        (t.change if n else t.begin)(words[n])
        assert shown_at("www.example.com")(t)[1] == files[n].der()


@looks_at("match-global-certs", "frontend")
def play_match_global_certs(t):
    own = t.pki.server("own.example")
    words = f'pem-file = "{own.pem}"\nmatch-global-certs = '
    t.begin(words + "on")
    assert shown_at("www.example.com")(t)[0] == "www.example.com"
    t.change(words + "off")
    assert shown_at("www.example.com")(t)[0] == "own.example"


# ---------------------------------------------------------------- tickets ---

@looks_at("ticket-rotation")
def play_ticket_rotation(t):
    context = t.trust()
    t.begin("ticket-rotation = 8h")
    session = session_of(t.o.connect(context))
    t.change("ticket-rotation = 1s")
    wait_until(lambda: not resumed(t.o, context, session)[0],
               "its key is gone")


@looks_at("ticket-key-file")
def play_ticket_key_file(t):
    context = t.trust()
    files = [write_keys(t.place / f"k{n}", n, n + 1, n + 2) for n in (1, 7)]
    t.begin(f'ticket-key-file = "{files[0]}"')
    session = session_of(t.o.connect(context))
    assert resumed(t.o, context, session)[0]
    t.change(f'ticket-key-file = "{files[1]}"')
    wait_until(lambda: not resumed(t.o, context, session)[0], "other keys")


# -------------------------------------------------------------------- time --

def ends_by(t, client, why):
    return t.o.conn(client)["end"] == why


@looks_at("backend-connect-timeout")
def play_backend_connect_timeout(t):
    deaf = t.get("backend")(deaf=True)
    t.own["backend"] = f'backend = "{deaf.at}"'
    t.begin("backend-connect-timeout = 1h")
    t.change("backend-connect-timeout = 200ms")
    assert ends_by(t, t.connect(), "backend-slow")


@looks_at("ssl-handshake-timeout")
def play_ssl_handshake_timeout(t):
    t.begin("ssl-handshake-timeout = 1h")
    t.change("ssl-handshake-timeout = 200ms")
    name = t.o.raw().getsockname()
    assert ends_by(t, name, "handshake-slow")


@looks_at("idle-timeout")
def play_idle_timeout(t):
    t.begin("idle-timeout = 1h")
    t.change("idle-timeout = 200ms")
    assert ends_by(t, t.connect().ask(), "idle")


@looks_at("half-close-timeout")
def play_half_close_timeout(t):
    t.begin("half-close-timeout = 1h",
            serve=lambda a: (a.recv_all(), a.done.wait(harness.PATIENCE)))
    t.change("half-close-timeout = 200ms")
    c = t.connect()
    c.finish()
    assert ends_by(t, c, "half-closed")


@looks_at("drain-timeout")
def play_drain_timeout(t):
    """It holds for workers of this generation, when they retire."""
    t.begin("drain-timeout = 1h")
    t.change("drain-timeout = 200ms")
    c = t.connect().ask()
    t.change("")
    assert ends_by(t, c, "drained")


@looks_at("drain-idle-timeout")
def play_drain_idle_timeout(t):
    t.begin("drain-idle-timeout = off")
    t.change("drain-idle-timeout = 200ms")
    c = t.connect().ask()
    t.change("")
    assert ends_by(t, c, "drain-idle")


@looks_at("watchdog")
def play_watchdog(t):
    o = t.begin("watchdog = off")
    o.deaths_expected = True
    t.change("watchdog = 1s")
    wait_until(lambda: len(o.workers()) == 1, "one worker")
    os.kill(*o.workers(), signal.SIGSTOP)
    o.log.wait("watchdog kills it")


# --------------------------------------------------------------- processes --

@looks_at("workers")
def play_workers(t):
    t.begin("workers = 1", workers=None)
    assert len(t.o.workers()) == 1
    t.change("workers = 3")
    wait_until(lambda: len(t.o.workers()) == 3, "three")


@looks_at("max-generations")
def play_max_generations(t):
    t.begin("max-generations = 8")
    clients = []
    for _ in range(2):
        clients.append(t.connect().ask())
        t.change("max-generations = 8")
    t.change("max-generations = 1")
    assert ends_by(t, clients[0], "drained")


def worker_after(t, words):
    t.change(words)
    wait_until(lambda: len(t.o.workers()) == 1, "one worker")
    return t.o.workers()[0]


@looks_at("chroot")
def play_chroot(t):
    jails = [t.place / name for name in "ab"]
    for jail in jails:
        inside = jail / str(t.get("reports")).lstrip("/")
        inside.mkdir(parents=True)
    t.begin(f'chroot = "{jails[0]}"', leaks=False)
    worker = worker_after(t, f'chroot = "{jails[1]}"')
    assert os.readlink(f"/proc/{worker}/root") == str(jails[1])


@looks_at("user")
def play_user(t):
    t.begin("user = nobody")
    uid = harness.status_of(worker_after(t, "user = daemon"))["Uid"]
    assert set(uid.split()) == {str(pwd.getpwnam("daemon").pw_uid)}


@looks_at("group")
def play_group(t):
    t.begin("group = daemon")
    gid = harness.status_of(worker_after(t, "group = bin"))["Gid"]
    assert set(gid.split()) == {str(grp.getgrnam("bin").gr_gid)}


@looks_at("sandbox")
def play_sandbox(t):
    t.begin("sandbox = off")
    before = harness.status_of(*t.o.workers())["Seccomp"]
    t.o.log.wait("sandbox: off$")
    worker = worker_after(t, "sandbox = on")
    says = t.o.log.wait(": sandbox: system calls are (not )?filtered")[1]
    assert (before, harness.status_of(worker)["Seccomp"]) == \
        ("0", "0" if says else "2")


def needs_restart(t, option):
    t.o.log.wait(f": warning: .*:2: option {option} needs a restart$")


@looks_at("key-isolation")
def play_key_isolation(t):
    t.begin("key-isolation = on")
    guard = t.o.keyguard()
    assert guard
    t.change("key-isolation = off")
    needs_restart(t, "key-isolation")
    assert t.o.keyguard() == guard


@looks_at("daemon")
def play_daemon(t):
    t.begin("daemon = off")
    t.change("daemon = on")
    needs_restart(t, "daemon")
    assert t.o.process.poll() is None


@looks_at("pidfile")
def play_pidfile(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'pidfile = "{old}"')
    t.change(f'pidfile = "{new}"')
    needs_restart(t, "pidfile")
    assert old.read_text() == f"{t.o.pid}\n"
    assert not new.exists()


@looks_at("control-socket")
def play_control_socket(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'control-socket = "{old}"')
    t.change(f'control-socket = "{new}"')
    needs_restart(t, "control-socket")
    assert old.is_socket()
    assert not new.exists()


@looks_at("stats-listen")
def play_stats_listen(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'stats-listen = "{old}"')
    t.change(f'stats-listen = "{new}"')
    assert reporter.get(new, "/health").body == b"accepting\n"
    assert not old.exists()


# --------------------------------------------------------------------- log --

@looks_at("log-level")
def play_log_level(t):
    t.begin("log-level = 1", launch=True, level=None)
    t.o.wait_ready("listening on")
    quiet = t.connect().ask()
    quiet.close()
    t.change("log-level = 2")
    loud = t.connect().ask()
    loud.close()
    t.o.conn(loud)
    assert not t.o.log.find(harness.conn_of(quiet))


@looks_at("log-filename")
def play_log_filename(t):
    files = [t.place / "log1", t.place / "log2"]
    t.begin(f'log-filename = "{files[0]}"', launch=True)
    t.o.wait_ready("listening on")
    t.o.write(t.text(f'log-filename = "{files[1]}"'))
    t.o.hup()
    wait_until(lambda: files[1].exists() and "generation 2 serves" in
               files[1].read_text(), "a reload")
    c = t.connect().ask()
    c.close()
    wait_until(lambda: re.search(harness.conn_of(c), files[1].read_text()),
               "a line")


class Syslog:
    """Whoever reads /dev/log."""

    def __enter__(self):
        if os.path.exists("/dev/log"):
            pytest.skip("the machine has a syslog of its own")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind("/dev/log")
        self.sock.settimeout(harness.PATIENCE)
        return self

    def __exit__(self, *what):
        self.sock.close()
        os.unlink("/dev/log")

    def wait(self, what):
        """The number that the line begins with: facility and severity."""
        line = ""
        while not re.search(what, line):
            line = self.sock.recv(65536).decode()
        return int(re.match(r"<(\d+)>", line)[1])


@looks_at("syslog")
def play_syslog(t):
    with Syslog() as log:
        t.begin("syslog = off")
        t.change("syslog = on")
        c = t.connect().ask()
        c.close()
        log.wait(harness.conn_of(c))


@looks_at("syslog-facility")
def play_syslog_facility(t):
    with Syslog() as log:
        t.begin("syslog = on\nsyslog-facility = local3")
        assert log.wait("generation 1 serves") // 8 == 19
        t.change("syslog = on\nsyslog-facility = local4")
        c = t.connect().ask()
        c.close()
        assert log.wait(harness.conn_of(c)) // 8 == 20


@looks_at("access-log")
def play_access_log(t):
    t.begin("access-log = off")
    quiet = t.connect().ask()
    quiet.close()
    t.change("access-log = json")
    t.connect().ask().close()
    t.o.log.wait(': conn {"time":')
    assert not t.o.log.find(harness.conn_of(quiet))


@looks_at("access-log-file")
def play_access_log_file(t):
    files = [t.place / "log1", t.place / "log2"]
    t.begin(f'access-log-file = "{files[0]}"')
    t.change(f'access-log-file = "{files[1]}"')
    c = t.connect().ask()
    c.close()
    wait_until(lambda: re.search(harness.conn_of(c), files[1].read_text()),
               "a line")
    assert not re.search(harness.conn_of(c), files[0].read_text())


@looks_at("access-log-failures")
def play_access_log_failures(t):
    t.begin("log-level = 2\naccess-log-failures = 1", launch=True, level=None)
    t.o.wait_ready("listening on")

    def fail(count):
        for _ in range(count):
            t.o.raw().close()

    fail(2)
    t.change("log-level = 2\naccess-log-failures = all")
    t.o.log.wait("1 more connections that failed before the handshake")
    assert len(t.o.conns()) == 1
    fail(40)
    wait_until(lambda: len(t.o.conns()) == 41, "all of them")


# ---------------------------------------------------------------- all of it --

@pytest.mark.parametrize("scope, option", sorted(LOOKS))
def test_a_reload_changes_every_option(stage, scope, option):
    if option in NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("needs root")
    LOOKS[scope, option](stage(scope))


def test_every_option_is_looked_at():
    """And those that need a restart are those that say so."""
    rows = Path(os.environ.get("OFFLOADER_BUILD", "."), "test/shape/rows")
    if not rows.exists():
        pytest.skip("no option rows without a build folder")
    lines = subprocess.run([rows, "list"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert {tuple(line.split()[:2]) for line in lines} == set(LOOKS)
    assert {line.split()[1] for line in lines if line.endswith(" restart")} \
        == {"daemon", "key-isolation", "pidfile", "control-socket"}
    help_text = subprocess.run([harness.program(), "--help"], text=True,
                               capture_output=True).stdout
    assert " ".join(help_text.split()).count("A change needs a restart.") == 4
