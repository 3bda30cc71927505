/*
 * test_ticket_life.c - a session ends when its time is over, however often it
 * was resumed meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "issuer.h"
#include "resume.h"
#include "tls/ticket.h"

#define TIMEOUT	7200

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct test_cert test_cert;
static struct slot *slot;
static struct ticket_context *context;
static int64_t later;		/* seconds that our clock goes ahead */

time_t __real_time(time_t *);
time_t __wrap_time(time_t *);

time_t
__wrap_time(time_t *t)
{
	assert_null(t);
	return __real_time(NULL) + later;
}

static int
set_up(void **state)
{
	(void)state;
	test_cert = issuer_name("server", NULL);
	slot = slot_new();
	context = ticket_context_new(slot);
	return context == NULL ? -1 : ticket_rotate(slot);
}

static int
tear_down(void **state)
{
	(void)state;
	issuer_free(&test_cert);
	ticket_context_free(context);
	slot_free(slot);
	return 0;
}

static SSL_CTX *
server_new(long timeout)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_cert_and_key(ctx, test_cert.cert,
	    test_cert.key, NULL, 1), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_session_id_context(ctx, (const uint8_t *)"here", 4);
	SSL_CTX_set_timeout(ctx, timeout);
	ticket_context_serve(context, ctx);
	return ctx;
}

static void
test_a_life_ends_by_its_timeout_or_its_certificates(void **state)
{
	const int64_t never = INT64_MAX;
	const struct {
		struct ticket_life life;
		int64_t now, left;
	} row[] = {
		{ { 1000, never }, 1000, 100 },
		{ { 1000, never }, 1001, 99 },
		{ { 1000, never }, 1099, 1 },
		{ { 1000, never }, 1100, 0 },
		{ { 1000, never }, 1101, 0 },
		{ { 1000, never }, never, 0 },
		{ { 1000, 1050 }, 1000, 50 },
		{ { 1000, 1050 }, 1049, 1 },
		{ { 1000, 1050 }, 1050, 0 },
		{ { 1000, 1050 }, 1051, 0 },
		{ { 1000, 1100 }, 1000, 100 },
		{ { 1000, 1200 }, 1000, 100 },
		{ { 1000, 1000 }, 1000, 0 },
		{ { 1000, 0 }, 1000, 0 },
		{ { 1000, INT64_MIN }, 1000, 0 },
		/* Another machine's clock: a little ahead of ours. */
		{ { 1060, never }, 1000, 100 },
		{ { 1061, never }, 1000, 0 },
		{ { never, never }, 1000, 0 },
		{ { -1, never }, 0, 0 },
		{ { INT64_MIN, never }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(ticket_life_left(&row[i].life, 100,
		    row[i].now), row[i].left);
}

static void
test_every_machine_reads_the_same_in_a_ticket(void **state)
{
	const struct ticket_life l = { 0x0102030405060708, INT64_MIN + 9 };
	const uint8_t wire[TICKET_LIFE_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8,
	    0x80, 0, 0, 0, 0, 0, 0, 9 };
	uint8_t bytes[TICKET_LIFE_SIZE];
	struct ticket_life back;

	(void)state;
	ticket_life_put(&l, bytes);
	assert_memory_equal(bytes, wire, sizeof wire);
	assert_true(ticket_life_get(&back, bytes, sizeof bytes));
	assert_int_equal(back.begun, l.begun);
	assert_int_equal(back.ends, l.ends);
	assert_false(ticket_life_get(&back, bytes, sizeof bytes - 1));
	assert_false(ticket_life_get(&back, bytes, 0));
}

/* The same certificate, but good until then. */
static void
let_end(struct test_cert *p, const struct test_cert *by, long seconds)
{
	X509_gmtime_adj(X509_getm_notAfter(p->cert), seconds);
	assert_true(X509_sign(p->cert, by->key, EVP_sha256()) > 0);
}

static void
test_the_first_certificate_to_expire_counts(void **state)
{
	struct test_cert one = issuer_name("one", NULL);
	STACK_OF(X509) *certs = sk_X509_new_null();

	(void)state;
	assert_int_equal(ticket_life_of_certs(NULL), INT64_MAX);
	assert_int_equal(ticket_life_of_certs(certs), INT64_MAX);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notAfter(one.cert),
	    "20380119031408Z"), 1);
	sk_X509_push(certs, one.cert);
	assert_int_equal(ticket_life_of_certs(certs), INT64_C(0x80000000));
	for (int i = 0; i < 2; i++) {
		int64_t end;

		sk_X509_insert(certs, test_cert.cert, i * 2);
		end = ticket_life_of_certs(certs);
		assert_in_range(end - time(NULL), 86000, 86400);
	}
	sk_X509_free(certs);
	issuer_free(&one);
}

/* Resumes again and again, and tells at what second it began anew. */
static int64_t
resume_until_refused(SSL_CTX *ctx, SSL_CTX *client, int version, int64_t step)
{
	SSL_SESSION *session, *next;

	later = 0;
	assert_false(resume_with(ctx, client, version, NULL, &session));
	for (;;) {
		bool resumed;

		later += step;
		/* TLS 1.2 gives a new ticket only where the key is old. */
		assert_int_equal(ticket_rotate(slot), 0);
		resumed = resume_with(ctx, client, version, session, &next);
		assert_non_null(next);
		SSL_SESSION_free(session);
		session = next;
		if (!resumed || later > 10 * TIMEOUT)
			break;
	}
	SSL_SESSION_free(session);
	step = later;
	later = 0;
	return step;
}

