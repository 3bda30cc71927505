"""The line of each connection that has ended, read by other parsers."""

import json
import os
import re
import signal
import socket
import struct
from datetime import datetime, timezone

import pytest

import harness
import hello
import proxy
from harness import wait_until
from test_ja4 import Seen, ja4

both_forms = pytest.mark.parametrize("form", ["logfmt", "json"])


# ------------------------------------------------------------- two parsers --

def from_logfmt(line):
    """Strict: name=value, one space between, nothing else."""
    facts, at = {}, 0
    while True:
        m = re.compile(r'([a-z_0-9.]+)=(?:"((?:[^"\\]|\\[\\"])*)"|'
                       r'([^\s="\\]+))').match(line, at)
        assert m, line[at:]
        assert m[1] not in facts, m[1]
        if m[3] is None:
            facts[m[1]] = re.sub(r"\\(.)", r"\1", m[2])
        else:
            facts[m[1]] = (m[3] == "true" if m[3] in ("true", "false") else
                           int(m[3]) if re.fullmatch(r"-?\d+", m[3]) else
                           m[3])
        at = m.end()
        if at == len(line):
            return facts
        assert line[at] == " ", line[at:]
        at += 1


def from_json(line):
    def unique(pairs):
        assert len({name for name, _ in pairs}) == len(pairs), line
        return dict(pairs)
    facts = json.loads(line, object_pairs_hook=unique)
    assert all(isinstance(v, (str, int, bool)) for v in facts.values())
    return facts


READERS = {"logfmt": from_logfmt, "json": from_json}


class Log:
    def __init__(self, path, form):
        self.path, self.read_line = path, READERS[form]

    def lines(self):
        """Only whole ones."""
        text = self.path.read_bytes().decode("utf-8", "strict")
        assert not re.search("[^\\x20-\\x7e\\xa0-\\uffff\\n]", text)
        return [self.read_line(line) for line in text.split("\n")[:-1]]

    def of(self, client):
        name = client if isinstance(client, tuple) else client.name

        def there():
            return [line for line in self.lines()
                    if (line["client.address"], line["client.port"]) == name]
        return wait_until(there, f"the line of {name}")[0]


@pytest.fixture
def logged(simple, place):
    """The program with a file for its connections."""
    def make(form, more="", *options, **how):
        path = place / "access"
        o = simple(f'access-log = {form}\naccess-log-file = "{path}"\n'
                   f'{more}', *options, **how)
        o.access = Log(path, form)
        return o
    return make


# ------------------------------------------------------------- what it says -

@both_forms
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_line_has_all_that_is_known(logged, trust, pki, form, version):
    o = logged(form, f'client-verify = optional\nclient-verify-ca = '
               f'"{pki.ca}"\nalpn-protos = "h2"\nproxy-tlv = "cn unique-id"')
    c = Seen(o.address, trust(version, cert=pki.client("alice"),
                              alpn=["h2"]))
    o.clients.append(c)
    c.ask(b"12345")
    id = o.backend.wait().header.text("unique-id")
    c.close()
    said = o.access.of(c)
    when = datetime.strptime(said.pop("time"), "%Y-%m-%dT%H:%M:%S.%fZ")
    when = when.replace(tzinfo=timezone.utc)
    assert abs((datetime.now(timezone.utc) - when).total_seconds()) < 60
    spent = {k: said.pop(k) for k in list(said) if k.startswith("ms.")}
    assert set(spent) >= {"ms.total", "ms.hello", "ms.handshake",
                          "ms.connect", "ms.relay"}
    assert all(0 <= ms < 60000 for ms in spent.values())
    total = spent.pop("ms.total")
    assert abs(sum(spent.values()) - total) <= len(spent)
    assert said == {
        "client.address": "127.0.0.1", "client.port": c.name[1],
        "frontend": "[127.0.0.1]:0",
        "tls.client.server_name": "www.example.com",
        "tls.established": True, "tls.protocol.version": version,
        "tls.cipher": c.tls.cipher()[0],
        "tls.curve": said["tls.curve"], "tls.resumed": False,
        "tls.next_protocol": "h2", "tls.client.cn": "alice",
        "tls.client.verify": 0, "tls.client.ja4": ja4(c.hello), "id": id,
        "backend": o.backend.at.replace("[", "").replace("]", ""),
        "end": "clean", "up": 5, "down": 5}
    assert said["tls.curve"]


