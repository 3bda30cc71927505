/*
 * rows.c - every option: name, place, default, bounds, and its sentence.
 *
 * Names and defaults are hitch's where the meaning is, because its users know
 * them. A default that differs says why. The sentences are --help, the sample
 * configuration and the manual at once: plain text, no markup.
 */
#include <syslog.h>

#include "config/conf.h"
#include "relay/proxy_header.h"

#define SECOND	1000L		/* bounds of times are milliseconds */
#define HOUR	(3600 * SECOND)
#define YEAR	(365 * 24 * HOUR)

/* Each takes a socket and some kilobytes. */
#define MANY_FRONTENDS	4096

static const char *const sandbox_words[] = { "on", "off", "strict", NULL };

static const char *const access_log_words[] = { "off", "logfmt", "json",
    NULL };
static const char *const send_proxy_words[] = { "v2", "v1", "none", NULL };

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
	  .help = "Listen for TLS clients on [HOST]:PORT. Append +PEMFILE to "
	      "name a certificate. May be given many times." },
	{ .name = "backend", .letter = 'b', OPTION_FIELD(struct conf, backend),
	  .normal = "[127.0.0.1]:8000", .unit = "address",
	  .help = "Send decrypted traffic to [HOST]:PORT or to the UNIX socket "
	      "at this path." },
	{ .name = "send-proxy", OPTION_FIELD(struct conf, send_proxy),
	  .normal = "v2", .words = send_proxy_words, .unit = "version",
	  .help = "Begin each connection to the backend with a PROXY header of "
	      "this version: v2, v1 or none." },
	{ .name = "proxy-tlv", OPTION_FIELD(struct conf, proxy_tlv),
	  .normal = "version cn cipher alpn authority sig-alg key-alg group "
	      "sig-scheme",
	  .zero = "none", .words = proxy_tlv_names, .unit = "list",
	  .help = "Put these fields into a v2 header, the most important "
	      "first." },
	{ .name = "proxy-size-limit",
	  OPTION_FIELD(struct conf, proxy_size_limit),
	  /* Postfix takes this much, and all but five others take more. */
	  .normal = "536", .min = 107, .max = 65551, .unit = "bytes",
	  .help = "Limit a v2 header to this many bytes. What proxy-tlv names "
	      "last is left out first." },

	{ .name = "pem-file", .group = "Certificates",
	  .kind = OPTION_SECTION, .inside = cert_scope, .brief = "cert",
	  .title = "cert", .max = CONF_MANY_CERTS, .unit = "file",
	  .example = "/etc/offloader/example.com.pem",
	  .help = "Use the certificate, the chain and the private key in this "
	      "PEM file. May be given many times." },
	{ .name = "pem-dir", OPTION_FIELD(struct conf, pem_dir),
	  .unit = "directory", .example = "/etc/offloader/certs",
	  .help = "Use all certificates in this directory: PEM files, or the "
	      "layouts of certbot, dehydrated and lego." },
	{ .name = "pem-dir-glob", OPTION_FIELD(struct conf, pem_dir_glob),
	  .unit = "pattern", .example = "*.pem",
	  .help = "Use only the files of pem-dir whose names match this "
	      "pattern." },
	{ .name = "pem-dir-lenient", OPTION_FIELD(struct conf, pem_dir_lenient),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Start even if a file of pem-dir is faulty. A faulty file "
	      "never stops a reload." },
	{ .name = "allow-loose-keys",
	  OPTION_FIELD(struct conf, allow_loose_keys),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Accept key and passphrase files that other users can "
	      "read or change." },

	{ .name = "ticket-rotation", .group = "Session tickets",
	  OPTION_FIELD(struct conf, ticket_rotation),
	  .normal = "8h", .min = SECOND, .max = 7 * 24 * HOUR, .unit = "time",
	  .help = "Encrypt session tickets with a new key after this long. An "
	      "old key decrypts tickets for twice as long again." },
	{ .name = "ticket-key-file", OPTION_FIELD(struct conf, ticket_key_file),
	  .unit = "file", .credential = true,
	  .example = "/run/offloader/tickets.key",
	  .help = "Read the ticket keys from this file, in the format of "
	      "haproxy's tls-ticket-keys, to share them between machines. They "
	      "are then rotated by changing the file." },

	{ .name = "backend-connect-timeout", .group = "Timeouts",
	  OPTION_FIELD(struct conf, backend_connect_timeout),
	  /* Three SYNs: a backend beside us that misses them is not there. */
	  .normal = "10s", .min = SECOND / 10, .max = HOUR, .unit = "time",
	  .help = "Give up on an address of the backend that has not accepted "
	      "the connection after this long." },
	{ .name = "ssl-handshake-timeout",
	  OPTION_FIELD(struct conf, ssl_handshake_timeout),
	  .normal = "30s", .min = SECOND / 10, .max = HOUR, .unit = "time",
	  .help = "Close a connection that has not finished its TLS handshake "
	      "this long after it was accepted." },
	{ .name = "idle-timeout", OPTION_FIELD(struct conf, idle_timeout),
	  .normal = "10m", .min = SECOND / 10, .max = YEAR, .unit = "time",
	  .help = "Close a connection after this long without data in either "
	      "direction." },
	{ .name = "half-close-timeout",
	  OPTION_FIELD(struct conf, half_close_timeout),
	  .normal = "1m", .min = SECOND / 10, .max = YEAR, .unit = "time",
	  .help = "Close a connection on which one side has finished sending "
	      "after this long without data." },
	{ .name = "drain-timeout", OPTION_FIELD(struct conf, drain_timeout),
	  .normal = "5m", .min = 0, .max = YEAR, .unit = "time",
	  .help = "Close the connections of retiring workers this long after a "
	      "reload or SIGTERM." },
	{ .name = "drain-idle-timeout",
	  OPTION_FIELD(struct conf, drain_idle_timeout),
	  /* WebSockets and IMAP are rarely idle for longer; HTTP clients must
	   * expect that an idle connection is closed. */
	  .normal = "30s", .zero = "off", .min = SECOND / 10, .max = YEAR,
	  .unit = "time",
	  .help = "Close idle connections of retiring workers after this long, "
	      "if the last data came from the backend. With off, only "
	      "drain-timeout applies." },
	{ .name = "watchdog", OPTION_FIELD(struct conf, watchdog),
	  .normal = "5s", .zero = "off", .min = SECOND, .max = HOUR,
	  .unit = "time",
	  .help = "Replace a worker that has been unresponsive for this long. "
	      "With off, a debugger can stop a worker." },

	{ .name = "workers", .letter = 'n', .group = "Processes and sockets",
	  OPTION_FIELD(struct conf, workers),
	  .normal = "auto", .zero = "auto", .min = 1, .max = 1024,
	  .unit = "number",
	  .help = "Run this many worker processes. With auto, run one for each "
	      "processor that the program may use." },
	{ .name = "backlog", .letter = 'B', OPTION_FIELD(struct conf, backlog),
	  /* hitch's 100 overflows in a burst; the kernel lowers ours to its
	   * somaxconn where that is less. */
	  .normal = "511", .min = 1, .max = 65535, .unit = "number",
	  .help = "Let this many connections wait to be accepted by each "
	      "worker. The kernel's somaxconn may lower it." },
	{ .name = "freebind", OPTION_FIELD(struct conf, freebind),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Listen even on addresses that this machine does not have, "
	      "or does not have yet." },
	{ .name = "max-generations",
	  OPTION_FIELD(struct conf, max_generations),
	  .normal = "8", .min = 1, .max = 1000, .unit = "number",
	  .help = "Let at most this many old generations of workers finish "
	      "their connections after reloads. Beyond that, the oldest "
	      "connections are cut." },
	{ .name = "keepalive", .letter = 'k',
	  OPTION_FIELD(struct conf, keepalive),
	  .normal = "3600", .zero = "off", .min = 0, .max = 32767,
	  .unit = "seconds",
	  .help = "Probe clients with TCP keepalive after this many idle "
	      "seconds. With off, never probe." },
	{ .name = "chroot", .letter = 'r', OPTION_FIELD(struct conf, chroot),
	  .unit = "directory", .example = "/var/empty",
	  .help = "Change the root directory of the workers to this one. The "
	      "path of a UNIX socket as backend is then inside it." },
	{ .name = "user", .letter = 'u', OPTION_FIELD(struct conf, user),
	  .unit = "name", .example = "nobody",
	  .help = "Run the workers as this user." },
	{ .name = "group", .letter = 'g', OPTION_FIELD(struct conf, group),
	  .unit = "name", .example = "nogroup",
	  .help = "Run the workers with this group. If not set, use the user's "
	      "own group." },
	{ .name = "sandbox", OPTION_FIELD(struct conf, sandbox),
	  .normal = "on", .words = sandbox_words, .unit = "mode",
	  .help = "Confine child processes with seccomp and Landlock. With on, "
	      "use what this build and kernel provide. With strict, refuse to "
	      "start unless both are complete." },
	{ .name = "key-isolation", OPTION_FIELD(struct conf, key_isolation),
	  .normal = "on", .unit = "on|off", .restart = true,
	  .help = "Keep private keys in a separate process that signs for the "
	      "workers. With off, every worker has all keys." },
	{ .name = "daemon", OPTION_FIELD(struct conf, daemon),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .restart = true,
	  .help = "Run in the background." },
	{ .name = "pidfile", .letter = 'p', OPTION_FIELD(struct conf, pidfile),
	  .unit = "file", .example = "/run/offloader.pid", .restart = true,
	  .help = "Write the process ID of the master to this file." },
	{ .name = "control-socket", OPTION_FIELD(struct conf, control_socket),
	  .unit = "file", .example = "/run/offloader/control.sock",
	  .restart = true,
	  .help = "Create this UNIX socket for offloaderctl(8)." },

	{ .name = "stats-listen", .group = "Statistics",
	  OPTION_FIELD(struct conf, stats_listen),
	  .unit = "address", .example = "[127.0.0.1]:9145",
	  .help = "Serve a status page, JSON and Prometheus metrics on "
	      "[HOST]:PORT, which must be a loopback address, or on the UNIX "
	      "socket at this path." },

	{ .name = "log-level", .letter = 'L', .group = "Logging",
	  OPTION_FIELD(struct conf, log_level),
	  .normal = "1", .min = 0, .max = 2, .unit = "number",
	  .help = "Log nothing (0), errors and warnings (1), or also normal "
	      "events and one line for each connection (2)." },
	{ .name = "log-filename", .letter = 'l',
	  OPTION_FIELD(struct conf, log_filename), .unit = "file",
	  .example = "/var/log/offloader.log",
	  .help = "Append the log to this file. Standard error then gets "
	      "errors only." },
	{ .name = "syslog", .letter = 's', OPTION_FIELD(struct conf, syslog),
	  .no_value = true, .normal = "off", .unit = "on|off",
	  .help = "Also log to syslog." },
	{ .name = "syslog-facility",
	  OPTION_FIELD(struct conf, syslog_facility),
	  .normal = "daemon", .words = conf_facilities, .unit = "name",
	  .help = "Log to syslog with this facility." },
	{ .name = "access-log", OPTION_FIELD(struct conf, access_log),
	  .words = access_log_words, .unit = "format", .example = "json",
	  .help = "Log one line when a connection ends. If not set, use logfmt "
	      "if log-level is 2 or access-log-file is set, and off "
	      "otherwise." },
	{ .name = "access-log-file",
	  OPTION_FIELD(struct conf, access_log_file), .unit = "file",
	  .example = "/var/log/offloader.access.log",
	  .help = "Write the lines of access-log to this file, not to the "
	      "log." },
	{ .name = "access-log-failures",
	  OPTION_FIELD(struct conf, access_log_failures),
	  .normal = "30", .zero = "all", .min = 1, .max = 1000000,
	  .unit = "number",
	  .help = "Log at most this many connections per minute and worker "
	      "that fail before their TLS handshake is finished. The others "
	      "are counted." },
	{ .name = NULL }
};

const struct option_row cli_rows[] = {
	{ .name = "config", .cli_only = true,
	  .group = "Command line only",
	  OPTION_FIELD(struct conf, config), .unit = "file",
	  .help = "Read this configuration file. The command line overrides "
	      "it." },
	{ .name = "test", .letter = 't', .cli_only = true, .no_value = true,
	  OPTION_FIELD(struct conf, test), .normal = "off", .unit = "on|off",
	  .help = "Check the configuration, list the certificates, and "
	      "exit." },
	{ .name = "version", .letter = 'V', .cli_only = true,
	  .no_value = true, OPTION_FIELD(struct conf, version),
	  .normal = "off", .unit = "on|off",
	  .help = "Print the version and exit." },
	{ .name = "help", .letter = 'h', .cli_only = true, .no_value = true,
	  OPTION_FIELD(struct conf, help), .normal = "off", .unit = "on|off",
	  .help = "Print this list and exit." },
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
