"""light.py - latency of light requests beside heavy load.
"""
import time

import procs
from measure import begin, finish, load, result, spread, step, warm


def probe(bench, row, address, pids):
    """
    Latency of small requests, paced, beside all that the row wants; and how
    busy that keeps the proxy, for an idle one is no wonder to be fast.
    """
    seconds = bench.probe_seconds
    loads = [load(bench, mode, address, n, *args, nice=-10)
        for mode, n, args in row.beside]
    prober = load(bench, "keepalive", address, 4, "--pause", "2000")
    bench.hurry(prober, 2)
    bench.hurry(bench.backend, 1)
    try:
        for p in loads:
            begin(p, 10**7, seconds + 1)
        time.sleep(0.5)
        spent, began = procs.cpu_ns(pids), time.monotonic_ns()
        done = step(prober, 10**6, seconds)
        spent = procs.cpu_ns(pids) - spent
        busy = spent / (time.monotonic_ns() - began)
        for p in loads:
            finish(p, seconds)
    finally:
        bench.hurry(bench.backend, 0)
    for p in [prober, *loads]:
        p.stop()
    return done["p50_us"] / 1000, done["p99_us"] / 1000, busy


def warmed(bench, row, peer):
    proxy, address = peer.start(bench, row.cert, nice=-15, cores=row.cores)
    warm(bench, address)
    return proxy, address


def light(bench, row):
    results = []
    for peer in bench.peers_of(row):
        with bench.attempt(row, peer):
            proxy, address = warmed(bench, row, peer)
            samples = [probe(bench, row, address, proxy.pids())
                for _ in range(bench.repeats)]
            p50, p99, busy = [spread(v) for v in zip(*samples)]
            results.append(judge(result(row, peer, p50=p50, p99=p99,
                busy=busy)))
    return results


def judge(r):
    if r["target"] is not None:
        bounds = r["target"][1]
        r["met"] = r["p50"]["median"] <= bounds[0] and \
            r["p99"]["median"] <= bounds[1]
    return r
