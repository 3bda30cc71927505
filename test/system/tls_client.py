"""Clients that speak TLS: one of our own, and openssl s_client."""

import socket
import ssl
import struct
import subprocess

from addresses import to_text
from waiting import PATIENCE

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def context(ca, version=None, cert=None, alpn=None):
    """A client's TLS settings; sessions are resumed in the same one only."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.load_verify_locations(ca)
    if version is not None:
        c.minimum_version = c.maximum_version = VERSIONS[version]
    if cert is not None:
        c.load_cert_chain(cert.cert, cert.key)
    if alpn is not None:
        c.set_alpn_protocols(alpn)
    return c


def s_client(offloader, *words, send=b""):
    """Runs openssl s_client; returns all that it prints."""
    return subprocess.run(
        ["openssl", "s_client", "-connect", to_text(offloader.address),
         *map(str, words)],
        input=send, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60).stdout.decode(errors="replace")


class Client:
    """A TLS client that can tell how a connection ended, and half-close it.

    Python's own TLS sockets hide both: here socket and TLS are apart.
    """

    def __init__(self, address, context, sni="www.example.com", session=None,
                 handshake=True, before=b""):
        self.before = before	# what goes out with the hello, ahead of it
        self.sock = socket.create_connection(address, PATIENCE)
        self.name = self.sock.getsockname()
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing,
                                    server_hostname=sni, session=session)
        self.goodbye = False	# close_notify came
        self.hungup = False	# the end of the socket came
        if not handshake:
            return
        try:
            self.handshake()
        except BaseException:
            self.sock.close()
            raise

    def flush(self):
        data, self.before = self.before + self.outgoing.read(), b""
        if data:
            self.sock.sendall(data)

    def _feed(self):
        data = self.sock.recv(262144)
        if data:
            self.incoming.write(data)
        else:
            self.hungup = True
        return bool(data)

    def handshake(self):
        while True:
            try:
                self.tls.do_handshake()
                self.flush()
                return
            except ssl.SSLWantReadError:
                self.flush()
                if not self._feed():
                    raise ConnectionError("the end in a handshake") from None
            except ssl.SSLError:
                self.flush()
                raise

    def send(self, data):
        view = memoryview(data)
        while view:
            self.tls.write(view[:65536])
            view = view[65536:]
            self.flush()

    def recv(self, size=262144):
        """b"" at the end; goodbye and hungup tell how it ended."""
        while not self.goodbye:
            try:
                data = self.tls.read(size)
                self.goodbye = not data
                return data
            except ssl.SSLZeroReturnError:
                self.goodbye = True
            except ssl.SSLWantReadError:
                if not self._feed():
                    break
        return b""

    def recv_exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.recv(size - len(data))
            if not more:
                break
            data += more
        return data

    def recv_all(self):
        return b"".join(iter(self.recv, b""))

    def ask(self, data=b"ping"):
        """Sends it to an echoing backend and expects it back."""
        self.send(data)
        got = self.recv_exactly(len(data))
        assert got == data, f"{got[:80]!r} instead of an echo"
        return self

    def finish(self):
        """Sends close_notify; the other direction stays open."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def wait_hungup(self):
        while not self.hungup:
            self._feed()

    def shown(self):
        """The common name of the certificate that the server showed."""
        subject = self.tls.getpeercert()["subject"]
        return dict(pair for rdn in subject for pair in rdn)["commonName"]

    def hang_up(self):
        """Ends the socket without close_notify.

        Not by close(): over bytes that were not read, the ticket of TLS 1.3
        for one, that would be a reset.
        """
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        """With close_notify if possible; may be called again."""
        try:
            self.finish()
        except (OSError, ValueError):
            pass
        self.sock.close()
