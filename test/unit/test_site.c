/*
 * test_site.c - which certificate a ClientHello leads to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "handshake.h"
#include "log/log.h"

#define PEM(name)	"pem-file = \"@/" name ".pem\"\n"
#define ECDSA12		"ECDHE-ECDSA-AES128-GCM-SHA256"
#define RSA12		"ECDHE-RSA-AES128-GCM-SHA256"
#define ALL		"ECDSA+SHA256:ed25519:RSA-PSS+SHA256:RSA+SHA256"

static struct folder folder;
/* a.example thrice, and once more beside c.example; and other names. */
static struct test_cert a, a_ed, a_rsa, a_384, c, b, wild, wild_rsa, rsa, none,
    ip;

static void
save(const char *name, struct test_cert *p, const struct request *r)
{
	*p = issuer_make(r);
	issuer_write(folder_file(&folder, name), p);
}

static int
set_up(void **state)
{
	const struct log_sink silence = { .quiet = true };
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	struct err e;

	(void)state;
	if (folder_make(&folder) != 0 || log_open(&silence, &e) != 0)
		return -1;
	save("a.pem", &a, &(struct request){ .sans = "DNS:a.example" });
	save("a_ed.pem", &a_ed, &(struct request){ .sans = "DNS:a.example",
	    .kind = "ED25519" });
	save("a_rsa.pem", &a_rsa, &(struct request){ .sans = "DNS:a.example",
	    .kind = "RSA" });
	save("a_384.pem", &a_384, &(struct request){ .sans = "DNS:a.example",
	    .key = p384 });
	save("c.pem", &c, &(struct request){
	    .sans = "DNS:c.example,DNS:a.example" });
	save("b.pem", &b, &(struct request){ .sans = "DNS:b.example" });
	save("wild.pem", &wild, &(struct request){ .sans = "DNS:*.example" });
	save("wild_rsa.pem", &wild_rsa, &(struct request){
	    .sans = "DNS:*.example", .kind = "RSA" });
	save("rsa.pem", &rsa, &(struct request){ .sans = "DNS:rsa.example",
	    .kind = "RSA" });
	save("none.pem", &none, &(struct request){ 0 });
	save("ip.pem", &ip, &(struct request){
	    .sans = "IP:10.0.0.1,DNS:10.0.0.2,DNS:*.*.example,DNS:f*.example",
	    .cn = "a.example" });
	EVP_PKEY_free(p384);
	return 0;
}

static int
tear_down(void **state)
{
	struct test_cert *all[] = { &a, &a_ed, &a_rsa, &a_384, &c, &b, &wild,
	    &wild_rsa, &rsa, &none, &ip };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		issuer_free(all[i]);
	return folder_remove(&folder);
}

static bool
is_of(const struct cert *said, const X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	bool same = len > 0 && (size_t)len == said->leaf_len &&
	    memcmp(der, said->leaf, said->leaf_len) == 0;

	OPENSSL_free(der);
	return same;
}

/*
 * One client, who is shown this test_cert; NULL: is sent away with this alert.
 */
static void
expect(struct handshake *v, const char *global, const char *front,
    const struct test_cert *shown, int alert, size_t row)
{
	struct frontend_fixture h;

	frontend_build(&h, &folder, global, front);
	handshake_run(v, &h);
	if (v->in != (shown != NULL) || (!v->in && v->alert != alert))
		fail_msg("row %zu: in: %d, alert %d", row, v->in, v->alert);
	if (v->in && !handshake_saw(v, shown))
		fail_msg("row %zu: another one", row);
	/* What is said of it is said of the one that was shown. */
	if (v->in)
		assert_true(is_of(v->choice.cert, v->shown));
	handshake_clear(v);
	frontend_clear(&h);
}