@both_forms
def test_a_resumed_session_is_one(logged, trust, form):
    o = logged(form)
    context = trust("1.2")
    first = o.connect(context).ask()
    session = first.tls.session
    first.close()
    again = o.connect(context, session=session).ask()
    again.close()
    assert o.access.of(first)["tls.resumed"] is False
    assert o.access.of(again)["tls.resumed"] is True


@both_forms
def test_behind_a_balancer_both_are_named(logged, trust, form):
    o = logged(form, "accept-proxy = on\nproxy-from = 127.0.0.0/8\n"
               "proxy-tlv = unique-id")
    client, server = ("2001:db8::7", 4711), ("2001:db8::1", 443)
    c = o.connect(trust(), before=proxy.encode(
        client, server, proxy.tlv(5, b'id"\x1b[31m \xff')))
    c.ask()
    c.close()
    said = o.access.of(client)
    assert said["network.peer.address"] == "127.0.0.1"
    assert said["network.peer.port"] == c.name[1]
    assert said["id"] == r"id\x22\x1B[31m \xFF"


# ---------------------------------------------------------------- its ends --

def by_reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def end_silent(o, trust):
    sock = o.raw()
    name = sock.getsockname()
    sock.close()
    return name


def end_handshake(o, trust):
    sock = o.raw()
    name = sock.getsockname()
    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
    return name


def end_handshake_slow(o, trust):
    return o.raw().getsockname()


def end_clean(o, trust):
    c = o.connect(trust()).ask()
    c.close()
    return c.name


def end_client_cut(o, trust):
    c = o.connect(trust()).ask()
    c.sock.shutdown(socket.SHUT_WR)
    return c.name


def end_client_reset(o, trust):
    c = o.connect(trust()).ask()
    by_reset(c.sock)
    return c.name


def end_tls(o, trust):
    c = o.connect(trust("1.2")).ask()
    c.sock.sendall(hello.record(bytes(32), hello.DATA, 0x0303))
    return c.name


def end_idle(o, trust):
    return o.connect(trust()).ask().name


def end_drained(o, trust):
    c = o.connect(trust()).ask()
    o.term()
    return c.name


# an end: what it takes, and whether there was a session
ENDS = {
    "silent": (end_silent, "", False),
    "handshake": (end_handshake, "", False),
    "handshake-slow": (end_handshake_slow, "ssl-handshake-timeout = 300ms",
                       False),
    "clean": (end_clean, "", True),
    "client-cut": (end_client_cut, "", True),
    "client-reset": (end_client_reset, "", True),
    "tls": (end_tls, "", True),
    "idle": (end_idle, "idle-timeout = 300ms", True),
    "drained": (end_drained, "drain-timeout = 300ms\n"
                "drain-idle-timeout = off", True),
}


@both_forms
@pytest.mark.parametrize("end", ENDS)
def test_every_end_has_its_line(logged, trust, form, end):
    play, more, session = ENDS[end]
    o = logged(form, more)
    said = o.access.of(play(o, trust))
    assert said["end"] == end
    assert said["tls.established"] is session
    assert ("tls.cipher" in said) is session
    assert len(o.access.lines()) == 1


