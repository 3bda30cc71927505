"""Workers die and come back; the program ends in the way it is told to."""

import os
import signal
import socket
import threading
import time

import pytest

import harness
from harness import wait_until

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def worker_of(offloader, client):
    """Which worker has the connection: it holds the socket's other end."""
    ends = [f":{port:04X}" for port in (offloader.address[1], client.name[1])]
    with open("/proc/net/tcp", encoding="ascii") as table:
        inode, = (words[9] for words in map(str.split, table)
                  if [w[-5:] for w in words[1:3]] == ends)
    return next(pid for pid in offloader.workers()
                if f"socket:[{inode}]" in harness.links(pid))


def kill_worker(offloader, pid):
    offloader.deaths_expected = True
    os.kill(pid, signal.SIGKILL)


def ends_badly(client):
    """Its connection is over, and not by close_notify."""
    try:
        return client.recv() == b"" and not client.goodbye
    except ConnectionResetError:
        return True


def test_a_killed_worker_is_replaced_and_others_are_not_touched(simple,
                                                                trust):
    o = simple(workers=3)
    clients = [o.connect(trust()).ask() for _ in range(12)]
    owner = {c: worker_of(o, c) for c in clients}
    victim = owner[clients[0]]
    kill_worker(o, victim)
    said = o.log.wait("worker .* ended by .*")[0]
    assert "signal 9 (Killed)" in said
    wait_until(lambda: len(o.workers()) == 3, "three workers again")
    assert victim not in o.workers()
    for client in clients:
        if owner[client] != victim:
            client.ask()
        else:
            assert ends_badly(client)
    for _ in range(20):
        o.connect(trust()).ask()


def test_a_client_in_the_queue_of_a_killed_worker_is_served_by_the_next(
        simple, trust):
    """The master holds the sockets, and so what waits in them."""
    o = simple()
    worker, = o.workers()
    os.kill(worker, signal.SIGSTOP)
    c = o.connect(trust(), handshake=False)
    kill_worker(o, worker)
    c.handshake()
    c.ask()


def test_a_worker_that_keeps_dying_is_not_restarted_at_once(simple, trust):
    """The first time it is; then later and later, for the machine's sake."""
    o = simple()
    gaps = []
    for _ in range(5):
        worker, = o.workers()
        kill_worker(o, worker)
        begin = time.monotonic()
        wait_until(lambda: set(o.workers()) - {worker}, "another worker")
        gaps.append(time.monotonic() - begin)
    assert gaps[-1] > 0.6
    o.connect(trust()).ask()


def test_one_that_keeps_dying_delays_no_other(simple, trust):
    o = simple(workers=2)
    for _ in range(4):
        worker = max(o.workers())
        kill_worker(o, worker)
        wait_until(lambda: worker not in o.workers() and
                   len(o.workers()) == 2, "another worker")
    c = trust()
    for _ in range(10):
        o.connect(c).ask()


def test_a_worker_that_was_retired_and_dies_is_not_missed(simple, trust):
    o = simple()
    c = o.connect(trust()).ask()
    old, = o.workers()
    o.reload()
    kill_worker(o, old)
    o.log.wait("generation 1 has left")
    assert len(o.workers()) == 1
    assert ends_badly(c)
    o.connect(trust()).ask()


# -------------------------------------------------------------- full house ---

def test_more_clients_than_descriptors_wait_for_their_turn(simple, trust):
    """A worker lets in whom it can serve; the others stay in the queue."""
    o = simple(prefix=["prlimit", "--nofile=128:128"])
    inside = []
    while True:
        c = o.connect(trust(), handshake=False)
        c.sock.settimeout(1)
        try:
            c.handshake()
        except TimeoutError:
            break
        inside.append(c)
        assert len(inside) < 128
    assert len(inside) >= 20
    inside[0].ask()
    waiting = [c] + [o.connect(trust(), handshake=False) for _ in range(9)]
    for client, after in zip(inside, waiting):
        client.close()
        after.sock.settimeout(harness.PATIENCE)
        after.handshake()
        after.ask()


# ------------------------------------------------------------------- ending --

@both
def test_term_lets_a_request_in_flight_finish(simple, trust, version):
    go_on = threading.Event()

    def serve(accepted):
        accepted.recv_until(b"request")
        go_on.wait(harness.PATIENCE)
        accepted.send(b"answer")

    o = simple(serve=serve, workers=2)
    c = o.connect(trust(version))
    c.send(b"request")
    o.backend.wait()
    o.term()
    wait_until(lambda: not any(map(harness.listens, o.workers())),
               "workers let nobody in")
    go_on.set()
    assert c.recv_all() == b"answer"
    assert c.goodbye
    c.close()
    assert o.wait_end() == 0
    assert o.conn(c)["end"] == "clean"


def test_who_comes_after_term_is_refused(simple, trust):
    """Not kept in a queue that nobody will empty."""
    o = simple(workers=2)
    c = o.connect(trust()).ask()
    o.term()
    wait_until(lambda: not any(map(harness.listens, o.workers())),
               "workers let nobody in")
    c.ask()
    wait_until(lambda: not harness.listens(o.pid),
               "nor does the master keep them waiting", 5)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(o.address)
    c.ask()


@pytest.mark.parametrize("end", ["term", "hup"])
def test_who_waits_at_the_door_already_is_let_in(simple, trust, end):
    """He came before it was closed, and has been told nothing yet."""
    o = simple()
    worker, = o.workers()
    os.kill(worker, signal.SIGSTOP)
    waiting = [o.connect(trust(), handshake=False) for _ in range(5)]
    getattr(o, end)()
    o.log.wait("draining|generation 2 serves")
    os.kill(worker, signal.SIGCONT)
    for client in waiting:
        client.handshake()
        client.ask()


