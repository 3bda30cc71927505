"""SIGHUP: a new configuration beside the old one, whole or not at all."""

import re
import socket
import time

import pytest

import harness
from harness import wait_until
from load import Load


def changed(offloader, pattern, to):
    text, n = re.subn(pattern, to, offloader.config.read_text(), flags=re.M)
    assert n > 0
    return text


def test_a_changed_certificate_is_served(simple, trust, pki):
    o = simple()
    new = pki.server("www.example.com", "example.com", again=1)
    o.reload(changed(o, "pem-file = .*", f'pem-file = "{new.pem}"'))
    assert o.connect(trust()).ask().tls.getpeercert(True) == new.der()


def test_so_is_one_whose_file_was_replaced(start, backend, trust, pki, place):
    """What certbot does: the configuration stays as it is."""
    b = backend()
    file = place / "live.pem"
    old, new = (pki.server("www.example.com", again=n) for n in (2, 3))
    file.write_bytes(old.pem.read_bytes())
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{b.at}"\npem-file = "{file}"')
    assert o.connect(trust()).tls.getpeercert(True) == old.der()
    file.write_bytes(new.pem.read_bytes())
    assert o.connect(trust()).tls.getpeercert(True) == old.der()
    o.reload()
    assert o.connect(trust()).tls.getpeercert(True) == new.der()


def test_only_the_file_that_changed_is_read_again(start, backend, trust, pki,
                                                  place):
    b = backend()
    names = [f"n{i}.example.com" for i in range(6)]
    folder = place / "certs"
    folder.mkdir()
    for n in names:
        (folder / f"{n}.pem").write_bytes(pki.server(n).pem.read_bytes())
    for f in folder.iterdir():
        # What was written in this moment might be written once more.
        wait_until(lambda: time.time() - f.stat().st_ctime > 0.1, "old files")
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-dir = "{folder}"')

    def shown():
        return [o.connect(trust(), sni=n).tls.getpeercert(True)
                for n in names]

    old = shown()
    assert old == [pki.server(n).der() for n in names]
    o.log.wait("certificates read: 6")
    new = pki.server(names[3], again=1)
    (folder / f"{names[3]}.pem").write_bytes(new.pem.read_bytes())
    o.reload()
    o.log.wait("certificates read: 1$")
    assert shown() == old[:3] + [new.der()] + old[4:]
    wait_until(lambda: time.time() -
               (folder / f"{names[3]}.pem").stat().st_ctime > 0.1, "old again")
    o.reload()		# it may be read once more: it was new
    o.reload()
    o.log.wait("certificates read: 0$")
    assert shown() == old[:3] + [new.der()] + old[4:]


def test_a_reload_that_fails_keeps_the_certificates_there_were(
        start, backend, trust, pki, place):
    b = backend()
    good, bad = place / "good.pem", place / "bad.pem"
    one, other = (pki.server("www.example.com", again=n) for n in (4, 5))
    for f in good, bad:
        f.write_bytes(one.pem.read_bytes())
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
              f'pem-file = "{bad}"\npem-file = "{good}"')
    good.write_bytes(other.pem.read_bytes())
    bad.write_text("rubbish")
    o.reload_refused()
    assert o.connect(trust()).tls.getpeercert(True) == one.der()
    bad.write_bytes(one.pem.read_bytes())
    o.reload()
    assert o.connect(trust()).tls.getpeercert(True) == other.der()


@pytest.mark.parametrize("workers", [1, 3])
def test_an_established_connection_lives_on(simple, trust, workers):
    o = simple(workers=workers)
    c = o.connect(trust()).ask()
    old = o.workers()
    for _ in range(3):
        o.reload()
        c.ask(bytes(100000))
    assert set(old) & set(o.workers())
    c.close()
    wait_until(lambda: not set(old) & set(o.workers()), "the old ones leave")
    wait_until(lambda: len(o.workers()) == workers, "all that have retired")
    assert o.conn(c)["end"] == "clean"


def test_a_handshake_that_has_begun_is_finished(simple, trust):
    o = simple()
    c = o.connect(trust(), handshake=False)
    with pytest.raises(Exception):
        c.tls.do_handshake()
    c.flush()
    c.incoming.write(c.sock.recv(100000))	# it has an answer already
    o.reload()
    c.handshake()
    c.ask()