@both_forms
def test_who_hears_of_the_end_after_it_has_a_whole_line(logged, trust, form):
    """The session is gone while the client is heard out."""
    def reset(accepted):
        accepted.recv()
        accepted.reset()

    o = logged(form, "alpn-protos = h2", serve=reset)
    c = o.connect(trust(alpn=["h2"]))
    c.send(b"x")
    c.wait_hungup()
    c.close()
    said = o.access.of(c)
    assert said["end"] == "backend-reset"
    assert said["tls.next_protocol"] == "h2"
    assert said["tls.cipher"] == c.tls.cipher()[0]
    assert "ms.linger" in said


@both_forms
def test_a_backend_that_is_not_there_is_named(launch, trust, www, place,
                                              form):
    port = harness.free_port()
    o = launch(f'frontend = "[127.0.0.1]:0"\nbackend = "127.0.0.1:{port}"\n'
               f'pem-file = "{www.pem}"\naccess-log = {form}\n'
               f'access-log-file = "{place}/access"').wait_ready()
    c = o.connect(trust())
    c.wait_hungup()
    c.close()
    said = Log(place / "access", form).of(c)
    assert said["end"] == "backend-refused"
    assert said["backend"] == f"127.0.0.1:{port}"
    assert said["why"] == "Connection refused"


# ------------------------------------------------------------ hostile words -

NASTY = [b'a"b', b"a\\b", b"a b=c", b"x\nend=clean", b"\x1b]0;x\x07",
         b"\x1b[2J", b"\xc2\x9b31m", b"\xff\xfe", "é".encode(),
         "a\u2028b".encode(), "a\u202eb".encode(), b"\xed\xa0\x80",
         b'","end":"clean', b"'", b"%s%n", b"x" * 255, b"\x7f" * 255]


def plain(data):
    """What is shown of it: only what is sure to be harmless stays."""
    text = ""
    for letter in data.decode("utf-8", "surrogateescape"):
        code = ord(letter)
        if 0xdc80 <= code <= 0xdcff:
            text += f"\\x{code - 0xdc00:02X}"
        elif (code < 32 or 0x7f <= code < 0xa0 or letter in '"\\' or
              code in (0x2028, 0x2029) or 0x202a <= code <= 0x202e):
            text += "".join(f"\\x{b:02X}" for b in letter.encode())
        else:
            text += letter
    return text


@both_forms
def test_no_name_can_forge_a_line_or_a_field(logged, form):
    o = logged(form, "sni-nomatch-abort = on")
    for i, name in enumerate(NASTY, 1):
        hello.greet(o.address, hello.hello(hello.server_name(name)))
        wait_until(lambda: len(o.access.lines()) == i, "a line")
        said = o.access.lines()[-1]
        shown = said["tls.client.server_name"]
        wanted = plain(name)
        if len(wanted) > 287:
            assert shown.endswith("...") and len(shown) <= 287
            assert wanted.startswith(shown[:-3])
        else:
            assert shown == wanted
        assert said["end"] == "handshake"
        assert said["why"] == "no certificate has this name"
        assert said["tls.client.ja4"].startswith("t12d")


@both_forms
def test_no_protocol_can_either(logged, form):
    o = logged(form, 'alpn-protos = "h2"')
    hello.greet(o.address, hello.hello(
        hello.server_name(b"www.example.com"), hello.alpn(b'\x1b[2J"\n')))
    wait_until(lambda: o.access.lines(), "a line")
    said = o.access.lines()[0]
    assert said["tls.client.ja4"][8:10] == "1a"
    assert "tls.next_protocol" not in said


@both_forms
@pytest.mark.parametrize("cn", ['a"b c d=e', "x\x1b[31m", "Zo\u00eb"])
def test_no_certificate_can_either(logged, trust, pki, form, cn):
    o = logged(form, f'client-verify = required\nclient-verify-ca = '
               f'"{pki.ca}"')
    c = o.connect(trust(cert=pki.client(cn))).ask()
    c.close()
    said = o.access.of(c)
    assert said["tls.client.cn"] == plain(cn.encode())
    assert said["end"] == "clean"


# ------------------------------------------------------------ where it goes -

