"""What the user wrote, what is wrong with it, and the exit status of each."""

import os
import re
import subprocess

import pytest

import harness
from pki import openssl


def run(*words, prefix=(), cwd=None):
    return subprocess.run([*prefix, harness.program(), *map(str, words)],
                          capture_output=True, text=True, timeout=60,
                          cwd=cwd, stdin=subprocess.DEVNULL)


class Files:
    """Configurations and PEM files that are wrong in many ways."""

    def __init__(self, folder, pki):
        self.folder, self.pki = folder, pki
        self.good = pki.server("www.example.com")
        self.other = pki.server("other.example.com")

    def write(self, name, *parts, mode=0o600):
        path = self.folder / name
        path.write_bytes(b"".join(
            p if isinstance(p, bytes) else p.read_bytes() for p in parts))
        path.chmod(mode)
        return path

    def conf(self, text, name="conf"):
        return self.write(name, text.encode())

    def encrypted(self):
        key = self.folder / "encrypted.key"
        openssl("pkcs8", "-topk8", "-in", self.good.key, "-passout",
                "pass:secret", "-out", key)
        return self.write("encrypted.pem", key, self.good.cert)

    def mixed(self):
        return self.write("mixed.pem", self.other.key, self.good.cert)

    def damaged(self):
        text = self.good.cert.read_bytes()
        middle = len(text) // 2
        return self.write("damaged.pem", self.good.key, text[:middle],
                          b"!!!!", text[middle + 4:])

    def cut(self):
        return self.write("cut.pem", self.good.key,
                          self.good.cert.read_bytes()[:-40])

    def no_key(self):
        return self.write("nokey.pem", self.good.cert)

    def damaged_key(self):
        text = self.good.key.read_bytes()
        return self.write("badkey.pem", self.good.cert, text[:60], b"????",
                          text[64:])

    def no_certificate(self):
        return self.write("nocert.pem", self.good.key)

    def empty(self):
        return self.write("empty.pem", b"")

    def text(self):
        return self.write("text.pem", b"This is no certificate.\n" * 100)

    def der(self):
        return self.write("der.pem", self.good.der())

    def missing(self):
        return self.folder / "missing.pem"

    def directory(self):
        path = self.folder / "directory.pem"
        path.mkdir()
        return path

    def pipe(self):
        path = self.folder / "pipe.pem"
        os.mkfifo(path)
        return path


@pytest.fixture
def files(place, pki):
    return Files(place, pki)


# ------------------------------------------------------------- --test -------

BAD = [
    ("missing", 66, "No such file"), ("mixed", 78, "another certificate"),
    ("damaged", 78, "damaged"), ("cut", 78, "damaged"),
    ("no_key", 78, "private key"), ("damaged_key", 78, "private key"),
    ("no_certificate", 78, "no certificate"), ("empty", 78, "no certificate"),
    ("text", 78, "no certificate"), ("der", 78, "no certificate"),
    ("encrypted", 78, "encrypted"), ("directory", 78, "not a regular file"),
    ("pipe", 78, "not a regular file"),
]


@pytest.mark.parametrize("how", ["--test", "for good"])
@pytest.mark.parametrize("kind, status, why", BAD)
def test_each_bad_file_is_one_sentence_with_its_place(files, kind, status, why,
                                                      how):
    file = getattr(files, kind)()
    conf = files.conf('# A comment, and\n\nfrontend = "[127.0.0.1]:0"\n'
                      f'pem-file = "{file}"\n')
    done = run("--config", conf, *["--test"] if how == "--test" else [])
    assert done.returncode == status
    assert done.stderr.startswith(f"offloader: {conf}:4: {file}: ")
    assert why in done.stderr
    assert done.stdout == ""


def test_a_bad_file_is_not_said_to_be_none(files):
    """One fault, one sentence: there is a certificate, but a bad one."""
    conf = files.conf('frontend = "[127.0.0.1]:0"\n'
                      f'pem-file = "{files.mixed()}"\n')
    done = run("--config", conf, "--test")
    assert done.stderr.count("\n") == 1


def test_an_unreadable_file_is_one_too(files, unprivileged, place):
    if os.geteuid() == 0 and not unprivileged:
        pytest.skip("root reads everything")
    secret = files.write("secret.pem", files.good.pem, mode=0)
    conf = files.conf(f'frontend = "[127.0.0.1]:0"\npem-file = "{secret}"\n')
    conf.chmod(0o644)
    done = run("--config", conf, "--test", prefix=unprivileged)
    assert done.returncode == 78
    assert f"offloader: {conf}:2: {secret}: Permission denied\n" in \
        done.stderr


