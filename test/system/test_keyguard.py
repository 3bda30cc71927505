"""The process with the private keys: who has them, and what becomes of us
when it or one of its signers dies."""

import array
import os
import re
import signal
import ssl
from pathlib import Path

import pytest

import harness
import pki as pki_module
from harness import wait_until
from load import Load
from test_upgrade import master, upgradable, upgrade	# noqa: F401

HANDSHAKES = 1000

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may read others' memory")


# -------------------------------------------------------- what is searched --

def numbers(key):
    """The secret numbers of a key, by openssl's own names of them."""
    said = pki_module.openssl("pkey", "-in", key, "-noout", "-text").decode()
    found, name = {}, None
    for line in said.splitlines():
        if m := re.match(r"(\w[\w ]*):", line):
            name = m[1]
            found[name] = ""
        elif name and line.startswith("    "):
            found[name] += line.strip().replace(":", "")
    return {name: bytes.fromhex(text).lstrip(b"\0")
            for name, text in found.items() if name in (
                "privateExponent", "prime1", "prime2", "exponent1",
                "exponent2", "coefficient", "priv")}


def needles(*keys):
    """What no other process may have: each number in both orders of bytes, as
    DER and as libcrypto keep it, and lines of the PEM text."""
    found = {}
    for key in keys:
        for name, value in numbers(key).items():
            found[f"{key.name} {name}"] = value[:24]
            found[f"{key.name} {name} reversed"] = value[::-1][:24]
        for i, line in enumerate(key.read_text().splitlines()[1:3]):
            found[f"{key.name} line {i}"] = line[:40].encode()
    assert all(len(n) >= 16 for n in found.values())
    return found


PAGE = os.sysconf("SC_PAGESIZE")
THERE = 3 << 62		# in memory, or swapped out


