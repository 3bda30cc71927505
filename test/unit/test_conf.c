/*
 * test_conf.c - defaults, then the file, then the command line; all faults.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/conf.h"
#include "config/load.h"
#include "relay/proxy_header.h"

#define ARGS	32
#define CERT	"pem-file = \"a.pem\"\n"

static char path[] = "/tmp/test_conf.XXXXXX";
static char said[65536];

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

static struct conf *
load_text(const char *text, struct err *e)
{
	said[0] = '\0';
	return conf_load_text("t", text, strlen(text), say, e);
}

/* A command line in one text, split at blanks. */
static struct conf *
load_cli(const char *line, struct err *e)
{
	char *argv[ARGS + 1] = { (char[]){ "offloader" } }, *copy, *rest, *word;
	struct conf *c;
	int argc = 1;

	said[0] = '\0';
	copy = rest = strdup(line);
	assert_non_null(copy);
	while ((word = strsep(&rest, " ")) != NULL && argc < ARGS)
		if (*word != '\0')
			argv[argc++] = word;
	c = conf_load(argc, argv, say, e);
	free(copy);
	return c;
}

/* A file, and more words after it. */
static struct conf *
load_file(const char *text, const char *more, struct err *e)
{
	FILE *f = fopen(path, "w");
	char line[300];

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	snprintf(line, sizeof line, "--config=%s %s", path, more);
	return load_cli(line, e);
}

static struct conf *
good(struct conf *c)
{
	if (c == NULL)
		fail_msg("%s", said);
	return c;
}

/* From hitch's manual pages, documentation and packages. */
static const struct {
	const char *text;
	size_t fronts, certs;
	const char *port;
} hitch[] = {
	{ "frontend = {\n    host = \"*\"\n    port = \"443\"\n}\n"
	    "backend = \"[127.0.0.1]:6086\"    # 6086 is the default Varnish "
	    "PROXY port.\n"
	    "workers = 4                     # number of CPU cores\n\n"
	    "daemon = on\n\n# We strongly recommend you create a separate "
	    "non-privileged hitch\n# user and group\n"
	    "user = \"hitch\"\ngroup = \"hitch\"\n\n"
	    "# alpn-protos = \"h2, http/1.1\"\n" CERT, 1, 1, "443" },
	{ "frontend = \"[*]:8443\"\nbackend = \"[127.0.0.1]:8000\"\n"
	    "pem-file = \"\"\npem-file = \"b\"\nciphers = \"\"\n"
	    "prefer-server-ciphers = off\nworkers = 1\nbacklog = 100\n"
	    "keepalive = 3600\nchroot = \"\"\nuser = \"\"\ngroup = \"\"\n"
	    "syslog = off\nsyslog-facility = \"daemon\"\ndaemon = off\n"
	    "sni-nomatch-abort = off\n\n# EOF\n", 1, 1, "8443" },
	{ "pem-file = \"/etc/tls/first-combined.pem\"\n"
	    "pem-file = \"/etc/tls/second-combined.pem\"\n", 1, 2, "8443" },
	{ "pem-file = {\n    cert = \"mycert.pem\"\n"
	    "    private-key = \"myprivate.key\"\n}\n", 1, 1, "8443" },
	{ CERT "alpn-protos = \"h2,http/1.1\"\n", 1, 1, "8443" },
	{ CERT "tls-protos = TLSv1.2 TLSv1.3\n", 1, 1, "8443" },
	{ CERT "ecdh-curve = \"X25519:prime256v1:secp384r1\"\n", 1, 1,
	    "8443" },
	{ CERT "backend = \"/path/to/sock\"\n", 1, 1, "8443" },
	{ CERT "backend = \"[localhost]:8080\"\n", 1, 1, "8443" },
	{ "pem-dir = \"/etc/hitch/cert.d\"\npem-dir-glob = \"*.pem\"\n", 1, 0,
	    "8443" },
	{ "frontend = \"[*]:443+/etc/a.pem\"\n", 1, 0, "443" },
	{ "frontend = {\n\thost = \"localhost\"\n\tport = \"8000\"\n"
	    "\tpem-file = \"site1.example.com\"\n\tsni-nomatch-abort = on\n}\n"
	    "frontend = {\n\thost = \"localhost\"\n\tport = \"9000\"\n"
	    "\tpem-file = {\n\t\tcert = \"site2\"\n\t}\n"
	    "\tmatch-global-certs = off\n\ttls-protos = TLSv1.2\n}\n"
	    CERT, 2, 1, "8000" },
	{ CERT "client-verify = required\nclient-verify-ca = \"ca.pem\"\n"
	    "log-level = 2\nlog-filename = \"x.log\"\npidfile = \"x.pid\"\n"
	    "ssl-handshake-timeout = 30\nbackend-connect-timeout = 30\n", 1, 1,
	    "8443" },
};

