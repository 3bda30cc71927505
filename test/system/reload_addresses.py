"""Options of frontend, backend and PROXY, changed by a reload."""

import socket
import ssl
import subprocess
from pathlib import Path

import harness
from harness import wait_until
from reload_stage import looks_at


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
