/*
 * test_conn_header.c - the PROXY header of one connection.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "pair.h"
#include "serve/conn_header.h"
#include "shake.h"
#include "tls_fixture.h"

static struct tls_fixture fixture;
static struct tls_side side;
static SSL *client;
static int fd[2];
static union addr peer;

static int
set_up(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	socklen_t len = sizeof peer;

	(void)state;
	if (tls_fixture_make(&fixture, "") != 0 || !pair_tcp(fd, 0))
		return -1;
	client = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_tlsext_host_name(client, "a.example");
	side.ssl = site_open(fixture.site, &side.choice);
	side.side.fd = fd[0];
	if (getpeername(fd[0], &peer.sa, &len) == -1)
		return -1;
	return shake(side.ssl, client) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_free(client);
	SSL_free(side.ssl);
	site_choice_clear(&side.choice);
	close(fd[0]);
	close(fd[1]);
	tls_fixture_clear(&fixture);
	return 0;
}

static void
say(const char *sentence)
{
	(void)sentence;
}

/* The form that these options make. False: refused, here or there. */
static bool
form_of(const char *options, struct proxy_form *form)
{
	char text[1024];
	struct conf *conf;
	struct err e;
	int r, n = snprintf(text, sizeof text, "pem-file = \"x\"\n%s\n",
	    options);

	conf = conf_load_text("test.conf", text, (size_t)n, say, &e);
	if (conf == NULL)
		return false;
	r = conn_header_form(form, conf);
	conf_free(conf);
	/* Nobody but the configuration refuses: a worker would not begin. */
	assert_int_equal(r, 0);
	return true;
}

static void
test_the_options_are_the_form(void **state)
{
	static const struct {
		const char *options;
		uint8_t want[16];
		size_t limit;
	} rows[] = {
		{ "", { PROXY_SSL_VERSION, PROXY_SSL_CN, PROXY_SSL_CIPHER,
		    PROXY_ALPN, PROXY_AUTHORITY, PROXY_SSL_SIG_ALG,
		    PROXY_SSL_KEY_ALG, PROXY_SSL_GROUP,
		    PROXY_SSL_SIG_SCHEME }, 536 },
		{ "proxy-tlv = none\nproxy-size-limit = 232", { 0 }, 232 },
		{ "proxy-tlv = crc32c", { PROXY_CRC32C }, 536 },
		{ "proxy-tlv = \"unique-id, client-cert netns\"",
		    { PROXY_UNIQUE_ID, PROXY_SSL_CLIENT_CERT, PROXY_NETNS },
		    536 },
	};
	struct proxy_form form;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(form_of(rows[i].options, &form));
		assert_memory_equal(form.want, rows[i].want,
		    sizeof form.want);
		assert_int_equal(form.limit, rows[i].limit);
	}
}

static void
test_a_tlv_wanted_twenty_times_hinders_no_worker(void **state)
{
	struct proxy_form form;

	(void)state;
	(void)form_of("proxy-tlv = \"cn cn cn cn cn cn cn cn cn cn cn cn cn cn"
	    " cn cn cn cn cn cn\"", &form);
	(void)form_of("proxy-tlv = \"alpn authority unique-id crc32c netns "
	    "version cn cipher sig-alg key-alg group sig-scheme client-cert "
	    "cn cn cn cn\"", &form);
}

/* Writes a header and reads it. Returns its length. */
static size_t
write_header_of(const struct origin *origin, unsigned version,
    const char *options, const union addr *from, struct proxy_parsed *p)
{
	struct conn_header h = { version, NULL, from, &side, origin, NULL };
	struct proxy_form form;
	size_t len, used;
	unsigned left_out;

	assert_true(form_of(options, &form));
	h.form = &form;
	assert_true(conn_header_write(&h, &fixture.scratch, &len, &left_out));
	if (len > 0)
		assert_int_equal(proxy_header_parse(fixture.scratch.bytes, len,
		    len, p, &used), PROXY_PARSE_OK);
	return len;
}

static size_t
write_header(unsigned version, const char *options, const union addr *from,
    struct proxy_parsed *p)
{
	return write_header_of(NULL, version, options, from, p);
}

static void
test_addresses_are_those_of_the_clients_socket(void **state)
{
	static const unsigned versions[] = { SEND_V1, SEND_V2 };
	struct sockaddr_in local;
	socklen_t len = sizeof local;

	(void)state;
	getsockname(fd[0], (struct sockaddr *)&local, &len);
	for (int i = 0; i < 2; i++) {
		struct proxy_parsed p;

		assert_true(write_header(versions[i], "", &peer, &p) > 0);
		assert_int_equal(p.version, i + 1);
		assert_false(p.local);
		assert_int_equal(p.facts.client.in.sin_port,
		    peer.in.sin_port);
		assert_int_equal(p.facts.client.in.sin_addr.s_addr,
		    htonl(INADDR_LOOPBACK));
		assert_int_equal(p.facts.local.in.sin_port, local.sin_port);
		assert_int_equal(p.facts.tls, i == 1);
	}
}

static void
test_a_client_without_an_address_is_local(void **state)
{
	const union addr none = { .family = AF_UNSPEC };
	struct proxy_parsed p;

	(void)state;
	write_header(SEND_V2, "", &none, &p);
	assert_true(p.local);
	write_header(SEND_V1, "", &none, &p);
	assert_true(p.local);
}

