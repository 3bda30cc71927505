"""Bytes both ways: many, few, at once, and for somebody who does not read."""

import hashlib
import os
import select
import ssl
import threading
import time

import pytest

import harness
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])
HUNDRED = 100 * 1000 * 1000

# A megabyte that looks like no other, sent again and again.
BLOCK = os.urandom(1 << 20)


class Sum:
    """How many bytes passed, and their SHA-256."""

    def __init__(self):
        self.size = 0
        self.digest = hashlib.sha256()

    def add(self, data):
        self.size += len(data)
        self.digest.update(data)

    def __eq__(self, other):
        return (self.size, self.digest.digest()) == (other.size,
                                                     other.digest.digest())

    def __repr__(self):
        return f"{self.size} bytes, {self.digest.hexdigest()}"


def pour(send, size):
    poured = Sum()
    while poured.size < size:
        part = BLOCK[:size - poured.size]
        poured.add(part)
        send(part)
    return poured


def drain(recv):
    drained = Sum()
    for data in iter(recv, b""):
        drained.add(data)
    return drained


class Exchange:
    """A client that sends so much and takes what comes, both at once."""

    def __init__(self, client, size):
        self.client, self.left = client, size
        self.sent, self.got = Sum(), Sum()
        self.waiting = b""		# records that the socket did not take

    def fill(self):
        part = BLOCK[:min(self.left, 65536)]
        self.left -= len(part)
        if part:
            self.client.tls.write(part)
            self.sent.add(part)
            self.waiting = self.client.outgoing.read()

    def empty(self):
        """Takes what TLS has. False: it was the end."""
        while True:
            try:
                data = self.client.tls.read(262144)
            except ssl.SSLWantReadError:
                return True
            if not data:
                return False
            self.got.add(data)

    def run(self):
        sock = self.client.sock
        sock.setblocking(False)
        poll = select.poll()
        while True:
            if not self.waiting:
                self.fill()
            poll.register(sock, select.POLLIN |
                          (select.POLLOUT if self.waiting else 0))
            events = dict(poll.poll(harness.PATIENCE * 1000))
            assert events, f"nothing moves: {self.sent}, {self.got}"
            if events[sock.fileno()] & select.POLLOUT:
                self.waiting = self.waiting[sock.send(self.waiting):]
            if events[sock.fileno()] & select.POLLIN:
                data = sock.recv(262144)
                assert data, "no close_notify"
                self.client.incoming.write(data)
                if not self.empty():
                    break
        sock.settimeout(harness.PATIENCE)


@both
def test_a_hundred_megabytes_go_each_way_at_the_same_time(simple, trust,
                                                          version):
    up, down = Sum(), []

    def read(accepted):
        while up.size < HUNDRED:
            up.add(accepted.recv())

    def serve(accepted):
        reader = threading.Thread(target=read, args=(accepted,),
                                  daemon=True)
        reader.start()
        down.append(pour(accepted.send, HUNDRED))
        reader.join()

    o = simple(serve=serve)
    c = o.connect(trust(version))
    exchange = Exchange(c, HUNDRED)
    exchange.run()
    assert up == exchange.sent and down == [exchange.got]
    assert up.size == exchange.got.size == HUNDRED
    c.close()
    said = o.conn(c)
    assert said["end"] == "clean"
    assert said["up"] == said["down"] == str(HUNDRED)