static void
test_what_hitch_reads_is_read(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof hitch / sizeof hitch[0]; i++) {
		c = good(load_text(hitch[i].text, &e));
		assert_int_equal(c->n_fronts, hitch[i].fronts);
		assert_int_equal(c->certs.n, hitch[i].certs);
		assert_string_equal(c->fronts[0].port, hitch[i].port);
		conf_free(c);
	}
}

static void
test_what_only_hitch_has_is_answered(void **state)
{
	static const char *const names[] = { "write-proxy-v2", "write-proxy",
	    "write-proxy-v1", "write-ip", "proxy-proxy", "tls", "ssl",
	    "ocsp-dir", "quiet", "ssl-engine", "ring-slots", "tcp-fastopen",
	    "backend-refresh", "proxy-client-cert", "session-cache" };
	char line[100], says[100];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(line, sizeof line, "%s = on\n" CERT, names[i]);
		assert_null(load_text(line, &e));
		snprintf(says, sizeof says, "t:1: %s: use ", names[i]);
		if (strncmp(said, says, strlen(says)) == 0)
			continue;
		snprintf(says, sizeof says, "t:1: %s: remove it", names[i]);
		if (strncmp(said, says, strlen(says)) != 0)
			fail_msg("%s", said);
	}
	assert_null(load_cli("--write-proxy-v2=on a.pem", &e));
	assert_string_equal(said,
	    "command line: write-proxy-v2: use send-proxy = v2\n");
}

static void
test_nothing_said_is_hitchs_default(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_cli("a.pem", &e));
	assert_int_equal(c->n_fronts, 1);
	assert_string_equal(c->fronts[0].name, "[*]:8443");
	assert_string_equal(c->fronts[0].host, "");
	assert_string_equal(c->fronts[0].port, "8443");
	assert_true(c->fronts[0].match_global_certs);
	assert_int_equal(c->fronts[0].tls.tls_protos.n, 2);
	assert_int_equal(c->fronts[0].client.verify, VERIFY_NONE);
	assert_string_equal(c->backend, "[127.0.0.1]:8000");
	assert_int_equal(c->send_proxy, SEND_V2);
	assert_int_equal(c->workers, 0);
	assert_int_equal(c->keepalive, 3600);
	assert_int_equal(c->log_level, 1);
	assert_int_equal(conf_facility(c), LOG_DAEMON);
	assert_float_equal(c->drain_timeout, 300, 0);
	assert_string_equal(c->certs.cert[0].pem_file, "a.pem");
	assert_string_equal(conf_where(c, c, "workers"), "default");
	assert_string_equal(conf_where(c, &c->fronts[0], "frontend"),
	    "default");
	conf_free(c);
}

static void
test_the_command_line_beats_the_file_beats_the_default(void **state)
{
	static const struct { const char *text, *more; int workers; } rows[] = {
		{ CERT, "", 0 }, { CERT "workers = 3\n", "", 3 },
		{ CERT "workers = 3\n", "--workers=5", 5 },
		{ CERT "workers = 3\n", "-n 5", 5 },
		{ CERT "workers = 3\n", "-n5", 5 },
		{ CERT "workers = 3\n", "-n 5 --workers 6", 6 },
		{ CERT "workers = 3\n", "--workers=auto", 0 },
		{ CERT, "--workers=5", 5 },
	};
	struct conf *c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		c = good(load_file(rows[i].text, rows[i].more, &e));
		assert_int_equal(c->workers, rows[i].workers);
		assert_string_equal(c->config, path);
		conf_free(c);
	}
	c = good(load_file(CERT "chroot = /a\n", "--chroot=", &e));
	assert_null(c->chroot);
	conf_free(c);
}

static void
test_what_repeats_adds_up(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_file("pem-file = a\nopenssl-conf = A:b\n"
	    "openssl-conf = { 'C:d', 'E:f' }\nfrontend = '[*]:1'\n",
	    "--pem-file=b --openssl-conf=G:h c -f [*]:2 d", &e));
	assert_int_equal(c->certs.n, 4);
	assert_string_equal(c->certs.cert[0].pem_file, "a");
	assert_string_equal(c->certs.cert[1].pem_file, "b");
	assert_string_equal(c->certs.cert[2].pem_file, "c");
	assert_string_equal(c->certs.cert[3].pem_file, "d");
	assert_int_equal(c->tls.openssl_conf.n, 4);
	assert_string_equal(c->tls.openssl_conf.word[0], "A:b");
	assert_string_equal(c->tls.openssl_conf.word[2], "E:f");
	assert_string_equal(c->tls.openssl_conf.word[3], "G:h");
	assert_int_equal(c->n_fronts, 2);
	assert_int_equal(c->fronts[1].tls.openssl_conf.n, 4);
	conf_free(c);
}

static void
test_switches_need_no_value_on_the_command_line(void **state)
{
	static const struct {
		const char *line;
		bool daemon, syslog;
	} rows[] = {
		{ "a", false, false }, { "--daemon a", true, false },
		{ "--daemon=off a", false, false },
		{ "--daemon=on -s a", true, true },
		{ "--syslog=yes -s --syslog=no a", false, false },
	};
	struct conf *c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		c = good(load_cli(rows[i].line, &e));
		assert_int_equal(c->daemon, rows[i].daemon);
		assert_int_equal(c->syslog, rows[i].syslog);
		assert_int_equal(c->certs.n, 1);
		conf_free(c);
	}
}

