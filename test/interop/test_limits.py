"""The manual's table of header lengths: each is taken, to the last byte."""

import pytest

import page
# Servers for the cases below, as the tests of each have them:
from test_haproxy import haproxy
from test_http import (
    apache, lighttpd, nghttpx, varnish, varnish_as_it_is)
from test_mail import dovecot, exim, postfix
from test_mariadb import mariadb
from test_nginx import nginx, streams
from web import tcp

LINES = """frontend = "[127.0.0.1]:0"
backend = "{}"
pem-file = "{}"
client-verify = required
client-verify-ca = "{}"
proxy-tlv = "{}"
proxy-size-limit = {}
"""
UNIT = 77	# bytes that an OU of 64 adds to a certificate
FREE = 65551	# no limit

# What each says to words of its own protocol. None: it speaks first.
HTTP = [b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"], b"HTTP/1.1 "
ECHO = [b"ping"], b"ping"
SMTP = [None, b"EHLO client.example.com\r\n"], b"250"
IMAP = [None, b"a LOGOUT\r\n"], b"a OK"
# A login of version 4.1 by user "x", without a password.
MYSQL = [None, b"\x23\0\0\1" + b"\0\x82\0\0" + b"\0\0\0\1" + b"\x21" +
         bytes(23) + b"x\0" + b"\0"], b"denied for user 'x'@'127.0.0.1'"

CASES = {
    "nginx, streams, before 1.23.3": ("streams", ECHO),
    "Apache httpd": ("apache", HTTP),
    "Exim": ("exim", SMTP),
    "lighttpd": ("lighttpd", HTTP),
    "MariaDB": ("mariadb", MYSQL),
    "Varnish": ("varnish_as_it_is", HTTP),
    "Varnish, workspace_session=2k": ("varnish", HTTP),
    "Postfix": ("postfix", SMTP),
    "nginx, HTTP, with a buffer of 4k": ("nginx", HTTP),
    "Dovecot": ("dovecot", IMAP),
    "HAProxy": ("haproxy", HTTP),
    "nghttpx": ("nghttpx", HTTP),
}


def long_name(size):
    """One of exactly so many bytes, in labels of no more than 51."""
    return (("x" * 50 + ".") * 5)[:size - 1] + "x"


def wanted(limit):
    """What most of a header is made of; the client's name fills the rest."""
    if limit < 200:
        return "authority"
    if limit <= 400:
        return "version cipher sig-alg key-alg group sig-scheme unique-id " \
            "authority"
    return "client-cert authority"


@pytest.fixture
def connect(start, www, pki, trust):
    """A client of whom the backend is told so much."""
    def make(at, tlvs, limit, cert, name):
        o = start(LINES.format(at, www.pem, pki.ca, tlvs, limit))
        return o.connect(trust(cert=cert), sni=name)
    return make


@pytest.fixture
def fill(connect, backend, pki):
    """Finds certificate and name that make a header of just that length."""
    def header(*what):
        b = backend()
        connect(b.at, *what).ask()
        return b.header

    def make(limit):
        units, room = 0, limit
        while True:
            more = "".join(f"/OU={u:064}" for u in range(units))
            cert = pki.client("alice", subject=f"/CN=alice{more}")
            short = header(wanted(limit), FREE, cert, "x")
            room = limit - len(short.raw) + 1
            if room <= 250:
                break
            units += max(1, (room - 130) // UNIT)
        name = long_name(room)
        made = header(wanted(limit), limit, cert, name)
        assert len(made.raw) == limit and made.text("authority") == name
        return cert, name
    return make


def test_each_length_in_the_table_is_tried():
    assert set(CASES) == set(page.limits())


@pytest.mark.parametrize("who", CASES)
def test_a_header_of_that_length_is_taken(request, fill, connect, who):
    fixture, (words, answer) = CASES[who]
    server, limit = request.getfixturevalue(fixture), page.limits()[who]
    at = (f"[127.0.0.1]:{server.imap}" if fixture == "dovecot"
          else tcp(server))
    client = connect(at, wanted(limit), limit, *fill(limit))
    for word in words:
        if word is None:
            client.recv()
        else:
            client.send(word)
    said = b""
    while answer not in said:
        more = client.recv()
        assert more, f"{said} is all that came"
        said += more
