"""The program under test: how it is started, reloaded and stopped."""

import os
import re
import resource
import signal
import socket
import subprocess

from addresses import to_address
from log_lines import Lines, conn_facts, conn_of
from processes import (end, keyguard_of, listens, name_of, session_members,
                       workers_of)
from tls_client import Client
from waiting import PATIENCE, wait_until


def program():
    """Where the program under test is."""
    build = os.environ.get("OFFLOADER_BUILD")
    if build:
        return os.path.join(build, "offloader", "offloader")
    return os.environ.get("OFFLOADER", "offloader")


def sanitized(reports, leaks=True):
    """The environment that makes every process leave its report there."""
    env = dict(os.environ)
    for name, words in (("ASAN_OPTIONS", f"detect_leaks={int(leaks)}"),
                        ("UBSAN_OPTIONS", "print_stacktrace=1")):
        env[name] = ":".join(filter(None, (
            env.get(name), words, f"log_path={reports}/report")))
    return env


def give_away(path):
    """Gives a file to the user that the "unprivileged" fixture makes us."""
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)


def sandbox_words(text):
    """The sandbox mode of a whole run, unless the configuration has one."""
    mode = os.environ.get("OFFLOADER_SANDBOX")
    if not mode or re.search(r"^sandbox\b", text, re.MULTILINE):
        return []
    return [f"--sandbox={mode}"]


class Offloader:
    """The program, started with a configuration file; it logs everything.

    With level or workers None, the file decides. Standard output and error
    are one pipe here, so that their order is kept.
    """

    def __init__(self, folder, reports, text, options=(), workers=1,
                 prefix=(), leaks=True, level=2, binary=None):
        self.config = folder / "offloader.conf"
        self.write(text)
        self.reports = reports
        self.clients = []
        self.deaths_expected = False
        self.killed_by = 0
        self.command = [*map(str, prefix), binary or program(), "--config",
                        str(self.config),
                        *([f"--log-level={level}",
                           "--access-log-failures=all"] if level else []),
                        *([f"--workers={workers}"] if workers else []),
                        *sandbox_words(text),
                        *map(str, options)]
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            env=sanitized(reports, leaks), start_new_session=True,
            umask=0o022, pipesize=1 << 20)	# it does not wait for us
        self.log = Lines(self.process.stdout)

    @property
    def pid(self):
        return self.process.pid

    def write(self, text):
        """Replaces the configuration file in one step."""
        new = self.config.with_suffix(".new")
        new.write_text(text)
        new.chmod(0o644)
        new.rename(self.config)

    def wait_ready(self, sign=r"generation 1 serves|^offloader: "):
        """The sign comes after all addresses."""
        try:
            self.log.wait(sign)
        except AssertionError:
            self.abandon()
            raise
        assert self.addresses, "\n".join(self.log.lines)
        return self

    @property
    def addresses(self):
        """All addresses that it has logged to listen on, in that order."""
        return [to_address(m[1])
                for m in self.log.find(r"^listening on (\S+)$")]

    @property
    def address(self):
        return self.addresses[0]

    def workers(self):
        return workers_of(self.pid)

    def keyguard(self):
        return keyguard_of(self.pid)

    def signers(self):
        """The signers, those of a dead keyguard too."""
        return [p for p in session_members(self.pid)
                if name_of(p) == "offloader-sign"]

    def mark(self):
        """The number of lines now: for since= of a later search."""
        return len(self.log.lines)

    def hup(self):
        os.kill(self.pid, signal.SIGHUP)

    def reload(self, text=None):
        """Expects success, and waits until only new workers listen."""
        since, old = self.mark(), self.workers()
        if text is not None:
            self.write(text)
        self.hup()
        self.log.wait(r"generation \d+ serves", since)
        wait_until(lambda: not any(map(listens, old)),
                   "old workers stop listening")

    def reload_refused(self, text=None):
        """Expects a refusal; returns the errors."""
        since = self.mark()
        if text is not None:
            self.write(text)
        self.hup()
        self.log.wait(r"reload refused|given up", since)
        return [line.split(": error: ", 1)[1]
                for line in self.log.lines[since:] if ": error: " in line]

    def term(self):
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        """Kills the master alone, with SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)
        self.killed_by = -signal.SIGKILL
        self.process.wait(PATIENCE)

    def wait_end(self, patience=PATIENCE):
        """Its exit status."""
        status = self.process.wait(patience)
        self.log.thread.join(PATIENCE)
        return status

    def connect(self, context, **how):
        client = Client(how.pop("to", None) or self.address, context, **how)
        self.clients.append(client)
        return client

    def raw(self, to=None):
        """A connected socket without TLS."""
        sock = socket.create_connection(to or self.address, PATIENCE)
        self.clients.append(sock)
        return sock

    def conns(self, since=0, count=0):
        """The lines of ended connections as dictionaries.

        Waits for count of them: statistics may know of an end before its
        line has been read.
        """
        if count:
            self.log.wait(": info: conn ", since, count)
        return [conn_facts(m[1])
                for m in self.log.find(r": info: conn (.*)", since)]

    def conn(self, client, since=0):
        """The line of one client's connection, once it has ended.

        Connections to several addresses of ours may have one port in common.
        """
        return conn_facts(self.log.wait(f"conn (.*{conn_of(client)}.*)",
                                        since)[1])

    def abandon(self):
        for pid in session_members(self.pid):
            end(pid)
        self.process.wait(PATIENCE)

    def stop(self):
        """Stops it, and checks status, processes, reports and deaths."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.term()
        try:
            status = self.wait_end()
        except subprocess.TimeoutExpired:
            self.abandon()
            raise AssertionError("\n".join(
                ["it does not end:"] + self.log.lines)) from None
        self.check_remains()
        assert status in (0, self.killed_by), "\n".join(
            [f"status {status}"] + self.log.lines)

    def check_remains(self):
        try:
            wait_until(lambda: not session_members(self.pid),
                       "all its processes are gone")
        except AssertionError:
            self.abandon()
            raise
        reports = [p.read_text() for p in self.reports.iterdir()]
        assert not reports, "\n".join(reports)
        if not self.deaths_expected:
            deaths = self.log.find(r"(worker|reporter).* ended by .*")
            assert not deaths, "\n".join(self.log.lines)


def run(*words, reports=None, prefix=()):
    """The program with these arguments, for a run that ends by itself."""
    return subprocess.run(
        [*map(str, prefix), program(), *map(str, words)],
        capture_output=True, text=True, timeout=60,
        env=sanitized(reports) if reports else None)


def limit_files(offloader, size):
    """No file of its processes can grow beyond that.

    Not before they run: the memory that they share is a file, too.
    """
    for pid in [offloader.pid] + offloader.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
