/*
 * test_provider.c - handshakes with keys that are in another process.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "issuer.h"
#include "shake.h"
#include "signer_process.h"
#include "signing/async_call.h"
#include "signing/provider.h"

#define N	(sizeof kinds / sizeof *kinds)
#define PATIENCE	20000	/* milliseconds: then it hangs */

static const char *const kinds[] = { "RSA", "RSA3072", "P-256", "P-384",
    "P-521", "ED25519", "ED448", "RSA-PSS" };
static struct test_cert test_cert[N];
static struct signer_process signer_process;
static struct sign_queue queue;
static struct counters counters;

/* A server whose key is elsewhere, and its client. */
struct scene {
	SSL_CTX *ctx[2];
	SSL *server, *client;
	struct async_call call;
	unsigned answers;
	EVP_PKEY *key;
};

/* A certificate that was just made keeps hold of the whole key. */
static EVP_PKEY *
public_part(size_t i)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(test_cert[i].key, &der);
	const unsigned char *p = der;
	EVP_PKEY *part = d2i_PUBKEY(NULL, &p, len);

	assert_non_null(part);
	OPENSSL_free(der);
	return part;
}

static EVP_PKEY *
remote(size_t i)
{
	EVP_PKEY *part = public_part(i);
	EVP_PKEY *key = provider_key(part, SIGNER_PROCESS_FIRST + (uint32_t)i);

	assert_non_null(key);
	EVP_PKEY_free(part);
	return key;
}

static int
set_up_all(void **state)
{
	struct err e;

	(void)state;
	if (provider_load(&e) != 0)
		return -1;
	for (size_t i = 0; i < N; i++) {
		test_cert[i] = issuer_make(&(struct request){ .cn = "a.example",
		    .kind = kinds[i] });
		signer_process.key[i] = test_cert[i].key;
	}
	signer_process_start(&signer_process);
	sign_queue_init(&queue, signer_process.channel, &counters);
	return 0;
}

static int
tear_down_all(void **state)
{
	(void)state;
	sign_queue_clear(&queue);
	for (size_t i = 0; i < N; i++)
		issuer_free(&test_cert[i]);
	return signer_process_end(&signer_process);
}

static void
on_answered(struct async_call *c)
{
	struct scene *s = (struct scene *)((char *)c -
	    offsetof(struct scene, call));

	s->answers++;
}

static void
begin(struct scene *s, size_t kind, int version, const char *schemes)
{
	*s = (struct scene){ .call = { .queue = &queue,
	    .answered = on_answered } };
	s->ctx[0] = SSL_CTX_new(TLS_server_method());
	s->ctx[1] = SSL_CTX_new(TLS_client_method());
	s->key = remote(kind);
	assert_int_equal(SSL_CTX_use_cert_and_key(s->ctx[0],
	    test_cert[kind].cert, s->key, NULL, 1), 1);
	assert_int_equal(SSL_CTX_check_private_key(s->ctx[0]), 1);
	SSL_CTX_set_min_proto_version(s->ctx[1], version);
	SSL_CTX_set_max_proto_version(s->ctx[1], version);
	if (schemes != NULL)
		assert_int_equal(SSL_CTX_set1_sigalgs_list(s->ctx[1], schemes),
		    1);
	s->server = SSL_new(s->ctx[0]);
	s->client = SSL_new(s->ctx[1]);
	assert_true(shake_wire(s->server, s->client));
}

static void
end(struct scene *s)
{
	async_call_end(&s->call);
	SSL_free(s->server);
	SSL_free(s->client);
	SSL_CTX_free(s->ctx[0]);
	SSL_CTX_free(s->ctx[1]);
	EVP_PKEY_free(s->key);
	assert_null(s->call.job);
	assert_int_equal(queue.calls, 0);
	ERR_clear_error();
}

static int
do_handshake(void *arg)
{
	return SSL_do_handshake(arg);
}

