"""How a master is asked, and what it tells its supervisor unasked."""

import json
import os
import re
import signal
import socket
import struct
import subprocess

import pytest

import harness
from harness import wait_until
from marks import needs_root

CTL = os.path.join(os.path.dirname(harness.program()), "offloaderctl")


class Supervisor:
    """What systemd would hear, and from whom."""

    def __init__(self, name):
        self.name = str(name)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sock.bind("\0" + self.name[1:] if self.name[0] == "@"
                       else self.name)
        self.sock.settimeout(harness.PATIENCE)
        self.heard = []

    def hear(self):
        """The next datagram as a dictionary; "pid" is who sent it."""
        data, more, _, _ = self.sock.recvmsg(4096, 64)
        facts = dict(line.split("=", 1) for line in data.decode().split("\n"))
        facts["pid"] = struct.unpack("3i", more[0][2])[0]
        self.heard.append(facts)
        return facts

    def wait(self, word):
        while True:
            facts = self.hear()
            if word in facts:
                return facts


@pytest.fixture(params=["path", "abstract"])
def supervisor(request, place):
    made = Supervisor(place / "notify" if request.param == "path"
                      else f"@offloader-{place.name}")
    yield made
    made.sock.close()


@pytest.fixture
def asked(simple, place):
    """The program with a control socket."""
    def make(more="", **how):
        o = simple(f'control-socket = "{place}/control"\n{more}', **how)
        o.control = place / "control"
        return o
    return make


def ctl(o, *words, prefix=()):
    return subprocess.run(
        [*map(str, prefix), CTL, f"--socket={o.control}", *words],
        capture_output=True, text=True, timeout=60,
        env=harness.sanitized(o.reports))


