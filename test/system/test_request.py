"""The first request: what a browser does, and what its backend is told."""

import shutil
import ssl
import subprocess

import pytest

import proxy

PAGE = b"<p>Hello.</p>\n"


def http(accepted):
    """Answers each request of a connection with the page."""
    while accepted.recv_until(b"\r\n\r\n"):
        accepted.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE))


def curl(offloader, pki, *options, name="www.example.com", at=0):
    host, port = offloader.addresses[at]
    host = f"[{host}]" if ":" in host else host
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time",
         "30", "--cacert", pki.ca, "--resolve", f"{name}:{port}:{host}", *options,
         f"https://{name}:{port}/"], capture_output=True)


needs_curl = pytest.mark.skipif(shutil.which("curl") is None,
                                reason="curl is not installed")


@needs_curl
@pytest.mark.parametrize("version, cipher", [
    ("1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("1.3", "TLS_AES_256_GCM_SHA384"),
])
def test_curl_is_answered_and_the_backend_told_of_it(simple, pki, version,
                                                     cipher):
    o = simple(serve=http)
    done = curl(o, pki, f"--tlsv{version}", "--tls-max", version,
                "--write-out", "%{local_port}")
    assert done.returncode == 0, done.stderr
    body, port = done.stdout[:len(PAGE)], int(done.stdout[len(PAGE):])
    assert body == PAGE
    header = o.backend.wait().header
    assert header.version == 2 and not header.local
    assert header.client == ("127.0.0.1", port)
    assert header.server == o.address
    assert header.text("authority") == "www.example.com"
    assert header.text("version") == f"TLSv{version}"
    assert header.text("cipher") == cipher
    assert header.flags == proxy.SSL
    assert header.verify != 0
    assert "cn" not in header.tlv


@needs_curl
def test_a_client_certificate_is_told_by_its_common_name(simple, pki):
    alice = pki.client("alice")
    o = simple("client-verify = required\n"
               f'client-verify-ca = "{pki.ca}"', serve=http)
    done = curl(o, pki, "--cert", alice.cert, "--key", alice.key)
    assert done.stdout == PAGE, done.stderr
    header = o.backend.wait().header
    assert header.text("cn") == "alice"
    assert header.flags == proxy.SSL | proxy.CERT_CONN | proxy.CERT_SESS
    assert header.verify == 0


@needs_curl
def test_one_connection_carries_many_requests_after_one_header(simple, pki):
    o = simple(serve=http)
    host, port = o.address
    more = [f"https://www.example.com:{port}/{i}" for i in range(9)]
    done = curl(o, pki, *more)
    assert done.stdout == 10 * PAGE, done.stderr
    assert o.backend.count() == 1


@needs_curl
def test_a_large_upload_arrives_whole(simple, pki, place):
    size = 5_000_000

    def take(accepted):
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            head += accepted.recv()
        head, body = head.split(b"\r\n\r\n", 1)
        if b"100-continue" in head:
            accepted.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < size:
            body += accepted.recv()
        text = b"%d" % len(body)
        accepted.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                      (len(text), text))

    file = place / "file"
    file.write_bytes(bytes(size))
    o = simple(serve=take)
    done = curl(o, pki, "--data-binary", f"@{file}")
    assert done.stdout == b"%d" % size, done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_addresses_are_told_in_the_family_of_the_client(start, backend, www,
                                                        trust, host):
    b = backend()
    o = start(f'frontend = "[{host}]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{www.pem}"')
    c = o.connect(trust()).ask()
    header = b.wait().header
    assert header.client == c.name[:2]
    assert header.server == o.address


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_line_in_the_log_says_who_and_how_much(start, backend, www, trust,
                                                   host):
    b = backend()
    o = start(f'frontend = "[{host}]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{www.pem}"')
    c = o.connect(trust(), sni="www.example.com").ask(b"12345")
    c.close()
    said = o.conn(c)
    assert said["sni"] == "www.example.com"
    assert said["end"] == "clean"
    assert (said["up"], said["down"]) == ("5", "5")
    assert said["frontend"] == f"[{host}]:0"


def test_an_upgrade_to_websocket_bytes_passes_both_ways(simple, trust):
    frames = bytes(range(256)) * 20

    def upgrade(accepted):
        accepted.recv_until(b"\r\n\r\n")
        accepted.send(b"HTTP/1.1 101 Switching Protocols\r\n"
                      b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        for data in iter(accepted.recv, b""):
            accepted.send(bytes(255 - x for x in data))

    o = simple(serve=upgrade)
    c = o.connect(trust())
    c.send(b"GET /chat HTTP/1.1\r\nHost: www.example.com\r\n"
           b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    answer = c.recv()
    while not answer.endswith(b"\r\n\r\n"):
        answer += c.recv()
    assert answer.startswith(b"HTTP/1.1 101 ")
    for _ in range(10):
        c.send(frames)
        assert c.recv_exactly(len(frames)) == bytes(255 - x for x in frames)


def test_the_certificate_is_the_configured_one(simple, trust, www):
    o = simple()
    c = o.connect(trust())
    shown = c.tls.getpeercert(binary_form=True)
    assert shown == ssl.PEM_cert_to_DER_cert(www.cert.read_text())
