/*
 * test_signer.c - a process that signs, and a million who want to misuse it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "dice.h"
#include "issuer.h"
#include "key_oracle.h"
#include "signer_process.h"

#define REQUESTS	100000	/* or as many as SIGNER_REQUESTS says */
#define FLIGHT		24	/* that are under way at a time */
#define N		(sizeof kinds / sizeof *kinds)

static const struct {
	const char *name;
	enum oracle_key is;
	uint8_t algorithm, hash;	/* that fit it */
} kinds[] = {
	{ "P-256", ORACLE_P256, KEY_ECDSA, KEY_SHA256 },
	{ "ED25519", ORACLE_ED25519, KEY_EDDSA, KEY_NO_HASH },
	{ "P-384", ORACLE_P384, KEY_ECDSA, KEY_SHA384 },
	{ "RSA", ORACLE_RSA, KEY_RSA_PSS, KEY_SHA256 },
	{ "P-521", ORACLE_P521, KEY_ECDSA, KEY_SHA512 },
	{ "RSA-PSS", ORACLE_PSS, KEY_RSA_PSS, KEY_SHA256 },
	{ "ED448", ORACLE_ED448, KEY_EDDSA, KEY_NO_HASH }
};
static struct signer_process signer_process;

static int
set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		signer_process.key[i] = issuer_key(kinds[i].name);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		EVP_PKEY_free(signer_process.key[i]);
	return 0;
}

/* ------------------------------------------------- requests ------------ */

static void
tls13_content(struct sign_request *a, struct dice *d)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	size_t hash = dice_one_in(d, 2) ? 32 : 48;

	memset(a->content, ' ', 64);
	memcpy(a->content + 64, context, sizeof context);
	dice_fill(d, a->content + 64 + sizeof context, hash);
	a->len = (uint16_t)(64 + sizeof context + hash);
}

static void
tls12_content(struct sign_request *a, struct dice *d)
{
	static const uint8_t curves[][3] = { { 23, 65, 4 }, { 24, 97, 4 },
	    { 25, 133, 4 }, { 29, 32, 0 }, { 30, 56, 0 } };
	const uint8_t *curve = curves[dice_roll(d, 5)];

	dice_fill(d, a->content, 68u + curve[1]);
	a->content[64] = 3;
	a->content[65] = 0;
	a->content[66] = curve[0];
	a->content[67] = curve[1];
	if (curve[2] != 0)
		a->content[68] = curve[2];
	a->len = (uint16_t)(68 + curve[1]);
}

/* A request of a TLS server for this key. */
static struct sign_request
good_ask(size_t key, bool tls13, struct dice *d)
{
	struct sign_request a = { .number = dice_roll(d, UINT32_MAX),
	    .key = SIGNER_PROCESS_FIRST + (uint32_t)key,
	    .algorithm = kinds[key].algorithm, .hash = kinds[key].hash };

	if (tls13)
		tls13_content(&a, d);
	else
		tls12_content(&a, d);
	return a;
}

/* What somebody would try who has the worker. */
static void
spoil(struct sign_request *a, struct dice *d)
{
	struct sign_request other;
	size_t at;

	switch (dice_roll(d, 10)) {
	case 0:			/* bits */
		for (unsigned n = 1 + dice_roll(d, 3); n > 0; n--)
			a->content[dice_roll(d, KEY_CONTENT)] ^=
			    (uint8_t)(1u << dice_roll(d, 8));
		break;
	case 1:			/* what it says of itself */
		a->algorithm = (uint8_t)dice_roll(d, 6);
		a->hash = (uint8_t)dice_roll(d, 6);
		break;
	case 2:
		a->algorithm = (uint8_t)dice_roll(d, 256);
		a->hash = (uint8_t)dice_roll(d, 256);
		break;
	case 3:			/* cut, or more than it should be */
		a->len = (uint16_t)(a->len + 3 - dice_roll(d, 7));
		break;
	case 4:
		a->len = (uint16_t)dice_roll(d, UINT16_MAX + 1);
		break;
	case 5:			/* the bytes that say what it is */
		a->content[64 + dice_roll(d, 40)] = (uint8_t)dice_roll(d, 256);
		break;
	case 6:
		a->content[65] = 0;
		a->content[66] = (uint8_t)(20 + dice_roll(d, 12));
		break;
	case 7:			/* two in one */
		other = good_ask(0, dice_one_in(d, 2), d);
		at = dice_roll(d, KEY_CONTENT);
		memcpy(a->content + at, other.content + at, KEY_CONTENT - at);
		break;
	case 8:			/* another's */
		memcpy(a->content + 64, "TLS 1.3, client", 15);
		break;
	case 9:			/* anything: a hash, a certificate, a token */
		a->len = (uint16_t)dice_size(d, KEY_CONTENT);
		dice_fill(d, a->content, a->len);
		break;
	}
}

/* Some are good as they are, and few of those dear to sign. */
static struct sign_request
roll_ask(struct dice *d)
{
	size_t key = dice_one_in(d, 64) ? dice_roll(d, N) : dice_roll(d, 2);
	struct sign_request a = good_ask(key, dice_one_in(d, 2), d);

	for (unsigned n = dice_roll(d, 9); n > 0; n--)
		spoil(&a, d);
	return a;
}

/* ------------------------------------------------- one signer ---------- */

