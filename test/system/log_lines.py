"""What the program logs: read while it runs, and taken apart."""

import re
import threading

from addresses import to_text
from waiting import PATIENCE


class Lines:
    """The output of a process, line by line, as it comes."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.lines = []
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.pipe:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def find(self, pattern, since=0):
        return [m for m in (re.search(pattern, line)
                            for line in self.lines[since:]) if m]

    def wait(self, pattern, since=0, count=1, patience=PATIENCE):
        """The last of so many matches."""
        with self.news:
            there = self.news.wait_for(
                lambda: len(self.find(pattern, since)) >= count, patience)
        assert there, "\n".join(
            [f"{count} of /{pattern}/ awaited in:"] + self.lines[since:])
        return self.find(pattern, since)[count - 1]


def conn_of(client):
    """A pattern for the line of a client's connection, or of an address."""
    address = client if isinstance(client, tuple) else client.name
    return (rf"client\.address={re.escape(address[0])} "
            rf"client\.port={address[1]} ")


def conn_facts(text):
    """The fields of a line by name; sni and via are short names."""
    found = {name: value.strip('"') for name, value in re.findall(
        r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S+)', text)}
    found["sni"] = found.get("tls.client.server_name", "")
    if "network.peer.address" in found:
        found["via"] = to_text((found["network.peer.address"],
                                int(found["network.peer.port"])))
    return found