def test_all_faults_are_said_at_once(files):
    conf = files.conf(f"""frontend = {{
    host = "127.0.0.1"
    port = 0
    pem-file = "{files.missing()}"
    pem-file = "{files.mixed()}"
    client-verify = required
    client-verify-ca = "{files.folder}/no-ca.pem"
}}
frontend = {{
    host = "127.0.0.1"
    port = 0
    pem-file = {{
        cert = "{files.good.cert}"
        private-key = "{files.other.key}"
    }}
    ciphers = "AES128-SHA"
    ciphersuites = "NONSENSE"
    groups = "NONSENSE"
}}
pem-file = "{files.encrypted()}"
pem-dir = "{files.folder}/no-directory"
user = "nobody-of-this-name"
backend = "no-such-host.invalid:80"
""")
    done = run("--config", conf, "--test")
    places = sorted(int(n) for n in re.findall(
        rf"^offloader: {re.escape(str(conf))}:(\d+): .+$", done.stderr, re.M))
    assert places == [4, 5, 7, 13, 16, 17, 18, 20, 21, 22, 23]
    assert done.stderr.count("\n") == len(places)


def test_a_faulty_value_does_not_hide_what_else_is_wrong(files):
    conf = files.conf(f"""frontend = {{
    host = "127.0.0.1"
    port = 0
    ciphers = "NONSENSE"
}}
pem-file = "{files.missing()}"
pem-file = {{ private-key = "{files.good.key}" }}
client-verify = required
workers = many
""")
    done = run("--config", conf, "--test")
    assert done.returncode == 78
    places = sorted(int(n) for n in re.findall(
        rf"^offloader: {re.escape(str(conf))}:(\d+): .+$", done.stderr, re.M))
    assert places == [4, 6, 7, 8, 9], done.stderr
    assert done.stderr.count("\n") == len(places)


def test_all_faults_of_grammar_are_said_at_once(files):
    conf = files.conf(f"""frontend = "[127.0.0.1]:0"
pem-file = "{files.good.pem}"
no-such-option = 1
backlog = many
idle-timeout = soon
idle-timeout = 5s
daemon = perhaps
send-proxy = v3
host = "127.0.0.1"
backend = "one:two:three"
frontend = {{
    port = 1
    cipers = x
""")
    done = run("--config", conf, "--test")
    assert done.returncode == 78
    said = dict(re.findall(rf"^offloader: {re.escape(str(conf))}:(\d+): (.+)$",
                           done.stderr, re.M))
    assert set(said) == {"3", "4", "5", "6", "7", "8", "9", "10", "11", "13"}
    assert "did you mean ciphers?" in said["13"]
    assert "is not closed" in said["11"]
    assert "line" not in said["6"] and f"{conf}:5" in said["6"]


def test_of_a_good_configuration_only_the_certificates_are_shown(files):
    conf = files.conf('frontend = "[127.0.0.1]:0"\n'
                      f'pem-file = "{files.good.pem}"\n')
    done = run("--config", conf, "--test")
    assert (done.returncode, done.stderr) == (0, "")
    head, row = done.stdout.splitlines()
    assert head.startswith("FILE ") and row.startswith(f"{files.good.pem} ")


def test_testing_opens_no_socket_and_disturbs_nobody(simple, trust, place):
    """It may be run beside the one that serves, with the same file."""
    port = harness.free_port()
    file = place / "pid"
    o = simple(f'pidfile = "{file}"\nfrontend = "127.0.0.1:{port}"')
    done = run("--config", o.config, "--test")
    assert done.returncode == 0, done.stderr
    o.connect(trust(), to=("127.0.0.1", port)).ask()
    assert file.read_text() == f"{o.pid}\n"


def test_an_included_file_has_places_of_its_own(files):
    part = files.conf("# here\nbacklog = many\n", "part.conf")
    conf = files.conf('include "part.conf"\nfrontend = "[127.0.0.1]:0"\n'
                      f'pem-file = "{files.good.pem}"\nworkers = none\n')
    done = run("--config", conf, "--test")
    assert f"{part}:2: backlog" in done.stderr
    assert f"{conf}:4: workers" in done.stderr


# ----------------------------------------------------------- exit statuses --