static bool
verifies(const struct sign_request *a, const struct sign_reply *r)
{
	static const char *const hashes[] = { NULL, "SHA224", "SHA256",
	    "SHA384", "SHA512" };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *more;
	bool good;

	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, &more, hashes[a->hash],
	    NULL, NULL, signer_process.key[a->key - SIGNER_PROCESS_FIRST],
	    NULL), 1);
	if (a->algorithm == KEY_RSA_PSS) {
		EVP_PKEY_CTX_set_rsa_padding(more, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(more, RSA_PSS_SALTLEN_DIGEST);
	}
	good = EVP_DigestVerify(ctx, r->signature, r->len, a->content,
	    a->len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

static void
test_signature_of_each_key_is_good(void **state)
{
	struct dice d = dice_new(1);
	struct sign_reply r;

	(void)state;
	signer_process_start(&signer_process);
	for (size_t i = 0; i < 10 * N; i++) {
		struct sign_request a = good_ask(i % N, i % 2 == 0, &d);

		assert_int_equal(send(signer_process.channel, &a, sizeof a, 0),
		    sizeof a);
		assert_int_equal(recv(signer_process.channel, &r, sizeof r, 0),
		    sizeof r);
		assert_int_equal(r.number, a.number);
		assert_int_equal(r.result, KEY_SIGNED);
		assert_true(verifies(&a, &r));
	}
	close(signer_process.channel);
	assert_int_equal(signer_process_end(&signer_process), SIGNER_LEFT);
}

/* How a signer ends that is sent these bytes. */
static int
ends_by(const void *bytes, size_t len)
{
	struct sign_reply r;
	int end;

	signer_process_start(&signer_process);
	assert_int_equal(send(signer_process.channel, bytes, len, 0), len);
	assert_int_equal(recv(signer_process.channel, &r, sizeof r, 0), 0);
	end = signer_process_end(&signer_process);
	close(signer_process.channel);
	return end;
}

static void
test_bad_request_ends_the_signer_with_a_sentence(void **state)
{
	struct dice d = dice_new(2);
	struct { struct sign_request a; char more; } long_one;
	struct sign_request a = good_ask(0, true, &d);

	(void)state;
	long_one.a = a;
	assert_int_equal(ends_by(&long_one, sizeof a + 1), SIGNER_GARBLED);
	assert_int_equal(ends_by(&a, sizeof a - 1), SIGNER_GARBLED);
	assert_int_equal(ends_by(&a, 1), SIGNER_GARBLED);
	a.content[0]++;
	assert_int_equal(ends_by(&a, sizeof a), SIGNER_ASKED);
	assert_null(signer_end_text(SIGNER_LEFT));
	for (int i = SIGNER_LEFT + 1; i <= SIGNER_NO_MEMORY + 1; i++)
		assert_non_null(signer_end_text(i));
}

/* A keyguard that died may have lost it, and others' handshakes wait. */
static void
test_a_key_that_is_gone_fails_alone(void **state)
{
	struct dice d = dice_new(3);
	struct sign_request a = good_ask(0, true, &d);
	struct sign_reply r;

	(void)state;
	signer_process_start(&signer_process);
	for (int i = 0; i < 4; i++) {
		a.key = i % 2 == 0 ? SIGNER_PROCESS_FIRST - 1 :
		    SIGNER_PROCESS_FIRST;
		assert_int_equal(send(signer_process.channel, &a, sizeof a, 0),
		    sizeof a);
		assert_int_equal(recv(signer_process.channel, &r, sizeof r, 0),
		    sizeof r);
		assert_int_equal(r.result, i % 2 == 0 ? KEY_FAILED :
		    KEY_SIGNED);
	}
	close(signer_process.channel);
	assert_int_equal(signer_process_end(&signer_process), SIGNER_LEFT);
}

/* ------------------------------------------------- a million ----------- */

/* What was sent, in a ring, until it is judged. */
struct flight {
	struct sign_request ask[FLIGHT];
	unsigned sent, judged;
	unsigned signatures, refusals;
};

/* The end of one signer (an int) stands for its reply, then another begins. */
static void
judge_one(struct flight *f)
{
	const struct sign_request *a = &f->ask[f->judged % FLIGHT];
	struct sign_reply r;
	ssize_t n = recv(signer_process.channel, &r, sizeof r, 0);
	bool good = oracle_accepts(a, kinds[a->key - SIGNER_PROCESS_FIRST].is);

	if (n == sizeof r) {
		assert_true(good);
		assert_int_equal(r.number, a->number);
		assert_int_equal(r.result, KEY_SIGNED);
		f->signatures++;
		if (f->signatures % 16 == 0)
			assert_true(verifies(a, &r));
	} else {
		assert_int_equal(n, sizeof(int));
		assert_int_equal(*(int *)&r, SIGNER_ASKED);
		assert_false(good);
		f->refusals++;
	}
	f->judged++;
}

static void
test_million_requests_get_no_signature_that_they_should_not(void **state)
{
	static struct flight f;
	const char *text = getenv("SIGNER_REQUESTS");
	unsigned many = text != NULL ? (unsigned)strtoul(text, NULL, 10) :
	    REQUESTS;
	struct dice d = dice_new(3);

	(void)state;
	signer_process_start_stubborn(&signer_process);
	while (f.judged < many) {
		while (f.sent < many && f.sent - f.judged < FLIGHT) {
			struct sign_request *a = &f.ask[f.sent++ % FLIGHT];

			*a = roll_ask(&d);
			assert_int_equal(send(signer_process.channel, a,
			    sizeof *a, 0), sizeof *a);
		}
		judge_one(&f);
	}
	close(signer_process.channel);
	assert_int_equal(signer_process_end(&signer_process), SIGNER_LEFT);
	print_message("%u signatures, %u refusals\n", f.signatures,
	    f.refusals);
	assert_true(f.signatures > many / 50);
	assert_true(f.refusals > many / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature_of_each_key_is_good),
		cmocka_unit_test(
		    test_bad_request_ends_the_signer_with_a_sentence),
		cmocka_unit_test(test_a_key_that_is_gone_fails_alone),
		cmocka_unit_test(
		   test_million_requests_get_no_signature_that_they_should_not)
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
