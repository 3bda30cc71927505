/*
 * test_chain.c - the same intermediates are kept once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "cert/chain.h"
#include "issuer.h"

#define MANY	4

static struct test_cert test_cert[MANY];
static struct pem_block block[MANY + 1];	/* the last one is rubbish */
static unsigned char rubbish[] = "\x30\x03\x02\x01\x01";

static int
set_up(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		test_cert[i] = issuer_name("x", NULL);
		block[i].kind = PEM_CERT;
		block[i].len = (size_t)i2d_X509(test_cert[i].cert,
		    &block[i].der);
	}
	block[MANY] = (struct pem_block){ .kind = PEM_CERT, .der = rubbish,
	    .len = sizeof rubbish - 1 };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		issuer_free(&test_cert[i]);
		OPENSSL_free(block[i].der);
	}
	return 0;
}

/* The chain of "0123", of which one is the leaf. */
static struct chain *
make(struct chains *all, const char *which, size_t leaf, struct err *e)
{
	struct pem_block some[16];
	struct pem p = { .cert = some, .n = strlen(which) };

	for (size_t i = 0; i < p.n; i++)
		some[i] = block[which[i] - '0'];
	return chain_of(all, &p, leaf, "x.pem", e);
}

static void
test_the_same_bytes_in_the_same_order_are_one_chain(void **state)
{
	static const struct {
		const char *a, *b;
		size_t leaf_a, leaf_b;
		bool same;
	} rows[] = {
		{ "0", "1", 0, 0, true },		/* none at all */
		{ "02", "12", 0, 0, true },
		{ "02", "21", 0, 1, true },		/* wherever it stands */
		{ "023", "123", 0, 0, true },
		{ "203", "231", 1, 2, true },
		{ "02", "03", 0, 0, false },
		{ "02", "0", 0, 0, false },
		{ "023", "032", 0, 0, false },
		{ "022", "02", 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct chains *all = chains_new();
		struct err e;
		struct chain *a = make(all, rows[i].a, rows[i].leaf_a, &e);
		struct chain *b = make(all, rows[i].b, rows[i].leaf_b, &e);

		assert_non_null(a);
		assert_non_null(b);
		if ((a == b) != rows[i].same)
			fail_msg("row %zu", i);
		chain_release(a);
		/* The other holder's is still there. */
		assert_int_equal(chain_certs(b) != NULL ?
		    sk_X509_num(chain_certs(b)) : 0, strlen(rows[i].b) - 1);
		chain_release(b);
		chains_free(all);
	}
	chain_release(NULL);
}

static void
test_its_certificates_are_the_others_in_their_order(void **state)
{
	struct chains *all = chains_new();
	struct err e;
	struct chain *c = make(all, "3102", 2, &e);

	(void)state;
	assert_int_equal(sk_X509_num(chain_certs(c)), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(X509_cmp(sk_X509_value(chain_certs(c), i),
		    test_cert["312"[i] - '0'].cert), 0);
	chain_release(c);
	chains_free(all);
}

static void
test_a_damaged_one_is_refused_by_its_number_and_not_kept(void **state)
{
	struct chains *all = chains_new();
	struct err e;

	(void)state;
	for (int again = 0; again < 2; again++) {
		assert_null(make(all, "014", 0, &e));
		assert_string_equal(e.text, "x.pem: certificate 3 is damaged");
		assert_null(make(all, "41", 1, &e));
		assert_string_equal(e.text, "x.pem: certificate 1 is damaged");
		assert_int_equal(ERR_peek_error(), 0);
	}
	chains_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_same_bytes_in_the_same_order_are_one_chain),
		cmocka_unit_test(
		    test_its_certificates_are_the_others_in_their_order),
		cmocka_unit_test(
		    test_a_damaged_one_is_refused_by_its_number_and_not_kept),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