static void
test_no_header_is_no_byte(void **state)
{
	struct proxy_parsed p;

	(void)state;
	assert_int_equal(write_header(SEND_NONE, "", &peer, &p), 0);
}

static void
test_what_is_wanted_is_in(void **state)
{
	struct proxy_parsed p;

	(void)state;
	write_header(SEND_V2, "", &peer, &p);
	assert_int_equal(p.facts.authority.len, 9);
	assert_memory_equal(p.facts.authority.bytes, "a.example", 9);
	assert_memory_equal(p.facts.version.bytes, "TLSv1.3", 7);
	assert_memory_equal(p.facts.key_alg.bytes, "EC256", 5);
	assert_int_equal(p.facts.client_flags, PROXY_CLIENT_SSL);
	assert_int_not_equal(p.facts.verify, 0);
	assert_int_equal(p.facts.unique_id.len, 0);
	write_header(SEND_V2, "proxy-tlv = \"crc32c\"", &peer, &p);
	assert_true(p.has_crc && p.crc_good);
	assert_int_equal(p.facts.authority.len, 0);
}

static void
test_an_id_is_never_the_same_again(void **state)
{
	char seen[100][32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct proxy_parsed p;

		write_header(SEND_V2, "proxy-tlv = unique-id", &peer, &p);
		assert_int_equal(p.facts.unique_id.len, 32);
		memcpy(seen[i], p.facts.unique_id.bytes, 32);
		assert_int_equal(strspn(p.facts.unique_id.bytes,
		    "0123456789abcdef"), 32);
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], 32);
	}
}

/* 192.0.2.N:port */
static union addr
example(unsigned n, unsigned port)
{
	return (union addr){ .in = { .sin_family = AF_INET,
	    .sin_addr = { htonl(0xc0000200 + n) },
	    .sin_port = htons((uint16_t)port) } };
}

static void
test_a_balancers_word_is_passed_on(void **state)
{
	static const unsigned versions[] = { SEND_V1, SEND_V2 };
	const struct origin origin = { .from = peer, .client = example(1, 1234),
	    .local = example(2, 443), .id = "kept\0too", .id_len = 8 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct proxy_parsed p;

		write_header_of(&origin, versions[i], "proxy-tlv = "
		    "\"unique-id, version\"", &origin.client, &p);
		assert_memory_equal(&p.facts.client.in, &origin.client.in,
		    sizeof origin.client.in);
		assert_memory_equal(&p.facts.local.in, &origin.local.in,
		    sizeof origin.local.in);
		if (versions[i] == SEND_V1)
			continue;
		assert_int_equal(p.facts.unique_id.len, 8);
		assert_memory_equal(p.facts.unique_id.bytes, "kept\0too", 8);
		assert_memory_equal(p.facts.version.bytes, "TLSv1.3", 7);
	}
}

static void
test_an_id_that_nobody_wants_is_not_passed_on(void **state)
{
	const struct origin origin = { .id = "12345678", .id_len = 8 };
	struct proxy_parsed p;

	(void)state;
	write_header_of(&origin, SEND_V2, "", &peer, &p);
	assert_null(p.facts.unique_id.bytes);
}

static void
test_where_a_balancer_says_nothing_the_sockets_count(void **state)
{
	const struct origin none = { .from = peer };
	struct proxy_parsed said, own;

	(void)state;
	write_header_of(&none, SEND_V2, "proxy-tlv = unique-id", &peer, &said);
	assert_int_equal(said.facts.unique_id.len, 32);
	write_header(SEND_V2, "", &peer, &own);
	assert_false(said.local);
	assert_memory_equal(&said.facts.client, &own.facts.client,
	    sizeof own.facts.client);
	assert_memory_equal(&said.facts.local, &own.facts.local,
	    sizeof own.facts.local);
}

static void
test_a_limit_too_small_for_the_least_is_said(void **state)
{
	struct conn_header h = { SEND_V2, NULL, &peer, &side, NULL, NULL };
	struct proxy_form form;
	size_t len = 99;
	unsigned left_out = 99;

	(void)state;
	assert_true(form_of("", &form));
	h.form = &form;
	form.limit = 20;
	assert_false(conn_header_write(&h, &fixture.scratch, &len, &left_out));
	assert_int_equal(len, 0);
	/* What is least wanted makes room for the rest. */
	form.limit = 107;
	assert_true(conn_header_write(&h, &fixture.scratch, &len, &left_out));
	assert_in_range(len, 28, 107);
	assert_int_not_equal(left_out, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_options_are_the_form),
		cmocka_unit_test(
		    test_a_tlv_wanted_twenty_times_hinders_no_worker),
		cmocka_unit_test(
		    test_addresses_are_those_of_the_clients_socket),
		cmocka_unit_test(test_a_client_without_an_address_is_local),
		cmocka_unit_test(test_no_header_is_no_byte),
		cmocka_unit_test(test_what_is_wanted_is_in),
		cmocka_unit_test(test_an_id_is_never_the_same_again),
		cmocka_unit_test(test_a_balancers_word_is_passed_on),
		cmocka_unit_test(test_an_id_that_nobody_wants_is_not_passed_on),
		cmocka_unit_test(
		    test_where_a_balancer_says_nothing_the_sockets_count),
		cmocka_unit_test(test_a_limit_too_small_for_the_least_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