def status(o):
    done = ctl(o, "--json", "status")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def say(o, data):
    """Bytes to the control socket, and all that comes back."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(harness.PATIENCE)
        s.connect(str(o.control))
        try:
            s.sendall(data)
        except BrokenPipeError:
            pass
        got = b""
        try:
            for more in iter(lambda: s.recv(4096), b""):
                got += more
        except ConnectionResetError:
            pass	# it had not read all
        return got.decode()


# ----------------------------------------------------------- supervisor -----

def test_a_supervisor_hears_of_start_reload_and_end(simple, supervisor):
    o = simple(prefix=["env", f"NOTIFY_SOCKET={supervisor.name}"], workers=2)
    good = o.config.read_text()
    ready = supervisor.wait("READY")
    assert ready["READY"] == "1" and ready["MAINPID"] == str(o.pid)
    assert ready["STATUS"] == "serving: generation 1, 2 workers"
    o.reload()
    reloading = supervisor.wait("RELOADING")
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert "READY" not in reloading
    ready = supervisor.wait("READY")
    assert re.fullmatch("serving: generation 2, 2 workers; "
                        r"reload of \d{4}-\S+Z done", ready["STATUS"])
    o.reload_refused(good + "\nrubbish = 1\n")
    supervisor.wait("RELOADING")
    ready = supervisor.wait("READY")
    line = good.count("\n") + 2
    assert "generation 2" in ready["STATUS"]
    assert f"failed: {o.config}:{line}: " in ready["STATUS"]
    o.term()
    assert "draining" in supervisor.wait("STOPPING")["STATUS"]
    assert {h["pid"] for h in supervisor.heard} == {o.pid}


def test_a_supervisor_is_told_that_the_master_lives(simple, place):
    s = Supervisor(place / "notify")
    simple(prefix=["env", f"NOTIFY_SOCKET={s.name}", "WATCHDOG_USEC=100000"])
    for _ in range(3):
        s.wait("WATCHDOG")
    s.sock.close()


def test_a_supervisor_that_is_gone_does_no_harm(simple, place, trust):
    o = simple(prefix=["env", f"NOTIFY_SOCKET={place}/nobody"])
    o.reload()
    o.connect(trust()).ask()


# ------------------------------------------------------------- questions ----

def test_status_tells_how_it_is(asked):
    o = asked(workers=2)
    facts = status(o)
    assert facts["pid"] == o.pid
    assert facts["state"] == "serving"
    assert (facts["generation"], facts["workers"]) == (1, 2)
    assert facts["reload"] is None and facts["upgrade"] is None
    text = ctl(o, "status").stdout
    assert "serving: generation 1, 2 workers" in text
    assert "last reload: none" in text


def test_a_reload_is_answered_when_it_has_settled(asked, trust):
    o = asked()
    old = o.workers()
    done = ctl(o, "reload")
    assert (done.returncode, done.stdout) == (0, "generation 2 serves\n")
    assert not set(old) & {w["pid"] for w in workers(o)
                           if w["state"] == "serving"}
    assert status(o)["reload"]["outcome"] == "done"
    o.connect(trust()).ask()


def workers(o):
    done = ctl(o, "--json", "workers")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_reload_that_fails_says_why_and_where(asked):
    o = asked()
    good = o.config.read_text()
    o.write(good + 'nonsense = "\\"\n')
    done = ctl(o, "reload")
    where = f"{o.config}:{good.count(chr(10)) + 1}: "
    assert done.returncode == 1 and done.stdout == ""
    assert where in done.stderr
    last = status(o)["reload"]
    assert last["outcome"] == "failed" and last["generation"] == 1
    assert last["sentence"].startswith(where)
    done = ctl(o, "--json", "reload")
    assert done.returncode == 1
    assert json.loads(done.stdout)["sentence"].startswith(where)
    o.write(good)
    assert ctl(o, "reload").returncode == 0
    assert status(o)["reload"]["sentence"] == ""


def test_a_reload_whose_workers_fail_says_so(asked, place):
    """What is only found out by them: a folder that is gone meanwhile."""
    o = asked(workers=1)
    good = o.config.read_text()
    o.write(good + f'chroot = "{place}/none"\n')
    done = ctl(o, "reload")
    assert done.returncode == 1 and "chroot" in done.stderr


def test_many_at_once_are_all_answered(asked):
    o = asked()
    some = [subprocess.Popen(
        [CTL, f"--socket={o.control}", "reload"], stdout=subprocess.PIPE,
        text=True, env=harness.sanitized(o.reports)) for _ in range(8)]
    for one in some:
        out, _ = one.communicate(timeout=60)
        assert one.returncode == 0 and re.fullmatch(
            r"generation \d+ serves\n", out)
    assert 2 <= status(o)["generation"] <= 9


def test_workers_are_told_one_by_one(asked, trust):
    o = asked(workers=2)
    c = o.connect(trust()).ask()
    o.reload()

    def told():
        return {w["pid"] for w in workers(o)
                if w["state"] in ("serving", "draining")}
    wait_until(lambda: len(o.workers()) == 3 and told() == set(o.workers()),
               "one old worker has left, and is told to have ended")
    found = workers(o)
    assert [w["generation"] for w in found
            if w["state"] == "serving"] == [2, 2]
    assert "generation 2 worker 1: process " in ctl(o, "workers").stdout
    c.close()


def test_drain_ends_it_with_its_last_client(asked, trust):
    o = asked()
    c = o.connect(trust()).ask()
    done = ctl(o, "drain")
    assert (done.returncode, done.stdout) == (0, "draining\n")
    assert status(o)["state"] == "draining"
    assert "draining" in ctl(o, "reload").stderr
    c.ask()
    c.close()
    assert o.wait_end() == 0
    assert not o.control.exists()


def test_the_socket_is_found_in_the_configuration(asked):
    o = asked()
    o.write(o.config.read_text() + "rubbish = 1\n")
    done = subprocess.run([CTL, f"--config={o.config}", "status"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words, code", [
    ([], 64), (["nonsense"], 64), (["status", "json"], 64), (["--what"], 64),
    (["--socket=/nowhere/at/all", "status"], 69),
    (["--config=/nowhere/at/all", "status"], 66),
    (["--help"], 0), (["--version"], 0)])
def test_the_exit_status_says_what_is_wrong(words, code):
    done = subprocess.run([CTL, *words], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == code
    assert bool(done.stderr) == (code != 0)


def test_a_configuration_without_a_socket_is_named(simple):
    o = simple()
    done = subprocess.run([CTL, f"--config={o.config}", "status"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 78 and "control-socket" in done.stderr


# ---------------------------------------------------------- the stranger ----

@needs_root
def test_nobody_else_may_ask(asked, unprivileged):
    o = asked()
    assert o.control.stat().st_mode & 0o777 == 0o600
    assert ctl(o, "status", prefix=unprivileged).returncode == 69
    o.control.chmod(0o666)
    done = ctl(o, "drain", prefix=unprivileged)
    assert done.returncode == 1 and "only root" in done.stderr
    assert status(o)["state"] == "serving"


@pytest.mark.parametrize("data, why", [
    (b"nonsense\n", "unknown command"), (b"status xml\n", "json"),
    (b"x" * 64, "too long"), (b"x" * 100000, "too long"),
    (b"\0\n", "unknown command")])
def test_what_is_no_command_is_refused_with_a_sentence(asked, data, why):
    o = asked()
    got = say(o, data)
    # A reset may overtake the sentence, if we send more than is read.
    assert re.fullmatch(rf"failed .*{why}.*\n", got) or len(data) > 64
    assert status(o)["state"] == "serving"


def test_who_says_nothing_keeps_nobody_from_asking(asked, trust):
    o = asked()
    silent = [socket.socket(socket.AF_UNIX) for _ in range(16)]
    for s in silent:
        s.connect(str(o.control))
    wait_until(lambda: say(o, b"status\n").startswith("failed too many"),
               "no room")
    o.connect(trust()).ask()
    for s in silent:	# they are sent off, each after five seconds
        s.settimeout(harness.PATIENCE)
        assert s.recv(1) == b""
        s.close()
    assert status(o)["state"] == "serving"


def test_who_goes_while_he_waits_does_no_harm(asked):
    o = asked()
    for _ in range(5):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(o.control))
            s.sendall(b"reload\n")
    assert ctl(o, "reload").returncode == 0


def test_workers_have_no_part_in_it(asked):
    """Else a client would wait for its end as long as they live."""
    o = asked(workers=2)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(o.control))
        assert ctl(o, "reload").returncode == 0

        def sockets():
            table = open("/proc/net/unix", encoding="ascii").read()
            return {f"socket:[{row.split()[6]}]" for row
                    in table.splitlines() if row.endswith(str(o.control))}
        assert sockets() & set(harness.links(o.pid))
        for pid in o.workers():
            assert not sockets() & set(harness.links(pid))


# ---------------------------------------------------------- its file --------

def test_two_masters_do_not_share_it(asked, www):
    o = asked()
    done = subprocess.run(
        [harness.program(), "--frontend=[127.0.0.1]:0",
         f"--control-socket={o.control}", www.pem],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 69 and str(o.control) in done.stderr
    assert status(o)["state"] == "serving"


def test_the_file_of_the_dead_is_replaced(asked, place):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(place / "control"))
        s.listen()
    assert status(asked())["state"] == "serving"


def test_a_file_that_is_no_socket_is_left_alone(simple, place, www):
    file = place / "control"
    file.write_text("mine")
    done = subprocess.run(
        [harness.program(), "--frontend=[127.0.0.1]:0",
         f"--control-socket={file}", www.pem],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 69 and str(file) in done.stderr
    assert file.read_text() == "mine"


def test_only_its_own_file_is_removed(asked):
    o = asked()
    o.control.unlink()
    o.control.write_text("another's")
    o.term()
    assert o.wait_end() == 0
    assert o.control.read_text() == "another's"


def test_another_path_needs_a_restart(asked, place):
    o = asked()
    since = o.mark()
    o.reload(o.config.read_text().replace("/control", "/other"))
    o.log.wait("option control-socket needs a restart", since)
    assert status(o)["generation"] == 2
    assert not (place / "other").exists()


def test_signals_are_seen_in_it_too(asked):
    o = asked()
    os.kill(o.pid, signal.SIGHUP)
    wait_until(lambda: status(o)["reload"], "a reload")
    assert status(o)["generation"] == 2
