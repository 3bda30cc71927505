/*
 * test_ticket.c - a session is resumed as long as its key is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "issuer.h"
#include "resume.h"
#include "tls/ticket.h"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct paper paper;
static SSL_CTX *client_ctx;

static int
set_up(void **state)
{
	(void)state;
	paper = issuer_name("server", NULL);
	client_ctx = SSL_CTX_new(TLS_client_method());
	return client_ctx == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(client_ctx);
	issuer_free(&paper);
	return 0;
}

/* One worker's context; all share the slot. */
static SSL_CTX *
server_ctx(const struct slot *slot)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_cert_and_key(ctx, paper.cert, paper.key,
	    NULL, 1), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	ticket_office_serve(ticket_office_new(slot), ctx);
	return ctx;
}

static void
server_free(SSL_CTX *ctx)
{
	struct ticket_office *office = SSL_CTX_get_app_data(ctx);

	SSL_CTX_free(ctx);
	ticket_office_free(office);
}

static bool
connect_with(SSL_CTX *ctx, int version, SSL_SESSION *old, SSL_SESSION **next)
{
	return resume_with(ctx, client_ctx, version, old, next);
}

static struct ticket_keys
keys_of(const struct slot *slot)
{
	struct ticket_keys keys;

	assert_int_equal(slot_read(slot, &keys, sizeof keys), sizeof keys);
	return keys;
}

static void
test_rotation_puts_a_new_key_first_and_keeps_the_last_two(void **state)
{
	struct slot *slot = slot_new();
	struct ticket_keys before, after;

	(void)state;
	assert_int_equal(ticket_rotate(slot), 0);
	before = keys_of(slot);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ticket_rotate(slot), 0);
		after = keys_of(slot);
		assert_memory_equal(&after.key[1], &before.key[0],
		    2 * sizeof before.key[0]);
		for (int k = 1; k < TICKET_KEYS; k++) {
			assert_memory_not_equal(after.key[0].name,
			    after.key[k].name, sizeof after.key[0].name);
			assert_memory_not_equal(after.key[0].aes,
			    after.key[k].aes, sizeof after.key[0].aes);
			assert_memory_not_equal(after.key[0].hmac,
			    after.key[k].hmac, sizeof after.key[0].hmac);
		}
		before = after;
	}
	assert_int_equal(slot_version(slot), 11);
	slot_free(slot);
}

/* Keys nobody ever used must not be guessable either: none is all zeroes. */
static void
test_the_first_rotation_leaves_no_key_empty(void **state)
{
	const struct ticket_key zero = { .name = { 0 } };
	struct slot *slot = slot_new();
	struct ticket_keys keys;

	(void)state;
	assert_int_equal(ticket_rotate(slot), 0);
	keys = keys_of(slot);
	for (int i = 0; i < TICKET_KEYS; i++) {
		assert_memory_not_equal(keys.key[i].name, zero.name,
		    sizeof zero.name);
		assert_memory_not_equal(keys.key[i].aes, zero.aes,
		    sizeof zero.aes);
		assert_memory_not_equal(keys.key[i].hmac, zero.hmac,
		    sizeof zero.hmac);
	}
	slot_free(slot);
}

static void
test_any_worker_resumes_what_another_began(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *one, *other;

	(void)state;
	assert_int_equal(ticket_rotate(slot), 0);
	one = server_ctx(slot);
	other = server_ctx(slot);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;

		assert_false(connect_with(one, versions[i], NULL, &session));
		assert_non_null(session);
		assert_true(connect_with(one, versions[i], session, NULL));
		SSL_SESSION_free(session);
		assert_false(connect_with(one, versions[i], NULL, &session));
		assert_true(connect_with(other, versions[i], session, NULL));
		SSL_SESSION_free(session);
	}
	server_free(one);
	server_free(other);
	slot_free(slot);
}

/* Two rotations are survived; each connection brings a ticket of the newest. */
static void
test_a_ticket_lives_as_long_as_its_key(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		for (int rotations = 0; rotations <= 4; rotations++) {
			struct slot *slot = slot_new();
			SSL_SESSION *session, *next;
			SSL_CTX *ctx;

			assert_int_equal(ticket_rotate(slot), 0);
			ctx = server_ctx(slot);
			connect_with(ctx, versions[i], NULL, &session);
			assert_non_null(session);
			for (int k = 0; k < rotations; k++)
				assert_int_equal(ticket_rotate(slot), 0);
			assert_int_equal(connect_with(ctx, versions[i],
			    session, &next), rotations < TICKET_KEYS);
			/* The newcomer is good for two rotations again. */
			assert_non_null(next);
			ticket_rotate(slot);
			ticket_rotate(slot);
			assert_true(connect_with(ctx, versions[i], next,
			    NULL));
			SSL_SESSION_free(session);
			SSL_SESSION_free(next);
			server_free(ctx);
			slot_free(slot);
		}
}

