"""The pid file, the background, and standard files that are closed."""

import os
import select
import signal
import socket
import subprocess

import pytest

import harness
from harness import wait_until


# --------------------------------------------------------------- pid file ---

def test_the_pid_file_holds_the_pid_of_the_master_and_goes_with_it(simple,
                                                                   place):
    file = place / "pid"
    o = simple(f'pidfile = "{file}"')
    assert file.read_text() == f"{o.pid}\n"
    o.reload()
    assert file.read_text() == f"{o.pid}\n"
    o.term()
    o.wait_end()
    assert not file.exists()


def test_two_on_one_pid_file_are_refused(simple, place, www):
    file = place / "pid"
    o = simple(f'pidfile = "{file}"')
    done = harness.run("--frontend=[127.0.0.1]:0", f"--pidfile={file}", www.pem)
    assert done.returncode == 71
    assert f"process {o.pid} holds pid file {file}" in done.stderr
    assert done.stdout == ""
    assert file.read_text() == f"{o.pid}\n"


def test_a_pid_file_of_the_dead_is_taken_over(simple, place):
    file = place / "pid"
    file.write_text("1\n")
    o = simple(f'pidfile = "{file}"')
    assert file.read_text() == f"{o.pid}\n"


def test_a_pid_file_that_cannot_be_written_is_a_fault(www, place):
    done = harness.run("--frontend=[127.0.0.1]:0",
                       f"--pidfile={place}/none/pid", www.pem)
    assert done.returncode == 71
    assert f"{place}/none/pid" in done.stderr


# ----------------------------------------------------------- background -----

class Daemon:
    """What became of --daemon: the starter's status and words, and the pid."""

    def __init__(self, place, reports, words):
        self.err = place / "stderr"
        with open(self.err, "w") as err:
            self.starter = subprocess.Popen(
                [harness.program(), "--daemon", f"--pidfile={place}/pid",
                 "--log-level=2", f"--log-filename={place}/log", *words],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                text=True, env=harness.sanitized(reports))
        self.status = self.starter.wait(harness.PATIENCE)
        self.said = self.err.read_text()
        self.pid = int((place / "pid").read_text()) if self.status == 0 \
            else None

    def end(self):
        self.starter.stdout.close()
        if self.pid is not None:
            members = harness.session_members(self.pid)
            if self.pid in members:
                harness.end(self.pid, signal.SIGTERM)
            wait_until(lambda: not any(map(harness.is_alive, members)),
                       "the daemon ends")


@pytest.fixture
def daemon(place, reports, www, backend):
    """Starts it with --daemon; ends it by the pid in its pid file."""
    b = backend()
    started = []

    def make(*words, port=None):
        port = port or harness.free_port()
        started.append(Daemon(place, reports, [
            f"--backend={b.at}", f"--frontend=127.0.0.1:{port}", *words,
            www.pem]))
        started[-1].address = ("127.0.0.1", port)
        return started[-1]
    yield make
    for one in started:
        one.end()
    assert not list(reports.iterdir())


def test_a_daemon_serves_when_its_starter_ends(daemon, trust):
    d = daemon()
    assert d.status == 0
    assert d.said == ""
    harness.Client(d.address, trust()).ask().close()


def test_a_daemon_is_nobodys_child_and_holds_no_terminal(daemon):
    d = daemon()
    state, parent, session = harness.stat_of(d.pid)
    assert session == d.pid		# of its own
    assert parent != os.getpid()
    for pid in [d.pid] + harness.children(d.pid):
        for n in range(3):
            assert harness.descriptor(pid, n) == "/dev/null"


def test_who_reads_what_its_starter_says_is_not_kept_waiting(daemon):
    """As a shell does in $(...): until everybody has closed the pipe."""
    d = daemon()
    poll = select.poll()
    poll.register(d.starter.stdout)
    said = os.read(d.starter.stdout.fileno(), 65536)
    assert said.startswith(b"listening on 127.0.0.1:")
    assert poll.poll(5000) == [(d.starter.stdout.fileno(), select.POLLHUP)]


def test_a_daemon_is_reloaded_and_ended_by_signals(daemon, trust, place):
    d = daemon()
    log = place / "log"
    os.kill(d.pid, signal.SIGHUP)
    wait_until(lambda: "generation 2 serves" in log.read_text(), "a reload")
    harness.Client(d.address, trust()).ask().close()
    os.kill(d.pid, signal.SIGTERM)
    wait_until(lambda: not harness.is_alive(d.pid), "its end")
    assert not (place / "pid").exists()


def test_the_starter_of_a_daemon_tells_of_its_failure(daemon):
    with socket.create_server(("127.0.0.1", 0)) as s:
        d = daemon(port=s.getsockname()[1])
    assert d.status == 69
    assert "in use" in d.said


@pytest.mark.parametrize("option, status", [
    ("--pem-file=/no/such/file", 66), ("--backlog=many", 64),
    ("--ciphers=NONSENSE", 78)])
def test_so_it_does_of_other_faults(daemon, option, status):
    d = daemon(option)
    assert d.status == status
    assert d.said


def test_a_second_daemon_is_refused(daemon):
    first, second = daemon(), daemon()
    assert (first.status, second.status) == (0, 71)
    assert str(first.pid) in second.said


# --------------------------------------------------- nobody looks at it -----

def test_it_lives_without_standard_files(place, www, backend, trust, reports):
    """Closed by whoever started it: no socket may take their numbers.

    A line of the log would go to a client.
    """
    b = backend()
    port = harness.free_port()
    file = place / "pid"
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", harness.program(),
         f"--frontend=127.0.0.1:{port}", f"--backend={b.at}",
         "--log-level=2", f"--pidfile={file}", "--workers=1", www.pem],
        env=harness.sanitized(reports))
    try:
        wait_until(lambda: file.exists() and file.read_text(), "a pid")
        wait_until(lambda: harness.children(process.pid), "a worker")
        wait_until(lambda: is_served(port, trust), "service")
        for pid in [process.pid] + harness.children(process.pid):
            for n in range(3):
                assert harness.descriptor(pid, n) in (None, "/dev/null")
        assert b.wait().header.raw == b.wait().first[:len(b.header.raw)]
    finally:
        process.terminate()
        status = process.wait(harness.PATIENCE)
    assert status == 0


def is_served(port, trust):
    try:
        client = harness.Client(("127.0.0.1", port), trust())
    except OSError:
        return False
    client.ask().close()
    return True


def test_a_reader_of_its_log_that_goes_away_is_no_end(www, backend, trust,
                                                      reports):
    b = backend()
    process = subprocess.Popen(
        [harness.program(), "--frontend=[127.0.0.1]:0", f"--backend={b.at}",
         "--log-level=2", www.pem], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=harness.sanitized(reports))
    try:
        line = process.stdout.readline()
        process.stdout.close()
        process.stderr.close()
        address = harness.to_address(line.split()[-1])
        for _ in range(3):
            harness.Client(address, trust()).ask().close()
        os.kill(process.pid, signal.SIGHUP)
        harness.Client(address, trust()).ask().close()
    finally:
        process.terminate()
        status = process.wait(harness.PATIENCE)
    assert status == 0
