"""The program as the page sets it up, and what real clients get through it."""

import imaplib
import poplib
import re
import smtplib
import socket
import ssl
import subprocess

import page
from receiver import needs

NAME = "www.example.com"	# what most certificates are for
CLIENT = "127.0.0.2"		# an address that nothing else comes from
LISTEN = 'frontend = "[127.0.0.1]:0"\nfrontend = "[::1]:0"'
ALL = page.Section("DESCRIPTION")


def ours(section, name, changes, pem, ca, client):
    """Our lines for a neighbour, after those for all."""
    text = ALL.lines("offloader.conf", {
        'frontend = "[*]:443"': LISTEN,
        "/etc/offloader/example.com.pem": pem})
    if client:
        text += ALL.lines("client.conf")
    text += section.lines(name, changes)
    return text.replace("/etc/offloader/clients-ca.pem", str(ca))


class Front:
    """One running program, and clients of many kinds before it."""

    def __init__(self, offloader, pki):
        self.offloader, self.pki = offloader, pki

    def port(self, host="127.0.0.1"):
        return next(p for h, p in self.offloader.addresses if h == host)

    def _curl(self, words, cert, come_from):
        to = "::1" if ":" in come_from else "127.0.0.1"
        words = [needs("curl", "curl"), "-sS", "--max-time", "30", "--noproxy",
                 "", "--interface", come_from, "--cacert", self.pki.ca,
                 *words]
        if cert:
            words += ["--cert", cert.pem]
        return [str(w).replace("PORT", str(self.port(to)))
                .replace("HERE", f"[{to}]") for w in words]

    def curl(self, *words, cert=None, come_from=CLIENT):
        """What it says; PORT and HERE in its words are ours."""
        done = subprocess.run(self._curl(words, cert, come_from), text=True,
                              capture_output=True, timeout=60)
        return done.stdout + done.stderr

    def get(self, *words, path="/", name=NAME, **how):
        """A page, asked for by a client that lies about its address."""
        return self.curl("--resolve", f"{name}:PORT:HERE", "-H",
                         "X-Forwarded-For: 192.0.2.66", *words,
                         f"https://{name}:PORT{path}", **how)

    def told(self, *words, **how):
        """The headers that reached the application, as a dictionary."""
        text = self.get("-w", "local-port: %{local_port}\n"
                        "http-version: %{http_version}\n", *words, **how)
        found = dict(re.findall(r"^([\w-]+): ?(.*)$", text, re.M))
        assert found, text
        return found

    def through(self, url, *words, **how):
        """A page by way of a forward proxy that is reached by TLS."""
        return self.curl("--proxy-cacert", self.pki.ca, "--resolve",
                         f"{NAME}:PORT:HERE", "-x", f"https://{NAME}:PORT",
                         *words, url, **how)

    def _context(self, cert):
        context = ssl.create_default_context(cafile=self.pki.ca)
        if cert:
            context.load_cert_chain(cert.cert, cert.key)
        return context

    def tls(self, come_from=CLIENT, cert=None, name=NAME):
        """A TLS socket, with Python's own TLS."""
        to = "::1" if ":" in come_from else "127.0.0.1"
        sock = socket.create_connection((to, self.port(to)), 30,
                                        (come_from, 0))
        tls = self._context(cert).wrap_socket(sock, server_hostname=name)
        self.offloader.clients.append(tls)
        return tls

    def imap(self, **how):
        made = self

        class Client(imaplib.IMAP4):
            def _create_socket(self, timeout):
                return made.tls(**how)
        return Client()

    def pop3(self, **how):
        made = self

        class Client(poplib.POP3):
            def _create_socket(self, timeout):
                return made.tls(**how)
        return Client("ignored")

    def smtp(self, **how):
        made = self

        class Client(smtplib.SMTP):
            def _get_socket(self, host, port, timeout):
                return made.tls(**how)
        return Client("ignored", local_hostname="client.example.com")