static void
test_another_programs_ticket_is_no_error(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct slot *ours = slot_new(), *theirs = slot_new();
		SSL_CTX *ctx, *foreign;
		SSL_SESSION *session;

		ticket_rotate(ours);
		ticket_rotate(theirs);
		ctx = server_ctx(ours);
		foreign = server_ctx(theirs);
		connect_with(foreign, versions[i], NULL, &session);
		assert_non_null(session);
		assert_false(connect_with(ctx, versions[i], session, NULL));
		SSL_SESSION_free(session);
		server_free(ctx);
		server_free(foreign);
		slot_free(ours);
		slot_free(theirs);
	}
}

/* A client need not be able to resume, but it must be able to connect. */
static void
test_without_keys_there_are_handshakes_but_no_tickets(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;

		assert_false(connect_with(ctx, versions[i], NULL, &session));
		assert_null(session);
	}
	server_free(ctx);
	slot_free(slot);
}

/* The keys went away, or were of a different length, since the ticket. */
static void
test_without_keys_an_old_ticket_is_no_error(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct slot *slot = slot_new();
		SSL_CTX *ctx = server_ctx(slot);
		SSL_SESSION *session;

		ticket_rotate(slot);
		connect_with(ctx, versions[i / 2], NULL, &session);
		assert_non_null(session);
		assert_true(slot_write(slot, "short", i % 2 ? 5 : 0));
		assert_false(connect_with(ctx, versions[i / 2], session,
		    NULL));
		/* The next rotation begins anew. */
		assert_int_equal(ticket_rotate(slot), 0);
		SSL_SESSION_free(session);
		connect_with(ctx, versions[i / 2], NULL, &session);
		assert_true(connect_with(ctx, versions[i / 2], session,
		    NULL));
		SSL_SESSION_free(session);
		server_free(ctx);
		slot_free(slot);
	}
}

/* Every byte of a ticket is either its key's name or sealed. */
static void
test_a_ticket_that_was_changed_is_not_opened(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);
	SSL_SESSION *session;

	(void)state;
	ticket_rotate(slot);
	connect_with(ctx, TLS1_2_VERSION, NULL, &session);
	assert_non_null(session);
	for (int i = 0; i < 8; i++) {
		unsigned char der[8192], *end = der;
		const unsigned char *ticket, *begin = der;
		SSL_SESSION *changed;
		uint8_t *at;
		size_t len;

		SSL_SESSION_get0_ticket(session, &ticket, &len);
		assert_true(i2d_SSL_SESSION(session, NULL) <
		    (int)sizeof der);
		i2d_SSL_SESSION(session, &end);
		at = memmem(der, (size_t)(end - der), ticket, len);
		assert_non_null(at);
		at[len * (size_t)i / 8] ^= 1;
		changed = d2i_SSL_SESSION(NULL, &begin, end - der);
		assert_non_null(changed);
		assert_false(connect_with(ctx, TLS1_2_VERSION, changed,
		    NULL));
		SSL_SESSION_free(changed);
	}
	assert_true(connect_with(ctx, TLS1_2_VERSION, session, NULL));
	SSL_SESSION_free(session);
	server_free(ctx);
	slot_free(slot);
}

/* A client may show a ticket of TLS 1.3 once only, and wants another. */
static void
test_a_resumed_session_of_tls_1_3_brings_another_ticket(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);

	(void)state;
	ticket_rotate(slot);
	for (int i = 0; i < 2; i++) {
		const unsigned char *a, *b;
		SSL_SESSION *session, *next;
		size_t n, m;

		connect_with(ctx, versions[i], NULL, &session);
		assert_true(connect_with(ctx, versions[i], session, &next));
		SSL_SESSION_get0_ticket(session, &a, &n);
		SSL_SESSION_get0_ticket(next, &b, &m);
		assert_int_equal(n == m && memcmp(a, b, n) == 0,
		    versions[i] == TLS1_2_VERSION);
		SSL_SESSION_free(session);
		SSL_SESSION_free(next);
	}
	server_free(ctx);
	slot_free(slot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_rotation_puts_a_new_key_first_and_keeps_the_last_two),
		cmocka_unit_test(test_the_first_rotation_leaves_no_key_empty),
		cmocka_unit_test(test_any_worker_resumes_what_another_began),
		cmocka_unit_test(test_a_ticket_lives_as_long_as_its_key),
		cmocka_unit_test(test_another_programs_ticket_is_no_error),
		cmocka_unit_test(
		    test_without_keys_there_are_handshakes_but_no_tickets),
		cmocka_unit_test(test_without_keys_an_old_ticket_is_no_error),
		cmocka_unit_test(test_a_ticket_that_was_changed_is_not_opened),
		cmocka_unit_test(
		    test_a_resumed_session_of_tls_1_3_brings_another_ticket),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
