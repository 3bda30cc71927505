"""Certificates for the tests, made by openssl when they are asked for.

certs/make.sh makes the authorities and what people try things with; here more
is signed by them, as a test needs it.
"""

import itertools
import subprocess
from pathlib import Path

MAKE = Path(__file__).resolve().parents[2] / "certs" / "make.sh"

DAYS = 90	# that certificates last: nothing is said of their end yet

NEW_KEY = {
    "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa": ["-newkey", "rsa:2048"],
    "ed25519": ["-newkey", "ed25519"],
}


def openssl(*words, **more):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True,
                          **more)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make(folder):
    """Runs certs/make.sh; see there for the files."""
    subprocess.run(["sh", MAKE, folder], check=True)
    return folder


class Pair:
    """A certificate and its key: apart, and in one file as pem."""

    def __init__(self, stem):
        self.cert = Path(f"{stem}.crt")
        self.key = Path(f"{stem}.key")
        self.pem = Path(f"{stem}.pem")

    def join(self):
        self.pem.touch(mode=0o600)
        self.pem.write_bytes(self.key.read_bytes() + self.cert.read_bytes())
        return self

    def der(self):
        return openssl("x509", "-in", self.cert, "-outform", "DER")

    def serial(self):
        said = openssl("x509", "-in", self.cert, "-noout", "-serial")
        return said.decode().strip().split("=")[1]


class Pki:
    """An authority. What it signs is kept: asking twice costs nothing."""

    def __init__(self, folder, ca, key):
        self.folder, self.ca, self.key = folder, ca, key
        self.folder.mkdir()
        self.made = {}
        self.serial = itertools.count(1)
        self.lists = itertools.count(1)

    def _sign(self, stem, subject, extensions, key, days):
        pair = Pair(self.folder / stem)
        request, extra = (self.folder / f"{stem}.{e}" for e in ("csr", "ext"))
        extra.write_text("\n".join(extensions) + "\n")
        openssl("req", "-new", *NEW_KEY[key], "-nodes", "-utf8", "-subj",
                subject, "-keyout", pair.key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                self.key, "-set_serial", next(self.serial), "-days", days,
                "-extfile", extra, "-out", pair.cert)
        return pair.join()

    def server(self, *names, cn=None, key="ec", again=0, days=DAYS):
        """A server's certificate for these DNS names, or for the CN alone.

        A name of another kind is written with it: "IP:127.0.0.1".
        """
        wanted = ("server", names, cn, key, again, days)
        if wanted not in self.made:
            extensions = ["extendedKeyUsage=serverAuth"]
            if names:
                extensions += ["subjectAltName=" + ",".join(
                    n if ":" in n else f"DNS:{n}" for n in names)]
            self.made[wanted] = self._sign(
                f"server{len(self.made)}", f"/CN={cn or names[0]}",
                extensions, key, days)
        return self.made[wanted]

    def client(self, cn, subject=None, sans=None):
        wanted = ("client", cn, subject, sans)
        if wanted not in self.made:
            self.made[wanted] = self._sign(
                f"client{len(self.made)}", subject or f"/CN={cn}",
                ["extendedKeyUsage=clientAuth"] +
                ([f"subjectAltName={sans}"] if sans else []), "ec", DAYS)
        return self.made[wanted]

    def intermediate(self):
        """An authority below this one."""
        if "intermediate" not in self.made:
            pair = self._sign("intermediate", "/CN=Intermediate CA", [
                "basicConstraints=critical,CA:true",
                "keyUsage=critical,keyCertSign,cRLSign"], "ec", DAYS)
            self.made["intermediate"] = Pki(self.folder / "below", pair.cert,
                                            pair.key)
        return self.made["intermediate"]

    def crl(self, *revoked, ended=False):
        """The path of a new revocation list; or of one that ended in 2001."""
        stem = self.folder / f"crl{next(self.lists)}"
        index, conf, out = (stem.with_suffix(s)
                            for s in (".index", ".conf", ".pem"))
        index.write_text("".join(
            f"R\t491231235959Z\t260101000000Z\t{pair.serial()}\tunknown\t/\n"
            for pair in revoked))
        conf.write_text("[ca]\ndefault_ca = it\n[it]\n"
                        f"database = {index}\ndefault_md = sha256\n")
        dates = ("-crl_lastupdate", "20000101000000Z",
                 "-crl_nextupdate", "20010101000000Z")
        openssl("ca", "-gencrl", "-config", conf, "-cert", self.ca, "-keyfile",
                self.key, "-out", out, *(dates if ended else
                                         ("-crldays", 30)))
        return out


def namesake(folder, name):
    """An authority that has nothing but another's name."""
    openssl("req", "-x509", *NEW_KEY["ec"], "-nodes", "-days", DAYS, "-subj",
            f"/CN={name}", "-keyout", f"{folder}.key", "-out",
            f"{folder}.crt")
    return Pki(folder, Path(f"{folder}.crt"), Path(f"{folder}.key"))
