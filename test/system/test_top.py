"""offloaderctl top: figures that move, and a terminal that is left as it was."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

import harness
from harness import wait_until
from load import Load
from test_control import CTL, asked, ctl	# noqa: F401
from test_upgrade import upgradable, upgrade	# noqa: F401

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """offloaderctl top on a terminal of its own."""

    def __init__(self, o, *words):
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (40, 80))
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [CTL, f"--socket={o.control}", "--interval=0.1", *words, "top"],
            stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=self.take, env=harness.sanitized(o.reports))
        self.text = ""

    @staticmethod
    def take():
        """Its terminal's keys are to be signals for it."""
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536).decode()
        return self.text

    def wait(self, pattern, since=0):
        wait_until(lambda: re.search(pattern, self.read()[since:]), pattern)
        return len(self.text)

    def type(self, key):
        os.write(self.master, key)

    def end(self):
        """Its exit status; the terminal must be as it was."""
        status = self.process.wait(harness.PATIENCE)
        self.read()
        assert self.text.count(ENTER) == self.text.count(LEAVE) > 0
        assert self.text.count("\x1b[?25l") == self.text.count("\x1b[?25h")
        assert self.text.count("\x1b[?7l") == self.text.count("\x1b[?7h")
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)
        return status

    @property
    def last_words(self):
        return self.text.rsplit(LEAVE, 1)[1]


@pytest.fixture
def terminal():
    running = []

    def make(o, *words):
        running.append(Terminal(o, *words))
        return running[-1]
    yield make
    for t in running:
        if t.process.poll() is None:
            t.process.kill()
            t.process.wait()


def test_without_a_terminal_it_says_it_once(asked):	# noqa: F811
    done = ctl(asked(workers=2), "--interval=0.1", "top")
    assert done.returncode == 0 and not done.stderr
    assert "\x1b" not in done.stdout
    assert re.search(r"^serving: generation 1, 2 workers", done.stdout, re.M)
    assert "workers      2 serve, 0 drain; 0 restarts" in done.stdout
    assert re.search(r"^certificates: 1; the next to expire\n +\d+ days  "
                     r"www.example.com  /", done.stdout, re.M)


def test_figures_are_what_a_load_makes(asked, trust):	# noqa: F811
    o = asked()
    with Load(o, trust("1.3"), clients=2) as load:
        load.more(2)
        before, since = load.done, time.monotonic()
        done = ctl(o, "--interval=1", "--count=2", "top")
        rate = (load.done - before) / (time.monotonic() - since)
    pages = done.stdout.split("workers ")[2:]
    assert len(pages) >= 1 and done.returncode == 0
    full = re.findall(r"^handshakes +([\d.]+)/s full, 0.0/s resumed; half "
                      r"within [\d.]+ m?s", done.stdout, re.M)
    assert len(full) == 2
    assert all(rate / 2 < float(f) < rate * 2 for f in full), (rate, full)
    assert re.search(r"^ +[\d.]+/s  TLSv1.3 TLS_AES_256_GCM_SHA384 x25519$",
                     done.stdout, re.M)
    assert re.search(r"^ended by\n +[\d.]+/s  clean +\d+ in all$",
                     done.stdout, re.M)


def test_on_a_terminal_it_goes_on_until_ctrl_c(asked, terminal,	# noqa: F811
                                                trust):
    o = asked()
    t = terminal(o)
    since = t.wait("workers      1 serve")
    o.connect(trust()).ask()
    since = t.wait("connections  1 active", since)
    t.wait("connections  1 active", since)
    t.type(b"\x03")
    assert t.end() == 0
    assert t.last_words == ""


def test_so_does_any_other_signal_that_ends_it(asked, terminal):  # noqa: F811
    o = asked()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        t = terminal(o)
        t.wait("workers      1 serve")
        t.process.send_signal(number)
        assert t.end() == 0


