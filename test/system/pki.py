"""Certificates for the tests, made by openssl when they are asked for."""

import itertools
import subprocess
from pathlib import Path

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


class Pair:
    """A certificate and its key: apart, and in one file as pem."""

    def __init__(self, stem):
        self.cert = Path(f"{stem}.crt")
        self.key = Path(f"{stem}.key")
        self.pem = Path(f"{stem}.pem")

    def join(self, *more):
        self.pem.write_bytes(b"".join(
            Path(p).read_bytes() for p in (self.key, self.cert, *more)))
        return self

    def der(self):
        return openssl("x509", "-in", self.cert, "-outform", "DER")

    def serial(self):
        return openssl("x509", "-in", self.cert, "-noout", "-serial")


class Pki:
    """An authority. What it signs is kept: asking twice costs nothing."""

    def __init__(self, folder, name="Test CA"):
        self.folder = folder
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.made = {}
        self.serial = itertools.count(1)
        self.root = Pair(folder / "ca")
        openssl("req", "-x509", *NEW_KEY["ec"], "-nodes", "-days", 30,
                "-subj", f"/CN={name}", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign", "-keyout",
                self.root.key, "-out", self.root.cert)
        self.ca = self.root.cert

    def _sign(self, stem, subject, extensions, key, days):
        pair = Pair(self.folder / stem)
        request, extra = (self.folder / f"{stem}.{e}" for e in ("csr", "ext"))
        extra.write_text("\n".join(extensions) + "\n")
        openssl("req", "-new", *NEW_KEY[key], "-nodes", "-utf8", "-subj",
                subject, "-keyout", pair.key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.root.cert,
                "-CAkey", self.root.key, "-set_serial", next(self.serial),
                "-days", days, "-extfile", extra, "-out", pair.cert)
        return pair.join()

    def server(self, *names, cn=None, key="ec", days=30, again=0):
        """A server's certificate for these DNS names, or for the CN alone."""
        wanted = ("server", names, cn, key, days, again)
        if wanted not in self.made:
            extensions = ["extendedKeyUsage=serverAuth"]
            if names:
                extensions += ["subjectAltName=" + ",".join(
                    f"DNS:{n}" for n in names)]
            self.made[wanted] = self._sign(
                f"server{len(self.made)}", f"/CN={cn or names[0]}",
                extensions, key, days)
        return self.made[wanted]

    def client(self, cn, key="ec", days=30, subject=None):
        wanted = ("client", cn, key, days, subject)
        if wanted not in self.made:
            self.made[wanted] = self._sign(
                f"client{len(self.made)}", subject or f"/CN={cn}",
                ["extendedKeyUsage=clientAuth"], key, days)
        return self.made[wanted]
