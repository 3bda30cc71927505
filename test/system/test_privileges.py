"""What workers may do, whoever started the program."""

import grp
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import harness
from harness import wait_until
from marks import needs_root

CAPS = ("CapInh", "CapPrm", "CapEff", "CapAmb")
LOW_PORT = ("127.83.12.7", 443)		# nobody else's


def caps(pid):
    have = harness.status_of(pid)
    return {name: int(have[name], 16) for name in CAPS}


def limits(pid):
    """Soft and hard, as text: "0", "1024", "unlimited"."""
    found = {}
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
        found[line[:25].strip()] = line[25:].split()[:2]
    return found


def has_shed(pid):
    assert harness.status_of(pid)["NoNewPrivs"] == "1"
    assert limits(pid)["Max core file size"] == ["0", "0"]
    soft, hard = limits(pid)["Max open files"]
    assert soft == hard


@needs_root
@pytest.mark.parametrize("groups", [[], [1, 2]], ids=["none", "some"])
def test_started_by_root_they_are_nobody_and_may_nothing(simple, trust,
                                                         groups):
    """Root's own groups included: they would open more than is meant."""
    prefix = ["setpriv", f"--groups={','.join(map(str, groups))}"] if groups \
        else []
    o = simple('user = "nobody"', workers=2, prefix=prefix)
    nobody = pwd.getpwnam("nobody")
    for pid in o.workers():
        have = harness.status_of(pid)
        assert have["Uid"].split() == [str(nobody.pw_uid)] * 4
        assert have["Gid"].split() == [str(nobody.pw_gid)] * 4
        allowed = {str(g.gr_gid) for g in grp.getgrall()
                   if "nobody" in g.gr_mem} | {str(nobody.pw_gid)}
        assert set(have["Groups"].split()) <= allowed
        assert set(caps(pid).values()) == {0}
        has_shed(pid)
        # Files of a process whose memory is hidden are root's.
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0
    o.connect(trust()).ask()


@needs_root
def test_other_processes_of_their_user_cannot_look_into_them(simple, trust,
                                                             unprivileged):
    o = simple('user = "nobody"')
    worker, = o.workers()
    done = subprocess.run([*unprivileged, "cat", f"/proc/{worker}/environ"],
                          capture_output=True, text=True)
    assert "Permission denied" in done.stderr


def test_started_by_anybody_they_have_shed_what_they_had(
        start, backend, www, trust, place, unprivileged):
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{backend().at}"\npem-file = "{pem}"',
              prefix=unprivileged)
    worker, = o.workers()
    assert set(caps(worker).values()) == {0}
    has_shed(worker)
    o.connect(trust()).ask()


@needs_root
def test_one_capability_is_enough_for_low_ports(start, backend, www, trust,
                                                place):
    """And the workers do not have it: the master's sockets are theirs."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    address = harness.to_text(LOW_PORT)
    o = start(f'frontend = "{address}"\n'
              f'backend = "{backend().at}"\npem-file = "{pem}"',
              prefix=["setpriv", "--reuid=65534", "--regid=65534",
                      "--clear-groups", "--inh-caps=-all,+net_bind_service",
                      "--ambient-caps=-all,+net_bind_service"])
    assert caps(o.pid)["CapEff"] == 1 << 10
    for _ in range(2):
        for pid in o.workers():
            assert set(caps(pid).values()) == {0}
        o.connect(trust()).ask()
        o.reload()
    text = o.config.read_text()
    other = harness.to_text((LOW_PORT[0], 444))
    o.reload(f'frontend = "{other}"\n' + text)
    o.connect(trust(), to=(LOW_PORT[0], 444)).ask()


@needs_root
def test_without_it_low_ports_are_refused_in_words(www, place, unprivileged):
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    done = subprocess.run(
        [*unprivileged, harness.program(),
         f"--frontend={harness.to_text(LOW_PORT)}", pem],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 69
    assert "CAP_NET_BIND_SERVICE" in done.stderr


@needs_root
def test_a_reload_may_change_who_they_are(simple, trust):
    o = simple('user = "nobody"')
    text = o.config.read_text()
    o.reload(text.replace('"nobody"', '"daemon"'))
    wait_until(lambda: len(o.workers()) == 1, "one worker")
    worker, = o.workers()
    assert harness.status_of(worker)["Uid"].split()[0] == \
        str(pwd.getpwnam("daemon").pw_uid)
    o.connect(trust()).ask()


@needs_root
def test_a_unix_backend_is_looked_up_in_the_chroot(start, backend, www, trust,
                                                   place, reports):
    """No leaks are looked for there: that needs a /proc."""
    jail = place / "jail"
    inside = jail / str(reports).lstrip("/")
    inside.mkdir(parents=True)
    for path in inside.parents:
        if jail in (path, *path.parents):
            path.chmod(0o755)
    inside.chmod(0o1777)
    b = backend(harness.echo, jail / "backend.sock")
    (jail / "backend.sock").chmod(0o777)
    o = start('frontend = "[127.0.0.1]:0"\nbackend = "/backend.sock"\n'
              f'pem-file = "{www.pem}"\nchroot = "{jail}"\nuser = "nobody"',
              leaks=False)
    for _ in range(2):
        o.connect(trust()).ask()
        o.reload()
    assert len(b.all) == 2
    o.stop()
    assert not list(inside.iterdir())


@needs_root
def test_no_file_changes_hands(launch, backend, trust, place, www):
    """Those we write to and those we read: owner, group and mode stay."""
    log, pid, pem = files = [place / name for name in ("log", "pid", "pem")]
    for file in files:
        file.write_bytes(www.pem.read_bytes() if file == pem else b"")
        os.chown(file, 65534, 2)
        file.chmod(0o600 if file == pem else 0o640)

    def owners():
        return [(s.st_uid, s.st_gid, s.st_mode)
                for s in map(os.stat, files)]
    before = owners()
    o = launch('frontend = "[127.0.0.1]:0"\nuser = "daemon"\n'
               f'backend = "{backend().at}"\nlog-filename = "{log}"\n'
               f'pidfile = "{pid}"\npem-file = "{pem}"')
    o.wait_ready("listening on")
    o.connect(trust()).ask()
    os.kill(o.pid, signal.SIGUSR1)
    o.hup()
    wait_until(lambda: "generation 2 serves" in log.read_text(), "a reload")
    assert owners() == before
