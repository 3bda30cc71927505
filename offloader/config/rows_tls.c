/*
 * rows_tls.c - the options of a frontend, of its TLS and of a certificate.
 *
 * As rows.c, which has the others.
 */
#include "config/conf.h"

#define SECOND	1000L		/* bounds of times are milliseconds */
#define WEEK	(7 * 24 * 3600 * SECOND)	/* at most: RFC 8446 4.6.1 */

static const char *const protos[] = { "TLSv1.2", "TLSv1.3", NULL };

const struct option_row inbound_rows[] = {
	{ .name = "accept-proxy", .group = "Behind a load balancer",
	  OPTION_FIELD(struct inbound_conf, accept_proxy),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Require a PROXY header with the client's address at the "
	      "start of each connection, before TLS." },
	{ .name = "proxy-from", OPTION_FIELD(struct inbound_conf, proxy_from),
	  .unit = "list", .example = "192.0.2.10, 2001:db8::/64",
	  .help = "Accept the header from these addresses and ranges. Refuse "
	      "connections from all others." },
	{ .name = NULL }
};

const struct option_row tls_rows[] = {
	{ .name = "ciphers", .letter = 'c', .group = "TLS",
	  OPTION_FIELD(struct tls_conf, ciphers),
	  /* Forward secret and authenticated; hitch's has CBC as well. */
	  .normal = "ECDHE+AESGCM:ECDHE+CHACHA20", .unit = "list",
	  .help = "Allow these ciphers in TLS 1.2, in the format of "
	      "openssl-ciphers(1)." },
	{ .name = "ciphersuites", OPTION_FIELD(struct tls_conf, ciphersuites),
	  .unit = "list",
	  .example = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
	  .help = "Allow these cipher suites in TLS 1.3, separated by colons. "
	      "If not set, use OpenSSL's default." },
	{ .name = "tls-protos", OPTION_FIELD(struct tls_conf, tls_protos),
	  .normal = "TLSv1.2 TLSv1.3", .min = 1, .words = protos,
	  .unit = "list",
	  .help = "Allow these versions of TLS." },
	{ .name = "groups", .alias = "ecdh-curve",
	  OPTION_FIELD(struct tls_conf, groups),
	  /* Fast ones. OpenSSL's own choice has some, such as ffdhe8192, with
	   * which a client makes a worker's loop stand for milliseconds. */
	  .normal = "X25519:P-256:P-384", .zero = "auto", .unit = "list",
	  .help = "Allow these key exchange groups, separated by colons, the "
	      "most preferred first. With auto, use OpenSSL's default." },
	{ .name = "prefer-server-ciphers", .letter = 'O',
	  OPTION_FIELD(struct tls_conf, prefer_server_ciphers),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Choose the cipher by the server's order of preference, not "
	      "by the client's." },
	{ .name = "alpn-protos", OPTION_FIELD(struct tls_conf, alpn_protos),
	  .max = 255, .unit = "list", .example = "h2, http/1.1",
	  .help = "Accept these protocols in ALPN, the most preferred first, "
	      "such as \"h2, http/1.1\"." },
	{ .name = "sni-nomatch-abort",
	  OPTION_FIELD(struct tls_conf, sni_nomatch_abort),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Refuse clients that ask for a name that no certificate "
	      "has." },
	{ .name = "sni-required", OPTION_FIELD(struct tls_conf, sni_required),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Refuse clients that ask for no server name (SNI), or for an "
	      "IP address." },
	{ .name = "session-tickets",
	  OPTION_FIELD(struct tls_conf, session_tickets),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Let clients resume sessions." },
	{ .name = "session-ticket-count",
	  OPTION_FIELD(struct tls_conf, session_ticket_count),
	  /* OpenSSL gives two, for 7 to 10 % of a full handshake's time. */
	  .normal = "1", .min = 1, .max = 8, .unit = "number",
	  .help = "Send this many tickets after a TLS 1.3 handshake. A client "
	      "can resume as many connections at once without using a ticket "
	      "twice." },
	{ .name = "session-timeout",
	  OPTION_FIELD(struct tls_conf, session_timeout),
	  .normal = "2h", .min = SECOND, .max = WEEK, .unit = "time",
	  .help = "Let a session be resumed until this long after its full "
	      "handshake." },
	{ .name = "key-passphrase-file",
	  OPTION_FIELD(struct tls_conf, key_passphrase_file), .unit = "file",
	  .credential = true, .example = "/etc/offloader/passphrase",
	  .help = "Read the passphrase of encrypted private keys, or the PIN "
	      "of a token, from the first line of this file." },
	{ .name = "openssl-conf", OPTION_FIELD(struct tls_conf, openssl_conf),
	  .repeats = true, .unit = "command:value",
	  .example = "SignatureAlgorithms:ECDSA+SHA256:RSA-PSS+SHA256",
	  .help = "Run this command of SSL_CONF_cmd(3), for settings that have "
	      "no option here. May be given many times." },
	{ .name = NULL }
};

const struct option_row frontend_rows[] = {
	{ .name = "name", OPTION_FIELD(struct frontend_conf, name),
	  .unit = "name", .example = "web",
	  .help = "Call this frontend by this name in the log and the "
	      "statistics, not by its address. A title before the block does "
	      "the same." },
	{ .name = "address", .alias = "frontend",
	  OPTION_FIELD(struct frontend_conf, address), .unit = "address",
	  .example = "[*]:443",
	  .help = "Listen on [HOST]:PORT. Append +PEMFILE to name a "
	      "certificate. Replaces host and port." },
	{ .name = "host", OPTION_FIELD(struct frontend_conf, host),
	  .zero = "*", .unit = "host", .example = "*",
	  .help = "Listen on this address or host name; * means every "
	      "address." },
	{ .name = "port", OPTION_FIELD(struct frontend_conf, port),
	  .unit = "port", .example = "443",
	  .help = "Listen on this port: a number or the name of a service." },
	{ .name = "pem-file", .kind = OPTION_SECTION, .inside = cert_scope,
	  .brief = "cert", .title = "cert", .max = CONF_MANY_CERTS,
	  .unit = "file",
	  .example = "/etc/offloader/example.org.pem",
	  .help = "Use this certificate for this frontend only. May be given "
	      "many times." },
	{ .name = "pem-dir", OPTION_FIELD(struct frontend_conf, pem_dir),
	  .unit = "directory", .example = "/etc/offloader/web",
	  .help = "Use the certificates in this directory for this frontend "
	      "only." },
	{ .name = "pem-dir-glob",
	  OPTION_FIELD(struct frontend_conf, pem_dir_glob), .unit = "pattern",
	  .example = "*.pem",
	  .help = "Use only the files of this pem-dir whose names match this "
	      "pattern." },
	{ .name = "pem-dir-lenient",
	  OPTION_FIELD(struct frontend_conf, pem_dir_lenient),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Start even if a file of this pem-dir is faulty." },
	{ .name = "match-global-certs",
	  OPTION_FIELD(struct frontend_conf, match_global_certs),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Also use the certificates outside of frontends. A frontend "
	      "without certificates of its own always uses them." },
	{ .name = NULL }
};

const struct option_row cert_rows[] = {
	{ .name = "cert", .alias = "pem-file",
	  OPTION_FIELD(struct cert_conf, pem_file), .unit = "file",
	  .credential = true,
	  .example = "/etc/offloader/example.com.pem",
	  .help = "Use the certificate and the chain in this PEM file, and the "
	      "private key too if private-key is not set." },
	{ .name = "private-key", OPTION_FIELD(struct cert_conf, private_key),
	  .unit = "file", .credential = true,
	  .example = "/etc/offloader/example.com.key",
	  .help = "Use the private key in this PEM file, or at a URI such as "
	      "\"pkcs11:object=www\"." },
	{ .name = "key-passphrase-file",
	  OPTION_FIELD(struct cert_conf, key_passphrase_file), .unit = "file",
	  .credential = true, .example = "/etc/offloader/example.com.pass",
	  .help = "Read the passphrase of this private key from the first line "
	      "of this file, not from the frontend's file." },
	{ .name = NULL }
};

const struct option_part frontend_scope[] = {
	{ frontend_rows, 0 },
	{ inbound_rows, offsetof(struct frontend_conf, inbound) },
	{ tls_rows, offsetof(struct frontend_conf, tls) },
	{ client_rows, offsetof(struct frontend_conf, client) },
	{ NULL, 0 }
};

const struct option_part cert_scope[] = {
	{ cert_rows, 0 },
	{ client_rows, offsetof(struct cert_conf, client) },
	{ NULL, 0 }
};

/* They may stand anywhere: at the top, in a frontend, in a certificate. */

static const char *const verify_words[] = { "none", "optional",
    "optional-no-ca", "required", NULL };
static const char *const crl_check_words[] = { "leaf", "chain", NULL };

const struct option_row client_rows[] = {
	{ .name = "client-verify", .group = "Client certificates",
	  OPTION_FIELD(struct client_conf, verify),
	  .normal = "none", .words = verify_words, .unit = "mode",
	  .help = "Ask clients for a certificate. With optional, it must be "
	      "valid if a client sends one. With optional-no-ca, accept an "
	      "invalid one too, but do not pass on its name. With required, "
	      "refuse clients without a valid one." },
	{ .name = "client-verify-ca", OPTION_FIELD(struct client_conf, ca),
	  .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-ca.pem",
	  .help = "Accept client certificates from the authorities in this PEM "
	      "file, or in a directory of PEM files." },
	{ .name = "client-verify-crl", OPTION_FIELD(struct client_conf, crl),
	  .zero = "none", .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-crl.pem",
	  .help = "Refuse client certificates on the revocation lists in this "
	      "PEM file, or in a directory of PEM files. With none, check no "
	      "lists." },
	{ .name = "client-verify-crl-check",
	  OPTION_FIELD(struct client_conf, crl_check),
	  /* As nginx, HAProxy and stunnel look. */
	  .normal = "chain", .words = crl_check_words, .unit = "mode",
	  .help = "Check the whole chain of a client certificate for "
	      "revocation, or only the leaf. The issuer of each certificate "
	      "checked must have a list." },
	{ .name = "client-verify-depth",
	  OPTION_FIELD(struct client_conf, depth),
	  .normal = "9", .min = 0, .max = 100, .unit = "number",
	  .help = "Allow at most this many authorities between a client "
	      "certificate and the last certificate of its chain." },
	{ .name = "client-verify-advertise",
	  OPTION_FIELD(struct client_conf, advertise),
	  .no_value = true, .not_policy = true, .normal = "on",
	  .unit = "on|off",
	  .help = "Send clients the names of these authorities, so that they "
	      "can choose a certificate." },
	{ .name = "client-allow", OPTION_FIELD(struct client_conf, allow),
	  .repeats = true, .zero = "any", .unit = "entry",
	  .example = "SAN=DNS:client.example.com",
	  .help = "Accept only verified clients with this in their "
	      "certificate: CN=NAME, SAN=DNS:NAME, SAN=EMAIL:ADDRESS, "
	      "SAN=URI:URI or SPKI=sha256//BASE64. With any, accept all "
	      "verified clients. May be given many times." },
	{ .name = NULL }
};
