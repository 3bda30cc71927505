"""The program as a guest of its system: background, files, users, logs."""

import grp
import os
import pwd
import re
import select
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import harness
from harness import wait_until
from load import Load

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def run(*words, reports=None, prefix=()):
    return subprocess.run(
        [*map(str, prefix), harness.program(), *map(str, words)],
        capture_output=True, text=True, timeout=60,
        env=harness.sanitized(reports) if reports else None)


# ------------------------------------------------------------- addresses ----

@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_use_is_named_and_the_status_is_69(www, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as s:
        text = harness.to_text(s.getsockname())
        done = run("--frontend", f"[{host}]:{s.getsockname()[1]}", www.pem)
    assert done.returncode == 69
    assert text in done.stderr and "in use" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_two_of_us_do_not_share_a_port(simple, www):
    """Both would let others join by SO_REUSEPORT."""
    o = simple(workers=2)
    done = run("--frontend", harness.to_text(o.address), www.pem)
    assert done.returncode == 69


def test_an_address_that_is_not_ours_is_named(www):
    done = run("--frontend", "[192.0.2.77]:0", www.pem)
    assert done.returncode == 69
    assert "192.0.2.77" in done.stderr


@pytest.mark.parametrize("host, other", [("192.0.2.77", "192.0.2.78"),
                                         ("2001:db8::77", "2001:db8::78")])
def test_freebind_listens_where_an_address_may_come_later(
        start, backend, www, host, other, trust):
    """Without it that is a fault, and the remedy is named."""
    rest = f'backend = "{backend().at}"\npem-file = "{www.pem}"\n'
    done = run("--frontend", f"[{host}]:0", www.pem)
    assert done.returncode == 69
    assert "freebind" in done.stderr
    o = start(f'frontend = "[{host}]:0"\nfreebind = on\n' + rest, workers=2)
    assert o.address[0] == host
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        with pytest.raises(OSError):
            s.bind((host, 0))
    said = o.reload_refused(f'frontend = "[{other}]:0"\n' + rest)
    assert other in said[0]


def test_addresses_are_said_on_standard_output(start, www, launch):
    """For those who read them by a pipe; the log goes to standard error."""
    process = subprocess.Popen(
        [harness.program(), "--frontend=[127.0.0.1]:0", "--frontend=[::1]:0",
         www.pem], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline() for _ in range(2)]
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == "" and err == ""
    assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", lines[0])
    assert re.fullmatch(r"listening on \[::1\]:\d+\n", lines[1])


@pytest.mark.parametrize("words, timer", [
    ("", 2), ("keepalive = 100", 2), ("keepalive = off", 0)])
def test_silent_clients_are_asked_whether_they_live(simple, trust, words,
                                                    timer):
    """The kernel's table tells which timer runs: 2 is keepalive's."""
    o = simple(words)
    c = o.connect(trust()).ask()
    ends = [f":{port:04X}" for port in (o.address[1], c.name[1])]

    def running():
        with open("/proc/net/tcp", encoding="ascii") as table:
            for row in map(str.split, table):
                if [w[-5:] for w in row[1:3]] == ends:
                    return int(row[5].split(":")[0], 16)
    wait_until(lambda: running() == timer, f"timer {timer}")


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
    done = run("--frontend=[127.0.0.1]:0", f"--pidfile={file}", www.pem)
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
    done = run("--frontend=[127.0.0.1]:0", f"--pidfile={place}/none/pid",
               www.pem)
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
            assert os.readlink(f"/proc/{pid}/fd/{n}") == "/dev/null"


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
                there = Path(f"/proc/{pid}/fd/{n}")
                assert not there.is_symlink() or \
                    os.readlink(there) == "/dev/null", pid
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


# ------------------------------------------------------------------- users --

def ids(pid):
    status = harness.status_of(pid)
    return {name: set(status[name].split()) for name in ("Uid", "Gid",
                                                         "Groups")}


@as_root
@pytest.mark.parametrize("words, uid, gid", [
    ('user = "nobody"', "nobody", None),
    ('user = "nobody"\ngroup = "daemon"', "nobody", "daemon"),
    ('group = "daemon"', "root", "daemon"),
])
def test_workers_are_who_they_should_be(simple, trust, words, uid, gid):
    o = simple(words, workers=2)
    o.connect(trust()).ask()
    user = pwd.getpwnam(uid)
    gid = grp.getgrnam(gid).gr_gid if gid else user.pw_gid
    for worker in o.workers():
        have = ids(worker)
        assert have["Uid"] == {str(user.pw_uid)}
        assert have["Gid"] == {str(gid)}
        assert have["Groups"] <= {str(gid)}
        if user.pw_uid != 0:
            caps = harness.status_of(worker)
            assert int(caps["CapEff"], 16) == int(caps["CapPrm"], 16) == 0
    assert ids(o.pid)["Uid"] == {"0"}


@as_root
def test_unprivileged_workers_survive_reloads(simple, trust):
    """The master opens what workers may not."""
    o = simple('user = "nobody"')
    for _ in range(3):
        o.reload()
        o.connect(trust()).ask()


def test_it_runs_without_privileges_too(start, backend, www, trust, place,
                                        unprivileged):
    b = backend()
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{b.at}"\npem-file = "{pem}"', prefix=unprivileged)
    o.connect(trust()).ask()
    o.reload()
    o.connect(trust()).ask()


@as_root
def test_who_may_not_become_another_says_so(www, place, unprivileged, reports):
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    done = run("--frontend=[127.0.0.1]:0", "--user=root", pem,
               prefix=unprivileged, reports=reports)
    assert done.returncode == 71
    assert '"root"' in done.stderr and "start as root" in done.stderr
    assert done.stdout == ""


@as_root
def test_workers_live_in_their_chroot(start, backend, www, trust, place,
                                      reports):
    """Reports of theirs would be found there, but not of leaks: no /proc."""
    b = backend()
    jail = place / "jail"
    inside = jail / str(reports).lstrip("/")
    inside.mkdir(parents=True)
    inside.chmod(0o1777)
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{b.at}"\npem-file = "{www.pem}"\n'
              f'chroot = "{jail}"\nuser = "nobody"', workers=2, leaks=False)
    for worker in o.workers():
        assert os.readlink(f"/proc/{worker}/root") == str(jail)
        assert os.readlink(f"/proc/{worker}/cwd") == str(jail)
    assert os.readlink(f"/proc/{o.pid}/root") == "/"
    for _ in range(2):
        o.connect(trust()).ask()
        o.reload()
    o.connect(trust()).ask()
    o.stop()
    assert not list(inside.iterdir())


