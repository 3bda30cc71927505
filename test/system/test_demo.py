"""The first command of README: sh etc/demo.sh, on a copy that is built anew.

--once says by its status whether every fact was right; without it the demo
stays until Ctrl-C, and then leaves nothing behind.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Starts it with words; its build and its temporary files go aside."""
    place = tmp_path_factory.mktemp("demo")
    (place / "tmp").mkdir()
    env = {name: value for name, value in os.environ.items()
           if not name.endswith("SAN_OPTIONS")}
    env.update(BUILD=str(place / "build"), TMPDIR=str(place / "tmp"))

    def start(*words):
        return subprocess.Popen(
            ["sh", "etc/demo.sh", *words], cwd=ROOT, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell cannot trap what was ignored when it began.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    start.left = lambda: list((place / "tmp").iterdir())
    return start


def test_once_every_fact_is_right(demo):
    with demo("--once") as process:
        said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    for fact in ("proxy: v2", "authority: www.example.test",
                 "tls-version: TLSv1.3", "client-cn: alice", "verify: 0"):
        assert re.search(rf"^ *{re.escape(fact)}$", said, re.M), said
    assert demo.left() == []


def test_it_stays_until_the_interrupt(demo):
    with demo() as process:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        assert process.poll() is None, said
        port = re.search(r"https://localhost:(\d+)/", said).group(1)
        page = subprocess.run(
            ["curl", "-sk", "--noproxy", "*", "--max-time", "30",
             f"https://127.0.0.1:{port}/"], capture_output=True, text=True)
        assert "client-cert: none" in page.stdout
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert demo.left() == []
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a process of it is left")