static void
test_options_of_blocks_follow_theirs_on_the_command_line(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_cli("--frontend=[*]:1+x.pem --name=one -f [::1]:2+z "
	    "--match-global-certs=off --pem-file=a --private-key=ka "
	    "--pem-file=b --private-key=kb -f [*]:3 --pem-file=c "
	    "--ciphers=X -f [*]:4+y.pem --name=four", &e));
	assert_int_equal(c->n_fronts, 4);
	assert_string_equal(c->fronts[0].name, "one");
	assert_string_equal(c->fronts[0].certs.cert[0].pem_file, "x.pem");
	assert_string_equal(c->fronts[1].name, "[::1]:2");
	assert_false(c->fronts[1].match_global_certs);
	assert_true(c->fronts[2].match_global_certs);
	assert_string_equal(c->fronts[3].name, "four");
	assert_string_equal(c->fronts[3].tls.ciphers, "X");
	assert_string_equal(c->certs.cert[0].private_key, "ka");
	assert_string_equal(c->certs.cert[1].private_key, "kb");
	assert_null(c->certs.cert[2].private_key);
	conf_free(c);
}

static void
test_a_frontend_takes_from_the_top_what_it_does_not_say(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_file("frontend \"web\" {\n"
	    "	host = \"*\" port = 443\n"
	    "	ciphers = \"X\"\n"
	    "	alpn-protos = \"h2\"\n"
	    "	client-verify-ca = \"\"\n"
	    "	prefer-server-ciphers = off\n"
	    "	pem-file = \"w.pem\"\n"
	    "}\n"
	    "frontend = \"[::1]:444\"\n"
	    "ciphers = \"Y\"\n"
	    "alpn-protos = \"http/1.1\"\n"
	    "client-verify-ca = \"ca.pem\"\n"
	    CERT, "--groups=P-256 --client-verify=optional", &e));
	assert_string_equal(c->fronts[0].name, "web");
	assert_string_equal(c->fronts[0].tls.ciphers, "X");
	assert_int_equal(c->fronts[0].tls.alpn_protos.n, 1);
	assert_string_equal(c->fronts[0].tls.alpn_protos.word[0], "h2");
	assert_false(c->fronts[0].tls.prefer_server_ciphers);
	/* An empty text says nothing, so the global one holds. */
	assert_string_equal(c->fronts[0].client.ca, "ca.pem");
	assert_int_equal(c->fronts[0].client.verify, VERIFY_OPTIONAL);
	assert_string_equal(c->fronts[0].certs.cert[0].pem_file, "w.pem");
	assert_string_equal(c->fronts[1].name, "[::1]:444");
	assert_string_equal(c->fronts[1].host, "::1");
	assert_string_equal(c->fronts[1].tls.ciphers, "Y");
	assert_string_equal(c->fronts[1].tls.groups, "P-256");
	assert_true(c->fronts[1].tls.prefer_server_ciphers);
	assert_string_equal(c->fronts[1].tls.alpn_protos.word[0], "http/1.1");
	conf_free(c);
}

/* Field by field: there is room between them. */
static void
same_as_front(const struct client_conf *r, const struct client_conf *front)
{
	assert_int_equal(r->verify, front->verify);
	assert_ptr_equal(r->ca, front->ca);
	assert_ptr_equal(r->crl, front->crl);
	assert_int_equal(r->crl_check, front->crl_check);
	assert_int_equal(r->depth, front->depth);
	assert_int_equal(r->advertise, front->advertise);
	assert_int_equal(r->allow.n, front->allow.n);
}

/* A row of client_rows that conf_client() forgot would be one of these. */
static void
test_a_certificate_says_for_itself_what_it_says(void **state)
{
	static const char *const said_there[] = { "client-verify = required",
	    "client-verify-ca = c", "client-verify-crl = c",
	    "client-verify-crl-check = leaf", "client-verify-depth = 1",
	    "client-verify-advertise = off", "client-allow = \"CN=c\"" };
	const char around[] = "client-verify = optional\n"
	    "client-verify-ca = a\nclient-verify-crl = a\n"
	    "client-verify-depth = 2\nclient-allow = \"CN=a\"\n";
	size_t i = 0;

	(void)state;
	for (const struct option_row *o = client_rows; o->name != NULL; o++) {
		char text[400];
		struct client_conf r;
		struct conf *c;
		struct err e;

		snprintf(text, sizeof text, "%spem-file {\ncert = x\n%s\n}\n"
		    "pem-file {\ncert = y\n%s = \"\"\n}\n", around,
		    said_there[i], o->name);
		assert_memory_equal(said_there[i++], o->name,
		    strlen(o->name));
		c = good(load_text(text, &e));
		r = conf_client(c, &c->fronts[0].client, &c->certs.cert[0]);
		assert_int_equal(r.verify, i == 1 ? VERIFY_REQUIRED :
		    VERIFY_OPTIONAL);
		assert_string_equal(r.ca, i == 2 ? "c" : "a");
		assert_string_equal(r.crl, i == 3 ? "c" : "a");
		assert_int_equal(r.crl_check, i == 4 ? CRL_CHECK_LEAF :
		    CRL_CHECK_CHAIN);
		assert_int_equal(r.depth, i == 5 ? 1 : 2);
		assert_int_equal(r.advertise, i != 6);
		assert_int_equal(r.allow.n, 1);
		assert_string_equal(r.allow.word[0], i == 7 ? "CN=c" : "CN=a");
		/* Nothing said is as good as not said. */
		r = conf_client(c, &c->fronts[0].client, &c->certs.cert[1]);
		same_as_front(&r, &c->fronts[0].client);
		conf_free(c);
	}
}

