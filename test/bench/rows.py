"""rows.py - what is measured, one row each, and what the offloader owes.

A target is (how to compare, figure); "unix" is that of a backend reached by
a UNIX socket, where it differs.
"""
from dataclasses import dataclass, field

PRICE = 1.10            # what keys in a process of their own may cost


@dataclass
class Row:
    name: str
    kind: str               # who measures it: bench.py, KINDS
    title: str
    mode: str = ""          # of the load generator
    args: list = field(default_factory=list)
    cert: str = "ecdsa"
    connections: int = 16
    count: int = 0          # units of one slice, or connections held
    unit: str = ""
    scale: float = 1.0      # units of the load generator in one of ours
    target: tuple = None
    unix: tuple = None
    calls: tuple = None     # target for system calls per unit
    beside: tuple = ()      # loads that run beside the prober
    signs: bool = False     # each unit needs the private key
    variant: str = None     # a peer that is measured only where it is asked
    cores: int = 1          # of the proxy
    slow: bool = False      # left out by --quick


def at_least(x):
    return ">=", x


def at_most(x):
    return "<=", x


def work(name, title, mode, count, **more):
    return Row(name, "work", title, mode=mode, count=count, **more)


def bulk(mode, cipher, title, target, unix=None, slow=False):
    return work(f"{mode}-{cipher}", f"{mode}, {title}", mode, 30,
        args=["--cipher", cipher, "--bytes", "4000000"], connections=4,
        unit="MB", scale=4.0, target=at_least(target),
        unix=unix and at_least(unix), slow=slow)


def price(name, title, mode, count, variant, **more):
    return Row(name, "price", title, mode=mode, count=count, variant=variant,
        **more)


BULK = ("download", 4, ["--bytes", "4000000"])
STORM = ("full", 64, [])


def storm(name, title, **more):
    return Row(name, "storm", title, mode="keepalive", unit="ms",
        beside=(STORM,), cert="rsa", variant="offloader-no-isolation",
        target=("p50, p99 <=", (1, 1)), **more)


ROWS = [
    work("full-ecdsa", "full handshake, ECDSA P-256", "full", 150,
        unit="connection", target=at_least(1.12), unix=at_least(1.18),
        signs=True, variant="offloader-no-isolation"),
    work("full-rsa", "full handshake, RSA-2048", "full", 100, cert="rsa",
        unit="connection", target=at_least(1.03), signs=True,
        variant="offloader-no-isolation"),
    work("resume-1.2", "resumed TLS 1.2", "resume", 300,
        args=["--tls", "1.2"], unit="connection", target=at_least(1.10),
        unix=at_least(1.22)),
    work("resume-1.3", "resumed TLS 1.3", "resume", 200,
        unit="connection", target=at_least(1.03), unix=at_least(1.08)),
    work("keepalive", "keep-alive request", "keepalive", 4000,
        unit="request", target=at_least(1.12), unix=at_least(1.25),
        calls=at_most(4.5)),
    bulk("download", "aes128", "AES-128-GCM", 1.35, 1.65),
    bulk("download", "aes256", "AES-256-GCM", 1.30, 1.60, slow=True),
    bulk("download", "chacha20", "CHACHA20", 1.25, 1.45, slow=True),
    bulk("upload", "aes128", "AES-128-GCM", 1.18),
    bulk("upload", "aes256", "AES-256-GCM", 1.12, slow=True),
    bulk("upload", "chacha20", "CHACHA20", 1.12, slow=True),
    Row("idle", "held", "idle TLS connection", mode="idle", count=2000,
        unit="KB", target=at_most(14.8)),
    Row("half", "held", "half a ClientHello", mode="half", count=2000,
        unit="KB", target=at_most(2)),
    Row("silent", "held", "silent TCP connection", mode="silent",
        count=2000, unit="KB", target=at_most(0.4)),
    Row("stalled", "stalled", "stalled download, above idle",
        mode="stalled", count=64, unit="KB", target=at_most(50)),
    Row("base", "base", "a worker at rest", unit="MB",
        target=at_most(8)),
    Row("after", "after", "RSS 60 s after 10,000 connections / before",
        mode="idle", count=10000, unit="x", target=at_most(1.2),
        slow=True),
    Row("light-bulk", "light", "beside 4 downloads", mode="keepalive",
        unit="ms", beside=(BULK,), target=("p50, p99 <=", (0.4, 5))),
    Row("light-storm", "light", "beside 64 RSA handshakes",
        mode="keepalive", unit="ms", beside=(STORM,), cert="rsa",
        target=("p50, p99 <=", (1.3, 8))),
    Row("light-both", "light", "beside both", mode="keepalive", unit="ms",
        beside=(BULK, STORM), cert="rsa", slow=True),
    price("keys-ecdsa", "keys apart, full handshake, ECDSA P-256", "full",
        150, "offloader-no-isolation", unit="connection",
        target=at_most(PRICE)),
    price("keys-rsa", "keys apart, full handshake, RSA-2048", "full", 100,
        "offloader-no-isolation", unit="connection", cert="rsa",
        target=at_most(PRICE)),
    price("sandbox-keepalive", "sandbox, keep-alive request", "keepalive",
        4000, "offloader-no-sandbox", unit="request"),
    storm("keys-storm", "keys apart, beside 64 RSA handshakes"),
    storm("keys-storm-2", "the same, with a core more", cores=2, slow=True),
    Row("certs", "certs", "10,000 certificates in a folder", count=10000,
        cert="whole", target=("<=", (1.5, 2, 0.2)),
        variant="offloader-no-isolation"),
    Row("certs-apart", "certs", "10,000 with a key file each", count=10000,
        cert="apart", target=("<=", (1.5, 2, 0.2)), slow=True,
        variant="offloader-no-isolation"),
]


def meets(figure, target):
    """True, False, or None where nothing is promised."""
    if target is None:
        return None
    how, bound = target
    return figure >= bound if how == ">=" else figure <= bound