static void
test_the_name_decides_which_certificate_is_shown(void **state)
{
	static const struct {
		const char *global, *front;
		const char *name;
		const struct test_cert *shown;	/* NULL: sent away */
	} rows[] = {
		{ "", PEM("a"), NULL, &a },
		{ "", PEM("a"), "a.example", &a },
		{ "", PEM("a"), "other.test", &a },
		{ "", PEM("a") PEM("b"), "b.example", &b },
		{ "", PEM("a") PEM("b"), "B.EXAMPLE.", &b },
		{ "", PEM("a") PEM("b"), "other.test", &a },
		{ "", PEM("a") PEM("wild"), "x.example", &wild },
		{ "", PEM("wild") PEM("a"), "a.example", &a },
		{ "", PEM("a") PEM("wild"), "example", &a },
		{ "", PEM("a") PEM("wild"), "x.y.example", &a },
		/* The one that came last, if two of a kind have the name. */
		{ "", PEM("a") PEM("c"), "a.example", &c },
		{ "", PEM("c") PEM("a"), "a.example", &a },
		{ "", PEM("a") PEM("c"), NULL, &a },

		/* What stands outside of frontends. */
		{ PEM("a"), "", NULL, &a },
		{ PEM("a"), "", "a.example", &a },
		{ PEM("b"), PEM("a"), NULL, &a },
		{ PEM("b"), PEM("a"), "b.example", &b },
		{ PEM("c"), PEM("a"), "a.example", &a },
		{ PEM("a"), PEM("wild"), "a.example", &wild },
		{ PEM("wild") PEM("a"), PEM("b"), "a.example", &a },
		{ PEM("b"), PEM("a") "match-global-certs = off\n",
		    "b.example", &a },

		{ "", PEM("a") "sni-nomatch-abort = on\n", "x.test", NULL },
		{ "sni-nomatch-abort = on\n", PEM("a"), "x.test", NULL },
		{ "sni-nomatch-abort = on\n", PEM("a")
		    "sni-nomatch-abort = off\n", "x.test", &a },
		{ "", PEM("a") "sni-nomatch-abort = on\n", "a.example", &a },
		{ "", PEM("a") "sni-nomatch-abort = on\n", NULL, &a },
		{ "", PEM("a") "sni-nomatch-abort = on\n", "10.0.0.1", &a },
		{ PEM("b"), PEM("a") "sni-nomatch-abort = on\n", "b.example",
		    &b },

		{ "", PEM("a") "sni-required = on\n", NULL, NULL },
		{ "", PEM("a") "sni-required = on\n", "10.0.0.1", NULL },
		{ "", PEM("a") "sni-required = on\n", "::1", NULL },
		{ "", PEM("a") "sni-required = on\n", "a.example", &a },
		{ "", PEM("a") "sni-required = on\n", "x.test", &a },
		{ "sni-required = on\n", PEM("a"), NULL, NULL },
		{ "sni-required = on\n", PEM("a") "sni-required = off\n",
		    NULL, &a },

		/* The kind of key does not matter, only the name. */
		{ "", PEM("a") PEM("rsa"), "rsa.example", &rsa },
		{ "", PEM("rsa") PEM("a"), "a.example", &a },
		{ "", PEM("rsa") PEM("a"), NULL, &rsa },
		{ "", PEM("a") PEM("wild_rsa"), "x.example", &wild_rsa },
		{ PEM("rsa"), PEM("a"), "rsa.example", &rsa },

		/* Names that nobody can ask for, and none at all. */
		{ "", PEM("none") PEM("a"), NULL, &none },
		{ "", PEM("none") PEM("a"), "a.example", &a },
		{ "", PEM("a") PEM("ip"), "10.0.0.1", &a },
		{ "", PEM("a") PEM("ip"), "10.0.0.2", &a },
		{ "", PEM("b") PEM("ip"), "a.example", &b },	/* SAN: no CN */
		{ "", PEM("a") PEM("ip"), "x.y.example", &a },
		{ "", PEM("a") PEM("ip"), "foo.example", &a },
		{ "", PEM("ip") PEM("a"), NULL, &ip },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i / 2;
		struct handshake v = { .name = rows[row].name,
		    .version = i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION };

		expect(&v, rows[row].global, rows[row].front, rows[row].shown,
		    SSL_AD_UNRECOGNIZED_NAME, row);
	}
}

