"""The backend: reached by TCP or UNIX socket, down, slow, back again."""

import os
import shutil
import socket
import subprocess

import pytest

import harness
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


@pytest.fixture
def before(start, www):
    """The program in front of any address."""
    def make(at, more="", **how):
        return start(f'frontend = "[127.0.0.1]:0"\nbackend = "{at}"\n'
                     f'pem-file = "{www.pem}"\n{more}', **how)
    return make


@both
def test_a_unix_socket_is_as_good(before, backend, trust, place, version):
    b = backend(harness.echo, place / "socket")
    o = before(b.at)
    c = o.connect(trust(version)).ask(os.urandom(3_000_000))
    assert b.wait().header.client == c.name
    c.finish()
    assert c.recv_all() == b"" and c.goodbye
    c.close()
    assert o.conn(c)["end"] == "clean"


def test_ipv6_is_as_good(before, backend, trust):
    b = backend(harness.echo, "::1")
    before(b.at).connect(trust()).ask()


# ---------------------------------------------------------- down and back ---

def refused(offloader, context):
    """A client that learns that there is nobody, without a good end."""
    c = offloader.connect(context)
    try:
        assert c.recv() == b""
        assert not c.goodbye
    except ConnectionResetError:
        pass
    c.close()
    return offloader.conn(c)


@both
def test_a_backend_that_is_down_is_said_once_until_it_is_back(
        before, backend, trust, version):
    port = harness.free_port()
    o = before(f"[127.0.0.1]:{port}")
    for _ in range(3):
        said = refused(o, trust(version))
        assert said["end"] == "backend-refused"
        assert said["why"] == "Connection refused"
    errors = o.log.find("error: .*")
    assert len(errors) == 1
    assert f"127.0.0.1:{port}" in errors[0][0]
    assert "Connection refused" in errors[0][0]
    b = backend(harness.echo, "127.0.0.1", port=port)
    o.connect(trust(version)).ask()
    o.log.wait("backend: reachable again")
    b.stop()
    wait_until(lambda: not listens_on(port), "nobody listens")
    refused(o, trust(version))
    assert len(o.log.find("error: .*")) == 2


def listens_on(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_unix_socket_that_is_not_there_is_down_too(before, backend, trust,
                                                     place):
    path = place / "socket"
    o = before(path)
    assert refused(o, trust())["end"] == "backend-refused"
    assert str(path) in o.log.wait("error: .*")[0]
    backend(harness.echo, path)
    o.connect(trust()).ask()
    o.log.wait("backend: reachable again")


@both
def test_a_backend_that_does_not_answer_is_given_up(before, backend, trust,
                                                    version):
    b = backend(deaf=True)
    o = before(b.at, "backend-connect-timeout = 300ms")
    said = refused(o, trust(version))
    assert said["end"] == "backend-slow"
    assert f"127.0.0.1:{b.port}" in o.log.wait("error: .*")[0]


def test_a_unix_socket_without_room_is_asked_again(before, backend, trust,
                                                   place):
    b = backend(harness.echo, place / "socket", deaf=True)
    o = before(b.at)
    c = o.connect(trust())
    said = os.urandom(100000)		# as much as fits between
    c.send(said)
    b.hear()
    assert c.recv_exactly(len(said)) == said
    assert not o.log.find("error:")


def test_a_unix_socket_without_room_is_given_up_in_time(before, backend,
                                                        trust, place):
    b = backend(harness.echo, place / "socket", deaf=True)
    o = before(b.at, "backend-connect-timeout = 300ms")
    assert refused(o, trust())["end"] == "backend-slow"


def test_clients_that_wait_for_a_backend_stop_nobody(before, backend, trust,
                                                     place):
    b = backend(harness.echo, place / "socket", deaf=True)
    o = before(b.at)
    c = trust()
    waiting = [o.connect(c) for _ in range(20)]
    for client in waiting:
        client.send(b"ping")
    o.connect(c, sni="another.example.com")	# a handshake goes on
    b.hear()
    for client in waiting:
        assert client.recv_exactly(4) == b"ping"


def test_a_backend_that_closes_at_once_costs_one_line_each(before, backend,
                                                           trust):
    """Sometimes before our header came, sometimes after."""
    b = backend(lambda accepted: None, header=False)
    o = before(b.at)
    clients = [o.connect(trust()) for _ in range(50)]
    for client in clients:
        try:
            client.send(b"ping")
            assert client.recv_all() == b""
        except ConnectionError:
            pass
        client.close()
    assert {o.conn(c)["end"] for c in clients} <= {
        "clean", "backend-reset", "backend-closed"}


# ------------------------------------------------------ several addresses ---

@pytest.fixture
def hosts(place):
    """Runs what follows with an /etc/hosts of our own."""
    def make(*lines):
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            pytest.skip("needs root and unshare(1) for its own /etc/hosts")
        file = place / "hosts"
        file.write_text("\n".join(lines) + "\n")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                f'mount --bind {file} /etc/hosts && exec "$@"', "sh"]
    return make


