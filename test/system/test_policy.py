"""What TLS is spoken: versions, ciphers, and what is never done."""

import re
import ssl
import subprocess

import pytest

import harness
import hello
from pki import openssl

AEAD_ECDHE = {
    "ecdsa": {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
              "ECDHE-ECDSA-CHACHA20-POLY1305"},
    "rsa": {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-RSA-CHACHA20-POLY1305"},
}
TLS13 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
         "TLS_CHACHA20_POLY1305_SHA256"}


@pytest.fixture
def serving(start, backend, pki):
    """The program with a certificate of each kind of key."""
    def make(more="", key="ec", **how):
        b = backend(how.pop("serve", harness.echo))
        o = start('frontend = "[127.0.0.1]:0"\n'
                  f'backend = "{b.at}"\n{more}\n'
                  f'pem-file = "{pki.server("www.example.com", key=key).pem}"',
                  **how)
        o.backend = b
        return o
    return make


def every_suite():
    """Numbers of all that openssl knows before TLS 1.3, and a few more."""
    listed = openssl("ciphers", "-V",
                                "ALL:COMPLEMENTOFALL:@SECLEVEL=0").decode()
    found = re.findall(r"0x(..),0x(..) - (\S+)", listed)
    suites = {int(a + b, 16): name for a, b, name in found}
    suites.update({0x0004: "RC4-MD5", 0x0005: "RC4-SHA", 0x000a: "DES-CBC3",
                   0x0033: "DHE-RSA-AES128-SHA", 0x0003: "EXP-RC4-MD5"})
    return {number: name for number, name in suites.items()
            if not name.startswith("TLS_")}


@pytest.mark.parametrize("key, kind", [("ec", "ecdsa"), ("rsa", "rsa")])
def test_tls_1_2_has_nothing_but_ecdhe_and_aead(serving, key, kind):
    """Each suite is offered alone, and nothing else."""
    o = serving(key=key)
    taken = set()
    for number, name in every_suite().items():
        answer = hello.greet(o.address, hello.hello(suites=(number,)))
        if hello.is_answered(answer):
            taken.add(name)
        else:
            assert hello.alert_of(answer) == hello.HANDSHAKE_FAILURE, name
    assert taken == AEAD_ECDHE[kind]


@pytest.mark.parametrize("group, taken", [
    ("X25519", True), ("P-256", True), ("P-384", True),
    ("P-521", False), ("X448", False), ("ffdhe2048", False),
    ("ffdhe8192", False)])
def test_only_groups_that_cost_little_are_taken(serving, group, taken):
    said = harness.s_client(serving(), "-tls1_3", "-groups", group)
    assert ("New, TLSv1.3, Cipher is TLS_" in said) == taken, said
    assert ("handshake failure" in said) != taken, said


@pytest.mark.parametrize("cipher", sorted(AEAD_ECDHE["ecdsa"]))
def test_those_it_has_work(serving, cipher):
    o = serving()
    said = harness.s_client(o, "-tls1_2", "-cipher", cipher)
    assert f"Cipher is {cipher}" in said
    assert "Verify return code" in said


def test_tls_1_3_has_its_three_suites(serving, trust):
    o = serving()
    for number, name in zip(hello.TLS13_SUITES, sorted(TLS13)):
        said = harness.s_client(o, "-tls1_3", "-ciphersuites", name)
        assert f"Cipher is {name}" in said


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302])
def test_old_versions_are_refused(serving, version):
    answer = hello.greet(serving().address, hello.hello(
        version=version, suites=hello.OLD_SUITES + hello.TLS12_SUITES))
    assert not hello.is_answered(answer)
    assert hello.alert_of(answer) in (hello.PROTOCOL_VERSION,
                                      hello.HANDSHAKE_FAILURE)


@pytest.mark.parametrize("protos, good, bad", [
    ("TLSv1.2", "1.2", "1.3"), ("TLSv1.3", "1.3", "1.2")])
def test_a_version_may_be_left_out(serving, trust, protos, good, bad):
    o = serving(f"tls-protos = {protos}")
    o.connect(trust(good)).ask()
    with pytest.raises(ssl.SSLError):
        o.connect(trust(bad))


