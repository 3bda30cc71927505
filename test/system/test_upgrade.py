"""SIGUSR2: the program starts itself anew and hands over; and sockets from
elsewhere, which is the same code."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

import harness
import reporter
from harness import wait_until
from load import Load

# Half a minute, even with sanitizers.
UPGRADES = int(os.environ.get("OFFLOADER_UPGRADES", "100"))
CTL = os.path.join(os.path.dirname(harness.program()), "offloaderctl")


@pytest.fixture
def upgradable(backend, www, place, reports):
    """The program at a path of its own, with pid file and control socket."""
    running = []

    def make(more="", workers=1, prefix=(), pem=www.pem):
        where = place / f"upgradable{len(running)}"
        where.mkdir()
        where.chmod(0o777)
        binary = where / "offloader"
        os.link(harness.program(), binary) if os.stat(
            harness.program()).st_dev == os.stat(where).st_dev else \
            shutil.copy(harness.program(), binary)
        b = backend()
        o = harness.Offloader(
            where, reports, f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
            f'pem-file = "{pem}"\npidfile = "{where}/pid"\n'
            f'control-socket = "{where}/control"\n{more}\n',
            workers=workers, prefix=prefix, binary=str(binary))
        running.append(o)
        o.binary, o.backend = binary, b
        o.pidfile, o.control = where / "pid", where / "control"
        o.session = o.pid
        return o.wait_ready()
    yield make
    for o in running:
        for c in o.clients:
            c.close()
        now = master(o)
        if now not in (None, o.pid):
            harness.end(now, signal.SIGTERM)
        o.stop()


def master(o):
    """The pid file's; None while the file is changing hands."""
    try:
        return int(o.pidfile.read_text())
    except (FileNotFoundError, ValueError):
        return None


def ctl(o, *words):
    return subprocess.run([CTL, f"--socket={o.control}", *words],
                          capture_output=True, text=True, timeout=90,
                          env=harness.sanitized(o.reports))


def status(o):
    done = ctl(o, "--json", "status")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def upgrade(o):
    """Expects it to succeed; returns the new master's id."""
    before = master(o)
    os.kill(before, signal.SIGUSR2)
    return taken_over(o, before)


def taken_over(o, before):
    new = wait_until(lambda: master(o) != before and master(o),
                     "another master")
    wait_until(o.control.exists, "its socket")
    return new


def test_another_process_serves_and_the_old_one_leaves(upgradable, trust):
    o = upgradable(workers=2)
    o.connect(trust()).ask().close()
    new = upgrade(o)
    assert new != o.pid
    assert o.process.wait(harness.PATIENCE) == 0
    o.connect(trust()).ask()
    facts = status(o)
    assert facts["pid"] == new and facts["state"] == "serving"
    assert facts["upgrade"]["outcome"] == "done"
    assert len(harness.workers_of(new)) == 2


def test_a_connection_of_the_old_one_goes_on(upgradable, trust):
    o = upgradable()
    c = o.connect(trust()).ask()
    for _ in range(3):
        upgrade(o)
        c.ask(bytes(100000))
    assert harness.is_alive(o.pid)
    c.close()
    assert o.process.wait(harness.PATIENCE) == 0


def test_nobody_fails_in_many_upgrades(upgradable, trust):
    o = upgradable(workers=2)
    began = time.monotonic()
    with Load(o, trust()) as load:
        for _ in range(UPGRADES):
            upgrade(o)
            load.more(2)
    print(f"{UPGRADES} upgrades, {load.done} clients, "
          f"{time.monotonic() - began:.1f} s")
    assert not load.failed
    wait_until(lambda: len([p for p in harness.session_members(o.session)
                            if p not in harness.family(master(o))]) == 1,
               "the old masters have left")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_sessions_are_resumed_by_the_next_one(upgradable, trust, version):
    o = upgradable()
    context = trust(version)
    c = o.connect(context).ask()
    session = c.tls.session
    c.close()
    upgrade(o)
    again = o.connect(context, session=session).ask()
    assert again.tls.session_reused


