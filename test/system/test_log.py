"""The lines of the log, in a file or for syslog."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

import harness
from harness import wait_until
from load import Load

LINE = (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
        r"offloader\[((worker|keyguard) )?\d+\]: (info|warning|error): .+")


def test_every_line_has_one_form(simple, trust):
    o = simple()
    o.connect(trust()).ask().close()
    o.reload_refused(o.config.read_text() + "\n}")
    o.reload(o.config.read_text()[:-2])
    o.term()
    o.wait_end()
    for line in o.log.lines:
        assert re.fullmatch(LINE, line) or line.startswith("listening on ")


@pytest.mark.parametrize("level, wanted", [
    (0, []), (1, ["error"]), (2, ["error", "info"])])
def test_the_level_decides_what_is_said(launch, trust, www, level, wanted):
    port = harness.free_port()
    o = launch('frontend = "[127.0.0.1]:0"\n'
               f'backend = "127.0.0.1:{port}"\npem-file = "{www.pem}"\n',
               f"--log-level={level}")
    o.log.wait("listening on")
    c = o.connect(trust())
    try:
        c.recv()
    except OSError:
        pass
    c.close()
    o.term()
    assert o.wait_end() == 0
    kinds = {m[1] for m in o.log.find(r"\]: (\w+): ")}
    assert sorted(kinds) == wanted


@pytest.fixture
def logging(launch, backend, www, place):
    """The program with a log file, which is made if it is not there."""
    def make(more="", **how):
        o = launch('frontend = "[127.0.0.1]:0"\n'
                   f'backend = "{backend().at}"\npem-file = "{www.pem}"\n'
                   f'log-filename = "{place}/log"\n{more}', **how)
        return o.wait_ready("listening on")
    return make


def test_a_log_file_has_the_lines_of_all_processes(logging, trust, place):
    file = place / "log"
    file.write_text("before\n")
    o = logging(workers=2)
    for client in [o.connect(trust()).ask() for _ in range(10)]:
        client.close()
    wait_until(lambda: file.read_text().count("end=clean") == 10,
               "ten lines")
    lines = file.read_text().splitlines()
    assert lines[0] == "before"
    assert any("default certificate" in line for line in lines)
    assert all(re.fullmatch(LINE, line) for line in lines[1:])
    assert o.log.lines == [f"listening on {harness.to_text(o.address)}"]


def test_errors_are_said_where_somebody_sees_them_too(logging, place):
    o = logging()
    o.reload_refused(o.config.read_text() + "\n}")
    assert "reload refused" in (place / "log").read_text()


def test_a_log_file_that_was_moved_is_opened_anew_by_a_reload(logging, trust,
                                                              place):
    file, old = place / "log", place / "log.1"
    o = logging()
    file.rename(old)
    o.hup()
    wait_until(lambda: file.exists() and "generation 1 has left" in
               file.read_text(), "another file")
    assert file.stat().st_mode & 0o777 == 0o640
    c = o.connect(trust()).ask()
    c.close()
    who = harness.conn_of(c)
    wait_until(lambda: re.search(who, file.read_text()), "its line")
    assert not re.search(who, old.read_text())


def test_usr1_opens_a_log_file_anew_and_no_line_is_lost(logging, trust,
                                                        place):
    """Workers that have retired follow, too, though they are nobody now."""
    file, old = place / "log", place / "log.1"
    o = logging('user = "nobody"' if os.geteuid() == 0 else "", workers=2)
    keeps = o.connect(trust()).ask()
    o.hup()
    wait_until(lambda: "generation 2 serves" in file.read_text(), "a reload")
    with Load(o, trust()) as load:
        load.more(10)
        file.rename(old)
        load.more(10)
        os.kill(o.pid, signal.SIGUSR1)
        wait_until(file.exists, "a new file")
        load.more(20)
    assert not load.failed
    keeps.close()
    who = harness.conn_of(keeps)
    wait_until(lambda: re.search(who, file.read_text()), "the old worker's line")
    wait_until(lambda: (old.read_text() + file.read_text()).count(
        "end=clean") == load.done + 1, "one line for each")
    assert file.read_text().count("end=clean") > 1
    assert old.read_text().count("end=clean") >= 10
    for pid in [o.pid] + o.workers():
        assert str(old) not in harness.links(pid)


def test_a_log_that_cannot_be_opened_anew_goes_on_as_it_was(logging, trust,
                                                            place):
    file, old = place / "log", place / "log.1"
    o = logging()
    file.rename(old)
    file.mkdir()
    os.kill(o.pid, signal.SIGUSR1)
    wait_until(lambda: "cannot open log file" in old.read_text(), "a word")
    c = o.connect(trust()).ask()
    c.close()
    who = harness.conn_of(c)
    wait_until(lambda: re.search(who, old.read_text()), "its line")


def test_a_refused_reload_leaves_the_log_where_it_was(
        launch, backend, www, trust, place, unprivileged):
    """Refused by the new workers, when the master had opened its own."""
    pem, file, other = (place / name for name in ("pem", "log", "other"))
    pem.write_bytes(www.pem.read_bytes())
    harness.give_away(pem)
    text = (f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
            f'pem-file = "{pem}"\nlog-filename = ')
    o = launch(f'{text}"{file}"', prefix=unprivileged)
    o.wait_ready("listening on")
    o.deaths_expected = True
    o.write(f'{text}"{other}"\nuser = root\n')
    o.hup()
    wait_until(lambda: other.exists() and "given up" in other.read_text(),
               "the end of the new workers")

    def lines_stay():
        c = o.connect(trust()).ask()
        c.close()
        wait_until(lambda: re.search(harness.conn_of(c), file.read_text()),
                   "its line")
        assert not re.search(harness.conn_of(c), other.read_text())
    lines_stay()
    os.kill(o.pid, signal.SIGUSR1)
    o.hup()
    wait_until(lambda: other.read_text().count("given up") == 2,
               "the end of some more")
    lines_stay()


def test_a_log_file_that_cannot_be_written_is_a_fault(www, place, launch):
    done = harness.run("--frontend=[127.0.0.1]:0",
                       f"--log-filename={place}/none/log", www.pem)
    assert done.returncode == 71
    assert f"{place}/none/log" in done.stderr


@pytest.mark.skipif(os.path.exists("/dev/log") or os.geteuid() != 0,
                    reason="needs root, and no syslog of the machine's own")
def test_syslog_gets_the_same_lines(simple, trust):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind("/dev/log")
        try:
            s.settimeout(harness.PATIENCE)
            o = simple("syslog = on\nsyslog-facility = local3")
            c = o.connect(trust()).ask()
            c.close()
            said = ""
            while ": conn " not in said:
                said = s.recv(65536).decode()
        finally:
            Path("/dev/log").unlink()
    assert said.startswith("<158>")		# local3, info
    assert re.search(r"offloader\[\d+\]: worker: conn time=", said)
    assert re.search(harness.conn_of(c), said)
