"""peers.py - the programs that are compared, one row each.

Each is told the same things, in its own words: one worker, one certificate,
one backend with a PROXY header, a long accept queue, no log of connections,
and no time limit that the bench could meet.
"""
import functools
import os
import random
import resource
import shutil
import socket
import subprocess

import procs


def free_port():
    """Below those the kernel takes for connections that go out."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def write(folder, port, name, text):
    path = os.path.join(folder, f"{name}-{port}.conf")
    with open(path, "w") as f:
        f.write(text)
    return path


def as_root(*argv):
    return list(argv) if os.geteuid() == 0 else []


def descriptors():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def most_connections():
    """How many one worker can hold: two descriptors each, and some more."""
    return min(10000, (descriptors() - 200) // 2)


def backend_word(backend):
    return backend if backend.startswith("/") else "[%s]:%s" % tuple(
        backend.rsplit(":", 1))


def offloader(program, folder, port, backend, pem):
    return [program, f"--frontend=[127.0.0.1]:{port}",
        f"--backend={backend_word(backend)}", "--workers=1",
        f"--pem-file={pem}", "--send-proxy=v2", "--log-level=1"]


def without(option):
    """The offloader, but for one thing that it does unless told not to."""
    return lambda *about: [*offloader(*about), f"--{option}=off"]


def hitch(program, folder, port, backend, pem):
    return [program, f"--frontend=[127.0.0.1]:{port}",
        f"--backend={backend_word(backend)}", "--workers=1",
        "--backlog=4096", "--write-proxy-v2=on", "--log-level=0",
        *as_root("--user=nobody"), pem]


def haproxy(program, folder, port, backend, pem):
    config = write(folder, port, "haproxy", f"""
global
    nbthread 1
    maxconn {most_connections()}
defaults
    mode tcp
    timeout connect 10s
    timeout client 600s
    timeout server 600s
listen bench
    bind 127.0.0.1:{port} ssl crt {pem} backlog 4096
    server one {backend} send-proxy-v2-ssl-cn
""")
    return [program, "-q", "-f", config]


def nginx(program, folder, port, backend, pem):
    module = next((m for m in (
        "/usr/lib/nginx/modules/ngx_stream_module.so",
        "/usr/lib64/nginx/modules/ngx_stream_module.so")
        if os.path.exists(m)), None)
    load = f"load_module {module};" if module else ""
    user = "user nobody nogroup;" if os.geteuid() == 0 else ""
    unix = "unix:" if backend.startswith("/") else ""
    config = write(folder, port, "nginx", f"""
{load} {user}
daemon off;
worker_processes 1;
error_log {folder}/nginx-{port}.log crit;
pid {folder}/nginx-{port}.pid;
events {{ worker_connections {descriptors()}; }}
stream {{
    ssl_handshake_timeout 600s;
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_certificate {pem};
        ssl_certificate_key {pem};
        ssl_protocols TLSv1.2 TLSv1.3;
        proxy_protocol on;
        proxy_pass {unix}{backend};
    }}
}}
""")
    return [program, "-c", config, "-e", f"{folder}/nginx-{port}.log"]


def stunnel(program, folder, port, backend, pem):
    config = write(folder, port, "stunnel", f"""
foreground = yes
pid =
debug = 0
[bench]
accept = 127.0.0.1:{port}
connect = {backend}
cert = {pem}
protocol = proxy
TIMEOUTbusy = 600
TIMEOUTidle = 600
""")
    return [program, config]


class Peer:
    def __init__(self, name, program, command, unix=False, gauge=False,
            ours=False, off=None):
        self.name = name
        self.program = program      # a path, or None if not installed
        self.command = command
        self.unix = unix            # reaches its backend by a path
        self.gauge = gauge          # what all others are measured against
        self.ours = ours            # so there are targets to reach
        self.off = off              # an option that is not as it comes

    def lacks(self):
        """Why it cannot be started, or None."""
        if self.program is None:
            return "not installed"
        if self.off is not None and not knows(self.program, self.off):
            return f"this offloader has no {self.off}"
        return None

    def signs_apart(self):
        """Whether its private keys are in a process of their own."""
        return self.ours and self.off != "key-isolation" and \
            knows(self.program, "key-isolation")

    def start(self, bench, cert, nice=0, cores=1):
        """A fresh one, and the address it serves."""
        port = free_port()
        backend = bench.unix_path if self.unix else bench.tcp_address
        argv = self.command(self.program, bench.folder, port, backend,
            bench.pems[cert])
        log = os.path.join(bench.folder, f"{self.name}-{port}.err")
        p = procs.Process(argv, set(bench.proxy_cores[:cores]), log,
            nice=nice)
        address = f"127.0.0.1:{port}"
        bench.wait_for(p, port)
        p.pin()
        return p, address


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") +
        ":/usr/sbin:/usr/local/sbin")


@functools.cache
def knows(program, option):
    """Whether the offloader has an option."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True)
    return f" --{option}" in said.stdout


def all_peers(offloader_path):
    """By name. The gauge comes first, and its twin is the null control."""
    rows = [
        Peer("hitch", find("hitch"), hitch, gauge=True),
        Peer("hitch-again", find("hitch"), hitch),
        Peer("hitch-unix", find("hitch"), hitch, unix=True),
        Peer("haproxy", find("haproxy"), haproxy),
        Peer("haproxy-unix", find("haproxy"), haproxy, unix=True),
        Peer("nginx", find("nginx"), nginx),
        Peer("stunnel", find("stunnel4") or find("stunnel"), stunnel),
        Peer("offloader", offloader_path, offloader, ours=True),
        Peer("offloader-unix", offloader_path, offloader, unix=True,
            ours=True),
        Peer("offloader-no-isolation", offloader_path,
            without("key-isolation"), ours=True, off="key-isolation"),
        Peer("offloader-no-sandbox", offloader_path, without("sandbox"),
            ours=True, off="sandbox"),
    ]
    return {p.name: p for p in rows}
