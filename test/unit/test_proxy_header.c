/*
 * test_proxy_header.c - the backend is told the truth, in bytes it can take.
 *
 * The golden headers were put together by golden.py, which knows only the
 * specification.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "golden.h"
#include "relay/proxy_header.h"

#define ROOM	600
#define GUARD	64

#define VALUE(text)	((struct proxy_value){ text, sizeof text - 1 })

static const struct proxy_form everything = {
	.want = { PROXY_SSL_CLIENT_CERT, PROXY_NETNS, PROXY_UNIQUE_ID,
	    PROXY_CRC32C, PROXY_SSL_CN, PROXY_SSL_SIG_SCHEME, PROXY_SSL_GROUP,
	    PROXY_SSL_KEY_ALG, PROXY_SSL_SIG_ALG, PROXY_SSL_CIPHER,
	    PROXY_SSL_VERSION, PROXY_AUTHORITY, PROXY_ALPN },
	.limit = ROOM
};

static void
set(union addr *a, const char *text, unsigned port)
{
	memset(a, 0, sizeof *a);
	if (strchr(text, ':') == NULL) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET, text, &a->in.sin_addr), 1);
	} else {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET6, text,
		    &a->in6.sin6_addr), 1);
	}
}

static struct proxy_facts
between(const char *client, const char *local)
{
	struct proxy_facts f = { .tls = false };

	if (client != NULL)
		set(&f.client, client, 4660);
	if (local != NULL)
		set(&f.local, local, 443);
	return f;
}

static void
add_tls(struct proxy_facts *f, unsigned flags, uint32_t verify)
{
	f->tls = true;
	f->client_flags = (uint8_t)flags;
	f->verify = verify;
	f->version = VALUE("TLSv1.3");
	f->cipher = VALUE("TLS_AES_256_GCM_SHA384");
}

static void
add_names(struct proxy_facts *f)
{
	f->alpn = VALUE("h2");
	f->authority = VALUE("Www.Example.test");
}

/* Everything that golden_verified holds. */
static struct proxy_facts
verified(void)
{
	static const char der[] = "0123456789:;<=>?@ABCDEFGHIJKLMNO";
	struct proxy_facts f = between("2001:db8::1", "2001:db8::2");

	add_tls(&f, 7, 0);
	add_names(&f);
	f.unique_id = VALUE("0123456789abcdef");
	f.netns = VALUE("blue");
	f.cn = VALUE("Zo\xc3\xab");
	f.sig_alg = VALUE("ecdsa-with-SHA256");
	f.key_alg = VALUE("EC256");
	f.group = VALUE("X25519");
	f.sig_scheme = VALUE("ecdsa_secp256r1_sha256");
	f.client_cert = (struct proxy_value){ der, 32 };
	return f;
}

/* What the header is made of is compared to golden bytes. */
static void
expect(const struct proxy_facts *f, const struct proxy_form *form,
    const uint8_t *want, size_t len)
{
	uint8_t buf[ROOM];
	unsigned left_out = 1;

	assert_int_equal(proxy_header_v2(f, form, buf, sizeof buf, &left_out),
	    len);
	assert_memory_equal(buf, want, len);
	assert_int_equal(left_out, 0);
}

#define EXPECT(f, form, golden)	expect(f, form, golden, sizeof golden)

static void
test_addresses_are_as_the_specification_has_them(void **state)
{
	static const struct {
		const char *client, *local;
		const uint8_t *want;
		size_t len;
	} rows[] = {
		{ "192.0.2.1", "198.51.100.2", golden_ipv4,
		    sizeof golden_ipv4 },
		{ "::ffff:192.0.2.1", "::ffff:198.51.100.2", golden_ipv4,
		    sizeof golden_ipv4 },
		{ "::ffff:192.0.2.1", "198.51.100.2", golden_ipv4,
		    sizeof golden_ipv4 },
		{ "192.0.2.1", "::ffff:198.51.100.2", golden_ipv4,
		    sizeof golden_ipv4 },
		{ "2001:db8::1", "2001:db8::2", golden_ipv6,
		    sizeof golden_ipv6 },
		{ "2001:db8::1", "198.51.100.2", golden_client_ipv6,
		    sizeof golden_client_ipv6 },
		{ "2001:db8::1", "::ffff:198.51.100.2", golden_client_ipv6,
		    sizeof golden_client_ipv6 },
		{ "192.0.2.1", "2001:db8::2", golden_client_ipv4,
		    sizeof golden_client_ipv4 },
		{ "192.0.2.1", NULL, golden_no_local,
		    sizeof golden_no_local },
		{ NULL, "192.0.2.1", golden_local, sizeof golden_local },
		{ NULL, NULL, golden_local, sizeof golden_local },
	};
	static const struct proxy_form nothing = { .limit = ROOM };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_facts f = between(rows[i].client, rows[i].local);

		expect(&f, &nothing, rows[i].want, rows[i].len);
	}
}