def test_it_can_be_put_away_and_taken_up_again(asked, terminal):  # noqa: F811
    t = terminal(asked())
    t.wait("workers      1 serve")
    t.process.send_signal(signal.SIGTSTP)
    wait_until(lambda: harness.stat_of(t.process.pid)[0] == "T", "it stops")
    assert t.read().endswith(LEAVE)
    since = len(t.text)
    t.process.send_signal(signal.SIGCONT)
    t.wait("workers      1 serve", since)
    t.type(b"\x03")
    assert t.end() == 0


def test_a_small_terminal_gets_what_has_room(asked, terminal):	# noqa: F811
    t = terminal(asked())
    t.wait("certificates: 1")
    termios.tcsetwinsize(t.slave, (4, 20))
    t.process.send_signal(signal.SIGWINCH)
    since = t.wait(r"\x1b\[J")
    since = t.wait(r"\x1b\[H", since)
    t.wait(r"\x1b\[J", since)
    page = t.text[since:].split("\x1b[J")[0]
    assert page.count("\r\n") == 3
    t.type(b"\x03")
    assert t.end() == 0


def test_a_master_that_is_not_there_is_one_sentence(asked):	# noqa: F811
    o = asked()
    o.term()
    o.wait_end()
    done = ctl(o, "top")
    assert done.returncode == 69 and not done.stdout
    assert re.fullmatch(r"offloaderctl: cannot ask at \S+: .*; does "
                        r"offloader run\?\n", done.stderr)


def test_so_is_one_that_dies_meanwhile(asked, terminal):	# noqa: F811
    o = asked()
    t = terminal(o)
    t.wait("workers      1 serve")
    o.kill()
    assert t.end() == 69
    assert re.fullmatch(r"offloaderctl: cannot ask at \S+: .*; does "
                        r"offloader run\?\r\n", t.last_words)


def test_one_that_does_not_answer_keeps_nobody(asked, terminal):  # noqa: F811
    o = asked()
    t = terminal(o)
    t.wait("workers      1 serve")
    os.kill(o.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: harness.stat_of(o.pid)[0] == "T", "it stands")
        t.type(b"\x03")
        assert t.end() == 0
    finally:
        os.kill(o.pid, signal.SIGCONT)


def test_an_upgrade_is_looked_over(upgradable, terminal, trust):  # noqa: F811
    o = upgradable()
    o.connect(trust()).ask().close()
    t = terminal(o)
    t.wait("in all")
    new = upgrade(o)
    since = t.wait(f"process {new},")
    t.wait("clean +1 in all", since)
    t.type(b"\x03")
    assert t.end() == 0


@pytest.mark.parametrize("words, some", [
    (["st"], {"status", "stats"}),
    (["top", "--in"], {"--interval="}),
    (["--so"], {"--socket="}),
    (["--socket", "=", "/et"], {"/etc"}),
    (["--count", "=", ""], set()),
    (["up"], {"upgrade"}),
])
def test_bash_completes_it(words, some):
    script = os.path.join(os.path.dirname(__file__), "..", "..", "etc",
                          "offloaderctl.bash")
    done = subprocess.run(
        ["bash", "-c", f"compopt() {{ :; }}; . {script}; cmd=$1; "
         'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _offloaderctl "$cmd"; '
         'printf "%s\\n" "${COMPREPLY[@]}"', "bash", CTL, *words],
        capture_output=True, text=True, timeout=60)
    assert set(done.stdout.split()) == some, done.stderr


@pytest.mark.parametrize("words, why", [
    (["--json", "top"], "--json cannot be used with top"),
    (["--json", "stats"], "--json cannot be used with stats"),
    (["--interval=0", "top"], "--interval must be 0.1 to 3600, not 0"),
    (["--interval=x", "top"], "--interval must be 0.1 to 3600, not x"),
    (["--interval=nan", "top"], "--interval must be 0.1 to 3600, not nan"),
    (["--count=0", "top"], "--count must be 1 or more, not 0"),
    (["top", "top"], "only one command is allowed, not also top"),
])
def test_misuse_is_said(words, why):
    done = subprocess.run([CTL, "--socket=/nowhere", *words],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 64 and why in done.stderr