def test_while_one_drains_the_next_can_begin(launch, backend, www, trust):
    """A restart: the new one need not wait for the old one's last client."""
    b = backend()
    port = harness.free_port()
    text = (f'frontend = "127.0.0.1:{port}"\nbackend = "{b.at}"\n'
            f'pem-file = "{www.pem}"\n')
    old = launch(text).wait_ready()
    c = old.connect(trust()).ask()
    old.term()
    old.log.wait("draining")
    wait_until(lambda: not any(map(harness.listens, old.workers())),
               "workers let nobody in")
    new = launch(text).wait_ready()
    new.connect(trust()).ask()
    c.ask()


def test_term_without_connections_ends_at_once(simple):
    o = simple(workers=2)
    o.term()
    assert o.wait_end(10) == 0


def test_a_handshake_begun_before_term_is_finished(simple, trust):
    o = simple()
    c = o.connect(trust(), handshake=False)
    begin(c)
    o.term()
    o.log.wait("draining")
    c.handshake()
    c.ask()
    c.close()
    assert o.wait_end() == 0


def begin(client):
    """Sends the ClientHello and takes the first of the answer."""
    try:
        client.tls.do_handshake()
    except Exception:
        client.flush()
    client.incoming.write(client.sock.recv(100000))


@both
@pytest.mark.parametrize("limit", ["300ms", "0"])
def test_drain_timeout_cuts_what_is_left(simple, trust, version, limit):
    o = simple(f"drain-timeout = {limit}")
    c = o.connect(trust(version)).ask()
    o.term()
    assert o.wait_end() == 0
    assert c.recv() == b""
    assert not c.goodbye
    assert o.conn(c)["end"] == "drained"
    assert o.log.find("warning: drain-timeout: cutting 1 connections")


def test_drain_timeout_holds_after_a_reload_too(simple, trust):
    o = simple("drain-timeout = 300ms")
    c = o.connect(trust()).ask()
    o.reload()
    assert c.recv() == b""
    assert o.conn(c)["end"] == "drained"
    o.log.wait("generation 1 has left")
    o.connect(trust()).ask()


@pytest.mark.parametrize("signals", [
    [signal.SIGTERM, signal.SIGTERM], [signal.SIGINT],
    [signal.SIGTERM, signal.SIGINT]], ids=["TERM-TERM", "INT", "TERM-INT"])
def test_it_ends_at_once_if_it_is_told_so(simple, trust, signals):
    o = simple(workers=2)
    clients = [o.connect(trust()).ask() for _ in range(4)]
    for number in signals:
        since = o.mark()
        os.kill(o.pid, number)
        o.log.wait("draining|ending", since)
    assert o.wait_end(10) == 0
    for client in clients:
        assert ends_badly(client)
        assert o.conn(client)["end"] == "drained"


def test_a_worker_that_does_not_hear_is_killed_at_the_end(simple, trust):
    o = simple(workers=2)
    worker = o.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    o.deaths_expected = True
    os.kill(o.pid, signal.SIGINT)
    assert o.wait_end() == 0
    assert not harness.is_alive(worker)


def test_what_a_terminal_sends_to_all_is_for_the_master(simple, trust):
    """Ctrl-C reaches the workers too; they wait for its word."""
    o = simple(workers=2)
    o.connect(trust()).ask()
    for worker in o.workers():
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1,
                       signal.SIGUSR2):
            os.kill(worker, number)
    for client in [o.connect(trust()) for _ in range(10)]:
        client.ask()
    os.killpg(o.pid, signal.SIGINT)
    assert o.wait_end(10) == 0


def test_without_its_master_a_worker_drains_and_leaves(simple, trust):
    o = simple(workers=2)
    workers = o.workers()
    c = o.connect(trust()).ask()
    o.kill()
    wait_until(lambda: not any(map(harness.listens, workers)),
               "nobody is let in")
    c.ask()
    c.close()
    wait_until(lambda: not any(map(harness.is_alive, workers)),
               "the workers leave")
    o.log.wait("the master exited; draining", count=2)


def test_after_a_killed_master_another_can_begin_at_once(launch, backend, www,
                                                         trust, place):
    """While the old one's workers still serve their clients."""
    b = backend()
    port = harness.free_port()
    text = (f'frontend = "127.0.0.1:{port}"\nbackend = "{b.at}"\n'
            f'pem-file = "{www.pem}"\npidfile = "{place}/pid"\n')
    old = launch(text, workers=2).wait_ready()
    workers = old.workers()
    c = old.connect(trust()).ask()
    old.kill()
    wait_until(lambda: not any(map(harness.listens, workers)),
               "nobody is let in")
    new = launch(text, workers=2).wait_ready()
    new.connect(trust()).ask()
    c.ask()


def test_a_reload_and_an_end_at_the_same_time(simple, trust):
    for _ in range(5):
        o = simple(workers=2)
        o.hup()
        o.term()
        assert o.wait_end() == 0


def test_a_reload_in_the_middle_of_an_end_changes_nothing(simple, trust):
    o = simple()
    c = o.connect(trust()).ask()
    o.term()
    o.log.wait("draining")
    o.hup()
    c.ask()
    c.close()
    assert o.wait_end() == 0
    assert not o.log.find("generation 2")
