"""HTTP servers and proxies that take a PROXY header: who they see, and what.

Each passes requests on to an application, which answers with what it was told.
"""

import re

import pytest

import page
from front import CLIENT
from receiver import needs
from web import H1, H2, anywhere, both, spot, tcp, told_who

# ---------------------------------------------------------------- Varnish ---

VARNISH = page.Section("VARNISH")


def run_varnish(servers, s, app, without=""):
    program = needs("varnishd", "varnish")
    vcl = s.folder / "default.vcl"
    vcl.write_text(VARNISH.lines("default.vcl",
                                 {'.port = "8080"': f'.port = "{app.port}"'}))
    words = VARNISH.command("varnishd", {
        without: "", "/etc/varnish/default.vcl": vcl,
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "/run/varnish/tls.sock": s.socket})
    servers([program, *words, "-F", "-n", s.folder / "state", "-T", "none",
             "-S", "none", "-s", "malloc,16m"], s.port, s.socket,
            folder=s.folder)
    return s


@pytest.fixture(scope="module")
def varnish(servers, room, app):
    return run_varnish(servers, spot(room), app)


@pytest.fixture(scope="module")
def varnish_as_it_is(servers, room, app):
    return run_varnish(servers, spot(room), app, "-p workspace_session=2k")


def before_varnish(varnish, offload, at, **how):
    return offload(VARNISH, {"/run/varnish/tls.sock": at}, **how)


@both
@anywhere
def test_varnish_sees_all_there_is_to_see(varnish, offload, pki, version,
                                          come_from):
    f = before_varnish(varnish, offload, tcp(varnish), client=True)
    told = told_who(f, come_from, version, cert=pki.client("alice"))
    assert {name: told[name] for name in told if name.startswith(
        ("x-tls", "x-client-cn"))} == {
            "x-tls-name": "www.example.com",
            "x-tls-alpn": "h2" if version == H2 else "http/1.1",
            "x-tls-version": "TLSv1.3",
            "x-tls-cipher": "TLS_AES_256_GCM_SHA384",
            "x-tls-key": "EC256", "x-tls-signature": "ecdsa-with-SHA256",
            "x-client-cn": "alice"}


def test_varnish_sees_nobody_without_a_certificate(varnish, offload):
    f = before_varnish(varnish, offload, varnish.socket, client=True)
    told = told_who(f, CLIENT, path="/nobody")
    assert "x-client-cn" not in told and told["x-tls-version"] == "TLSv1.3"


# ----------------------------------------------------------------- Apache ---

APACHE = page.Section("APACHE HTTPD")
APACHE_MODULES = """mpm_event authz_core remoteip headers http2 proxy
    proxy_http alias"""
APACHE_REST = """
ServerRoot {0}
DefaultRuntimeDir {0}
PidFile {0}/pid
ErrorLog {0}/errors
Mutex pthread
User www-data
Group www-data
ServerName localhost
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 4
MaxSpareThreads 8
"""


@pytest.fixture(scope="module")
def apache(servers, room, app):
    program, s = needs("apache2", "apache2"), spot(room)
    modules = "".join(
        f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"
        for m in APACHE_MODULES.split())
    lines = APACHE.lines("httpd.conf", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "127.0.0.1:8080": f"127.0.0.1:{app.port}",
        "\tProxyPass /": "\tRedirect /old /new\n\tProxyPass /old !\n"
        "\tProxyPass /"})
    config = s.folder / "httpd.conf"
    config.write_text(APACHE_REST.format(s.folder) + modules + lines)
    servers([program, "-d", s.folder, "-f", config, "-DFOREGROUND"], s.port,
            folder=s.folder)
    return s


@both
@anywhere
def test_apache_sees_the_address(apache, offload, version, come_from):
    f = offload(APACHE, {"[127.0.0.1]:8000": tcp(apache)})
    told_who(f, come_from, version)


def test_apache_redirects_to_https(apache, offload):
    f = offload(APACHE, {"[127.0.0.1]:8000": tcp(apache)})
    page_there = f.get("-i", path="/old/x")
    assert re.search(r"^location: https://www\.example\.com/new/x\s*$",
                     page_there, re.M | re.I), page_there


# --------------------------------------------------------------- lighttpd ---

LIGHTTPD = page.Section("LIGHTTPD")
LIGHTTPD_REST = """
server.document-root = "{0}"
server.errorlog = "{0}/errors"
cgi.assign = ( ".sh" => "/bin/sh" )
"""
LIGHTTPD_CGI = r"""printf 'Content-Type: text/plain\r\n\r\n'
env | sed -n 's/^\([A-Z_0-9]*\)=/\1: /p'
"""


