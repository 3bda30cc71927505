"""What watches the program: etc/'s rules for Prometheus and dashboard for
Grafana, taken apart; and what there is to watch."""

import json
import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
RULES = TOP / "etc" / "offloader.rules.yml"
DASHBOARD = json.loads((TOP / "etc" / "grafana-dashboard.json").read_text())

# What Grafana puts in before it asks.
VARIABLES = {"$__rate_interval": "5m", "$__range": "6h", "$job": ".*",
             "$instance": ".*"}


def figures():
    """The names that are served; of a histogram three each."""
    rows = (TOP / "offloader" / "stats" / "stats_rows.c").read_text()
    names = set()
    for row in re.split(r"^\t\{ ", rows, flags=re.M)[1:]:
        name = re.match(r'\.name = "(\w+)"', row)
        if name:
            ends = ("_bucket", "_sum", "_count") if "BOUNDS(" in row else ("",)
            names |= {name[1] + end for end in ends}
    return names


def reasons():
    text = (TOP / "offloader" / "stats" / "end_reason.c").read_text()
    return set(re.findall(r'END_\w+\W+(?:return )?"([\w-]+)"', text))


def of_rules():
    """Rules have their expression on a line, or on those that follow it."""
    return re.findall(r"expr: (?:>-\n)?((?:.+\n)+?)(?=\n|\s+\w+:)",
                      RULES.read_text())


def of_dashboard():
    found = [t["expr"] for p in DASHBOARD["panels"] for t in p["targets"]]
    found += [a["expr"] for a in DASHBOARD["annotations"]["list"]]
    for name, value in VARIABLES.items():
        found = [expr.replace(name, value) for expr in found]
    assert not [expr for expr in found if "$" in expr]
    return found