def test_the_number_of_workers_may_change(upgradable, trust):
    o = upgradable(workers=None, more="workers = 1")
    for n in (3, 2):
        o.write(re.sub(r"workers = \d", f"workers = {n}",
                       o.config.read_text()))
        new = upgrade(o)
        wait_until(lambda: len(harness.workers_of(new)) == n, f"{n} workers")
        for _ in range(8):
            o.connect(trust()).ask().close()


def test_a_program_that_does_not_start_changes_nothing(upgradable, trust):
    o = upgradable()
    c = o.connect(trust()).ask()
    good = o.binary.with_name("offloader.good")
    os.rename(o.binary, good)
    cases = [
        (None, "cannot execute .*: No such file"),
        ("#!/bin/sh\nexit 3\n", "ended by status 3"),
        ("#!/bin/sh\nkill -SEGV $$\n", "ended by signal 11"),
        ("rubbish", "cannot execute .*: Exec format error"),
    ]
    for text, why in cases:
        if text is not None:
            o.binary.write_text(text)
            o.binary.chmod(0o755)
        done = ctl(o, "upgrade")
        assert done.returncode == 1
        assert re.search(why, done.stderr), done.stderr
        facts = status(o)
        assert facts["pid"] == o.pid and facts["state"] == "serving"
        assert re.search(why, facts["upgrade"]["sentence"])
        c.ask()
        o.connect(trust()).ask().close()
        assert master(o) == o.pid
        o.binary.unlink(missing_ok=True)
    os.rename(good, o.binary)
    assert ctl(o, "upgrade").stdout == "the new program serves\n"
    taken_over(o, o.pid)


def test_a_configuration_that_is_bad_changes_nothing(upgradable, trust):
    o = upgradable()
    good = o.config.read_text()
    o.write(good + "rubbish = 1\n")
    done = ctl(o, "upgrade")
    assert done.returncode == 1
    assert f"{o.config}:{good.count(chr(10)) + 1}: " in done.stderr
    o.write(good.replace("pem-file = \"", "pem-file = \"/none"))
    done = ctl(o, "upgrade")
    assert done.returncode == 1 and "/none" in done.stderr
    assert master(o) == o.pid
    o.connect(trust()).ask()
    o.write(good)
    assert ctl(o, "upgrade").returncode == 0
    taken_over(o, o.pid)


def test_a_second_one_at_once_is_refused(upgradable, trust):
    o = upgradable()
    real = str(o.binary) + ".real"
    os.rename(o.binary, real)
    o.binary.write_text(f'#!/bin/sh\nread wait <"{o.config.parent}/fifo"\n'
                        f'exec "{real}" "$@"\n')
    o.binary.chmod(0o755)
    os.mkfifo(o.config.parent / "fifo")
    first = subprocess.Popen([CTL, f"--socket={o.control}", "upgrade"],
                             stdout=subprocess.PIPE, text=True)
    wait_until(lambda: status(o)["state"] == "upgrading", "the first one")
    second = ctl(o, "upgrade")
    assert second.returncode == 1
    assert "is already in progress" in second.stderr
    (o.config.parent / "fifo").write_text("go\n")
    assert first.communicate(timeout=60)[0] == "the new program serves\n"
    assert first.returncode == 0
    taken_over(o, o.pid)
    o.connect(trust()).ask()


def test_a_reload_asked_for_meanwhile_comes_later(upgradable, trust):
    o = upgradable()
    real = str(o.binary) + ".real"
    os.rename(o.binary, real)
    o.binary.write_text(f'#!/bin/sh\nread wait <"{o.config.parent}/fifo"\n'
                        "exit 1\n")
    o.binary.chmod(0o755)
    os.mkfifo(o.config.parent / "fifo")
    os.kill(o.pid, signal.SIGUSR2)
    wait_until(lambda: status(o)["state"] == "upgrading", "it begins")
    os.kill(o.pid, signal.SIGHUP)
    assert status(o)["generation"] == 1
    (o.config.parent / "fifo").write_text("go\n")
    o.log.wait("generation 2 serves")
    assert status(o)["state"] == "serving"