@pytest.fixture(scope="module")
def lighttpd(servers, room):
    program, s = needs("lighttpd", "lighttpd"), spot(room)
    (s.folder / "env.sh").write_text(LIGHTTPD_CGI)
    for name, changes, at in (
            ("lighttpd.conf", {"8000": s.port}, s.port),
            ("lighttpd-unix.conf", {"/run/lighttpd/tls.sock": s.socket},
             s.socket)):
        config = s.folder / name
        config.write_text(LIGHTTPD.lines(name, changes) +
                          LIGHTTPD_REST.format(s.folder))
        servers([program, "-D", "-f", config], at, folder=s.folder)
    return s


@both
@anywhere
def test_lighttpd_sees_address_port_and_tls(lighttpd, offload, pki, version,
                                            come_from):
    f = offload(LIGHTTPD, {"[127.0.0.1]:8000": tcp(lighttpd)}, client=True)
    told = f.told(version, path="/env.sh", come_from=come_from,
                  cert=pki.client("alice"))
    assert told["REMOTE_ADDR"] == come_from
    assert told["REMOTE_PORT"] == told["local-port"]
    assert told["http-version"] == ("2" if version == H2 else "1.1")
    assert told["HTTPS"] == "on" and told["REQUEST_SCHEME"] == "https"
    assert {name: told[name] for name in told if name.startswith("SSL_")
            and name != "SSL_CLIENT_VERIFY"} == {
                "SSL_PROTOCOL": "TLSv1.3",
                "SSL_CIPHER": "TLS_AES_256_GCM_SHA384",
                "SSL_SERVER_A_KEY": "EC256",
                "SSL_SERVER_A_SIG": "ecdsa-with-SHA256",
                "SSL_CLIENT_S_DN_CN": "alice"}


def test_lighttpd_takes_it_over_a_unix_socket(lighttpd, offload):
    f = offload(LIGHTTPD, {"[127.0.0.1]:8000": lighttpd.socket}, client=True)
    told = f.told(path="/env.sh")
    assert told["REMOTE_ADDR"] == CLIENT and told["HTTPS"] == "on"
    assert "SSL_CLIENT_S_DN_CN" not in told


# ------------------------------------------------------------ h2o, nghttpx --

H2O = page.Section("H2O")


@pytest.fixture(scope="module")
def h2o(servers, room, app):
    program, s = needs("h2o", "h2o"), spot(room)
    config = s.folder / "h2o.conf"
    config.write_text("user: nobody\nnum-threads: 1\n" + H2O.lines(
        "h2o.conf", {"8000": s.port, "8080": app.port}))
    servers([program, "-m", "worker", "-c", config], s.port, folder=s.folder)
    return s


@both
@anywhere
def test_h2o_sees_the_address(h2o, offload, version, come_from):
    """Behind whatever the client wrote itself."""
    f = offload(H2O, {"[127.0.0.1]:8000": tcp(h2o)})
    told = f.told(version, come_from=come_from)
    assert told["x-forwarded-for"] == f"192.0.2.66, {come_from}"
    assert told["http-version"] == ("2" if version == H2 else "1.1")


NGHTTPX = page.Section("NGHTTPX")


@pytest.fixture(scope="module")
def nghttpx(servers, room, app):
    program, s = needs("nghttpx", "nghttp2-proxy"), spot(room)
    config = s.folder / "nghttpx.conf"
    config.write_text(NGHTTPX.lines("nghttpx.conf", {
        "127.0.0.1,8000": f"127.0.0.1,{s.port}",
        "/run/nghttpx/tls.sock": s.socket,
        "127.0.0.1,8080": f"127.0.0.1,{app.port}"}) + "workers=1\n")
    servers([program, f"--conf={config}"], s.port, s.socket, folder=s.folder)
    return s


@both
@anywhere
def test_nghttpx_sees_the_address(nghttpx, offload, version, come_from):
    f = offload(NGHTTPX, {"/run/nghttpx/tls.sock": tcp(nghttpx)})
    told_who(f, come_from, version)


def test_nghttpx_takes_it_over_a_unix_socket(nghttpx, offload):
    nghttpx.socket.chmod(0o666)
    f = offload(NGHTTPX, {"/run/nghttpx/tls.sock": nghttpx.socket})
    told_who(f, CLIENT, H2)


# ------------------------------------------------------------------ Caddy ---

CADDY = page.Section("CADDY")


def test_caddy_serves_without_a_header(servers, room, app, offload):
    """Its clients are all at the offloader's address."""
    program, s = needs("caddy", "caddy"), spot(room)
    config = s.folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n}\n" + CADDY.lines("Caddyfile", {
        "8000": s.port, "8080": app.port}))
    servers([program, "run", "--adapter", "caddyfile", "--config", config],
            s.port, folder=s.folder,
            env={"HOME": str(s.folder), "PATH": "/usr/bin:/bin"})
    f = offload(CADDY, {"[127.0.0.1]:8000": tcp(s)})
    told = f.told(H1)
    assert told["x-forwarded-proto"] == "https"
    assert told["x-forwarded-for"] == "127.0.0.1"
