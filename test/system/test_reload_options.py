"""Every option is changed by a reload, and what it does is looked at.

The options are those of the program's own table; the last test fails if one
is missing here. The rooms below register what they know.
"""

import os
import subprocess
from pathlib import Path

import pytest

import harness
import reload_addresses		# noqa: F401
import reload_certificates	# noqa: F401
import reload_log		# noqa: F401
import reload_processes		# noqa: F401
import reload_tls		# noqa: F401
from reload_stage import LOOKS, Stage

NEEDS_ROOT = {"chroot", "user", "group", "syslog", "syslog-facility"}


@pytest.fixture
def stage(request):
    return lambda scope: Stage(request, scope)


@pytest.mark.parametrize("scope, option", sorted(LOOKS))
def test_a_reload_changes_every_option(stage, scope, option):
    if option in NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("needs root")
    LOOKS[scope, option](stage(scope))


def test_every_option_is_looked_at():
    """And those that need a restart are those that say so."""
    rows = Path(os.environ.get("OFFLOADER_BUILD", "."), "test/shape/rows")
    if not rows.exists():
        pytest.skip("no option rows without a build folder")
    lines = subprocess.run([rows, "list"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert {tuple(line.split()[:2]) for line in lines} == set(LOOKS)
    assert {line.split()[1] for line in lines if line.endswith(" restart")} \
        == {"daemon", "key-isolation", "pidfile", "control-socket"}
    help_text = subprocess.run([harness.program(), "--help"], text=True,
                               capture_output=True).stdout
    assert " ".join(help_text.split()).count("A change needs a restart.") == 4
