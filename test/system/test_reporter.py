"""The reporter: what it answers, to whom, and what it lets nobody do."""

import errno
import os
import re
import signal
import socket
import stat
from pathlib import Path

import pytest

import harness
import reporter
from harness import wait_until
from load import Beside

HELD = 1000
STATS = 'stats-listen = "[127.0.0.1]:0"'
PAGE = Path(__file__).resolve().parents[2] / "man" / "offloader.8"


@pytest.fixture
def reported(simple):
    """The program with a reporter, and where that is."""
    def make(more="", **how):
        o = simple(f"{STATS}\n{more}", **how)
        o.stats = reporter.address(o)
        assert reporter.get(o.stats, "/health").status == 200
        return o
    return make


def talk(at, data, finish=True):
    """All that comes back for these bytes."""
    with reporter.connect(at) as sock:
        try:
            sock.sendall(data)
            if finish:
                sock.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: sock.recv(65536), b""))
        except OSError as e:
            assert e.errno in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN)
            return b""


def is_refused(at):
    try:
        reporter.connect(at).close()
    except ConnectionRefusedError:
        return True
    return False


def workers(o):
    """Without the reporter."""
    return [pid for pid in o.workers() if pid != reporter.pid_of(o)]


# ----------------------------------------------------------------- answers --

def test_it_is_off_by_default(simple):
    o = simple()
    assert len(o.workers()) == 1
    assert not o.log.find("statistics on")


@pytest.mark.parametrize("path, kind", [
    ("/", "text/html; charset=utf-8"),
    ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ("/status.json", "application/json"),
    ("/certificates.json", "application/json"),
    ("/health", "text/plain; charset=utf-8")])
def test_every_page_says_what_it_is_and_that_it_is_for_nobody_else(
        reported, path, kind):
    at = reported().stats
    a = reporter.get(at, path)
    assert a.status == 200 and a.body
    assert a.headers["Content-Type"] == kind
    assert a.headers["Cache-Control"] == "no-store"
    assert a.headers["X-Content-Type-Options"] == "nosniff"
    assert a.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in a.headers["Content-Security-Policy"]
    assert "unsafe" not in a.headers["Content-Security-Policy"]
    assert "Server" not in a.headers
    head = reporter.get(at, path, "HEAD")
    assert head.status == 200 and head.body == b""
    assert int(head.headers["Content-Length"]) > 0


def test_other_methods_are_refused(reported):
    at = reported().stats
    for method in "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW":
        a = reporter.get(at, "/status.json", method)
        assert a.status == 405, method
        assert a.headers["Allow"] == "GET, HEAD"


def test_a_body_of_nothing_is_none(reported):
    assert reporter.get(reported().stats, "/health", headers=[
        ("Content-Length", "0")]).status == 200


def test_what_is_not_there_is_not_found(reported):
    at = reported().stats
    for path in ("/nothing", "//", "/../etc/passwd", "/status.json/",
                 "/%2e%2e/", "/status.html", "*"):
        assert reporter.get(at, path).status in (400, 404), path


def test_one_connection_carries_many_questions(reported):
    reader = reporter.Reader(reported().stats)
    for _ in range(50):
        assert reader.ask("/health").status == 200
    assert reader.sock is not None
    reader.close()


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1:9100", 200), ("localhost", 200), ("LOCALHOST:80", 200),
    ("[::1]:9100", 200), ("10.1.2.3", 200), ("attacker.example", 421),
    ("attacker.example:9100", 421), ("localhost.attacker.example", 421),
    ("127.0.0.1.attacker.example", 421), ("", 421), ("[::1", 421)])
def test_a_name_of_somebody_else_is_not_ours(reported, host, status):
    a = reporter.get(reported().stats, "/status.json", headers=[
        ("Host", host)])
    assert a.status == status


def test_the_name_in_the_configuration_is_ours(simple, monkeypatch):
    o = simple('stats-listen = "localhost:0"')
    at = reporter.address(o)
    assert reporter.get(at, "/health", headers=[
        ("Host", "localhost:1")]).status == 200


def test_metrics_and_json_say_the_same(reported, trust):
    o = reported()
    for _ in range(5):
        o.connect(trust("1.3")).ask().close()
    o.connect(trust("1.2")).ask().close()
    wait_until(lambda: reporter.metric(reporter.status(o.stats),
               "connections_active") == 0, "they have ended")
    j = reporter.status(o.stats)
    text = reporter.get(o.stats, "/metrics").text
    assert reporter.metric(j, "connections_total") == 6
    assert reporter.metric(j, "handshakes_total", version="TLSv1.3") == 5
    assert reporter.metric(j, "handshakes_total", version="TLSv1.2") == 1
    assert reporter.metric(j, "client_bytes_total", direction="in") == 24
    assert re.search(r"^offloader_connections_total\{.*\} 6$", text, re.M)
    told = {m["name"] for m in j["metrics"]}
    assert told <= set(re.findall(r"^# TYPE (\w+) ", text, re.M))