def test_the_generation_that_has_no_connection_left_is_gone(simple, trust):
    o = simple(workers=2)
    old = o.workers()
    o.reload()
    o.log.wait("generation 1 has left")
    wait_until(lambda: len(o.workers()) == 2, "two workers")
    assert not set(old) & set(o.workers())


def test_a_new_frontend_appears_and_an_old_one_goes(simple, trust, www):
    o = simple()
    old = o.address
    new = ("127.0.0.1", harness.free_port())
    c = o.connect(trust()).ask()
    o.reload(changed(o, "^frontend.*", f'frontend = "{new[0]}:{new[1]}"'))
    assert o.addresses == [old, new]	# said when it begins
    o.connect(trust(), to=new).ask()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(old)
    c.ask()		# it came by the frontend that is no more


def test_a_frontend_that_stays_keeps_its_socket(simple, trust):
    """Port 0 included: it is another one each time it is opened."""
    o = simple()
    o.reload(changed(o, "^frontend.*",
                     'frontend = "[127.0.0.1]:0"\nfrontend = "[::1]:0"'))
    assert len(o.addresses) == 2
    for address in o.addresses:
        o.connect(trust(), to=address).ask()


def test_a_frontend_may_go_and_come_back(simple, trust):
    port = harness.free_port()
    o = simple()
    with_it = changed(o, "^frontend.*", 'frontend = "[127.0.0.1]:0"\n'
                      f'frontend = "127.0.0.1:{port}"')
    without = o.config.read_text()
    for _ in range(3):
        o.reload(with_it)
        o.connect(trust(), to=("127.0.0.1", port)).ask()
        o.reload(without)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    o.connect(trust()).ask()


@pytest.mark.parametrize("before, after", [(1, 4), (4, 1), (3, 2)])
def test_the_number_of_workers_may_change(start, backend, www, trust, before,
                                          after):
    """Nobody is refused or forgotten in a queue that no worker empties."""
    b = backend()
    text = (f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
            f'pem-file = "{www.pem}"\nworkers = %d')
    o = start(text % before, workers=None)
    assert len(o.workers()) == before
    o.reload(text % after)
    o.log.wait("generation 1 has left")
    wait_until(lambda: len(o.workers()) == after, "as many as asked for")
    c = trust()
    for _ in range(30):
        o.connect(c).ask().close()


def test_another_backend_is_for_new_connections(simple, backend, trust):
    o = simple()
    new = backend()
    c = o.connect(trust()).ask()
    o.reload(changed(o, "^backend.*", f'backend = "{new.at}"'))
    c.ask()
    o.connect(trust()).ask()
    assert (o.backend.count(), new.count()) == (1, 1)


def test_several_signals_in_a_row_end_in_the_latest_configuration(
        simple, trust, pki):
    o = simple()
    for n in range(10):
        new = pki.server("www.example.com", "example.com", again=n % 3)
        o.write(changed(o, "pem-file = .*", f'pem-file = "{new.pem}"'))
        o.hup()

    def shows():
        c = o.connect(trust())
        c.close()
        return c.tls.getpeercert(True) == new.der()
    wait_until(shows, "the last certificate")


# ------------------------------------------------------------------- refused -

def bad_configurations(offloader, pki, place, taken):
    """Faults of many kinds, and what has to be said of each."""
    good = offloader.config.read_text()
    lines = good.count("\n") + 1
    other = pki.server("other.example.com")
    damaged = place / "damaged.pem"
    damaged.write_text(other.pem.read_text()[:-100])
    mixed = place / "mixed.pem"
    mixed.write_bytes(other.key.read_bytes() +
                      pki.server("www.example.com").cert.read_bytes())
    missing = place / "missing.pem"

    def where(n):
        return rf"{re.escape(str(offloader.config))}:{n}: .+"
    at_pem = 1 + good[:good.index("pem-file")].count("\n")

    def pem(file):
        return re.sub("pem-file = .*", f'pem-file = "{file}"', good)
    return [
        (good + '\npem-file = "not closed', where(lines + 1)),
        (good + "\n}", where(lines + 1)),
        (good + "\nfrontend = {", where(lines + 1)),
        (good + "\nno-such-option = 1", where(lines + 1)),
        (good + "\nbacklog = many", where(lines + 1)),
        (good + "\nidle-timeout = 5 parsecs", where(lines + 1)),
        (good + '\nciphers = "NONSENSE"', where(lines + 1)),
        (good + '\ninclude "missing.conf"', where(lines + 1)),
        (pem(missing), where(at_pem) + "missing.pem"),
        (pem(damaged), where(at_pem) + "damaged.pem"),
        (pem(mixed), where(at_pem) + "mixed.pem.*another certificate"),
        (pem(place), where(at_pem)),
        (good + f'\nfrontend = "127.0.0.1:{taken}"',
         rf".*127\.0\.0\.1:{taken}.*"),
        (good + "\nuser = nobody-of-this-name", where(lines + 1)),
        ("", ".+"),
    ]


