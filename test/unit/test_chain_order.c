/*
 * test_chain_order.c - a leaf's chain, whatever order the file has it in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cert/chain.h"
#include "cert/chain_order.h"
#include "dice.h"
#include "issuer.h"

/*
 * l: a leaf by m, which is by r, a root. x: another m of the same name and key
 * by c, another root. k: an m by r with another key. s: a stranger, and L its
 * leaf. a and b are by each other, 1 is by b and 2 by a.
 */
static const char letters[] = "lmrxcksLab12";
static const char leaves[] = "lL12";
static struct test_cert test_cert[128];
static struct pem_block block[128];

static struct test_cert
make(const char *cn, const struct test_cert *by, EVP_PKEY *key)
{
	return issuer_make(&(struct request){ .cn = cn, .by = by, .key = key,
	    .ca = true, .ids = true });
}

static int
set_up(void **state)
{
	(void)state;
	test_cert['r'] = make("root", NULL, NULL);
	test_cert['c'] = make("other root", NULL, NULL);
	test_cert['m'] = make("middle", &test_cert['r'], NULL);
	test_cert['x'] = make("middle", &test_cert['c'], test_cert['m'].key);
	test_cert['k'] = make("middle", &test_cert['r'], NULL);
	test_cert['s'] = make("stranger", NULL, NULL);
	test_cert['b'] = make("b", NULL, NULL);
	test_cert['a'] = make("a", &test_cert['b'], NULL);
	issuer_free(&test_cert['b']);
	test_cert['b'] = make("b", &test_cert['a'], NULL);
	test_cert['L'] = make("leaf of stranger", &test_cert['s'], NULL);
	test_cert['1'] = make("1", &test_cert['b'], NULL);
	test_cert['2'] = make("2", &test_cert['a'], NULL);
	test_cert['l'] = issuer_make(&(struct request){ .cn = "leaf",
	    .by = &test_cert['m'], .ids = true });
	for (const char *c = letters; *c != '\0'; c++) {
		struct pem_block *b = &block[(int)*c];

		b->kind = PEM_CERT;
		b->len = (size_t)i2d_X509(test_cert[(int)*c].cert, &b->der);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (const char *c = letters; *c != '\0'; c++) {
		issuer_free(&test_cert[(int)*c]);
		OPENSSL_free(block[(int)*c].der);
	}
	return 0;
}

/* The chain of a file of these, of which one is the leaf. */
static struct chain *
fit(struct chains *all, const char *file, struct chain_fit *f)
{
	struct pem_block some[40];
	struct pem p = { .cert = some, .n = strlen(file) };
	size_t leaf = strcspn(file, leaves);
	struct err e = { .text = "" };
	struct cert_facts facts;
	struct chain *c;

	for (size_t i = 0; i < p.n; i++)
		some[i] = block[(int)file[i]];
	assert_int_equal(cert_facts_read(&facts, some[leaf].der,
	    some[leaf].len), 0);
	c = chain_for(all, &p, leaf, &facts, "x.pem", f, &e);
	assert_string_equal(e.text, "");
	cert_facts_clear(&facts);
	return c;
}

static void
is_sent(const struct chain *c, const char *sent)
{
	STACK_OF(X509) *certs = chain_certs(c);

	assert_int_equal(certs != NULL ? sk_X509_num(certs) : 0, strlen(sent));
	for (int i = 0; sent[i] != '\0'; i++)
		assert_int_equal(X509_cmp(sk_X509_value(certs, i),
		    test_cert[(int)sent[i]].cert), 0);
}

static void
test_a_chain_is_sent_in_order_and_without_strangers(void **state)
{
	static const struct {
		const char *file, *sent;
		bool moved, has_issuer;
		size_t left_out;
	} rows[] = {
		{ "l", "", false, false, 0 },
		{ "lm", "m", false, true, 0 },
		{ "ml", "m", false, true, 0 },
		{ "lmr", "mr", false, true, 0 },
		{ "lrm", "mr", true, true, 0 },
		{ "rml", "mr", true, true, 0 },
		{ "mrl", "mr", false, true, 0 },
		/* Strangers, and what is there twice. */
		{ "ls", "", false, false, 1 },
		{ "lsc", "", false, false, 2 },
		{ "lms", "m", false, true, 1 },
		{ "lsm", "m", false, true, 1 },
		{ "lsrm", "mr", true, true, 1 },
		{ "lmcr", "mr", false, true, 1 },
		{ "lml", "m", false, true, 1 },
		{ "lmmr", "mr", false, true, 1 },
		{ "lmrr", "mr", false, true, 1 },
		/* No way to it from the leaf. */
		{ "lr", "", false, false, 1 },
		/* Cross-signed: nothing need be moved, but the roots. */
		{ "lmxrc", "mxrc", false, true, 0 },
		{ "lxmrc", "xmrc", false, true, 0 },
		{ "lmrxc", "mrxc", false, true, 0 },
		{ "lcmxr", "mrxc", true, true, 0 },
		/* The issuer's name with another key. */
		{ "lk", "k", false, false, 0 },
		{ "lkr", "kr", false, false, 0 },
		{ "lkm", "km", false, true, 0 },
		{ "lrkm", "mrk", true, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct chains *all = chains_new();
		struct chain_fit f;
		struct chain *c = fit(all, rows[i].file, &f);

		if (f.moved != rows[i].moved ||
		    f.has_issuer != rows[i].has_issuer ||
		    f.left_out != rows[i].left_out ||
		    f.n != strlen(rows[i].sent))
			fail_msg("%s: moved %d, issuer %d, %zu left out, "
			    "%zu sent", rows[i].file, f.moved, f.has_issuer,
			    f.left_out, f.n);
		is_sent(c, rows[i].sent);
		chain_release(c);
		chains_free(all);
	}
}

static void
test_a_mended_chain_is_shared_with_those_in_order(void **state)
{
	static const char *const rows[] = { "lmr", "mrl", "lrm", "rlsm" };
	struct chains *all = chains_new();
	struct chain *c[4];
	struct chain_fit f;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		c[i] = fit(all, rows[i], &f);
		assert_ptr_equal(c[i], c[0]);
	}
	for (size_t i = 0; i < 4; i++)
		chain_release(c[i]);
	chains_free(all);
}

/* However they come and go, each leaf gets its own: for the sanitizer. */
static void
test_what_was_mended_before_makes_no_difference(void **state)
{
	static const struct { const char *file, *sent; } rows[] = {
		{ "lrm", "mr" }, { "rml", "mr" }, { "Lxm", "" },
		{ "Lsm", "s" }, { "lsm", "m" }, { "lms", "m" },
		{ "Lms", "s" }, { "ab1", "ba" }, { "2ba", "ab" },
		{ "2ab", "ab" }, { "1ba", "ba" }, { "lmr", "mr" },
	};
	enum { N = sizeof rows / sizeof *rows };
	struct dice dice = dice_new(1);
	struct chains *all = chains_new();
	struct chain *held[N] = { NULL };

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t k = dice_roll(&dice, N);
		struct chain_fit f;

		if (held[k] != NULL) {
			chain_release(held[k]);
			held[k] = NULL;
			continue;
		}
		held[k] = fit(all, rows[k].file, &f);
		is_sent(held[k], rows[k].sent);
		assert_int_equal(f.n, strlen(rows[k].sent));
		assert_int_equal(f.left_out, strlen(rows[k].file) - 1 - f.n);
	}
	for (size_t k = 0; k < N; k++)
		chain_release(held[k]);
	chains_free(all);
}