def runs(pages, begin, end):
    """Where pages have ever been written to: of the rest a sanitizer has
    terabytes."""
    pages.seek(begin // PAGE * 8)
    flags = array.array("Q", pages.read((end - begin) // PAGE * 8))
    start = None
    for i, flag in enumerate(flags):
        if flag & THERE and start is None:
            start = i
        elif not flag & THERE and start is not None:
            yield begin + start * PAGE, begin + i * PAGE
            start = None
    if start is not None:
        yield begin + start * PAGE, end


def memory(pid):
    """Each piece of a process's memory."""
    with open(f"/proc/{pid}/mem", "rb", 0) as mem, \
            open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights, *rest = line.split()
            begin, end = (int(n, 16) for n in place.split("-"))
            if rights[0] != "r" or rest[-1].startswith("[v") or \
                    end - begin > 1 << 32:
                continue
            for at, to in runs(pages, begin, end):
                try:
                    mem.seek(at)
                    yield mem.read(to - at)
                except OSError:	# the hole behind a file's end
                    continue


def search(pid, wanted):
    """What of it a process has."""
    try:
        return sorted({name for piece in memory(pid)
                       for name, needle in wanted.items() if needle in piece})
    except (FileNotFoundError, ProcessLookupError):
        return []	# it has left meanwhile


def others(pid):
    """The master and all that it has started, but for those with the keys."""
    return [p for p in [pid] + harness.family(pid)
            if harness.name_of(p) not in ("offloader-keys", "offloader-sign")]


def clean(pid, wanted):
    for p in others(pid):
        assert search(p, wanted) == [], harness.name_of(p)


@pytest.fixture(scope="module")
def pairs(pki):
    """A key of each kind, one of them in a file of its own."""
    return [pki.server("ec.example", key="ec"),
            pki.server("rsa.example", key="rsa"),
            pki.server("p384.example", key="p384")]


def blocks(pairs):
    return "".join(f'pem-file = "{p.pem}"\n' for p in pairs[:-1]) + \
        f'pem-file = {{\ncert = "{pairs[-1].cert}"\n' \
        f'private-key = "{pairs[-1].key}"\n}}\n'


def shake(o, context, count, names=("ec.example", "rsa.example",
                                    "p384.example")):
    for i in range(count):
        o.connect(context, sni=names[i % len(names)]).close()
        o.clients.clear()


# ----------------------------------------------------------- the memory -----

@needs_root
def test_no_process_but_those_with_the_keys_ever_had_them(start, backend,
                                                          trust, pairs):
    """After a thousand handshakes, and after a reload that reads anew."""
    wanted = needles(*(p.key for p in pairs))
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'stats-listen = "[127.0.0.1]:0"\n{blocks(pairs)}', workers=2)
    context = trust()
    shake(o, context, HANDSHAKES)
    assert len(others(o.pid)) == 4	# master, workers, reporter
    clean(o.pid, wanted)
    held = o.connect(context, sni="rsa.example").ask()
    for p in pairs:
        os.utime(p.pem)
        os.utime(p.key)
    o.reload()
    shake(o, context, 6)
    o.log.wait("certificates read: 3")
    assert len(others(o.pid)) >= 5	# of both generations
    clean(o.pid, wanted)
    held.ask()
    guard = o.keyguard()
    assert search(guard, wanted), "the search finds nothing anywhere"


@needs_root
def test_without_isolation_the_same_search_finds_them(start, backend, trust,
                                                      pairs):
    wanted = needles(*(p.key for p in pairs))
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'key-isolation = off\n{blocks(pairs)}')
    o.log.wait("warning: key-isolation = off: every worker has all private "
               "keys")
    shake(o, trust(), 6)
    worker, = o.workers()
    found = search(worker, wanted)
    for name in ("privateExponent", "prime1", "prime2", "exponent1",
                 "exponent2", "coefficient", "priv"):
        assert [f for f in found if name in f], name
    assert o.keyguard() is None and search(o.pid, wanted)


@needs_root
def test_nor_does_a_program_that_takes_over(upgradable, trust,	# noqa: F811
                                            pairs):
    wanted = needles(*(p.key for p in pairs))
    o = upgradable(blocks(pairs), workers=2)
    context = trust()
    shake(o, context, 6)
    held = o.connect(context, sni="rsa.example").ask()
    new = upgrade(o)
    o.connect(context, sni="p384.example").ask().close()
    clean(o.pid, wanted)
    clean(new, wanted)
    assert harness.keyguard_of(new) not in (None, o.keyguard())
    held.ask()


# ----------------------------------------------------------- who they are ---

def all_signers(o, count=1):
    """They are forked after their workers, which wait for none of them."""
    wait_until(lambda: len(o.signers()) == count, "every signer")
    return o.signers()


def limits_of(pid):
    """Whether it leaves no core file."""
    return re.search(r"^Max core file size +0 +0 ",
                     Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)


def test_the_keyguard_listens_nowhere_and_cannot_be_looked_into(simple):
    o = simple(workers=2)
    guard = o.keyguard()
    for pid in [guard] + all_signers(o, 2):
        wait_until(lambda: limits_of(pid), "its limits")
        assert not harness.listens(pid)
        sockets = [link for link in harness.links(pid)
                   if link.startswith("socket:")]
        assert len(sockets) == 1, harness.name_of(pid)
        if os.geteuid() == 0:
            # What is not dumpable is root's, whoever it runs as.
            assert os.stat(f"/proc/{pid}/mem").st_uid == 0


@needs_root
def test_signers_are_who_workers_are(simple, place):
    jail = place / "jail"
    jail.mkdir(mode=0o755)
    o = simple(f'user = "nobody"\nchroot = "{jail}"', leaks=False)
    signer, = all_signers(o)
    wait_until(lambda: harness.status_of(signer)["Uid"].split() ==
               ["65534"] * 4, "nobody")
    wait_until(lambda: harness.status_of(signer)["NoNewPrivs"] == "1", "more")
    facts = harness.status_of(signer)
    assert facts["CapEff"] == "0" * 16
    assert facts["NoNewPrivs"] == "1"
    assert os.readlink(f"/proc/{signer}/root") == str(jail)
    assert harness.status_of(o.keyguard())["Uid"].split()[0] == "0"


def test_signers_let_their_workers_finish_what_they_do(simple):
    o = simple(workers=2)
    for pid in [o.keyguard()] + o.signers():
        assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    for pid in o.workers():
        assert os.sched_getscheduler(pid) == os.SCHED_OTHER


# ----------------------------------------------------------- deaths ---------

def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not harness.is_alive(pid), "its end")


def test_a_dead_keyguard_is_replaced_and_nobody_notices(simple, trust):
    o = simple(workers=2)
    context = trust()
    held = o.connect(context).ask()
    with Load(o, context) as load:
        for i in range(3):
            old = o.keyguard()
            kill(old)
            load.more(10)
            o.log.wait("keyguard ended by signal 9", count=i + 1)
            wait_until(lambda: o.keyguard() not in (None, old), "another")
            load.more(10)
    assert not load.failed
    held.ask()


def another_signer(o, old):
    wait_until(lambda: any(p not in old for p in o.signers()), "another")


def test_a_dead_signer_is_replaced_and_open_connections_go_on(simple, trust):
    o = simple()
    context = trust()
    held = o.connect(context).ask()
    for _ in range(3):
        old = o.signers()
        kill(old[0])
        held.ask()
        another_signer(o, old)
        o.connect(context).ask().close()
    o.log.wait("signer of worker 0 of generation 1 ended: signal 9", count=3)
    held.ask()


