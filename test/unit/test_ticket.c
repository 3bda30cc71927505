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

static struct test_cert test_cert;
static SSL_CTX *client_ctx;

static int
set_up(void **state)
{
	(void)state;
	test_cert = issuer_name("server", NULL);
	client_ctx = SSL_CTX_new(TLS_client_method());
	return client_ctx == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(client_ctx);
	issuer_free(&test_cert);
	return 0;
}

/* One worker's context; all share the slot. */
static SSL_CTX *
server_ctx(const struct slot *slot)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_cert_and_key(ctx, test_cert.cert,
	    test_cert.key, NULL, 1), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	ticket_context_serve(ticket_context_new(slot), ctx);
	return ctx;
}

static void
server_free(SSL_CTX *ctx)
{
	struct ticket_context *context = SSL_CTX_get_app_data(ctx);

	SSL_CTX_free(ctx);
	ticket_context_free(context);
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

static size_t
der_header(unsigned char *at, unsigned char tag, size_t len)
{
	const unsigned char head[] = { tag, 0x82, (unsigned char)(len >> 8),
	    (unsigned char)len };

	memcpy(at, head, sizeof head);
	return sizeof head;
}

/* How long a DER header is that says so many bytes. */
static size_t
header_size(size_t len)
{
	return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

/* The session as a client has it who was given this ticket. */
static SSL_SESSION *
with_ticket(const SSL_SESSION *session, const uint8_t *text, size_t n)
{
	static unsigned char der[8192], new[8192 + 16];
	unsigned char *end = der, *at, *before, *body, *to = new + 4;
	const unsigned char *ticket, *begin = new;
	SSL_SESSION *other;
	size_t len;

	SSL_SESSION_get0_ticket(session, &ticket, &len);
	assert_true(i2d_SSL_SESSION(session, NULL) < (int)sizeof der);
	i2d_SSL_SESSION(session, &end);
	at = memmem(der, (size_t)(end - der), ticket, len);
	assert_non_null(at);
	/* [10] EXPLICIT OCTET STRING, somewhere in a SEQUENCE. */
	before = at - header_size(len);
	before -= header_size(len + (size_t)(at - before));
	assert_int_equal(*before, 0xaa);
	body = der + header_size((size_t)(end - der));
	memcpy(to, body, (size_t)(before - body));
	to += before - body;
	to += der_header(to, 0xaa, n + 4);
	to += der_header(to, 0x04, n);
	memcpy(to, text, n);
	to += n;
	memcpy(to, at + len, (size_t)(end - at) - len);
	to += (size_t)(end - at) - len;
	der_header(new, 0x30, (size_t)(to - new) - 4);
	other = d2i_SSL_SESSION(NULL, &begin, to - new);
	assert_non_null(other);
	return other;
}

static bool
connect_with_ticket(SSL_CTX *ctx, int version, const SSL_SESSION *session,
    const uint8_t *text, size_t n)
{
	SSL_SESSION *changed = with_ticket(session, text, n);
	bool reused = connect_with(ctx, version, changed, NULL);

	SSL_SESSION_free(changed);
	return reused;
}

/* Every byte of a ticket is either its key's name or sealed. */
static void
test_a_spoilt_ticket_is_as_good_as_none(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);

	(void)state;
	ticket_rotate(slot);
	for (int v = 0; v < 2; v++) {
		const unsigned char *ticket;
		uint8_t text[4096] = { 0 };
		SSL_SESSION *session;
		size_t n;

		connect_with(ctx, versions[v], NULL, &session);
		assert_non_null(session);
		SSL_SESSION_get0_ticket(session, &ticket, &n);
		assert_in_range(n, 100, sizeof text - 100);
		memcpy(text, ticket, n);
		assert_true(connect_with_ticket(ctx, versions[v], session,
		    text, n));
		for (size_t i = 0; i < n; i += 7) {
			text[i] ^= 1;
			assert_false(connect_with_ticket(ctx, versions[v],
			    session, text, n));
			text[i] ^= 1;
			assert_false(connect_with_ticket(ctx, versions[v],
			    session, text, i + 1));
		}
		assert_false(connect_with_ticket(ctx, versions[v], session,
		    text, n - 1));
		assert_false(connect_with_ticket(ctx, versions[v], session,
		    text, n + 1));
		assert_false(connect_with_ticket(ctx, versions[v], session,
		    text, n + 16));
		SSL_SESSION_free(session);
	}
	server_free(ctx);
	slot_free(slot);
}

/* As in a file: the newest waits until others have it, too. */
static void
test_the_key_that_seals_need_not_be_the_newest(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * TICKET_KEYS; i++) {
		struct slot *ours = slot_new(), *theirs = slot_new();
		struct ticket_keys keys;
		SSL_SESSION *session, *next;
		SSL_CTX *ctx = server_ctx(ours), *other = server_ctx(theirs);
		const unsigned char *ticket;
		size_t len;

		ticket_rotate(theirs);
		keys = keys_of(theirs);
		keys.encrypts = (uint8_t)(i / 2);
		slot_write(theirs, &keys, sizeof keys);
		connect_with(other, versions[i % 2], NULL, &session);
		SSL_SESSION_get0_ticket(session, &ticket, &len);
		assert_memory_equal(ticket, keys.key[i / 2].name, 16);
		keys.encrypts = 1;
		slot_write(ours, &keys, sizeof keys);
		assert_true(connect_with(ctx, versions[i % 2], session,
		    &next));
		SSL_SESSION_get0_ticket(next, &ticket, &len);
		/* In TLS 1.2 what a newer key sealed stays as it is. */
		assert_memory_equal(ticket, keys.key[i == 0 ? 0 : 1].name, 16);
		SSL_SESSION_free(session);
		SSL_SESSION_free(next);
		server_free(ctx);
		server_free(other);
		slot_free(ours);
		slot_free(theirs);
	}
}

