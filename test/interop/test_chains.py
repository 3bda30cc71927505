"""Balancers in front: HAProxy as one, and what others send, before nginx."""

import re
import socket
import ssl

import pytest

import harness
import proxy
from receiver import needs

FOUR = ("192.0.2.1", 4660), ("198.51.100.2", 443)
SIX = ("2001:db8::1", 4660), ("2001:db8::2", 443)
INBOUND = 'accept-proxy = on\nproxy-from = "127.0.0.1, ::1"\n'

NGINX = """
daemon off;
worker_processes 1;
error_log stderr;
pid {0}/pid;
events {{ }}
http {{
	access_log off;
	client_body_temp_path {0}/1; proxy_temp_path {0}/2;
	fastcgi_temp_path {0}/3; uwsgi_temp_path {0}/4; scgi_temp_path {0}/5;
	set_real_ip_from 127.0.0.1;
	real_ip_header proxy_protocol;
	server {{
		listen 127.0.0.1:{1} proxy_protocol;
		default_type text/plain;
		set $local $proxy_protocol_server_addr;
		set $port $proxy_protocol_server_port;
		return 200 "$remote_addr $remote_port $local $port";
	}}
}}
"""
HAPROXY = """
defaults
	mode tcp
	timeout client 1m
	timeout server 1m
	timeout connect 10s
frontend clients
	bind 127.0.0.1:{port}
	bind [::1]:{port}
{ids}	default_backend offloader
backend offloader
	server offloader {to} {words}
"""


@pytest.fixture(scope="module")
def nginx(servers, room):
    folder, port = room(), harness.free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder, port))
    servers([needs("nginx", "nginx-light"), "-p", folder, "-c", config], port,
            folder=folder)
    return port


@pytest.fixture
def before(start, www):
    """The program behind a balancer, before something at this address."""
    def make(to, more=""):
        return start('frontend = "[127.0.0.1]:0"\nfrontend = "[::1]:0"\n'
                     f'backend = "{to}"\npem-file = "{www.pem}"\n' +
                     INBOUND + more)
    return make


@pytest.fixture
def balancer(servers, room):
    """HAProxy before the program; words are those of its server line."""
    def make(offloader, words, ids="", host="127.0.0.1"):
        folder, port = room(), harness.free_port()
        config = folder / "haproxy.cfg"
        to = next(a for a in offloader.addresses if a[0] == host)
        config.write_text(HAPROXY.format(
            port=port, to=harness.to_text(to), words=words, ids=ids))
        servers([needs("haproxy", "haproxy"), "-db", "-f", config], port,
                folder=folder)
        return port
    return make


def ask(client):
    client.send(b"GET / HTTP/1.1\r\nHost: www.example.com\r\n"
                b"Connection: close\r\n\r\n")
    head, body = client.recv_all().split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 "), head
    who, port, local, local_port = body.decode().split()
    return (who, int(port)), (local, int(local_port))


# ------------------------------------------------------------- HAProxy ------

