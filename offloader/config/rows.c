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

static const char *const sandbox_words[] = { "on", "off", "strict", NULL };

static const char *const access_log_words[] = { "off", "logfmt", "json",
    NULL };
static const char *const send_proxy_words[] = { "v2", "v1", "none", NULL };

/* The same as proxy_tlv_names[] of relay/, which this floor may not see. */
static const char *const tlv_words[] = { "alpn", "authority", "unique-id",
    "crc32c", "netns", "version", "cn", "cipher", "sig-alg", "key-alg",
    "group", "sig-scheme", "client-cert", "ja4", NULL };

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
	  .title = "cert", .max = CONF_MANY_CERTS, .unit = "file",
	  .example = "/etc/offloader/example.com.pem",
	  .help = "A PEM file with a certificate, its chain and its private "
	      "key. May be given many times." },
	{ .name = "pem-dir", OPTION_FIELD(struct conf, pem_dir),
	  .unit = "directory", .example = "/etc/offloader/certs",
	  .help = "A directory of certificates: PEM files, or as certbot, "
	      "dehydrated and lego keep them." },
	{ .name = "pem-dir-glob", OPTION_FIELD(struct conf, pem_dir_glob),
	  .unit = "pattern", .example = "*.pem",
	  .help = "Takes only the files of pem-dir whose names match, such as "
	      "*.pem." },
	{ .name = "pem-dir-lenient", OPTION_FIELD(struct conf, pem_dir_lenient),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to start although a file of pem-dir is bad. A "
	      "reload goes on in any case." },
	{ .name = "allow-loose-keys",
	  OPTION_FIELD(struct conf, allow_loose_keys),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to use files of keys and passphrases that others "
	      "than their owner can read." },

	{ .name = "ticket-rotation", .group = "Session tickets",
	  OPTION_FIELD(struct conf, ticket_rotation),
	  .normal = "8h", .min = SECOND, .max = 7 * 24 * HOUR, .unit = "time",
	  .help = "How long tickets are made with one key; for twice that "
	      "time again they are still taken." },
	{ .name = "ticket-key-file", OPTION_FIELD(struct conf, ticket_key_file),
	  .unit = "file", .credential = true,
	  .example = "/run/offloader/tickets.key",
	  .help = "A file of keys that several machines share, as haproxy's "
	      "tls-ticket-keys; the keys are then rotated by whoever writes "
	      "it." },

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
	{ .name = "drain-idle-timeout",
	  OPTION_FIELD(struct conf, drain_idle_timeout),
	  /* Longer than WebSockets and IMAP are mostly quiet; who keeps an HTTP
	   * connection open for more than that has to reckon with its end. */
	  .normal = "30s", .zero = "off", .min = SECOND / 10, .max = YEAR,
	  .unit = "time",
	  .help = "How long a connection of an old worker may stay without a "
	      "byte when the backend spoke last; off waits for drain-timeout "
	      "alone." },
	{ .name = "watchdog", OPTION_FIELD(struct conf, watchdog),
	  .normal = "5s", .zero = "off", .min = SECOND, .max = HOUR,
	  .unit = "time",
	  .help = "After how long a worker that does nothing at all is "
	      "replaced; off lets a debugger halt it." },

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
	{ .name = "freebind", OPTION_FIELD(struct conf, freebind),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Whether to listen also on addresses that this machine does "
	      "not have, or not yet." },
	{ .name = "max-generations",
	  OPTION_FIELD(struct conf, max_generations),
	  .normal = "8", .min = 1, .max = 1000, .unit = "number",
	  .help = "How many old generations of workers may still serve their "
	      "connections after reloads; the oldest are cut." },
	{ .name = "keepalive", .letter = 'k',
	  OPTION_FIELD(struct conf, keepalive),
	  .normal = "3600", .zero = "off", .min = 0, .max = 32767,
	  .unit = "seconds",
	  .help = "After how many idle seconds TCP asks a client whether it is "
	      "still there; off never asks." },
	{ .name = "chroot", .letter = 'r', OPTION_FIELD(struct conf, chroot),
	  .unit = "directory", .example = "/var/empty",
	  .help = "The directory that becomes the workers' root; the path of a "
	      "UNIX socket as backend is looked up in it." },
	{ .name = "user", .letter = 'u', OPTION_FIELD(struct conf, user),
	  .unit = "name", .example = "nobody",
	  .help = "Who the workers run as." },
	{ .name = "group", .letter = 'g', OPTION_FIELD(struct conf, group),
	  .unit = "name", .example = "nogroup",
	  .help = "The group the workers run as, if not the user's own." },
	{ .name = "sandbox", OPTION_FIELD(struct conf, sandbox),
	  .normal = "on", .words = sandbox_words, .unit = "mode",
	  .help = "Whether the kernel keeps processes from what they need not "
	      "do: on does what it can, strict all of it or it does not "
	      "start." },
	{ .name = "key-isolation", OPTION_FIELD(struct conf, key_isolation),
	  .normal = "on", .unit = "on|off", .restart = true,
	  .help = "Whether private keys are in a process of their own, which "
	      "signs for the workers; off has them in every worker." },
	{ .name = "daemon", OPTION_FIELD(struct conf, daemon),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .restart = true,
	  .help = "Whether to run in the background." },
	{ .name = "pidfile", .letter = 'p', OPTION_FIELD(struct conf, pidfile),
	  .unit = "file", .example = "/run/offloader.pid", .restart = true,
	  .help = "Where the master process writes its process id." },
	{ .name = "control-socket", OPTION_FIELD(struct conf, control_socket),
	  .unit = "file", .example = "/run/offloader/control.sock",
	  .restart = true,
	  .help = "The UNIX socket where offloaderctl(8) finds the master "
	      "process." },

	{ .name = "stats-listen", .group = "Statistics",
	  OPTION_FIELD(struct conf, stats_listen),
	  .unit = "address", .example = "[127.0.0.1]:9145",
	  .help = "Where a status page, its figures as JSON and metrics for "
	      "Prometheus are: [HOST]:PORT of this machine alone, or the path "
	      "of a UNIX socket." },

	{ .name = "log-level", .letter = 'L', .group = "Log",
	  OPTION_FIELD(struct conf, log_level),
	  .normal = "1", .min = 0, .max = 2, .unit = "number",
	  .help = "How much to say: 0 nothing, 1 errors and warnings, 2 also "
	      "what goes well, and a line for each connection." },
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
	{ .name = "access-log", OPTION_FIELD(struct conf, access_log),
	  .words = access_log_words, .unit = "form", .example = "json",
	  .help = "A line for each connection when it has ended; without a "
	      "word logfmt at log-level 2 or with access-log-file, else "
	      "off." },
	{ .name = "access-log-file",
	  OPTION_FIELD(struct conf, access_log_file), .unit = "file",
	  .example = "/var/log/offloader.access.log",
	  .help = "A file of its own for these lines, which are not in the log "
	      "then." },
	{ .name = "access-log-failures",
	  OPTION_FIELD(struct conf, access_log_failures),
	  .normal = "30", .zero = "all", .min = 1, .max = 1000000,
	  .unit = "number",
	  .help = "How many connections a minute that fail before they have a "
	      "session get a line from each worker; the others are "
	      "counted." },
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
	  .help = "Only list the certificates and say what is wrong with the "
	      "configuration." },
	{ .name = "version", .letter = 'V', .cli_only = true,
	  .no_value = true, OPTION_FIELD(struct conf, version),
	  .normal = "off", .unit = "on|off", .help = "Print the version." },
	{ .name = "help", .letter = 'h', .cli_only = true, .no_value = true,
	  OPTION_FIELD(struct conf, help), .normal = "off", .unit = "on|off",
	  .help = "Print this list." },
	{ .name = NULL }
};

const struct option_part conf_scope[] = {
	{ conf_rows, 0 },
	{ inbound_rows, offsetof(struct conf, inbound) },
	{ tls_rows, offsetof(struct conf, tls) },
	{ client_rows, offsetof(struct conf, client) },
	{ cli_rows, 0 },
	{ NULL, 0 }
};