# ------------------------------------------------------------------- log ----

LINE = (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
        r"offloader\[(worker )?\d+\]: (info|warning|error): .+")


def test_every_line_has_one_form(simple, trust):
    o = simple()
    o.connect(trust()).ask().close()
    o.reload_refused(o.config.read_text() + "\n}")
    o.reload(o.config.read_text()[:-2])
    o.term()
    o.wait_end()
    for line in o.log.lines:
        assert re.fullmatch(LINE, line) or line.startswith("listening on ")


@pytest.mark.parametrize("level, wanted", [
    (0, []), (1, ["error"]), (2, ["error", "info"])])
def test_the_level_decides_what_is_said(launch, trust, www, level, wanted):
    port = harness.free_port()
    o = launch('frontend = "[127.0.0.1]:0"\n'
               f'backend = "127.0.0.1:{port}"\npem-file = "{www.pem}"\n',
               f"--log-level={level}")
    o.log.wait("listening on")
    c = o.connect(trust())
    try:
        c.recv()
    except OSError:
        pass
    c.close()
    o.term()
    assert o.wait_end() == 0
    kinds = {m[1] for m in o.log.find(r"\]: (\w+): ")}
    assert sorted(kinds) == wanted


@pytest.fixture
def logging(launch, backend, www, place):
    """The program with a log file, which is made if it is not there."""
    def make(more="", **how):
        o = launch('frontend = "[127.0.0.1]:0"\n'
                   f'backend = "{backend().at}"\npem-file = "{www.pem}"\n'
                   f'log-filename = "{place}/log"\n{more}', **how)
        return o.wait_ready("listening on")
    return make


def test_a_log_file_has_the_lines_of_all_processes(logging, trust, place):
    file = place / "log"
    file.write_text("before\n")
    o = logging(workers=2)
    for client in [o.connect(trust()).ask() for _ in range(10)]:
        client.close()
    wait_until(lambda: file.read_text().count("end=clean") == 10,
               "ten lines")
    lines = file.read_text().splitlines()
    assert lines[0] == "before"
    assert any("default certificate" in line for line in lines)
    assert all(re.fullmatch(LINE, line) for line in lines[1:])
    assert o.log.lines == [f"listening on {harness.to_text(o.address)}"]