def test_an_end_ends_the_new_one_as_well(upgradable):
    o = upgradable()
    real = str(o.binary) + ".real"
    os.rename(o.binary, real)
    o.binary.write_text("#!/bin/sh\nexec sleep 1000\n")
    o.binary.chmod(0o755)
    os.kill(o.pid, signal.SIGUSR2)
    wait_until(lambda: status(o)["state"] == "upgrading", "it begins")
    o.term()
    assert o.process.wait(harness.PATIENCE) == 0
    wait_until(lambda: not harness.session_members(o.session), "all gone")


def test_the_supervisor_hears_whom_to_ask_now(upgradable, place):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.settimeout(harness.PATIENCE)
        s.bind(str(place / "notify"))
        o = upgradable(prefix=["env", f"NOTIFY_SOCKET={place}/notify"])
        new = upgrade(o)
        said = []
        while f"MAINPID={new}\nREADY=1" not in "\n".join(said):
            said.append(s.recv(4096).decode())
        assert said[0].startswith("READY=1") and "RELOADING=1" in said[1]
        # From then on the new one speaks, and it alone.
        assert s.recv(4096).decode().startswith(f"READY=1\nMAINPID={new}\n")
        os.kill(new, signal.SIGTERM)
        assert s.recv(4096).decode().startswith("STOPPING=1")


def test_files_are_of_the_new_one(upgradable):
    o = upgradable()
    new = upgrade(o)
    assert o.process.wait(harness.PATIENCE) == 0
    assert master(o) == new and status(o)["pid"] == new
    os.kill(new, signal.SIGTERM)
    wait_until(lambda: not harness.is_alive(new), "the end")
    assert not o.pidfile.exists() and not o.control.exists()


def test_nothing_is_left_open_by_many(upgradable):
    o = upgradable()

    def kinds(pid):
        return sorted(re.sub(r"\d+", "N", link)
                      for link in harness.links(pid))
    first = kinds(upgrade(o))
    for _ in range(3):
        last = upgrade(o)
    wait_until(lambda: kinds(last) == first, "as many as before")


@pytest.mark.skipif(os.geteuid() == 0, reason="is what root is not")
def test_anybody_can(upgradable):
    upgrade(upgradable())


def test_so_can_nobody_in_particular(upgradable, unprivileged, place, www):
    """As root is not: what it needs it has, or is handed."""
    pem = place / "own.pem"
    shutil.copy(www.pem, pem)
    harness.give_away(pem)
    o = upgradable(prefix=unprivileged, pem=pem)
    upgrade(o)
    assert o.process.wait(harness.PATIENCE) == 0


def test_a_daemon_stays_one(upgradable, place, trust):
    where = place / "daemon"
    where.mkdir()
    o = upgradable()
    text = o.config.read_text().replace(str(o.config.parent), str(where))
    config = where / "conf"
    config.write_text(text + f'daemon = on\nlog-filename = "{where}/log"\n')
    done = subprocess.run([o.binary, "--config", config],
                          stdout=subprocess.PIPE, timeout=60,
                          env=harness.sanitized(o.reports))
    assert done.returncode == 0

    def master():
        """From the pid file, which is replaced at an upgrade."""
        try:
            return int((where / "pid").read_text() or 0)
        except FileNotFoundError:
            return 0
    pid = new = master()
    try:
        os.kill(pid, signal.SIGUSR2)
        wait_until(lambda: master() not in (0, pid), "another master")
        wait_until(lambda: not harness.is_alive(pid), "the old one leaves")
        new = master()
        address = re.search(rb"listening on (\S+)", done.stdout)[1].decode()
        harness.Client(harness.to_address(address), trust()).ask().close()
        assert os.readlink(f"/proc/{new}/fd/2") == "/dev/null"
    finally:
        os.kill(new, signal.SIGTERM)
        wait_until(lambda: not harness.is_alive(new), "the end")


# ---------------------------------------------------- socket activation -----

