"""Options of certificates and tickets, changed by a reload."""

from harness import wait_until
from pki import openssl
from reload_stage import ANYWHERE, looks_at, shown_at
from test_resumption import resumed, session_of, write_keys


# ----------------------------------------------------------- certificates ---

@looks_at("pem-file", "global", "frontend")
def play_pem_file(t):
    look = shown_at("www.example.com")
    t.own["pem-file"] = ""
    files = [t.other(again=n) for n in (1, 2)]
    t.begin(f'pem-file = "{files[0].pem}"')
    assert look(t)[1] == files[0].der()
    t.change(f'pem-file = "{files[1].pem}"')
    assert look(t)[1] == files[1].der()


@looks_at("cert", "certificate")
def play_cert(t):
    look = shown_at("www.example.com")
    files = [t.other(again=n) for n in (1, 2)]
    t.own["pem-file"] = " "
    t.begin(f'cert = "{files[0].pem}"')
    assert look(t)[1] == files[0].der()
    t.change(f'cert = "{files[1].pem}"')
    assert look(t)[1] == files[1].der()


@looks_at("private-key", "certificate")
def play_private_key(t):
    """The certificate's file is another one too, at the same path."""
    cert = t.place / "cert.pem"
    files = [t.other(again=n) for n in (1, 2)]
    t.own["pem-file"] = f'cert = "{cert}"'
    cert.write_bytes(files[0].cert.read_bytes())
    t.begin(f'private-key = "{files[0].key}"')
    cert.write_bytes(files[1].cert.read_bytes())
    t.change(f'private-key = "{files[1].key}"')
    assert shown_at("www.example.com")(t)[1] == files[1].der()


def folder_of(t, name, *names):
    folder = t.place / name
    folder.mkdir(exist_ok=True)
    for one in names:
        (folder / f"{one}.pem").write_bytes(
            t.pki.server(one).pem.read_bytes())
    return folder


@looks_at("pem-dir", "global", "frontend")
def play_pem_dir(t):
    def look():
        return shown_at("a.example")(t)[0], shown_at("b.example")(t)[0]
    folders = [folder_of(t, "1", "a.example"), folder_of(t, "2", "b.example")]
    t.begin(f'pem-dir = "{folders[0]}"')
    default = shown_at("c.example")(t)[0]
    assert look() == ("a.example", default)
    t.change(f'pem-dir = "{folders[1]}"')
    default = shown_at("c.example")(t)[0]
    assert look() == (default, "b.example")


@looks_at("pem-dir-glob", "global", "frontend")
def play_pem_dir_glob(t):
    folder = folder_of(t, "both", "a.example", "b.example")
    t.own["pem-file"] = ""
    words = f'pem-dir = "{folder}"\npem-dir-glob = '
    t.begin(words + '"a*"')
    assert shown_at("b.example")(t)[0] == "a.example"
    t.change(words + '"b*"')
    assert shown_at("a.example")(t)[0] == "b.example"


@looks_at("pem-dir-lenient", "global", "frontend")
def play_pem_dir_lenient(t):
    """It is about the start alone, so it is only taken."""
    words = f'pem-dir = "{folder_of(t, "1", "a.example")}"\n'
    t.begin(words + "pem-dir-lenient = off")
    t.change(words + "pem-dir-lenient = on")
    assert shown_at("a.example")(t)[0] == "a.example"


@looks_at("allow-loose-keys")
def play_allow_loose_keys(t):
    file = t.place / "loose.pem"
    file.write_bytes(t.get("www").pem.read_bytes())
    file.chmod(0o644)
    t.own["pem-file"] = f'cert = "{file}"'
    t.begin("allow-loose-keys = on")
    said = t.o.reload_refused(t.text("allow-loose-keys = off"))
    assert any(str(file) in line for line in said)


@looks_at("key-passphrase-file", *ANYWHERE)
def play_key_passphrase_file(t):
    """The key is another one too, at the same path."""
    file = t.place / "encrypted.pem"
    files = [t.other(again=n) for n in (1, 2)]
    words = []
    for n in range(2):
        secret = t.place / f"secret{n}"
        secret.write_text(f"number {n}\n")
        secret.chmod(0o600)
        words.append(f'key-passphrase-file = "{secret}"')
    t.own["pem-file"] = f'cert = "{file}"'
    if t.scope == "frontend":	# its own certificates' are meant
        t.own["pem-file"] = ""
        words = [f'{w}\npem-file = "{file}"' for w in words]

    def encrypt(n):
        key = openssl("pkcs8", "-topk8", "-in", files[n].key, "-passout",
                      f"pass:number {n}")
        new = file.with_suffix(".new")
        new.write_bytes(key + files[n].cert.read_bytes())
        new.chmod(0o600)
        new.rename(file)
    for n in range(2):
        encrypt(n)
        (t.change if n else t.begin)(words[n])
        assert shown_at("www.example.com")(t)[1] == files[n].der()


@looks_at("match-global-certs", "frontend")
def play_match_global_certs(t):
    own = t.pki.server("own.example")
    words = f'pem-file = "{own.pem}"\nmatch-global-certs = '
    t.begin(words + "on")
    assert shown_at("www.example.com")(t)[0] == "www.example.com"
    t.change(words + "off")
    assert shown_at("www.example.com")(t)[0] == "own.example"


# ---------------------------------------------------------------- tickets ---

@looks_at("ticket-rotation")
def play_ticket_rotation(t):
    context = t.trust()
    t.begin("ticket-rotation = 8h")
    session = session_of(t.o.connect(context))
    t.change("ticket-rotation = 1s")
    wait_until(lambda: not resumed(t.o, context, session)[0],
               "its key is gone")


@looks_at("ticket-key-file")
def play_ticket_key_file(t):
    context = t.trust()
    files = [write_keys(t.place / f"k{n}", n, n + 1, n + 2) for n in (1, 7)]
    t.begin(f'ticket-key-file = "{files[0]}"')
    session = session_of(t.o.connect(context))
    assert resumed(t.o, context, session)[0]
    t.change(f'ticket-key-file = "{files[1]}"')
    wait_until(lambda: not resumed(t.o, context, session)[0], "other keys")