def test_both_forms_go_to_the_log_without_a_file(simple, trust):
    o = simple("access-log = json")
    c = o.connect(trust()).ask()
    c.close()
    line = o.log.wait(r": info: conn (\{.*\})$")[1]
    assert from_json(line)["client.port"] == c.name[1]
    o.reload(o.config.read_text().replace("json", "logfmt"))
    c = o.connect(trust()).ask()
    c.close()
    line = o.log.wait(rf": info: conn (time.*{harness.conn_of(c)}.*)")[1]
    assert from_logfmt(line)["end"] == "clean"


@pytest.mark.parametrize("level, words, there", [
    (1, "", False), (2, "", True), (0, "access-log = logfmt", True),
    (2, "access-log = off", False)])
def test_without_a_word_it_is_the_level_that_decides(launch, backend, www,
                                                     trust, level, words,
                                                     there):
    o = launch(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
               f'pem-file = "{www.pem}"\n{words}\n', level=str(level))
    o.wait_ready("listening on")
    c = o.connect(trust()).ask()
    c.close()
    o.term()
    assert o.wait_end() == 0
    assert bool(o.log.find(harness.conn_of(c))) is there


def test_usr1_opens_the_file_anew_for_everybody(logged, trust, place):
    old = place / "old"
    o = logged("json", 'stats-listen = "[127.0.0.1]:0"', workers=2)
    keeps = o.connect(trust()).ask()
    o.reload()
    o.access.path.rename(old)
    os.kill(o.pid, signal.SIGUSR1)
    wait_until(o.access.path.exists, "a new file")
    assert o.access.path.stat().st_mode & 0o777 == 0o640

    def follows():
        c = o.connect(trust()).ask()
        c.close()
        name = c.name[1]
        return wait_until(lambda: [
            p for p in (old, o.access.path)
            if f'"client.port":{name},' in p.read_text()],
            "its line") == [o.access.path]

    wait_until(follows, "a line in the new file")
    keeps.close()
    wait_until(lambda: f'"client.port":{keeps.name[1]},' in
               o.access.path.read_text(), "the old worker's line")
    wait_until(lambda: not any(str(old) in harness.links(pid)
                               for pid in [o.pid] + o.workers()),
               "nobody has the old one, the reporter neither")


def test_a_file_that_cannot_be_opened_is_a_fault_with_its_place(launch, www):
    o = launch('frontend = "[127.0.0.1]:0"\n\naccess-log-file = "/none/x"\n'
               f'pem-file = "{www.pem}"')
    assert o.wait_end() == 71
    assert o.log.find(r"offloader.conf:3: cannot open log file /none/x")
    o.killed_by = 71


def test_a_full_disk_loses_lines_and_says_so_in_the_log(simple, trust,
                                                        place):
    path = place / "access"
    o = simple(f'access-log = json\naccess-log-file = "{path}"')
    harness.limit_files(o, 3000)
    for _ in range(20):
        o.connect(trust()).ask().close()
    path.rename(place / "old")
    os.kill(o.pid, signal.SIGUSR1)
    wait_until(path.exists, "a new file")

    def told():
        o.connect(trust()).ask().close()
        return o.log.find(r"access-log-file: (\d+) lines were lost")

    assert int(wait_until(told, "how many were lost")[0][1]) > 5


def test_robots_are_summarised(launch, backend, www, trust):
    o = launch(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
               f'pem-file = "{www.pem}"\nlog-level = 2\n'
               'access-log-failures = 3\n', level=None)
    o.wait_ready("listening on")
    for _ in range(10):
        hello.greet(o.address, b"nonsense")
    good = o.connect(trust()).ask()
    good.close()
    o.conn(good)
    assert len(o.conns()) == 3 + 1
    o.term()
    assert o.wait_end() == 0
    assert o.log.find("warning: 7 more connections that failed before the "
                      "handshake finished in the last minute")
