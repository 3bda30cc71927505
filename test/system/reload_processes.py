"""Options of time limits and processes, changed by a reload."""

import grp
import os
import pwd
import signal

import harness
import reporter
from harness import wait_until
from reload_stage import looks_at


# -------------------------------------------------------------------- time --

def ends_by(t, client, why):
    return t.o.conn(client)["end"] == why


@looks_at("backend-connect-timeout")
def play_backend_connect_timeout(t):
    deaf = t.get("backend")(deaf=True)
    t.own["backend"] = f'backend = "{deaf.at}"'
    t.begin("backend-connect-timeout = 1h")
    t.change("backend-connect-timeout = 200ms")
    assert ends_by(t, t.connect(), "backend-slow")


@looks_at("ssl-handshake-timeout")
def play_ssl_handshake_timeout(t):
    t.begin("ssl-handshake-timeout = 1h")
    t.change("ssl-handshake-timeout = 200ms")
    name = t.o.raw().getsockname()
    assert ends_by(t, name, "handshake-slow")


@looks_at("idle-timeout")
def play_idle_timeout(t):
    t.begin("idle-timeout = 1h")
    t.change("idle-timeout = 200ms")
    assert ends_by(t, t.connect().ask(), "idle")


@looks_at("half-close-timeout")
def play_half_close_timeout(t):
    t.begin("half-close-timeout = 1h",
            serve=lambda a: (a.recv_all(), a.done.wait(harness.PATIENCE)))
    t.change("half-close-timeout = 200ms")
    c = t.connect()
    c.finish()
    assert ends_by(t, c, "half-closed")


@looks_at("drain-timeout")
def play_drain_timeout(t):
    """It holds for workers of this generation, when they retire."""
    t.begin("drain-timeout = 1h")
    t.change("drain-timeout = 200ms")
    c = t.connect().ask()
    t.change("")
    assert ends_by(t, c, "drained")


@looks_at("drain-idle-timeout")
def play_drain_idle_timeout(t):
    t.begin("drain-idle-timeout = off")
    t.change("drain-idle-timeout = 200ms")
    c = t.connect().ask()
    t.change("")
    assert ends_by(t, c, "drain-idle")


@looks_at("watchdog")
def play_watchdog(t):
    o = t.begin("watchdog = off")
    o.deaths_expected = True
    t.change("watchdog = 1s")
    wait_until(lambda: len(o.workers()) == 1, "one worker")
    os.kill(*o.workers(), signal.SIGSTOP)
    o.log.wait("watchdog kills it")


# --------------------------------------------------------------- processes --

@looks_at("workers")
def play_workers(t):
    t.begin("workers = 1", workers=None)
    assert len(t.o.workers()) == 1
    t.change("workers = 3")
    wait_until(lambda: len(t.o.workers()) == 3, "three")


@looks_at("max-generations")
def play_max_generations(t):
    t.begin("max-generations = 8")
    clients = []
    for _ in range(2):
        clients.append(t.connect().ask())
        t.change("max-generations = 8")
    t.change("max-generations = 1")
    assert ends_by(t, clients[0], "drained")


def worker_after(t, words):
    t.change(words)
    wait_until(lambda: len(t.o.workers()) == 1, "one worker")
    return t.o.workers()[0]


@looks_at("chroot")
def play_chroot(t):
    jails = [t.place / name for name in "ab"]
    for jail in jails:
        inside = jail / str(t.get("reports")).lstrip("/")
        inside.mkdir(parents=True)
    t.begin(f'chroot = "{jails[0]}"', leaks=False)
    worker = worker_after(t, f'chroot = "{jails[1]}"')
    assert os.readlink(f"/proc/{worker}/root") == str(jails[1])


@looks_at("user")
def play_user(t):
    t.begin("user = nobody")
    uid = harness.status_of(worker_after(t, "user = daemon"))["Uid"]
    assert set(uid.split()) == {str(pwd.getpwnam("daemon").pw_uid)}


@looks_at("group")
def play_group(t):
    t.begin("group = daemon")
    gid = harness.status_of(worker_after(t, "group = bin"))["Gid"]
    assert set(gid.split()) == {str(grp.getgrnam("bin").gr_gid)}


@looks_at("sandbox")
def play_sandbox(t):
    t.begin("sandbox = off")
    before = harness.status_of(*t.o.workers())["Seccomp"]
    t.o.log.wait("sandbox: off$")
    worker = worker_after(t, "sandbox = on")
    says = t.o.log.wait(": sandbox: system calls are (not )?filtered")[1]
    assert (before, harness.status_of(worker)["Seccomp"]) == \
        ("0", "0" if says else "2")


def needs_restart(t, option):
    t.o.log.wait(f": warning: .*:2: option {option} needs a restart$")


@looks_at("key-isolation")
def play_key_isolation(t):
    t.begin("key-isolation = on")
    guard = t.o.keyguard()
    assert guard
    t.change("key-isolation = off")
    needs_restart(t, "key-isolation")
    assert t.o.keyguard() == guard


@looks_at("daemon")
def play_daemon(t):
    t.begin("daemon = off")
    t.change("daemon = on")
    needs_restart(t, "daemon")
    assert t.o.process.poll() is None


@looks_at("pidfile")
def play_pidfile(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'pidfile = "{old}"')
    t.change(f'pidfile = "{new}"')
    needs_restart(t, "pidfile")
    assert old.read_text() == f"{t.o.pid}\n"
    assert not new.exists()


@looks_at("control-socket")
def play_control_socket(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'control-socket = "{old}"')
    t.change(f'control-socket = "{new}"')
    needs_restart(t, "control-socket")
    assert old.is_socket()
    assert not new.exists()


@looks_at("stats-listen")
def play_stats_listen(t):
    old, new = t.place / "old", t.place / "new"
    t.begin(f'stats-listen = "{old}"')
    t.change(f'stats-listen = "{new}"')
    assert reporter.get(new, "/health").body == b"accepting\n"
    assert not old.exists()
