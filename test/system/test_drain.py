"""Old workers: whom they keep, whom they send off, and how many there are."""

import os
import signal
import socket
import threading
import time

import pytest

import harness
from harness import wait_until
from load import Load

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def is_sent_off(offloader, client):
    """It got a clean end, and the log has the reason."""
    return client.recv() == b"" and client.goodbye and \
        offloader.conn(client)["end"] == "drain-idle"


class Slow:
    """Answers each request when told to."""

    def __init__(self):
        self.go_on = threading.Event()

    def __call__(self, accepted):
        for _ in iter(accepted.recv, b""):
            self.go_on.wait(harness.PATIENCE)
            accepted.send(b"answer")


@both
def test_who_is_quiet_after_a_reload_is_sent_off(simple, trust, version):
    o = simple("drain-idle-timeout = 300ms")
    c = o.connect(trust(version)).ask()
    o.reload()
    assert is_sent_off(o, c)
    o.log.wait("generation 1 has left")


def test_so_is_who_never_said_a_word(simple, trust):
    o = simple("drain-idle-timeout = 300ms")
    c = o.connect(trust())
    o.backend.wait()
    o.reload()
    assert is_sent_off(o, c)


def test_quiet_clients_do_not_hold_up_the_end(simple, trust):
    o = simple("drain-idle-timeout = 300ms", workers=2)
    clients = [o.connect(trust()).ask() for _ in range(6)]
    o.term()
    assert o.wait_end() == 0
    assert all(is_sent_off(o, c) for c in clients)


def test_who_waits_for_an_answer_is_kept(simple, trust):
    """The other one is told to go later: so this one's time has passed."""
    serve = Slow()
    o = simple("drain-idle-timeout = 300ms", serve=serve)
    c = o.connect(trust())
    c.send(b"request")
    quiet = o.connect(trust())
    o.backend.wait(2)
    o.reload()
    assert is_sent_off(o, quiet)
    serve.go_on.set()
    assert c.recv() == b"answer"
    assert is_sent_off(o, c)


def test_who_does_not_take_its_answer_is_kept(simple, trust):
    """It is busy, as far as we know: only drain-timeout ends that."""
    def serve(accepted):
        accepted.recv()
        accepted.send(bytes(64 << 20))

    o = simple("drain-idle-timeout = 100ms\ndrain-timeout = 1s", serve=serve)
    c = o.connect(trust())
    c.send(b"request")
    c.recv()
    o.reload()
    assert o.conn(c)["end"] == "drained"


def test_off_waits_for_drain_timeout(simple, trust):
    o = simple("drain-idle-timeout = off\ndrain-timeout = 1s")
    c = o.connect(trust()).ask()
    o.reload()
    assert c.recv() == b""
    assert not c.goodbye
    assert o.conn(c)["end"] == "drained"


def test_only_old_workers_send_anybody_off(simple, trust):
    o = simple("drain-idle-timeout = 100ms")
    old = o.connect(trust()).ask()
    o.reload()
    new = o.connect(trust()).ask()
    assert is_sent_off(o, old)
    new.ask()


def test_a_request_that_has_come_at_the_last_moment_is_answered(simple,
                                                                trust):
    """It waits in the kernel while the clock rings."""
    o = simple("drain-idle-timeout = 500ms")
    c = o.connect(trust()).ask()
    old, = o.workers()
    o.reload()
    os.kill(old, signal.SIGSTOP)
    c.send(b"once more")
    stopped = time.monotonic()
    wait_until(lambda: time.monotonic() - stopped > 0.6, "its time passes")
    os.kill(old, signal.SIGCONT)
    assert c.recv_exactly(9) == b"once more"
    assert is_sent_off(o, c)


# ----------------------------------------------------- how many there are ---

def test_the_oldest_generation_is_cut_when_there_are_too_many(simple, trust):
    o = simple("max-generations = 2")
    clients = []
    for _ in range(3):
        clients.append(o.connect(trust()).ask())
        o.reload()
    o.log.wait("max-generations: closing the connections of generation 1")
    assert clients[0].recv() == b""
    assert not clients[0].goodbye
    assert o.conn(clients[0])["end"] == "drained"
    o.log.wait("generation 1 has left")
    wait_until(lambda: len(o.workers()) == 3, "three generations")
    for c in clients[1:]:
        c.ask()
    assert len(o.log.find("max-generations: closing")) == 1


def test_it_is_killed_if_it_does_not_hear(simple, trust):
    o = simple("max-generations = 1\nwatchdog = off")
    o.deaths_expected = True
    o.connect(trust()).ask()
    first, = o.workers()
    o.reload()
    os.kill(first, signal.SIGSTOP)
    o.connect(trust()).ask()
    o.reload()
    o.log.wait("generation 1 has left")
    assert not harness.is_alive(first)


def test_less_than_that_take_effect_at_the_next_reload(simple, trust):
    o = simple("max-generations = 8")
    clients = []
    for _ in range(4):
        clients.append(o.connect(trust()).ask())
        o.reload()
    text = o.config.read_text()
    o.reload(text.replace("max-generations = 8", "max-generations = 2"))
    for c in clients[:3]:
        assert c.recv() == b""
    clients[3].ask()


def test_a_storm_of_signals_cuts_nobody_who_is_quick(simple, trust):
    """Reloads wait a little where they would cut the youngest old ones."""
    def serve(accepted):
        for data in iter(accepted.recv, b""):
            time.sleep(0.1)	# a backend that has to think
            accepted.send(data)

    o = simple("max-generations = 1", serve=serve)
    with Load(o, trust()) as load:
        load.more(4)
        for n in range(1, 9):
            o.hup()
            load.more(2)
        o.log.wait(r"generation \d+ serves", count=4)
    assert not load.failed
    assert not o.log.find("max-generations: closing")


# -------------------------------------------------------- who has queued ----

def test_who_queues_where_a_frontend_goes_is_let_in(start, backend, www,
                                                    trust):
    """They came in time; the kernel keeps them while the worker sleeps."""
    b = backend()
    gone, stays = harness.free_port(), harness.free_port()
    rest = (f'\nbackend = "{b.at}"\npem-file = "{www.pem}"\n')
    o = start(f'frontend = "127.0.0.1:{gone}"\n'
              f'frontend = "127.0.0.1:{stays}"' + rest)
    worker, = o.workers()
    os.kill(worker, signal.SIGSTOP)
    clients = [o.connect(trust(), to=("127.0.0.1", port), handshake=False)
               for port in (gone, stays) for _ in range(20)]
    o.write(f'frontend = "127.0.0.1:{stays}"' + rest)
    o.hup()
    o.log.wait("generation 2 serves")
    os.kill(worker, signal.SIGCONT)
    for c in clients:
        c.handshake()
        c.ask()
    wait_until(lambda: not harness.listens(worker), "the door is closed")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", gone))
