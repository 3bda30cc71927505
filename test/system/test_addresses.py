"""Addresses it listens on, and what is wrong with them."""

import re
import socket
import subprocess

import pytest

import harness
from harness import wait_until


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_use_is_named_and_the_status_is_69(www, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as s:
        text = harness.to_text(s.getsockname())
        done = harness.run("--frontend",
                           f"[{host}]:{s.getsockname()[1]}", www.pem)
    assert done.returncode == 69
    assert text in done.stderr and "in use" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_two_of_us_do_not_share_a_port(simple, www):
    """Both would let others join by SO_REUSEPORT."""
    o = simple(workers=2)
    done = harness.run("--frontend", harness.to_text(o.address), www.pem)
    assert done.returncode == 69


def test_an_address_that_is_not_ours_is_named(www):
    done = harness.run("--frontend", "[192.0.2.77]:0", www.pem)
    assert done.returncode == 69
    assert "192.0.2.77" in done.stderr


@pytest.mark.parametrize("host, other", [("192.0.2.77", "192.0.2.78"),
                                         ("2001:db8::77", "2001:db8::78")])
def test_freebind_listens_where_an_address_may_come_later(
        start, backend, www, host, other, trust):
    """Without it that is a fault, and the remedy is named."""
    rest = f'backend = "{backend().at}"\npem-file = "{www.pem}"\n'
    done = harness.run("--frontend", f"[{host}]:0", www.pem)
    assert done.returncode == 69
    assert "freebind" in done.stderr
    o = start(f'frontend = "[{host}]:0"\nfreebind = on\n' + rest, workers=2)
    assert o.address[0] == host
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        with pytest.raises(OSError):
            s.bind((host, 0))
    said = o.reload_refused(f'frontend = "[{other}]:0"\n' + rest)
    assert other in said[0]


def test_addresses_are_said_on_standard_output(start, www, launch):
    """For those who read them by a pipe; the log goes to standard error."""
    process = subprocess.Popen(
        [harness.program(), "--frontend=[127.0.0.1]:0", "--frontend=[::1]:0",
         www.pem], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline() for _ in range(2)]
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == "" and err == ""
    assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", lines[0])
    assert re.fullmatch(r"listening on \[::1\]:\d+\n", lines[1])


@pytest.mark.parametrize("words, timer", [
    ("", 2), ("keepalive = 100", 2), ("keepalive = off", 0)])
def test_silent_clients_are_asked_whether_they_live(simple, trust, words,
                                                    timer):
    """The kernel's table tells which timer runs: 2 is keepalive's."""
    o = simple(words)
    c = o.connect(trust()).ask()
    ends = [f":{port:04X}" for port in (o.address[1], c.name[1])]

    def running():
        with open("/proc/net/tcp", encoding="ascii") as table:
            for row in map(str.split, table):
                if [w[-5:] for w in row[1:3]] == ends:
                    return int(row[5].split(":")[0], 16)
    wait_until(lambda: running() == timer, f"timer {timer}")
