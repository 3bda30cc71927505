"""What the tests play with: the program, a backend behind it, a TLS client.

Nothing sleeps in the hope that something will have happened: every wait is
for a condition, and fails with a sentence after PATIENCE seconds.
"""

import os
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path

import proxy

PATIENCE = 30
LINGERS = 2		# seconds; LINGER in serve/worker.c
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def program():
    """Where the program under test is."""
    build = os.environ.get("OFFLOADER_BUILD")
    if build:
        return os.path.join(build, "offloader", "offloader")
    return os.environ.get("OFFLOADER", "offloader")


def wait_until(condition, what, patience=PATIENCE):
    """Returns the first true value of condition()."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.005)


def free_port(host="127.0.0.1"):
    """A port nobody listens on, for those who cannot take port 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def to_address(text):
    """"127.0.0.1:443" or "[::1]:443" as what connect() wants."""
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def to_text(address):
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# ------------------------------------------------------------- processes ----

def children(pid):
    """The living children of a process."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            state = stat_of(int(name))
            if state and state[1] == pid and state[0] != "Z":
                found.append(int(name))
    return sorted(found)


def name_of(pid):
    """What ps calls it; "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def family(pid):
    """Children, and theirs."""
    found = children(pid)
    return found + [p for child in found for p in family(child)]


def workers_of(pid):
    return [p for p in children(pid) if name_of(p) != "offloader-keys"]


def keyguard_of(pid):
    """The process with the keys; None: there is none."""
    return next((p for p in children(pid) if name_of(p) == "offloader-keys"),
                None)


def stat_of(pid):
    """State, parent and session of a process; None: it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    words = text.rsplit(")", 1)[1].split()
    return words[0], int(words[1]), int(words[3])


def is_alive(pid):
    state = stat_of(pid)
    return state is not None and state[0] not in "ZX"


def end(pid, number=signal.SIGKILL):
    """Sends a signal; False if the process has gone meanwhile."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def session_members(session):
    """Who lives in a session. The dead may wait for an init that is busy."""
    states = {int(n): stat_of(int(n))
              for n in os.listdir("/proc") if n.isdigit()}
    return [pid for pid, state in states.items()
            if state and state[2] == session and state[0] not in "ZX"]


def status_of(pid):
    """/proc/PID/status as a dictionary."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def listens(pid):
    """Whether a process holds a listening TCP socket."""
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A":
                listening.add(f"socket:[{words[9]}]")
    return any(link in listening for link in links(pid))


def links(pid):
    """What the descriptors of a process are; none of one that is gone."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except FileNotFoundError:
                continue
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def sanitized(reports, leaks=True):
    """The environment that makes every process leave its report there."""
    env = dict(os.environ)
    for name, words in (("ASAN_OPTIONS", f"detect_leaks={int(leaks)}"),
                        ("UBSAN_OPTIONS", "print_stacktrace=1")):
        env[name] = ":".join(filter(None, (
            env.get(name), words, f"log_path={reports}/report")))
    return env


# ------------------------------------------------------------- the program --