static void
test_tls_without_certificate_is_not_verified(void **state)
{
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");
	struct proxy_form form = everything;

	(void)state;
	form.want[3] = PROXY_NOOP;
	add_names(&f);
	add_tls(&f, PROXY_CLIENT_SSL, 1);
	EXPECT(&f, &form, golden_no_cert);
	/* Whoever says "good" of no certificate is corrected. */
	add_tls(&f, 0, 0);
	f.cn = VALUE("alice");
	EXPECT(&f, &form, golden_no_cert);
}

static void
test_a_verified_certificate_is_told_whole(void **state)
{
	struct proxy_facts f = verified();

	(void)state;
	EXPECT(&f, &everything, golden_verified);
	f.client_flags |= 0xf8;		/* what nobody defined stays here */
	EXPECT(&f, &everything, golden_verified);
}

static void
test_a_resumed_session_keeps_its_certificate(void **state)
{
	static const struct proxy_form nothing = { .limit = ROOM };
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");

	(void)state;
	add_tls(&f, PROXY_CLIENT_CERT_SESS, 0);
	f.cn = VALUE("alice");
	EXPECT(&f, &nothing, golden_resumed);
}

static void
test_a_refused_certificate_leaves_only_its_number(void **state)
{
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");
	struct proxy_form form = everything;

	(void)state;
	form.want[3] = PROXY_NOOP;
	add_tls(&f, 7, 20);
	f.cn = VALUE("mallory");
	f.client_cert = VALUE("0");
	EXPECT(&f, &form, golden_refused);
}

static void
test_an_unknown_client_is_local_with_its_tls_facts(void **state)
{
	static const struct proxy_form form = {
		.want = { PROXY_SSL_VERSION }, .limit = ROOM
	};
	struct proxy_facts f = between(NULL, NULL);

	(void)state;
	add_tls(&f, 3, 0);
	f.cn = VALUE("alice");
	EXPECT(&f, &form, golden_local_tls);
}

static void
test_without_tls_nothing_is_said_of_it(void **state)
{
	struct proxy_facts f = verified(), plain;
	struct proxy_form form = { .want = { PROXY_CRC32C }, .limit = ROOM };

	(void)state;
	plain = between("192.0.2.1", "198.51.100.2");
	EXPECT(&plain, &form, golden_summed);
	plain.cn = f.cn;
	plain.cipher = f.cipher;
	/* Nor does it take room from what is said. */
	form = (struct proxy_form){ .want = { PROXY_SSL_CIPHER, PROXY_CRC32C },
	    .limit = sizeof golden_summed };
	EXPECT(&plain, &form, golden_summed);
}

static void
test_a_unique_id_is_128_bytes_at_most(void **state)
{
	static const struct proxy_form form = {
		.want = { PROXY_UNIQUE_ID }, .limit = ROOM
	};
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");
	uint8_t buf[ROOM], id[129] = { 0 };
	unsigned left_out;

	(void)state;
	f.unique_id = (struct proxy_value){ id, 128 };
	assert_int_equal(proxy_header_v2(&f, &form, buf, sizeof buf,
	    &left_out), 28 + 3 + 128);
	f.unique_id.len = 129;
	assert_int_equal(proxy_header_v2(&f, &form, buf, sizeof buf,
	    &left_out), 28);
	assert_int_equal(left_out, 1);
}

static void
test_a_wish_made_twice_is_granted_once(void **state)
{
	static const struct proxy_form form = { .want = { PROXY_CRC32C, 0xee,
	    PROXY_SSL, PROXY_CRC32C, PROXY_NOOP, PROXY_ALPN }, .limit = ROOM };
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");

	(void)state;
	EXPECT(&f, &form, golden_summed);
}

/* Sizes of what golden_verified holds, found by walking its bytes. */
static size_t
size_in(const uint8_t *header, size_t len, uint8_t type)
{
	size_t at = header[13] == PROXY_INET6 ? 16 + 36 : 16 + 12, n;

	for (; at + 3 <= len; at += 3 + n) {
		n = (size_t)(header[at + 1] << 8 | header[at + 2]);
		if (header[at] == type)
			return 3 + n;
		if (header[at] == PROXY_SSL)
			n = PROXY_SSL_HEAD;	/* and into it */
	}
	assert_int_equal(at, len);
	return 0;
}

