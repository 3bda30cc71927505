"""HAProxy: who it sees, and how its converters get at the common name."""

import re
import subprocess

import pytest

import page
from front import CLIENT
from receiver import needs
from web import H2, anywhere, both, spot, tcp, told_who

HAPROXY = page.Section("HAPROXY")
HAPROXY_REST = """
defaults
	timeout client 1m
	timeout server 1m
	timeout connect 10s
backend app
	mode http
	server app 127.0.0.1:{}
"""


def haproxy_version(program):
    text = subprocess.run([program, "-v"], capture_output=True,
                                  text=True).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", text).groups()))


@pytest.fixture(scope="module")
def haproxy(servers, room, app):
    program, s = needs("haproxy", "haproxy"), spot(room)
    lines = HAPROXY.lines("haproxy.cfg", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "/run/haproxy/tls.sock": s.socket})
    if haproxy_version(program) >= (2, 9):
        lines += HAPROXY.lines("haproxy-2.9.cfg")
    config = s.folder / "haproxy.cfg"
    config.write_text(HAPROXY_REST.format(app.port) + lines)
    servers([program, "-db", "-f", config], s.port, s.socket, folder=s.folder)
    return s


def before_haproxy(haproxy, offload, at, **how):
    return offload(HAPROXY, {"/run/haproxy/tls.sock": at}, **how)


@both
@anywhere
def test_haproxy_sees_address_port_name_and_id(haproxy, offload, version,
                                               come_from):
    f = before_haproxy(haproxy, offload, tcp(haproxy))
    first, second = [told_who(f, come_from, version) for _ in range(2)]
    assert first["x-tls-name"] == second["x-tls-name"] == "www.example.com"
    assert first["x-tls-id"] != second["x-tls-id"]


def test_haproxy_takes_it_over_a_unix_socket(haproxy, offload):
    f = before_haproxy(haproxy, offload, haproxy.socket)
    assert told_who(f, CLIENT, H2)["x-tls-name"] == "www.example.com"


def test_haproxy_can_read_the_common_name(haproxy, offload, pki):
    if haproxy_version(needs("haproxy", "haproxy")) < (2, 9):
        pytest.skip("haproxy 2.9 is the first to see TLVs")
    f = before_haproxy(haproxy, offload, tcp(haproxy), client=True)
    told = told_who(f, CLIENT, cert=pki.client("alice"))
    assert told["x-client-cn"] == "alice"
    assert "x-client-cn" not in told_who(f, CLIENT)


def test_the_lines_for_the_common_name_are_sound(tmp_path):
    """Of what 2.9 brought, older ones are shown what they had instead."""
    program = needs("haproxy", "haproxy")
    lines = HAPROXY.lines("haproxy-2.9.cfg")
    if haproxy_version(program) < (2, 9):
        lines = re.sub(r"fc_pp_tlv\(\w+\)", "fc_pp_authority", lines)
        lines = re.sub(r"bytes\([^)]*\)", "bytes(0,1)", lines)
    config = tmp_path / "haproxy.cfg"
    config.write_text(HAPROXY_REST.format(1) + HAPROXY.lines("haproxy.cfg") +
                      lines)
    done = subprocess.run([program, "-c", "-f", config], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr


class Converters:
    """What haproxy's converters make of an SSL TLV, in the page's lines.

    Enough of their language for those, and for a haproxy that is too old.
    """

    def __init__(self, tlv):
        self.tlv, self.vars = tlv, {}

    def number(self, word):
        return int(self.vars[word] if word in self.vars else word)

    def step(self, value, name, words):
        if name == "fc_pp_tlv":
            return self.tlv
        if name == "var":
            return self.vars[words[0]]
        if name == "int":
            return int(words[0])
        if name == "add":
            return int(value) + self.number(words[0])
        if name == "bytes":
            start, size = map(self.number, words)
            return value[start:start + size]
        if name == "be2dec":
            return str(int.from_bytes(value, "big"))
        assert name == "hex"
        return value.hex().upper()

    def set_var(self, variable, expression):
        value = None
        for name, words in re.findall(r"([a-z_0-9]+)(?:\(([^)]*)\))?",
                                      expression):
            value = self.step(value, name, words.split(","))
        self.vars[variable] = value


def test_the_lines_for_the_common_name_find_it(offload, backend, pki, trust):
    """Whatever haproxy is here: they are followed byte for byte."""
    b = backend()
    f = offload(HAPROXY, {"/run/haproxy/tls.sock": b.at}, client=True)
    f.offloader.connect(trust(cert=pki.client("alice"))).ask()
    reader = Converters(b.wait().header.ssl)
    for line in HAPROXY.lines("haproxy-2.9.cfg").splitlines():
        made = re.match(r"http-request set-var\((\S+?)\) (\S+)", line)
        if made:
            reader.set_var(*made.groups())
    assert reader.vars["txn.version"] == b"TLSv1.3"
    assert reader.vars["txn.type"] == "22"
    assert reader.vars["txn.cn"] == b"alice"