class Lines:
    """What a process says, line by line, as it comes."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.lines = []
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.pipe:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def find(self, pattern, since=0):
        return [m for m in (re.search(pattern, line)
                            for line in self.lines[since:]) if m]

    def wait(self, pattern, since=0, count=1, patience=PATIENCE):
        """The last of so many matches."""
        with self.news:
            there = self.news.wait_for(
                lambda: len(self.find(pattern, since)) >= count, patience)
        assert there, "\n".join(
            [f"{count} of /{pattern}/ awaited in:"] + self.lines[since:])
        return self.find(pattern, since)[count - 1]


def give_away(path):
    """Makes a file that of whom the "unprivileged" fixture makes of us."""
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)


def sandbox_words(text):
    """What a run of all tests says, unless a configuration says it itself."""
    mode = os.environ.get("OFFLOADER_SANDBOX")
    if not mode or re.search(r"^sandbox\b", text, re.MULTILINE):
        return []
    return [f"--sandbox={mode}"]


class Offloader:
    """The program, started with a configuration file and told to be talkative.

    Without a level or workers the file has the say of them.

    Its two outputs are one here, so that their order is kept.
    """

    def __init__(self, folder, reports, text, options=(), workers=1,
                 prefix=(), leaks=True, level=2):
        self.config = folder / "offloader.conf"
        self.write(text)
        self.reports = reports
        self.clients = []
        self.deaths_expected = False
        self.killed_by = 0
        self.command = [*map(str, prefix), program(), "--config",
                        str(self.config),
                        *([f"--log-level={level}",
                           "--access-log-failures=all"] if level else []),
                        *([f"--workers={workers}"] if workers else []),
                        *sandbox_words(text),
                        *map(str, options)]
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            env=sanitized(reports, leaks), start_new_session=True,
            umask=0o022, pipesize=1 << 20)	# it does not wait for us
        self.log = Lines(self.process.stdout)

    @property
    def pid(self):
        return self.process.pid

    def write(self, text):
        """Replaces the configuration file in one step, as people should."""
        new = self.config.with_suffix(".new")
        new.write_text(text)
        new.chmod(0o644)
        new.rename(self.config)

    def wait_ready(self, sign=r"generation 1 serves|^offloader: "):
        """The sign comes after all addresses."""
        try:
            self.log.wait(sign)
        except AssertionError:
            self.abandon()
            raise
        assert self.addresses, "\n".join(self.log.lines)
        return self

    @property
    def addresses(self):
        """Where it has ever said to listen, in that order."""
        return [to_address(m[1])
                for m in self.log.find(r"^listening on (\S+)$")]

    @property
    def address(self):
        return self.addresses[0]

    def workers(self):
        return workers_of(self.pid)

    def keyguard(self):
        return keyguard_of(self.pid)

    def signers(self):
        """Those of a keyguard that has died, too."""
        return [p for p in session_members(self.pid)
                if name_of(p) == "offloader-sign"]

    def mark(self):
        """For since= of what waits for the log."""
        return len(self.log.lines)

    def hup(self):
        os.kill(self.pid, signal.SIGHUP)

    def reload(self, text=None):
        """Expects it to be taken, and waits until only the new ones listen."""
        since, old = self.mark(), self.workers()
        if text is not None:
            self.write(text)
        self.hup()
        self.log.wait(r"generation \d+ serves", since)
        wait_until(lambda: not any(map(listens, old)),
                   "old workers let nobody in")

    def reload_refused(self, text=None):
        """Expects it to be refused; returns what was said of it."""
        since = self.mark()
        if text is not None:
            self.write(text)
        self.hup()
        self.log.wait(r"reload refused|given up", since)
        return [line.split(": error: ", 1)[1]
                for line in self.log.lines[since:] if ": error: " in line]

    def term(self):
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        """As kill -9 would; workers are on their own then."""
        os.kill(self.pid, signal.SIGKILL)
        self.killed_by = -signal.SIGKILL
        self.process.wait(PATIENCE)

    def wait_end(self, patience=PATIENCE):
        """Its exit status."""
        status = self.process.wait(patience)
        self.log.thread.join(PATIENCE)
        return status

    def connect(self, context, **how):
        client = Client(how.pop("to", None) or self.address, context, **how)
        self.clients.append(client)
        return client

    def raw(self, to=None):
        """A connected socket without TLS."""
        sock = socket.create_connection(to or self.address, PATIENCE)
        self.clients.append(sock)
        return sock

    def conns(self, since=0, count=0):
        """The lines of ended connections as dictionaries.

        Waits for so many: other processes know of an end before it is read.
        """
        if count:
            self.log.wait(": info: conn ", since, count)
        return [conn_facts(m[1])
                for m in self.log.find(r": info: conn (.*)", since)]

    def conn(self, client):
        """The line of one client's connection, once it has ended."""
        return conn_facts(self.log.wait(f"conn (.*{conn_of(client)}.*)")[1])

    def abandon(self):
        for pid in session_members(self.pid):
            end(pid)
        self.process.wait(PATIENCE)

    def stop(self):
        """Ends it as a good master ends, and looks whether it was one."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.term()
        try:
            status = self.wait_end()
        except subprocess.TimeoutExpired:
            self.abandon()
            raise AssertionError("\n".join(
                ["it does not end:"] + self.log.lines)) from None
        self.check_remains()
        assert status in (0, self.killed_by), "\n".join(
            [f"status {status}"] + self.log.lines)

    def check_remains(self):
        try:
            wait_until(lambda: not session_members(self.pid),
                       "all its processes are gone")
        except AssertionError:
            self.abandon()
            raise
        reports = [p.read_text() for p in self.reports.iterdir()]
        assert not reports, "\n".join(reports)
        if not self.deaths_expected:
            deaths = self.log.find(r"(worker|reporter).* ended by .*")
            assert not deaths, "\n".join(self.log.lines)


def limit_files(offloader, size):
    """No file of its processes can grow beyond that.

    Not before they run: the memory that they share is a file, too.
    """
    for pid in [offloader.pid] + offloader.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


def conn_of(client):
    """What the line of a client, or of its address, has of it."""
    address = client if isinstance(client, tuple) else client.name
    return (rf"client\.address={re.escape(address[0])} "
            rf"client\.port={address[1]} ")


def conn_facts(text):
    """By their names in the line, and some by short ones."""
    found = {name: value.strip('"') for name, value in re.findall(
        r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S+)', text)}
    found["sni"] = found.get("tls.client.server_name", "")
    if "network.peer.address" in found:
        found["via"] = to_text((found["network.peer.address"],
                                int(found["network.peer.port"])))
    return found


# ------------------------------------------------------------- the backend --

class Accepted:
    """One connection that the backend got, past its PROXY header."""

    def __init__(self, sock):
        self.sock = sock
        self.header = None
        self.first = b""	# what the first recv() brought
        self.early = b""	# what came with the header, not read yet
        self.error = None
        self.done = threading.Event()

    def read_header(self):
        data = self.first = self.sock.recv(65536)
        while data:
            self.header = proxy.decode(data)
            if self.header is not None:
                self.early = data[len(self.header.raw):]
                return
            more = self.sock.recv(65536)
            if not more:
                return
            data += more

    def recv(self, size=262144):
        if self.early:
            data, self.early = self.early, b""
            return data
        return self.sock.recv(size)

    def recv_all(self):
        return b"".join(iter(self.recv, b""))

    def recv_until(self, end):
        data = b""
        while not data.endswith(end):
            more = self.recv()
            if not more:
                break
            data += more
        return data

    def send(self, data):
        self.sock.sendall(data)

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes it so that the peer gets a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class Backend:
    """A server whose connections serve(accepted) handles, each in a thread.

    A deaf one lets nobody connect, until it is told to hear.
    """

    def __init__(self, serve, at="127.0.0.1", header=True, port=0,
                 deaf=False):
        self.serve = serve
        self.expects_header = header
        self.all = []
        self.peers = []
        self.news = threading.Condition()
        if isinstance(at, Path):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(str(at))
            at.chmod(0o777)
            self.at = str(at)
        else:
            self.sock = socket.socket(
                socket.AF_INET6 if ":" in at else socket.AF_INET)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((at, port))
            self.at = f"[{at}]:{self.port}"
        self.sock.listen(0 if deaf else 512)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.fillers = []
        if deaf:
            self._fill_queue()
        else:
            self.thread.start()

    def _fill_queue(self):
        """Until the kernel answers no more; on one machine it does at once."""
        while True:
            s = socket.socket(self.sock.family)
            self.fillers.append(s)
            s.settimeout(0.3)
            try:
                s.connect(self.sock.getsockname())
            except OSError:
                return

    def hear(self):
        for s in self.fillers:
            s.close()
        self.sock.listen(512)
        self.thread.start()

    @property
    def port(self):
        return self.sock.getsockname()[1]

    def _accept(self):
        while True:
            try:
                sock, peer = self.sock.accept()
            except OSError:
                return
            with self.news:
                self.peers.append(peer)
                self.news.notify_all()
            sock.settimeout(PATIENCE)
            threading.Thread(target=self._run, args=(Accepted(sock),),
                             daemon=True).start()

    def _run(self, accepted):
        try:
            if self.expects_header:
                accepted.read_header()
                if not accepted.first:
                    return
            with self.news:
                self.all.append(accepted)
                self.news.notify_all()
            self.serve(accepted)
        except (OSError, proxy.Malformed) as e:
            accepted.error = e
            with self.news:
                if accepted not in self.all:
                    self.all.append(accepted)
                self.news.notify_all()
        finally:
            accepted.close()
            accepted.done.set()

    def wait(self, count=1):
        """The latest of so many connections, its header read."""
        with self.news:
            there = self.news.wait_for(lambda: len(self.all) >= count,
                                       PATIENCE)
        assert there, f"{len(self.all)} of {count} connections came"
        accepted = self.all[count - 1]
        if self.expects_header and accepted.header is None:
            raise accepted.error or AssertionError(
                f"no header: {accepted.first!r}")
        return accepted

    @property
    def header(self):
        """Of the latest connection."""
        return self.wait(max(1, len(self.all))).header

    def count(self):
        """How many connections came; those in the queue are counted too."""
        with socket.create_connection(("127.0.0.1", self.port)) as probe:
            me = probe.getsockname()
            with self.news:
                assert self.news.wait_for(lambda: me in self.peers, PATIENCE)
                self.peers.remove(me)
                return len(self.peers)

    def stop(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        for s in self.fillers:
            s.close()
        if self.thread.is_alive():
            self.thread.join(PATIENCE)
        for accepted in list(self.all):
            try:
                accepted.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def echo(accepted):
    for data in iter(accepted.recv, b""):
        accepted.send(data)


# ------------------------------------------------------------- the client ---

def context(ca, version=None, cert=None, alpn=None):
    """How a client speaks TLS; sessions are resumed in the same one only."""
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
    """openssl s_client, and all that it says."""
    return subprocess.run(
        ["openssl", "s_client", "-connect", to_text(offloader.address),
         *map(str, words)],
        input=send, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60).stdout.decode(errors="replace")


class Client:
    """A TLS client that sees how a connection ends, and can end it halfway.

    Python's own TLS sockets hide both, so this one keeps socket and TLS apart.
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
        """b"" at the end; goodbye and hungup say which end it was."""
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
        """As politely as is still possible; may be called again."""
        try:
            self.finish()
        except (OSError, ValueError):
            pass
        self.sock.close()
