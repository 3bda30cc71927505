"""What is said of certificates that can be loaded, and what clients get."""

import re
import subprocess

import pytest

import harness


def run_test(conf):
    return subprocess.run([harness.program(), "--test", "--config", conf],
                          capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


def rows(done):
    """What the table has of each file, without its folder: name, ... chain."""
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["FILE", "NAMES", "KEY", "DAYS", "CHAIN"]
    found = {}
    for line in lines[1:]:
        file, *rest = re.split("  +", line)
        found[file.rsplit("/", 1)[-1]] = rest
    assert len(found) == len(lines) - 1
    return found


def warnings(text, file):
    return re.findall(rf"warning: {re.escape(str(file))}: (.*)", text)


class Shelf:
    """Certificates that are good, and others that could be better."""

    def __init__(self, folder, pki, made):
        self.folder, self.ca, self.made = folder, pki.ca, made
        self.middle = pki.intermediate()
        self.pair = self.middle.server("www.example.com", "example.com")
        self.other = pki.server("other.example.com")

    def write(self, name, *parts):
        path = self.folder / name
        path.write_bytes(b"".join(p.read_bytes() for p in parts))
        return path

    def good(self):
        return self.write("good.pem", self.pair.key, self.pair.cert,
                          self.middle.ca)

    def mixed_up(self):
        return self.write("mixed-up.pem", self.ca, self.other.cert,
                          self.pair.cert, self.middle.ca, self.pair.key)

    def expired(self):
        """One of a client, too."""
        return self.write("old.pem", self.made / "expired.pem")

    def conf(self, *files, more=""):
        path = self.folder / "test.conf"
        path.write_text('frontend = "[127.0.0.1]:0"\n' + more + "".join(
            f'pem-file = "{f}"\n' for f in files))
        return path


@pytest.fixture
def shelf(place, pki, made):
    return Shelf(place, pki, made)


def test_a_table_shows_each_certificate_and_what_is_wrong_is_said(shelf):
    good, mixed, old = shelf.good(), shelf.mixed_up(), shelf.expired()
    done = run_test(shelf.conf(good, mixed, old))
    assert done.returncode == 0, done.stderr
    table = rows(done)
    days = [int(row.pop(2)) for row in table.values()]
    assert days[0] in (89, 90) and days[1] == days[0] and days[2] < -9000
    assert list(table.items()) == [
        ("good.pem", ["www.example.com +1 more", "EC256", "complete"]),
        ("mixed-up.pem", ["www.example.com +1 more", "EC256", "mended"]),
        ("old.pem", ["alice", "EC256", "no issuer"])]
    assert warnings(done.stderr, good) == []
    assert warnings(done.stderr, mixed) == [
        f"\"{name}\" is also in {good}; this one is shown"
        for name in ("www.example.com", "example.com")] + [
        "its chain is in the wrong order; it is sent in the correct order",
        "unrelated certificates in the file are left out: 1"]
    age, *others = warnings(done.stderr, old)
    assert re.fullmatch(r"it expired \d{4,5} days ago", age)
    assert others == [
        "it has no subjectAltName: most clients ignore the common name",
        "it is not for servers: serverAuth is missing in its "
        "extendedKeyUsage"]
    assert done.stderr.count("\n") == 7


def test_what_can_be_loaded_is_shown_beside_what_cannot(shelf):
    good, missing = shelf.good(), shelf.folder / "missing.pem"
    done = run_test(shelf.conf(missing, good, more="groups = NONSENSE\n"))
    assert done.returncode == 66
    assert rows(done).keys() == {"good.pem"}
    assert str(missing) in done.stderr and "NONSENSE" in done.stderr
    assert done.stderr.count("\n") == 2


def test_faults_stand_below_the_table(shelf):
    done = subprocess.run(
        [harness.program(), "--test", "--config", shelf.conf(
            shelf.folder / "missing.pem", shelf.good())],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=60, stdin=subprocess.DEVNULL)
    head, row, fault = done.stdout.splitlines()
    assert head.startswith("FILE") and "good.pem" in row
    assert fault.endswith("missing.pem: No such file or directory")


def test_an_issuer_that_is_missed_is_said(shelf):
    alone = shelf.write("alone.pem", shelf.pair.cert, shelf.pair.key)
    wrong = shelf.write("wrong.pem", shelf.pair.cert, shelf.other.cert,
                        shelf.pair.key)
    done = run_test(shelf.conf(alone, wrong))
    # It may be a root: clients have those.
    assert rows(done)["alone.pem"][-1] == "no issuer"
    assert rows(done)["wrong.pem"][-1] == "incomplete"
    assert "lacks the issuer" in warnings(done.stderr, wrong)[-1]


def sent(o, shelf):
    """The certificates that a client is sent, as PEM."""
    address = harness.to_text(o.address)
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-showcerts",
         "-servername", "www.example.com", "-CAfile", shelf.ca],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert "Verify return code: 0 (ok)" in done.stdout
    return re.findall("-----BEGIN CERT.*?END CERTIFICATE-----", done.stdout,
                      re.DOTALL)


def test_a_client_gets_the_mended_chain(shelf, start, backend):
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'pem-file = "{shelf.mixed_up()}"\n')
    wanted = [p.read_text() for p in (shelf.pair.cert, shelf.middle.ca,
                                      shelf.ca)]
    assert sent(o, shelf) == [re.search("-----BEGIN CERT.*-----", text,
                                        re.DOTALL)[0] for text in wanted]


def test_a_reload_does_not_say_it_again(shelf, start, backend):
    mixed, old = shelf.mixed_up(), shelf.expired()
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{backend().at}"\n'
              f'pem-file = "{mixed}"\npem-file = "{old}"\n')
    o.log.wait("mixed-up.pem: its chain")
    o.log.wait("old.pem: it expired")

    def read_again():
        since = o.mark()
        o.reload()
        return since, int(o.log.wait(r"certificates read: (\d+)", since)[1])
    # What was written a moment ago is read once more.
    harness.wait_until(lambda: read_again()[1] == 0, "nothing read again")
    old.write_bytes(old.read_bytes() + b"\n")
    since, n = read_again()
    assert n == 1
    o.log.wait("old.pem: it expired", since)
    assert not o.log.find("mixed-up.pem: its chain", since)
