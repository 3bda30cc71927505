/*
 * rows.c - every option: name, place, default, bounds, and its sentence.
 *
 * Names and defaults are hitch's where the meaning is, because its users know
 * them. A default that differs says why. The sentences are --help, the sample
 * configuration and the manual at once: plain text, no markup.
 */
#include <syslog.h>

#include "config/conf.h"

#define SECOND	1000L		/* bounds of times are milliseconds */
#define HOUR	(3600 * SECOND)
#define YEAR	(365 * 24 * HOUR)

/* libconfuse needs some kilobytes for each; and sockets are not for nothing. */
#define MANY_FRONTENDS	4096
#define MANY_CERTS	100000

static const char *const verify_words[] = { "none", "optional", "required",
    NULL };
static const char *const send_proxy_words[] = { "v2", "v1", "none", NULL };
static const char *const protos[] = { "TLSv1.2", "TLSv1.3", NULL };

/* The same as proxy_tlv_names[] of relay/, which this floor may not see. */
static const char *const tlv_words[] = { "alpn", "authority", "unique-id",
    "crc32c", "netns", "version", "cn", "cipher", "sig-alg", "key-alg",
    "group", "sig-scheme", "client-cert", NULL };

const char *const conf_facilities[] = { "auth", "authpriv", "cron", "daemon",
    "ftp", "kern", "local0", "local1", "local2", "local3", "local4", "local5",
    "local6", "local7", "lpr", "mail", "news", "syslog", "user", "uucp",
    NULL };

int
conf_facility(const struct conf *c)
{
	static const int number[] = { LOG_AUTH, LOG_AUTHPRIV, LOG_CRON,
	    LOG_DAEMON, LOG_FTP, LOG_KERN, LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2,
	    LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7,
	    LOG_LPR, LOG_MAIL, LOG_NEWS, LOG_SYSLOG, LOG_USER, LOG_UUCP };

	_Static_assert(sizeof number / sizeof *number ==
	    sizeof conf_facilities / sizeof *conf_facilities - 1,
	    "a facility without a number");
	return number[c->syslog_facility - 1];
}

