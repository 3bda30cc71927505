/*
 * conf.h - what the user asked for. Built once, then never changed.
 */
#ifndef OFFLOADER_CONF_H
#define OFFLOADER_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/option.h"

#define CONF_MANY_CERTS	100000	/* pem-file blocks of one scope */

/* Choices begin at 1: 0 is "not set" (see OPTION_CHOICE). */
enum client_verify { VERIFY_UNSET, VERIFY_NONE, VERIFY_OPTIONAL,
    VERIFY_OPTIONAL_NO_CA, VERIFY_REQUIRED };
enum crl_check { CRL_CHECK_UNSET, CRL_CHECK_LEAF, CRL_CHECK_CHAIN };
enum sandbox_mode { SANDBOX_UNSET, SANDBOX_ON, SANDBOX_OFF, SANDBOX_STRICT };
enum access_log { ACCESS_UNSET, ACCESS_OFF, ACCESS_LOGFMT, ACCESS_JSON };
enum send_proxy { SEND_UNSET, SEND_V2, SEND_V1, SEND_NONE };

/* What holds for a frontend's sessions; globally: the default of all. */
struct tls_conf {
	char *ciphers;		/* of TLS 1.2, in OpenSSL's words */
	char *ciphersuites;	/* of TLS 1.3 */
	char *groups;
	struct strlist tls_protos;	/* "TLSv1.2", "TLSv1.3" */
	struct strlist alpn_protos;
	struct strlist openssl_conf;	/* "Command:value" each */
	bool prefer_server_ciphers;
	bool sni_nomatch_abort;
	bool sni_required;
	bool session_tickets;
	int session_ticket_count;	/* for each handshake of TLS 1.3 */
	double session_timeout;
	char *key_passphrase_file;
};

/*
 * Which client certificates are accepted. conf_client() has the values for a
 * certificate of ours that does not set all options.
 */
struct client_conf {
	unsigned verify;	/* enum client_verify */
	char *ca;		/* file or directory, or NULL */
	char *crl;		/* the same */
	unsigned crl_check;	/* enum crl_check */
	int depth;		/* authorities below the last of a chain */
	bool advertise;
	struct strlist allow;	/* none: all that are verified */
};

/* How clients get to a frontend; globally: the default of all. */
struct inbound_conf {
	bool accept_proxy;
	struct strlist proxy_from;	/* ranges of addresses */
};

struct cert_conf {
	char *pem_file;		/* chain, and the key if not in private_key */
	char *private_key;	/* file or URI, or NULL */
	char *key_passphrase_file;	/* NULL: as the frontend says */
	struct client_conf client;	/* private: see conf_client() */
};

struct certs_conf {
	struct cert_conf *cert;
	size_t n;
};

struct frontend_conf {
	char *name;		/* its title, or the address as written */
	char *address;		/* "[HOST]:PORT+CERT" as written, or NULL */
	char *host;		/* "" : every address */
	char *port;
	struct inbound_conf inbound;
	struct tls_conf tls;
	struct client_conf client;
	struct certs_conf certs;	/* pem-file ... */
	char *pem_dir;
	char *pem_dir_glob;
	bool pem_dir_lenient;
	bool match_global_certs;
};

struct conf {
	struct frontend_conf *fronts;
	size_t n_fronts;
	struct certs_conf certs;
	char *pem_dir;
	char *pem_dir_glob;
	bool pem_dir_lenient;
	bool allow_loose_keys;
	struct inbound_conf inbound;
	struct tls_conf tls;
	struct client_conf client;

	char *backend;		/* "[HOST]:PORT" or "/path" */
	unsigned send_proxy;	/* enum send_proxy */
	struct strlist proxy_tlv;	/* in order of preference */
	int proxy_size_limit;	/* bytes of a whole header */

	double ticket_rotation;
	char *ticket_key_file;	/* or NULL */

	int workers;		/* 0: auto */
	int backlog;
	bool freebind;
	int keepalive;		/* seconds; 0: off */
	double backend_connect_timeout;
	double ssl_handshake_timeout;
	double idle_timeout;
	double half_close_timeout;
	double drain_timeout;
	double drain_idle_timeout;	/* 0: off */
	double watchdog;		/* 0: off */
	int max_generations;

	char *chroot;
	char *user;
	char *group;
	unsigned sandbox;	/* enum sandbox_mode */
	bool key_isolation;
	bool daemon;
	char *pidfile;
	char *control_socket;	/* or NULL */
	char *stats_listen;	/* "[HOST]:PORT", "/path" or NULL */
	int log_level;
	char *log_filename;
	bool syslog;
	unsigned syslog_facility;	/* index of conf_facilities + 1 */
	unsigned access_log;	/* private: see conf_access_log() */
	char *access_log_file;	/* or NULL */
	int access_log_failures;	/* lines in a minute; 0: all */

	char *config;		/* the file it came from, or NULL */
	bool test, version, help;	/* only from the command line */
	bool faulty;		/* for --test alone: faults were said */
	struct conf_origin *origins;	/* private: see conf_where() */
	size_t n_origins, n_sorted;
};

/*
 * Row tables, each ended by a row without a name; and which of them make up
 * the top of the file, a frontend's block and a pem-file's.
 */
extern const struct option_row conf_rows[];	/* struct conf */
extern const struct option_row inbound_rows[];	/* struct inbound_conf */
extern const struct option_row tls_rows[];	/* struct tls_conf */
extern const struct option_row client_rows[];	/* struct client_conf */
extern const struct option_row cli_rows[];	/* struct conf */
extern const struct option_row frontend_rows[];	/* struct frontend_conf */
extern const struct option_row cert_rows[];	/* struct cert_conf */
extern const struct option_part conf_scope[], frontend_scope[], cert_scope[];

/* The syslog facilities by name and by number, in the same order. */
extern const char *const conf_facilities[];
int conf_facility(const struct conf *);

/* What it is, asked for by name or not. Never ACCESS_UNSET. */
enum access_log conf_access_log(const struct conf *);

/* True if the JA4 fingerprint of clients is sent or logged. */
bool conf_wants_ja4(const struct conf *);

/*
 * Where an option of a scope (the conf itself, a frontend, its tls, a cert) was
 * set: "FILE:LINE", "command line" or "default". Valid as long as the conf.
 */
const char *conf_where(const struct conf *, const void *scope,
    const char *option);

/*
 * The client options of a certificate (or NULL). Options that it does not set
 * come from around it. The strings belong to the conf.
 */
struct client_conf conf_client(const struct conf *,
    const struct client_conf *around, const struct cert_conf *);

/*
 * Keeps the old values of options that a reload cannot change, and reports each
 * one that differs, with its place. -1: out of memory.
 */
int conf_keep(struct conf *, const struct conf *old,
    void (*say)(const char *sentence));

void conf_free(struct conf *);

#endif
