"""gunicorn, which takes version 1; test_tower.py has Django in it."""

import pytest

import page
from receiver import needs
from web import H1, anywhere, spot, tcp

GUNICORN = page.Section("GUNICORN")
APP = '''
def application(env, start):
    names = ("REMOTE_ADDR", "REMOTE_PORT", "PROXY_ADDR", "PROXY_PORT",
             "PROXY_PROTOCOL", "wsgi.url_scheme")
    page = "".join(f"{name}: {env.get(name)}\\n" for name in names).encode()
    start("200 OK", [("Content-Type", "text/plain"),
                     ("Content-Length", str(len(page)))])
    return [page]
'''


def run_gunicorn(servers, s, app="app:application", **how):
    program = needs("gunicorn", "gunicorn")
    words = GUNICORN.command("gunicorn", {
        "127.0.0.1:8000": f"127.0.0.1:{s.port}",
        "/run/app/tls.sock": s.socket, "app:application": app})
    servers([program, *words, "--worker-tmp-dir", "/dev/shm", "--umask", "0"],
            s.port, s.socket, folder=s.folder, **how)
    return s


@pytest.fixture(scope="module")
def gunicorn(servers, room):
    s = spot(room)
    (s.folder / "app.py").write_text(APP)
    return run_gunicorn(servers, s)


@anywhere
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_gunicorn_sees_addresses_and_ports(gunicorn, offload, kind,
                                           come_from):
    f = offload(GUNICORN, {"[127.0.0.1]:8000":
                           tcp(gunicorn) if kind == "tcp"
                           else gunicorn.socket})
    told = f.told(H1, come_from=come_from)
    to = "::1" if ":" in come_from else "127.0.0.1"
    assert told["REMOTE_ADDR"] == come_from
    assert told["REMOTE_PORT"] == told["local-port"]
    assert told["PROXY_ADDR"] == to
    assert told["PROXY_PORT"] == str(f.port(to))
