"""Mail servers: Dovecot, Postfix and Exim, with clients of IMAP, POP3, SMTP."""

import os
import pwd
import re
import shutil
import smtplib
import subprocess

import pytest

import harness
import page
from front import CLIENT, NAME
from receiver import needs, needs_file
from web import anywhere, spot, tcp

def await_line(server, pattern):
    """Until its log has one."""
    try:
        harness.wait_until(lambda: re.search(pattern, server.log.read_text()),
                           f"/{pattern}/")
    except AssertionError:
        pytest.fail(f"/{pattern}/ is not in:\n{server.log.read_text()}")


# ---------------------------------------------------------------- Dovecot ---

DOVECOT = page.Section("DOVECOT")
DOVECOT_REST = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {0}/run
state_dir = {0}/state
log_path = {0}/log
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{0}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
login_log_format_elements = user=<%u> method=%m rip=%r rport=%b {1} %c
service imap-login {{
  chroot =
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={0}/mail/%u
}}
"""
BY_PASSWORD = "passdb {\n driver = static\n args = password=secret\n}\n"
BY_CERTIFICATE = "passdb {\n driver = static\n args = nopassword=y\n}\n"


class Dovecot:
    """One with both ports; what it says is in its log."""

    def __init__(self, servers, room, more):
        s = spot(room)
        self.imap, self.pop3 = s.port, harness.free_port()
        self.log = s.folder / "log"
        (s.folder / "mail").mkdir(mode=0o777)
        (s.folder / "mail").chmod(0o777)
        s.folder.chmod(0o755)
        config = s.folder / "dovecot.conf"
        config.write_text(DOVECOT.lines("dovecot.conf", {
            "1143": self.imap, "1110": self.pop3}) +
            DOVECOT_REST.format(s.folder, "name=%{local_name}") + more)
        servers([needs("dovecot", "dovecot-imapd"), "-F", "-c", config],
                self.imap, self.pop3, folder=s.folder)



@pytest.fixture(scope="module")
def dovecot(servers, room):
    return Dovecot(servers, room, BY_PASSWORD)


@pytest.fixture(scope="module")
def external(servers, room):
    return Dovecot(servers, room, BY_CERTIFICATE +
                   DOVECOT.lines("dovecot-external.conf"))


def before(offload, port, there, name="offloader.conf", **how):
    return offload(DOVECOT, {f"[127.0.0.1]:{there}": f"[127.0.0.1]:{port}"},
                   name=name, **how)


@anywhere
def test_dovecot_takes_a_password_by_imap_as_secured(dovecot, offload,
                                                     come_from):
    client = before(offload, dovecot.imap, 1143).imap(come_from=come_from)
    port = client.sock.getsockname()[1]
    assert client.login("bob", "secret")[0] == "OK"
    assert client.select("INBOX")[0] == "OK"
    client.logout()
    await_line(dovecot, rf"Login: user=<bob>, method=PLAIN, rip={come_from}, "
               rf"rport={port}, name={NAME}, secured")


@anywhere
def test_dovecot_takes_a_password_by_pop3_as_secured(dovecot, offload,
                                                     come_from):
    client = before(offload, dovecot.pop3, 1110,
                    "offloader-pop3.conf").pop3(come_from=come_from)
    port = client.sock.getsockname()[1]
    client.user("eve")
    assert client.pass_("secret").startswith(b"+OK")
    client.quit()
    await_line(dovecot, rf"pop3-login: .*Login: user=<eve>.* rip={come_from}, "
               rf"rport={port}, name={NAME}, secured")


def test_dovecot_takes_no_password_where_nothing_tells_of_tls(dovecot,
                                                              offload):
    """So that the header of version 2 is what makes it."""
    client = before(offload, dovecot.imap, 1143,
                    more="send-proxy = v1\n").imap()
    assert "LOGINDISABLED" in client.capabilities
    client.logout()


@anywhere
def test_dovecot_takes_the_common_name_for_the_user(external, offload, pki,
                                                    come_from):
    f = before(offload, external.imap, 1143, client=True)
    client = f.imap(cert=pki.client("alice"), come_from=come_from)
    assert client.authenticate("EXTERNAL", lambda _: b"")[0] == "OK"
    client.logout()
    await_line(external,
               rf"Login: user=<alice>, method=EXTERNAL, rip={come_from},")


def test_dovecot_lets_nobody_in_by_no_certificate(external, offload):
    client = before(offload, external.imap, 1143, client=True).imap()
    with pytest.raises(client.error):
        client.authenticate("EXTERNAL", lambda _: b"")
    client.logout()


# ---------------------------------------------------------------- Postfix ---

POSTFIX = page.Section("POSTFIX")
POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {0}/spool
data_directory = {0}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {0}/log
maillog_file_prefixes = {0}
inet_interfaces = 127.0.0.1
myhostname = mail.example.com
mydestination = mail.example.com
mynetworks = {1}/32 [::1]/128
alias_maps =
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
default_transport = discard:
local_transport = discard:
"""
POSTFIX_MASTER = """
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
"""