def test_a_handshake_time_is_in_one_bucket(reported, trust):
    o = reported()
    for _ in range(3):
        o.connect(trust()).ask()
    m, = (m for m in reporter.status(o.stats)["metrics"]
          if m["name"] == "offloader_handshake_seconds")
    sample, = m["samples"]
    assert sum(sample["counts"]) == 3
    assert len(sample["counts"]) == len(sample["bounds"]) + 1
    assert sample["bounds"] == sorted(sample["bounds"])
    assert 0 < sample["sum"] < harness.PATIENCE


# What may be in status.json; the manual names the same. A dictionary is an
# object, a list an array of one kind, None a value that may be missing.
OUTCOME = {"time": int, "outcome": str, "generation": int, "sentence": str}
CERTIFICATES = {"certificates": [{
    "file": str, "names": [str], "more_names": int, "key": str,
    "not_before": int, "not_after": int}],
    "from": int, "found": int, "total": int}
SCHEMA = {
    "format": int, "time": float, "version": str, "pid": int, "started": int,
    "state": str, "accepting": bool, "generation": int,
    "old_generations": int, "workers_wanted": int, "workers_ready": int,
    "reloads": {"ok": int, "failed": int},
    "reload": OUTCOME, "upgrade": OUTCOME,
    "workers": [{"generation": int, "worker": int, "pid": int,
                 "state": str}],
    "certificates": {"total": int, "expired": int, "within_7_days": int,
                     "within_30_days": int, "soonest": CERTIFICATES},
    "metrics": [{"name": str, "kind": str, "help": str, "samples": list}],
}


def fits(value, schema, where="status"):
    if isinstance(schema, dict):
        assert value.keys() == schema.keys(), where
        for name in schema:
            fits(value[name], schema[name], f"{where}.{name}")
    elif isinstance(schema, list):
        for one in value:
            fits(one, schema[0], where + "[]")
    else:
        assert type(value) is schema, where


def test_the_json_has_its_fields_and_no_others(reported):
    o = reported()
    j = reporter.status(o.stats)
    assert j["reload"] is None and j["upgrade"] is None
    o.reload()
    wait_until(lambda: reporter.status(o.stats)["reload"], "the reload")
    o.reload_refused('nonsense = "1"')
    j = wait_until(lambda: next((j for j in [reporter.status(o.stats)]
                   if j["reload"]["outcome"] == "failed"), None), "a failure")
    fits({**j, "upgrade": j["reload"]}, SCHEMA)
    assert j["format"] == 1 and j["state"] == "serving" and j["accepting"]
    assert j["pid"] == o.pid and j["generation"] == 2
    assert "offloader.conf:1" in j["reload"]["sentence"]
    assert j["reloads"] == {"ok": 1, "failed": 1}
    fits(reporter.get(o.stats, "/certificates.json").json, CERTIFICATES)


def test_the_manual_names_every_field():
    part = PAGE.read_text().split(".Sh STATISTICS")[1].split("\n.Sh ")[0]
    listed = re.findall(r"^\.It Cm (\w+)$", part, re.M)
    assert listed == list(SCHEMA)


# ------------------------------------------------------------ certificates --

def test_certificates_are_found_by_page_and_by_name(launch, backend, pki,
                                                    place):
    pems = [pki.server(f"n{i}.example.com", days=90 - i) for i in range(7)]
    o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n' +
               STATS + "".join(f'\npem-file = "{p.pem}"' for p in pems) +
               "\n").wait_ready()
    at = reporter.address(o)

    def page(words):
        return reporter.get(at, "/certificates.json?" + words).json
    first = page("count=3")
    assert [c["names"] for c in first["certificates"]] == [
        [f"n{i}.example.com"] for i in (6, 5, 4)]
    assert first["found"] == first["total"] == 7
    assert [c["names"][0][1] for c in page("count=3&from=6")["certificates"]
            ] == ["0"]
    found = page("search=N3.EXAMPLE")
    assert found["found"] == 1 and found["total"] == 7
    assert page("search=nobody")["certificates"] == []
    for strange in ("from=-1", "from=x", "count=99999999999999999999",
                    "from=18446744073709551616", "search=%00", "search=%ff"):
        assert page(strange)["total"] == 7, strange


# --------------------------------------------------------------- who it is --

