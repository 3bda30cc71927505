"""What the kernel keeps processes from, seen from outside and from inside."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import harness

BUILD = Path(harness.program()).parent.parent
INSIDE = BUILD / "test" / "system" / "inside"
WITHOUT = [sys.executable, str(Path(__file__).parent / "without.py")]

KILLED = "signal 31 (Bad system call)"
REFUSED = "Permission denied"


def sentence(*missing, mode="on"):
    """What the program says of itself, on such a kernel."""
    done = subprocess.run(
        [*(WITHOUT + [*missing, "--"] if missing else []), harness.program(),
         "--test", f"--sandbox={mode}", "--backend=[127.0.0.1]:1",
         "/nonexistent"], capture_output=True, text=True, timeout=60)
    return done.stderr


# Only root can drop capabilities from it.
BOUNDING = ["CapBnd"] if os.geteuid() == 0 else []

CAN = "strict is not possible" not in sentence(mode="strict")
confines = pytest.mark.skipif(
    not CAN, reason="this build or this kernel confines nothing")


@pytest.fixture
def act(www, place, backend, reports):
    """Lets the first process of a role do something; returns what is said."""
    b = backend()
    running = []

    def play(what, *options, without=(), to=None, prefix=()):
        if not INSIDE.exists():
            pytest.skip("test/system/inside is not built")
        words = [*(WITHOUT + [*without, "--"] if without else []), *prefix,
                 str(INSIDE), "--frontend=[127.0.0.1]:0",
                 f"--backend={to or b.at}", "--workers=1", *options,
                 str(www.pem)]
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**harness.sanitized(reports), "OFFLOADER_ACT": what})
        running.append(process)
        found = harness.Lines(process.stdout).wait(
            r"act [a-z-]+: (.*)|ended(?: by|:) (signal .*?\))|"
            r"cannot read it: the keyguard has ended")
        # Before there are workers, the log shows no other end of the keyguard.
        return found[1] or found[2] or KILLED
    play.backend = b
    yield play
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@confines
def test_a_worker_is_confined(simple, trust):
    o = simple(workers=2)
    for pid in o.workers():
        have = harness.status_of(pid)
        assert (have["Seccomp"], have["NoNewPrivs"]) == ("2", "1")
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", *BOUNDING):
            assert int(have[name], 16) == 0, name
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max processes +0 +0 ", limits)
        assert re.search(r"Max core file size +0 +0 ", limits)
    assert harness.status_of(o.pid)["Seccomp"] == "0"
    line = r"info: sandbox: system calls are filtered, Landlock \d+$"
    o.log.wait(line)
    o.connect(trust()).ask()
    assert len(o.log.find(line)) == 1


# What is tried, and what comes of it. The numbers are for the act.
TRIES = {
    "open": REFUSED, "create": REFUSED, "stat": REFUSED, "unlink": KILLED,
    "exec": KILLED, "fork": KILLED, "ptrace": KILLED, "peek": KILLED,
    "kill": KILLED, "bind": KILLED, "mptcp:1": KILLED, "fastopen:1": KILLED,
    "filter-socket": KILLED, "execmem": KILLED, "mprotect": KILLED,
    "ioctl": REFUSED, f"socket:{socket.AF_UNIX}": REFUSED,
    f"socket:{socket.AF_INET6}": REFUSED, "socket:16": REFUSED,
    "socket:0": REFUSED, "socket:38": REFUSED, "socket:44": REFUSED,
    f"socket:{socket.AF_INET}": "done",
    f"datagram:{socket.AF_UNIX}": REFUSED,
    f"datagram:{socket.AF_INET}": KILLED,
    "number:0x40000000": KILLED,	# x32's read()
    "number:1073741823": KILLED,	# nobody's
}


@confines
@pytest.mark.parametrize("what", TRIES)
def test_a_worker_is_refused(act, what):
    assert act(f"worker:{what}") == TRIES[what]


@confines
@pytest.mark.parametrize("what", ["open", "fork", "kill", "bind", "execmem",
                                  "mprotect", "socket:1", "datagram:2"])
def test_without_a_sandbox_the_same_is_done(act, what):
    """Or the looks above would be worth nothing."""
    assert act(f"worker:{what}", "--sandbox=off") == "done"


@confines
def test_a_worker_connects_to_its_backend_only(act):
    there = harness.to_address(act.backend.at)[1]
    with socket.create_server(("127.0.0.1", 0)) as other:
        elsewhere = other.getsockname()[1]
        assert act(f"worker:connect:{there}") == "done"
        assert act(f"worker:connect:{elsewhere}") == REFUSED
        assert act(f"worker:connect:{elsewhere}", "--sandbox=off") == "done"


@confines
def test_one_with_a_unix_backend_has_no_other_family(act, place):
    to = str(place / "backend.sock")
    for family, comes in ((socket.AF_UNIX, "done"),
                          (socket.AF_INET, REFUSED),
                          (socket.AF_INET6, REFUSED)):
        assert act(f"worker:socket:{family}", to=to) == comes


@confines
def test_one_that_logs_to_syslog_finds_it_again(act):
    what = f"worker:datagram:{socket.AF_UNIX}"
    assert act(what, "--syslog") == "done"


@confines
def test_a_worker_can_still_abort(act):
    assert act("worker:abort") == "signal 6 (Aborted)"


# ------------------------------------------------- the reporter -------------

REPORTER = {"open": REFUSED, "exec": KILLED, "fork": KILLED, "ptrace": KILLED,
            "kill": KILLED, "execmem": KILLED, "bind": KILLED,
            "connect:1": REFUSED, f"socket:{socket.AF_INET}": REFUSED,
            f"socket:{socket.AF_UNIX}": REFUSED}


@confines
@pytest.mark.parametrize("what", REPORTER)
def test_a_reporter_is_refused(act, what):
    assert act(f"reporter:{what}", "--stats-listen=[127.0.0.1]:0") == \
        REPORTER[what]


@confines
def test_a_reporter_is_confined(simple):
    o = simple('stats-listen = "[127.0.0.1]:0"')
    o.log.wait("statistics on")

    def confined():
        have = [harness.status_of(pid) for pid in harness.children(o.pid)
                if pid != o.keyguard()]
        return len(have) == 2 and all(
            (h["Seccomp"], h["NoNewPrivs"], int(h["CapEff"], 16)) ==
            ("2", "1", 0) for h in have)
    harness.wait_until(confined, "worker and reporter")


# ------------------------------------------------- who has the keys ---------

KEYGUARD = {"open": "done", "create": REFUSED, "unlink": KILLED,
            "exec": KILLED, "fork": "done", "ptrace": KILLED, "peek": KILLED,
            "kill": "Operation not permitted", "bind": KILLED,
            "execmem": REFUSED, "ioctl": REFUSED, "connect:1": REFUSED,
            f"socket:{socket.AF_UNIX}": REFUSED,
            f"socket:{socket.AF_INET}": REFUSED,
            f"datagram:{socket.AF_INET}": REFUSED}
SIGNER = {"open": REFUSED, "create": REFUSED, "exec": KILLED, "fork": KILLED,
          "ptrace": KILLED, "peek": KILLED, "kill": KILLED, "bind": KILLED,
          "execmem": KILLED, "mprotect": KILLED, "ioctl": REFUSED,
          "connect:1": REFUSED, f"socket:{socket.AF_UNIX}": REFUSED,
          f"socket:{socket.AF_INET}": REFUSED, "abort": "signal 6 (Aborted)"}


@confines
@pytest.mark.parametrize("role,what", [
    *(("keyguard", what) for what in KEYGUARD),
    *(("signer", what) for what in SIGNER)])
def test_who_has_keys_is_refused(act, role, what):
    assert act(f"{role}:{what}") == \
        {"keyguard": KEYGUARD, "signer": SIGNER}[role][what]


@confines
def test_who_has_keys_is_confined(simple, trust):
    o = simple(workers=2)
    o.connect(trust()).ask()
    harness.wait_until(lambda: len(o.signers()) == 2, "a signer for each")
    for pid in [o.keyguard(), *o.signers()]:
        have = harness.status_of(pid)
        assert (have["Seccomp"], have["NoNewPrivs"]) == ("2", "1")

    def have_nothing():
        have = [harness.status_of(pid) for pid in o.signers()]
        return {int(h[cap], 16) for h in have for cap in
                ("CapEff", *BOUNDING)} == {0}
    harness.wait_until(have_nothing, "signers without capabilities")


# ------------------------------------------------- what a kernel lacks ------

@confines
@pytest.mark.parametrize("what,comes", [
    ("open", REFUSED), ("create", REFUSED), ("exec", REFUSED),
    ("ptrace", "Operation not permitted"),
    ("kill", "Operation not permitted"), ("bind", REFUSED)])
def test_without_seccomp_landlock_is_what_there_is(act, what, comes):
    assert act(f"worker:{what}", without=["seccomp"]) == comes


@confines
def test_without_seccomp_nobody_forks_either(act, place, www, unprivileged):
    """But for root, whom that limit does not bind."""
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    if not unprivileged:
        assert act("worker:fork", without=["seccomp"]) == \
            "Resource temporarily unavailable"
        return
    assert act("worker:fork", "--user=nobody", without=["seccomp"]) == \
        "Resource temporarily unavailable"


@confines
@pytest.mark.parametrize("what,comes", [
    ("open", REFUSED), ("exec", KILLED), ("ptrace", KILLED)])
def test_without_landlock_system_calls_are_filtered(act, what, comes):
    assert act(f"worker:{what}", without=["landlock"]) == comes


@confines
@pytest.mark.parametrize("missing,says", [
    (["seccomp"], "system calls are not filtered (Function not "
     "implemented), Landlock "),
    (["landlock"], "system calls are filtered, no Landlock (Function not "
     "implemented)")], ids=["seccomp", "landlock"])
def test_what_is_missing_is_said_once_and_strict_refuses(
        simple, place, trust, missing, says):
    o = simple("sandbox = on", workers=2,
               prefix=[*WITHOUT, *missing, "--"])
    line = re.escape(f"warning: sandbox: {says}")
    o.log.wait(line)
    o.connect(trust()).ask()
    assert len(o.log.find(line)) == 1
    text = o.config.read_text()
    said = o.reload_refused(text.replace("sandbox = on", "sandbox = strict"))
    assert f"sandbox = strict is not possible: {says}" in said[0]
    assert re.search(r"offloader\.conf:\d+: sandbox = strict", said[0])
    o.connect(trust()).ask()
    done = subprocess.run(
        [*WITHOUT, *missing, "--", harness.program(), "--config", o.config],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 71
    assert f"sandbox = strict is not possible: {says}" in done.stderr


def test_one_that_cannot_says_why_and_strict_refuses():
    """Whatever this build is: a sentence, or silence."""
    said = sentence(mode="strict")
    if CAN:
        assert "sandbox" not in said
    else:
        assert re.search(r"sandbox = strict is not possible: .* \(.+\)", said)
    assert "sandbox" not in sentence(mode="on")


def test_status_says_what_there_is(simple, place):
    o = simple(f'control-socket = "{place}/control"\nsandbox = on')
    ctl = [BUILD / "offloader" / "offloaderctl",
           f"--socket={place}/control", "status"]
    text = subprocess.run(ctl, capture_output=True, text=True, check=True)
    facts = json.loads(subprocess.run(
        [*ctl, "--json"], capture_output=True, text=True, check=True).stdout)
    line = o.log.wait(r": sandbox: (.*)$")[1]
    assert f"sandbox: {line}\n" in text.stdout
    assert facts["sandbox"] == line
    o.reload(o.config.read_text().replace("sandbox = on", "sandbox = off"))
    text = subprocess.run(ctl, capture_output=True, text=True, check=True)
    assert "sandbox: off\n" in text.stdout


def test_no_hand_is_inside_the_program_that_ships():
    program = Path(harness.program()).read_bytes()
    assert b"OFFLOADER_ACT" not in program
    if INSIDE.exists():
        assert b"OFFLOADER_ACT" in INSIDE.read_bytes()