/* One turn of each. False: the server waits for the signer. */
static bool
turn(struct scene *s, int *ret)
{
	(void)SSL_do_handshake(s->client);
	ERR_clear_error();
	return async_call_run(&s->call, do_handshake, s->server, ret) ==
	    ASYNC_CALL_DONE;
}

/* Goes on until the server waits for the signer. */
static void
ask(struct scene *s)
{
	int ret = 0;

	for (int i = 0; turn(s, &ret); i++) {
		assert_true(i < 10);
		if (!shake_waits(s->server, ret)) {
			ERR_print_errors_fp(stderr);
			fail_msg("no handshake");
		}
	}
	assert_true(async_call_waits(&s->call));
}

static void
hear(void)
{
	struct pollfd p = { .fd = queue.channel, .events = POLLIN };

	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	(void)sign_queue_receive(&queue);
}

static bool
finish(struct scene *s)
{
	int ret = 0;

	for (int i = 0; i < 10; i++) {
		while (!turn(s, &ret))
			hear();
		if (!shake_waits(s->server, ret))
			return false;
	}
	return SSL_is_init_finished(s->server) &&
	    SSL_is_init_finished(s->client);
}

/* Whether a handshake succeeds, and how it was signed. */
static bool
works(size_t kind, int version, const char *schemes, int *hash, int *type)
{
	struct scene s;
	bool good;

	begin(&s, kind, version, schemes);
	good = finish(&s);
	*hash = *type = NID_undef;
	SSL_get_peer_signature_nid(s.client, hash);
	SSL_get_peer_signature_type_nid(s.client, type);
	assert_int_equal(s.answers, good);
	end(&s);
	return good;
}

/* ------------------------------------------------- signing ------------- */

static void
test_every_key_signs_every_handshake(void **state)
{
	int hash, type;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_true(works(i, TLS1_2_VERSION, NULL, &hash, &type));
		assert_true(works(i, TLS1_3_VERSION, NULL, &hash, &type));
	}
}

static void
test_client_gets_the_scheme_it_asks_for(void **state)
{
	static const struct {
		size_t kind;
		int version;
		const char *scheme;
		int hash, type;
	} rows[] = {
		{ 0, TLS1_2_VERSION, "RSA+SHA256", NID_sha256,
		    NID_rsaEncryption },
		{ 0, TLS1_2_VERSION, "RSA+SHA512", NID_sha512,
		    NID_rsaEncryption },
		{ 0, TLS1_2_VERSION, "RSA+SHA224", NID_sha224,
		    NID_rsaEncryption },
		{ 0, TLS1_2_VERSION, "rsa_pss_rsae_sha384", NID_sha384,
		    NID_rsassaPss },
		{ 0, TLS1_3_VERSION, "rsa_pss_rsae_sha256", NID_sha256,
		    NID_rsassaPss },
		{ 1, TLS1_3_VERSION, "rsa_pss_rsae_sha512", NID_sha512,
		    NID_rsassaPss },
		{ 2, TLS1_2_VERSION, "ECDSA+SHA512", NID_sha512,
		    NID_X9_62_id_ecPublicKey },
		{ 3, TLS1_3_VERSION, "ecdsa_secp384r1_sha384", NID_sha384,
		    NID_X9_62_id_ecPublicKey },
		{ 5, TLS1_2_VERSION, "ed25519", NID_undef, NID_ED25519 },
		{ 6, TLS1_3_VERSION, "ed448", NID_undef, NID_ED448 },
		{ 7, TLS1_3_VERSION, "rsa_pss_pss_sha256", NID_sha256,
		    NID_rsassaPss }
	};
	int hash, type;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(works(rows[i].kind, rows[i].version,
		    rows[i].scheme, &hash, &type));
		assert_int_equal(hash, rows[i].hash);
		assert_int_equal(type, rows[i].type);
	}
}