@pytest.mark.parametrize("ours, expected", [
    ("on", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("off", "ECDHE-ECDSA-AES128-GCM-SHA256")])
def test_the_servers_order_counts_if_wanted(serving, ours, expected):
    o = serving(f"prefer-server-ciphers = {ours}\n"
                'ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:'
                'ECDHE-ECDSA-AES128-GCM-SHA256"')
    said = harness.s_client(
        o, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:"
        "ECDHE-ECDSA-AES256-GCM-SHA384")
    assert f"Cipher is {expected}" in said


def test_suites_and_groups_may_be_chosen(serving, trust):
    o = serving("ciphersuites = TLS_CHACHA20_POLY1305_SHA256\n"
                'groups = "P-384"')
    c = o.connect(trust("1.3")).ask()
    assert c.tls.cipher()[0] == "TLS_CHACHA20_POLY1305_SHA256"
    assert o.backend.wait().header.text("group") == "secp384r1"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_nothing_is_compressed(serving, version):
    assert "Compression: NONE" in harness.s_client(serving(), version, "-comp")


def test_a_client_cannot_renegotiate(serving):
    o = serving()
    said = harness.s_client(o, "-tls1_2", send=b"R\n")
    assert "RENEGOTIATING" in said
    assert re.search("no renegotiation|handshake failure|NO_RENEGOTIATION",
                     said, re.I)
    assert o.backend.count() == 1


def test_renegotiation_is_secure_all_the_same(serving):
    """The extension is there (RFC 5746), or browsers would not connect."""
    assert "Secure Renegotiation IS supported" in harness.s_client(serving(),
                                                           "-tls1_2")


def test_early_data_is_not_wanted(serving):
    """It could be replayed. A ticket says how much of it is allowed."""
    o = serving(serve=lambda accepted: accepted.send(b"220 ready\r\n"))
    said = harness.s_client(o, "-tls1_3", "-ign_eof")
    assert "220 ready" in said
    assert "Max Early Data: 0\n" in said


@pytest.mark.parametrize("ciphers", [
    "AES128-SHA", "AES128-GCM-SHA256", "ECDHE+AESGCM:AES128-SHA",
    "DHE-RSA-AES128-GCM-SHA256", "aNULL", "NULL", "ALL", "PSK",
    "ADH-AES128-SHA:@SECLEVEL=0", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0",
])
@pytest.mark.parametrize("how", ["file", "line"])
def test_ciphers_without_forward_secrecy_are_refused(www, place, ciphers, how):
    """Static RSA above all: its key once stolen opens all that was recorded."""
    conf = place / "conf"
    conf.write_text(f'frontend = "[127.0.0.1]:0"\npem-file = "{www.pem}"\n' +
                    (f'ciphers = "{ciphers}"\n' if how == "file" else ""))
    done = subprocess.run(
        [harness.program(), "--test", "--config", conf] +
        ([f"--ciphers={ciphers}"] if how == "line" else []),
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 78
    where = f"{conf}:3: " if how == "file" else "command line: "
    assert f"{where}ciphers" in done.stderr


def test_nor_can_they_be_set_by_openssl_conf(www, place):
    """SSL_CONF's own words for the same."""
    conf = place / "conf"
    conf.write_text(f'frontend = "[127.0.0.1]:0"\npem-file = "{www.pem}"\n'
                    'openssl-conf = "CipherString:AES128-SHA"\n')
    done = subprocess.run([harness.program(), "--test", "--config", conf],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 78
    assert "AES128-SHA" in done.stderr


@pytest.mark.parametrize("command", [
    "MinProtocol:TLSv1", "Options:UnsafeLegacyRenegotiation",
    "Options:ClientRenegotiation", "Options:Compression",
    "SignatureAlgorithms:RSA+SHA1"])
def test_openssl_conf_weakens_only_what_it_names(serving, command):
    """The ciphers stay forward secret whatever else somebody asked for."""
    o = serving(f'openssl-conf = "{command}"', key="rsa")
    answer = hello.greet(o.address, hello.hello(
        suites=(0x002f, 0x0035, 0x009c, 0x009d)))
    assert not hello.is_answered(answer)
