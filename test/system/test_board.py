"""Counters: what a client counted is what the board says, to the unit,
whatever happens to the processes that counted."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

import pytest

import harness
from harness import wait_until
from load import Load
from test_upgrade import ctl, master, upgradable, upgrade	# noqa: F401

both = pytest.mark.parametrize("version", ["1.2", "1.3"])


def stats(o):
    """Each figure by its name and labels, as they are written."""
    done = ctl(o, "stats")
    assert done.returncode == 0, done.stderr
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in done.stdout.splitlines()
             if line and line[0] != "#")}


def total(figures, row, **labels):
    """The sum of all that have these labels."""
    want = [f'{k}="{v}"' for k, v in labels.items()]
    return sum(value for key, value in figures.items()
               if re.fullmatch(rf"{row}({{.*}})?", key)
               and all(w in key for w in want))


def settle(o, *wanted):
    """Waits until figures are what they should be; says which are not."""
    last = {}

    def right():
        last.update(stats(o))
        return all(total(last, name, **labels) == value
                   for name, labels, value in wanted)
    try:
        wait_until(right, "the figures", 10)
    except AssertionError:
        assert not [(name, labels, value, total(last, name, **labels))
                    for name, labels, value in wanted
                    if total(last, name, **labels) != value]
    return last


CONNECTIONS = "offloader_connections_total"
ACTIVE = "offloader_connections_active"
ENDED = "offloader_connections_ended_total"
HANDSHAKES = "offloader_handshakes_total"
BYTES = "offloader_client_bytes_total"


@pytest.fixture
def counted(simple, place):
    """The program with a control socket."""
    def make(more="", **how):
        o = simple(f'control-socket = "{place}/control"\n{more}', **how)
        o.control = place / "control"
        return o
    return make


class Count:
    """An independent client, and what it counted."""

    def __init__(self, o, context):
        self.o, self.context = o, context
        self.made = self.ended = self.bytes = self.resumed = 0
        self.held = []

    def visit(self, size=1000, hold=False, **how):
        c = self.o.connect(self.context, **how).ask(bytes(size))
        self.made += 1
        self.resumed += c.tls.session_reused
        self.bytes += size
        if hold:
            self.held.append(c)
        else:
            c.finish()
            assert c.recv_all() == b""
            c.close()
            self.ended += 1
        return c

    def ask_held(self, size):
        for c in self.held:
            c.ask(bytes(size))
            self.bytes += size

    def release(self, *, killed=False):
        for c in self.held:
            c.close()
            self.ended += not killed
        self.held = []

    def check(self):
        """What the board says now is what was counted here."""
        return settle(self.o, (CONNECTIONS, {}, self.made),
                      (ACTIVE, {}, len(self.held)), (ENDED, {}, self.ended),
                      (HANDSHAKES, {}, self.made),
                      ("offloader_frontend_handshakes_total", {}, self.made),
                      ("offloader_handshake_seconds_count", {}, self.made),
                      ("offloader_key_operations_total", {"result": "ok"},
                       self.made - self.resumed),
                      (BYTES, {"direction": "in"}, self.bytes),
                      (BYTES, {"direction": "out"}, self.bytes),
                      ("offloader_backend_connects_total", {}, self.made),
                      ("offloader_backend_connect_seconds_count", {},
                       self.made))


def test_all_begins_with_nothing_but_what_is_there(counted):
    figures = stats(counted(workers=2))
    assert figures["offloader_workers"] == 2
    assert figures["offloader_generation"] == 1
    assert figures["offloader_last_reload_ok"] == 1
    assert total(figures, CONNECTIONS) == 0
    assert not any(key.startswith(HANDSHAKES) for key in figures)


@both
def test_what_a_client_counted_is_there_to_the_unit(counted, trust, version):
    count = Count(counted(workers=2), trust(version))
    for size in (1, 0, 1000, 70000, 700000):
        count.visit(size, hold=size == 70000)
    count.check()
    count.ask_held(12345)
    count.check()
    count.release()
    figures = count.check()
    assert total(figures, HANDSHAKES, version=f"TLSv{version}",
                 resumed="false", group="x25519") == count.made


@both
def test_resumed_handshakes_and_tickets_are_told_apart(counted, trust,
                                                       version):
    count = Count(counted(), trust(version))
    first = count.visit()
    count.visit(session=first.tls.session)
    count.visit(session=first.tls.session)
    figures = count.check()
    assert total(figures, HANDSHAKES, resumed="true") == 2
    assert total(figures, HANDSHAKES, resumed="false") == 1
    assert figures["offloader_tickets_accepted_total"] == 2
    assert figures["offloader_tickets_expired_total"] == 0
    # Of TLS 1.2 a ticket is used again; one of TLS 1.3 gives a new one.
    assert figures["offloader_tickets_issued_total"] == \
        (1 if version == "1.2" else 3)


@both
def test_tickets_that_nobody_opens_any_more_are_counted(
        counted, start, trust, www, place, version):
    """Another program's, who sealed them with keys of its own."""
    context = trust(version)
    count, other = Count(counted(), context), start(
        f'frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:1"\n'
        f'pem-file = "{www.pem}"\nsend-proxy = none\n')
    c = other.connect(context)
    c.recv_all()	# the backend is not there, but a ticket came
    count.visit(session=c.tls.session)
    figures = count.check()
    assert figures["offloader_tickets_expired_total"] == 1
    assert figures["offloader_tickets_accepted_total"] == 0


