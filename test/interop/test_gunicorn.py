"""gunicorn, which takes version 1: a plain application, and a Django one."""

import pytest

import page
from front import CLIENT
from receiver import needs, needs_module
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
DJANGO = '''
import django
from django.conf import settings
{}
settings.configure(
    ALLOWED_HOSTS=["www.example.com"], ROOT_URLCONF=__name__, SECRET_KEY="x",
    SECURE_PROXY_SSL_HEADER=SECURE_PROXY_SSL_HEADER)
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def who(request):
    return HttpResponse(f"client: {{request.META['REMOTE_ADDR']}}\\n"
                        f"secure: {{request.is_secure()}}\\n")


urlpatterns = [path("", who)]
application = get_wsgi_application()
'''


def run_gunicorn(servers, s, name, text):
    (s.folder / "app.py").write_text(text)
    program = needs("gunicorn", "gunicorn")
    words, at = {
        "gunicorn": ({"127.0.0.1:8000": f"127.0.0.1:{s.port}"}, s.port),
        "gunicorn-unix": ({"/run/app.sock": s.socket}, s.socket)}[name]
    servers([program, *GUNICORN.command(name, words), "--worker-tmp-dir",
             "/dev/shm", "--umask", "0"], at,
            folder=s.folder)
    return s


@pytest.fixture(scope="module")
def gunicorn(servers, room):
    s = run_gunicorn(servers, spot(room), "gunicorn", APP)
    return run_gunicorn(servers, s, "gunicorn-unix", APP)


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


def test_django_is_secure_by_the_port(servers, room, offload):
    """The page has 443, the port of clients; ours the kernel chooses."""
    needs_module("django", "python3-django")
    s = spot(room)
    f = offload(GUNICORN, {"[127.0.0.1]:8000": tcp(s)})
    line = GUNICORN.lines("settings.py", {"443": f.port()})
    run_gunicorn(servers, s, "gunicorn", DJANGO.format(line))
    told = f.told(H1)
    assert told["client"] == CLIENT and told["secure"] == "True"
