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
	{ .name = "accept-proxy", .group = "Behind a balancer",
	  OPTION_FIELD(struct inbound_conf, accept_proxy),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether each connection must begin with a PROXY header, "
	      "before TLS, that says who the client is." },
	{ .name = "proxy-from", OPTION_FIELD(struct inbound_conf, proxy_from),
	  .unit = "list", .example = "192.0.2.10, 2001:db8::/64",
	  .help = "The addresses and ranges that may send this header; "
	      "connections from others are refused." },
	{ .name = NULL }
};

const struct option_row tls_rows[] = {
	{ .name = "ciphers", .letter = 'c', .group = "TLS",
	  OPTION_FIELD(struct tls_conf, ciphers),
	  /* Forward secret and authenticated; hitch's has CBC as well. */
	  .normal = "ECDHE+AESGCM:ECDHE+CHACHA20", .unit = "list",
	  .help = "The ciphers of TLS 1.2 in OpenSSL's words, as in "
	      "openssl-ciphers(1)." },
	{ .name = "ciphersuites", OPTION_FIELD(struct tls_conf, ciphersuites),
	  .unit = "list",
	  .example = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
	  .help = "The cipher suites of TLS 1.3, separated by colons, if not "
	      "OpenSSL's own choice." },
	{ .name = "tls-protos", OPTION_FIELD(struct tls_conf, tls_protos),
	  .normal = "TLSv1.2 TLSv1.3", .min = 1, .words = protos,
	  .unit = "list", .help = "The versions of TLS to speak." },
	{ .name = "groups", .alias = "ecdh-curve",
	  OPTION_FIELD(struct tls_conf, groups),
	  /* Fast ones. OpenSSL's own choice has some, such as ffdhe8192, with
	   * which a client makes a worker's loop stand for milliseconds. */
	  .normal = "X25519:P-256:P-384", .zero = "auto", .unit = "list",
	  .help = "The key exchange groups, separated by colons, most wanted "
	      "first; auto is OpenSSL's own choice." },
	{ .name = "prefer-server-ciphers", .letter = 'O',
	  OPTION_FIELD(struct tls_conf, prefer_server_ciphers),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Whether our order of ciphers counts, and not the "
	      "client's." },
	{ .name = "alpn-protos", OPTION_FIELD(struct tls_conf, alpn_protos),
	  .max = 255, .unit = "list", .example = "h2, http/1.1",
	  .help = "The protocols to offer by ALPN, most wanted first, such as "
	      "\"h2, http/1.1\"." },
	{ .name = "sni-nomatch-abort",
	  OPTION_FIELD(struct tls_conf, sni_nomatch_abort),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to refuse clients that ask for a name no "
	      "certificate has." },
	{ .name = "sni-required", OPTION_FIELD(struct tls_conf, sni_required),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to refuse clients that ask for no name, or for an "
	      "address instead." },
	{ .name = "session-tickets",
	  OPTION_FIELD(struct tls_conf, session_tickets),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Whether clients may resume their sessions." },
	{ .name = "session-ticket-count",
	  OPTION_FIELD(struct tls_conf, session_ticket_count),
	  /* OpenSSL gives two, for 7 to 10 % of a full handshake's time. */
	  .normal = "1", .min = 1, .max = 8, .unit = "number",
	  .help = "How many tickets a handshake of TLS 1.3 gives: as many "
	      "connections can be resumed at once without using one twice." },
	{ .name = "session-timeout",
	  OPTION_FIELD(struct tls_conf, session_timeout),
	  .normal = "2h", .min = SECOND, .max = WEEK, .unit = "time",
	  .help = "How long after its full handshake a session may be "
	      "resumed." },
	{ .name = "key-passphrase-file",
	  OPTION_FIELD(struct tls_conf, key_passphrase_file), .unit = "file",
	  .credential = true, .example = "/etc/offloader/passphrase",
	  .help = "A file whose first line opens encrypted private keys, or "
	      "is the PIN of a token." },
	{ .name = "openssl-conf", OPTION_FIELD(struct tls_conf, openssl_conf),
	  .repeats = true, .unit = "command:value",
	  .example = "SignatureAlgorithms:ECDSA+SHA256:RSA-PSS+SHA256",
	  .help = "A command of SSL_CONF_cmd(3) with its value, for what has "
	      "no option here. May be given many times." },
	{ .name = NULL }
};

const struct option_row frontend_rows[] = {
	{ .name = "name", OPTION_FIELD(struct frontend_conf, name),
	  .unit = "name", .example = "web",
	  .help = "What the log calls this frontend, if not by its address; "
	      "the same as a title before the block." },
	{ .name = "address", .alias = "frontend",
	  OPTION_FIELD(struct frontend_conf, address), .unit = "address",
	  .example = "[*]:443",
	  .help = "[HOST]:PORT or [HOST]:PORT+PEMFILE, instead of host and "
	      "port." },
	{ .name = "host", OPTION_FIELD(struct frontend_conf, host),
	  .zero = "*", .unit = "host", .example = "*",
	  .help = "The address or name to listen on; * is every address." },
	{ .name = "port", OPTION_FIELD(struct frontend_conf, port),
	  .unit = "port", .example = "443",
	  .help = "The port to listen on, a number or a service's name." },
	{ .name = "pem-file", .kind = OPTION_SECTION, .inside = cert_scope,
	  .brief = "cert", .title = "cert", .max = CONF_MANY_CERTS,
	  .unit = "file",
	  .example = "/etc/offloader/example.org.pem",
	  .help = "A certificate of this frontend only. May be given many "
	      "times." },
	{ .name = "pem-dir", OPTION_FIELD(struct frontend_conf, pem_dir),
	  .unit = "directory", .example = "/etc/offloader/web",
	  .help = "A directory of certificates of this frontend only." },
	{ .name = "pem-dir-glob",
	  OPTION_FIELD(struct frontend_conf, pem_dir_glob), .unit = "pattern",
	  .example = "*.pem",
	  .help = "Takes only the files of this pem-dir whose names match." },
	{ .name = "pem-dir-lenient",
	  OPTION_FIELD(struct frontend_conf, pem_dir_lenient),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to start although a file of this pem-dir is "
	      "bad." },
	{ .name = "match-global-certs",
	  OPTION_FIELD(struct frontend_conf, match_global_certs),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Whether this frontend also serves the certificates that "
	      "stand outside of frontends. Without one of its own it does "
	      "so in any case." },
	{ .name = NULL }
};

const struct option_row cert_rows[] = {
	{ .name = "cert", .alias = "pem-file",
	  OPTION_FIELD(struct cert_conf, pem_file), .unit = "file",
	  .credential = true,
	  .example = "/etc/offloader/example.com.pem",
	  .help = "A PEM file with a certificate, its chain and, without "
	      "private-key, its private key." },
	{ .name = "private-key", OPTION_FIELD(struct cert_conf, private_key),
	  .unit = "file", .credential = true,
	  .example = "/etc/offloader/example.com.key",
	  .help = "A PEM file with the private key of this certificate, or a "
	      "URI such as \"pkcs11:object=www\"." },
	{ .name = "key-passphrase-file",
	  OPTION_FIELD(struct cert_conf, key_passphrase_file), .unit = "file",
	  .credential = true, .example = "/etc/offloader/example.com.pass",
	  .help = "A file whose first line opens this private key, if not the "
	      "frontend's." },
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
