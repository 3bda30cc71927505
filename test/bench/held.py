"""held.py - memory: of connections that are only held, and of what remains.
"""
import time

import peers
import procs
from measure import begin, load, result, spread, warm
from rows import meets


def grown(bench, row, peer, mode, count):
    """How much bigger a fresh proxy is, per connection it holds: bytes."""
    proxy, address = peer.start(bench, row.cert)
    warm(bench, address)
    pids = proxy.pids()
    procs.settled_cpu_ns(pids)
    before = procs.total_memory(pids)
    p = load(bench, mode, address, count)
    # Some kernels hand over a connection without data seconds later; and who
    # is left alone may give something back.
    time.sleep(bench.hold if mode in ("silent", "idle") else 0.5)
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


def judge(r):
    if r["target"] is not None:
        r["met"] = meets(r["rss"]["median"], r["target"])
    return r


def held(bench, row):
    results = []
    for peer in bench.peers_of(row):
        with bench.attempt(row, peer):
            samples = [grown(bench, row, peer, row.mode, row.count)
                for _ in range(bench.repeats)]
            results.append(judge(result(row, peer,
                **held_figures(samples))))
    return results


def stalled(bench, row):
    results = []
    for peer in bench.peers_of(row):
        with bench.attempt(row, peer):
            samples = []
            for _ in range(bench.repeats):
                idle = grown(bench, row, peer, "idle", row.count)
                much = grown(bench, row, peer, row.mode, row.count)
                samples.append([m - i for m, i in zip(much, idle)])
            results.append(judge(result(row, peer,
                **held_figures(samples))))
    return results


def base(bench, row):
    """The worker is the process that did the work of warming up."""
    results = []
    for peer in bench.peers_of(row):
        with bench.attempt(row, peer):
            proxy, address = peer.start(bench, row.cert)
            pids = proxy.pids()
            before = {p: procs.cpu_ns([p]) for p in pids}
            warm(bench, address)
            procs.settled_cpu_ns(pids)
            worker = max(pids, key=lambda p: procs.cpu_ns([p]) - before[p])
            rss, pss = procs.memory(worker)
            results.append(judge(result(row, peer,
                rss=spread([rss / 2**20]), pss=spread([pss / 2**20]))))
    return results


def after(bench, row):
    """All proxies rest at the same time, each its full minute."""
    count = min(row.count, peers.most_connections())
    waiting, results = [], []
    for peer in bench.peers_of(row):
        with bench.attempt(row, peer, keep=True):
            proxy, address = peer.start(bench, row.cert)
            warm(bench, address)
            before = procs.total_memory(proxy.pids())
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
        results.append(judge(result(row, peer,
            rss=spread([now[0] / before[0]]),
            pss=spread([now[1] / before[1]]),
            connections=count, peak_mb=peak[0] / 2**20)))
    return results