/* Takes what still has room, one after the other. Returns the length. */
static size_t
most_wanted(const uint8_t *want, size_t limit, unsigned *left_out)
{
	size_t len = 16 + 36 + 3 + 5 + 3 + 4, n;	/* with the CN */

	*left_out = 0;
	for (unsigned i = 0; i < 16 && want[i] != 0; i++) {
		n = size_in(golden_verified, sizeof golden_verified, want[i]);
		if (want[i] == PROXY_SSL_CN)
			continue;
		if (len + n > limit)
			*left_out |= 1u << i;
		else
			len += n;
	}
	return len;
}

static void
expect_within(const struct proxy_facts *f, const struct proxy_form *form,
    size_t size)
{
	size_t limit = size < form->limit ? size : form->limit, n, want;
	uint8_t buf[ROOM + GUARD];
	unsigned left_out, out;

	memset(buf, 0xee, sizeof buf);
	n = proxy_header_v2(f, form, buf, size, &left_out);
	want = most_wanted(form->want, limit, &out);
	for (size_t i = limit; i < sizeof buf; i++)
		assert_int_equal(buf[i], 0xee);
	if (limit < 16 + 36 + 3 + 5 + 3 + 4) {
		assert_int_equal(n, 0);
		return;
	}
	assert_int_equal(n, want);
	assert_int_equal(left_out, out);
	assert_int_equal(buf[14] << 8 | buf[15], n - 16);
	assert_int_equal(size_in(buf, n, PROXY_SSL_CN), 7);
	for (unsigned i = 0; i < 16 && form->want[i] != 0; i++)
		assert_int_equal(size_in(buf, n, form->want[i]),
		    out >> i & 1 ? 0 : size_in(golden_verified,
		    sizeof golden_verified, form->want[i]));
}

static void
test_the_least_wanted_is_left_out_at_every_limit(void **state)
{
	struct proxy_facts f = verified();
	struct proxy_form forwards = everything, backwards = everything;

	(void)state;
	for (size_t i = 0; i < 13; i++)
		backwards.want[i] = everything.want[12 - i];
	for (size_t n = 0; n <= sizeof golden_verified + GUARD; n++) {
		forwards.limit = backwards.limit = n;
		expect_within(&f, &forwards, ROOM);
		expect_within(&f, &backwards, ROOM);
		forwards.limit = backwards.limit = SIZE_MAX;
		expect_within(&f, &forwards, n);
		expect_within(&f, &backwards, n);
	}
}

static void
test_a_long_name_costs_the_header_only_that_name(void **state)
{
	static const struct proxy_form form = {
		.want = { PROXY_AUTHORITY, PROXY_ALPN, PROXY_SSL_VERSION,
		    PROXY_SSL_CIPHER }, .limit = 107
	};
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");
	static const char name[255];
	uint8_t buf[ROOM];
	unsigned left_out;

	(void)state;
	add_names(&f);
	add_tls(&f, PROXY_CLIENT_SSL, 1);
	f.authority = (struct proxy_value){ name, sizeof name };
	assert_int_equal(proxy_header_v2(&f, &form, buf, sizeof buf,
	    &left_out), 28 + 5 + 8 + 10 + 25);
	assert_int_equal(left_out, 1);
}

static void
test_a_header_is_as_long_as_its_length_can_say(void **state)
{
	struct proxy_form form = { .want = { PROXY_SSL_CLIENT_CERT,
	    PROXY_SSL_VERSION }, .limit = SIZE_MAX };
	struct proxy_facts f = between("192.0.2.1", "198.51.100.2");
	uint8_t *buf = calloc(1, 2 * PROXY_HEADER_MAX);
	const size_t most = PROXY_HEADER_MAX - 28 - 8 - 3;
	unsigned left_out;

	(void)state;
	add_tls(&f, 3, 0);
	f.client_cert = (struct proxy_value){ buf + PROXY_HEADER_MAX, most };
	assert_int_equal(proxy_header_v2(&f, &form, buf, 2 * PROXY_HEADER_MAX,
	    &left_out), PROXY_HEADER_MAX);
	assert_int_equal(left_out, 2);
	f.client_cert.len++;
	assert_int_equal(proxy_header_v2(&f, &form, buf, 2 * PROXY_HEADER_MAX,
	    &left_out), 28 + 8 + 10);
	assert_int_equal(left_out, 1);
	/* The CN must be in; it is not cut. */
	f.cn = f.client_cert;
	assert_int_equal(proxy_header_v2(&f, &form, buf, 2 * PROXY_HEADER_MAX,
	    &left_out), 0);
	free(buf);
}

