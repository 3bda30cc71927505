"""work.py - CPU time per unit of work, in pairs.
"""
import statistics
import time

import procs
from measure import begin, finish, load, result, spread, step
from rows import meets


class Runner:
    """One proxy of a pair, with its load."""

    def __init__(self, bench, row, peer):
        self.row, self.peer = row, peer
        self.proxy, address = peer.start(bench, row.cert)
        self.load = load(bench, row.mode, address, row.connections,
            *row.args)

    def alone(self, bench):
        """Warms it up, and tells how fast it is without the other."""
        done = step(self.load, bench.size(self.row.count))
        self.pids = self.proxy.pids()   # now all of them are there
        return done

    def calls(self, bench):
        """System calls per unit."""
        count = max(4, self.row.count // 8)
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

    def __init__(self, row, peer, strace):
        self.row, self.peer, self.strace = row, peer, strace
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
    units = [finish(r.load, 30)["units"] for r in runners]
    return [(procs.settled_cpu_ns(r.pids) - b) / n / r.row.scale
        for r, b, n in zip(runners, before, units)]


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
        if s.calls is None and s.strace:
            s.calls = bench.count_calls(r)
        r.stop()


def pair(bench, row, gauge, peer, strace):
    # System calls do not vary: the gauge's are counted in its first pair.
    sides = [Side(row, gauge, strace), Side(row, peer, True)]
    for i in range(bench.rounds):
        # Nobody is always the first to start, or to be given work.
        one_round(bench, sides if i % 2 == 0 else sides[::-1])
    return sides


def work(bench, row):
    results = []
    for peer in bench.peers_of(row):
        if peer.gauge:
            continue
        with bench.attempt(row, peer):
            gauge, other = pair(bench, row, bench.gauge, peer,
                strace=not results)
            if not results:
                results.append(result(row, bench.gauge, ratio=None,
                    **gauge.figures()))
            ratios = [g / o for g, o in zip(gauge.cpu, other.cpu)]
            results.append(judge(row, peer, result(row, peer,
                ratio=spread(ratios), rounds=ratios, **other.figures())))
    return results


def judge(row, peer, r):
    if r["target"] is not None:
        how, bound = r["target"]
        median = r["ratio"]["median"]
        r["met"] = bound[0] <= median <= bound[1] if how == "null" else \
            meets(median, r["target"])
    if row.calls and peer.ours and r["calls"] is not None:
        r["calls_target"] = row.calls
        r["calls_met"] = meets(r["calls"], row.calls)
    return r