/* Words that take back what stands around a block. */
static void
test_a_block_may_want_no_lists_and_anyone(void **state)
{
	struct client_conf r;
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_text("client-verify = required\nclient-verify-ca = a\n"
	    "client-verify-crl = a\nclient-allow = \"CN=a\"\n"
	    "frontend {\nport = 1\nclient-verify-crl = none\n"
	    "client-allow = any\npem-file = w\n}\n"
	    "frontend {\nport = 2\npem-file {\ncert = x\n"
	    "client-verify-crl = none\nclient-allow = any\n}\n}\n", &e));
	assert_null(c->fronts[0].client.crl);
	assert_int_equal(c->fronts[0].client.allow.n, 0);
	assert_string_equal(c->fronts[1].client.crl, "a");
	r = conf_client(c, &c->fronts[1].client, &c->fronts[1].certs.cert[0]);
	assert_null(r.crl);
	assert_int_equal(r.allow.n, 0);
	conf_free(c);
}

static void
test_every_value_knows_where_it_was_said(void **state)
{
	struct conf *c;
	struct err e;
	const struct frontend_conf *f;

	(void)state;
	c = good(load_text("workers = 4	# one\n"
	    "pem-file = a\n"
	    "pem-file {\n"
	    "	cert = b\n"
	    "	private-key = k }\n"
	    "frontend = {\n"
	    "	port = 1\n"
	    "	ciphers = X\n"
	    "	pem-file = c\n"
	    "}\n"
	    "frontend = \"[*]:2+d\"\n"
	    "client-verify-ca = ca\n", &e));
	f = c->fronts;
	assert_string_equal(conf_where(c, c, "workers"), "t:1");
	assert_string_equal(conf_where(c, c, "backlog"), "default");
	assert_string_equal(conf_where(c, c, "no such"), "default");
	assert_string_equal(conf_where(c, &c->certs.cert[0], "pem-file"),
	    "t:2");
	assert_string_equal(conf_where(c, &c->certs.cert[0], "private-key"),
	    "t:2");
	assert_string_equal(conf_where(c, &c->certs.cert[1], "cert"), "t:4");
	assert_string_equal(conf_where(c, &c->certs.cert[1], "private-key"),
	    "t:5");
	assert_string_equal(conf_where(c, &c->certs.cert[1],
	    "client-verify-ca"), "t:12");
	assert_string_equal(conf_where(c, &f[0], "frontend"), "t:6");
	assert_string_equal(conf_where(c, &f[0], "port"), "t:7");
	assert_string_equal(conf_where(c, &f[0], "host"), "t:6");
	assert_string_equal(conf_where(c, &f[0].tls, "ciphers"), "t:8");
	assert_string_equal(conf_where(c, &f[0].tls, "groups"), "default");
	assert_string_equal(conf_where(c, &f[0].tls, "client-verify-ca"),
	    "t:12");
	assert_string_equal(conf_where(c, &f[0].certs.cert[0], "cert"), "t:9");
	assert_string_equal(conf_where(c, &f[1], "frontend"), "t:11");
	assert_string_equal(conf_where(c, &f[1], "port"), "t:11");
	assert_string_equal(conf_where(c, &f[1].certs.cert[0], "pem-file"),
	    "t:11");
	conf_free(c);
	c = good(load_file("workers = 4\n" CERT, "-n 5", &e));
	assert_string_equal(conf_where(c, c, "workers"), "command line");
	conf_free(c);
}

