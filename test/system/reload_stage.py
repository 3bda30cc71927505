"""What the tests of all options by a reload have in common."""

import harness

ANYWHERE = ("global", "frontend", "certificate")
LOOKS = {}		# (scope, option): a function that plays it


def looks_at(option, *scopes):
    def register(play):
        for scope in scopes or ("global",):
            LOOKS[scope, option] = play
        return play
    return register


class Stage:
    """The program with some words in one scope of its configuration."""

    def __init__(self, request, scope):
        self.get = request.getfixturevalue
        self.scope = scope
        self.place, self.pki = self.get("place"), self.get("pki")
        self.trust = self.get("trust")
        self.own = {}

    def other(self, again=1):
        """Another certificate for the same names."""
        return self.pki.server("www.example.com", "example.com", again=again)

    def text(self, words):
        """An option that stands in the words is not said by us too."""
        lines = {"backend": f'backend = "{self.backend.at}"',
                 "pem-file": f'cert = "{self.get("www").pem}"',
                 "host": 'host = "127.0.0.1"', "port": "port = 0",
                 **self.own}
        at = {"global": "", "frontend": "", "certificate": "",
              self.scope: words}
        pem = f'pem-file = {{\n{lines["pem-file"]}\n{at["certificate"]}\n}}\n'
        if not lines["pem-file"]:
            pem = ""
        front = (f'frontend = {{\n{lines["host"]}\n{lines["port"]}\n'
                 f'{at["frontend"]}\n}}\n')
        return f'{lines["backend"]}\n{at["global"]}\n{front}{pem}'

    def begin(self, words, serve=harness.echo, launch=False, **how):
        self.backend = self.get("backend")(serve)
        self.o = self.get("launch" if launch else "start")(
            self.text(words), **how)
        self.o.backend = self.backend
        return self.o

    def change(self, words):
        self.o.reload(self.text(words))

    def connect(self, version=None, **how):
        client_how = {k: how.pop(k) for k in ("cert", "alpn") if k in how}
        return self.o.connect(self.trust(version, **client_how), **how)

    def header(self):
        """Of one more connection."""
        self.connect().ask()
        return self.backend.wait(len(self.backend.all)).header

    def s_client(self, *words, send=b""):
        return harness.s_client(self.o, *words, send=send)


def shown_at(sni):
    def look(t):
        c = t.connect(sni=sni)
        return c.shown(), c.tls.getpeercert(True)
    return look
