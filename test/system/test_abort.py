"""Clients that go away in the middle of a handshake, wherever that is.

A signature may be under way for them in another process. All that is left of
them has to go: the sanitizers look for memory, this for descriptors.
OFFLOADER_ABORTS in the environment says how many there are to be.
"""

import collections
import os
import random
import select
import socket
import struct

import pytest

import harness
import hello
from harness import wait_until

ABORTS = int(os.environ.get("OFFLOADER_ABORTS", "4000"))
CROWD = 32	# at a time
NAME = hello.server_name(b"www.example.com")
RESET = struct.pack("ii", 1, 0)


def flights(dice):
    """Something to say, out of which the server may make what it can."""
    whole = hello.record(dice.choice((hello.hello, hello.hello13))(
        NAME, random=dice.randbytes(32)))
    match dice.randrange(8):
        case 0:		# a part of it, or nothing
            return whole[:dice.randrange(len(whole))]
        case 1:		# a bit of it is wrong
            spoilt = bytearray(whole)
            spoilt[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
            return bytes(spoilt)
        case 2:		# and something that nobody asked for
            return whole + hello.record(dice.randbytes(40), dice.choice(
                (hello.ALERT, hello.HANDSHAKE, hello.DATA)))
        case _:
            return whole


class Crowd:
    """Some clients that come together, and leave in any order."""

    def __init__(self, address, dice):
        self.dice = dice
        self.socks = [socket.create_connection(address, harness.PATIENCE)
                      for _ in range(CROWD)]
        for sock in self.socks:
            sock.sendall(flights(dice))

    def listen(self):
        """Until somebody was answered."""
        poll = select.poll()
        for sock in self.socks:
            poll.register(sock, select.POLLIN)
        poll.poll(1000 * harness.PATIENCE)

    def leave(self):
        self.dice.shuffle(self.socks)
        for n, sock in enumerate(self.socks):
            # Some of them see what the signer made of it.
            if n % 8 == 0 and self.dice.randrange(2):
                self.listen_to(sock)
            if self.dice.randrange(2):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()

    def listen_to(self, sock):
        if not select.select([sock], [], [], 0.001)[0]:
            return
        try:
            sock.recv(65536)
            sock.sendall(hello.record(self.dice.randbytes(60), hello.DATA))
        except OSError:
            pass


def descriptors(pids):
    """How many each of them has open."""
    return {pid: len(harness.links(pid)) for pid in pids}


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_handshakes_may_be_aborted_anywhere(start, backend, pki, trust, key):
    cert = pki.server("www.example.com", key=key)
    offloader = start(
        'frontend = "[127.0.0.1]:0"\n'
        f'backend = "{backend().at}"\npem-file = "{cert.pem}"\n')
    first = offloader.connect(trust())
    first.ask()
    first.close()
    offloader.conn(first)
    pids = harness.session_members(offloader.pid)
    before = descriptors(pids)	# the first one's may be among them

    dice, since, n = random.Random(key), offloader.mark(), 0
    while n < ABORTS:
        crowd = Crowd(offloader.address, dice)
        if dice.randrange(4):
            crowd.listen()
        crowd.leave()
        n += CROWD
    wait_until(lambda: len(offloader.log.lines) - since >= n,
               "every connection has ended", patience=120)
    ends = collections.Counter(c["end"] for c in offloader.conns(since))
    assert sum(ends.values()) == n
    assert set(ends) - {"silent"} == {"handshake", "client-reset"}, ends
    assert harness.session_members(offloader.pid) == pids
    wait_until(lambda: all(many <= before[pid] for pid, many in
                           descriptors(pids).items()), "all are closed")
    offloader.connect(trust()).ask()