static void
test_two_may_wait_at_a_time_and_end_in_any_order(void **state)
{
	struct scene a, b;

	(void)state;
	begin(&a, 0, TLS1_3_VERSION, NULL);
	begin(&b, 2, TLS1_2_VERSION, NULL);
	ask(&a);
	ask(&b);
	assert_int_equal(queue.calls, 2);
	while (a.answers == 0 || b.answers == 0)
		hear();
	assert_true(finish(&b));
	assert_true(finish(&a));
	end(&a);
	end(&b);
}

static void
test_stacks_are_given_back_when_nobody_asks(void **state)
{
	struct scene many[6];

	(void)state;
	async_call_rest(&queue);
	for (int i = 0; i < 6; i++) {
		begin(&many[i], 2, TLS1_3_VERSION, NULL);
		ask(&many[i]);
	}
	assert_int_equal(queue.most, 6);
	assert_false(async_call_rest(&queue));	/* some are under way */
	for (int i = 0; i < 6; i++)
		async_call_end(&many[i].call);
	for (int i = 0; i < 6; i++)
		end(&many[i]);
	begin(&many[0], 2, TLS1_3_VERSION, NULL);
	ask(&many[0]);
	end(&many[0]);
	assert_false(async_call_rest(&queue));	/* one was, just now */
	assert_true(async_call_rest(&queue));
	assert_false(async_call_rest(&queue));	/* nothing is left to give */
}

/* ------------------------------------------------- not signing --------- */

static void
test_without_a_call_nothing_is_signed(void **state)
{
	uint64_t before = counters.cell[STATS_KEY_OK];
	struct scene s;

	(void)state;
	begin(&s, 0, TLS1_3_VERSION, NULL);
	s.call.queue = NULL;
	assert_false(finish(&s));
	assert_int_equal(counters.cell[STATS_KEY_OK], before);
	s.call.queue = &queue;
	end(&s);
}

static void
test_handshake_given_up_frees_all_and_its_reply_is_dropped(void **state)
{
	struct scene s, next;

	(void)state;
	begin(&s, 0, TLS1_3_VERSION, NULL);
	ask(&s);
	end(&s);
	assert_int_equal(s.answers, 0);
	begin(&next, 2, TLS1_3_VERSION, NULL);
	assert_true(finish(&next));
	end(&next);
	assert_int_equal(s.answers, 0);
}

static void
test_lost_channel_ends_who_waits_and_who_comes(void **state)
{
	struct scene a, b, c;
	struct signer_process other = signer_process;
	int kept = queue.channel;

	(void)state;
	signer_process_start(&other);
	queue.channel = other.channel;
	begin(&a, 0, TLS1_3_VERSION, NULL);
	begin(&b, 0, TLS1_2_VERSION, NULL);
	ask(&a);
	sign_queue_open(&queue, -1);
	assert_int_equal(a.answers, 1);
	assert_false(finish(&a));
	assert_int_equal(a.call.last, SIGN_WAIT_LOST);
	assert_false(finish(&b));
	assert_int_equal(b.call.last, SIGN_WAIT_LOST);
	assert_int_equal(signer_process_end(&other), SIGNER_LEFT);
	/* And when another one is there, all is well. */
	sign_queue_open(&queue, kept);
	begin(&c, 0, TLS1_3_VERSION, NULL);
	assert_true(finish(&c));
	end(&a);
	end(&b);
	end(&c);
}

static void
test_what_no_server_signs_is_not_even_asked_for(void **state)
{
	static const unsigned char text[] = "a certificate to be";
	unsigned char out[1024];
	size_t len = sizeof out;
	EVP_PKEY *key = remote(0);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *more;

	(void)state;
	assert_int_equal(EVP_DigestSignInit(ctx, &more, EVP_sha256(), NULL,
	    key), 1);
	assert_int_not_equal(EVP_DigestSign(ctx, out, &len, text, sizeof text),
	    1);
	EVP_PKEY_CTX_set_rsa_padding(more, RSA_PKCS1_PSS_PADDING);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(more,
	    RSA_PSS_SALTLEN_DIGEST), 1);
	assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(more, 20) <= 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(more, RSA_NO_PADDING) <= 0);
	EVP_MD_CTX_free(ctx);
	ctx = EVP_MD_CTX_new();
	assert_int_not_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha1(), NULL,
	    key), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