def test_it_is_nobody_and_can_gain_nothing(reported):
    o = reported()
    status = harness.status_of(reporter.pid_of(o))
    if os.geteuid() == 0:
        assert "0" not in status["Uid"].split()
        assert "0" not in status["Gid"].split()
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_it_has_no_door_of_clients_and_workers_none_of_its_own(reported):
    o = reported()

    def sockets(pid):
        return {link for link in harness.links(pid)
                if link.startswith("socket:")}
    own = sockets(reporter.pid_of(o))
    for pid in workers(o):
        assert not own & sockets(pid)


@pytest.mark.parametrize("at", [
    "[0.0.0.0]:9100", "[*]:9100", ":9100", "[::]:9100", "[192.0.2.1]:9100"])
def test_an_address_that_others_can_reach_is_refused(launch, www, at):
    for test in ((), ("--test",)):
        o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
                   f'pem-file = "{www.pem}"\nstats-listen = "{at}"\n', *test)
        assert o.wait_end() == 78
        assert o.log.find(r"offloader.conf:4: stats-listen: .* is not a ")
        o.killed_by = 78


@pytest.mark.parametrize("at, sentence, status", [
    ("nonsense", "stats-listen", 78), ("[127.0.0.1]:99999", "port", 78),
    ("/" + "long" * 40, "stats-listen", 78),
    ("[no.such.name.invalid]:1", "no.such.name.invalid", 69)])
def test_what_is_no_address_is_said_with_its_place(launch, www, at, sentence,
                                                   status):
    o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
               f'pem-file = "{www.pem}"\nstats-listen = "{at}"\n')
    assert o.wait_end() == status
    assert o.log.find(rf"offloader.conf:4: .*{sentence}")
    o.killed_by = status


def test_an_address_that_is_taken_is_said(launch, www):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
                   f'pem-file = "{www.pem}"\n'
                   f'stats-listen = "[127.0.0.1]:{port}"\n')
        assert o.wait_end() == 69
        assert o.log.find(rf"offloader.conf:4: .*127.0.0.1:{port}")
        o.killed_by = 69


def test_a_unix_socket_is_its_owners_and_goes_at_the_end(simple, place):
    at = place / "stats.sock"
    o = simple(f'stats-listen = "{at}"')
    assert stat.S_IMODE(at.stat().st_mode) == 0o600
    assert reporter.get(at, "/health", headers=[
        ("Host", "any.name.example")]).status == 200
    o.reload()
    assert reporter.get(at, "/health").status == 200
    o.stop()
    assert not at.exists()


def test_a_file_that_is_no_socket_is_left_alone(launch, www, place):
    at = place / "precious"
    at.write_text("a letter")
    o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
               f'pem-file = "{www.pem}"\nstats-listen = "{at}"\n')
    assert o.wait_end() == 69
    assert at.read_text() == "a letter"
    o.killed_by = 69


# --------------------------------------------------------------- bad guests --

GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"\0" * 4096,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET / HTTP/1.0\r\n\r\n",
    b"\r\n" * 3000,
    b"GET " + b"/" * 30000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 9000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 60000 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n" +
    b"z" * 200000,
]


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_answered_with_an_error_or_a_close(reported, data):
    o = reported()
    before = reporter.pid_of(o)
    answer = talk(o.stats, data)
    assert answer == b"" or re.match(rb"HTTP/1\.[01] [45]\d\d ", answer)
    assert reporter.get(o.stats, "/health").status == 200
    assert reporter.pid_of(o) == before


def test_who_never_ends_a_question_is_sent_away(reported):
    """Byte by byte, so that nothing is idle; for ten seconds, no longer."""
    o = reported()
    sock = reporter.connect(o.stats)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    sock.setblocking(False)

    def is_over():
        try:
            sock.send(b"y")
            return sock.recv(4096) == b""
        except BlockingIOError:
            return False
        except (ConnectionResetError, BrokenPipeError):
            return True
    wait_until(is_over, "an end")
    sock.close()


def test_who_does_not_read_holds_nobody_up(reported):
    o = reported()
    deaf = []
    for _ in range(80):
        sock = reporter.connect(o.stats)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        deaf.append(sock)
    assert reporter.get(o.stats).status == 200
    for sock in deaf:
        sock.close()


def test_a_thousand_held_connections_touch_neither_scrapes_nor_traffic(
        reported, trust):
    o = reported()
    before = reporter.pid_of(o), workers(o)
    held = []
    for i in range(HELD):
        held.append(reporter.connect(o.stats))
        if i % 2 == 0:
            held[-1].sendall(b"GET / HTTP/1.1\r\nHost: loc")
    for _ in range(20):
        assert reporter.get(o.stats, "/metrics").status == 200
        o.connect(trust()).ask().close()
    assert len(harness.links(before[0])) < 200
    for sock in held:
        sock.close()
    assert (reporter.pid_of(o), workers(o)) == before
    wait_until(lambda: len(harness.links(before[0])) < 40, "they are gone")


