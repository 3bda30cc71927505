"""bench.py - compares the offloader with its peers, in one table.

See README beside this file for what is measured, and how.
"""
import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import certs
import held
import light
import peers
import price
import procs
import rows
import table
import work

KINDS = {"work": work.work, "held": held.held, "stalled": held.stalled,
    "base": held.base, "after": held.after, "light": light.light,
    "price": price.price, "storm": price.storm, "certs": certs.certs}

PEERS = "hitch-again,haproxy,nginx,stunnel,offloader,offloader-unix," \
    "offloader-no-isolation,offloader-no-sandbox"


class Bench:
    def __init__(self, options):
        cores = sorted(os.sched_getaffinity(0))
        proxy_core, self.load_core = options.cores or (cores[-1], cores[0])
        # One for all but the rows that ask for more.
        self.proxy_cores = [proxy_core, *(c for c in reversed(cores)
            if c not in (proxy_core, self.load_core))]
        self.rounds = options.rounds or (2 if options.quick else 9)
        self.repeats = 1 if options.quick else 3
        self.probe_seconds = 1 if options.quick else 3
        self.hold = 3 if options.quick else 5
        self.scale = 0.4 if options.quick else 1.0
        self.strace = procs.has_strace()
        self.load = os.path.join(options.build, "load")
        self.backend_program = os.path.join(options.build, "backend")
        self.notes = []
        self.peers = []
        self.folder = tempfile.mkdtemp(prefix="bench-")
        os.chmod(self.folder, 0o755)    # a proxy may run as nobody

    def log(self, name):
        return os.path.join(self.folder, name + ".err")

    def note(self, text):
        self.notes.append(text)
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def peers_of(self, row):
        """
        Those that differ in one thing are in few rows, and the null control
        is where there are pairs.
        """
        return [p for p in self.peers
            if (p.off is None or p.name == row.variant) and
            (p.name != "hitch-again" or row.kind == "work")]

    def size(self, count):
        return max(1, int(count * self.scale))

    def prepare(self):
        self.pems = {"ecdsa": self.certificate("ecdsa", ["-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256"]),
            "rsa": self.certificate("rsa", ["-newkey", "rsa:2048"])}
        self.unix_path = os.path.join(self.folder, "backend.sock")
        self.backend = procs.Process([self.backend_program, "127.0.0.1:0",
            self.unix_path], {self.load_core}, self.log("backend"), nice=-10,
            piped=True)
        self.tcp_address = f"127.0.0.1:{self.backend.line()['ports'][0]}"
        os.chmod(self.unix_path, 0o666)

    def certificate(self, name, how):
        key, chain = (os.path.join(self.folder, f"{name}.{end}")
            for end in ("key", "crt"))
        subprocess.run(["openssl", "req", "-x509", *how, "-nodes", "-days",
            "30", "-subj", "/CN=bench.example", "-addext",
            "subjectAltName=DNS:bench.example", "-keyout", key, "-out",
            chain], check=True, stderr=subprocess.DEVNULL)
        pem = os.path.join(self.folder, f"{name}.pem")
        with open(pem, "w") as out:
            for path in key, chain:
                with open(path) as f:
                    out.write(f.read())
        os.chmod(pem, 0o600)
        return pem

    def wait_for(self, process, port):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if process.popen.poll() is not None:
                break
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    time.sleep(0.05)
                    return
            time.sleep(0.02)
        raise RuntimeError(f"does not listen: {procs.tail(process.log)}")

    @contextlib.contextmanager
    def attempt(self, row, peer, keep=False):
        """One peer's failure costs one line of the table."""
        before = list(procs.started)
        try:
            yield
        except (RuntimeError, OSError, ValueError) as e:
            self.note(f"{row.name}, {peer.name}: {e}")
            keep = False
        if not keep:
            for p in [p for p in procs.started if p not in before]:
                p.stop()

    def count_calls(self, runner):
        if not self.strace:
            return None
        try:
            return runner.calls(self)
        except (RuntimeError, OSError) as e:
            self.note(f"{runner.peer.name}: no system calls counted: {e}")
            return None

    def hurry(self, process, priority):
        """Its turn on the load's core is not what is to be measured."""
        policy = os.SCHED_FIFO if priority > 0 else os.SCHED_OTHER
        with contextlib.suppress(OSError):
            os.sched_setscheduler(process.popen.pid, policy,
                os.sched_param(priority))

    def run(self, wanted):
        results = []
        for row in wanted:
            print(f"bench: {row.name} ...", file=sys.stderr, flush=True)
            results += KINDS[row.kind](self, row)
        return results

    def clean(self):
        procs.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)