@pytest.fixture(scope="module")
def postfix(servers, room):
    program, s = needs("postfix", "postfix"), spot(room)
    s.folder.chmod(0o755)
    config, s.log = s.folder / "etc", s.folder / "log"
    for name in ("etc", "spool", "data"):
        (s.folder / name).mkdir(mode=0o755)
    shutil.chown(s.folder / "data", "postfix")
    (config / "main.cf").write_text(
        POSTFIX_MAIN.format(s.folder, CLIENT) + POSTFIX.lines("main.cf"))
    (config / "master.cf").write_text(
        POSTFIX.lines("master.cf", {":1465": f":{s.port}"}) + POSTFIX_MASTER)
    servers([program, "-c", config, "start-fg"], s.port, folder=s.folder,
            stop=[program, "-c", config, "stop"])
    return s


def send_mail(f, come_from):
    """One, by SMTP in TLS; returns the client's port."""
    client = f.smtp(come_from=come_from)
    port = client.sock.getsockname()[1]
    client.sendmail("a@example.com", ["b@mail.example.com"],
                    "Subject: hello\r\n\r\nhello\r\n")
    client.quit()
    return port


@anywhere
def test_postfix_sees_the_address(postfix, offload, come_from):
    """And takes mail by it: mynetworks is about the client."""
    f = offload(POSTFIX, {"[127.0.0.1]:1465": tcp(postfix)})
    send_mail(f, come_from)
    await_line(postfix, rf"client=\S*\[{come_from}\]")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send_mail(f, "127.0.0.3")


# ------------------------------------------------------------------- Exim ---

EXIM = page.Section("EXIM")
EXIM_REST = """
exim_path = {0}
spool_directory = {1}
log_file_path = {1}/%slog
pid_file_path = {1}/pid
primary_hostname = mail.example.com
host_lookup =
keep_environment =
rfc1413_query_timeout = 0s
acl_smtp_connect = seen
acl_smtp_rcpt = accept
acl_smtp_data = accept
tls_advertise_hosts =
queue_only = true
begin acl
seen:
  accept logwrite = from=$sender_host_address:$sender_host_port
    logwrite = by=$proxy_external_address tls=<$tls_in_cipher>
begin routers
drop:
  driver = redirect
  data = :blackhole:
"""
EXIM_USER = "Debian-exim"


def with_exim_user(folder):
    """An environment where its user exists: it is built in, and looked up.

    The package that would make it is not installed, only unpacked.
    """
    try:
        pwd.getpwnam(EXIM_USER)
        return os.environ
    except KeyError:
        pass
    wrapper = "/usr/lib/{}/libnss_wrapper.so".format(subprocess.run(
        ["uname", "-m"], capture_output=True, text=True).stdout.strip() +
        "-linux-gnu")
    needs_file(wrapper, "libnss-wrapper")
    nobody = pwd.getpwnam("nobody")
    users, groups = folder / "passwd", folder / "group"
    ids = f"{nobody.pw_uid}:{nobody.pw_gid}"
    users.write_text(f"root:x:0:0::/:/bin/sh\n"
                     f"{EXIM_USER}:x:{ids}::/:/bin/false\n")
    groups.write_text(f"root:x:0:\nmail:x:8:\n"
                      f"{EXIM_USER}:x:{nobody.pw_gid}:\n")
    return {"PATH": "/usr/bin:/bin", "LD_PRELOAD": wrapper,
            "NSS_WRAPPER_PASSWD": str(users), "NSS_WRAPPER_GROUP": str(groups)}


@pytest.fixture(scope="module")
def exim(servers, room):
    program, s = needs("exim4", "exim4-daemon-heavy"), spot(room)
    s.folder.chmod(0o755)
    spool = s.folder / "spool"
    spool.mkdir()
    shutil.chown(spool, "nobody", "nogroup")
    s.log = spool / "mainlog"
    config = s.folder / "exim.conf"
    config.write_text(EXIM.lines("exim.conf", {"1465": s.port}) +
                      EXIM_REST.format(program, spool))
    servers([program, "-bdf", "-C", config], s.port, folder=s.folder,
            env=with_exim_user(s.folder))
    return s


@anywhere
def test_exim_sees_address_and_port(exim, offload, come_from):
    f = offload(EXIM, {"[127.0.0.1]:1465": tcp(exim)})
    port = send_mail(f, come_from)
    to = "::1" if ":" in come_from else "127.0.0.1"
    await_line(exim, rf"from={come_from}:{port}\n.* by={to} tls=<>")