@pytest.mark.parametrize("listens", ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
def test_the_addresses_of_a_name_are_tried_in_turn(before, backend, trust,
                                                   hosts, listens):
    b = backend(harness.echo, listens)
    o = before(f"[several.test]:{b.port}", prefix=hosts(
        "127.0.0.2 several.test", "127.0.0.3 several.test",
        "127.0.0.4 several.test"))
    for _ in range(3):
        o.connect(trust()).ask(b"hello" * 1000)
    assert not o.log.find("error:")
    accepted = b.wait(3)
    assert accepted.first.startswith(accepted.header.raw)


def test_of_both_families_the_one_that_listens_is_found(before, backend, trust,
                                                        hosts):
    b = backend()
    o = before(f"localhost:{b.port}",
               prefix=hosts("127.0.0.1 localhost", "::1 localhost"))
    o.connect(trust()).ask()


def test_an_address_that_does_not_answer_is_left_for_the_next(
        before, backend, trust, hosts):
    deaf = backend(harness.echo, "127.0.0.2", deaf=True)
    good = backend(harness.echo, "127.0.0.3", port=deaf.port)
    o = before(f"several.test:{deaf.port}", "backend-connect-timeout = 300ms",
               prefix=hosts("127.0.0.2 several.test",
                            "127.0.0.3 several.test"))
    o.connect(trust()).ask(bytes(100000))
    assert good.wait().header.text("authority") == "www.example.com"


def test_all_addresses_down_is_said_once(before, trust, hosts):
    port = harness.free_port()
    o = before(f"several.test:{port}", prefix=hosts(
        "127.0.0.2 several.test", "127.0.0.3 several.test"))
    assert refused(o, trust())["end"] == "backend-refused"
    assert len(o.log.find("error:")) == 1


# ----------------------------------------------------------------- HAProxy --

HAPROXY = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")


@pytest.fixture
def haproxy(place):
    """HAProxy that answers with what it took from the header."""
    if HAPROXY is None:
        pytest.skip("haproxy is not installed")
    running = []

    def make(bind):
        file = place / "haproxy.cfg"
        file.write_text(f"""
defaults
    mode http
    timeout client 30s
    timeout server 30s
    timeout connect 5s
frontend rx
    bind {bind} accept-proxy
    http-request return status 200 content-type text/plain lf-string \
        "%[src]:%[src_port] %[dst]:%[dst_port] %[fc_pp_authority]"
""")
        running.append(subprocess.Popen([HAPROXY, "-db", "-f", str(file)],
                                        stderr=subprocess.DEVNULL))
    yield make
    for process in running:
        process.terminate()
        process.wait(harness.PATIENCE)


def ask_http(client):
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, body = client.recv_all().decode().split("\r\n\r\n", 1)
    assert head.startswith("HTTP/1.1 200 ")
    return body


@both
@pytest.mark.parametrize("socket_of", ["tcp", "unix"])
def test_haproxy_takes_our_header(before, haproxy, trust, place, version,
                                  socket_of):
    if socket_of == "tcp":
        port = harness.free_port()
        at = f"[127.0.0.1]:{port}"
        haproxy(f"127.0.0.1:{port}")
        wait_until(lambda: listens_on(port), "haproxy listens")
    else:
        path = place / "haproxy.sock"
        at = path
        haproxy(f"unix@{path} mode 666")
        wait_until(path.exists, "haproxy listens")
    o = before(at)
    for _ in range(3):
        c = o.connect(trust(version), sni="Shop.example.com")
        client, server = map(harness.to_text, (c.name, o.address))
        assert ask_http(c) == f"{client} {server} Shop.example.com"
        assert c.goodbye