def test_nothing_is_lost_by_a_kill_a_reload_and_an_upgrade(
        upgradable, trust):	# noqa: F811
    o = upgradable(workers=2)
    o.deaths_expected = True
    count = Count(o, trust())
    for _ in range(10):
        count.visit()
    for _ in range(6):
        count.visit(hold=True)
    count.check()

    for pid in harness.children(o.pid):
        harness.end(pid)
    count.release(killed=True)
    wait_until(lambda: stats(o)["offloader_workers"] == 2, "new workers")
    for _ in range(4):
        count.visit()
    count.visit(hold=True)
    figures = count.check()
    assert figures["offloader_worker_restarts_total"] == 2

    o.reload()
    count.visit(hold=True)
    count.ask_held(5000)
    figures = count.check()
    assert figures["offloader_workers_draining"] >= 1
    assert total(figures, "offloader_reloads_total", result="ok") == 1

    for _ in range(3):
        upgrade(o)
        count.visit(hold=True)
        count.ask_held(777)
        figures = count.check()
        # The old master counts, but speaks no more of itself.
        assert figures["offloader_generation"] == 1
        assert figures["offloader_worker_restarts_total"] == 2
    count.release()
    wait_until(lambda: stats(o)["offloader_workers_draining"] == 0,
               "the old workers have left")
    assert stats(o)["offloader_workers"] == 2
    count.check()


def test_under_load_all_the_same(upgradable, trust):	# noqa: F811
    o = upgradable(workers=2)
    with Load(o, trust(), clients=3) as load:
        for _ in range(3):
            load.more(5)
            os.kill(master(o), signal.SIGHUP)
            load.more(5)
            upgrade(o)
    assert not load.failed
    settle(o, (CONNECTIONS, {}, load.done), (ACTIVE, {}, 0),
           (HANDSHAKES, {}, load.done), (ENDED, {}, load.done),
           (BYTES, {"direction": "in"}, 4 * load.done),
           (BYTES, {"direction": "out"}, 4 * load.done))


def test_a_program_of_another_layout_begins_anew_and_says_so(
        upgradable, trust, place):	# noqa: F811
    """The sign in the memory is no longer ours, as another version's."""
    o = upgradable()
    o.connect(trust()).ask().close()
    settle(o, (CONNECTIONS, {}, 1))
    fd = [f for f in os.listdir(f"/proc/{o.pid}/fd") if "offloader-stats" in
          os.readlink(f"/proc/{o.pid}/fd/{f}")]
    assert len(fd) == 1
    with open(f"/proc/{o.pid}/fd/{fd[0]}", "r+b") as board:
        board.write(b"offloader stats 0")
    upgrade(o)
    o.log.wait("the old master's counters have another layout: all counters "
               "start at 0")
    assert total(stats(o), CONNECTIONS) == 0
    o.connect(trust()).ask().close()
    settle(o, (CONNECTIONS, {}, 1))


def test_a_limit_of_file_sizes_keeps_nobody_from_counting(
        upgradable, trust):	# noqa: F811
    """The board is a file of shared memory, unless that may not be."""
    o = upgradable(prefix=["prlimit", "--fsize=4096"])
    o.connect(trust()).ask().close()
    settle(o, (CONNECTIONS, {}, 1))
    upgrade(o)
    o.connect(trust()).ask().close()
    o.connect(trust()).ask().close()
    settle(o, (CONNECTIONS, {}, 2))