# ------------------------------------------------------------------- lives --

class Scraper(Beside):
    """Asks without a pause, each time by a new connection."""

    def __init__(self, at, path="/metrics"):
        super().__init__()
        self.at, self.path = at, path

    def step(self):
        a = reporter.get(self.at, self.path)
        assert a.status == 200, a.text


@pytest.mark.parametrize("path", ["/metrics", "/health"])
def test_no_scrape_fails_while_generations_come_and_go(reported, path):
    o = reported()
    with Scraper(o.stats, path) as scraper:
        for _ in range(5):
            scraper.more()
            o.reload()
        scraper.more()
    assert not scraper.failed
    wait_until(lambda: len(o.workers()) == 2, "one worker and one reporter")


@pytest.mark.parametrize("path", ["/metrics", "/health"])
def test_no_scrape_fails_at_an_upgrade(reported, path):
    o = reported(prefix=[])
    with Scraper(o.stats, path) as scraper:
        scraper.more()
        os.kill(o.pid, signal.SIGUSR2)
        heir = int(o.log.wait(r"upgrade: process (\d+) serves")[1])
        scraper.more()
    assert not scraper.failed
    j = reporter.status(o.stats)
    assert j["pid"] == heir
    assert j["upgrade"]["outcome"] == "done"
    assert o.process.wait(harness.PATIENCE) == 0
    assert reporter.get(o.stats, path).status == 200
    os.kill(heir, signal.SIGTERM)
    wait_until(lambda: not harness.is_alive(heir), "the heir has ended")


def test_a_reload_opens_moves_and_closes_it(simple):
    o = simple()
    text = o.config.read_text()
    o.reload(text + STATS + "\n")
    first = o.stats = reporter.address(o)
    assert reporter.get(first, "/health").status == 200
    o.reload(text + STATS + "\nworkers = 1\n")
    assert reporter.get(first, "/health").status == 200
    o.reload(text)
    wait_until(lambda: reporter.pid_of(o) is None, "it leaves")
    wait_until(lambda: is_refused(first), "nobody listens there")


def test_a_refused_address_leaves_the_old_one(reported):
    o = reported()
    text = o.config.read_text()
    said = o.reload_refused(text.replace("[127.0.0.1]:0\"\n\n",
                            "[0.0.0.0]:0\"\n\n"))
    assert any("not a loopback" in line for line in said)
    assert reporter.get(o.stats, "/health").status == 200


def test_who_kills_it_gets_another_and_no_worker_notices(reported, trust):
    o = reported()
    o.deaths_expected = True
    client, before = o.connect(trust()).ask(), workers(o)
    old = reporter.pid_of(o)
    os.kill(old, signal.SIGKILL)
    o.log.wait(r"reporter of generation 1 ended by signal 9")
    wait_until(lambda: reporter.pid_of(o) not in (None, old), "another")
    assert reporter.get(o.stats, "/health").status == 200
    client.ask()
    assert workers(o) == before


def test_health_says_that_it_drains(reported, trust):
    o = reported()
    client = o.connect(trust()).ask()
    o.term()
    a = wait_until(lambda: next((a for a in [reporter.get(o.stats, "/health")]
                   if a.status == 503), None), "it drains")
    assert a.text == "draining\n"
    j = reporter.status(o.stats)
    assert j["state"] == "draining" and not j["accepting"]
    client.ask().close()
    assert o.wait_end() == 0


def test_health_says_that_there_is_no_worker(reported):
    """Each death delays the next birth: soon there is time to see it."""
    o = reported()
    o.deaths_expected = True

    def without():
        for pid in workers(o):
            harness.end(pid)
        a = reporter.get(o.stats, "/health")
        return a if a.status == 503 else None
    assert wait_until(without, "no worker").text == "no worker\n"
    wait_until(lambda: reporter.get(o.stats, "/health").status == 200,
               "a worker again")


def test_it_goes_with_a_master_that_was_killed(reported, launch, www):
    o = reported()
    own = reporter.pid_of(o)
    o.deaths_expected = True
    o.kill()
    wait_until(lambda: not harness.is_alive(own), "it is gone")
    host, port = o.stats
    launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
           f'pem-file = "{www.pem}"\nstats-listen = "[{host}]:{port}"\n'
           ).wait_ready()
