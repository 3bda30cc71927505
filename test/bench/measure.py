"""measure.py - what all kinds of measurement have in common.

Each kind has a room of its own (work.py, held.py, light.py). Its functions
take the bench and a row and give a list of results, one for each peer: plain
dictionaries, which table.py prints and JSON keeps.
"""
import statistics

import procs
import rows

WARM_UP = 50            # connections that a fresh proxy serves unmeasured


def load(bench, mode, address, connections, *args, nice=0):
    """A load generator with its connections open, ready for steps."""
    argv = [bench.load, mode, address, "--connections", str(connections),
        "--steps", *args]
    p = procs.Process(argv, {bench.load_core}, bench.log("load"), nice=nice,
        piped=True)
    p.opened = p.line(150)
    return p


def begin(p, count, seconds):
    p.popen.stdin.write(f"{count} {seconds}\n".encode())
    p.popen.stdin.flush()


def finish(p, seconds):
    done = p.line(seconds + 30)
    if done["errors"] > 0 or done["units"] == 0:
        raise RuntimeError(f"{done['errors']} failed, {done['units']} done")
    if done["mode"] == "resume" and done["resumed"] < done["units"]:
        raise RuntimeError("sessions are not resumed")
    return done


def step(p, count, seconds=30):
    begin(p, count, seconds)
    return finish(p, seconds)


def result(row, peer, **figures):
    """What a row says of one peer. Only the offloader owes us anything."""
    target = None
    if peer.name == "hitch-again" and row.kind == "work":
        target = ("null", (0.95, 1.05))
    elif peer.ours:
        target = row.unix if peer.unix and row.unix else row.target
        if row.signs and peer.signs_apart():
            how, bound = target
            target = how, round(bound / rows.PRICE, 2)
    return {"row": row.name, "kind": row.kind, "title": row.title,
        "peer": peer.name, "unit": row.unit, "target": target, **figures}


def spread(values):
    return {"median": statistics.median(values), "min": min(values),
        "max": max(values)}


def warm(bench, address):
    """So that what a first connection touches is not counted."""
    p = load(bench, "full", address, 4)
    step(p, WARM_UP)
    p.stop()
    p = load(bench, "download", address, 2, "--bytes", "1000000")
    step(p, 4)
    p.stop()
