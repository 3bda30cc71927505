/*
 * test_keyguard_client.c - keys in another process: what is known of them here,
 * and what becomes of them when it ends.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/rsa.h>

#include "base/os.h"
#include "config/conf.h"
#include "folder.h"
#include "issuer.h"
#include "keyguard/keyguard_client.h"
#include "signing/sign_request.h"

static struct folder folder;
static struct keyguard_client l;
static struct ev_loop *loop;
static struct test_cert a, b;
static unsigned backs;

static void
leave(void *master)
{
	(void)master;
}

static void
back(void *master)
{
	(void)master;
	backs++;
	ev_break(loop, EVBREAK_ALL);
}

static int
set_up(void **state)
{
	static const struct keyguard_client_watch watch = { leave, back };
	static const struct sandbox_config sandbox = { .mode = SANDBOX_OFF };
	struct err e;

	(void)state;
	if (folder_make(&folder) != 0 ||
	    (loop = ev_default_loop(EVFLAG_NOENV)) == NULL)
		return -1;
	a = issuer_name("a", NULL);
	b = issuer_name("b", NULL);
	keyguard_client_init(&l, loop, &watch, NULL, false);
	return keyguard_client_start(&l, &sandbox, &e);
}

static int
tear_down(void **state)
{
	(void)state;
	keyring_free(&l.ring);
	keyguard_client_stop(&l);
	ev_loop_destroy(loop);
	issuer_free(&a);
	issuer_free(&b);
	return folder_remove(&folder);
}

static char *
put(const char *name, const struct test_cert *p)
{
	issuer_write(folder_file(&folder, name), p);
	return strdup(folder.file);
}

static int
read_as(uint32_t id, const char *file, struct err *e)
{
	const struct key_source from = { .file = file };
	struct key_reading r;
	int result = keyring_read(&l.ring, id, &from, &r, e);

	if (result == 0) {
		assert_int_equal(r.pem.n, 1);
		assert_int_equal(r.pem.key.kind, PEM_TEXT);
		assert_true(key_proof_verify(&r.proof, a.key) ||
		    key_proof_verify(&r.proof, b.key));
		key_reading_clear(&r);
	}
	return result;
}

/* A signer of ours; to be closed. */
static int
order(void)
{
	const struct signer_message m = { .sandbox = SANDBOX_OFF };
	int pair[2];

	assert_int_equal(os_pair_to_wait(pair), 0);
	assert_int_equal(keyguard_client_order(&l, &m, pair[1]), 0);
	close(pair[1]);
	return pair[0];
}

/* Whether a signer signs with this key, and it is that one. */
static bool
signs(int signer, uint32_t id, EVP_PKEY *key)
{
	static const char text[] = "TLS 1.3, server CertificateVerify";
	struct sign_request ask = { .number = 1, .key = id,
	    .algorithm = KEY_ECDSA, .hash = KEY_SHA256,
	    .len = 64 + sizeof text + KEY_PROOF_HASH };
	struct key_proof t = { .hash = "chance" };
	struct sign_reply r;
	ssize_t n;

	memset(ask.content, ' ', 64);
	memcpy(ask.content + 64, text, sizeof text);
	memcpy(ask.content + 64 + sizeof text, t.hash, sizeof t.hash);
	assert_int_equal(send(signer, &ask, sizeof ask, MSG_NOSIGNAL),
	    sizeof ask);
	assert_int_equal(fcntl(signer, F_SETFL, 0), 0);
	n = recv(signer, &r, sizeof r, 0);
	assert_int_equal(n, sizeof r);
	if (r.result != KEY_SIGNED)
		return false;
	memcpy(t.signature, r.signature, r.len);
	t.len = r.len;
	return key_proof_verify(&t, key);
}

static void
test_a_key_is_read_there_and_signs_there(void **state)
{
	char *one = put("one.pem", &a), *two = put("two.pem", &b);
	struct err e;
	int signer;

	(void)state;
	assert_int_equal(read_as(1, one, &e), 0);
	assert_int_equal(read_as(2, two, &e), 0);
	signer = order();
	assert_true(signs(signer, 1, a.key));
	assert_true(signs(signer, 2, b.key));
	assert_false(signs(signer, 1, b.key));
	/* One that there is not is no reason to end. */
	assert_false(signs(signer, 3, a.key));
	assert_true(signs(signer, 1, a.key));
	close(signer);
	free(one);
	free(two);
}

static void
test_a_dropped_key_is_unknown_to_the_next_signer(void **state)
{
	char *file = put("drop.pem", &a);
	struct err e;
	int before, after;

	(void)state;
	assert_int_equal(read_as(10, file, &e), 0);
	before = order();
	assert_true(signs(before, 10, a.key));
	keyring_drop(&l.ring, 10);
	after = order();
	assert_false(signs(after, 10, a.key));
	assert_true(signs(before, 10, a.key));
	close(before);
	close(after);
	free(file);
}