static void
test_each_client_gets_the_best_certificate_it_can_use(void **state)
{
	static const struct {
		const char *global, *front;
		const char *schemes, *ciphers, *groups;
		int version;
		const struct test_cert *shown;	/* NULL: none will do */
	} rows[] = {
		/* Of all three, whatever their order. */
		{ "", PEM("a") PEM("a_ed") PEM("a_rsa"), ALL, NULL, NULL, 0,
		    &a },
		{ "", PEM("a_rsa") PEM("a_ed") PEM("a"), ALL, NULL, NULL, 0,
		    &a },
		{ "", PEM("a_rsa") PEM("a") PEM("a_ed"), "RSA-PSS+SHA256:"
		    "ed25519", NULL, NULL, 0, &a_ed },
		{ "", PEM("a") PEM("a_ed") PEM("a_rsa"), "RSA-PSS+SHA256",
		    NULL, NULL, 0, &a_rsa },
		{ "", PEM("a") PEM("a_ed") PEM("a_rsa"), "RSA-PSS+SHA256:"
		    "RSA+SHA256", NULL, NULL, TLS1_2_VERSION, &a_rsa },
		{ "", PEM("a") PEM("a_rsa"), "ed25519", NULL, NULL, 0, NULL },

		/* TLS 1.2: ciphers and groups count as well. */
		{ "", PEM("a") PEM("a_rsa"), ALL, RSA12, NULL, TLS1_2_VERSION,
		    &a_rsa },
		{ "", PEM("a") PEM("a_rsa"), ALL, ECDSA12, NULL,
		    TLS1_2_VERSION, &a },
		{ "", PEM("a_ed") PEM("a_rsa"), ALL, ECDSA12, NULL,
		    TLS1_2_VERSION, &a_ed },
		{ "", PEM("a_ed") PEM("a_rsa"), ALL, RSA12, NULL,
		    TLS1_2_VERSION, &a_rsa },
		{ "", PEM("a") PEM("a_rsa"), ALL, NULL, "X25519",
		    TLS1_2_VERSION, &a_rsa },
		{ "", PEM("a") PEM("a_rsa"), ALL, RSA12, "X25519", 0, &a },
		{ "", PEM("a") PEM("a_rsa") "ciphers = \"" RSA12 "\"\n", ALL,
		    NULL, NULL, TLS1_2_VERSION, &a_rsa },
		{ "", PEM("a") PEM("a_rsa") "tls-protos = TLSv1.2\n", ALL,
		    RSA12, NULL, 0, &a_rsa },

		/* In TLS 1.3 the scheme names the curve. */
		{ "", PEM("a_384") PEM("a_rsa"), ALL, NULL, NULL, 0, &a_rsa },
		{ "", PEM("a_384") PEM("a_rsa"), ALL, NULL, "P-256:P-384",
		    TLS1_2_VERSION, &a_384 },
		{ "", PEM("a_384") PEM("a_rsa"), ALL ":ECDSA+SHA384", NULL,
		    NULL, 0, &a_384 },

		/* The next place has what the first one has not. */
		{ "", PEM("a") PEM("wild_rsa"), ALL, NULL, NULL, 0, &a },
		{ "", PEM("a") PEM("wild_rsa"), "RSA-PSS+SHA256", NULL, NULL,
		    0, &wild_rsa },
		{ "", PEM("a_rsa") PEM("wild"), ALL, NULL, NULL, 0, &a_rsa },
		{ PEM("a_rsa"), PEM("a"), "RSA-PSS+SHA256", NULL, NULL, 0,
		    &a_rsa },
		{ PEM("a"), PEM("wild_rsa"), ALL, NULL, NULL, 0, &wild_rsa },
		{ PEM("a_rsa") PEM("wild_rsa"), PEM("wild"), "RSA-PSS+SHA256",
		    NULL, NULL, 0, &a_rsa },
		/* Not so the default certificate, which has another name. */
		{ "", PEM("rsa") PEM("a"), "RSA-PSS+SHA256", NULL, NULL, 0,
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct handshake v = { .name = "a.example",
		    .schemes = rows[i].schemes, .ciphers = rows[i].ciphers,
		    .groups = rows[i].groups, .version = rows[i].version };

		expect(&v, rows[i].global, rows[i].front, rows[i].shown,
		    SSL_AD_HANDSHAKE_FAILURE, i);
	}
}

static void
test_the_default_certificate_has_companions(void **state)
{
	static const struct {
		const char *global, *front, *schemes;
		const struct test_cert *shown;
	} rows[] = {
		/* The first is the default one, whatever its kind. */
		{ "", PEM("a_rsa") PEM("a"), ALL, &a_rsa },
		{ "", PEM("a") PEM("a_rsa"), ALL, &a },
		{ "", PEM("a") PEM("a_rsa"), "RSA-PSS+SHA256", &a_rsa },
		{ "", PEM("a_rsa") PEM("a_ed") PEM("a"), "ECDSA+SHA256", &a },
		{ "", PEM("a_rsa") PEM("a_ed") PEM("a"),
		    "ed25519:ECDSA+SHA256", &a },
		{ "", PEM("a_rsa") PEM("a_ed") PEM("a"), "ed25519", &a_ed },
		{ "", PEM("wild") PEM("wild_rsa"), "RSA-PSS+SHA256",
		    &wild_rsa },
		{ PEM("a") PEM("a_rsa"), "", "RSA-PSS+SHA256", &a_rsa },
		/* Another took its name, but not its place. */
		{ "", PEM("a") PEM("c") PEM("a_rsa"), ALL, &a },
		{ "", PEM("a") PEM("c") PEM("a_rsa"), "RSA-PSS+SHA256",
		    &a_rsa },
		/* Who has another name is none. */
		{ "", PEM("a") PEM("rsa"), "RSA-PSS+SHA256", NULL },
		{ "", PEM("c") PEM("a_rsa"), "RSA-PSS+SHA256", NULL },
		{ PEM("a_rsa"), PEM("a"), "RSA-PSS+SHA256", NULL },
		{ "", PEM("none") PEM("a_rsa"), "RSA-PSS+SHA256", NULL },
	};
	static const char *const names[] = { NULL, "other.test", "10.0.0.1" };

	(void)state;
	for (size_t i = 0; i < 3 * sizeof rows / sizeof *rows; i++) {
		struct handshake v = { .name = names[i % 3],
		    .schemes = rows[i / 3].schemes };

		expect(&v, rows[i / 3].global, rows[i / 3].front,
		    rows[i / 3].shown, SSL_AD_HANDSHAKE_FAILURE, i / 3);
	}
}

static void
test_the_name_is_kept_as_the_client_wrote_it(void **state)
{
	static const char *const names[] = { "a.example", "A.eXample",
	    "other.test", "a.example.", "under_score", "10.0.0.1", NULL };
	struct frontend_fixture h;

	(void)state;
	frontend_build(&h, &folder, "", PEM("a"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct handshake v = { .name = names[i] };

		handshake_run(&v, &h);
		assert_true(v.in && v.choice.made);
		assert_null(v.choice.refused);
		if (names[i] == NULL)
			assert_null(v.choice.sni);
		else
			assert_string_equal(v.choice.sni, names[i]);
		handshake_clear(&v);
	}
	frontend_clear(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_name_decides_which_certificate_is_shown),
		cmocka_unit_test(
		    test_each_client_gets_the_best_certificate_it_can_use),
		cmocka_unit_test(
		    test_the_default_certificate_has_companions),
		cmocka_unit_test(test_the_name_is_kept_as_the_client_wrote_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
