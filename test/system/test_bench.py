"""The bench runs, and what it says can be drawn. Its figures judge nobody here.
"""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

import harness

BENCH = Path(__file__).resolve().parents[1] / "bench"
ROWS = {"full-ecdsa", "keepalive", "download-aes128", "silent", "base",
        "light-bulk", "keys-ecdsa", "keys-storm"}
PRICES = {"keys-ecdsa", "keys-storm"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    if shutil.which("hitch") is None:
        pytest.skip("hitch is not installed")
    folder = tmp_path_factory.mktemp("bench")
    environment = {k: v for k, v in os.environ.items()
                   if k != "OFFLOADER_BUILD"}
    run = subprocess.run(
        ["sh", BENCH / "run.sh", "--offloader", harness.program(), "--quick",
         "--peers", "offloader,offloader-unix,offloader-no-isolation",
         "--rounds", "1",
         "--only", ",".join(ROWS), "--json", folder / "all.json"],
        cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300)
    assert run.returncode == 0, run.stderr
    return folder / "all.json"


def test_each_row_has_figures_of_each_peer(figures):
    told = json.loads(figures.read_text())
    found = {(r["row"], r["peer"]) for r in told["results"]}
    assert found >= {(row, peer)
                     for row in ROWS - {"silent", "base"} - PRICES
                     for peer in ("hitch", "offloader", "offloader-unix")}
    # The memory of a process that is not dumpable can be read by root only.
    held = ("silent", "base") if os.geteuid() == 0 else ("base",)
    assert found >= {(row, "offloader") for row in held}


def test_what_keys_apart_cost_is_told(figures):
    told = json.loads(figures.read_text())
    if any("no key-isolation" in note for note in told["notes"]):
        pytest.skip("this offloader has no key-isolation")
    costs = {r["row"]: r for r in told["results"] if r["row"] in PRICES}
    assert set(costs) == PRICES
    assert costs["keys-ecdsa"]["cost"]["median"] > 0
    assert costs["keys-storm"]["p99_cost"]["median"] > 0


def test_the_time_of_a_childs_grandchild_is_counted(tmp_path):
    sys.path.insert(0, str(BENCH))
    try:
        import procs
    finally:
        sys.path.remove(str(BENCH))
    burn = f"{sys.executable} -c 'while True: pass'"
    cores = os.sched_getaffinity(0)
    family = procs.Process(["sh", "-c", f'sh -c "{burn} & wait" & wait'],
                           cores, tmp_path / "err")
    try:
        harness.wait_until(lambda: len(family.pids()) == 3, "a grandchild")
        pids = family.pids()
        before = procs.cpu_ns(pids)
        harness.wait_until(lambda: procs.cpu_ns(pids) - before > 20_000_000,
                           "time that it took")
    finally:
        family.stop()
    harness.wait_until(lambda: not any(map(harness.is_alive, pids)), "its end")


def test_the_figures_can_be_drawn(figures):
    run = subprocess.run(["/usr/bin/python3", "-B", BENCH / "plot.py",
                          figures], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    drawing = xml.fromstring(run.stdout)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "keep-alive request" in run.stdout


def test_without_a_program_it_says_what_is_missing(tmp_path):
    done = subprocess.run(["/usr/bin/python3", "-B", BENCH / "bench.py",
        "--quick", "--offloader", tmp_path / "none"], capture_output=True,
        text=True)
    assert done.returncode == 2
    assert "there is no offloader to measure" in done.stderr
    assert "Traceback" not in done.stderr
