"""measure.py - how each kind of row is measured.

Every function takes the bench and a row and gives a list of results, one for
each peer: plain dictionaries, which table.py prints and JSON keeps.
"""
import statistics
import time

import peers
import procs
from rows import meets

HOLD = 5                # seconds
WARM_UP = 50            # connections that a fresh proxy serves unmeasured


def load(bench, mode, address, connections, *args, nice=0):
    """A load generator with its connections open, ready for steps."""
    argv = [bench.load, mode, address, "--connections", str(connections),
        "--steps", *args]
    p = procs.Process(argv, bench.load_core, bench.log("load"), nice=nice,
        piped=True)
    p.opened = p.line(150)
    return p


def begin(p, count, seconds):
    p.popen.stdin.write(f"{count} {seconds}\n".encode())
    p.popen.stdin.flush()


def finish(p, count, seconds):
    done = p.line(seconds + 30)
    if done["errors"] > 0 or done["units"] == 0:
        raise RuntimeError(f"{done['errors']} failed, {done['units']} done")
    if done["mode"] == "resume" and done["resumed"] < done["units"]:
        raise RuntimeError("sessions are not resumed")
    return done


def step(p, count, seconds=30):
    begin(p, count, seconds)
    return finish(p, count, seconds)


def result(row, peer, **figures):
    """What a row says of one peer. Only the offloader owes us anything."""
    target = None
    if peer.name == "hitch-again" and row.kind == "work":
        target = ("null", (0.95, 1.05))
    elif peer.name.startswith("offloader"):
        target = row.unix if peer.unix and row.unix else row.target
    return {"row": row.name, "kind": row.kind, "title": row.title,
        "peer": peer.name, "unit": row.unit, "target": target, **figures}


def spread(values):
    return {"median": statistics.median(values), "min": min(values),
        "max": max(values)}


# Work: CPU time per unit, in pairs with the gauge.