ACTIVATE = """
import os, socket, sys
sockets = []
for what in sys.argv[1].split():
    kind, name = what.split("=")
    host, how = kind.split("/")
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                      socket.SOCK_DGRAM if how == "udp"
                      else socket.SOCK_STREAM)
    s.bind((host, 0))
    if how != "udp":
        s.listen(64)
    sockets.append((s, name))
    print("at", s.getsockname()[1], flush=True)
for i, (s, _) in enumerate(sockets):
    os.dup2(os.dup2(s.fileno(), 100 + i, inheritable=False), 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)),
                  LISTEN_FDNAMES=":".join(n for _, n in sockets))
os.execvp(sys.argv[2], [a.replace("PORT", str(sockets[0][0].getsockname()[1]))
                        for a in sys.argv[2:]])
"""


@pytest.fixture
def activated(launch, backend, www):
    """Started by one who listens already, as systemd does."""
    def make(sockets, front, more="", workers=2, wait=True):
        b = backend()
        o = launch(f'{front}\nbackend = "{b.at}"\npem-file = "{www.pem}"\n'
                   f"{more}", workers=workers,
                   prefix=["/usr/bin/python3", "-c", ACTIVATE, sockets])
        o.backend = b
        if wait:
            o.wait_ready()
        return o
    return make


def given(o):
    return [int(m[1]) for m in o.log.find(r"^at (\d+)$")]


def test_a_socket_is_taken_by_its_name(activated, trust):
    o = activated("127.0.0.1/tcp=www",
                  'frontend "www" { host = "127.0.0.1" port = "1" }')
    for _ in range(8):
        o.connect(trust(), to=("127.0.0.1", given(o)[0])).ask().close()


def test_one_for_the_statistics_is_the_reporters(activated, trust):
    o = activated("127.0.0.1/tcp=stats-listen 127.0.0.1/tcp=www",
                  'frontend "www" { host = "127.0.0.1" port = "0" }',
                  more='stats-listen = "[127.0.0.1]:0"\n')
    stats, www = given(o)
    assert reporter.get(("127.0.0.1", stats), "/health").status == 200
    o.connect(trust(), to=("127.0.0.1", www)).ask()


def test_one_of_any_port_is_taken_by_its_name(activated, trust):
    o = activated("127.0.0.1/tcp=b 127.0.0.1/tcp=a",
                  'frontend "a" { host = "127.0.0.1" port = "0" }\n'
                  'frontend "b" { host = "127.0.0.1" port = "0" }')
    assert sorted(p for _, p in o.addresses) == sorted(given(o))
    o.connect(trust(), to=("127.0.0.1", given(o)[0])).ask()


def test_what_nobody_wants_is_said_and_closed(activated):
    o = activated("127.0.0.1/tcp=www 127.0.0.1/tcp=other 127.0.0.1/udp=www",
                  'frontend "www" { host = "127.0.0.1" port = "0" }')
    said = o.log.wait(r'descriptor 4 \(127.0.0.1:(\d+), "other"\)')
    assert int(said[1]) == given(o)[1]
    o.log.wait(r'descriptor 5 \(not a listening socket, "www"\)')
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", given(o)[1]))


def test_it_stays_after_a_reload_and_more_workers(activated, trust):
    o = activated("127.0.0.1/tcp=www",
                  'frontend "www" { host = "127.0.0.1" port = "1" }',
                  workers=None, more="workers = 1")
    o.reload(o.config.read_text().replace("workers = 1", "workers = 3"))
    wait_until(lambda: len(o.workers()) == 3, "three workers")
    for _ in range(12):
        o.connect(trust(), to=("127.0.0.1", given(o)[0])).ask().close()


def test_those_of_another_process_are_not_touched(launch, backend, www):
    """A variable that an ancestor left behind."""
    o = launch(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
               f'pem-file = "{www.pem}"',
               prefix=["env", "LISTEN_PID=1", "LISTEN_FDS=3",
                       "OFFLOADER_UPGRADE=0 1"])
    o.wait_ready()
