"""What the tests of HTTP servers have in common."""

from types import SimpleNamespace

import pytest

import harness
from front import CLIENT

H1, H2 = "--http1.1", "--http2"
both = pytest.mark.parametrize("version", [H1, H2], ids=["h1", "h2"])
anywhere = pytest.mark.parametrize("come_from", [CLIENT, "::1"])


def told_who(front, come_from, version=H1, **how):
    """What the application heard of a client; who it is must be right."""
    told = front.told(version, come_from=come_from, **how)
    assert told["x-forwarded-for"] == come_from, told
    assert told["x-forwarded-proto"] == "https", told
    assert told["http-version"] == ("2" if version == H2 else "1.1")
    if "x-client-port" in told:
        assert told["x-client-port"] == told["local-port"]
    return told


def spot(room):
    """A folder, a port and a socket for one server."""
    folder = room()
    return SimpleNamespace(folder=folder, port=harness.free_port(),
                           socket=folder / "socket")


def tcp(server):
    return f"[127.0.0.1]:{server.port}"