static void
test_version_1_is_a_line_that_fits_or_nothing(void **state)
{
	static const struct {
		const char *client, *local, *want;
	} rows[] = {
		{ "192.0.2.1", "198.51.100.2",
		    "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n" },
		{ "::ffff:192.0.2.1", "198.51.100.2",
		    "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n" },
		{ "2001:db8::1", "::1",
		    "PROXY TCP6 2001:db8::1 ::1 4660 443\r\n" },
		{ "2001:db8::1", "198.51.100.2",
		    "PROXY TCP6 2001:db8::1 ::ffff:c633:6402 4660 443\r\n" },
		{ "192.0.2.1", "2001:db8::2",
		    "PROXY TCP6 ::ffff:c000:201 2001:db8::2 4660 443\r\n" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
		    "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 4660 443\r\n" },
		{ NULL, "192.0.2.1", "PROXY UNKNOWN\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_facts f = between(rows[i].client, rows[i].local);
		size_t len = strlen(rows[i].want);
		char buf[PROXY_V1_MAX + 1];

		for (size_t size = 0; size < sizeof buf; size++) {
			memset(buf, 0x6e, sizeof buf);
			assert_int_equal(proxy_header_v1(&f, buf, size),
			    size < len ? 0 : len);
			if (size >= len)
				assert_memory_equal(buf, rows[i].want, len);
			for (size_t j = size; j < sizeof buf; j++)
				assert_int_equal(buf[j], 0x6e);
		}
	}
}

static void
test_the_checksum_is_that_of_rfc_3720(void **state)
{
	static const uint8_t pdu[48] = { 0x01, 0xc0, [16] = 0x14, [22] = 0x04,
	    [27] = 0x14, [31] = 0x18, 0x28, [40] = 0x02 };
	uint8_t zeros[32] = { 0 }, ones[32], up[32], down[32], hundred[100];
	const struct {
		const uint8_t *bytes;
		size_t len;
		uint32_t want;
	} rows[] = {
		{ zeros, 32, 0x8a9136aa }, { ones, 32, 0x62a8ab43 },
		{ up, 32, 0x46dd794e }, { down, 32, 0x113fdb5c },
		{ pdu, 48, 0xd9963a56 },
		{ (const uint8_t *)"123456789", 9, 0xe3069283 },
		{ hundred, 100, GOLDEN_CRC_100 }, { zeros, 0, 0 },
	};

	(void)state;
	memset(ones, 0xff, sizeof ones);
	for (unsigned i = 0; i < 32; i++)
		up[i] = down[31 - i] = (uint8_t)i;
	for (unsigned i = 0; i < 100; i++)
		hundred[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal((uint32_t)~proxy_crc32c(PROXY_CRC_BEGIN,
		    rows[i].bytes, rows[i].len), rows[i].want);
}

static void
test_every_name_has_a_type_and_every_type_its_name(void **state)
{
	size_t n = 0;

	(void)state;
	for (; proxy_tlv_names[n] != NULL; n++)
		assert_string_equal(proxy_tlv_names[n],
		    proxy_tlv_name(proxy_tlv_type(proxy_tlv_names[n])));
	assert_int_equal(n, 14);
	assert_int_equal(proxy_tlv_type("cipher"), PROXY_SSL_CIPHER);
	assert_int_equal(proxy_tlv_type("noop"), 0);
	assert_int_equal(proxy_tlv_type("ssl"), 0);
	assert_int_equal(proxy_tlv_type(""), 0);
	assert_string_equal(proxy_tlv_name(PROXY_SSL), "ssl");
	assert_int_equal(proxy_tlv_type("ja4"), 0xe1);
	assert_null(proxy_tlv_name(0xea));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_addresses_are_as_the_specification_has_them),
		cmocka_unit_test(test_tls_without_certificate_is_not_verified),
		cmocka_unit_test(test_a_verified_certificate_is_told_whole),
		cmocka_unit_test(
		    test_a_resumed_session_keeps_its_certificate),
		cmocka_unit_test(
		    test_a_refused_certificate_leaves_only_its_number),
		cmocka_unit_test(
		    test_an_unknown_client_is_local_with_its_tls_facts),
		cmocka_unit_test(test_without_tls_nothing_is_said_of_it),
		cmocka_unit_test(test_a_unique_id_is_128_bytes_at_most),
		cmocka_unit_test(
		    test_a_wish_made_twice_is_granted_once),
		cmocka_unit_test(
		    test_the_least_wanted_is_left_out_at_every_limit),
		cmocka_unit_test(
		    test_a_long_name_costs_the_header_only_that_name),
		cmocka_unit_test(
		    test_a_header_is_as_long_as_its_length_can_say),
		cmocka_unit_test(
		    test_version_1_is_a_line_that_fits_or_nothing),
		cmocka_unit_test(test_the_checksum_is_that_of_rfc_3720),
		cmocka_unit_test(
		    test_every_name_has_a_type_and_every_type_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