@pytest.mark.parametrize("words, status, said", [
    (["--no-such-option"], 64, "no-such-option"),
    (["--backlog=many"], 64, "backlog"),
    (["--backlog"], 64, "backlog"),
    (["-Z"], 64, "-Z"),
    (["--workers=0"], 64, "workers"),
    (["--config=/no/such/file"], 66, "/no/such/file"),
    (["--pem-file=/no/such/file"], 66, "/no/such/file"),
    (["--frontend=[192.0.2.77]:0"], 69, "192.0.2.77"),
    (["--frontend=[no-such-host.invalid]:0"], 69, "no-such-host.invalid"),
    (["--backend=no-such-host.invalid:80"], 69, "no-such-host.invalid"),
    (["--pidfile=/no/such/folder/pid"], 71, "/no/such/folder/pid"),
    (["--user=nobody-of-this-name"], 78, "nobody-of-this-name"),
    (["--ciphers=NONSENSE"], 78, "NONSENSE"),
    (["--client-verify=required"], 78, "client-verify-ca"),
])
def test_each_kind_of_fault_has_its_exit_status(www, words, status, said):
    frontend = [] if "--frontend" in words[0] else [
        "--frontend=[127.0.0.1]:0"]
    done = run(*frontend, *words, www.pem)
    assert done.returncode == status, done.stderr
    assert said in done.stderr


def test_without_a_certificate_it_does_not_begin():
    done = run("--frontend=[127.0.0.1]:0")
    assert done.returncode == 78
    assert "certificate" in done.stderr


def test_help_names_every_option_and_is_no_fault():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for option in ("--frontend", "--backend", "--pem-file", "--ciphers",
                   "--client-verify", "--proxy-tlv", "--workers", "--daemon",
                   "--config", "--test", "--version", "--help"):
        assert re.search(rf"{option}\b", done.stdout)
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert run("-h").stdout == done.stdout


def test_help_is_given_whatever_the_configuration_is():
    done = run("--config=/no/such/file", "--help")
    assert done.returncode == 0
    assert "--frontend" in done.stdout


def test_version_says_ours_and_that_of_openssl():
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"offloader \d+\.\d+\.\d+, with OpenSSL \d\S* .+\n",
                        done.stdout)
    assert run("-V").stdout == done.stdout


# -------------------------------------------------------------- who wins ----

def test_the_command_line_wins_over_the_file(simple, trust):
    o = simple('send-proxy = v1\nalpn-protos = "imap"', "--send-proxy=v2",
               "--alpn-protos=h2")
    c = o.connect(trust(alpn=["h2"])).ask()
    assert c.tls.selected_alpn_protocol() == "h2"
    assert o.backend.wait().header.version == 2


def test_the_command_line_is_read_again_by_a_reload(simple, trust):
    o = simple("", "--alpn-protos=h2")
    o.reload()
    c = o.connect(trust(alpn=["h2"])).ask()
    assert c.tls.selected_alpn_protocol() == "h2"


def test_a_configuration_of_hitch_is_understood(start, backend, trust, pki,
                                                www):
    """As its own documentation writes it."""
    b = backend()
    o = start(f"""
# Run 'man hitch.conf' for a description of all options.

frontend = {{
    host = "127.0.0.1"
    port = "0"
}}
backend = "{b.at}"    # 6086 is the default Varnish PROXY port.
workers = 2                     # number of CPU cores

daemon = off
user = ""
group = ""

# Enable to let clients negotiate HTTP/2 with ALPN. (default off)
alpn-protos = "h2, http/1.1"
tls-protos = TLSv1.2 TLSv1.3
ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"

# run Varnish as backend over PROXY; varnishd -a :80 -a localhost:6086,PROXY ..
pem-file = "{www.pem}"
pem-file = {{
    cert = "{pki.server('other.example.com').cert}"
    private-key = "{pki.server('other.example.com').key}"
}}
""", workers=None)
    c = o.connect(trust("1.2", alpn=["h2"]), sni="other.example.com").ask()
    assert c.shown() == "other.example.com"
    assert c.tls.selected_alpn_protocol() == "h2"
    assert len(o.workers()) == 2


@pytest.mark.parametrize("option, hint", [
    ("write-proxy-v2 = on", "send-proxy"), ("ocsp-dir = \"/x\"", "remove it"),
    ("ring-slots = 4", "remove it"), ("quiet = on", "log-level")])
def test_what_hitch_has_and_we_have_not_is_explained(files, option, hint):
    conf = files.conf(f"{option}\n")
    done = run("--config", conf, "--test")
    assert done.returncode == 78
    assert re.search(rf"{re.escape(str(conf))}:1: .*{hint}", done.stderr)
