"""README is true: its configurations are accepted, its commands run.

A block of README, indented by four spaces, is a configuration if it begins
with "# FILE", and a command line where it begins with "$ ".
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

import harness

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "/etc/offloader/offloader.conf"
PEM = "/etc/offloader/www.example.com.pem"

# Each command README shows (test/shape/readme.sh compares), and who runs it.
BY_SETUP = {"apt-get install"}	# test_the_packages_are_those_of_setup_sh
BY_RUN_SH = {
    "sh autogen.sh && ./configure && make",
    "make install",		# by make distcheck
    "sh test/run.sh",
}
BY_DEMO = {"sh etc/demo.sh"}	# test_demo.py
BY_BENCH = {"sh test/bench/run.sh --quick"}	# test_bench.py: some rows of it
BY_US = {
    "offloader --test --config /etc/offloader/offloader.conf",
    "offloader --config /etc/offloader/offloader.conf",
    "varnishd -a 127.0.0.1:8000,PROXY -b 127.0.0.1:8080",
}


def blocks():
    """README's indented blocks, without their indent."""
    text = (ROOT / "README").read_text()
    for block in re.findall(r"(?:^    .*\n)+(?:\n*(?:^    .*\n)+)*", text,
                            re.M):
        yield re.sub(r"^    ", "", block, flags=re.M)


def commands():
    return [line[2:].removesuffix(" \\") for block in blocks()
            for line in block.splitlines() if line.startswith("$ ")]


def config_of(name):
    """The one configuration in README that is called so."""
    found = [b for b in blocks() if b.startswith(f"# {name}\n")]
    assert len(found) == 1
    return found[0]


def needs(program):
    path = shutil.which(program, path="/usr/local/sbin:/usr/sbin:/usr/bin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture
def text(backend, www):
    """README's configuration, led to certificate, port and backend of ours."""
    given = config_of(CONFIG)
    for there, here in ((PEM, www.pem), ('"443"', '"0"'),
                        ('"*"', '"127.0.0.1"'),
                        ("[127.0.0.1]:8000", backend().at)):
        assert there in given
        given = given.replace(there, str(here))
    if os.geteuid() != 0:	# who cannot become nobody
        given = re.sub(r"^(user|group) = .*\n", "", given, flags=re.M)
    return given


def test_each_command_is_run_by_somebody():
    assert set(commands()) == (BY_SETUP | BY_RUN_SH | BY_DEMO | BY_BENCH |
                               BY_US)


def test_the_packages_are_those_of_setup_sh():
    line, = re.findall(r"apt-get install ((?:.*\\\n)+.*)",
                       (ROOT / "README").read_text())
    wanted, = re.findall(r'^to_build="([^"]*)"',
                         (ROOT / "etc" / "setup.sh").read_text(), re.M)
    assert sorted(line.replace("\\", "").split()) == sorted(wanted.split())


def test_the_configuration_is_ten_lines():
    assert len(config_of(CONFIG).splitlines()) == 10


def test_the_configuration_is_accepted(text, place):
    file = place / "offloader.conf"
    file.write_text(text)
    words = f"offloader --test --config {file}".split()
    done = subprocess.run([harness.program(), *words[1:]],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_configuration_is_served(start, text, trust):
    client = start(text).connect(trust())
    client.send(b"hello")
    assert client.recv_exactly(5) == b"hello"


def test_haproxy_takes_its_configuration(tmp_path):
    haproxy = needs("haproxy")
    file = tmp_path / "haproxy.cfg"
    file.write_text(config_of("haproxy.cfg") +
                    "backend app\n mode http\n timeout connect 1s\n"
                    " timeout server 1m\n server app 127.0.0.1:8080\n")
    done = subprocess.run([haproxy, "-c", "-f", file], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_nginx_takes_its_configuration(tmp_path):
    nginx = needs("nginx")
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
                    f"http {{\naccess_log off;\n{config_of('nginx.conf')}}}\n")
    done = subprocess.run([nginx, "-t", "-p", tmp_path, "-c", file],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_varnish_takes_its_command_line(tmp_path):
    port = harness.free_port()
    words = "varnishd -a 127.0.0.1:8000,PROXY -b 127.0.0.1:8080".split()
    words = [w.replace(":8000", f":{port}") for w in words]
    words[0] = needs("varnishd")

    def listens():
        assert process.poll() is None, "it ended"
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    with subprocess.Popen([*words, "-F", "-n", tmp_path / "varnish"],
                          stderr=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, umask=0o022) as process:
        try:
            harness.wait_until(listens, "varnishd listens")
        finally:
            process.terminate()
            process.wait(harness.PATIENCE)