static void
test_what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "\n\nworkers = many\n" CERT,
		    "t:3: workers: \"many\" is not a number\n" },
		{ CERT "client-verify = maybe\n", "t:2: client-verify: "
		    "\"maybe\" is not one of none, optional, "
		    "optional-no-ca, required\n" },
		{ CERT "proxy-tlv = {\n\"cn\",\n\"cm\" }\n",
		    "t:3: proxy-tlv: \"cm\" is not one of alpn, authority, " },
		{ CERT "tls-protos = SSLv3 TLSv1.2\n",
		    "t:2: tls-protos: \"SSLv3\" is not one of TLSv1.2, " },
		{ CERT "alpn-protos = { \"h2\" \"x\" }\n",
		    "t:2: unexpected \"x\" in a list\n" },
		{ CERT "alpn-protos = { \"h2\", { }\n", "t:2: " },
		{ "", "configuration: no certificate for the default frontend "
		    "[*]:8443: set pem-file\n" },
		{ CERT "backend = \"http://a:80\"\n", "t:2: backend: "
		    "\"http://a:80\" is a URL: write HOST:PORT\n" },
		{ "frontend = \"[*]:1\"\nfrontend = \"[*]:2+x\"\n",
		    "t:1: frontend: [*]:1 has no certificate: set "
		    "pem-file\n" },
		{ CERT "frontend = \"443\"\n", "t:2: frontend: \"443\" has no "
		    "port: write [HOST]:PORT\n" },
		{ CERT "frontend = \"[*]:99999\"\n", "t:2: frontend: " },
		{ CERT "frontend { host = x }\n",
		    "t:2: port: is missing in this frontend\n" },
		{ CERT "frontend { host = x port = y/z }\n", "t:2: frontend: "
		    "\"[x]:y/z\": the port is neither a number" },
		{ CERT "frontend { address = \"[*]:1\" port = 2 }\n",
		    "t:2: address: cannot be combined with host or port\n" },
		{ CERT "frontend = \"[*]:1\"\nfrontend \"b\" {\nport = 1 }\n",
		    "t:3: frontend: b has the same address as the one at "
		    "t:2\n" },
		{ CERT "frontend = \"[a.B]:1\"\nfrontend = \"[A.b]:1\"\n",
		    "t:3: frontend: [A.b]:1 has the same address as the one "
		    "at t:2\n" },
		{ CERT "backend = \"nowhere\"\n",
		    "t:2: backend: \"nowhere\" has no port" },
		{ CERT "client-verify = required\n",
		    "t:2: client-verify: needs a client-verify-ca\n" },
		{ CERT "accept-proxy = on\n",
		    "t:2: accept-proxy: needs a proxy-from with the addresses "
		    "of the load balancers\n" },
		{ CERT "proxy-from = ::1\nfrontend {\nport = 1\n"
		    "accept-proxy = on\nproxy-from = \"\"\n}\n",
		    "t:5: accept-proxy: needs a proxy-from" },
		{ CERT "proxy-from = 10.0.0.0/33\n", "t:2: proxy-from: "
		    "\"10.0.0.0/33\": the prefix length is not a number "
		    "from 0 to 32\n" },
		{ CERT "frontend {\nport = 1\nproxy-from = { ::1, "
		    "10.1.2.3/8 }\n}\n", "t:4: proxy-from: \"10.1.2.3/8\" has "
		    "bits set after its first 8: write 10.0.0.0/8, or "
		    "the address alone\n" },
		{ CERT "proxy-from = unix\n", "t:2: proxy-from: \"unix\" is "
		    "not an address or range" },
		{ CERT "frontend {\nport = 1\nclient-verify = optional\n}\n",
		    "t:4: client-verify: needs a client-verify-ca\n" },
		{ "pem-file {\ncert = a\nclient-verify = optional\n}\n",
		    "t:3: client-verify: needs a client-verify-ca\n" },
		{ CERT "client-allow = \"CN=a\"\n",
		    "t:2: client-verify: must be set, or client-allow has no "
		    "effect\n" },
		{ CERT "frontend {\nport = 1\nclient-allow = \"CN=a\"\n}\n",
		    "t:4: client-verify: must be set, or " },
		{ "pem-file {\ncert = a\nclient-allow = \"CN=a\"\n}\n",
		    "t:3: client-verify: must be set, or " },
		{ CERT "client-verify = optional-no-ca\n",
		    "t:2: client-verify: needs a client-verify-ca\n" },
		{ CERT "client-verify-depth = 101\n", "between 0 and 100" },
		{ CERT "client-verify-crl-check = some\n",
		    "is not one of leaf, chain\n" },
		{ CERT "client-allow = \"CN=a\"\nclient-allow = \"CN=a\"\n",
		    "t:3: client-allow: \"CN=a\" is repeated\n" },
		{ "pem-file { private-key = k }\n",
		    "t:1: cert: is missing in this pem-file\n" },
		{ CERT "chroot = \"relative\"\n",
		    "t:2: chroot: \"relative\" does not begin with /\n" },
		{ CERT "idle-timeout = 0\n", "t:2: idle-timeout: 0 is not "
		    "between 0.1 and 31536000 seconds\n" },
		{ CERT "proxy-size-limit = 106\n", "between 107 and 65551" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (load_text(rows[i].text, &e) != NULL)
			fail_msg("row %zu was taken", i);
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("row %zu said: %s", i, said);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
	/* What was found first may be why there is no certificate. */
	assert_null(load_text("workers = many\n", &e));
	assert_string_equal(said, "t:1: workers: \"many\" is not a number\n");
}

