/*
 * test_key_proof.c - who has the key can prove it, and nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "issuer.h"
#include "keys/key_proof.h"
#include "keys/public_key.h"

static const struct {
	const char *kind;
	enum public_key_kind public;
} rows[] = {
	{ "P-256", PUBLIC_EC }, { "P-384", PUBLIC_EC }, { "P-521", PUBLIC_EC },
	{ "secp256k1", PUBLIC_EC }, { "RSA", PUBLIC_RSA }, { "RSA1024",
	    PUBLIC_RSA },
	{ "ED25519", PUBLIC_ED25519 }, { "ED448", PUBLIC_ED448 },
	{ "RSA-PSS", PUBLIC_OTHER },
};

#define ROWS	(sizeof rows / sizeof *rows)

static EVP_PKEY *key[ROWS];

static int
set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		key[i] = issuer_key(rows[i].kind);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		EVP_PKEY_free(key[i]);
	return 0;
}

static void
test_every_kind_of_key_proves_itself_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct key_proof t;

		assert_int_equal(key_proof_challenge(&t), 0);
		assert_int_equal(key_proof_sign(&t, key[i]), 0);
		for (size_t k = 0; k < ROWS; k++)
			if (key_proof_verify(&t, key[k]) != (i == k))
				fail_msg("%s by %s", rows[i].kind,
				    rows[k].kind);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void
test_a_proof_holds_for_its_own_challenge_and_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct key_proof t, other;

		assert_int_equal(key_proof_challenge(&t), 0);
		assert_int_equal(key_proof_sign(&t, key[i]), 0);
		other = t;
		other.hash[31] ^= 1;
		assert_false(key_proof_verify(&other, key[i]));
		other = t;
		other.signature[t.len / 2] ^= 1;
		assert_false(key_proof_verify(&other, key[i]));
		other = t;
		other.len--;
		assert_false(key_proof_verify(&other, key[i]));
		other.len = 0;
		assert_false(key_proof_verify(&other, key[i]));
		assert_int_equal(ERR_peek_error(), 0);
	}
}

/* Nothing of our own making: who verifies handshakes takes it for one. */
static void
test_what_is_signed_is_a_servers_certificate_verify(void **state)
{
	static const char text[] = "TLS 1.3, server CertificateVerify";
	unsigned char content[64 + sizeof text + KEY_PROOF_HASH];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct key_proof t;

	(void)state;
	memset(t.hash, 0x5a, sizeof t.hash);
	assert_int_equal(key_proof_sign(&t, key[0]), 0);
	memset(content, ' ', 64);
	memcpy(content + 64, text, sizeof text);
	memset(content + 64 + sizeof text, 0x5a, KEY_PROOF_HASH);
	assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL,
	    key[0]), 1);
	assert_int_equal(EVP_DigestVerify(md, t.signature, t.len, content,
	    sizeof content), 1);
	EVP_MD_CTX_free(md);
}

static void
test_a_half_is_a_key_that_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct public_key h;
		struct key_proof t;
		EVP_PKEY *public;

		public_key_of(&h, key[i]);
		assert_int_equal(h.kind, rows[i].public);
		public = public_key_public(h.kind, h.curve, h.bytes, h.len,
		    NULL);
		assert_int_equal(public == NULL, h.kind == PUBLIC_OTHER);
		if (public == NULL)
			continue;
		assert_int_equal(key_proof_challenge(&t), 0);
		assert_int_equal(key_proof_sign(&t, public), -1);
		assert_int_equal(key_proof_sign(&t, key[i]), 0);
		assert_true(key_proof_verify(&t, public));
		EVP_PKEY_free(public);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void
test_a_damaged_half_is_none(void **state)
{
	struct public_key h;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		public_key_of(&h, key[i]);
		if (h.kind == PUBLIC_OTHER)
			continue;
		assert_null(public_key_public(h.kind, h.curve, h.bytes,
		    h.len - 1, NULL));
		assert_null(public_key_public(h.kind, h.curve, h.bytes, 0,
		    NULL));
		if (h.kind == PUBLIC_EC)
			assert_null(public_key_public(h.kind, 0, h.bytes,
			    h.len, NULL));
	}
	assert_int_equal(ERR_peek_error(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_kind_of_key_proves_itself_and_no_other),
		cmocka_unit_test(
		    test_a_proof_holds_for_its_own_challenge_and_whole),
		cmocka_unit_test(
		    test_what_is_signed_is_a_servers_certificate_verify),
		cmocka_unit_test(test_a_half_is_a_key_that_verifies),
		cmocka_unit_test(test_a_damaged_half_is_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
