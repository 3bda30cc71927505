"""Two of us behind one balancer, and who notices when one of them is gone."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

import harness
from machines import machines	# noqa: F401 (a fixture)
from receiver import needs

NODE = os.path.join(os.path.dirname(__file__), "node.py")
HAPROXY = """
defaults
	mode tcp
	timeout client 1m
	timeout server 1m
	timeout connect 2s
	option redispatch
	retries 3
frontend four
	bind {lb.four}:443
	default_backend fours
frontend six
	bind [{lb.six}]:443
	default_backend sixes
backend fours
	balance roundrobin
	server a {a.four}:443 send-proxy-v2 check inter 100
	server b {b.four}:443 send-proxy-v2 check inter 100
backend sixes
	balance roundrobin
	server a [{a.six}]:443 send-proxy-v2 check inter 100
	server b [{b.six}]:443 send-proxy-v2 check inter 100
"""
OURS = """
frontend = "[*]:443"
backend = "[127.0.0.1]:8000"
pem-file = "{pem}"
ticket-key-file = "{keys}"
accept-proxy = on
proxy-from = "{lb.four}, fd77::/64"
"""
both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def listens(machine, host, port):
    def there():
        socket.create_connection((host, port), 5).close()
        return True

    def can():
        try:
            return machine.do(there)
        except OSError:
            return False
    harness.wait_until(can, f"somebody listens at {host} port {port}")


@pytest.fixture(scope="module")
def neighbours(machines, servers, room):	# noqa: F811
    """The balancer, the store of sessions, and a node on either machine."""
    _, lb, a, b = machines
    folder = room()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(lb=lb, a=a, b=b))
    servers([*lb.exec, needs("memcached", "memcached"), "-u", "nobody", "-l",
             lb.four, "-U", 0], folder=room())
    listens(lb, lb.four, 11211)
    for machine, name in ((a, "a"), (b, "b")):
        servers([*machine.exec, sys.executable, NODE, name, "127.0.0.1", 8000,
                 lb.four, 11211], folder=room())
        listens(machine, "127.0.0.1", 8000)
    servers([*lb.exec, needs("haproxy", "haproxy"), "-db", "-f", config],
            folder=folder)
    listens(lb, lb.four, 443)
    return machines


@pytest.fixture
def one(start, place, www):
    """Starts one of us on a machine, with the keys that both have."""
    keys = place / "tickets"
    keys.write_bytes(b"".join(base64.b64encode(bytes([i]) * 80) + b"\n"
                              for i in range(3)))
    keys.chmod(0o600)

    def make(machine, text, **places):
        return start(text.format(pem=www.pem, keys=keys, **places),
                     prefix=machine.exec)
    return make


@pytest.fixture
def pair(neighbours, one):
    """The same behind the balancer, which has found it."""
    def make(machine):
        o = one(machine, OURS, lb=neighbours[1])
        o.log.wait("end=health-check", count=3)
        return o
    return make


def kill(o):
    """All of it at once, as a machine that loses its power."""
    for pid in harness.session_members(o.pid):
        harness.end(pid)
    o.killed_by = -signal.SIGKILL
    o.deaths_expected = True
    o.process.wait(harness.PATIENCE)


class User:
    """A browser: keeps its connection, its TLS session and its cookie."""

    def __init__(self, name, machine, to, context):
        self.name, self.machine, self.to = name, machine, to
        self.context = context
        self.client = self.session = None
        self.count = self.reconnects = 0
        self.resumed, self.nodes, self.wrong = [], set(), []
        self.cookie = self.ask(f"/login/{name}")["id"]

    def connect(self):
        self.hang_up()
        self.client = self.machine.do(
            harness.Client, (self.to, 443), self.context,
            session=self.session)
        if self.session is not None:
            self.resumed.append(self.client.tls.session_reused)

    def hang_up(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def _try(self, path):
        if self.client is None:
            self.connect()
        cookie = f"Cookie: id={self.cookie}\r\n" if path == "/next" else ""
        self.client.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n{cookie}\r\n"
                         .encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.client.recv()
            if not more:
                raise ConnectionError("no answer")
            head += more
        head, page = head.split(b"\r\n\r\n", 1)
        length = int(head.split(b"Content-Length: ")[1])
        page += self.client.recv_exactly(length - len(page))
        if len(page) < length:
            raise ConnectionError("half an answer")
        self.session = self.client.tls.session
        said = json.loads(page)
        if not head.startswith(b"HTTP/1.1 200 ") or \
                tuple(said["client"]) != self.client.name[:2]:
            self.wrong.append((head, said))
        self.nodes.add(said["node"])
        return said

    def ask(self, path):
        """As often as it takes to be answered."""
        def try_it():
            try:
                return self._try(path)
            except OSError:
                self.reconnects += 1
                self.hang_up()
        return harness.wait_until(try_it, f"{self.name} is answered")

    def go_on(self):
        said = self.ask("/next")
        if said.get("user") != self.name or said["count"] <= self.count:
            self.wrong.append(said)
        self.count = said.get("count", self.count)
        return said["node"]

    def visit(self, times):
        for _ in range(times):
            self.go_on()
            self.hang_up()

    def check(self):
        assert not self.wrong
        assert self.resumed and all(self.resumed)


@pytest.fixture
def user(neighbours, trust):
    made = []

    def make(name, version, to=neighbours[1].four):
        made.append(User(name, neighbours[0], to, trust(version)))
        return made[-1]
    yield make
    for one in made:
        one.hang_up()


@both
@pytest.mark.parametrize("six", [False, True], ids=["IPv4", "IPv6"])
def test_a_user_is_known_on_both_and_resumes_on_both(pair, neighbours, user,
                                                     version, six):
    for machine in neighbours[2:]:
        pair(machine)
    lb = neighbours[1]
    u = user("alice", version, to=lb.six if six else lb.four)
    u.visit(10)
    u.check()
    assert u.nodes == {"a", "b"} and u.reconnects == 0 and u.count == 10


@both
def test_nobody_is_told_anything_wrong_when_one_dies(pair, neighbours, user,
                                                     version):
    """Who was connected to it comes again, to the other, without a login."""
    a, b = [pair(machine) for machine in neighbours[2:]]
    users = [user(name, version) for name in ("ann", "bob", "cy", "dee")]
    for u, node in zip(users, "abab"):
        harness.wait_until(lambda: u.go_on() == node or u.hang_up(),
                           f"{u.name} is connected to {node}")
    at_work, dead = threading.Barrier(len(users) + 1), threading.Event()

    def is_on_a(u):
        u.hang_up()
        return u.go_on() == "a"
    # For a while the balancer may take the first machine for down.
    harness.wait_until(lambda: is_on_a(users[0]), "a user is on it")

    def work(u):
        for _ in range(20):
            u.go_on()
        at_work.wait(harness.PATIENCE)
        while not dead.is_set():
            u.go_on()
        for _ in range(20):
            u.go_on()
    threads = [threading.Thread(target=work, args=(u,), daemon=True)
               for u in users]
    for thread in threads:
        thread.start()
    at_work.wait(harness.PATIENCE)
    kill(a)
    dead.set()
    for thread in threads:
        thread.join(harness.PATIENCE)
        assert not thread.is_alive()
    for u in users:
        assert not u.wrong and all(u.resumed)
        assert u.go_on() == "b"
    assert [u.reconnects > 0 for u in users] == [True, False, True, False]
    assert not b.log.find("warning")
    # It comes again, and knows whom it never saw.
    pair(neighbours[2])
    for u in users:
        u.nodes.clear()
        u.hang_up()
        harness.wait_until(lambda: u.visit(1) or "a" in u.nodes,
                           "the first one serves again")
        u.check()


# ---------------------------------------------------------- keepalived ------

SHARED = "10.77.0.100"		# the address that one of the two has
KEEPALIVED = """
global_defs {{
	enable_script_security
	script_user nobody
}}
vrrp_script offloader {{
	script "{curl} -sfko /dev/null -m 2 https://127.0.0.1:443/health"
	interval 1
	timeout 2
	fall 2
	rise 2
}}
vrrp_instance web {{
	state BACKUP
	interface eth0
	virtual_router_id 51
	priority {priority}
	advert_int 1
	virtual_ipaddress {{
		{shared}/24
	}}
	track_script {{
		offloader
	}}
}}
"""
OURS_ALONE = """
frontend = "[{shared}]:443"
frontend = "[127.0.0.1]:443"
freebind = on
backend = "[127.0.0.1]:8000"
pem-file = "{pem}"
ticket-key-file = "{keys}"
"""


@pytest.fixture
def keepalived(servers, room):
    """On a machine, with a priority; its configuration is checked first."""
    def make(machine, priority):
        folder = room()
        config = folder / "keepalived.conf"
        config.write_text(KEEPALIVED.format(
            curl=needs("curl", "curl"), priority=priority, shared=SHARED))
        config.chmod(0o644)
        command = [*machine.exec, needs("keepalived", "keepalived"), "-f",
                   config]
        checked = subprocess.run([*command, "-t"], capture_output=True,
                                 text=True)
        # Having become script_user for a look at the script, 2.2.7 takes its
        # own parent for dead, and then itself. What is wrong it says before.
        assert checked.returncode in (0, -signal.SIGTERM)
        assert not checked.stdout + checked.stderr
        return servers([*command, "-n", "-l", "-P", "-p", folder / "pid",
                        "-r", folder / "vrrp"], folder=folder)
    return make


def test_the_standby_takes_the_address_over(neighbours, one, keepalived,
                                            user):
    """It has listened all the time where it was not yet."""
    client, _, *both_of_us = neighbours
    ours = [one(machine, OURS_ALONE, shared=SHARED)
            for machine in both_of_us]
    assert all((SHARED, 443) in o.addresses for o in ours)
    for machine, priority in zip(both_of_us, (101, 100)):
        keepalived(machine, priority)
        if priority == 101:
            listens(client, SHARED, 443)
    u = user("alice", "1.3", to=SHARED)
    assert u.go_on() == "a"
    kill(ours[0])
    assert u.go_on() == "b"
    u.check()