@pytest.mark.parametrize("to", ["127.0.0.1", "::1"], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("come", ["127.0.0.1", "::1"], ids=["by 4", "by 6"])
@pytest.mark.parametrize("words", ["send-proxy-v2", "send-proxy"])
def test_haproxy_before_us_before_nginx(nginx, before, balancer, trust, words,
                                        come, to):
    """The last in the chain sees both ends of the first connection."""
    o = before(f"[127.0.0.1]:{nginx}")
    port = balancer(o, words, host=to)
    c = o.connect(trust(), to=(come, port))
    assert ask(c) == (c.name[:2], (come, port))
    c.close()
    assert harness.to_address(o.conn(c)["via"])[0] == to


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_sessions_are_resumed_through_haproxy(nginx, before, balancer, trust,
                                              version):
    o = before(f"[127.0.0.1]:{nginx}")
    at = "127.0.0.1", balancer(o, "send-proxy-v2")
    context = trust(version)
    first = o.connect(context, to=at)
    ask(first)
    second = o.connect(context, to=at, session=first.tls.session)
    assert ask(second)[0] == second.name
    assert second.tls.session_reused


def test_the_id_that_haproxy_gave_arrives(backend, before, balancer, trust):
    b = backend()
    o = before(b.at, "proxy-tlv = unique-id\n")
    at = "127.0.0.1", balancer(
        o, "send-proxy-v2 proxy-v2-options unique-id,crc32c",
        "\tunique-id-format id-of-%cp\n")
    c = o.connect(trust(), to=at).ask()
    assert b.wait().header.text("unique-id") == f"id-of-{c.name[1]}"


@pytest.mark.parametrize("words", [
    "send-proxy-v2 check inter 100", "send-proxy check inter 100",
    "send-proxy-v2 check inter 100 check-send-proxy port {0}"],
    ids=["v2", "v1", "v2, elsewhere"])
def test_haproxys_checks_are_no_news(nginx, before, balancer, trust, words):
    o = before(f"[127.0.0.1]:{nginx}")
    at = "127.0.0.1", balancer(o, words.format(o.address[1]))
    o.log.wait("end=health-check", count=3)
    c = o.connect(trust(), to=at)
    assert ask(c)[0] == c.name
    assert not o.log.find("warning")
    # Who asked whether haproxy listens came to us through it, and left.
    assert {line["end"] for line in o.conns()} <= {"health-check", "silent"}


def test_a_balancer_that_was_not_told_to_is_refused(nginx, before, balancer,
                                                    trust):
    o = before(f"[127.0.0.1]:{nginx}")
    at = "127.0.0.1", balancer(o, "")
    with pytest.raises(OSError):
        o.connect(trust(), to=at)
    assert o.log.wait(r"end=(proxy-\w+)")[1] == "proxy-missing"
    o.log.wait("warning: .*did not begin with a PROXY header")


# --------------------------------------------- a Network Load Balancer ------

NLB = (proxy.tlv(0xea, b"\x01vpce-08d2bf15fac5001c9"),
       proxy.tlv(0x04, bytes(20)))


@pytest.mark.parametrize("ends", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_the_header_of_a_load_balancer_reaches_nginx(nginx, before, trust,
                                                     ends):
    """With its checksum, its endpoint's id and the bytes that only fill up."""
    o = before(f"[127.0.0.1]:{nginx}")
    c = o.connect(trust(), before=proxy.encode(*ends, *NLB, crc=True))
    assert ask(c) == ends


def test_the_check_of_a_load_balancer_is_no_news(nginx, before, trust):
    """LOCAL, no block of addresses; some check by a whole request."""
    check = proxy.encode(None, None, *NLB, command=proxy.LOCAL, crc=True)
    o = before(f"[127.0.0.1]:{nginx}")
    with socket.create_connection(o.address, harness.PATIENCE) as sock:
        name = sock.getsockname()
        sock.sendall(check)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
    assert o.conn(name)["end"] == "health-check"
    c = o.connect(trust(), before=check)
    assert ask(c)[0] == c.name
    assert not o.log.find("warning")


# ---------------------------------------------------- one after another -----

def test_two_of_us_in_a_row_keep_the_first_address(nginx, before, start, www,
                                                   trust):
    """The second behind the first: TLS in TLS, as between two sites."""
    inner = before(f"[127.0.0.1]:{nginx}")
    outer = start('frontend = "[127.0.0.1]:0"\n'
                  f'backend = "{harness.to_text(inner.address)}"\n'
                  f'pem-file = "{www.pem}"\nproxy-tlv = "unique-id, cn"\n')
    c = outer.connect(trust(), handshake=False)
    c.handshake()
    inside = Within(c, trust())
    inside.handshake()
    assert ask(inside)[0] == c.name
    c.close()
    assert re.match(r"127\.0\.0\.1:\d+$", inner.conn(c.name)["via"])


class Within(harness.Client):
    """A client whose TLS goes through another one's."""

    def __init__(self, outer, context):
        class Sock:
            sendall = staticmethod(outer.send)
            recv = staticmethod(outer.recv)
            getsockname = staticmethod(outer.sock.getsockname)
        self.before, self.sock = b"", Sock
        self.name = outer.name
        self.incoming, self.outgoing = (ssl.MemoryBIO() for _ in "io")
        self.tls = context.wrap_bio(self.incoming, self.outgoing,
                                    server_hostname="www.example.com")
        self.goodbye = self.hungup = False
