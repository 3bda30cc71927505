"""Many signals, many deaths, many reloads: nobody outside may notice.

On a slow machine OFFLOADER_RELOADS in the environment may lower the largest
number.
"""

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

import harness
from harness import wait_until
from load import Beside, Load
from marks import needs_root

RELOADS = int(os.environ.get("OFFLOADER_RELOADS", "2000"))


class Zombies(Beside):
    """Looks all the time whether a child of somebody stays dead."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.seen, self.found = pid, {}, []

    def step(self):
        self.enough.wait(0.05)
        now = time.monotonic()
        states = {int(n): harness.stat_of(int(n))
                  for n in os.listdir("/proc") if n.isdigit()}
        self.seen = {pid: self.seen.get(pid, now) for pid, s in states.items()
                     if s and s[0] == "Z" and s[1] == self.pid}
        self.found += [p for p, since in self.seen.items() if now - since > 1]


def close_on_exec(pid):
    """The links of descriptors that would outlive an exec."""
    kept = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            flags = re.search(r"flags:\s*(\d+)", Path(
                f"/proc/{pid}/fdinfo/{name}").read_text())[1]
            if int(name) > 2 and not int(flags, 8) & os.O_CLOEXEC:
                kept.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            continue
    return kept


def test_two_hundred_reloads_under_load_fail_nobody(simple, trust):
    """Signals come as they can be served; each is one more generation."""
    o = simple(workers=2)
    with Load(o, trust(), clients=3) as load, Zombies(o.pid) as zombies:
        for n in range(200):
            since = o.mark()
            o.hup()
            o.log.wait(r"generation \d+ serves", since)
            if n % 20 == 0:
                load.more(3)
        load.more(10)
    assert not load.failed
    assert not zombies.failed + zombies.found
    assert o.log.find("generation 201 serves")
    assert not o.log.find("given up|refused|max-generations: closing")


def test_signals_faster_than_reloads_end_in_the_newest_file(simple, trust,
                                                            pki):
    """50, 10 ms apart: some are one reload together, the last has its own."""
    o = simple(workers=2)
    good = o.config.read_text()
    with Load(o, trust(), clients=2) as load:
        for n in range(50):
            new = pki.server("www.example.com", "example.com", again=n % 3)
            o.write(re.sub("pem-file = .*", f'pem-file = "{new.pem}"', good))
            o.hup()
            time.sleep(0.01)	# what is tested, not waited for
        wait_until(lambda: o.connect(trust()).tls.getpeercert(True) ==
                   new.der(), "the newest certificate")
    assert not load.failed
    for client in o.clients:
        client.close()

    def settled():
        return len(o.workers()) == 2 and not o.log.find("max-generations: closing")
    wait_until(settled, "one generation")
    assert not o.log.find("given up|refused|ended by")


def test_a_connection_outlives_twenty_reloads(simple, trust):
    o = simple(workers=2)
    c = o.connect(trust()).ask()
    for _ in range(20):
        o.reload()
    c.ask(bytes(1 << 20))


def test_master_is_the_same_after_very_many_reloads(simple, pki, place,
                                                    monkeypatch):
    """Two good ones, then one that is refused, each time for another reason.

    Descriptors and memory of the master, after the first 10 and after all.
    """
    # Sanitizers would keep freed memory for a while.
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=1:"
                       "thread_local_quarantine_size_kb=64:" +
                       os.environ.get("ASAN_OPTIONS", ""))
    o = simple(workers=1)
    good = o.config.read_text()
    damaged = place / "damaged.pem"
    damaged.write_text(pki.server("other.example.com").pem.read_text()[:-90])
    taken = socket.create_server(("127.0.0.1", 0))
    bad = [good + "\n}", good + "\nbacklog = many",
           re.sub("pem-file = .*", f'pem-file = "{damaged}"', good),
           good + f'\nfrontend = "127.0.0.1:{taken.getsockname()[1]}"']

    def reload(n):
        since = o.mark()
        o.write(bad[n // 3 % len(bad)] if n % 3 == 2 else good)
        o.hup()
        o.log.wait("reload refused" if n % 3 == 2 else
                   r"generation \d+ serves", since)

    def state():
        wait_until(lambda: len(o.log.find("generation .* has left")) + 1 ==
                   len(o.log.find("generation .* serves with")),
                   "one generation")
        found = sorted(re.sub(r"\d+", "N", x) for x in harness.links(o.pid))
        return found, int(harness.status_of(o.pid)["VmRSS"].split()[0])
    for n in range(10):
        reload(n)
    files, memory = state()
    with Zombies(o.pid) as zombies:
        for n in range(10, RELOADS):
            reload(n)
    taken.close()
    assert not zombies.failed + zombies.found
    after, more = state()
    assert after == files
    most = 16384 if sanitized(o.pid) else 512
    assert more - memory < most, f"{memory} kB became {more} kB"


def sanitized(pid):
    return "libasan" in Path(f"/proc/{pid}/maps").read_text() or \
        int(harness.status_of(pid)["VmSize"].split()[0]) > 1 << 30


def test_every_descriptor_is_closed_by_exec(simple, trust, place):
    o = simple(f'pidfile = "{place}/pid"', workers=2)
    c = o.connect(trust()).ask()
    o.reload()
    c.ask()
    o.connect(trust()).ask()
    wait_until(lambda: len(o.workers()) in (3, 4), "old and new workers")
    for pid in [o.pid] + o.workers():
        assert not close_on_exec(pid)


# ------------------------------------------------------------------ deaths --

@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV],
                         ids=lambda n: n.name)
def test_a_seat_is_filled_again_at_once(simple, trust, number, monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", "handle_segv=0:" +
                       os.environ.get("ASAN_OPTIONS", ""))
    o = simple(workers=2)
    o.deaths_expected = True
    victim, other = o.workers()
    os.kill(victim, number)
    begun = time.monotonic()
    o.log.wait("worker .* ended by ")
    wait_until(lambda: len(o.workers()) == 2, "another worker")
    assert time.monotonic() - begun < (2 if sanitized(o.pid) else 0.1)
    assert other in o.workers()
    new, = set(o.workers()) - {other}
    wait_until(lambda: harness.listens(new), "it has the seat")
    for _ in range(10):
        o.connect(trust()).ask()


def test_who_always_dies_is_started_twelve_times_in_five_seconds_at_most(
        simple, trust):
    o = simple()
    o.deaths_expected = True
    ends = time.monotonic() + 5
    killed = set()
    while time.monotonic() < ends:
        for pid in set(o.workers()) - killed:
            harness.end(pid)
            killed.add(pid)
        time.sleep(0.002)	# the five seconds are the test
    assert 4 <= len(killed) <= 12
    wait_until(lambda: set(o.workers()) - killed, "one more")
    o.connect(trust()).ask()


def test_none_that_can_begin_is_an_end_with_a_reason(launch, www, place,
                                                     unprivileged):
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    o = launch(f'frontend = "[127.0.0.1]:0"\npem-file = "{pem}"\n'
               'user = root\n', workers=3, prefix=unprivileged)
    o.deaths_expected = True
    assert o.wait_end() == 71
    o.killed_by = 71
    assert o.log.find('cannot .*"root".*start as root')
    assert o.log.find("generation 1 given up")


@needs_root
def test_no_process_to_be_had_leaves_those_that_serve(start, backend, www,
                                                      trust, place):
    """fork() fails: the kernel counts all processes of a user, of which there
    are six beside the next worker and who signs for it.

    Leaks are not looked for: that would need one more.
    """
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    nobody_else = str(400000 + os.getpid() % 100000)
    os.chown(pem, int(nobody_else), -1)
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{backend().at}"\npem-file = "{pem}"\n'
              'workers = 1\n', workers=None, leaks=False,
              prefix=["prlimit", "--nproc=6:6", "setpriv", "--reuid",
                      nobody_else, "--clear-groups"])
    text = o.config.read_text()
    for _ in range(2):
        before = o.workers()
        said = o.reload_refused(text.replace("workers = 1", "workers = 3"))
        assert any("given up: Resource temporarily" in s for s in said), said
        wait_until(lambda: o.workers() == before, "only those that serve")
        o.connect(trust()).ask().close()
        o.reload(text)
        wait_until(lambda: len(o.workers()) == 1, "one worker again")
        o.connect(trust()).ask().close()


def test_term_ends_in_time_whatever_clients_do(simple, trust):
    """Within drain-timeout and a second; whoever is left by then is cut."""
    o = simple("drain-timeout = 1s", workers=2)
    for _ in range(4):
        o.connect(trust()).send(b"half a requ")
    o.connect(trust(), handshake=False)
    o.backend.wait(4)
    begun = time.monotonic()
    o.term()
    assert o.wait_end() == 0
    assert time.monotonic() - begun < 2 + sanitized_slack()


def sanitized_slack():
    """Leaks are looked for at the end of each process."""
    return 5 if os.environ.get("OFFLOADER_BUILD") else 0