@pytest.fixture
def taken():
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        yield s.getsockname()[1]


def test_bad_configurations_are_refused_and_the_old_one_goes_on(
        simple, trust, pki, place, taken):
    o = simple()
    good = o.config.read_text()
    old = o.workers()
    c = o.connect(trust()).ask()
    for text, said in bad_configurations(o, pki, place, taken):
        found = o.reload_refused(text)
        assert any(re.match(said, line) for line in found), (said, found)
        assert o.workers() == old
        c.ask()
        o.connect(trust()).ask().close()
    o.config.unlink()
    found = o.reload_refused()
    assert any(str(o.config) in line for line in found)
    new = pki.server("www.example.com", "example.com", again=1)
    o.reload(re.sub("pem-file = .*", f'pem-file = "{new.pem}"', good))
    assert o.connect(trust()).ask().tls.getpeercert(True) == new.der()
    c.ask()


def test_a_fault_is_said_in_one_sentence_each(simple):
    o = simple()
    said = o.reload_refused(o.config.read_text() + "\nbacklog = many\n"
                            "idle-timeout = soon\n")
    assert len(said) == 3
    assert "backlog" in said[0] and "idle-timeout" in said[1]
    assert said[2] == "reload refused: generation 1 still serves"


def test_workers_that_cannot_begin_do_not_replace_those_that_serve(
        start, backend, www, trust, place, unprivileged):
    """A fault that only the worker meets: it may not become somebody else."""
    b = backend()
    pem = place / "www.pem"
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    o = start('frontend = "[127.0.0.1]:0"\n'
              f'backend = "{b.at}"\npem-file = "{pem}"', workers=2,
              prefix=unprivileged)
    o.deaths_expected = True
    old, good = o.workers(), o.config.read_text()
    for _ in range(3):
        said = o.reload_refused(good + "\nuser = root\n")
        assert any("cannot" in s and "root" in s for s in said)
        wait_until(lambda: o.workers() == old, "only those that serve")
        o.connect(trust()).ask()
    o.reload(good)
    o.connect(trust()).ask()


# --------------------------------------------------------------- under load -

@pytest.mark.parametrize("workers", [1, 2])
def test_no_client_fails_in_twenty_reloads(simple, trust, workers):
    o = simple(workers=workers)
    with Load(o, trust()) as load:
        for _ in range(20):
            load.more(5)
            o.reload()
    assert not load.failed
    assert load.done >= 100


def test_no_client_fails_while_reloads_are_refused(simple, trust):
    o = simple()
    good = o.config.read_text()
    with Load(o, trust()) as load:
        for _ in range(10):
            load.more(5)
            o.reload_refused(good + "\n}")
    assert not load.failed


def test_the_master_has_no_more_descriptors_after_many_reloads(
        simple, pki, place, taken):
    o = simple(workers=2)
    good = o.config.read_text()

    def settled():
        wait_until(lambda: len(o.workers()) == 2, "two workers")
        return sorted(re.sub(r"\d+", "N", link)
                      for link in harness.links(o.pid))
    o.reload(good)
    before = settled()
    for _ in range(10):
        o.reload(good)
    for text, _ in bad_configurations(o, pki, place, taken):
        o.reload_refused(text)
    o.reload(good)
    wait_until(lambda: settled() == before, "as many as before")


def test_a_reload_is_no_end_of_the_memory(simple):
    """What a generation owned is free again; leaks are seen at the end."""
    o = simple()
    o.reload()
    before = int(harness.status_of(o.pid)["VmSize"].split()[0])
    for _ in range(30):
        o.reload()
    after = int(harness.status_of(o.pid)["VmSize"].split()[0])
    assert after - before < 100 * 1024