static void
test_no_chain_of_resumptions_outlives_the_timeout(void **state)
{
	SSL_CTX *ctx = server_new(TIMEOUT);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_in_range(resume_until_refused(ctx, client, versions[i],
		    TIMEOUT / 8), TIMEOUT, TIMEOUT);
		assert_in_range(resume_until_refused(ctx, client, versions[i],
		    TIMEOUT / 2 - 10), 3 * (TIMEOUT / 2 - 10),
		    3 * (TIMEOUT / 2 - 10));
	}
	SSL_CTX_free(client);
	SSL_CTX_free(ctx);
}

/* A reload may shorten it. */
static void
test_the_timeout_is_that_of_today(void **state)
{
	SSL_CTX *before = server_new(TIMEOUT), *after = server_new(300);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session, *next;

		resume_with(before, client, versions[i], NULL, &session);
		later = 290;
		assert_true(resume_with(after, client, versions[i], session,
		    NULL));
		later = 310;
		assert_false(resume_with(after, client, versions[i], session,
		    &next));
		/* Whoever was refused has a ticket of his new session. */
		assert_true(resume_with(after, client, versions[i], next,
		    NULL));
		SSL_SESSION_free(next);
		assert_true(resume_with(before, client, versions[i], session,
		    NULL));
		SSL_SESSION_free(session);
		later = 0;
	}
	SSL_CTX_free(client);
	SSL_CTX_free(before);
	SSL_CTX_free(after);
}

/* Of the client's certificate and of his CA's one ends in 1000 seconds. */
static void
test_no_session_outlives_the_clients_certificates(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct test_cert ca = issuer_make(&(struct request){ .cn = "CA",
		    .ca = true });
		struct test_cert alice = issuer_make(&(struct request){
		    .cn = "alice", .by = &ca });
		SSL_CTX *ctx = server_new(TIMEOUT);
		SSL_CTX *client = SSL_CTX_new(TLS_client_method());
		SSL_SESSION *session;

		let_end(i / 2 ? &ca : &alice, &ca, 1000);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca.cert);
		SSL_CTX_use_cert_and_key(client, alice.cert, alice.key, NULL,
		    1);
		resume_with(ctx, client, versions[i % 2], NULL, &session);
		assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(session),
		    990, 1000);
		SSL_SESSION_free(session);
		assert_in_range(resume_until_refused(ctx, client,
		    versions[i % 2], 490), 1470, 1470);
		issuer_free(&ca);
		issuer_free(&alice);
		SSL_CTX_free(client);
		SSL_CTX_free(ctx);
	}
}

static void
test_a_client_is_told_how_long_to_keep_his_ticket(void **state)
{
	SSL_CTX *ctx = server_new(TIMEOUT);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	SSL_SESSION *first, *next;

	(void)state;
	for (int i = 0; i < 2; i++) {
		resume_with(ctx, client, versions[i], NULL, &first);
		assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(first),
		    TIMEOUT - 10, TIMEOUT);
		SSL_SESSION_free(first);
	}
	/* Begun 1000 seconds ago. */
	later = -1000;
	resume_with(ctx, client, TLS1_3_VERSION, NULL, &first);
	later = 0;
	assert_true(resume_with(ctx, client, TLS1_3_VERSION, first, &next));
	assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(next),
	    TIMEOUT - 1010, TIMEOUT - 1000);
	SSL_SESSION_free(first);
	SSL_SESSION_free(next);
	SSL_CTX_free(client);
	SSL_CTX_free(ctx);
}

/* His time may run out between the hello and the ticket. */
static void
test_a_client_whose_time_is_over_is_served_all_the_same(void **state)
{
	SSL_CTX *ctx = server_new(0);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;

		assert_false(resume_with(ctx, client, versions[i], NULL,
		    &session));
		if (session != NULL)
			assert_false(resume_with(ctx, client, versions[i],
			    session, NULL));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(client);
	SSL_CTX_free(ctx);
}

/* As another program's under the same keys. */
static void
test_a_ticket_that_says_nothing_is_not_taken(void **state)
{
	SSL_CTX *ctx = server_new(TIMEOUT), *foreign = server_new(TIMEOUT);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	(void)state;
	SSL_CTX_set_session_ticket_cb(foreign, NULL, NULL, NULL);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session, *next;

		resume_with(foreign, client, versions[i], NULL, &session);
		assert_non_null(session);
		assert_true(resume_with(foreign, client, versions[i], session,
		    NULL));
		assert_false(resume_with(ctx, client, versions[i], session,
		    &next));
		assert_true(resume_with(ctx, client, versions[i], next, NULL));
		SSL_SESSION_free(session);
		SSL_SESSION_free(next);
	}
	SSL_CTX_free(client);
	SSL_CTX_free(foreign);
	SSL_CTX_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_life_ends_by_its_timeout_or_its_certificates),
		cmocka_unit_test(
		    test_every_machine_reads_the_same_in_a_ticket),
		cmocka_unit_test(test_the_first_certificate_to_expire_counts),
		cmocka_unit_test(
		    test_no_chain_of_resumptions_outlives_the_timeout),
		cmocka_unit_test(test_the_timeout_is_that_of_today),
		cmocka_unit_test(
		    test_no_session_outlives_the_clients_certificates),
		cmocka_unit_test(
		    test_a_client_is_told_how_long_to_keep_his_ticket),
		cmocka_unit_test(
		    test_a_client_whose_time_is_over_is_served_all_the_same),
		cmocka_unit_test(test_a_ticket_that_says_nothing_is_not_taken),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
