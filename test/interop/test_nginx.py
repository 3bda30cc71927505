"""nginx, as a server of HTTP and of streams."""

import pytest

import harness
import page
from front import CLIENT
from receiver import needs, needs_file
from web import H2, anywhere, spot, tcp, told_who

NGINX = page.Section("NGINX")
STREAMS = page.Section("NGINX STREAMS")
NGINX_REST = """
daemon off;
worker_processes 1;
error_log stderr;
pid {0}/pid;
events {{ }}
"""
NGINX_HTTP = """
http {{
	access_log off;
	client_body_temp_path {0}/1; proxy_temp_path {0}/2;
	fastcgi_temp_path {0}/3; uwsgi_temp_path {0}/4; scgi_temp_path {0}/5;
	{1}
}}
"""
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


def run_nginx(servers, s, text, before=""):
    config = s.folder / "nginx.conf"
    config.write_text(before + NGINX_REST.format(s.folder) + text)
    servers([needs("nginx", "nginx-light"), "-p", s.folder, "-c", config],
            s.port, folder=s.folder)
    return s


def nginx_lines(s, app, **more):
    return NGINX.lines("nginx.conf", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "unix:/run/nginx/tls.sock": f"unix:{s.socket}",
        "127.0.0.1:8080": f"127.0.0.1:{app.port}", **more})


@pytest.fixture(scope="module")
def nginx(servers, room, app):
    s = spot(room)
    return run_nginx(servers, s,
                     NGINX_HTTP.format(s.folder, nginx_lines(s, app)))


@pytest.fixture(scope="module")
def nginx_h2(servers, room, app):
    """As the page says: the words for HTTP/2, which is all it speaks then."""
    s = spot(room)
    lines = nginx_lines(s, app, **{"proxy_protocol;": "proxy_protocol http2;"})
    lines = lines.replace("real_ip_header proxy_protocol http2",
                          "real_ip_header proxy_protocol")
    return run_nginx(servers, s, NGINX_HTTP.format(s.folder, lines))


@anywhere
def test_nginx_sees_address_and_port(nginx, offload, come_from):
    f = offload(NGINX, {"/run/nginx/tls.sock": tcp(nginx)})
    told_who(f, come_from)


def test_nginx_takes_it_over_a_unix_socket(nginx, offload):
    told_who(offload(NGINX, {"/run/nginx/tls.sock": nginx.socket}), CLIENT)


@anywhere
def test_nginx_speaks_http2_where_told_to(nginx_h2, offload, come_from):
    f = offload(NGINX, {"/run/nginx/tls.sock": nginx_h2.socket,
                        '"http/1.1"': '"h2"'})
    told_who(f, come_from, H2)


@pytest.fixture(scope="module")
def streams(servers, room):
    """Before a backend that can read what it passes on."""
    module = needs_file(STREAM_MODULE, "libnginx-mod-stream")
    s = spot(room)
    s.backend = harness.Backend(harness.echo)
    lines = STREAMS.lines("nginx.conf", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "unix:/run/nginx/tls.sock": f"unix:{s.socket}",
        "127.0.0.1:8001": f"127.0.0.1:{s.backend.port}"})
    yield run_nginx(servers, s, lines, f"load_module {module};\n")
    s.backend.stop()


@anywhere
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_nginx_streams_see_address_and_port(streams, offload, kind,
                                            come_from):
    f = offload(STREAMS, {"/run/nginx/tls.sock": tcp(streams)
                          if kind == "tcp" else streams.socket})
    sock = f.tls(come_from)
    sock.sendall(b"ping")
    assert sock.recv(4) == b"ping"
    header = streams.backend.header
    assert header.client == sock.getsockname()[:2]
    assert header.version == 1
