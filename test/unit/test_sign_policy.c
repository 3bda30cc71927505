/*
 * test_sign_policy.c - what a key signs, and all that it does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "signing/sign_policy.h"

#define CONTEXT		"TLS 1.3, server CertificateVerify"

/* A good content of TLS 1.3, with a hash of so many bytes. */
static struct sign_request
verify_of(size_t hash)
{
	struct sign_request a = { .algorithm = KEY_RSA_PSS, .hash = KEY_SHA256,
	    .len = (uint16_t)(64 + sizeof CONTEXT + hash) };

	memset(a.content, 0xa5, sizeof a.content);
	memset(a.content, ' ', 64);
	memcpy(a.content + 64, CONTEXT, sizeof CONTEXT);
	return a;
}

/* A good content of TLS 1.2: a curve and its public key. */
static struct sign_request
exchange_of(unsigned curve, size_t len, uint8_t first)
{
	struct sign_request a = { .algorithm = KEY_RSA_PKCS1, .hash =
	    KEY_SHA256, .len = (uint16_t)(68 + len) };

	memset(a.content, 0xa5, sizeof a.content);
	a.content[64] = 3;
	a.content[65] = (uint8_t)(curve >> 8);
	a.content[66] = (uint8_t)curve;
	a.content[67] = (uint8_t)len;
	a.content[68] = first;
	return a;
}

static void
test_certificate_verify_of_a_server_is_signed(void **state)
{
	(void)state;
	assert_true(sign_policy_allows(&(struct sign_request[]){ verify_of(
	    32) }[0],
	    KEY_TYPE_RSA));
	assert_true(sign_policy_allows(&(struct sign_request[]){ verify_of(
	    48) }[0],
	    KEY_TYPE_RSA));
}

static void
test_certificate_verify_of_any_other_form_is_refused(void **state)
{
	static const size_t lengths[] = { 0, 1, 20, 28, 31, 33, 47, 49, 64 };
	struct sign_request a;

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		a = verify_of(lengths[i]);
		assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
	}
	/* Each bit of the 64 blanks, of the context and of its end counts. */
	for (size_t bit = 0; bit < 8 * (64 + sizeof CONTEXT); bit++) {
		a = verify_of(32);
		a.content[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
	}
	a = verify_of(32);
	memcpy(a.content + 64, "TLS 1.3, client", 15);
	assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
	for (unsigned len = 0; len <= UINT16_MAX; len++) {
		a.len = (uint16_t)len;
		assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
	}
}

static void
test_key_exchange_of_a_named_curve_is_signed(void **state)
{
	static const struct {
		unsigned curve;
		size_t len;
		uint8_t first;
		bool good;
	} rows[] = {
		{ 23, 65, 4, true }, { 24, 97, 4, true },
		{ 25, 133, 4, true }, { 29, 32, 0, true },
		{ 29, 32, 4, true }, { 30, 56, 9, true },
		/* Compressed, hybrid, infinite, or with the wrong length. */
		{ 23, 33, 2, false }, { 23, 65, 2, false },
		{ 23, 65, 6, false }, { 23, 65, 0, false },
		{ 23, 1, 0, false }, { 23, 64, 4, false },
		{ 23, 66, 4, false }, { 24, 65, 4, false },
		{ 25, 132, 4, false }, { 29, 31, 0, false },
		{ 29, 33, 0, false }, { 29, 0, 0, false },
		{ 30, 32, 0, false }, { 30, 57, 0, false },
		/* Other curves, finite fields, and what they look like. */
		{ 22, 65, 4, false }, { 26, 65, 4, false },
		{ 256, 65, 4, false }, { 0x171d, 32, 0, false },
		{ 0x1d17, 65, 4, false }, { 0, 65, 4, false }
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sign_request a = exchange_of(rows[i].curve, rows[i].len,
		    rows[i].first);

		assert_int_equal(sign_policy_allows(&a, KEY_TYPE_RSA),
		    rows[i].good);
		/* A byte more or less than the point is never good. */
		a.len++;
		assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
		a.len = (uint16_t)(a.len - 2);
		assert_false(sign_policy_allows(&a, KEY_TYPE_RSA));
	}
}

static void
test_key_exchange_of_another_kind_is_refused(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct sign_request a = exchange_of(29, 32, 0);

		a.content[64] = (uint8_t)type;
		assert_int_equal(sign_policy_allows(&a, KEY_TYPE_RSA), type ==
		    3);
	}
	for (unsigned len = 0; len <= UINT16_MAX; len++) {
		struct sign_request a = exchange_of(29, 32, 0);

		a.len = (uint16_t)len;
		assert_int_equal(sign_policy_allows(&a, KEY_TYPE_RSA), len ==
		    100);
	}
}