/* ------------------------------------------------- the key ------------- */

static void
test_remote_key_says_of_itself_what_the_real_one_says(void **state)
{
	char here[80], there[80];
	EVP_PKEY *key;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		key = remote(i);
		assert_int_equal(EVP_PKEY_get_size(key),
		    EVP_PKEY_get_size(test_cert[i].key));
		assert_int_equal(EVP_PKEY_get_bits(key),
		    EVP_PKEY_get_bits(test_cert[i].key));
		assert_int_equal(EVP_PKEY_get_security_bits(key),
		    EVP_PKEY_get_security_bits(test_cert[i].key));
		assert_int_equal(EVP_PKEY_get_base_id(key),
		    EVP_PKEY_get_base_id(test_cert[i].key));
		*here = *there = '\0';
		assert_int_equal(EVP_PKEY_get_group_name(key, there, 80, NULL),
		    EVP_PKEY_get_group_name(test_cert[i].key, here, 80, NULL));
		assert_string_equal(here, there);
		*here = *there = '\0';
		assert_int_equal(EVP_PKEY_get_default_digest_name(key, there,
		    80), EVP_PKEY_get_default_digest_name(test_cert[i].key,
		    here, 80));
		assert_string_equal(here, there);
		EVP_PKEY_free(key);
	}
	ERR_clear_error();
}

static void
test_remote_key_fits_its_own_certificate_and_no_other(void **state)
{
	EVP_PKEY *key, *other;

	(void)state;
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < N; k++) {
			key = remote(i);
			other = public_part(k);
			assert_int_equal(EVP_PKEY_eq(other, key) == 1, i == k);
			EVP_PKEY_free(other);
			EVP_PKEY_free(key);
		}
	ERR_clear_error();
}

static void
test_nothing_of_the_secret_part_is_to_be_had(void **state)
{
	EVP_PKEY *key = remote(0);
	BIGNUM *d = NULL;

	(void)state;
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &d),
	    0);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

/* Nobody gets our provider who did not ask for it. */
static void
test_other_keys_stay_with_the_default_provider(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		EVP_PKEY *fresh = issuer_key(kinds[i]);
		EVP_PKEY *part = public_part(i);
		EVP_PKEY *keys[] = { fresh, part };

		for (int k = 0; k < 2; k++)
			assert_string_equal(OSSL_PROVIDER_get0_name(
			    EVP_PKEY_get0_provider(keys[k])), "default");
		EVP_PKEY_free(fresh);
		EVP_PKEY_free(part);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_signs_every_handshake),
		cmocka_unit_test(test_client_gets_the_scheme_it_asks_for),
		cmocka_unit_test(
		    test_two_may_wait_at_a_time_and_end_in_any_order),
		cmocka_unit_test(
		    test_stacks_are_given_back_when_nobody_asks),
		cmocka_unit_test(test_without_a_call_nothing_is_signed),
		cmocka_unit_test(
		    test_handshake_given_up_frees_all_and_its_reply_is_dropped),
		cmocka_unit_test(
		    test_lost_channel_ends_who_waits_and_who_comes),
		cmocka_unit_test(
		    test_what_no_server_signs_is_not_even_asked_for),
		cmocka_unit_test(
		    test_remote_key_says_of_itself_what_the_real_one_says),
		cmocka_unit_test(
		    test_remote_key_fits_its_own_certificate_and_no_other),
		cmocka_unit_test(test_nothing_of_the_secret_part_is_to_be_had),
		cmocka_unit_test(
		    test_other_keys_stay_with_the_default_provider)
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
