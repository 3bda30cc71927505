"""Prometheus, which asks the program how it is, and what etc/ has for it."""

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request

import pytest

import harness
import page
import reporter
from receiver import needs
from watching import RULES, of_dashboard

PROMETHEUS = page.Section("PROMETHEUS")
OFTEN = "global: {scrape_interval: 200ms, evaluation_interval: 200ms}\n"


class Prometheus:
    """A running one, and its answers."""

    def __init__(self, port):
        self.port = port

    def is_ready(self):
        """It listens before it has answers."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready",
                                   timeout=harness.PATIENCE).close()
        except urllib.error.HTTPError:
            return False
        return True

    def ask(self, path, **words):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?"
        with urllib.request.urlopen(url + urllib.parse.urlencode(words),
                                    timeout=harness.PATIENCE) as answer:
            said = json.load(answer)
        assert said["status"] == "success"
        return said["data"]

    def value(self, expr):
        """The one figure that it comes to, or None."""
        found = self.ask("query", query=expr)["result"]
        return float(found[0]["value"][1]) if len(found) == 1 else None

    def wait(self, expr, value):
        harness.wait_until(lambda: self.value(expr) == value,
                           f"{expr} is {value}")

    def rules(self):
        return [rule for group in self.ask("rules")["groups"]
                for rule in group["rules"]]


@pytest.fixture
def watched(servers, room, offload):
    """The program, and who watches it."""
    program = needs("prometheus", "prometheus")
    front = offload(PROMETHEUS, {"[127.0.0.1]:9145": "[127.0.0.1]:0"})
    host, port = reporter.address(front.offloader)
    folder = room()
    shutil.copy(RULES, folder)
    (folder / "prometheus.yml").write_text(OFTEN + PROMETHEUS.lines(
        "/etc/prometheus/prometheus.yml",
        {"127.0.0.1:9145": f"{host}:{port}"}))
    port = harness.free_port()
    servers([program, f"--config.file={folder}/prometheus.yml",
             f"--web.listen-address=127.0.0.1:{port}",
             f"--storage.tsdb.path={folder}/data"], port, folder=folder)
    prometheus = Prometheus(port)
    harness.wait_until(prometheus.is_ready, "Prometheus is ready")
    return front, prometheus


def test_prometheus_sees_what_clients_do(watched):
    front, prometheus = watched
    prometheus.wait('up{job="offloader"}', 1)
    prometheus.wait("offloader_workers", 1)
    for _ in range(3):
        front.tls().close()
    prometheus.wait("sum(offloader_handshakes_total)", 3)
    prometheus.wait("sum(offloader_connections_total)", 3)
    prometheus.wait('offloader_connections_active > 0', None)


def test_every_rule_and_panel_has_its_figures(watched):
    front, prometheus = watched
    front.tls().close()
    prometheus.wait("sum(offloader_handshakes_total)", 1)
    harness.wait_until(lambda: all(r["health"] == "ok"
                                   for r in prometheus.rules()), "its rules")
    recorded = [r for r in prometheus.rules() if r["type"] == "recording"]
    exprs = [r["name"] for r in recorded] + [e for e in of_dashboard()
                                             if not e.endswith("> 0")]
    assert len(recorded) > 5 and len(exprs) > 40
    for expr in exprs:
        harness.wait_until(lambda: prometheus.ask("query", query=expr)
                           ["result"], expr)
