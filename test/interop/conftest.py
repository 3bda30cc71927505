"""Fixtures: those of the system tests, and real servers beside the program."""

import os
import runpy
import sys
import tempfile
from pathlib import Path

import pytest

SYSTEM = Path(__file__).resolve().parents[1] / "system"
sys.path.insert(0, str(SYSTEM))
# Both folders have a conftest, so that theirs cannot be imported by name.
globals().update({name: value for name, value in runpy.run_path(
    str(SYSTEM / "conftest.py")).items() if not name.startswith("_")})

import front
import receiver

# Many of the servers become somebody who must read what is made for them.
os.umask(0o022)


@pytest.fixture(scope="session", autouse=True)
def privileged():
    """Most receivers are started as root, and become somebody themselves."""
    if os.geteuid() != 0:
        pytest.skip("root starts these servers")


@pytest.fixture(scope="session")
def app():
    made = receiver.App()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def servers():
    """Makes folders, and runs servers in them until the module's end."""
    running = []

    def make(command, *places, folder, **how):
        running.append(receiver.Receiver(command, folder, **how))
        return running[-1].wait(*places)
    yield make
    for one in reversed(running):
        one.stop()


@pytest.fixture(scope="module")
def room(folder):
    """Makes folders which servers that become somebody can use."""
    def make():
        path = Path(tempfile.mkdtemp(dir=folder))
        path.chmod(0o777)
        return path
    return make


@pytest.fixture
def offload(start, www, pki):
    """The program, with the page's lines, on both loopback addresses."""
    def make(section, changes=(), name="offloader.conf", client=False,
             more=""):
        text = front.ours(section, name, dict(changes), www.pem, pki.ca,
                          client)
        return front.Front(start(text + more), pki)
    return make