def test_errors_are_said_where_somebody_sees_them_too(logging, place):
    o = logging()
    o.reload_refused(o.config.read_text() + "\n}")
    assert "reload refused" in (place / "log").read_text()


def test_a_log_file_that_was_moved_is_opened_anew_by_a_reload(logging, trust,
                                                              place):
    file, old = place / "log", place / "log.1"
    o = logging()
    file.rename(old)
    o.hup()
    wait_until(lambda: file.exists() and "generation 1 has left" in
               file.read_text(), "another file")
    assert file.stat().st_mode & 0o777 == 0o640
    c = o.connect(trust()).ask()
    c.close()
    who = harness.conn_of(c)
    wait_until(lambda: re.search(who, file.read_text()), "its line")
    assert not re.search(who, old.read_text())


def test_usr1_opens_a_log_file_anew_and_no_line_is_lost(logging, trust,
                                                        place):
    """Workers that have retired follow, too, though they are nobody now."""
    file, old = place / "log", place / "log.1"
    o = logging('user = "nobody"' if os.geteuid() == 0 else "", workers=2)
    keeps = o.connect(trust()).ask()
    o.hup()
    wait_until(lambda: "generation 2 serves" in file.read_text(), "a reload")
    with Load(o, trust()) as load:
        load.more(10)
        file.rename(old)
        load.more(10)
        os.kill(o.pid, signal.SIGUSR1)
        wait_until(file.exists, "a new file")
        load.more(20)
    assert not load.failed
    keeps.close()
    who = harness.conn_of(keeps)
    wait_until(lambda: re.search(who, file.read_text()), "the old worker's line")
    wait_until(lambda: (old.read_text() + file.read_text()).count(
        "end=clean") == load.done + 1, "one line for each")
    assert file.read_text().count("end=clean") > 1
    assert old.read_text().count("end=clean") >= 10
    for pid in [o.pid] + o.workers():
        assert str(old) not in harness.links(pid)


def test_a_log_that_cannot_be_opened_anew_goes_on_as_it_was(logging, trust,
                                                            place):
    file, old = place / "log", place / "log.1"
    o = logging()
    file.rename(old)
    file.mkdir()
    os.kill(o.pid, signal.SIGUSR1)
    wait_until(lambda: "cannot open log file" in old.read_text(), "a word")
    c = o.connect(trust()).ask()
    c.close()
    who = harness.conn_of(c)
    wait_until(lambda: re.search(who, old.read_text()), "its line")


def test_a_refused_reload_leaves_the_log_where_it_was(
        launch, backend, www, trust, place, unprivileged):
    """Refused by the new workers, when the master had opened its own."""
    pem, file, other = (place / name for name in ("pem", "log", "other"))
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    text = (f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
            f'pem-file = "{pem}"\nlog-filename = ')
    o = launch(f'{text}"{file}"', prefix=unprivileged)
    o.wait_ready("listening on")
    o.deaths_expected = True
    o.write(f'{text}"{other}"\nuser = root\n')
    o.hup()
    wait_until(lambda: other.exists() and "given up" in other.read_text(),
               "the end of the new workers")
    c = o.connect(trust()).ask()
    c.close()
    os.kill(o.pid, signal.SIGUSR1)
    o.hup()
    wait_until(lambda: other.read_text().count("given up") == 2,
               "the end of some more")
    wait_until(lambda: re.search(harness.conn_of(c), file.read_text()),
               "its line")
    assert not re.search(harness.conn_of(c), other.read_text())


def test_a_log_file_that_cannot_be_written_is_a_fault(www, place, launch):
    done = run("--frontend=[127.0.0.1]:0", f"--log-filename={place}/none/log",
               www.pem)
    assert done.returncode == 71
    assert f"{place}/none/log" in done.stderr


@pytest.mark.skipif(os.path.exists("/dev/log") or os.geteuid() != 0,
                    reason="needs root, and no syslog of the machine's own")
def test_syslog_gets_the_same_lines(simple, trust):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind("/dev/log")
        try:
            s.settimeout(harness.PATIENCE)
            o = simple("syslog = on\nsyslog-facility = local3")
            c = o.connect(trust()).ask()
            c.close()
            said = ""
            while ": conn " not in said:
                said = s.recv(65536).decode()
        finally:
            Path("/dev/log").unlink()
    assert said.startswith("<158>")		# local3, info
    assert re.search(r"offloader\[\d+\]: worker: conn time=", said)
    assert re.search(harness.conn_of(c), said)