const struct option_row conf_rows[] = {
	{ .name = "frontend", .letter = 'f', .group = "Addresses",
	  .kind = OPTION_SECTION, .inside = frontend_scope,
	  .brief = "address", .title = "name", .normal = "[*]:8443",
	  .max = MANY_FRONTENDS,
	  .unit = "address",
	  .help = "Where clients connect: [HOST]:PORT or [HOST]:PORT+PEMFILE. "
	      "May be given many times." },
	{ .name = "backend", .letter = 'b', OPTION_FIELD(struct conf, backend),
	  .normal = "[127.0.0.1]:8000", .unit = "address",
	  .help = "Where decrypted traffic goes: [HOST]:PORT or the path of a "
	      "UNIX socket." },
	{ .name = "send-proxy", OPTION_FIELD(struct conf, send_proxy),
	  .normal = "v2", .words = send_proxy_words, .unit = "version",
	  .help = "The PROXY header that tells the backend who the client is: "
	      "v2, v1 or none." },
	{ .name = "proxy-tlv", OPTION_FIELD(struct conf, proxy_tlv),
	  .normal = "version cn cipher alpn authority sig-alg key-alg group "
	      "sig-scheme",
	  .zero = "none", .words = tlv_words, .unit = "list",
	  .help = "What a v2 header says of the TLS session, most wanted "
	      "first." },
	{ .name = "proxy-size-limit",
	  OPTION_FIELD(struct conf, proxy_size_limit),
	  /* Postfix takes this much, and all but five others take more. */
	  .normal = "536", .min = 107, .max = 65551, .unit = "bytes",
	  .help = "The longest v2 header to send: what is least wanted of "
	      "proxy-tlv is left out to keep it." },

	{ .name = "pem-file", .group = "Certificates",
	  .kind = OPTION_SECTION, .inside = cert_scope, .brief = "cert",
	  .title = "cert", .max = MANY_CERTS, .unit = "file",
	  .example = "/etc/offloader/example.com.pem",
	  .help = "A PEM file with a certificate, its chain and its private "
	      "key. May be given many times." },
	{ .name = "pem-dir", OPTION_FIELD(struct conf, pem_dir),
	  .unit = "directory", .example = "/etc/offloader/certs",
	  .help = "A directory whose files are all taken as PEM files." },
	{ .name = "pem-dir-glob", OPTION_FIELD(struct conf, pem_dir_glob),
	  .unit = "pattern", .example = "*.pem",
	  .help = "Takes only the files of pem-dir whose names match, such as "
	      "*.pem." },

	{ .name = "backend-connect-timeout", .group = "Time limits",
	  OPTION_FIELD(struct conf, backend_connect_timeout),
	  /* Three SYNs: a backend beside us that misses them is not there. */
	  .normal = "10s", .min = SECOND / 10, .max = HOUR, .unit = "time",
	  .help = "How long the backend may take to accept a connection." },
	{ .name = "ssl-handshake-timeout",
	  OPTION_FIELD(struct conf, ssl_handshake_timeout),
	  .normal = "30s", .min = SECOND / 10, .max = HOUR, .unit = "time",
	  .help = "How long a client may take from connecting to the end of "
	      "its TLS handshake." },
	{ .name = "idle-timeout", OPTION_FIELD(struct conf, idle_timeout),
	  .normal = "10m", .min = SECOND / 10, .max = YEAR, .unit = "time",
	  .help = "How long a connection may stay without a byte in either "
	      "direction." },
	{ .name = "half-close-timeout",
	  OPTION_FIELD(struct conf, half_close_timeout),
	  .normal = "1m", .min = SECOND / 10, .max = YEAR, .unit = "time",
	  .help = "How long a connection may stay without a byte when one "
	      "side has finished sending." },
	{ .name = "drain-timeout", OPTION_FIELD(struct conf, drain_timeout),
	  .normal = "5m", .min = 0, .max = YEAR, .unit = "time",
	  .help = "How long connections may go on after a reload or SIGTERM "
	      "before they are cut." },

	{ .name = "workers", .letter = 'n', .group = "Processes and sockets",
	  OPTION_FIELD(struct conf, workers),
	  .normal = "auto", .zero = "auto", .min = 1, .max = 1024,
	  .unit = "number",
	  .help = "How many worker processes share the load; auto is one for "
	      "each processor that may be used." },
	{ .name = "backlog", .letter = 'B', OPTION_FIELD(struct conf, backlog),
	  /* hitch's 100 overflows in a burst; the kernel lowers ours to its
	   * somaxconn where that is less. */
	  .normal = "511", .min = 1, .max = 65535, .unit = "number",
	  .help = "How many connections may wait to be accepted by each "
	      "worker." },
	{ .name = "keepalive", .letter = 'k',
	  OPTION_FIELD(struct conf, keepalive),
	  .normal = "3600", .zero = "off", .min = 0, .max = 32767,
	  .unit = "seconds",
	  .help = "After how many idle seconds TCP asks a client whether it is "
	      "still there; off never asks." },
	{ .name = "chroot", .letter = 'r', OPTION_FIELD(struct conf, chroot),
	  .unit = "directory", .example = "/var/empty",
	  .help = "The directory that becomes the workers' root." },
	{ .name = "user", .letter = 'u', OPTION_FIELD(struct conf, user),
	  .unit = "name", .example = "nobody",
	  .help = "Who the workers run as." },
	{ .name = "group", .letter = 'g', OPTION_FIELD(struct conf, group),
	  .unit = "name", .example = "nogroup",
	  .help = "The group the workers run as, if not the user's own." },
	{ .name = "daemon", OPTION_FIELD(struct conf, daemon),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to run in the background." },
	{ .name = "pidfile", .letter = 'p', OPTION_FIELD(struct conf, pidfile),
	  .unit = "file", .example = "/run/offloader.pid",
	  .help = "Where the master process writes its process id." },

	{ .name = "log-level", .letter = 'L', .group = "Log",
	  OPTION_FIELD(struct conf, log_level),
	  .normal = "1", .min = 0, .max = 2, .unit = "number",
	  .help = "How much to say: 0 nothing, 1 errors and warnings, 2 also a "
	      "line for each connection." },
	{ .name = "log-filename", .letter = 'l',
	  OPTION_FIELD(struct conf, log_filename), .unit = "file",
	  .example = "/var/log/offloader.log",
	  .help = "A file to append the log to; standard error then has only "
	      "the errors." },
	{ .name = "syslog", .letter = 's', OPTION_FIELD(struct conf, syslog),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to log to syslog as well." },
	{ .name = "syslog-facility",
	  OPTION_FIELD(struct conf, syslog_facility),
	  .normal = "daemon", .words = conf_facilities, .unit = "name",
	  .help = "The syslog facility to log to." },
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
	{ .name = "client-verify", OPTION_FIELD(struct tls_conf, client_verify),
	  .normal = "none", .words = verify_words, .unit = "choice",
	  .help = "Whether clients must show a certificate: none, optional or "
	      "required." },
	{ .name = "client-verify-ca",
	  OPTION_FIELD(struct tls_conf, client_verify_ca), .unit = "file",
	  .example = "/etc/offloader/clients-ca.pem",
	  .help = "A PEM file with the authorities that may have signed "
	      "clients' certificates." },
	{ .name = "openssl-conf", OPTION_FIELD(struct tls_conf, openssl_conf),
	  .repeats = true, .unit = "command:value",
	  .example = "SignatureAlgorithms:ECDSA+SHA256:RSA-PSS+SHA256",
	  .help = "A command of SSL_CONF_cmd(3) with its value, for what has "
	      "no option here. May be given many times." },
	{ .name = NULL }
};

const struct option_row cli_rows[] = {
	{ .name = "config", .cli_only = true,
	  .group = "Only on the command line",
	  OPTION_FIELD(struct conf, config), .unit = "file",
	  .help = "The configuration file; what stands on the command line "
	      "wins over it." },
	{ .name = "test", .letter = 't', .cli_only = true, .no_value = true,
	  OPTION_FIELD(struct conf, test), .normal = "off", .unit = "on|off",
	  .help = "Only say what is wrong with the configuration." },
	{ .name = "version", .letter = 'V', .cli_only = true,
	  .no_value = true, OPTION_FIELD(struct conf, version),
	  .normal = "off", .unit = "on|off", .help = "Print the version." },
	{ .name = "help", .letter = 'h', .cli_only = true, .no_value = true,
	  OPTION_FIELD(struct conf, help), .normal = "off", .unit = "on|off",
	  .help = "Print this list." },
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
	  .brief = "cert", .title = "cert", .max = MANY_CERTS, .unit = "file",
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
	  .example = "/etc/offloader/example.com.pem",
	  .help = "A PEM file with a certificate, its chain and, without "
	      "private-key, its private key." },
	{ .name = "private-key", OPTION_FIELD(struct cert_conf, private_key),
	  .unit = "file", .example = "/etc/offloader/example.com.key",
	  .help = "A PEM file with the private key of this certificate." },
	{ .name = "client-verify",
	  OPTION_FIELD(struct cert_conf, client_verify),
	  .words = verify_words, .unit = "choice", .example = "none",
	  .help = "Whether clients of this certificate's names must show one, "
	      "if not as the frontend says." },
	{ .name = "client-verify-ca",
	  OPTION_FIELD(struct cert_conf, client_verify_ca), .unit = "file",
	  .example = "/etc/offloader/clients-ca.pem",
	  .help = "The authorities for clients of this certificate's names, if "
	      "not the frontend's." },
	{ .name = NULL }
};

const struct option_part conf_scope[] = {
	{ conf_rows, 0 },
	{ tls_rows, offsetof(struct conf, tls) },
	{ cli_rows, 0 },
	{ NULL, 0 }
};

const struct option_part frontend_scope[] = {
	{ frontend_rows, 0 },
	{ tls_rows, offsetof(struct frontend_conf, tls) },
	{ NULL, 0 }
};

const struct option_part cert_scope[] = {
	{ cert_rows, 0 },
	{ NULL, 0 }
};