def test_a_signer_that_dies_with_the_keyguard_is_replaced_as_well(simple,
                                                                  trust):
    o = simple()
    context = trust()
    held = o.connect(context).ask()
    old, signers = o.keyguard(), all_signers(o)
    os.kill(old, signal.SIGKILL)
    os.kill(signers[0], signal.SIGKILL)
    wait_until(lambda: o.keyguard() not in (None, old), "another keyguard")
    another_signer(o, signers)
    o.connect(context).ask().close()
    held.ask()


def begin_handshake(o, context):
    """A client that has sent its ClientHello and waits for the answer."""
    raw = o.raw()
    raw.setblocking(False)
    tls = context.wrap_socket(raw, server_hostname="www.example.com",
                              do_handshake_on_connect=False)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return tls


def test_a_handshake_that_nobody_signs_ends_with_its_own_reason(simple,
                                                               trust):
    o = simple()
    held = o.connect(trust()).ask()
    old = o.signers()
    os.kill(old[0], signal.SIGSTOP)
    client = begin_handshake(o, trust())
    # Its hello has been read when one that came later has been answered.
    held.ask()
    kill(old[0])
    o.log.wait("conn .*end=keyguard")
    another_signer(o, old)
    o.connect(trust()).ask().close()
    held.ask()
    client.close()


def test_the_next_keyguard_has_the_keys_that_did_not_change(
        start, backend, trust, pki, www, place):
    one, two = pki.server("one.example"), pki.server("two.example")
    file = place / "changes.pem"
    file.touch(mode=0o600)
    file.write_bytes(one.pem.read_bytes())
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'pem-file = "{www.pem}"\npem-file = "{file}"\n')
    context = trust()
    file.write_bytes(two.pem.read_bytes())
    guard, signers = o.keyguard(), all_signers(o)
    kill(guard)
    o.log.wait("changes.pem: the private key has changed")
    # Who signed before has what it had.
    o.connect(context, sni="one.example").ask().close()
    kill(signers[0])
    another_signer(o, signers)
    held = o.connect(context).ask()
    with pytest.raises(OSError):
        o.connect(context, sni="one.example").ask()
    # That was no reason to end anybody else's.
    o.connect(context).ask().close()
    assert len(o.log.find("signer .* ended")) == 0
    held.ask()
    o.reload()
    o.connect(context, sni="two.example").ask().close()


def test_a_reload_after_its_death_reads_what_changed(simple, trust, pki):
    o = simple()
    for _ in range(2):
        old = o.keyguard()
        os.kill(old, signal.SIGKILL)
        since = o.mark()
        o.hup()
        o.log.wait(r"generation \d+ serves|reload refused", since)
        wait_until(lambda: o.keyguard() not in (None, old), "another")
        o.reload()
        o.connect(trust()).ask().close()


def test_a_file_broken_at_a_reload_does_not_take_its_key_away(
        start, backend, trust, pki, www, place):
    folder = place / "certs"
    folder.mkdir()
    one = pki.server("one.example")
    file = folder / "one.pem"
    file.touch(mode=0o600)
    file.write_bytes(one.pem.read_bytes())
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'pem-file = "{www.pem}"\npem-dir = "{folder}"\n')
    file.write_bytes(one.cert.read_bytes() + b"-----BEGIN PRIVATE KEY-----\n")
    o.reload()
    o.log.wait("one.pem: .*; the one that was read before is still shown")
    o.connect(trust(), sni="one.example").ask().close()


def test_it_ends_with_its_master_and_not_before_the_last_signer(simple,
                                                                trust):
    o = simple()
    guard, held = o.keyguard(), o.connect(trust()).ask()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(guard, number)
    o.kill()
    held.ask()
    assert harness.is_alive(guard)
    held.close()
    wait_until(lambda: not harness.is_alive(guard), "its end")


def test_a_key_of_a_kind_that_cannot_be_isolated_says_the_way_out(
        launch, pki, place):
    key, cert = place / "pss.key", place / "pss.crt"
    pki_module.openssl("req", "-x509", "-newkey", "rsa-pss", "-nodes", "-subj",
                       "/CN=pss", "-keyout", key, "-out", cert)
    words = 'frontend = "[127.0.0.1]:0"\nbackend = "127.0.0.1:1"\n' \
        f'pem-file = {{\ncert = "{cert}"\nprivate-key = "{key}"\n}}\n'
    o = launch(words)
    assert o.wait_end() == 78
    o.killed_by = 78
    assert o.log.find(re.escape(f"{key}: keys of this kind can only be used "
                                "with key-isolation = off"))


def test_isolation_needs_a_restart(simple, trust):
    o = simple()
    text = o.config.read_text()
    guard = o.keyguard()
    o.reload(text + "key-isolation = off\n")
    o.log.wait("option key-isolation needs a restart")
    assert o.keyguard() == guard
    o.connect(trust()).ask().close()
