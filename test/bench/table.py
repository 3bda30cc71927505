"""table.py - the results as one table for people.
"""

HEAD = """\
ratio = hitch's CPU time per unit / the proxy's: above 1 is better than hitch.
Of the rounds: median (min..max). Times are worth comparing within one run."""


def three(s, digits):
    return "%.*f (%.*f..%.*f)" % (digits, s["median"], digits, s["min"],
        digits, s["max"])


def one(value, digits):
    return "-" if value is None else "%.*f" % (digits, value)


def wanted(target):
    if target is None:
        return ""
    how, bound = target
    if how == "null":
        return "%.2f..%.2f" % bound
    if isinstance(bound, (tuple, list)):
        return "<= " + ", ".join(f"{b:g}" for b in bound)
    return f"{how} {bound:g}"


def verdict(met):
    return {True: "ok", False: "MISSED", None: ""}[met]


def digits_for(value):
    return 2 if value < 10 else 1


def work_line(r):
    ratio = "1" if r["ratio"] is None else three(r["ratio"], 2)
    calls = one(r["calls"], 1)
    if "calls_target" in r:
        calls += f" {wanted(r['calls_target'])} {verdict(r['calls_met'])}"
    return [r["peer"], ratio, wanted(r["target"]), verdict(r.get("met")),
        one(r["cpu_us"], 1), f"{r['rate']:.0f}",
        one(r["p50_us"] / 1000, 2), one(r["p99_us"] / 1000, 2), calls]


def held_line(r):
    digits = digits_for(r["rss"]["median"])
    return [r["peer"], three(r["rss"], digits), wanted(r["target"]),
        verdict(r.get("met")), one(r["pss"]["median"], digits)]


def light_line(r):
    return [r["peer"], three(r["p50"], 2), three(r["p99"], 2),
        f"{r['busy']['median'] * 100:.0f} %", wanted(r["target"]),
        verdict(r.get("met"))]


def price_line(r):
    without = r["without"]
    return [r["peer"], three(r["cost"], 2), wanted(r["target"]),
        verdict(r.get("met")), one(r["cpu_us"], 1),
        one(without["cpu_us"], 1), one(r["calls"], 1),
        one(without["calls"], 1)]


def storm_line(r):
    without = r["without"]
    return [r["peer"], three(r["p50_cost"], 2), three(r["p99_cost"], 2),
        wanted(r["target"]), verdict(r.get("met")),
        *("%.2f, %.2f" % (s["p50"]["median"], s["p99"]["median"])
        for s in (r, without))]


def certs_line(r):
    return [r["peer"], f"{r['count']}", three(r["start"], 2),
        three(r["each"], 2), three(r["reload"], 2), three(r["seconds"], 2),
        wanted(r["target"]), verdict(r.get("met"))]


SECTIONS = [
    (("work",), "CPU time, latency, system calls",
        "of the proxy's own processes, one core, one worker",
        ["ratio", "target", "", "us/unit", "units/s", "p50 ms", "p99 ms",
        "system calls/unit"], work_line),
    (("held", "stalled", "base", "after"), "memory",
        "per connection in KB, of a worker in MB, afterwards as a factor",
        ["RSS", "target", "", "PSS without files"], held_line),
    (("light",), "light requests beside heavy load",
        "small keep-alive requests, in ms",
        ["p50", "p99", "proxy busy", "target", ""], light_line),
    (("price",), "what protections cost in CPU time",
        "with it : without it, in pairs, of all processes; one core",
        ["with : without", "target", "", "us/unit with", "without",
        "system calls with", "without"], price_line),
    (("storm",), "what protections cost in latency",
        "of light requests, with : without, in turns",
        ["p50", "p99", "target", "", "ms with", "ms without"], storm_line),
    (("certs",), "very many certificates",
        "ECDSA P-256 with one intermediate; one worker",
        ["certificates", "start, s of CPU", "KB each", "reload, s of CPU",
        "reload, s", "target: start, KB, reload", ""], certs_line),
]


def columns(lines):
    widths = [max(len(line[i]) for line in lines if len(line) > 1)
        for i in range(max(len(line) for line in lines))]
    for line in lines:
        if len(line) == 1:
            yield line[0]
        else:
            yield "  " + "  ".join(cell.ljust(w)
                for cell, w in zip(line, widths)).rstrip()


def section(results, kinds, title, about, heads, line):
    chosen = [r for r in results if r["kind"] in kinds]
    if not chosen:
        return []
    lines, last = [["", *heads]], None
    for r in chosen:
        if r["row"] != last:
            per = f", per {r['unit']}" if r["kind"] == "work" else ""
            lines.append([f"{r['title']}{per} [{r['row']}]"])
            last = r["row"]
        lines.append(line(r))
    return ["", f"{title.upper()} ({about})", *columns(lines)]


def render(results, notes):
    out = [HEAD]
    for spec in SECTIONS:
        out += section(results, *spec)
    judged = [r[k] for r in results for k in ("met", "calls_met")
        if r.get(k) is not None]
    if judged:
        out += ["", f"{sum(judged)} of {len(judged)} figures as wanted"]
    out += [f"note: {n}" for n in notes]
    return "\n".join(out)