def test_lines_that_no_log_took_are_counted(launch, www, place):
    o = launch(f'frontend = "[127.0.0.1]:0"\npem-file = "{www.pem}"\n'
               f'control-socket = "{place}/control"\n'
               'log-filename = "/dev/full"\n')
    o.control = place / "control"
    o.wait_ready("^listening")
    before = stats(o)["offloader_log_lines_lost_total"]
    assert before > 0
    for _ in range(3):
        o.raw().close()
    settle(o, ("offloader_log_lines_lost_total", {}, before + 3))


def test_no_process_but_the_master_has_the_descriptor(counted):
    o = counted()
    def holds(pid):
        return [link for link in harness.links(pid)
                if "offloader-stats" in link]
    assert len(holds(o.pid)) == 1
    assert not any(map(holds, o.workers()))


def test_frontends_are_counted_apart_and_survive_reloads(
        start, backend, trust, www, place):
    b = backend()
    front = (f'frontend NAME {{\n\thost = "127.0.0.1"\n\tport = "PORT"\n'
             f'\tpem-file = "{www.pem}"\n}}\n')
    ports = [harness.free_port() for _ in range(3)]

    def written(name, port):
        return front.replace("NAME", name).replace("PORT", str(port))
    rest = f'backend = "{b.at}"\ncontrol-socket = "{place}/control"\n'
    o = start(rest + written("one", ports[0]) +
              written("two", ports[1]))
    o.control = place / "control"

    def visit(i):
        o.connect(trust(), to=("127.0.0.1", ports[i])).ask().close()
    visit(0)
    visit(0)
    visit(1)
    settle(o, (CONNECTIONS, {"frontend": "one"}, 2),
           (CONNECTIONS, {"frontend": "two"}, 1))
    o.reload(rest + written("three", ports[2]) +
             written("one", ports[0]))
    visit(2)
    visit(0)
    figures = settle(o, (CONNECTIONS, {"frontend": "one"}, 3),
                     (CONNECTIONS, {"frontend": "two"}, 1),
                     (CONNECTIONS, {"frontend": "three"}, 1),
                     (BYTES, {"frontend": "one", "direction": "in"}, 12),
                     (ACTIVE, {}, 0))
    assert total(figures, "offloader_frontend_handshakes_total",
                 frontend="three") == 1
    assert not any('frontend="other"' in key for key in figures)


# ------------------------------------------------------------- reasons ------

def speak(data=b"", end=None):
    """A client that says this and leaves."""
    def visit(o, context):
        s = o.raw()
        s.sendall(data)
        if end is not None:
            s.shutdown(end)
        try:
            while s.recv(4096):
                pass
        except OSError:
            pass
    return visit


def tls(how):
    def visit(o, context):
        how(o.connect(context))
    return visit


def cut(c):
    c.ask().hang_up()
    c.wait_hungup()


def leave(c):
    c.ask().finish()
    c.recv_all()


def listen(c):
    try:
        c.recv_all()
    except (OSError, ssl.SSLError):
        pass


def send_and_listen(c):
    c.send(b"x")
    listen(c)


def stop_midway(o, context):
    c = o.connect(context, handshake=False)
    with pytest.raises(ssl.SSLWantReadError):
        c.tls.do_handshake()
    c.flush()
    c._feed()
    listen_raw(c.sock)


def listen_raw(sock):
    try:
        while sock.recv(4096):
            pass
    except OSError:
        pass


def reset_it(accepted):
    accepted.recv()
    accepted.reset()


FROM_US = 'accept-proxy = on\nproxy-from = "127.0.0.1"\n'


