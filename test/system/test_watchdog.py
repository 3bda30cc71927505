"""Workers that do nothing any more are found and replaced."""

import os
import signal
import time

import pytest

from harness import wait_until

ENDED = "is not responding: watchdog kills it"


def stop(offloader, pid):
    offloader.deaths_expected = True
    os.kill(pid, signal.SIGSTOP)


def test_a_halted_worker_is_replaced_and_others_are_not_touched(simple,
                                                                trust):
    o = simple("watchdog = 1s", workers=3)
    before = o.workers()
    victim = before[1]
    stop(o, victim)
    said = o.log.wait(rf"worker \d+ \(process (\d+)\) {ENDED}")
    assert said[1] == str(victim)
    o.log.wait(r"ended by signal 6 \(Aborted\)")
    wait_until(lambda: len(o.workers()) == 3, "three workers again")
    assert set(before) - set(o.workers()) == {victim}
    for _ in range(10):
        o.connect(trust()).ask()
    assert len(o.log.find(ENDED)) == 1


def test_who_queued_at_it_is_served_by_the_next(simple, trust):
    o = simple("watchdog = 1s")
    stop(o, *o.workers())
    clients = [o.connect(trust(), handshake=False) for _ in range(5)]
    for c in clients:
        c.handshake()
        c.ask()


def test_so_is_an_old_worker_but_not_replaced(simple, trust):
    o = simple("watchdog = 1s")
    c = o.connect(trust()).ask()
    old, = o.workers()
    o.reload()
    stop(o, old)
    o.log.wait(ENDED)
    o.log.wait("generation 1 has left")
    assert len(o.workers()) == 1
    with pytest.raises(ConnectionResetError):
        if c.recv() == b"":
            raise ConnectionResetError
    o.connect(trust()).ask()


def test_halting_everybody_is_nobodys_fault(simple, trust):
    """A machine that slept: workers may wake a little after their master."""
    o = simple("watchdog = 1s", workers=2)
    c = o.connect(trust()).ask()
    before = o.workers()
    for pid in [o.pid] + before:
        os.kill(pid, signal.SIGSTOP)
    halted = time.monotonic()
    wait_until(lambda: time.monotonic() - halted > 2.5, "it sleeps")
    for pid in [o.pid] + before:
        os.kill(pid, signal.SIGCONT)
    c.ask()
    # Somebody else's end is proof that looks go on.
    stop(o, before[0])
    o.log.wait(ENDED)
    assert [m.string for m in o.log.find(ENDED)][0].count(
        f"process {before[0]})") == 1
    wait_until(lambda: len(o.workers()) == 2, "two workers again")
    assert before[1] in o.workers()
    assert len(o.log.find(ENDED)) == 1


def test_a_reload_changes_its_patience(simple):
    o = simple("watchdog = off")
    text = o.config.read_text()
    o.reload(text.replace("watchdog = off", "watchdog = 1s"))
    wait_until(lambda: len(o.workers()) == 1, "one worker")
    stop(o, *o.workers())
    o.log.wait(ENDED)


def test_off_leaves_a_halted_worker_alone(simple, trust):
    """As a debugger wants it: it goes on where it was."""
    o = simple("watchdog = 0", workers=2)
    c = o.connect(trust()).ask()
    before = o.workers()
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    halted = time.monotonic()
    wait_until(lambda: time.monotonic() - halted > 1.5, "it is examined")
    for pid in before:
        os.kill(pid, signal.SIGCONT)
    c.ask()
    assert o.workers() == before


def test_a_busy_worker_is_not_a_dead_one(simple, trust):
    """It moves bytes as fast as it can for longer than the limit."""
    o = simple("watchdog = 1s")
    c = o.connect(trust())
    block = bytes(1 << 20)
    begun = time.monotonic()
    while time.monotonic() - begun < 2:
        c.ask(block)
    assert not o.log.find(ENDED)
