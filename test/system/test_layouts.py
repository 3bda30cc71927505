"""Where certificates and keys come from, and in what state they may be."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import harness
from pki import openssl

NAMES = ("a.example.org", "b.example.org")


def plain(folder, name, pair):
    (folder / f"{name}.pem").write_bytes(pair.pem.read_bytes())


def certbot(folder, name, pair):
    archive = folder.parent / "archive" / name
    archive.mkdir(parents=True, exist_ok=True)
    live = folder / name
    live.mkdir(exist_ok=True)
    (folder / "README").write_text("This directory contains your keys.\n")
    for end, source in (("fullchain", pair.cert), ("privkey", pair.key)):
        n = len(list(archive.glob(f"{end}*"))) + 1
        (archive / f"{end}{n}.pem").write_bytes(source.read_bytes())
        new = live / "new"
        new.symlink_to(f"../../archive/{name}/{end}{n}.pem")
        new.rename(live / f"{end}.pem")


def dehydrated(folder, name, pair):
    own = folder / name
    own.mkdir(exist_ok=True)
    for end, source in (("fullchain", pair.cert), ("privkey", pair.key)):
        n = 1700000000 + len(list(own.iterdir()))
        (own / f"{end}-{n}.pem").write_bytes(source.read_bytes())
        (own / "new").symlink_to(f"{end}-{n}.pem")
        (own / "new").rename(own / f"{end}.pem")
    (own / "cert.csr").write_text("a request")


def lego(folder, name, pair):
    for end, source in (("crt", pair.cert), ("key", pair.key),
                        ("issuer.crt", pair.cert)):
        (folder / f"{name}.{end}").write_bytes(source.read_bytes())
    (folder / f"{name}.json").write_text("{}")


LAYOUTS = plain, certbot, dehydrated, lego


@pytest.fixture
def certs(place):
    path = place / "certs"
    path.mkdir()
    return path


@pytest.fixture
def served(start, backend):
    """The program with these lines of configuration, before an echo."""
    def make(text, **how):
        b = backend()
        return start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
                     f"{text}\n", **how)
    return make


@pytest.fixture
def told(place, reports):
    """Tries a configuration: the exit status, and what was said."""
    def make(text, *options, leaks=True):
        conf = place / "tried.conf"
        conf.write_text(text)
        done = subprocess.run(
            [harness.program(), "--config", conf, *options],
            capture_output=True, text=True, timeout=60,
            env=harness.sanitized(reports, leaks))
        return done.returncode, done.stderr
    return make


def shown(o, trust, name):
    return o.connect(trust(), sni=name).ask().tls.getpeercert(True)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_every_layout_is_served_and_renewed(served, trust, pki, certs,
                                            layout):
    for name in NAMES:
        layout(certs, name, pki.server(name))
    o = served(f'pem-dir = "{certs}"')
    for name in NAMES:
        assert shown(o, trust, name) == pki.server(name).der()
    assert not o.log.find("warning|error")
    new = pki.server(NAMES[0], again=1)
    layout(certs, NAMES[0], new)
    o.reload()
    assert shown(o, trust, NAMES[0]) == new.der()
    assert shown(o, trust, NAMES[1]) == pki.server(NAMES[1]).der()


def test_what_is_passed_over_is_said(served, pki, certs):
    certbot(certs, NAMES[0], pki.server(NAMES[0]))
    (certs / "x.pem~").write_text("old")
    (certs / "cut.pem").write_bytes(pki.server(NAMES[1]).pem.read_bytes()[:-60])
    o = served(f'pem-dir = "{certs}"')
    o.log.wait("info: .*x.pem~ skipped: its name is that of a backup")
    o.log.wait("info: .*README skipped: it contains no certificate")
    o.log.wait("warning: .*cut.pem skipped: the file is incomplete")


DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def mismatched(pki):
    return pki.server(NAMES[1]).cert.read_bytes() + \
        pki.server(NAMES[0]).key.read_bytes()


def test_one_bad_file_stops_the_start_and_no_reload(
        told, served, trust, pki, certs):
    plain(certs, NAMES[0], pki.server(NAMES[0]))
    bad = certs / f"{NAMES[1]}.pem"
    bad.write_bytes(mismatched(pki))
    text = f'pem-dir = "{certs}"\n'
    for more in (), ("--test",):
        status, said = told(text, *more)
        assert status == 78
        assert f"tried.conf:1: {bad}: the private key belongs" in said

    plain(certs, NAMES[1], pki.server(NAMES[1]))
    o = served(text)
    assert shown(o, trust, NAMES[1]) == pki.server(NAMES[1]).der()
    new = pki.server(NAMES[0], again=1)
    plain(certs, NAMES[0], new)
    for broken in (mismatched(pki), DAMAGED, b"", bad.read_bytes()[:-60]):
        bad.write_bytes(broken)
        since = o.mark()
        o.reload()
        o.log.wait(rf"error: .*{bad}: .*; the one that was read before is "
                   "still shown", since)
        assert shown(o, trust, NAMES[0]) == new.der()
        assert shown(o, trust, NAMES[1]) == pki.server(NAMES[1]).der()
    # One that was never good is left out; one that is gone is gone.
    (certs / "third.pem").write_bytes(mismatched(pki))
    bad.unlink()
    o.reload()
    o.log.wait(r"error: .*third.pem: .*; left out")
    assert shown(o, trust, NAMES[1]) == new.der()


def test_a_lenient_start_leaves_bad_files_out(served, told, trust, pki,
                                              certs):
    plain(certs, NAMES[0], pki.server(NAMES[0]))
    (certs / "bad.pem").write_bytes(mismatched(pki))
    o = served(f'pem-dir = "{certs}"\npem-dir-lenient = on')
    o.log.wait(r"error: .*bad.pem: the private key .*; left out")
    assert shown(o, trust, NAMES[0]) == pki.server(NAMES[0]).der()
    # But with none at all there is nothing to start.
    (certs / f"{NAMES[0]}.pem").unlink()
    status, said = told(f'pem-dir = "{certs}"\npem-dir-lenient = on\n')
    assert status == 78
    assert "has no certificate" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give files away")
def test_a_groups_right_to_read_is_roots_to_give(served, told, pki, place):
    key = place / "www.pem"
    key.write_bytes(pki.server(NAMES[0]).pem.read_bytes())
    text = f'pem-file = "{key}"\n'
    for mode, owner, good in ((0o600, 0, True), (0o640, 0, True),
                              (0o644, 0, False), (0o660, 0, False),
                              (0o600, 65534, True), (0o640, 65534, False)):
        key.chmod(mode)
        os.chown(key, owner, 65534)
        status, said = told(text, "--test")
        assert status == (0 if good else 78), oct(mode)
        assert good or f"{key}: other users can read or change" in said
    assert told(text + "allow-loose-keys = on\n", "--test") == (0, "")


def test_loose_keys_are_used_only_as_long_as_that_is_allowed(
        served, trust, pki, place):
    key = place / "www.pem"
    key.write_bytes(pki.server(NAMES[0]).pem.read_bytes())
    key.chmod(0o644)
    text = f'pem-file = "{key}"\nallow-loose-keys = on'
    o = served(text)
    good = o.config.read_text()
    o.reload()
    said = o.reload_refused(good.replace("= on", "= off"))
    assert "other users can read or change this secret" in said[0]
    # A chain is for all to read.
    apart = pki.server(NAMES[0])
    apart.cert.chmod(0o644)
    o.reload(good.replace(text, "pem-file = {\n"
                          f'cert = "{apart.cert}"\n'
                          f'private-key = "{apart.key}"\n}}'))
    assert shown(o, trust, NAMES[0]) == apart.der()


@pytest.mark.parametrize("form", ["pkcs8", "old"])
def test_a_passphrase_opens_a_key(served, told, trust, pki, place, form):
    pair = pki.server(NAMES[0])
    key, word = place / "locked.key", place / "word"
    if form == "pkcs8":
        openssl("pkcs8", "-topk8", "-in", pair.key, "-passout", "pass:sesame",
                "-out", key)
        assert "ENCRYPTED PRIVATE KEY" in key.read_text()
    else:
        openssl("ec", "-in", pair.key, "-aes256", "-passout", "pass:sesame",
                "-out", key)
        assert "Proc-Type: 4,ENCRYPTED" in key.read_text()
    word.write_text("sesame\n")
    block = f'cert = "{pair.cert}"\nprivate-key = "{key}"\n'
    own = f'pem-file = {{\n{block}key-passphrase-file = "{word}"\n}}\n'
    for text in (own, f'key-passphrase-file = "{word}"\n'
                 f"pem-file = {{\n{block}}}\n"):
        o = served(text)
        o.reload()
        assert shown(o, trust, NAMES[0]) == pair.der()
    for text, said in (("Sesame\n", f"{key}: wrong passphrase in {word}"),
                       ("", f"{word}: no passphrase")):
        word.write_text(text)
        assert told(own, "--test")[0] == 78
        assert said in told(own, "--test")[1]
    word.write_text("sesame\n")
    word.chmod(0o644)
    assert f"{word}: other users can read" in told(own, "--test")[1]
    assert f"{key}: the private key is encrypted: set " \
        "key-passphrase-file" in \
        told(f"pem-file = {{\n{block}}}\n", "--test")[1]


def test_credentials_are_found_by_name(served, told, trust, pki, place,
                                       monkeypatch):
    pair = pki.server(NAMES[0])
    given = place / "given"
    given.mkdir()
    (given / "www.crt").write_bytes(pair.cert.read_bytes())
    (given / "www.key").write_bytes(pair.key.read_bytes())
    text = 'pem-file = {\ncert = "www.crt"\nprivate-key = "www.key"\n}\n'
    status, said = told(text, "--test")
    assert status == 66
    assert "tried.conf:2: www.crt: No such file" in said
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    o = served(text)
    o.reload()
    assert shown(o, trust, NAMES[0]) == pair.der()


def test_a_key_may_be_named_by_a_files_uri(served, told, trust, pki, place):
    pair = pki.server(NAMES[0])
    text = f'pem-file = {{\ncert = "{pair.cert}"\nprivate-key = "%s"\n}}\n'
    o = served(text % f"file:{pair.key}")
    o.reload()
    assert shown(o, trust, NAMES[0]) == pair.der()
    cert = place / "cert"
    cert.write_bytes(pair.cert.read_bytes())
    for uri, why, expected in (
            (f"file:{place}/none", "No such file", 66),
            (f"file:{cert}", "cannot load a private key", 78),
            (f"file:{pki.server(NAMES[1]).key}", "belongs to another", 78),
            ("nosuch:key", "cannot load a private key", 78)):
        status, said = told(text % uri, "--test")
        assert status == expected
        assert said.count("\n") == 1
        assert f"{uri}: {why}" in said or f"{uri}: the private key {why}" \
            in said


MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def engine():
    """Whether OpenSSL finds the PKCS#11 engine, of libp11."""
    done = subprocess.run(["openssl", "engine", "pkcs11"],
                          capture_output=True)
    return done.returncode == 0 and shutil.which("softhsm2-util") and \
        Path(MODULE).exists()


