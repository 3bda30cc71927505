/*
 * test_site_policy.c - who may come in, by the name that was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "handshake.h"
#include "log/log.h"

#define PEM(name)	"pem-file = \"@/" name ".pem\"\n"
#define STRICT(name)	"pem-file {\ncert = \"@/" name ".pem\"\n" \
	"client-verify = required\nclient-verify-ca = \"@/ca.crt\"\n}\n"
#define LAX(name)	"pem-file {\ncert = \"@/" name ".pem\"\n" \
	"client-verify = none\n}\n"
#define ASKING		"client-verify = required\n" \
	"client-verify-ca = \"@/ca.crt\"\n"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct folder folder;
static struct test_cert a, a_rsa, b, wild, wild_rsa, ca, client;

static void
save(const char *name, struct test_cert *p, const char *sans, const char *kind)
{
	*p = issuer_make(&(struct request){ .sans = sans, .kind = kind });
	issuer_write(folder_file(&folder, name), p);
}

static int
set_up(void **state)
{
	const struct log_sink silence = { .quiet = true };
	struct err e;
	char *text;

	(void)state;
	if (folder_make(&folder) != 0 || log_open(&silence, &e) != 0)
		return -1;
	save("a.pem", &a, "DNS:a.example", NULL);
	save("a_rsa.pem", &a_rsa, "DNS:a.example", "RSA");
	save("b.pem", &b, "DNS:b.example", NULL);
	save("wild.pem", &wild, "DNS:*.example", NULL);
	save("wild_rsa.pem", &wild_rsa, "DNS:*.example", "RSA");
	ca = issuer_make(&(struct request){ .cn = "CA", .ca = true });
	/* RSA, for clients that can nothing else. */
	client = issuer_make(&(struct request){ .cn = "client", .by = &ca,
	    .kind = "RSA" });
	text = issuer_cert_text(ca.cert);
	folder_write(&folder, "ca.crt", text, strlen(text));
	folder_write(&folder, "same.crt", text, strlen(text));
	free(text);
	return 0;
}

static int
tear_down(void **state)
{
	struct test_cert *all[] = { &a, &a_rsa, &b, &wild, &wild_rsa, &ca,
	    &client };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		issuer_free(all[i]);
	return folder_remove(&folder);
}

static void
test_a_certificate_may_have_a_policy_of_its_own(void **state)
{
	static const struct {
		const char *global, *front, *name;
		bool test_cert, in;
	} rows[] = {
		{ "", PEM("a") STRICT("b"), "b.example", true, true },
		{ "", PEM("a") STRICT("b"), "b.example", false, false },
		{ "", PEM("a") STRICT("b"), "a.example", false, true },
		{ "", PEM("a") STRICT("b"), NULL, false, true },
		{ "", PEM("a") STRICT("b"), "other.test", false, true },
		{ STRICT("b"), PEM("a"), "b.example", false, false },
		{ STRICT("b"), PEM("a"), "a.example", false, true },

		/* The frontend asks, a certificate does not. */
		{ "", PEM("a") ASKING LAX("b"), "b.example", false, true },
		{ "", PEM("a") ASKING LAX("b"), "a.example", false, false },
		{ "", PEM("a") ASKING LAX("b"), NULL, false, false },
		/* And asks for global ones, too. */
		{ PEM("b"), PEM("a") ASKING, "b.example", false, false },
		{ PEM("b"), PEM("a") ASKING, "b.example", true, true },

		/* It takes the CA from the frontend. */
		{ "", PEM("a") "client-verify-ca = \"@/ca.crt\"\npem-file {\n"
		    "cert = \"@/b.pem\"\nclient-verify = required\n}\n",
		    "b.example", false, false },
		{ "", PEM("a") "client-verify-ca = \"@/ca.crt\"\npem-file {\n"
		    "cert = \"@/b.pem\"\nclient-verify = required\n}\n",
		    "b.example", true, true },

		/* The default certificate's holds where it is the default. */
		{ "", STRICT("b"), NULL, false, false },
		{ "", STRICT("b"), "other.test", false, false },
		{ "", STRICT("b"), NULL, true, true },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i / 2;
		struct handshake v = { .version = versions[i % 2],
		    .name = rows[row].name,
		    .test_cert = rows[row].test_cert ? &client : NULL };
		struct frontend_fixture h;

		frontend_build(&h, &folder, rows[row].global, rows[row].front);
		handshake_run(&v, &h);
		if (v.in != rows[row].in)
			fail_msg("row %zu", row);
		handshake_clear(&v);
		frontend_clear(&h);
	}
}

