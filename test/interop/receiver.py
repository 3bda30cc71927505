"""Real servers, each in the foreground, in a folder of its own.

They listen on the loopback interface and on UNIX sockets of that folder only,
and are ended by their process ids.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import harness

# Programs of other users' folders do not count: these are Debian's.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def skip_without(package, what):
    """Absent, something may be only if run.sh could not install it."""
    absent = os.environ.get("ABSENT_PACKAGES")
    if absent is None or package in absent.split():
        pytest.skip(f"{package} is not installed")
    pytest.fail(f"{package} is installed, but where is {what}?")


def needs(program, package):
    """Where it is; the environment may say so, by EXIM4 for exim4."""
    return needs_file(os.environ.get(program.upper()) or
                      shutil.which(program, path=PATH) or program, package)


def needs_file(path, package):
    return path if os.path.exists(path) else skip_without(package, path)


def needs_module(name, package):
    """A module of Python's."""
    if importlib.util.find_spec(name) is None:
        skip_without(package, name)
    return importlib.import_module(name)


def answers(at):
    """Whether somebody listens at a port of ours, or at a path."""
    inet = isinstance(at, int)
    with socket.socket(socket.AF_INET if inet else socket.AF_UNIX) as s:
        return s.connect_ex(("127.0.0.1", at) if inet else str(at)) == 0


class Receiver:
    """A server, from the command that starts it until its process is gone."""

    def __init__(self, command, folder, stop=None, **how):
        self.said = folder / "said"
        self.stop_command = stop
        with open(self.said, "ab") as out:
            self.process = subprocess.Popen(
                [str(word) for word in command], cwd=folder, stdout=out,
                stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                **how)
        self.name = os.path.basename(str(command[0]))

    def wait(self, *places):
        """Until it listens at all of them."""
        for at in places:
            harness.wait_until(lambda: self._answers(at),
                               f"{self.name} listens at {at}")
        return self

    def _answers(self, at):
        assert self.process.poll() is None, \
            f"{self.name} ended:\n{self.said.read_text(errors='replace')}"
        return answers(at)

    def stop(self):
        """What it leaves behind in its session goes with it."""
        if self.stop_command and self.process.poll() is None:
            subprocess.run([str(w) for w in self.stop_command], check=False,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60)
        elif self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(harness.PATIENCE)
        for pid in harness.session_members(self.process.pid):
            harness.end(pid)


class Told(BaseHTTPRequestHandler):
    """Answers with the request it got: first line, headers and all."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        lines = [self.requestline,
                 *(f"{k.lower()}: {v}" for k, v in self.headers.items())]
        page = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *words):
        pass


class App:
    """The application that HTTP receivers pass requests on to."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
