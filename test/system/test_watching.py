"""The rules and the dashboard in etc/ are of figures that there are, and mean
what they say. promtool(1) is Prometheus's own judge."""

import json
import re
import shutil
import subprocess

import pytest

from watching import (DASHBOARD, RULES, TOP, figures, of_dashboard, of_rules,
                      reasons)


def promtool(*words):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    run = subprocess.run(["promtool", *map(str, words)], cwd=TOP,
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("found", [of_rules, of_dashboard])
def test_each_expression_is_of_figures_that_there_are(found):
    exprs, known = found(), figures()
    assert len(exprs) > 19 and len(known) > 25
    for expr in exprs:
        names = set(re.findall(r"\b(?<![:\"])offloader_\w+(?!:)\b", expr))
        assert names <= known, expr
        assert names or "instance:offloader_" in expr or "up{" in expr


@pytest.mark.parametrize("found", [of_rules, of_dashboard])
def test_each_reason_is_one_that_there_is(found):
    said = [word for expr in found()
            for text in re.findall(r'reason[!=]~"([^"]+)"', expr)
            for word in text.split("|")]
    assert said and set(said) <= reasons()


def test_promtool_has_no_complaint_of_the_rules():
    promtool("check", "rules", RULES)


def test_alerts_come_when_they_should_and_not_otherwise():
    promtool("test", "rules", TOP / "test" / "system" / "rules_test.yml")


def test_each_alert_is_tested():
    alerts = re.findall(r"alert: (\w+)", RULES.read_text())
    tests = (TOP / "test" / "system" / "rules_test.yml").read_text()
    assert alerts and set(alerts) == set(re.findall(r"alertname: (\w+)", tests))


def test_promtool_understands_what_the_dashboard_asks(tmp_path):
    rules = [{"record": f"asked:{i}", "expr": expr}
             for i, expr in enumerate(of_dashboard())]
    path = tmp_path / "asked.yml"       # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    promtool("check", "rules", path)


def test_the_dashboard_asks_whatever_source_one_chooses():
    variables = {v["name"]: v for v in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    asked = [o for p in DASHBOARD["panels"] for o in [p, *p["targets"]]]
    asked += [variables["job"], variables["instance"]]
    assert {o["datasource"]["uid"] for o in asked} == {"${datasource}"}


def test_no_panel_lies_upon_another():
    taken = set()
    for p in DASHBOARD["panels"]:
        at = p["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, p["title"]
        taken |= cells
    ids = [p["id"] for p in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
