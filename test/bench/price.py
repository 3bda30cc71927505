"""price.py - what the offloader's own protections cost: with, and without.

CPU time in pairs, as work.py has them, but of the offloader with itself.
Latency beside a storm in turns, for each wants its core for itself.
"""
from measure import result, spread
from light import probe, warmed
from rows import meets
from work import pair


def both(bench, row):
    """The offloader as it comes, and without what the row is about."""
    known = {p.name: p for p in bench.peers}
    return known.get("offloader"), known.get(row.variant)


def price(bench, row):
    whole, bare = both(bench, row)
    if whole is None or bare is None:
        return []
    with bench.attempt(row, whole):
        without, with_it = pair(bench, row, bare, whole, strace=True)
        cost = [w / o for w, o in zip(with_it.cpu, without.cpu)]
        r = result(row, whole, cost=spread(cost), rounds=cost,
            **with_it.figures(), without=without.figures())
        if r["target"] is not None:
            r["met"] = meets(r["cost"]["median"], r["target"])
        return [r]
    return []


def storm(bench, row):
    whole, bare = both(bench, row)
    if whole is None or bare is None:
        return []
    if row.cores > len(bench.proxy_cores):
        bench.note(f"{row.name}: skipped, it takes {row.cores} cores beside "
            "that of the load")
        return []
    with bench.attempt(row, whole):
        sides = [(p, [], *warmed(bench, row, p)) for p in (bare, whole)]
        for i in range(bench.repeats):
            # Nobody is always the first.
            for _, samples, proxy, address in sides if i % 2 else sides[::-1]:
                samples.append(probe(bench, row, address, proxy.pids()))
        return [judge(result(row, whole, **compare(*(s[1] for s in sides))))]
    return []


def compare(without, with_it):
    """Latencies of either, and with by without: p50 and p99."""
    def figures(samples):
        p50, p99, busy = map(spread, zip(*samples))
        return {"p50": p50, "p99": p99, "busy": busy}
    costs = [[w[i] / o[i] for w, o in zip(with_it, without)] for i in (0, 1)]
    return {**figures(with_it), "without": figures(without),
        "p50_cost": spread(costs[0]), "p99_cost": spread(costs[1])}


def judge(r):
    bounds = r["target"][1]
    r["met"] = all(r[k]["median"] <= b
        for k, b in zip(("p50_cost", "p99_cost"), bounds))
    return r
