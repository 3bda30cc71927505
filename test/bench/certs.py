"""certs.py - very many certificates: what the start, one of them that nobody
asks for, and a reload after one has changed cost.

Each proxy is ready when it shows the last of its certificates, and has
reloaded when it shows the one that was changed. CPU time is that of all its
processes, those that ended included (those in ticks of a clock).
"""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

import peers
import procs
from measure import result, spread
from rows import meets

PATIENCE = 180


def of(folder, layout, i=None):
    """Where certificate i is, in which the key is, too, or not."""
    folder = os.path.join(folder, layout)
    return folder if i is None else os.path.join(folder, f"site{i}.pem")


def blocks(folder, count):
    return "".join('pem-file = {\n\tcert = "%s"\n\tprivate-key = "%s.key"\n}\n'
        % (path, path) for path in (of(folder, "apart", i)
        for i in range(count)))


def like_hitch(more):
    """What hitch and the offloader are told in the same words."""
    def argv(program, bench, port, row, folder, count):
        text = blocks(folder, count) if row.cert == "apart" else \
            f'pem-dir = "{of(folder, row.cert)}"\n'
        host, backend = bench.tcp_address.rsplit(":", 1)
        config = peers.write(bench.folder, port, "certs", f"""
frontend = "[127.0.0.1]:{port}"
backend = "[{host}]:{backend}"
workers = 1
{more}
{text}""")
        return [program, "--config=" + config]
    return argv


def haproxy(program, bench, port, row, folder, count):
    config = peers.write(bench.folder, port, "certs", f"""
global
    nbthread 1
    maxconn 100
    ssl-load-extra-files {"key" if row.cert == "apart" else "none"}
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen bench
    bind 127.0.0.1:{port} ssl crt {of(folder, row.cert)}
    server one {bench.tcp_address} send-proxy-v2
""")
    return [program, "-W", "-q", "-f", config]


ROOT = 'user = "nobody"' if os.geteuid() == 0 else ""
COMMANDS = {"hitch": (like_hitch(ROOT), signal.SIGHUP),
    "haproxy": (haproxy, signal.SIGUSR2),
    "offloader": (like_hitch("log-level = 1"), signal.SIGHUP),
    "offloader-no-isolation": (like_hitch("log-level = 1\n"
        "key-isolation = off"), signal.SIGHUP)}


class Proxy:
    def __init__(self, bench, row, peer, folder, count):
        argv, self.again = COMMANDS[peer.name]
        self.port = peers.free_port()
        self.process = procs.Process(argv(peer.program, bench, self.port,
            row, folder, count), {bench.proxy_cores[0]},
            bench.log(peer.name))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def shown(self, i):
        """The certificate of a name, or None."""
        try:
            with socket.create_connection(("127.0.0.1", self.port),
                    PATIENCE) as s, self.context.wrap_socket(s,
                    server_hostname=f"site{i}.example") as tls:
                return tls.getpeercert(True)
        except OSError:
            return None

    def wait(self, i, path):
        """Until it shows what is in a file; seconds."""
        start = time.monotonic()
        with open(path) as f:
            text = f.read()
        end = "-----END CERTIFICATE-----\n"
        wanted = ssl.PEM_cert_to_DER_cert(text[:text.index(end) + len(end)])
        while self.shown(i) != wanted:
            if self.process.popen.poll() is not None or \
                    time.monotonic() - start > PATIENCE:
                raise RuntimeError("does not show it: " +
                    procs.tail(self.process.log))
            time.sleep(0.005)
        return time.monotonic() - start

    def cpu(self):
        """Seconds, of all processes there are and were."""
        pids = self.process.pids()
        return procs.settled_cpu_ns(pids) / 1e9 + procs.gone_cpu(pids)

    def memory(self):
        """Proportional set without what is mapped from files: bytes."""
        return procs.total_memory(self.process.pids())[1]


def make(bench, count):
    """Folders of so many certificates, once in a run."""
    folder = os.path.join(bench.folder, f"certs{count}")
    if not os.path.isdir(folder):
        for layout in "whole", "apart":
            os.makedirs(os.path.join(folder, layout))
        subprocess.run([os.path.join(os.path.dirname(bench.load), "certs"),
            str(count), folder], check=True)
        os.chmod(folder, 0o755)
    return folder


def change(folder, new, layout):
    """Another certificate for the first name, as a rename puts it there."""
    for end in ("", ".key") if layout == "apart" else ("",):
        path = of(folder, layout, 0) + end
        shutil.copy(of(new, layout, 0) + end, path + ".new")
        os.rename(path + ".new", path)


def once(bench, row, peer, count):
    folder, other, one = (make(bench, n) for n in (count, 2, 1))
    small = Proxy(bench, row, peer, one, 1)
    small.wait(0, of(one, row.cert, 0))
    small.cpu()
    base = small.memory()
    small.process.stop()
    p = Proxy(bench, row, peer, folder, count)
    p.wait(count - 1, of(folder, row.cert, count - 1))
    start = p.cpu()
    each = (p.memory() - base) / (count - 1)
    change(folder, other, row.cert)
    os.kill(p.process.popen.pid, p.again)
    seconds = p.wait(0, of(other, row.cert, 0))
    reload = p.cpu() - start
    p.process.stop()
    change(folder, one, row.cert)
    return start, each / 1024, reload, seconds


def judge(r):
    if r["target"] is not None:
        bounds = r["target"][1]
        r["met"] = all(meets(r[k]["median"], ("<=", b)) for k, b in
            zip(("start", "each", "seconds"), bounds))
    return r


def certs(bench, row):
    count = row.count // 10 if bench.repeats == 1 else row.count
    results = []
    for peer in bench.peers_of(row):
        if peer.name not in COMMANDS:
            continue
        with bench.attempt(row, peer):
            figures = zip(*(once(bench, row, peer, count)
                for _ in range(bench.repeats)))
            results.append(judge(result(row, peer, count=count, **dict(zip(
                ("start", "each", "reload", "seconds"),
                map(spread, figures))))))
    return results