/* The client cannot use what is closest, but could use what comes next. */
static void
test_nobody_chooses_a_policy_by_what_he_cannot_do(void **state)
{
	static const struct {
		const char *global, *front;
		const struct test_cert *shown;	/* NULL: sent away */
		bool test_cert;
	} rows[] = {
		{ "", PEM("a") PEM("wild_rsa"), &wild_rsa, false },
		{ "", STRICT("a") PEM("wild_rsa"), NULL, false },
		{ "", STRICT("a") PEM("wild_rsa"), NULL, true },
		{ PEM("a_rsa"), STRICT("a"), NULL, false },
		{ LAX("a_rsa"), PEM("a") ASKING, NULL, false },
		{ PEM("wild_rsa"), STRICT("wild"), NULL, false },
		/* The other way round it is kept as well. */
		{ "", LAX("a") PEM("wild_rsa") ASKING, NULL, true },
		/* Where both ask for the same, there is nothing to evade. */
		{ "", STRICT("a") STRICT("wild_rsa"), NULL, false },
		{ "", STRICT("a") STRICT("wild_rsa"), &wild_rsa, true },
		{ STRICT("a_rsa"), PEM("a") ASKING, NULL, false },
		{ STRICT("a_rsa"), PEM("a") ASKING, &a_rsa, true },
		/* A place of another policy is passed over, not the end. */
		{ STRICT("a_rsa"), STRICT("a") PEM("wild_rsa"), &a_rsa, true },
		{ STRICT("a_rsa"), STRICT("a") PEM("wild_rsa"), NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i / 2;
		struct handshake v = { .version = versions[i % 2],
		    .name = "a.example", .schemes = "RSA-PSS+SHA256",
		    .test_cert = rows[row].test_cert ? &client : NULL };
		struct frontend_fixture h;

		frontend_build(&h, &folder, rows[row].global, rows[row].front);
		handshake_run(&v, &h);
		if (v.in != (rows[row].shown != NULL) ||
		    (v.in && !handshake_saw(&v, rows[row].shown)))
			fail_msg("row %zu: in: %d", row, v.in);
		handshake_clear(&v);
		frontend_clear(&h);
	}
}

/* A session without a certificate opens no listener that asks for one. */
static void
test_no_session_passes_from_one_policy_to_another(void **state)
{
	static const char *const names[] = { "a.example", "b.example", NULL };
	struct frontend_fixture h;

	(void)state;
	frontend_build(&h, &folder, "", PEM("a") STRICT("b"));
	for (int i = 0; i < 2 * 3 * 3; i++) {
		struct handshake v = { .version = versions[i % 2],
		    .name = names[i / 2 % 3], .test_cert = &client };
		struct handshake w = { .version = versions[i % 2],
		    .name = names[i / 6], .test_cert = &client };

		handshake_run(&v, &h);
		assert_true(v.in && !v.resumed);
		w.session = v.next;
		handshake_run(&w, &h);
		assert_true(w.in);
		if ((v.name == names[1]) != (w.name == names[1]))
			assert_false(w.resumed);
		else if (v.name == w.name)
			assert_true(w.resumed);
		handshake_clear(&v);
		handshake_clear(&w);
	}
	frontend_clear(&h);
}

static void
test_who_shares_a_name_shares_a_policy(void **state)
{
	static const struct { const char *global, *front, *why; } rows[] = {
		{ "", PEM("a") STRICT("a_rsa"), "test.conf:12: " },
		{ "", STRICT("a_rsa") PEM("a"), "test.conf:15: " },
		/* One file twice is one certificate. */
		{ "", PEM("a") STRICT("a"), "test.conf:12: " },
		{ "", STRICT("a") PEM("a"), "test.conf:15: " },
		{ "", PEM("a") LAX("a"), NULL },
		{ "", STRICT("a") STRICT("a"), NULL },
		{ STRICT("a"), PEM("a"), NULL },
		{ PEM("a") STRICT("a_rsa"), PEM("b"), "test.conf:3: " },
		{ "", STRICT("a") LAX("a_rsa"), "test.conf:16: " },
		/* Another file may have the same in it today. */
		{ "", STRICT("a") ASKING "pem-file {\ncert = \"@/a_rsa.pem\"\n"
		    "client-verify-ca = \"@/same.crt\"\n}\n",
		    "test.conf:18: " },
		{ "", STRICT("a") STRICT("a_rsa"), NULL },
		{ "", PEM("a") LAX("a_rsa"), NULL },
		{ "", PEM("a") ASKING STRICT("a_rsa"), NULL },
		{ "", PEM("a") STRICT("b"), NULL },
		{ "", STRICT("a") PEM("wild") PEM("wild_rsa"), NULL },
		{ PEM("a"), STRICT("a_rsa"), NULL },
		{ STRICT("a"), PEM("a_rsa"), NULL },
		/* A frontend that does not serve them does not mind. */
		{ PEM("a") STRICT("a_rsa"), PEM("b")
		    "match-global-certs = off\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct frontend_fixture h;

		frontend_build(&h, &folder, rows[i].global, rows[i].front);
		if ((h.site == NULL) != (rows[i].why != NULL))
			fail_msg("row %zu: %s", i, h.said);
		if (rows[i].why != NULL &&
		    (strncmp(h.said, rows[i].why, strlen(rows[i].why)) != 0 ||
		    (strstr(h.said, "shares a name with") == NULL &&
		    strstr(h.said, "configured twice") == NULL) ||
		    strchr(h.said, '\n') != h.said + strlen(h.said) - 1))
			fail_msg("row %zu: %s", i, h.said);
		frontend_clear(&h);
	}
}

/* One that the frontend names itself is served as it says there. */
static void
test_a_file_is_served_as_its_frontend_says(void **state)
{
	static const struct { const char *global, *front; bool in; } rows[] = {
		{ STRICT("a"), PEM("a"), true },
		{ PEM("a"), STRICT("a"), false },
		{ STRICT("a") PEM("b"), PEM("b") PEM("a"), true },
		{ STRICT("a"), PEM("b"), false },
		{ LAX("a"), ASKING PEM("a"), false },
		{ LAX("a"), ASKING PEM("b"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct handshake v = { .version = TLS1_2_VERSION,
		    .name = "a.example" };
		struct frontend_fixture h;

		frontend_build(&h, &folder, rows[i].global, rows[i].front);
		if (h.site == NULL)
			fail_msg("row %zu: %s", i, h.said);
		handshake_run(&v, &h);
		if (v.in != rows[i].in)
			fail_msg("row %zu: in: %d", i, v.in);
		handshake_clear(&v);
		frontend_clear(&h);
	}
}

static void
test_what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct { const char *front; const char *why[3]; }
	    rows[] = {
		{ PEM("nothing"), { "test.conf:10: ", "/nothing.pem: No such "
		    "file" } },
		{ "pem-file = \"@/ca.crt\"\n",
		    { "test.conf:10: ", "ca.crt: no usable private key" } },
		{ "\n" PEM("a") "client-verify = optional\n"
		    "client-verify-ca = \"@/nothing.crt\"\n",
		    { "test.conf:13: ", "nothing.crt: No such file" } },
		{ PEM("a") "pem-file {\ncert = \"@/b.pem\"\n"
		    "client-verify = required\n"
		    "client-verify-ca = \"@/nothing.crt\"\n}\n",
		    { "test.conf:14: ", "nothing.crt: No such file" } },
		{ PEM("a") "ciphers = \"NONSENSE\"\n",
		    { "test.conf:11: ", "NONSENSE" } },
		/* All at once. */
		{ PEM("nothing") PEM("lost") "groups = \"nonsense\"\n",
		    { "test.conf:10: ", "test.conf:11: ",
		    "test.conf:12: " } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct frontend_fixture h;

		frontend_build(&h, &folder, "", rows[i].front);
		assert_null(h.site);
		for (int k = 0; k < 3 && rows[i].why[k] != NULL; k++)
			if (strstr(h.said, rows[i].why[k]) == NULL)
				fail_msg("row %zu: %s", i, h.said);
		assert_int_equal(ERR_peek_error(), 0);
		frontend_clear(&h);
	}
}

/* ------------------------------------------------- hello again --------- */

/* Moves what one wrote to the other, with one text in the place of another. */
static void
carry(SSL *from, SSL *to, const char *what, const char *with)
{
	char bytes[16384], *at = NULL;
	int n = BIO_read(SSL_get_wbio(from), bytes, sizeof bytes);

	assert_true(n > 0);
	if (what != NULL) {
		at = memmem(bytes, (size_t)n, what, strlen(what));
		assert_non_null(at);
		memcpy(at, with, strlen(what));
	}
	assert_int_equal(BIO_write(SSL_get_rbio(to), bytes, n), n);
}

static void
put_between(SSL *ssl)
{
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(ssl), -1);
}

/* A group the server does not like makes the client say hello twice. */
static void
test_another_name_in_the_second_hello_is_refused(void **state)
{
	static const struct { const char *becomes; int alert; } rows[] = {
		{ "a.example", 0 },
		{ "b.example", SSL_AD_ILLEGAL_PARAMETER },
		{ "A.example", SSL_AD_ILLEGAL_PARAMETER },
		{ "x.example", SSL_AD_ILLEGAL_PARAMETER },
	};
	struct frontend_fixture h;

	(void)state;
	frontend_build(&h, &folder, "", PEM("a") STRICT("b")
	    "groups = \"P-384\"\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct handshake v = { .version = TLS1_3_VERSION,
		    .name = "a.example", .groups = "X25519:P-384" };
		SSL *server = site_open(h.site, &v.choice);
		SSL *ssl = handshake_client(&v);

		put_between(server);
		put_between(ssl);
		SSL_do_handshake(ssl);
		carry(ssl, server, NULL, NULL);
		SSL_do_handshake(server);
		carry(server, ssl, NULL, NULL);
		SSL_do_handshake(ssl);
		carry(ssl, server, "a.example", rows[i].becomes);
		SSL_do_handshake(server);
		carry(server, ssl, NULL, NULL);
		SSL_do_handshake(ssl);
		assert_int_equal(v.alert, rows[i].alert);
		assert_string_equal(v.choice.sni, "a.example");
		SSL_free(server);
		SSL_free(ssl);
		handshake_clear(&v);
		ERR_clear_error();
	}
	frontend_clear(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_certificate_may_have_a_policy_of_its_own),
		cmocka_unit_test(
		    test_nobody_chooses_a_policy_by_what_he_cannot_do),
		cmocka_unit_test(
		    test_no_session_passes_from_one_policy_to_another),
		cmocka_unit_test(test_who_shares_a_name_shares_a_policy),
		cmocka_unit_test(test_a_file_is_served_as_its_frontend_says),
		cmocka_unit_test(test_what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(
		    test_another_name_in_the_second_hello_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