/* With what is beyond the half that is used, nothing changes. */
static void
test_short_keys_are_half_as_long(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);
	struct ticket_keys keys;

	(void)state;
	ticket_rotate(slot);
	keys = keys_of(slot);
	keys.key[0].is_short = 1;
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;

		slot_write(slot, &keys, sizeof keys);
		connect_with(ctx, versions[i], NULL, &session);
		memset(keys.key[0].aes + 16, i, 16);
		memset(keys.key[0].hmac + 16, i, 16);
		slot_write(slot, &keys, sizeof keys);
		assert_true(connect_with(ctx, versions[i], session, NULL));
		keys.key[0].is_short = 0;
		slot_write(slot, &keys, sizeof keys);
		assert_false(connect_with(ctx, versions[i], session, NULL));
		keys.key[0].is_short = 1;
		SSL_SESSION_free(session);
	}
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

/* A slot that somebody spoilt is one without keys. */
static void
test_no_key_beyond_the_last_seals(void **state)
{
	struct slot *slot = slot_new();
	SSL_CTX *ctx = server_ctx(slot);
	struct ticket_keys keys;
	SSL_SESSION *session;

	(void)state;
	ticket_rotate(slot);
	keys = keys_of(slot);
	keys.encrypts = TICKET_KEYS;
	slot_write(slot, &keys, sizeof keys);
	assert_false(connect_with(ctx, TLS1_3_VERSION, NULL, &session));
	assert_null(session);
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
		cmocka_unit_test(test_a_spoilt_ticket_is_as_good_as_none),
		cmocka_unit_test(
		    test_the_key_that_seals_need_not_be_the_newest),
		cmocka_unit_test(test_short_keys_are_half_as_long),
		cmocka_unit_test(
		    test_a_resumed_session_of_tls_1_3_brings_another_ticket),
		cmocka_unit_test(test_no_key_beyond_the_last_seals),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
