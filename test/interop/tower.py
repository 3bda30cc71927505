"""An application like Tower: sessions know their address, events come live.

GET  /           who the client is, as far as the application knows
GET  /login      begins a session that is bound to the client's address
GET  /private    for sessions only
POST /event      tells all who listen, if Referer and CSRF token are right
WS   /events/    for sessions only, too

A copy of this runs beside page_settings.py, which has the manual's lines.
"""

import os

import django
from django.conf import settings

import page_settings

CACHE = "django.core.cache.backends.memcached.PyLibMCCache"

settings.configure(
    ALLOWED_HOSTS=["www.example.com"], ROOT_URLCONF=__name__,
    SECRET_KEY="for tests only", USE_TZ=True,
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    CACHES={"default": {"BACKEND": CACHE,
                        "LOCATION": os.environ["MEMCACHED"]}},
    CHANNEL_LAYERS={"default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer"}},
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                f"{__name__}.bind"],
    **{name: value for name, value in vars(page_settings).items()
       if name.isupper()})
django.setup()

# Nothing of Django may be imported before it has its settings.
from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import (
    AllowedHostsOriginValidator)
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.urls import path


def client_of(meta):
    """As Tower finds it: the first header, if its peer may say so."""
    for name in settings.REMOTE_HOST_HEADERS:
        value = meta.get(name)
        if value and (not name.startswith("HTTP_") or
                      meta["REMOTE_ADDR"] in settings.PROXY_IP_ALLOWED_LIST):
            return value.split(",")[0].strip()
    return None


def bind(get_response):
    def middleware(request):
        request.client = client_of(request.META)
        bound = request.session.get("client")
        if bound and bound != request.client:
            return JsonResponse({"error": "another's session"}, status=403)
        return get_response(request)
    return middleware


def who(request):
    return JsonResponse({
        "client": request.client, "secure": request.is_secure(),
        "url": request.build_absolute_uri(), "token": get_token(request)})


def login(request):
    request.session["client"] = request.client
    return who(request)


def private(request):
    if "client" not in request.session:
        return JsonResponse({"error": "no session"}, status=401)
    return who(request)


def event(request):
    async_to_sync(get_channel_layer().group_send)(
        "events", {"type": "event", "text": request.body.decode()})
    return JsonResponse({})


class Events(AsyncJsonWebsocketConsumer):
    groups = ["events"]

    async def connect(self):
        headers = {k.decode().upper().replace("-", "_"): v.decode()
                   for k, v in self.scope["headers"]}
        meta = {"REMOTE_ADDR": self.scope["client"][0],
                **{f"HTTP_{k}": v for k, v in headers.items()}}
        client = client_of(meta)
        if self.scope["session"].get("client") != client:
            await self.close()
            return
        await self.accept()
        await self.send_json({"client": client})

    async def event(self, message):
        await self.send_json({"event": message["text"]})


urlpatterns = [path("", who), path("login", login), path("private", private),
               path("event", event)]
application = ProtocolTypeRouter({
    "http": get_asgi_application(),
    "websocket": AllowedHostsOriginValidator(SessionMiddlewareStack(
        URLRouter([path("events/", Events.as_asgi())]))),
})
wsgi = get_wsgi_application()	# for servers without WebSockets
