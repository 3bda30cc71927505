"""Machines: network namespaces on one bridge, which nobody else can see."""

import ctypes
import os
import subprocess
import threading

import pytest

from receiver import needs

LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    subprocess.run([needs("ip", "iproute2"), *map(str, words)], check=True)


class Machine:
    """Has one interface, eth0; number is the end of its addresses."""

    def __init__(self, prefix, number):
        self.name = f"{prefix}-{number}"
        self.four, self.six = f"10.77.0.{number}", f"fd77::{number}"
        ip("netns", "add", self.name)

    def plug(self, bridge):
        """Into the bridge that is on another machine, or on this one."""
        if bridge is self:
            ip("-n", self.name, "link", "add", "eth0", "type", "bridge")
        else:
            port = f"port{self.name.rsplit('-', 1)[1]}"
            ip("-n", bridge.name, "link", "add", port, "type", "veth",
               "peer", "name", "eth0", "netns", self.name)
            ip("-n", bridge.name, "link", "set", port, "master", "eth0", "up")
        for link in ("lo", "eth0"):
            ip("-n", self.name, "link", "set", link, "up")
        for address in (f"{self.four}/24", f"{self.six}/64"):
            self.take(address)
        return self

    def take(self, address):
        """An address that it has from now on."""
        words = ["nodad"] if ":" in address else []
        ip("-n", self.name, "addr", "add", address, "dev", "eth0", *words)

    def lose(self, address):
        ip("-n", self.name, "addr", "del", address, "dev", "eth0")

    @property
    def exec(self):
        """What to put before a command so that it runs there."""
        return [needs("ip", "iproute2"), "netns", "exec", self.name]

    def do(self, function, *words, **how):
        """Calls it there: sockets that it makes belong to this machine."""
        result = []

        def run():
            try:
                with open(f"/run/netns/{self.name}") as there:
                    if LIBC.setns(there.fileno(), 0) == -1:
                        raise OSError(ctypes.get_errno(), "setns")
                result.append((function(*words, **how), None))
            except BaseException as e:
                result.append((None, e))
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join()
        value, error = result[0]
        if error is not None:
            raise error
        return value

    def remove(self):
        ip("netns", "del", self.name)


@pytest.fixture(scope="module")
def machines():
    """Four of them: a client, a balancer in the middle, and a pair."""
    made = []
    try:
        for number in (1, 2, 11, 12):
            made.append(Machine(f"pair{os.getpid()}", number))
    except subprocess.CalledProcessError:
        pytest.skip("no network namespaces can be made here")
    try:
        bridge = made[1].plug(made[1])
        for machine in made[:1] + made[2:]:
            machine.plug(bridge)
        yield made
    finally:
        for machine in made:
            machine.remove()
