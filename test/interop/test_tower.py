"""Tower's recipe: sessions bound to addresses, events that outlive silence."""

import asyncio
import http.client
import json
import shutil
import ssl
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import harness
import page
from front import CLIENT, NAME
from receiver import needs, needs_module
from test_gunicorn import GUNICORN, run_gunicorn
from test_nginx import NGINX_HTTP, run_nginx
from web import anywhere, spot, tcp

TOWER = page.Section("TOWER")
OTHER = "127.0.0.3"
MODULES = {"django": "python3-django", "channels": "python3-django-channels",
           "pylibmc": "python3-pylibmc", "websockets": "python3-websockets"}
IDLE = 6	# seconds, where the page has minutes; daphne pings every 2


@pytest.fixture(scope="module")
def memcached(servers, room):
    s = spot(room)
    servers([needs("memcached", "memcached"), "-u", "nobody", "-l",
             "127.0.0.1", "-p", s.port, "-U", "0", "-m", "8"], s.port,
            folder=s.folder)
    return f"127.0.0.1:{s.port}"


def install(s, section, changes=()):
    """The application and its settings; returns the environment for it."""
    for module, package in MODULES.items():
        needs_module(module, package)
    shutil.copy(Path(__file__).with_name("tower.py"), s.folder)
    (s.folder / "page_settings.py").write_text(
        section.lines("settings.py", changes))
    return {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(s.folder)}


@pytest.fixture(scope="module")
def tower(servers, room, memcached):
    """Makes nodes: nginx before daphne, which pings so often."""
    def make(ping):
        program = needs("daphne", "daphne")
        at, s = harness.free_port(), spot(room)
        servers([program, "-b", "127.0.0.1", "-p", at, "--ping-interval",
                 ping, "tower:application"], at, folder=s.folder,
                env={**install(s, TOWER), "MEMCACHED": memcached})
        lines = TOWER.lines("nginx.conf", {
            "127.0.0.1:8000": f"127.0.0.1:{s.port}",
            "127.0.0.1:8050": f"127.0.0.1:{at}"})
        return run_nginx(servers, s, NGINX_HTTP.format(s.folder, lines))
    return make


@pytest.fixture(scope="module")
def node(tower):
    return tower(ping=1)


@pytest.fixture
def alone(servers, room, memcached, offload):
    """A browser of Tower without nginx, which knows https by the port.

    The page has 443 for it, where clients come to; ours the kernel chooses.
    """
    s = spot(room)
    f = offload(GUNICORN, {"[127.0.0.1]:8000": tcp(s)})
    run_gunicorn(servers, s, "tower:wsgi", env={
        **install(s, GUNICORN, {"443": f.port()}), "MEMCACHED": memcached})
    return Browser(f)


@pytest.fixture
def browser(offload):
    """Somebody who uses Tower through the program."""
    def make(server):
        f = offload(TOWER, {"[127.0.0.1]:8000": tcp(server),
                            "idle-timeout = 10m": f"idle-timeout = {IDLE}s"})
        return Browser(f)
    return make


def websockets():
    return needs_module("websockets", MODULES["websockets"])


class Browser:
    def __init__(self, front):
        self.front, self.cookies = front, {}

    def origin(self, come_from=CLIENT):
        to = "::1" if ":" in come_from else "127.0.0.1"
        return f"https://{NAME}:{self.front.port(to)}"

    def headers(self, come_from):
        origin = self.origin(come_from)
        return {"Host": origin[8:], "Referer": f"{origin}/",
                "X-Forwarded-For": "192.0.2.66",
                "X-CSRFToken": self.cookies.get("csrftoken", ""),
                "Cookie": "; ".join(f"{k}={v}"
                                    for k, v in self.cookies.items())}

    def ask(self, path, method="GET", body=None, come_from=CLIENT):
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.front.tls(come_from)
        connection.request(method, path, body, self.headers(come_from))
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, value = cookie.split(";")[0].split("=", 1)
            assert "secure" in cookie.lower(), cookie
            self.cookies[name] = value
        text = answer.read()
        connection.close()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return SimpleNamespace(status=answer.status,
                               said=json.loads(text) if is_json else text)

    def events(self, come_from=CLIENT):
        context = ssl.create_default_context(cafile=self.front.pki.ca)
        to = "::1" if ":" in come_from else "127.0.0.1"
        return websockets().connect(
            f"wss{self.origin(come_from)[5:]}/events/",
            ssl=context, server_hostname=NAME, host=to,
            local_addr=(come_from, 0),
            origin=self.origin(come_from), ping_interval=None,
            extra_headers={k: v for k, v in self.headers(come_from).items()
                           if k in ("Cookie", "X-Forwarded-For")})


@anywhere
def test_the_client_is_who_it_is_not_who_it_says(node, browser, come_from):
    b = browser(node)
    answer = b.ask("/login", come_from=come_from)
    assert answer.status == 200
    assert answer.said["client"] == come_from
    assert answer.said["secure"] is True
    assert answer.said["url"] == f"{b.origin(come_from)}/login"


def binds_sessions(b):
    assert b.ask("/private").status == 401
    assert b.ask("/login").said["client"] == CLIENT
    assert b.ask("/private").said["secure"] is True
    assert b.ask("/private", come_from=OTHER).status == 403
    assert b.ask("/private").status == 200


def test_a_session_is_refused_from_another_address(node, browser):
    binds_sessions(browser(node))


def test_so_it_is_without_nginx(alone):
    binds_sessions(alone)


async def _said(events):
    return json.loads(await asyncio.wait_for(events.recv(), harness.PATIENCE))


def test_events_come_after_more_silence_than_is_allowed(node, browser):
    """daphne's pings go both ways, and nothing else does for so long."""
    b = browser(node)
    b.ask("/login")

    async def listen():
        began = time.monotonic()
        async with b.events() as events:
            assert await _said(events) == {"client": CLIENT}
            while time.monotonic() < began + 1.5 * IDLE:
                await asyncio.sleep(0.1)
            answer = await asyncio.get_running_loop().run_in_executor(
                None, b.ask, "/event", "POST", "hello")
            assert answer.status == 200, answer.said
            assert await _said(events) == {"event": "hello"}
    asyncio.run(listen())


def test_without_pings_silence_ends_them(tower, browser):
    """So that it is the pings which keep them."""
    b = browser(tower(ping=600))
    b.ask("/login")

    async def listen():
        async with b.events() as events:
            assert await _said(events) == {"client": CLIENT}
            with pytest.raises(websockets().ConnectionClosed):
                await _said(events)
    asyncio.run(listen())
    b.front.offloader.log.wait(r"conn .*client\.address=127\.0\.0\.2 .* end=idle")


def test_events_are_refused_to_another_address(node, browser):
    b = browser(node)
    b.ask("/login")

    async def listen():
        with pytest.raises(websockets().InvalidStatusCode, match="403"):
            async with b.events(OTHER):
                pass
    asyncio.run(listen())