def two_numbers(text):
    proxy, load = (int(n) for n in text.split(","))
    return proxy, load


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    build = os.environ.get("OFFLOADER_BUILD", "")
    p.add_argument("--offloader", metavar="PATH",
        default=build and os.path.join(build, "offloader", "offloader"),
        help="the program (default: $OFFLOADER_BUILD/offloader/offloader)")
    p.add_argument("--build", metavar="DIR",
        default=build and os.path.join(build, "test", "bench") or ".",
        help="where load and backend are")
    p.add_argument("--only", metavar="ROW,...", help="these rows only")
    p.add_argument("--peers", metavar="NAME,...", 
        help="whom to compare with hitch; hitch-unix and haproxy-unix are "
        f"there too (default: {PEERS})")
    p.add_argument("--rounds", type=int, metavar="N",
        help="rounds of each pair (default: 9; 2 with --quick)")
    p.add_argument("--quick", action="store_true",
        help="smaller and fewer measurements: a look, not a verdict")
    p.add_argument("--cores", type=two_numbers, metavar="P,L",
        help="of the proxies, and of load and backend (default: the last "
        "and the first)")
    p.add_argument("--json", metavar="FILE", help="all figures")
    p.add_argument("--list", action="store_true", help="names of the rows")
    options = p.parse_args()
    if not options.offloader:
        options.offloader = peers.find("offloader") or ""
    if not options.list and not os.access(options.offloader, os.X_OK):
        p.error("there is no offloader to measure: build one, and run this "
            "in the folder of ./configure or name it with --offloader PATH")
    return options


def choose_rows(options, bench):
    if options.only is None:
        if not options.quick:
            return rows.ROWS
        bench.note("skipped by --quick: " +
            ", ".join(r.name for r in rows.ROWS if r.slow))
        return [r for r in rows.ROWS if not r.slow]
    names = options.only.split(",")
    unknown = set(names) - {r.name for r in rows.ROWS}
    if unknown:
        sys.exit(f"no such row: {', '.join(sorted(unknown))} (see --list)")
    return [r for r in rows.ROWS if r.name in names]


def choose_peers(options, bench):
    known = peers.all_peers(options.offloader)
    names = ["hitch"] + (options.peers or PEERS).split(",")
    if options.quick and options.peers is None:
        bench.note("stunnel: skipped by --quick")
        names.remove("stunnel")
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"no such peer: {', '.join(sorted(unknown))}")
    for name in names:
        if known[name].lacks():
            bench.note(f"{name}: skipped, {known[name].lacks()}")
    bench.peers = [known[n] for n in names if not known[n].lacks()]
    bench.gauge = known["hitch"]
    if bench.gauge.program is None:
        sys.exit("hitch is what all are measured against: install it")


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for want in 65536, hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (want, want))
            return


def main():
    options = parse()
    if options.list:
        for row in rows.ROWS:
            print(f"{row.name:20} {row.title}")
        return
    # A proxy that sizes its tables by the limit should find a sane one.
    raise_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    try:
        choose_peers(options, bench)
        wanted = choose_rows(options, bench)
        bench.prepare()
        results = bench.run(wanted)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        bench.clean()
    print(table.render(results, bench.notes))
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"rounds": bench.rounds, "quick": options.quick,
                "kernel": os.uname().release, "tls": ssl.OPENSSL_VERSION,
                "notes": bench.notes, "results": results}, f, indent=1)


if __name__ == "__main__":
    main()
