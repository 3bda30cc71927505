"""Squid, before a server and before the world; and tinyproxy."""

import pytest

import harness
import page
from front import CLIENT, NAME
from receiver import needs
from web import anywhere, spot, tcp, told_who

SQUID = page.Section("SQUID")
SQUID_REST = """
http_access deny all
cache deny all
cache_mem 8 MB
pid_filename {0}/pid
cache_log {0}/cache.log
coredump_dir {0}
cache_effective_user proxy
shutdown_lifetime 1 seconds
visible_hostname squid
pinger_enable off
logfile_rotate 0
"""


def run_squid(servers, s, lines, more=""):
    config = s.folder / "squid.conf"
    config.write_text(lines + SQUID_REST.format(s.folder) + more)
    s.log = s.folder / "access.log"
    servers([needs("squid", "squid"), "-N", "-f", config], s.port,
            folder=s.folder)
    return s


@pytest.fixture(scope="module")
def reverse(servers, room, app):
    s = spot(room)
    lines = SQUID.lines("squid.conf", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "parent 8080": f"parent {app.port}"})
    return run_squid(servers, s, lines,
                     f"access_log stdio:{s.folder}/access.log tls\n")


@pytest.fixture(scope="module")
def forward(servers, room):
    s = spot(room)
    return run_squid(servers, s, SQUID.lines("squid-forward.conf", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "192.0.2.0/24": f"{CLIENT} ::1"}), "access_log none\n")


@anywhere
def test_squid_sees_address_port_and_name(reverse, offload, come_from):
    f = offload(SQUID, {"[127.0.0.1]:8000": tcp(reverse)})
    told = told_who(f, come_from)
    line = f"{come_from}:{told['local-port']} name={NAME} 200 "
    harness.wait_until(lambda: line in reverse.log.read_text(), line)


@anywhere
def test_squid_lets_clients_out_by_their_address(forward, offload, app,
                                                 come_from):
    f = offload(SQUID, {"[127.0.0.1]:8000": tcp(forward)})
    url = f"http://127.0.0.1:{app.port}/"
    assert f"x-forwarded-for: {come_from}\n" in f.through(
        url, come_from=come_from)
    assert "ERR_ACCESS_DENIED" in f.through(url, "-i", come_from="127.0.0.3")


TINYPROXY = page.Section("TINYPROXY")


@pytest.fixture
def tinyproxy(servers, room, app):
    s = spot(room)
    config = s.folder / "tinyproxy.conf"
    config.write_text(TINYPROXY.lines("tinyproxy.conf", {
        "Port 8000": f"Port {s.port}",
        "ConnectPort 443": f"ConnectPort {app.port}"}) +
        f'LogFile "{s.folder}/log"\nTimeout 60\nMaxClients 20\n')
    servers([needs("tinyproxy", "tinyproxy"), "-d", "-c", config], s.port,
            folder=s.folder)
    return s


def test_tinyproxy_is_reached_by_tls_with_a_certificate(tinyproxy, offload,
                                                        app, pki):
    f = offload(TINYPROXY, {"[127.0.0.1]:8000": tcp(tinyproxy)})
    alice = pki.client("alice")
    words = ["--proxy-cert", alice.cert, "--proxy-key", alice.key]
    url = f"http://127.0.0.1:{app.port}/"
    assert "tinyproxy" in f.through(url, *words)
    assert "\nhost: " in f.through(url, "-p", *words)
    assert "HTTP" not in f.through(url, "-i")