@pytest.mark.skipif(not engine(), reason="SoftHSM or the engine for PKCS#11 "
                    "is not installed")
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_key_may_stay_in_its_token(served, told, trust, pki, place, kind,
                                     monkeypatch):
    pair = pki.server(NAMES[0], key=kind)
    (place / "tokens").mkdir()
    (place / "softhsm.conf").write_text(
        f"directories.tokendir = {place}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", f"{place}/softhsm.conf")
    monkeypatch.setenv("PKCS11_MODULE_PATH", MODULE)
    for words in (["--init-token", "--free", "--label", "web", "--so-pin",
                   "5678"],
                  ["--import", pair.key, "--token", "web", "--label", "www",
                   "--id", "01"]):
        subprocess.run(["softhsm2-util", *words, "--pin", "1234"], check=True,
                       stdout=subprocess.DEVNULL)
    pin = place / "pin"
    pin.write_text("1234\n")
    uri = "pkcs11:token=web;object=www;type=private"
    text = (f'key-passphrase-file = "{pin}"\npem-file = {{\n'
            f'cert = "{pair.cert}"\nprivate-key = "{uri}"\n}}\n')
    # What the engine keeps it never gives back.
    o = served(text, workers=2, leaks=False)
    for _ in range(3):
        assert shown(o, trust, NAMES[0]) == pair.der()
        o.reload()
    o.log.wait(": sandbox: (.*not filtered|.*; wider, for keys in tokens$)")
    # Only who asks a token may do what that takes: it has to be another one.
    with_token = o.config.read_text()
    for again in (with_token.replace(text, f'pem-file = "{pair.pem}"\n'),
                  with_token):
        assert again != o.config.read_text()
        o.reload(again)
        assert shown(o, trust, NAMES[0]) == pair.der()
    status, said = told(text.replace("=www;", "=nobody;"), "--test",
                        leaks=False)
    assert status == 78 and "nobody;type=private: no such key" in said
    pin.write_text("4321\n")
    status, said = told(text, "--test", leaks=False)
    assert status == 78 and f"or wrong PIN in {pin}" in said