@both
def test_what_is_sent_before_the_end_arrives_whole(simple, trust, version):
    """Up, then down, with an end of the direction after each."""
    got, sent = [], []

    def serve(accepted):
        got.append(drain(accepted.recv))
        sent.append(pour(accepted.send, HUNDRED // 5))

    o = simple(serve=serve)
    c = o.connect(trust(version))
    poured = pour(c.send, HUNDRED // 5)
    c.finish()
    assert [drain(c.recv)] == sent
    assert got == [poured]
    assert c.goodbye


@both
def test_one_byte_at_a_time_is_as_good(simple, trust, version):
    c = simple().connect(trust(version))
    for i in range(500):
        c.ask(bytes([i % 256]))


def test_records_of_every_size_arrive(simple, trust):
    c = simple().connect(trust())
    for size in (1, 2, 255, 256, 1000, 8192, 16383, 16384, 16385, 40000,
                 131071, 131072, 131073, 500000):
        c.ask(BLOCK[:size])


def test_many_connections_at_once_do_not_mix(simple, trust):
    o = simple(workers=2)
    c = trust()
    clients = [o.connect(c) for _ in range(100)]
    for i, client in enumerate(clients):
        client.send(b"%d;" % i * 1000)
    for i, client in enumerate(clients):
        wanted = b"%d;" % i * 1000
        assert client.recv_exactly(len(wanted)) == wanted
    assert o.backend.count() == len(clients)


# ------------------------------------------------------ who does not read ----

ROOM = 16384		# kilobytes that a worker may grow by; buffers are warm


def resident(pid):
    """Kilobytes of memory."""
    return int(harness.status_of(pid)["VmRSS"].split()[0])


def warm(offloader, context):
    """Another client, after which the worker has all its buffers."""
    return offloader.connect(context).ask(BLOCK[:500000])


def wait_steady(value):
    """Until it has not changed for half a second."""
    last = [value(), time.monotonic()]

    def steady():
        if value() != last[0]:
            last[:] = value(), time.monotonic()
        return time.monotonic() - last[1] > 0.5
    wait_until(steady, "it stands still")


@both
def test_a_backend_that_does_not_read_costs_no_memory(simple, trust, version):
    go_on, got = threading.Event(), []

    def serve(accepted):
        if len(o.backend.all) == 1:
            harness.echo(accepted)
        else:
            go_on.wait(harness.PATIENCE)
            got.append(drain(accepted.recv))

    o = simple(serve=serve)
    other = warm(o, trust(version))
    before = resident(o.workers()[0])
    c = o.connect(trust(version))
    sent = Sum()

    def send(data):
        c.send(data)
        sent.add(data)
    sender = threading.Thread(target=pour, args=(send, HUNDRED),
                              daemon=True)
    sender.start()
    wait_steady(lambda: sent.size)
    assert sent.size < HUNDRED
    assert resident(o.workers()[0]) - before < ROOM
    other.ask()		# who waits makes nobody else wait
    go_on.set()
    sender.join(harness.PATIENCE)
    c.finish()
    assert c.recv_all() == b"" and c.goodbye
    assert got == [sent]


@both
def test_a_client_that_does_not_read_costs_no_memory(simple, trust, version):
    sent = Sum()

    def serve(accepted):
        def send(data):
            accepted.send(data)
            sent.add(data)
        if len(o.backend.all) == 1:
            harness.echo(accepted)
        else:
            pour(send, HUNDRED)

    o = simple(serve=serve)
    other = warm(o, trust(version))
    before = resident(o.workers()[0])
    c = o.connect(trust(version))
    o.backend.wait(2)
    wait_steady(lambda: sent.size)
    assert 0 < sent.size < HUNDRED
    assert resident(o.workers()[0]) - before < ROOM
    other.ask()
    assert drain(c.recv) == sent
    assert c.goodbye and sent.size == HUNDRED


def test_neither_end_reads_and_both_are_served_later(simple, trust):
    """Each waits for the other until one gives in: nothing may be lost."""
    go_on, got, sent = threading.Event(), [], []

    def serve(accepted):
        writer = threading.Thread(
            target=lambda: sent.append(pour(accepted.send, HUNDRED // 2)),
            daemon=True)
        writer.start()
        go_on.wait(harness.PATIENCE)
        up = Sum()
        while up.size < HUNDRED // 2:
            up.add(accepted.recv())
        got.append(up)
        writer.join()

    o = simple(serve=serve)
    c = o.connect(trust())
    exchange = Exchange(c, HUNDRED // 2)
    c.sock.setblocking(False)
    poll = select.poll()
    poll.register(c.sock, select.POLLOUT)
    while poll.poll(500):
        if not exchange.waiting:
            exchange.fill()
        exchange.waiting = exchange.waiting[c.sock.send(exchange.waiting):]
    go_on.set()
    exchange.run()
    assert got == [exchange.sent] and sent == [exchange.got]
