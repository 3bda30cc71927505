"""MariaDB: its grants see the client, whose TLS stunnel begins for it."""

import shutil
import subprocess

import pytest

import page
from front import CLIENT, NAME
from receiver import needs
from web import spot, tcp

MARIADB = page.Section("MARIADB")
REST = """
user = nobody
datadir = {0}/data
socket = {1}
pid-file = {0}/pid
skip-name-resolve
innodb_buffer_pool_size = 16M
innodb_log_file_size = 8M
performance_schema = off
"""


def query(words, text):
    """What the client prints of it: rows, or an error."""
    done = subprocess.run(
        [needs("mariadb", "mariadb-client-core"), "--no-defaults", "-N",
         *map(str, words), "-e", text],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=60)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def mariadb(servers, room):
    program = needs("mariadbd", "mariadb-server-core")
    s = spot(room)
    data = s.folder / "data"
    data.mkdir()
    shutil.chown(data, "nobody")
    subprocess.run(
        [needs("mariadb-install-db", "mariadb-server-core"), "--no-defaults",
         "--user=nobody", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        check=True, stdout=subprocess.DEVNULL, timeout=120)
    config = s.folder / "my.cnf"
    config.write_text(MARIADB.lines("my.cnf", {"3307": s.port}) +
                      REST.format(s.folder, s.socket))
    servers([program, f"--defaults-file={config}"], s.port, s.socket,
            folder=s.folder)
    for host in (CLIENT, "::1"):
        said = query(["-S", s.socket, "-u", "root"],
                     f"CREATE USER near@'{host}' IDENTIFIED BY 'secret'")
        assert said == ""
    return s


def stunnel(servers, room, front, come_from):
    """Beside the client: from a port in clear to the offloader."""
    s = spot(room)
    to = "::1" if ":" in come_from else "127.0.0.1"
    config = s.folder / "stunnel.conf"
    config.write_text("foreground = yes\npid =\nsyslog = no\n" +
                      MARIADB.lines("stunnel.conf", {
                          "127.0.0.1:3306": f"127.0.0.1:{s.port}",
                          "db.example.com:3308": f"{to}:{front.port(to)}",
                          "/etc/ssl/certs/ca-certificates.crt":
                          front.pki.ca}) +
                      f"local = {come_from}\nsni = {NAME}\n")
    servers([needs("stunnel4", "stunnel4"), config], s.port, folder=s.folder)
    return s.port


@pytest.mark.parametrize("come_from", [CLIENT, "::1"])
def test_mariadb_grants_by_the_address_of_the_client(servers, room, mariadb,
                                                     offload, come_from):
    f = offload(MARIADB, {"[127.0.0.1]:3307": tcp(mariadb)})
    port = stunnel(servers, room, f, come_from)
    words = ["-h", "127.0.0.1", "-P", port, "-u", "near", "-psecret"]
    assert query(words, "SELECT USER()") == f"near@{come_from}"
    seen = query(words, "SELECT HOST FROM information_schema.PROCESSLIST")
    assert seen.rsplit(":", 1)[0] == come_from


def test_mariadb_refuses_who_has_no_grant(servers, room, mariadb, offload):
    f = offload(MARIADB, {"[127.0.0.1]:3307": tcp(mariadb)})
    port = stunnel(servers, room, f, "127.0.0.3")
    said = query(["-h", "127.0.0.1", "-P", port, "-u", "near", "-psecret"],
                 "SELECT 1")
    assert "127.0.0.3" in said and "ERROR" in said