@pytest.mark.parametrize("reason, visit, more, serve", [
    ("clean", tls(leave), "", None),
    ("client-cut", tls(cut), "", None),
    ("client-reset", tls(lambda c: c.ask().reset()), "", None),
    ("backend-reset", tls(send_and_listen), "", reset_it),
    ("backend-refused", tls(listen), "", None),
    ("silent", speak(end=socket.SHUT_WR), "", None),
    ("handshake", speak(b"GET / HTTP/1.0\r\n\r\n"), "", None),
    ("handshake-slow", stop_midway, "ssl-handshake-timeout = 300ms", None),
    ("idle", tls(listen), "idle-timeout = 300ms", None),
    ("proxy-missing", speak(b"GET / HTTP/1.0\r\n\r\n"),
     FROM_US, None),
    ("proxy-bad", speak(b"PROXY TCP9 1.2.3.4 \r\n"), FROM_US, None),
    ("proxy-cut", speak(b"PROXY TCP4 1.2", socket.SHUT_WR),
     FROM_US, None),
    ("proxy-source", speak(), 'accept-proxy = on\nproxy-from = "192.0.2.1"',
     None),
    ("proxy-slow", speak(b"PROXY TCP4"),
     FROM_US + "ssl-handshake-timeout = 300ms", None),
])
def test_each_reason_is_counted_as_it_is_logged(
        counted, trust, reason, visit, more, serve):
    o = counted(more, **({"serve": serve} if serve else {}))
    if reason == "backend-refused":
        o.backend.stop()
    for _ in range(3):
        visit(o, trust())
    for c in o.clients:
        c.close()
    settle(o, (ENDED, {}, 3), (ENDED, {"reason": reason}, 3), (ACTIVE, {}, 0))
    assert [c["end"] for c in o.conns(count=3)] == 3 * [reason]


def test_backends_that_fail_are_counted_for_each_address(counted, trust):
    o = counted()
    o.backend.stop()
    for _ in range(3):
        listen(o.connect(trust()))
    figures = settle(
        o, ("offloader_backend_connect_failures_total", {}, 3),
        ("offloader_backend_connects_total", {}, 0))
    assert total(figures, "offloader_proxy_header_bytes_count") == 0


def test_headers_are_measured_and_what_was_left_out(counted, trust):
    o = counted("proxy-size-limit = 107")
    o.connect(trust()).ask().close()
    left = len(o.backend.header.raw)
    figures = settle(o, ("offloader_proxy_header_bytes_count", {}, 1))
    assert figures["offloader_proxy_header_bytes_sum"] == left
    assert figures['offloader_proxy_header_bytes_bucket{le="107"}'] == 1
    assert figures["offloader_proxy_tlvs_left_out_total"] > 0


def test_reloads_are_counted_by_how_they_went(counted):
    o = counted()
    good = o.config.read_text()
    o.reload()
    o.reload_refused(good + "rubbish = 1\n")
    o.reload_refused(good + "rubbish = 1\n")
    settle(o, ("offloader_reloads_total", {"result": "ok"}, 1),
           ("offloader_reloads_total", {"result": "failed"}, 2),
           ("offloader_last_reload_ok", {}, 0),
           ("offloader_generation", {}, 2))
    o.reload(good)
    settle(o, ("offloader_last_reload_ok", {}, 1))


def test_a_loop_that_stands_still_is_seen(counted):
    """And a watchdog that is off makes no difference."""
    o = counted("watchdog = off")
    settle(o, ("offloader_workers", {}, 1))
    pid, = o.workers()
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: harness.stat_of(pid)[0] == "T", "it stands")
    since = o.mark()
    # Long enough to be told from a busy machine.
    subprocess.run(["sleep", "3"], check=True)
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: stats(o)["offloader_loop_lag_seconds"] > 1, "the lag")
    assert not o.log.find("watchdog", since)


# ------------------------------------------------------------- the text -----

def test_prometheus_has_nothing_to_say_of_it(counted, trust):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    o = counted()
    o.connect(trust("1.2")).ask().close()
    o.connect(trust("1.3")).ask().close()
    settle(o, (ENDED, {}, 2))
    done = subprocess.run(["promtool", "check", "metrics"],
                          input=ctl(o, "stats").stdout, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0 and not done.stdout + done.stderr


def test_certificates_say_when_they_end(counted, www):
    o = counted()
    end = ssl.cert_time_to_seconds(subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", www.pem],
        capture_output=True, text=True, check=True)
        .stdout.strip().split("=")[1])
    figures = stats(o)
    assert total(figures, "offloader_certificate_not_after_seconds",
                 file=www.pem, name="www.example.com") == end


def test_no_client_can_make_a_label(counted, trust):
    o = counted()
    before = set(stats(o))
    for sni in ("no-such-name.example", 'a"b.example', "www.example.com"):
        o.connect(trust(), sni=sni).ask().close()
    settle(o, (ENDED, {}, 3))
    more = set(stats(o)) - before
    assert all(key.startswith(HANDSHAKES) for key in more) and len(more) == 1
