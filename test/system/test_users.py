"""The users that its processes become, and their chroot."""

import grp
import os
import pwd

import pytest

import harness
from marks import needs_root


def ids(pid):
    status = harness.status_of(pid)
    return {name: set(status[name].split()) for name in ("Uid", "Gid",
                                                         "Groups")}


@needs_root
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


@needs_root
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


@needs_root
def test_who_may_not_become_another_says_so(www, place, unprivileged, reports):
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    done = harness.run("--frontend=[127.0.0.1]:0", "--user=root", pem,
                       prefix=unprivileged, reports=reports)
    assert done.returncode == 71
    assert '"root"' in done.stderr and "start as root" in done.stderr
    assert done.stdout == ""


@needs_root
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