class Runner:
    """One proxy of a pair, with its load."""

    def __init__(self, bench, row, peer):
        self.row, self.peer = row, peer
        self.proxy, address = peer.start(bench, row.cert)
        self.load = load(bench, row.mode, address, row.connections,
            *row.args)
        self.pids = self.proxy.pids()

    def alone(self, bench):
        """Warms it up, and tells how fast it is without the other."""
        return step(self.load, bench.size(self.row.count))

    def calls(self, bench):
        """System calls per unit."""
        count = max(4, bench.size(self.row.count) // 2)
        strace = procs.Strace(self.pids, bench.folder)
        try:
            done = step(self.load, count)
            time.sleep(0.1)
        finally:
            calls = strace.calls()
        return calls / done["units"] / self.row.scale

    def stop(self):
        self.load.stop()
        self.proxy.stop()


class Side:
    """What the rounds have shown of one peer of a pair."""

    def __init__(self, row, peer):
        self.row, self.peer = row, peer
        self.cpu, self.steps, self.calls = [], [], None

    def figures(self):
        steps, scale = self.steps, self.row.scale
        return {"cpu_us": statistics.median(self.cpu) / 1000,
            "rate": statistics.median(
                s["units"] * scale / s["seconds"] for s in steps),
            "p50_us": statistics.median(s["p50_us"] for s in steps),
            "p99_us": statistics.median(s["p99_us"] for s in steps),
            "calls": self.calls}


def at_once(runners, count):
    """Both do the same work at the same time: CPU time of each, per unit."""
    before = [procs.settled_cpu_ns(r.pids) for r in runners]
    for r in runners:
        begin(r.load, count, 30)
    for r in runners:
        finish(r.load, count, 30)
    return [(procs.settled_cpu_ns(r.pids) - b) / count / r.row.scale
        for r, b in zip(runners, before)]


def one_round(bench, sides):
    """
    Of a fresh pair: where its pages happen to lie, and how its connections
    fall into step, make a process a few percent faster or slower for life.
    """
    runners = [Runner(bench, s.row, s.peer) for s in sides]
    for s, r in zip(sides, runners):
        s.steps.append(r.alone(bench))
    count = 2 * bench.size(sides[0].row.count)
    for s, cpu in zip(sides, at_once(runners, count)):
        s.cpu.append(cpu)
    for s, r in zip(sides, runners):
        if s.calls is None:
            s.calls = bench.count_calls(r)
        r.stop()


def pair(bench, row, peer):
    sides = [Side(row, bench.gauge), Side(row, peer)]
    for i in range(bench.rounds):
        # Nobody is always the first to start, or to be given work.
        one_round(bench, sides if i % 2 == 0 else sides[::-1])
    return sides


def work(bench, row):
    results = []
    for peer in bench.peers:
        if peer.gauge:
            continue
        with bench.attempt(row, peer):
            gauge, other = pair(bench, row, peer)
            if not results:
                results.append(result(row, bench.gauge, ratio=None,
                    **gauge.figures()))
            ratios = [g / o for g, o in zip(gauge.cpu, other.cpu)]
            results.append(judge_work(row, result(row, peer,
                ratio=spread(ratios), rounds=ratios, **other.figures())))
    return results


def judge_work(row, r):
    if r["target"] is not None:
        how, bound = r["target"]
        median = r["ratio"]["median"]
        r["met"] = bound[0] <= median <= bound[1] if how == "null" else \
            meets(median, r["target"])
    if row.calls and r["peer"].startswith("offloader") and r["calls"]:
        r["calls_target"] = row.calls
        r["calls_met"] = meets(r["calls"], row.calls)
    return r


# Memory of connections that are only held.

def warm(bench, address):
    """So that what a first connection touches is not counted."""
    p = load(bench, "full", address, 4)
    step(p, WARM_UP)
    p.stop()
    p = load(bench, "download", address, 2, "--bytes", "1000000")
    step(p, 4)
    p.stop()


def grown(bench, row, peer, mode, count):
    """How much bigger a fresh proxy is, per connection it holds: bytes."""
    proxy, address = peer.start(bench, row.cert)
    warm(bench, address)
    pids = proxy.pids()
    procs.settled_cpu_ns(pids)
    before = procs.total_memory(pids)
    p = load(bench, mode, address, count)
    # Some kernels hand over a connection without data seconds later.
    time.sleep(HOLD if mode == "silent" else 0.5)
    procs.settled_cpu_ns(pids)
    after = procs.total_memory(proxy.pids())
    begin(p, 1, 0)
    alive = p.line()["open"]
    p.stop()
    proxy.stop()
    if alive < count:
        raise RuntimeError(f"only {alive} of {count} stayed open")
    return [(b - a) / count for a, b in zip(before, after)]


def held_figures(samples):
    rss, pss = zip(*samples)
    return {"rss": spread([r / 1024 for r in rss]),
        "pss": spread([p / 1024 for p in pss])}


def judge_rss(r, key="rss"):
    if r["target"] is not None:
        r["met"] = meets(r[key]["median"], r["target"])
    return r


def held(bench, row):
    results = []
    for peer in bench.peers:
        with bench.attempt(row, peer):
            samples = [grown(bench, row, peer, row.mode,
                bench.size(row.count)) for _ in range(bench.repeats)]
            results.append(judge_rss(result(row, peer,
                **held_figures(samples))))
    return results


def stalled(bench, row):
    results = []
    for peer in bench.peers:
        with bench.attempt(row, peer):
            samples = []
            for _ in range(bench.repeats):
                idle = grown(bench, row, peer, "idle", row.count)
                much = grown(bench, row, peer, row.mode, row.count)
                samples.append([m - i for m, i in zip(much, idle)])
            results.append(judge_rss(result(row, peer,
                **held_figures(samples))))
    return results


def base(bench, row):
    """The worker is the process that did the work of warming up."""
    results = []
    for peer in bench.peers:
        with bench.attempt(row, peer):
            proxy, address = peer.start(bench, row.cert)
            pids = proxy.pids()
            before = {p: procs.cpu_ns([p]) for p in pids}
            warm(bench, address)
            procs.settled_cpu_ns(pids)
            worker = max(pids, key=lambda p: procs.cpu_ns([p]) - before[p])
            rss, pss = procs.memory(worker)
            results.append(judge_rss(result(row, peer,
                rss=spread([rss / 2**20]), pss=spread([pss / 2**20]))))
    return results


def after(bench, row):
    """All proxies rest at the same time, each its full minute."""
    waiting, results = [], []
    for peer in bench.peers:
        with bench.attempt(row, peer, keep=True):
            proxy, address = peer.start(bench, row.cert)
            warm(bench, address)
            before = procs.total_memory(proxy.pids())
            count = min(row.count, peers.most_connections())
            p = load(bench, row.mode, address, count)
            peak = procs.total_memory(proxy.pids())
            if p.opened["open"] < count:
                raise RuntimeError(f"only {p.opened['open']} opened")
            p.stop(grace=30)
            waiting.append((time.monotonic() + 60, peer, proxy, before,
                peak))
    for end, peer, proxy, before, peak in waiting:
        time.sleep(max(0, end - time.monotonic()))
        now = procs.total_memory(proxy.pids())
        proxy.stop()
        results.append(judge_rss(result(row, peer,
            rss=spread([now[0] / before[0]]),
            pss=spread([now[1] / before[1]]),
            connections=count, peak_mb=peak[0] / 2**20)))
    return results


# Light requests beside heavy ones.

def probe(bench, row, address, pids):
    """
    Latency of small requests, paced, beside all that the row wants; and how
    busy that keeps the proxy, for an idle one is no wonder to be fast.
    """
    seconds = bench.probe_seconds
    loads = [load(bench, mode, address, n, *args, nice=-10)
        for mode, n, args in row.beside]
    prober = load(bench, "keepalive", address, 4, "--pause", "2000")
    bench.hurry(prober)
    for p in loads:
        begin(p, 10**7, seconds + 1)
    time.sleep(0.5)
    spent, began = procs.cpu_ns(pids), time.monotonic_ns()
    done = step(prober, 10**6, seconds)
    spent = procs.cpu_ns(pids) - spent
    busy = spent / (time.monotonic_ns() - began)
    for p in [*loads, prober]:
        if p is not prober:
            finish(p, 10**7, seconds)
        p.stop()
    return done["p50_us"] / 1000, done["p99_us"] / 1000, busy


def light(bench, row):
    results = []
    for peer in bench.peers:
        with bench.attempt(row, peer):
            proxy, address = peer.start(bench, row.cert, nice=-15)
            warm(bench, address)
            samples = [probe(bench, row, address, proxy.pids())
                for _ in range(bench.repeats)]
            p50, p99, busy = [spread(v) for v in zip(*samples)]
            results.append(judge_light(result(row, peer, p50=p50, p99=p99,
                busy=busy)))
    return results


def judge_light(r):
    if r["target"] is not None:
        bounds = r["target"][1]
        r["met"] = r["p50"]["median"] <= bounds[0] and \
            r["p99"]["median"] <= bounds[1]
    return r


KINDS = {"work": work, "held": held, "stalled": stalled, "base": base,
    "after": after, "light": light}
