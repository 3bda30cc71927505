"""Which of several certificates a client is shown, and who may choose."""

import pytest

import harness

ECDSA, ED25519, RSA_PSS = "ECDSA+SHA256", "ed25519", "RSA-PSS+SHA256"
RSA_PKCS1 = "RSA+SHA256"
ALL = ":".join([ECDSA, ED25519, RSA_PSS, RSA_PKCS1])
ECDSA_CIPHER = "ECDHE-ECDSA-AES128-GCM-SHA256"
RSA_CIPHER = "ECDHE-RSA-AES128-GCM-SHA256"


@pytest.fixture
def serving(start, backend, pki):
    """Certificates of these kinds for one name, the first the default."""
    def make(*kinds, more=""):
        b = backend()
        certs = {k: pki.server("www.example.com", cn=k, key=k) for k in kinds}
        o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n{more}\n'
                  + "".join(f'pem-file = "{certs[k].pem}"\n' for k in kinds))
        o.backend, o.certs = b, certs
        return o
    return make


def visit(offloader, *words, sni="www.example.com"):
    """What openssl s_client says of the certificate it was shown."""
    name = ["-servername", sni] if sni else ["-noservername"]
    return harness.s_client(offloader, *name, *words)


V12, V13 = "-tls1_2", "-tls1_3"


@pytest.mark.parametrize("kinds, words, shown", [
    ("ec ed25519 rsa", [V13, "-sigalgs", ALL], "ec"),
    ("rsa ed25519 ec", [V13, "-sigalgs", ALL], "ec"),
    ("rsa ed25519 ec", [V13], "ec"),
    ("rsa ed25519 ec", [V12], "ec"),
    ("ec ed25519 rsa", [V13, "-sigalgs", RSA_PSS], "rsa"),
    ("rsa ec ed25519", [V13, "-sigalgs", RSA_PSS + ":ed25519"], "ed25519"),
    ("ec rsa", [V12, "-sigalgs", RSA_PKCS1], "rsa"),
    # In TLS 1.2 it takes a cipher as well, and the curve.
    ("ec rsa", [V12, "-sigalgs", ALL, "-cipher", RSA_CIPHER], "rsa"),
    ("ec rsa", [V12, "-sigalgs", ALL, "-cipher", ECDSA_CIPHER], "ec"),
    ("rsa ed25519", [V12, "-cipher", ECDSA_CIPHER], "ed25519"),
    ("rsa ed25519", [V12, "-cipher", RSA_CIPHER], "rsa"),
    ("ec rsa", [V12, "-groups", "X25519"], "rsa"),
    ("ec rsa", [V13, "-groups", "X25519"], "ec"),
    # In TLS 1.3 a scheme is a curve.
    ("p384 rsa", [V13, "-sigalgs", ALL], "rsa"),
    ("p384 rsa", [V13, "-sigalgs", ALL + ":ECDSA+SHA384"], "p384"),
    ("p384 rsa", [V12, "-sigalgs", ALL], "p384"),
])
def test_each_client_gets_the_best_it_can_use(serving, kinds, words, shown):
    told = {"ec": "EC256", "p384": "EC384", "ed25519": "ED256",
            "rsa": "RSA2048"}
    o = serving(*kinds.split())
    assert f"subject=CN = {shown}\n" in visit(o, *words)
    # Nobody but the one that was shown is told of.
    assert o.backend.wait().header.text("key-alg") == told[shown]


@pytest.mark.parametrize("sni", [None, "127.0.0.1", "unknown.example.org"])
@pytest.mark.parametrize("sigalgs, shown", [
    (ALL, "rsa"), (RSA_PSS, "rsa"), (ECDSA, "ec"), (ED25519, "ed25519")])
def test_the_default_has_companions(serving, sni, sigalgs, shown):
    o = serving("rsa", "ed25519", "ec")
    assert f"subject=CN = {shown}\n" in visit(o, V13, "-sigalgs", sigalgs,
                                              sni=sni)


@pytest.mark.parametrize("version", [V12, V13])
def test_who_can_use_none_gets_an_alert_and_no_backend(serving, version):
    o = serving("ec", "ed25519")
    assert "subject=" not in visit(o, version, "-sigalgs",
                                   f"{RSA_PSS}:{RSA_PKCS1}")
    line = o.log.wait("conn .*end=handshake").string
    assert "internal" not in line
    assert o.backend.count() == 0


def test_kinds_side_by_side_are_no_duplicates(serving):
    o = serving("ec", "ed25519", "rsa")
    assert not o.log.find("is also in")


STRICT = 'client-verify = required\nclient-verify-ca = "{ca}"\n'


def block(pair, more=""):
    return f'pem-file {{\ncert = "{pair.pem}"\n{more}}}\n'


@pytest.fixture
def www(pki):
    """For www.example.com by name and by wildcard, of both kinds."""
    names = {"exact": "www.example.com", "wild": "*.example.com"}
    return {f"{n}-{k}": pki.server(names[n], cn=f"{n}-{k}", key=k)
            for n in names for k in ("ec", "rsa")}


@pytest.mark.parametrize("version", [V12, V13])
@pytest.mark.parametrize("strict, let_in", [
    ("exact-ec", False), ("", True), ("wild-rsa", False)])
def test_a_policy_cannot_be_evaded(start, backend, pki, www, version, strict,
                                   let_in):
    """The client has no certificate, and cannot use the closest of ours."""
    b = backend()
    ask = STRICT.format(ca=pki.ca)
    o = start(f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n' + "".join(
        block(www[k], ask if k == strict else "")
        for k in ("exact-ec", "wild-rsa")))
    said = visit(o, version, "-sigalgs", f"{RSA_PSS}:{RSA_PKCS1}")
    assert ("subject=CN = wild-rsa\n" in said) == let_in
    if let_in:
        b.wait()
    else:
        o.log.wait("conn .*end=handshake")
        assert b.count() == 0


def test_one_name_under_two_policies_is_refused(start, backend, pki, www):
    b = backend()
    head = f'frontend = "[127.0.0.1]:0"\nbackend = "{b.at}"\n'
    strict = STRICT.format(ca=pki.ca)
    o = start(head + block(www["exact-ec"], strict))
    o.reload_refused(head + block(www["exact-ec"])
                     + block(www["exact-rsa"], strict))
    said = o.log.wait("shares a name with").string
    ours, theirs = said.split("shares")
    assert "offloader.conf:7" in ours and str(www["exact-rsa"].pem) in ours
    assert "offloader.conf:4" in theirs and str(www["exact-ec"].pem) in theirs