static void
test_a_frontend_says_itself_who_may_speak_for_clients(void **state)
{
	struct err e;
	struct conf *c = good(load_text(CERT "proxy-from = 10.0.0.0/8\n"
	    "frontend {\nport = 1\naccept-proxy = on\n}\n"
	    "frontend {\nport = 2\nproxy-from = ::1 192.0.2.1\n}\n", &e));
	const struct inbound_conf *first = &c->fronts[0].inbound;
	const struct inbound_conf *second = &c->fronts[1].inbound;

	(void)state;
	assert_false(c->inbound.accept_proxy);
	assert_true(first->accept_proxy);
	assert_int_equal(first->proxy_from.n, 1);
	assert_string_equal(first->proxy_from.word[0], "10.0.0.0/8");
	assert_false(second->accept_proxy);
	assert_int_equal(second->proxy_from.n, 2);
	conf_free(c);
	c = good(load_cli("--accept-proxy --proxy-from=10.0.0.0/8 a.pem", &e));
	assert_true(c->fronts[0].inbound.accept_proxy);
	assert_int_equal(c->fronts[0].inbound.proxy_from.n, 1);
	conf_free(c);
}

static void
test_what_is_not_wrong_is_taken(void **state)
{
	static const char *const rows[] = {
		CERT "send-proxy = v1\nproxy-tlv = cn\n",
		CERT "proxy-tlv = none\n", CERT "proxy-tlv = \"\"\n",
		CERT "frontend = \"[*]:0\"\nfrontend = \"[*]:0\"\n",
		CERT "frontend = \"[*]:1\"\nfrontend = \"[::1]:1\"\n",
		CERT "client-verify = required\nclient-verify-ca = x\n",
		/* Who says none means none. */
		CERT "client-verify = none\nclient-allow = \"CN=a\"\n",
		CERT "client-allow = \"CN=a\"\nfrontend {\nport = 1\n"
		    "client-verify = none\n}\n",
		CERT "client-verify = optional\nclient-verify-ca = x\n"
		    "client-allow = \"CN=a\"\nclient-allow = \"CN=a, b\"\n",
		"pem-file { cert = a client-allow = \"CN=a\" }\n"
		    "client-verify = required\nclient-verify-ca = x\n",
		"pem-file { cert = a client-verify = optional }\n"
		    "client-verify-ca = x\n",
		"frontend {\nport = 1\npem-dir = x\nmatch-global-certs = off "
		    "}\n",
		CERT "drain-timeout = 0\n", CERT "keepalive = off\n",
		CERT "groups = auto\n", CERT "idle-timeout = 500ms\n",
		CERT "frontend { address = \"[*]:1+x\" name = y }\n",
		CERT "frontend = \"\"\n",
		CERT "frontend { port = 1 match-global-certs = off }\n",
		CERT "accept-proxy = on\nproxy-from = 10.0.0.0/8\n",
		CERT "frontend {\nport = 1\naccept-proxy = on\n}\n"
		    "proxy-from = \"192.0.2.1, 2001:db8::/32\"\n",
		CERT "proxy-from = { ::1 }\n",
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		conf_free(good(load_text(rows[i], &e)));
}

static void
test_all_faults_are_said_at_once_and_in_order(void **state)
{
	struct err e;

	(void)state;
	assert_null(load_file("frontend {\n"
	    "	port = x/y\n"
	    "	client-verify = no\n"
	    "	hosst = z\n"
	    "}\n"
	    "user = \"a\n"
	    "workers = 0\n"
	    "backlog = 1 backlog = 2\n"
	    "tls = on\n"
	    "chroot = x\n", "--keepalive=x -x --nonsense", &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(err_exit_status(&e), 64);
	for (char *p = said; (p = strstr(p, path)) != NULL;)
		memmove(p, p + strlen(path), strlen(p + strlen(path)) + 1);
	assert_string_equal(said,
	    "command line: -x: unknown option\n"
	    "command line: nonsense: unknown option\n"
	    "command line: keepalive: \"x\" is not a number\n"
	    ":3: client-verify: \"no\" is not one of none, optional, "
	    "optional-no-ca, required\n"
	    ":4: hosst: unknown option; did you mean host?\n"
	    ":6: the string is not closed on this line\n"
	    ":7: workers: 0 is not between 1 and 1024\n"
	    ":8: backlog: already set at :8\n"
	    ":9: tls: use tls-protos = TLSv1.2 TLSv1.3\n"
	    ":1: frontend: \"[*]:x/y\": the port is neither a number from 0 "
	    "to 65535 nor a service's name\n"
	    ":10: chroot: \"x\" does not begin with /\n");
}

static void
test_usage_missing_files_and_faults_are_told_apart(void **state)
{
	static const struct { const char *line, *says; int status; } rows[] = {
		{ "--config=/nowhere a",
		    "/nowhere: No such file or directory\n", 66 },
		{ "--config=/ a", "/: Is a directory\n", 66 },
		{ "--nonsense a", "command line: nonsense: unknown "
		    "option\n", 64 },
		{ "--werkers=3 a", "command line: werkers: unknown option; "
		    "did you mean workers?\n", 64 },
		{ "--tset a", "did you mean test?", 64 },
		{ "--idel-timeuot=3 a", "did you mean idle-timeout?", 64 },
		{ "--xyzzy a", "xyzzy: unknown option\n", 64 },
		{ "-y a", "command line: -y: unknown option\n", 64 },
		{ "a --workers", "command line: workers: needs a value\n", 64 },
		{ "a -n", "command line: -n: needs a value\n", 64 },
		{ "--workers=x a", "command line: workers: \"x\" is not a "
		    "number\n", 64 },
		{ "--private-key=k a", "command line: private-key: must come "
		    "after a --pem-file\n", 64 },
		{ "--name=k a", "command line: name: must come after a "
		    "--frontend\n", 64 },
		{ "-f [*]:1+x --private-key=k a", "command line: private-key: "
		    "must come after a --pem-file\n", 64 },
		{ "--pem-file=a -f [*]:1 --private-key=k", "command line: "
		    "private-key: must come after a --pem-file\n", 64 },
		{ "--config=/nowhere --nonsense a", "/nowhere: No such", 64 },
		{ "", "configuration: no certificate for the default "
		    "frontend [*]:8443", 78 },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_null(load_cli(rows[i].line, &e));
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("row %zu said: %s", i, said);
		assert_int_equal(err_exit_status(&e), rows[i].status);
	}
}

static void
test_help_and_version_need_no_configuration(void **state)
{
	struct conf *c;
	struct err e;

	(void)state;
	c = good(load_cli("--help --config=/nowhere", &e));
	assert_true(c->help);
	assert_false(c->version);
	conf_free(c);
	c = good(load_cli("-V", &e));
	assert_true(c->version);
	conf_free(c);
	c = good(load_cli("-t a", &e));
	assert_true(c->test);
	conf_free(c);
	c = good(load_cli("--pem-file= --frontend= a", &e));
	assert_int_equal(c->certs.n, 1);
	assert_string_equal(c->fronts[0].port, "8443");
	conf_free(c);
}

/* libconfuse's lexer has static state; nothing of it may outlive a failure. */
static void
test_a_good_file_loads_after_any_bad_one(void **state)
{
	static const char *const bad[] = {
		"user = \"a", "user = 'a\n", "/* a", "frontend {", "}", "{",
		"alpn-protos = { \"h2\"", "alpn-protos = { 'a' 'b' }",
		"alpn-protos = { , }", "include \"/nowhere\"\nuser = \"a",
		"include \"/dev/null\"\n}", "frontend { pem-file {",
		"= = =", "proxy-tlv = { = }", "proxy-tlv = { cn, ( ) }",
		"workers = ${HOME", "user = \"${HOME\"\nworkers = x",
	};
	struct conf *c;
	struct err e;

	(void)state;
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
			assert_null(load_file(bad[i], "a.pem", &e));
			assert_true(said[0] != '\0');
			c = good(load_file("workers = 3\nuser = \"it's\"\n"
			    "alpn-protos = { 'a', \"b\" }\n", "a.pem", &e));
			assert_int_equal(c->workers, 3);
			assert_string_equal(c->user, "it's");
			assert_int_equal(c->tls.alpn_protos.n, 2);
			conf_free(c);
		}
}

static void
test_ten_thousand_certificates_take_no_time(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct conf *c;
	struct err e;

	(void)state;
	for (int i = 0; i < 10000; i++)
		fprintf(out, "pem-file { cert = \"%d.pem\" private-key = "
		    "\"%d.key\" }\n", i, i);
	fclose(out);
	c = good(load_text(text, &e));
	assert_int_equal(c->certs.n, 10000);
	assert_string_equal(c->certs.cert[9999].private_key, "9999.key");
	for (int i = 0; i < 10000; i++)
		assert_int_equal(strtol(conf_where(c, &c->certs.cert[i],
		    "private-key") + 2, NULL, 10), i + 1);
	conf_free(c);
	free(text);
}

static void
test_frontends_are_not_without_number(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct err e;

	(void)state;
	for (int i = 0; i < 5000; i++)
		fprintf(out, "frontend = \"[h%d]:1+c\"\n", i);
	fclose(out);
	assert_null(load_text(text, &e));
	assert_string_equal(said, "t:4097: frontend: may be given at "
	    "most 4096 times\n");
	free(text);
}

static const struct option_part *const scopes[] = { conf_scope,
    frontend_scope, cert_scope };
#define N_SCOPES	(sizeof scopes / sizeof scopes[0])

static void
test_every_row_is_whole(void **state)
{
	const struct option_part *p;
	const struct option_row *o;
	char target[sizeof(struct conf)];
	struct err e;
	size_t n;

	(void)state;
	for (size_t i = 0; i < N_SCOPES; i++) {
		n = 0;
		for (p = scopes[i]; p->rows != NULL; p++)
			for (o = p->rows; o->name != NULL; o++, n++) {
				assert_non_null(o->help);
				assert_non_null(o->unit);
				assert_int_equal(o->help[strlen(o->help) - 1],
				    '.');
				assert_ptr_equal(option_look(scopes[i],
				    o->name, NULL), o);
				if (o->kind == OPTION_CHOICE)
					assert_non_null(o->words);
				if (o->kind == OPTION_SECTION) {
					assert_non_null(option_look(o->inside,
					    o->brief, NULL));
					assert_non_null(option_look(o->inside,
					    o->title, NULL));
				}
			}
		assert_true(n <= OPTION_MAX);
		for (p = scopes[i]; p->rows != NULL; p++) {
			memset(target, 0, sizeof target);
			if (option_defaults(p->rows, target, &e) != 0)
				fail_msg("%s", e.text);
			option_free(p->rows, target);
		}
	}
}

static void
test_no_letter_means_two_things(void **state)
{
	const struct option_row *seen[256] = { NULL };

	(void)state;
	for (size_t i = 0; i < N_SCOPES; i++)
		for (const struct option_part *p = scopes[i]; p->rows; p++)
			for (const struct option_row *o = p->rows; o->name;
			    o++) {
				unsigned char c = (unsigned char)o->letter;

				if (c == 0)
					continue;
				assert_true(seen[c] == NULL || seen[c] == o);
				seen[c] = o;
			}
}

static void
test_every_facility_has_its_number(void **state)
{
	static const struct { const char *name; int number; } rows[] = {
		{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV },
		{ "cron", LOG_CRON }, { "daemon", LOG_DAEMON },
		{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
		{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
		{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
		{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
		{ "ftp", LOG_FTP }, { "kern", LOG_KERN }, { "lpr", LOG_LPR },
		{ "news", LOG_NEWS }, { "syslog", LOG_SYSLOG },
		{ "mail", LOG_MAIL }, { "user", LOG_USER },
		{ "uucp", LOG_UUCP },
	};
	char line[64];
	struct conf *c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(line, sizeof line, CERT "syslog-facility = %s\n",
		    rows[i].name);
		c = good(load_text(line, &e));
		assert_int_equal(conf_facility(c), rows[i].number);
		conf_free(c);
	}
}

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd == -1 ? -1 : close(fd);
}

static void
test_what_needs_a_restart_stays_as_it_was(void **state)
{
	struct conf *old, *new;
	struct err e;

	(void)state;
	old = load_text(CERT "pidfile = /a\n", &e);
	new = load_text(CERT "backlog = 7\ndaemon = on\n", &e);
	assert_non_null(old);
	assert_non_null(new);
	assert_int_equal(conf_keep(new, old, say), 0);
	assert_string_equal(said, "t:3: option daemon needs a restart\n"
	    "default: option pidfile needs a restart\n");
	assert_false(new->daemon);
	assert_string_equal(new->pidfile, "/a");
	assert_int_equal(new->backlog, 7);
	said[0] = '\0';
	assert_int_equal(conf_keep(new, old, say), 0);
	assert_string_equal(said, "");
	conf_free(old);
	conf_free(new);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_hitch_reads_is_read),
		cmocka_unit_test(test_what_only_hitch_has_is_answered),
		cmocka_unit_test(test_nothing_said_is_hitchs_default),
		cmocka_unit_test(
		    test_the_command_line_beats_the_file_beats_the_default),
		cmocka_unit_test(test_what_repeats_adds_up),
		cmocka_unit_test(
		    test_switches_need_no_value_on_the_command_line),
		cmocka_unit_test(
		    test_options_of_blocks_follow_theirs_on_the_command_line),
		cmocka_unit_test(
		    test_a_frontend_takes_from_the_top_what_it_does_not_say),
		cmocka_unit_test(
		    test_a_certificate_says_for_itself_what_it_says),
		cmocka_unit_test(test_a_block_may_want_no_lists_and_anyone),
		cmocka_unit_test(test_every_value_knows_where_it_was_said),
		cmocka_unit_test(test_what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(
		    test_a_frontend_says_itself_who_may_speak_for_clients),
		cmocka_unit_test(test_what_is_not_wrong_is_taken),
		cmocka_unit_test(
		    test_all_faults_are_said_at_once_and_in_order),
		cmocka_unit_test(
		    test_usage_missing_files_and_faults_are_told_apart),
		cmocka_unit_test(test_help_and_version_need_no_configuration),
		cmocka_unit_test(test_a_good_file_loads_after_any_bad_one),
		cmocka_unit_test(test_ten_thousand_certificates_take_no_time),
		cmocka_unit_test(test_frontends_are_not_without_number),
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_no_letter_means_two_things),
		cmocka_unit_test(test_every_facility_has_its_number),
		cmocka_unit_test(test_what_needs_a_restart_stays_as_it_was),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
