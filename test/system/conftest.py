"""Fixtures: certificates, backends, and the program in front of them."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

import harness
import pki as pki_module
import quick

# These have assertions that are not in a test's own file.
pytest.register_assert_rewrite(
    "reload_addresses", "reload_certificates", "reload_log",
    "reload_processes", "reload_tls")

def pytest_configure(config):
    config.addinivalue_line("markers", "quick: listed in quick.py")


def pytest_collection_modifyitems(config, items):
    lost = quick.mark(items)
    if lost and config.option.markexpr == "quick":
        raise pytest.UsageError(f"quick.py lists no test: {', '.join(lost)}")


# Keys are their owner's alone, whoever writes them; what others must enter or
# read is opened where it is made.
os.umask(0o077)


@pytest.fixture(scope="session")
def folder():
    """A place that any user may enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="offloader-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def made(folder):
    """The folder that certs/make.sh filled."""
    return pki_module.make(folder / "certs")


@pytest.fixture(scope="session")
def pki(folder, made):
    return pki_module.Pki(folder / "pki", made / "ca.pem", made / "ca.key")


@pytest.fixture(scope="session")
def stranger(folder):
    """An authority that nobody here trusts, with the first one's name."""
    return pki_module.namesake(folder / "stranger", "Test CA")


@pytest.fixture(scope="session")
def www(pki):
    """The certificate of most tests."""
    return pki.server("www.example.com", "example.com")


@pytest.fixture(scope="session")
def trust(pki):
    """Makes a client's context; most need one."""
    def make(version=None, **how):
        return harness.context(pki.ca, version, **how)
    return make


@pytest.fixture
def place(folder):
    """A folder for one test, open for every user."""
    path = Path(tempfile.mkdtemp(dir=folder))
    path.chmod(0o777)
    return path


@pytest.fixture
def reports(place):
    """Where the sanitizers report; nothing may be there at the end."""
    path = place / "reports"
    path.mkdir()
    path.chmod(0o1777)
    return path


@pytest.fixture
def launch(place, reports):
    """Starts the program and waits for nothing; ends it after the test."""
    running = []

    def make(text, *options, **how):
        where = place / f"offloader{len(running)}"
        where.mkdir()
        where.chmod(0o755)
        running.append(harness.Offloader(where, reports, text, options,
                                         **how))
        return running[-1]
    yield make
    failures = []
    for offloader in running:
        try:
            offloader.stop()
        except AssertionError as e:
            failures.append(str(e))
    assert not failures, "\n".join(failures)


@pytest.fixture
def start(launch):
    """The same, and waits until it serves."""
    def make(text, *options, **how):
        return launch(text, *options, **how).wait_ready()
    return make


@pytest.fixture
def backend(launch):
    """Makes backends. They go before the program does: it waits for them."""
    running = []

    def make(serve=harness.echo, *place, **how):
        running.append(harness.Backend(serve, *place, **how))
        return running[-1]
    yield make
    for one in running:
        one.stop()


@pytest.fixture
def unprivileged():
    """What to put before a command so that nobody in particular runs it."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def simple(start, backend, www):
    """The program as most use it, before an echo: its words may be added."""
    def make(more="", *options, **how):
        made = backend(how.pop("serve", harness.echo))
        offloader = start(
            'frontend = "[127.0.0.1]:0"\n'
            f'backend = "{made.at}"\npem-file = "{www.pem}"\n{more}\n',
            *options, **how)
        offloader.backend = made
        return offloader
    return make