static void
test_refusals_come_as_they_were_said(void **state)
{
	struct key_reading r;
	struct key_source from = { .file = "/nowhere/x.pem" };
	struct err e;

	(void)state;
	assert_int_equal(keyring_read(&l.ring, 20, &from, &r, &e), -1);
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_ptr_equal(strstr(e.text, "/nowhere/x.pem: "), e.text);
	from.file = folder_write(&folder, "text.pem", "text\n", 5);
	assert_int_equal(keyring_read(&l.ring, 21, &from, &r, &e), -1);
	assert_int_equal(r.skip_reason, PEM_FOREIGN);
	assert_non_null(strstr(e.text, "no certificate in it"));
}

static void
test_a_kind_that_cannot_be_elsewhere_is_refused(void **state)
{
	struct test_cert p = issuer_make(&(struct request){ .cn = "x",
	    .kind = "RSA-PSS" });
	char *file = put("pss.pem", &p);
	struct err e;

	(void)state;
	assert_int_equal(read_as(30, file, &e), -1);
	assert_ptr_equal(strstr(e.text, file), e.text);
	assert_non_null(strstr(e.text, "key-isolation = off"));
	issuer_free(&p);
	free(file);
}

static void
test_rsa_may_be_as_long_as_a_reply_has_room_for(void **state)
{
	static const struct { int bits; bool can; } rows[] = {
		{ 2048, true }, { 8192, true }, { 8193, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct public_key h = { .kind = PUBLIC_RSA };
		unsigned char *to = h.bytes;
		RSA *rsa = RSA_new();
		BIGNUM *n = BN_new(), *e = BN_new();

		BN_set_bit(n, rows[i].bits - 1);
		BN_set_bit(n, 0);
		BN_set_word(e, 65537);
		RSA_set0_key(rsa, n, e, NULL);
		h.len = (size_t)i2d_RSAPublicKey(rsa, &to);
		assert_int_equal(known_key_can_be(&h), rows[i].can);
		RSA_free(rsa);
	}
}

static void
test_after_its_death_a_new_one_has_the_same_keys(void **state)
{
	char *same = put("same.pem", &a), *other = put("other.pem", &a);
	char *gone = put("gone.pem", &a);
	unsigned before = backs;
	int old, new[3];
	struct err e;

	(void)state;
	assert_int_equal(read_as(40, same, &e), 0);
	assert_int_equal(read_as(41, other, &e), 0);
	assert_int_equal(read_as(42, gone, &e), 0);
	old = order();
	assert_true(signs(old, 41, a.key));
	free(put("other.pem", &b));
	assert_int_equal(unlink(gone), 0);
	kill(l.proc.pid, SIGKILL);
	/* It is not noticed yet: whoever needs it is told so. */
	assert_int_equal(read_as(43, same, &e), -1);
	assert_non_null(strstr(e.text, "keyguard"));
	assert_true(signs(old, 42, a.key));
	while (backs == before)
		ev_run(loop, EVRUN_ONCE);
	for (int i = 0; i < 3; i++)
		new[i] = order();
	assert_true(signs(new[0], 40, a.key));
	/* Not with whatever key has come into its place. */
	assert_false(signs(new[1], 41, b.key));
	assert_false(signs(new[2], 42, a.key));
	assert_true(signs(old, 41, a.key));
	assert_int_equal(read_as(44, same, &e), 0);
	for (int i = 0; i < 3; i++)
		close(new[i]);
	close(old);
	free(same);
	free(other);
	free(gone);
}

static void
test_another_confinement_is_another_keyguard(void **state)
{
	static const struct sandbox_config wide = { .mode = SANDBOX_OFF,
	    .tokens = true };
	pid_t before = l.proc.pid;
	unsigned had = backs;
	struct err e;
	int signer;

	(void)state;
	assert_int_equal(keyguard_client_start(&l, &l.sandbox, &e), 0);
	assert_int_equal(l.proc.pid, before);
	assert_int_equal(keyguard_client_start(&l, &wide, &e), 0);
	assert_int_not_equal(l.proc.pid, before);
	assert_int_equal(backs, had + 1);
	signer = order();
	assert_true(signs(signer, 40, a.key));
	close(signer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_is_read_there_and_signs_there),
		cmocka_unit_test(
		    test_a_dropped_key_is_unknown_to_the_next_signer),
		cmocka_unit_test(test_refusals_come_as_they_were_said),
		cmocka_unit_test(
		    test_a_kind_that_cannot_be_elsewhere_is_refused),
		cmocka_unit_test(
		    test_rsa_may_be_as_long_as_a_reply_has_room_for),
		cmocka_unit_test(
		    test_after_its_death_a_new_one_has_the_same_keys),
		cmocka_unit_test(test_another_confinement_is_another_keyguard),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
