"""plot.py - the JSON of bench.py as a picture for the README.

    python3 plot.py RESULTS.json > bench.svg

One line per row, one dot per peer, a stroke from the lowest to the highest
round, and a hollow triangle where the offloader is wanted to be.
"""
import json
import math
import sys
from html import escape

WIDTH, LEFT, RIGHT, LINE, TOP = 860, 290, 24, 26, 46
INK, FAINT = "#222", "#ddd"

# Told apart by colour-blind eyes, too (Okabe and Ito).
COLOURS = {"hitch": "#000000", "hitch-unix": "#7f7f7f",
    "haproxy": "#e69f00", "haproxy-unix": "#f0e442", "nginx": "#009e73",
    "stunnel": "#cc79a7", "offloader": "#d55e00",
    "offloader-unix": "#0072b2", "offloader-no-isolation": "#56b4e9"}

GAUGE = {"median": 1, "min": 1, "max": 1}       # hitch beside itself


class Panel:
    """Rows of one kind on one logarithmic scale."""

    def __init__(self, title, kinds, key, ticks, pick=lambda bound: bound):
        self.title, self.kinds, self.key = title, kinds, key
        self.ticks, self.pick = ticks, pick

    def x(self, value):
        low, high = math.log(self.ticks[0]), math.log(self.ticks[-1])
        at = (math.log(max(value, self.ticks[0])) - low) / (high - low)
        return LEFT + min(at, 1) * (WIDTH - LEFT - RIGHT)

    def rows(self, results):
        found = {}
        for r in results:
            if r["kind"] in self.kinds and r["peer"] in COLOURS:
                found.setdefault((r["row"], r["title"]), []).append(r)
        return found

    def target(self, r):
        if r["target"] is None:
            return None
        how, bound = r["target"]
        return self.pick(bound)


PANELS = [
    Panel("hitch's CPU time / the proxy's (right of 1 is better)",
        ("work",), "ratio", (0.3, 0.5, 0.7, 1, 1.4, 2)),
    Panel("memory per connection, KB (left is better)",
        ("held", "stalled"), "rss", (0.1, 1, 10, 100)),
    Panel("CPU time with a protection / without it (left is better)",
        ("price",), "cost", (0.9, 1, 1.1, 1.2, 1.4)),
    Panel("p99 of light requests, with / without (left is better)",
        ("storm",), "p99_cost", (0.1, 0.3, 1, 3), lambda b: b[1]),
    Panel("CPU time to start with 10,000 certificates, s (left is better)",
        ("certs",), "start", (0.1, 0.3, 1, 3, 10, 30), lambda b: b[0]),
    Panel("memory per certificate, KB (left is better)",
        ("certs",), "each", (0.3, 1, 3, 10, 30), lambda b: b[1]),
    Panel("p50 of light requests, ms (left is better)",
        ("light",), "p50", (0.1, 1, 10, 100), lambda b: b[0]),
    Panel("p99 of light requests, ms (left is better)",
        ("light",), "p99", (0.1, 1, 10, 100), lambda b: b[1]),
]


def text(x, y, words, anchor="start", size=12, weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" '
        f'font-size="{size}" font-weight="{weight}" fill="{INK}">'
        f"{escape(words)}</text>")


def stroke(x1, y1, x2, y2, colour, width=1):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>')


def dot(x, y, colour, words):
    return (f'<g><title>{escape(words)}</title><circle cx="{x:.1f}" '
        f'cy="{y:.1f}" r="4.5" fill="{colour}" stroke="#fff"/></g>')


def triangle(x, y, colour):
    return (f'<path d="M{x - 4:.1f} {y - 12:.1f}h8l-4 6z" fill="none" '
        f'stroke="{colour}"/>')


def draw_row(panel, title, results, y):
    out = [text(LEFT - 12, y + 4, title, "end"),
        stroke(LEFT, y, WIDTH - RIGHT, y, FAINT)]
    for r in results:
        s = r[panel.key] or GAUGE
        colour = COLOURS[r["peer"]]
        out.append(stroke(panel.x(s["min"]), y, panel.x(s["max"]), y,
            colour, 2))
        out.append(dot(panel.x(s["median"]), y, colour,
            f"{r['peer']}: {s['median']:.2f}"))
        if panel.target(r) is not None:
            out.append(triangle(panel.x(panel.target(r)), y, colour))
    return out


def draw_panel(panel, rows, y):
    """Strokes, and where the next panel begins."""
    bottom = y + 34 + LINE * len(rows)
    out = [text(LEFT, y, panel.title, weight="bold")]
    for tick in panel.ticks:
        x = panel.x(tick)
        out.append(stroke(x, y + 10, x, bottom - 16, FAINT))
        out.append(text(x, bottom, f"{tick:g}", "middle", 11))
    for i, ((_, title), results) in enumerate(rows.items()):
        out += draw_row(panel, title, results, y + 26 + i * LINE)
    return out, bottom + 34


def legend(results):
    present = {r["peer"] for r in results}
    out, x = [], LEFT
    for peer, colour in COLOURS.items():
        if peer in present:
            out.append(dot(x, 18, colour, peer))
            out.append(text(x + 9, 22, peer))
            x += 26 + 7 * len(peer)
    return out


def draw(results):
    out, y = legend(results), TOP + 8
    for panel in PANELS:
        rows = panel.rows(results)
        if rows:
            more, y = draw_panel(panel, rows, y)
            out += more
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{WIDTH}" height="{y - 20:.0f}" font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="#fff"/>', *out, "</svg>"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: plot.py RESULTS.json > bench.svg")
    with open(sys.argv[1]) as f:
        print(draw(json.load(f)["results"]))