#define H(hash)		(1u << (hash))
#define SHA2		(H(KEY_SHA256) | H(KEY_SHA384) | H(KEY_SHA512))
#define SHA2_TOO	(SHA2 | H(KEY_SHA224))

/* Which hashes, by the key, the algorithm and the handshake. */
static void
test_each_key_has_its_algorithms_and_hashes(void **state)
{
	static const struct {
		enum key_type kind;
		enum key_algorithm algorithm;
		unsigned tls12, tls13;
	} rows[] = {
		{ KEY_TYPE_RSA, KEY_RSA_PSS, SHA2, SHA2 },
		{ KEY_TYPE_RSA, KEY_RSA_PKCS1, SHA2_TOO, 0 },
		{ KEY_TYPE_RSA_PSS, KEY_RSA_PSS, SHA2, SHA2 },
		{ KEY_TYPE_P256, KEY_ECDSA, SHA2_TOO, H(KEY_SHA256) },
		{ KEY_TYPE_P384, KEY_ECDSA, SHA2_TOO, H(KEY_SHA384) },
		{ KEY_TYPE_P521, KEY_ECDSA, SHA2_TOO, H(KEY_SHA512) },
		{ KEY_TYPE_OTHER_CURVE, KEY_ECDSA, SHA2_TOO, 0 },
		{ KEY_TYPE_ED25519, KEY_EDDSA, H(KEY_NO_HASH), H(KEY_NO_HASH) },
		{ KEY_TYPE_ED448, KEY_EDDSA, H(KEY_NO_HASH), H(KEY_NO_HASH) }
	};

	(void)state;
	for (int kind = KEY_TYPE_NONE; kind <= KEY_TYPE_ED448; kind++)
		for (unsigned what = 0; what < 256 * 256; what++) {
			unsigned algorithm = what >> 8, hash = what & 255;
			unsigned tls12 = 0, tls13 = 0;
			struct sign_request a = exchange_of(29, 32, 0);
			struct sign_request b = verify_of(32);

			for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
				if (rows[i].kind == (enum key_type)kind &&
				    rows[i].algorithm == algorithm &&
				    hash < 32) {
					tls12 = rows[i].tls12 >> hash & 1;
					tls13 = rows[i].tls13 >> hash & 1;
				}
			a.algorithm = b.algorithm = (uint8_t)algorithm;
			a.hash = b.hash = (uint8_t)hash;
			assert_int_equal(sign_policy_allows(&a,
			    (enum key_type)kind), tls12);
			assert_int_equal(sign_policy_allows(&b,
			    (enum key_type)kind), tls13);
		}
}

static void
test_kind_of_a_key_is_known(void **state)
{
	static const struct {
		const char *name, *detail;
		enum key_type kind;
	} rows[] = {
		{ "RSA", NULL, KEY_TYPE_RSA },
		{ "EC", "P-256", KEY_TYPE_P256 },
		{ "EC", "P-384", KEY_TYPE_P384 },
		{ "EC", "P-521", KEY_TYPE_P521 },
		{ "EC", "secp256k1", KEY_TYPE_OTHER_CURVE },
		{ "EC", "brainpoolP256r1", KEY_TYPE_OTHER_CURVE },
		{ "ED25519", NULL, KEY_TYPE_ED25519 },
		{ "ED448", NULL, KEY_TYPE_ED448 },
		{ "X25519", NULL, KEY_TYPE_NONE }
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		EVP_PKEY *key = rows[i].detail != NULL ?
		    EVP_EC_gen(rows[i].detail) :
		    strcmp(rows[i].name, "RSA") == 0 ? EVP_RSA_gen(2048) :
		    EVP_PKEY_Q_keygen(NULL, NULL, rows[i].name);

		assert_non_null(key);
		assert_int_equal(key_type(key), rows[i].kind);
		EVP_PKEY_free(key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate_verify_of_a_server_is_signed),
		cmocka_unit_test(
		    test_certificate_verify_of_any_other_form_is_refused),
		cmocka_unit_test(test_key_exchange_of_a_named_curve_is_signed),
		cmocka_unit_test(test_key_exchange_of_another_kind_is_refused),
		cmocka_unit_test(test_each_key_has_its_algorithms_and_hashes),
		cmocka_unit_test(test_kind_of_a_key_is_known)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