/* More than any chain has: the rest is left out. */
static void
test_a_long_line_of_issuers_has_an_end(void **state)
{
	enum { MANY = CHAIN_ORDER_MAX + 3 };
	STACK_OF(X509) *some = sk_X509_new_null();
	struct test_cert p[MANY];
	size_t at[CHAIN_ORDER_MAX];
	bool moved;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		char cn[16];

		snprintf(cn, sizeof cn, "%d", i);
		p[i] = make(cn, i > 0 ? &p[i - 1] : NULL, NULL);
		sk_X509_push(some, p[i].cert);
	}
	assert_int_equal(chain_order_find(p[MANY - 1].cert, some, at, &moved),
	    CHAIN_ORDER_MAX);
	assert_true(moved);
	for (int i = 0; i < CHAIN_ORDER_MAX; i++)
		assert_int_equal(at[i], MANY - 2 - i);
	sk_X509_free(some);
	for (int i = 0; i < MANY; i++)
		issuer_free(&p[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_chain_is_sent_in_order_and_without_strangers),
		cmocka_unit_test(
		    test_a_mended_chain_is_shared_with_those_in_order),
		cmocka_unit_test(
		    test_what_was_mended_before_makes_no_difference),
		cmocka_unit_test(test_a_long_line_of_issuers_has_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
