/*
 * test_context.c - a frontend's options make the context, or are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "config/conf.h"
#include "config/load.h"
#include "issuer.h"
#include "shake.h"
#include "tls/context.h"

static struct test_cert ec, rsa;
static char said[2048];

/* One context, and all that it stands on. */
struct made {
	struct conf *conf;
	struct alpn alpn;
	struct faults faults;
	SSL_CTX *ctx;		/* NULL: refused */
};

static int
set_up(void **state)
{
	(void)state;
	ec = issuer_name("ec", NULL);
	rsa = issuer_make(&(struct request){ .cn = "rsa", .kind = "RSA" });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	issuer_free(&ec);
	issuer_free(&rsa);
	return 0;
}

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

/* The options of a frontend; its fourth line is the first of them. */
static void
make(struct made *m, const char *options)
{
	char text[2048];
	struct err e;
	int n = snprintf(text, sizeof text, "pem-file = \"x.pem\"\n"
	    "frontend {\n\tport = \"443\"\n%s\n}\n", options);

	said[0] = '\0';
	*m = (struct made){ .faults = { .say = say } };
	m->conf = conf_load_text("test.conf", text, (size_t)n, say, &e);
	if (m->conf == NULL)
		fail_msg("%s: %s", options, said);
	m->ctx = context_new(m->conf, &m->conf->fronts[0].tls, &m->alpn,
	    &m->faults);
	assert_int_equal(m->ctx == NULL, m->faults.n > 0);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
clear(struct made *m)
{
	conf_free(m->conf);
	SSL_CTX_free(m->ctx);
	free(m->alpn.wire);
}

/* ------------------------------------------------- options ------------- */

static void
test_a_value_openssl_does_not_take_is_named_with_its_place(void **state)
{
	static const struct { const char *options, *why; } rows[] = {
		{ "ciphers = \"NONSENSE\"",
		    "test.conf:4: ciphers: OpenSSL does not accept "
		    "\"NONSENSE\": no cipher match" },
		{ "\n\nciphers = \"-ALL\"", "test.conf:6: ciphers: " },
		{ "ciphersuites = \"TLS_NONSENSE\"",
		    "test.conf:4: ciphersuites: OpenSSL does not accept "
		    "\"TLS_NONSENSE\"" },
		{ "groups = \"nonsense\"",
		    "test.conf:4: groups: OpenSSL does not accept "
		    "\"nonsense\"" },
		{ "ecdh-curve = \"nonsense\"", "test.conf:4: groups: " },
		{ "openssl-conf = \"Nonsense:1\"",
		    "test.conf:4: openssl-conf: OpenSSL does not accept "
		    "\"Nonsense:1\"" },
		{ "openssl-conf = \"NoColon\"", "\"NoColon\"" },
		{ "openssl-conf = \":\"", "\":\"" },
		{ "openssl-conf = \"MinProtocol:SSLv9\"",
		    "\"MinProtocol:SSLv9\"" },
		{ "openssl-conf = \"Options:Nonsense\"",
		    "\"Options:Nonsense\"" },
		{ "openssl-conf = \"Certificate:/etc/x.pem\"",
		    "\"Certificate:/etc/x.pem\"" },
		{ "openssl-conf = \"PrivateKey:/etc/x.pem\"",
		    "\"PrivateKey:/etc/x.pem\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;

		make(&m, rows[i].options);
		assert_null(m.ctx);
		if (strstr(said, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].options, said);
		assert_int_equal(m.faults.n, 1);
		assert_int_equal(m.faults.first.kind, ERR_CONFIG);
		clear(&m);
	}
}

static void
test_every_wrong_value_is_said_at_once(void **state)
{
	struct made m;

	(void)state;
	make(&m, "ciphers = \"NO1\"\nciphersuites = \"NO2\"\n"
	    "groups = \"NO3\"\nopenssl-conf = \"NO4:x\"\n"
	    "openssl-conf = \"Options:NO5\"");
	assert_int_equal(m.faults.n, 5);
	for (int i = 1; i <= 5; i++) {
		char name[16];

		snprintf(name, sizeof name, "NO%d", i);
		assert_non_null(strstr(said, name));
	}
	clear(&m);
}

static void
test_a_cipher_without_forward_secrecy_cannot_be_had(void **state)
{
	static const char *const rows[] = {
		"ciphers = \"AES128-SHA\"",		/* static RSA */
		"ciphers = \"AES256-GCM-SHA384\"",
		"ciphers = \"kRSA\"", "ciphers = \"ALL\"",
		"ciphers = \"DEFAULT\"", "ciphers = \"HIGH\"",
		"ciphers = \"ECDHE+AESGCM:AES128-GCM-SHA256\"",
		"ciphers = \"DHE-RSA-AES128-GCM-SHA256\"",
		"ciphers = \"ECDHE-RSA-NULL-SHA:@SECLEVEL=0\"",
		"ciphers = \"NULL-SHA256:@SECLEVEL=0\"",
		"ciphers = \"eNULL:@SECLEVEL=0\"",
		"ciphers = \"aNULL:@SECLEVEL=0\"",
		"ciphers = \"AECDH-AES128-SHA:@SECLEVEL=0\"",
		"ciphers = \"ADH-AES128-SHA:@SECLEVEL=0\"",
		"ciphers = \"PSK-AES128-GCM-SHA256\"",
		"ciphers = \"ECDHE-PSK-AES128-CBC-SHA\"",
		"ciphers = \"SRP-AES-128-CBC-SHA\"",
		"openssl-conf = \"CipherString:AES128-SHA\"",
		"openssl-conf = \"CipherString:ALL:@SECLEVEL=0\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;

		make(&m, rows[i]);
		if (m.ctx != NULL)
			fail_msg("%s: taken", rows[i]);
		assert_int_equal(m.faults.n, 1);
		if (strstr(said, "ciphers: ") == NULL ||
		    strstr(said, "lacks forward secrecy") == NULL)
			fail_msg("%s: %s", rows[i], said);
		clear(&m);
	}
}

static void
test_good_values_are_taken(void **state)
{
	static const char *const rows[] = {
		"", "ciphers = \"ECDHE+AESGCM:ECDHE+CHACHA20\"",
		"ciphers = \"ECDHE-RSA-AES128-SHA\"",	/* CBC, if one must */
		"ciphersuites = \"TLS_AES_128_GCM_SHA256\"",
		"groups = \"X25519:P-256\"", "groups = \"auto\"",
		"tls-protos = \"TLSv1.2\"", "tls-protos = \"TLSv1.3\"",
		"alpn-protos = \"h2, http/1.1\"",
		"openssl-conf = \"Options:-SessionTicket\"",
		"openssl-conf = \"Ciphersuites:TLS_AES_128_GCM_SHA256\"",
		"openssl-conf = \"SignatureAlgorithms:ECDSA+SHA256\"",
		"openssl-conf = \"RecordPadding:512\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;

		make(&m, rows[i]);
		if (m.ctx == NULL)
			fail_msg("%s: %s", rows[i], said);
		clear(&m);
	}
}

static void
test_some_things_no_option_changes(void **state)
{
	static const char *const rows[] = {
		"", "openssl-conf = \"Options:-NoRenegotiation\"",
		"openssl-conf = \"Options:ClientRenegotiation\"",
		"openssl-conf = \"Options:Compression\"",
		"openssl-conf = \"MinProtocol:TLSv1.2\"",
	};
	const uint64_t must = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;

		make(&m, rows[i]);
		/* It may also be refused. */
		if (m.ctx == NULL)
			goto next;
		if ((SSL_CTX_get_options(m.ctx) & must) != must)
			fail_msg("changed by %s", rows[i]);
		assert_false(SSL_CTX_get_mode(m.ctx) & SSL_MODE_AUTO_RETRY);
		assert_true(SSL_CTX_get_mode(m.ctx) &
		    SSL_MODE_RELEASE_BUFFERS);
		assert_int_equal(SSL_CTX_get_session_cache_mode(m.ctx),
		    SSL_SESS_CACHE_OFF);
		assert_int_equal(SSL_CTX_get_max_early_data(m.ctx), 0);
		assert_int_equal(SSL_CTX_get_num_tickets(m.ctx), 1);
 next:
		clear(&m);
	}
}

/* ------------------------------------------------- handshakes ---------- */

/* A client with its own wishes; the server shows both its certificates. */
struct wish {
	int min, max;
	const char *ciphers, *suites, *groups;
	const char *alpn;	/* as on the wire */
};

static void
make_client(const struct wish *w, SSL_CTX **ctx, SSL **ssl)
{
	*ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(*ctx, 0);
	SSL_CTX_set_min_proto_version(*ctx, w->min);
	SSL_CTX_set_max_proto_version(*ctx, w->max);
	if (w->ciphers != NULL)
		SSL_CTX_set_cipher_list(*ctx, w->ciphers);
	if (w->suites != NULL)
		SSL_CTX_set_ciphersuites(*ctx, w->suites);
	if (w->groups != NULL)
		SSL_CTX_set1_groups_list(*ctx, w->groups);
	if (w->alpn != NULL)
		SSL_CTX_set_alpn_protos(*ctx, (const unsigned char *)w->alpn,
		    (unsigned)strlen(w->alpn));
	*ssl = SSL_new(*ctx);
}

/* The alert that the server sent, or 0. */
static void
on_info(const SSL *ssl, int where, int ret)
{
	if (where == SSL_CB_WRITE_ALERT)
		*(int *)SSL_get_app_data(ssl) = ret & 0xff;
}

static bool
meet(struct made *m, const struct wish *w, int *alert, SSL **server,
    SSL **client)
{
	SSL_CTX *ctx;
	bool good;

	assert_non_null(m->ctx);
	SSL_CTX_use_cert_and_key(m->ctx, rsa.cert, rsa.key, NULL, 1);
	SSL_CTX_use_cert_and_key(m->ctx, ec.cert, ec.key, NULL, 1);
	make_client(w, &ctx, client);
	*alert = 0;
	*server = SSL_new(m->ctx);
	SSL_set_app_data(*server, alert);
	SSL_set_info_callback(*server, on_info);
	good = shake(*server, *client);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

static void
part(SSL *server, SSL *client)
{
	SSL_free(server);
	SSL_free(client);
}

static void
test_only_the_chosen_versions_are_spoken(void **state)
{
	static const struct {
		const char *options;
		int min, max, spoken;	/* 0: none */
	} rows[] = {
		{ "", TLS1_2_VERSION, TLS1_3_VERSION, TLS1_3_VERSION },
		{ "", TLS1_2_VERSION, TLS1_2_VERSION, TLS1_2_VERSION },
		{ "", TLS1_VERSION, TLS1_1_VERSION, 0 },
		{ "tls-protos = \"TLSv1.3, TLSv1.2\"", TLS1_2_VERSION,
		    TLS1_2_VERSION, TLS1_2_VERSION },
		{ "tls-protos = \"TLSv1.2\"", TLS1_2_VERSION, TLS1_3_VERSION,
		    TLS1_2_VERSION },
		{ "tls-protos = \"TLSv1.2\"", TLS1_3_VERSION, TLS1_3_VERSION,
		    0 },
		{ "tls-protos = \"TLSv1.3\"", TLS1_2_VERSION, TLS1_3_VERSION,
		    TLS1_3_VERSION },
		{ "tls-protos = \"TLSv1.3\"", TLS1_2_VERSION, TLS1_2_VERSION,
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct wish w = { .min = rows[i].min,
		    .max = rows[i].max };
		struct made m;
		SSL *server, *client;
		int alert;

		make(&m, rows[i].options);
		assert_int_equal(meet(&m, &w, &alert, &server, &client),
		    rows[i].spoken != 0);
		if (rows[i].spoken != 0)
			assert_int_equal(SSL_version(client), rows[i].spoken);
		else
			assert_int_equal(alert, SSL_AD_PROTOCOL_VERSION);
		part(server, client);
		clear(&m);
	}
}

static void
test_our_order_of_protocols_decides_and_none_in_common_ends_it(void **state)
{
	static const struct {
		const char *ours, *theirs, *picked;
		bool refused;
	} rows[] = {
		{ "h2, http/1.1", "\2h2\10http/1.1", "h2", false },
		{ "h2, http/1.1", "\10http/1.1\2h2", "h2", false },
		{ "http/1.1, h2", "\2h2\10http/1.1", "http/1.1", false },
		{ "h2, http/1.1", "\3foo\10http/1.1", "http/1.1", false },
		{ "h2", "\10http/1.1", NULL, true },
		{ "h2", "\1h", NULL, true },
		{ "h2", "\3h2x", NULL, true },
		{ "h2", "\2H2", NULL, true },
		{ "h2, http/1.1", NULL, "", false },
		/* Who was told of no protocol has no opinion. */
		{ NULL, "\2h2", "", false },
		{ NULL, NULL, "", false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i / 2;
		const struct wish w = { .alpn = rows[row].theirs,
		    .max = i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION };
		const unsigned char *picked;
		char options[128] = "";
		SSL *server, *client;
		struct made m;
		unsigned len;
		int alert;

		if (rows[row].ours != NULL)
			snprintf(options, sizeof options,
			    "alpn-protos = \"%s\"", rows[row].ours);
		make(&m, options);
		assert_int_equal(meet(&m, &w, &alert, &server, &client),
		    !rows[row].refused);
		if (rows[row].refused)
			assert_int_equal(alert,
			    SSL_AD_NO_APPLICATION_PROTOCOL);
		else {
			SSL_get0_alpn_selected(client, &picked, &len);
			assert_int_equal(len, strlen(rows[row].picked));
			assert_memory_equal(picked, rows[row].picked, len);
		}
		part(server, client);
		clear(&m);
	}
}

static void
test_what_was_asked_for_is_what_is_agreed_on(void **state)
{
#define A128	"ECDHE-ECDSA-AES128-GCM-SHA256"
#define A256	"ECDHE-ECDSA-AES256-GCM-SHA384"
#define S128	"TLS_AES_128_GCM_SHA256"
#define S256	"TLS_AES_256_GCM_SHA384"
	static const struct {
		const char *options;
		struct wish wish;
		const char *cipher;	/* NULL: refused */
	} rows[] = {
		{ "ciphers = \"" A256 ":" A128 "\"", { .max = TLS1_2_VERSION,
		    .ciphers = A128 ":" A256 }, A256 },
		{ "ciphers = \"" A256 ":" A128 "\"\n"
		    "prefer-server-ciphers = off", { .max = TLS1_2_VERSION,
		    .ciphers = A128 ":" A256 }, A128 },
		{ "ciphers = \"" A256 "\"", { .max = TLS1_2_VERSION,
		    .ciphers = A128 }, NULL },
		{ "ciphersuites = \"" S256 ":" S128 "\"", {
		    .suites = S128 ":" S256 }, S256 },
		{ "ciphersuites = \"" S128 "\"", { .suites = S128 ":" S256 },
		    S128 },
		{ "ciphersuites = \"" S128 "\"", { .suites = S256,
		    .min = TLS1_3_VERSION }, NULL },
		{ "openssl-conf = \"Ciphersuites:" S128 "\"", {
		    .suites = S256 ":" S128 }, S128 },
		{ "groups = \"P-384\"", { .groups = "P-384:X25519",
		    .suites = S128 }, S128 },
		{ "groups = \"P-384\"", { .groups = "X25519" }, NULL },
		{ "openssl-conf = \"Groups:P-384\"", { .groups = "X25519" },
		    NULL },
		{ "openssl-conf = \"MaxProtocol:TLSv1.2\"", {
		    .ciphers = A128 }, A128 },
		/* The default takes no client that knows only static RSA. */
		{ "", { .max = TLS1_2_VERSION, .ciphers = "kRSA" }, NULL },
		{ "", { .max = TLS1_2_VERSION,
		    .ciphers = "ECDHE-RSA-AES128-SHA" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;
		SSL *server, *client;
		int alert;

		make(&m, rows[i].options);
		assert_int_equal(meet(&m, &rows[i].wish, &alert, &server,
		    &client), rows[i].cipher != NULL);
		if (rows[i].cipher != NULL)
			assert_string_equal(SSL_get_cipher_name(client),
			    rows[i].cipher);
		else
			assert_int_equal(alert, SSL_AD_HANDSHAKE_FAILURE);
		part(server, client);
		clear(&m);
	}
}

/* What is not given out cannot be taken back. */
static void
test_resumption_is_as_it_was_asked_for(void **state)
{
	static const struct {
		const char *options;
		long timeout;
		unsigned tickets;
	} rows[] = {
		{ "", 7200, 1 },
		{ "session-timeout = 7d\nsession-ticket-count = 8", 604800,
		    8 },
		{ "session-timeout = 1s", 1, 1 },
		{ "session-tickets = off", 7200, 0 },
		{ "session-tickets = off\nsession-ticket-count = 2", 7200,
		    0 },
		{ "session-tickets = off\nopenssl-conf = "
		    "\"Options:SessionTicket\"", 7200, 0 },
		{ "openssl-conf = \"Options:-SessionTicket\"", 7200, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m;

		make(&m, rows[i].options);
		assert_non_null(m.ctx);
		assert_int_equal(SSL_CTX_get_timeout(m.ctx), rows[i].timeout);
		assert_int_equal(SSL_CTX_get_num_tickets(m.ctx),
		    rows[i].tickets);
		assert_int_equal((SSL_CTX_get_options(m.ctx) &
		    SSL_OP_NO_TICKET) != 0, rows[i].tickets == 0);
		clear(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_value_openssl_does_not_take_is_named_with_its_place),
		cmocka_unit_test(test_every_wrong_value_is_said_at_once),
		cmocka_unit_test(
		    test_a_cipher_without_forward_secrecy_cannot_be_had),
		cmocka_unit_test(test_good_values_are_taken),
		cmocka_unit_test(test_some_things_no_option_changes),
		cmocka_unit_test(test_only_the_chosen_versions_are_spoken),
		cmocka_unit_test(
	    test_our_order_of_protocols_decides_and_none_in_common_ends_it),
		cmocka_unit_test(test_what_was_asked_for_is_what_is_agreed_on),
		cmocka_unit_test(test_resumption_is_as_it_was_asked_for),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
