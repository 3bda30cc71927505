"""Asks the reporter, as a scraper does: over TCP, or a UNIX socket."""

import http.client
import json
import re
import socket
from pathlib import Path

import harness


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def connect(at):
    """A socket: at is an address, or the path of a UNIX socket."""
    if isinstance(at, Path):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(harness.PATIENCE)
        sock.connect(str(at))
        return sock
    return socket.create_connection(at, harness.PATIENCE)


class Reader(http.client.HTTPConnection):
    """One connection, for several questions."""

    def __init__(self, at):
        super().__init__("localhost", timeout=harness.PATIENCE)
        self.sock = connect(at)

    def ask(self, path="/status.json", method="GET", headers=()):
        self.request(method, path, headers=dict(headers))
        return Answer(self.getresponse())


def get(at, path="/status.json", method="GET", headers=()):
    reader = Reader(at)
    try:
        return reader.ask(path, method, headers)
    finally:
        reader.close()


def address(offloader, count=1):
    """Where it says to be, the last of so many times."""
    return harness.to_address(
        offloader.log.wait(r"^statistics on (\S+:\d+)$", count=count)[1])


def status(at):
    return get(at).json


def pid_of(offloader):
    """The process that listens at .stats; None: there is none."""
    at = f":{offloader.stats[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(at) and words[3] == "0A":
            for pid in harness.children(offloader.pid):
                if f"socket:[{words[9]}]" in harness.links(pid):
                    return pid
    return None


def metric(j, name, **labels):
    """The sum of a statistic's samples that have these labels."""
    rows = [m for m in j["metrics"] if m["name"] == f"offloader_{name}"]
    assert rows, name
    return sum(s["value"] for s in rows[0]["samples"]
               if all(s["labels"].get(k) == v for k, v in labels.items()))


def names(text):
    """The metrics of Prometheus's text that have a value."""
    return set(re.findall(r"^(\w+?)(?:\{.*\})? [-+.\deE]+$", text, re.M))
