"""A log that nobody can write to holds up nobody, and tells what it lost."""

import fcntl
import os
import re
import select
import signal
import socket
from pathlib import Path

import pytest

import harness
import reporter
from harness import wait_until

F_SETPIPE_SZ = 1031
MANY = 60		# connections, each with a line
LOST = r"(\d+) lines were lost"


@pytest.fixture
def serve(launch, backend, www):
    def make(more, **how):
        b = backend()
        o = launch(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
                   f'pem-file = "{www.pem}"\n{more}', **how)
        o.backend = b
        return o.wait_ready("listening on")
    return make


def visit(o, trust, count=MANY):
    """Returns what the line of the last one has."""
    for _ in range(count):
        c = o.connect(trust())
        assert c.ask() is c
        c.close()
    return harness.conn_of(c)


@pytest.fixture
def stuck(place):
    """A fifo that takes little, and that we read when we like."""
    path = place / "fifo"
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(fd, F_SETPIPE_SZ, 4096)
    yield path, fd
    os.close(fd)


def conns(text):
    return len(re.findall(": conn ", text))


def count_of(o, name):
    return reporter.metric(reporter.status(reporter.address(o)), name)


def lost(text):
    return sum(map(int, re.findall(LOST, text)))


class Reader:
    def __init__(self, read):
        self.read, self.text = read, ""

    def wait(self, pattern):
        def there():
            self.text += self.read()
            return re.search(pattern, self.text)
        wait_until(there, pattern)


def read_from(fd):
    def read():
        try:
            return os.read(fd, 1 << 16).decode()
        except BlockingIOError:
            return ""
    return Reader(read)


def test_standard_error_that_nobody_reads_holds_up_nobody(serve, trust,
                                                          stuck):
    path, fd = stuck
    o = serve("", prefix=["sh", "-c", f'exec "$0" "$@" 2>{path}'])
    visit(o, trust)
    r = read_from(fd)
    r.text = r.read()
    assert 0 < conns(r.text) < MANY
    r.wait(visit(o, trust, 1))
    assert lost(r.text) > 0
    assert conns(r.text) + lost(r.text) == MANY + 1
    # It goes on without a word if nothing is lost, and reloads.
    r.text = ""
    r.wait(visit(o, trust, 1))
    assert lost(r.text) == 0
    o.hup()
    r.wait("generation 2 serves")


def test_a_master_does_not_wait_for_who_reads_its_log(serve, trust, stuck):
    path, fd = stuck
    o = serve("", prefix=["sh", "-c", f'exec "$0" "$@" 2>{path}'])
    for _ in range(30):
        old = set(filter(harness.listens, o.workers()))
        o.hup()
        wait_until(lambda: set(filter(harness.listens, o.workers())) - old,
                   "other workers")
    r = read_from(fd)
    r.text = r.read()
    o.hup()
    r.wait(r"generation \d+ serves")
    r.wait(LOST)


def test_a_fifo_as_log_file_holds_up_nobody(serve, trust, stuck):
    path, fd = stuck
    o = serve(f'log-filename = "{path}"')
    visit(o, trust)
    r = read_from(fd)
    r.text = r.read()
    r.wait(visit(o, trust, 1))
    assert lost(r.text) > 0
    assert conns(r.text) + lost(r.text) == MANY + 1


def test_a_fifo_without_a_reader_is_a_fault_and_not_a_wait(place, launch,
                                                           www):
    os.mkfifo(place / "log")
    o = launch(f'frontend = "[127.0.0.1]:0"\npem-file = "{www.pem}"\n'
               f'log-filename = "{place}/log"\n')
    assert o.wait_end() == 71
    assert o.log.find(f"cannot open log file {place}/log")
    o.killed_by = 71


def test_a_full_disk_kills_nobody(serve, trust):
    o = serve('log-filename = "/dev/full"', workers=2)
    visit(o, trust)
    os.kill(o.pid, signal.SIGUSR1)
    visit(o, trust, 2)


def test_a_file_that_may_not_grow_kills_nobody(serve, trust, place):
    """The kernel sends a signal for it, by default a deadly one."""
    file = place / "log"
    o = serve(f'log-filename = "{file}"')
    harness.limit_files(o, 4096)
    visit(o, trust)
    assert file.stat().st_size == 4096
    file.rename(place / "log.1")
    os.kill(o.pid, signal.SIGUSR1)
    wait_until(file.exists, "another file")

    def told():
        visit(o, trust, 1)
        return lost(file.read_text()) > 0

    wait_until(told, "how many lines were lost")


def test_lines_that_are_lost_are_counted(serve, trust, stuck):
    """The file takes everything; what the fifo does not is on the board."""
    path, fd = stuck
    o = serve(f'access-log-file = "{path}"\nstats-listen = "[127.0.0.1]:0"\n'
              "access-log = json")
    visit(o, trust)
    wait_until(lambda: count_of(o, "connections_ended_total") == MANY,
               "their ends")
    r = read_from(fd)
    r.text = r.read()
    there = r.text.count("\n")
    assert count_of(o, "log_lines_lost_total") == MANY - there > 0
    visit(o, trust, 1)
    o.log.wait(f"access-log-file: {MANY - there} lines were lost")


# ------------------------------------------------------------- syslog -------

LOG = Path("/dev/log")
with_syslog = pytest.mark.skipif(
    LOG.exists() or os.geteuid() != 0,
    reason="needs root, and no syslog of the machine's own")


class Syslog:
    def __init__(self):
        self.begin()

    def begin(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.bind(str(LOG))
        LOG.chmod(0o666)

    def end(self):
        self.sock.close()
        LOG.unlink(missing_ok=True)

    def read(self):
        said = ""
        while select.select([self.sock], [], [], 0)[0]:
            said += self.sock.recv(65536).decode() + "\n"
        return said


@pytest.fixture
def syslog():
    s = Syslog()
    yield s
    s.end()


@with_syslog
def test_a_stuck_syslog_holds_up_nobody(serve, trust, syslog):
    o = serve("syslog = on\nsyslog-facility = local3")
    r = Reader(syslog.read)
    r.wait("serves")
    visit(o, trust)
    r.text += syslog.read()
    assert conns(r.text) < MANY
    r.wait(visit(o, trust, 1))
    assert conns(r.text) + lost(r.text) == MANY + 1
    assert all(re.match(r"<15[568]>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d "
                        r"offloader\[\d+\]: ",
                        line) for line in r.text.splitlines())


@with_syslog
@pytest.mark.parametrize("more", ["", 'user = "nobody"\nchroot = "{}"\n'])
def test_a_syslog_that_was_started_anew_is_found(serve, trust, syslog, place,
                                                 more):
    """By the master: the worker may not see its socket any more."""
    (place / "empty").mkdir()
    o = serve("syslog = on\n" + more.format(place / "empty"), leaks=False)
    Reader(syslog.read).wait(visit(o, trust, 1))
    syslog.end()
    visit(o, trust, 2)
    syslog.begin()

    def told():
        visit(o, trust, 1)
        return "worker: conn " in syslog.read()

    wait_until(told, "a line at the new one")


@with_syslog
def test_a_syslog_that_comes_later_is_found(serve, trust):
    o = serve("syslog = on")
    visit(o, trust, 2)
    s = Syslog()
    try:
        def told():
            visit(o, trust, 1)
            return "worker: conn " in s.read()

        wait_until(told, "a line")
    finally:
        s.end()
