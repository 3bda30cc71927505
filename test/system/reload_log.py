"""Options of the log, changed by a reload."""

import os
import re
import socket

import pytest

import harness
from harness import wait_until
from reload_stage import looks_at


@looks_at("log-level")
def play_log_level(t):
    t.begin("log-level = 1", launch=True, level=None)
    t.o.wait_ready("listening on")
    quiet = t.connect().ask()
    quiet.close()
    t.change("log-level = 2")
    loud = t.connect().ask()
    loud.close()
    t.o.conn(loud)
    assert not t.o.log.find(harness.conn_of(quiet))


@looks_at("log-filename")
def play_log_filename(t):
    files = [t.place / "log1", t.place / "log2"]
    t.begin(f'log-filename = "{files[0]}"', launch=True)
    t.o.wait_ready("listening on")
    t.o.write(t.text(f'log-filename = "{files[1]}"'))
    t.o.hup()
    wait_until(lambda: files[1].exists() and "generation 2 serves" in
               files[1].read_text(), "a reload")
    c = t.connect().ask()
    c.close()
    wait_until(lambda: re.search(harness.conn_of(c), files[1].read_text()),
               "a line")


class Syslog:
    """Whoever reads /dev/log."""

    def __enter__(self):
        if os.path.exists("/dev/log"):
            pytest.skip("the machine has a syslog of its own")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind("/dev/log")
        self.sock.settimeout(harness.PATIENCE)
        return self

    def __exit__(self, *what):
        self.sock.close()
        os.unlink("/dev/log")

    def wait(self, what):
        """The number that the line begins with: facility and severity."""
        line = ""
        while not re.search(what, line):
            line = self.sock.recv(65536).decode()
        return int(re.match(r"<(\d+)>", line)[1])


@looks_at("syslog")
def play_syslog(t):
    with Syslog() as log:
        t.begin("syslog = off")
        t.change("syslog = on")
        c = t.connect().ask()
        c.close()
        log.wait(harness.conn_of(c))


@looks_at("syslog-facility")
def play_syslog_facility(t):
    with Syslog() as log:
        t.begin("syslog = on\nsyslog-facility = local3")
        assert log.wait("generation 1 serves") // 8 == 19
        t.change("syslog = on\nsyslog-facility = local4")
        c = t.connect().ask()
        c.close()
        assert log.wait(harness.conn_of(c)) // 8 == 20


@looks_at("access-log")
def play_access_log(t):
    t.begin("access-log = off")
    quiet = t.connect().ask()
    quiet.close()
    t.change("access-log = json")
    t.connect().ask().close()
    t.o.log.wait(': conn {"time":')
    assert not t.o.log.find(harness.conn_of(quiet))


@looks_at("access-log-file")
def play_access_log_file(t):
    files = [t.place / "log1", t.place / "log2"]
    t.begin(f'access-log-file = "{files[0]}"')
    t.change(f'access-log-file = "{files[1]}"')
    c = t.connect().ask()
    c.close()
    wait_until(lambda: re.search(harness.conn_of(c), files[1].read_text()),
               "a line")
    assert not re.search(harness.conn_of(c), files[0].read_text())


@looks_at("access-log-failures")
def play_access_log_failures(t):
    t.begin("log-level = 2\naccess-log-failures = 1", launch=True, level=None)
    t.o.wait_ready("listening on")

    def fail(count):
        for _ in range(count):
            sock = t.o.raw()
            sock.shutdown(socket.SHUT_WR)
            # Its worker has ended it: no reload can come before that.
            assert sock.recv(1) == b""
            sock.close()

    fail(2)
    t.change("log-level = 2\naccess-log-failures = all")
    t.o.log.wait("1 more connections that failed before the handshake")
    assert len(t.o.conns()) == 1
    fail(40)
    wait_until(lambda: len(t.o.conns()) == 41, "all of them")
