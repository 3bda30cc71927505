/*
 * proxy_header.c - facts to bytes: the header that the backend gets.
 *
 * One send() carries it, and most receivers have room for little more than
 * 200 bytes: so the length is known before the first byte is written, and what
 * does not fit is left out whole.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "relay/proxy_header.h"

#define CMD_LOCAL	0x20
#define CMD_PROXY	0x21
#define TLV_HEAD	3
#define CERT_FLAGS	(PROXY_CLIENT_CERT_CONN | PROXY_CLIENT_CERT_SESS)
#define FIELD(name)	offsetof(struct proxy_facts, name)

/* Both ends in one family, for that is all a header can say. */
struct proxy_ends {
	sa_family_t family;	/* AF_INET, AF_INET6; AF_UNSPEC: unknown */
	struct in6_addr client, local;	/* IPv4 is mapped */
	in_port_t client_port, local_port;	/* as on the wire */
};

const uint8_t proxy_signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a,
    'Q', 'U', 'I', 'T', 0x0a };

/*
 * HAProxy 2.9 and later can get at the CN only by its place: VERSION must be
 * the first in SSL, CN the second.
 */
const struct proxy_tlv_row proxy_tlv_rows[] = {
	{ PROXY_ALPN, "alpn", FIELD(alpn) },
	{ PROXY_AUTHORITY, "authority", FIELD(authority) },
	{ PROXY_CRC32C, "crc32c", 0 },
	{ PROXY_NOOP, "noop", 0 },
	{ PROXY_UNIQUE_ID, "unique-id", FIELD(unique_id) },
	{ PROXY_SSL, "ssl", 0 },
	{ PROXY_SSL_VERSION, "version", FIELD(version) },
	{ PROXY_SSL_CN, "cn", FIELD(cn) },
	{ PROXY_SSL_CIPHER, "cipher", FIELD(cipher) },
	{ PROXY_SSL_SIG_ALG, "sig-alg", FIELD(sig_alg) },
	{ PROXY_SSL_KEY_ALG, "key-alg", FIELD(key_alg) },
	{ PROXY_SSL_GROUP, "group", FIELD(group) },
	{ PROXY_SSL_SIG_SCHEME, "sig-scheme", FIELD(sig_scheme) },
	{ PROXY_SSL_CLIENT_CERT, "client-cert", FIELD(client_cert) },
	{ PROXY_NETNS, "netns", FIELD(netns) },
	{ PROXY_JA4, "ja4", FIELD(ja4) },
	{ 0, NULL, 0 }
};

/* Without noop, which has no meaning, and ssl, which is always sent. */
const char *const proxy_tlv_names[] = { "alpn", "authority", "unique-id",
    "crc32c", "netns", "version", "cn", "cipher", "sig-alg", "key-alg",
    "group", "sig-scheme", "client-cert", "ja4", NULL };

const struct proxy_tlv_row *
proxy_tlv_row(uint8_t type)
{
	const struct proxy_tlv_row *row;

	for (row = proxy_tlv_rows; row->name != NULL; row++)
		if (row->type == type)
			return row;
	return NULL;
}

const char *
proxy_tlv_name(uint8_t type)
{
	const struct proxy_tlv_row *row = proxy_tlv_row(type);

	return row == NULL ? NULL : row->name;
}

uint8_t
proxy_tlv_type(const char *name)
{
	const struct proxy_tlv_row *row;

	for (row = proxy_tlv_rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0 &&
		    row->type != PROXY_NOOP && row->type != PROXY_SSL)
			return row->type;
	return 0;
}

bool
proxy_tlv_in_ssl(uint8_t type)
{
	return type > PROXY_SSL && type < PROXY_NETNS;
}

size_t
proxy_block_size(uint8_t family)
{
	switch (family >> 4) {
	case 1:	return 4 + 4 + 2 + 2;
	case 2:	return 16 + 16 + 2 + 2;
	case 3:	return 108 + 108;
	}
	return 0;
}

/* Half a byte at a time: a small table, and headers have about 200 bytes. */
uint32_t
proxy_crc32c(uint32_t crc, const void *bytes, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75
	};
	const uint8_t *b = bytes;

	while (len-- > 0) {
		crc ^= *b++;
		crc = table[crc & 15] ^ crc >> 4;
		crc = table[crc & 15] ^ crc >> 4;
	}
	return crc;
}

/* ------------------------------------------------- both ends ------------- */

static struct in6_addr
mapped(const void *inet)
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(a.s6_addr + 12, inet, 4);
	return a;
}

/* False: the address is of no family that a header can hold. */
static bool
end_of(const union addr *from, struct in6_addr *a, in_port_t *port)
{
	switch (from->family) {
	case AF_INET:
		*a = mapped(&from->in.sin_addr);
		*port = from->in.sin_port;
		return true;
	case AF_INET6:
		*a = from->in6.sin6_addr;
		*port = from->in6.sin6_port;
		return true;
	}
	return false;
}

/* IPv4 if both are, mapped or not; an unknown local end is zeros. */
static struct proxy_ends
ends_of(const struct proxy_facts *f)
{
	struct proxy_ends e = { .family = AF_UNSPEC };

	if (!end_of(&f->client, &e.client, &e.client_port))
		return e;
	if (!end_of(&f->local, &e.local, &e.local_port) &&
	    IN6_IS_ADDR_V4MAPPED(&e.client))
		e.local = mapped((uint8_t[4]){ 0 });
	e.family = IN6_IS_ADDR_V4MAPPED(&e.client) &&
	    IN6_IS_ADDR_V4MAPPED(&e.local) ? AF_INET : AF_INET6;
	return e;
}

/* ------------------------------------------------- version 2 ------------- */

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
put_tlv(struct bytes_out *w, uint8_t type, struct proxy_value v)
{
	bytes_put_number(w, type, 1);
	bytes_put_number(w, v.len, 2);
	bytes_put(w, v.bytes, v.len);
}

/*
 * LOCAL: the sender connects for itself. It is what every receiver
 * takes when there is no address; many refuse PROXY with an unknown family.
 * TLVs follow it as usual: HAProxy sends them too, most receivers skip them by
 * the length, and Dovecot offers no login to a client without an SSL TLV.
 */
static void
put_command(struct bytes_out *w, const struct proxy_ends *e)
{
	bytes_put_number(w, e->family == AF_UNSPEC ? CMD_LOCAL : CMD_PROXY, 1);
	bytes_put_number(w, e->family == AF_INET ? PROXY_INET :
	    e->family == AF_INET6 ? PROXY_INET6 : 0, 1);
}

static void
put_ends(struct bytes_out *w, const struct proxy_ends *e)
{
	size_t skip = e->family == AF_INET ? 12 : 0;

	if (e->family == AF_UNSPEC)
		return;
	bytes_put(w, e->client.s6_addr + skip, 16 - skip);
	bytes_put(w, e->local.s6_addr + skip, 16 - skip);
	bytes_put(w, &e->client_port, 2);
	bytes_put(w, &e->local_port, 2);
}

/* Receivers that ignore verify take a CN for a login: it must be earned. */
static bool
is_verified(const struct proxy_facts *f)
{
	return f->tls && f->verify == 0 && (f->client_flags & CERT_FLAGS) != 0;
}

/* What a TLV would hold; bytes NULL: it is left out. */
static struct proxy_value
value_of(const struct proxy_facts *f, const struct proxy_tlv_row *row)
{
	static const uint8_t no_sum[4];
	static const struct proxy_value none;

	if (row->type == PROXY_CRC32C)
		return (struct proxy_value){ no_sum, sizeof no_sum };
	if (row->field == 0 || (proxy_tlv_in_ssl(row->type) && !f->tls))
		return none;
	if ((row->type == PROXY_SSL_CN || row->type == PROXY_SSL_CLIENT_CERT) &&
	    !is_verified(f))
		return none;
	return *(const struct proxy_value *)((const char *)f + row->field);
}

static size_t
length_without_tlvs(const struct proxy_facts *f, const struct proxy_ends *e)
{
	size_t n = PROXY_V2_HEAD;

	if (e->family != AF_UNSPEC)
		n += proxy_block_size(e->family == AF_INET ? PROXY_INET :
		    PROXY_INET6);
	if (f->tls)
		n += TLV_HEAD + PROXY_SSL_HEAD;
	if (is_verified(f) && f->cn.bytes != NULL)
		n += TLV_HEAD + f->cn.len;
	return n;
}

static bool
tlv_fits(const struct proxy_tlv_row *row, size_t len, size_t left)
{
	if (row->type == PROXY_UNIQUE_ID && len > PROXY_UNIQUE_ID_MAX)
		return false;
	return left >= TLV_HEAD && len <= left - TLV_HEAD;
}

static unsigned
bit_of(const struct proxy_tlv_row *row)
{
	return 1u << (row - proxy_tlv_rows);
}

/*
 * Takes each wanted TLV that still has room, the most wanted first. So a long
 * server name may cost the header that name, but nothing else.
 * Returns bits of rows.
 */
static unsigned
choose_tlvs(const struct proxy_facts *f, const struct proxy_form *form,
    size_t left, unsigned *left_out)
{
	const struct proxy_tlv_row *row = proxy_tlv_row(PROXY_SSL_CN);
	struct proxy_value v = value_of(f, row);
	unsigned chosen = v.bytes != NULL ? bit_of(row) : 0;

	*left_out = 0;
	for (size_t i = 0; i < sizeof form->want && form->want[i] != 0; i++) {
		if ((row = proxy_tlv_row(form->want[i])) == NULL)
			continue;
		v = value_of(f, row);
		if (v.bytes == NULL || (chosen & bit_of(row)) != 0)
			continue;
		if (!tlv_fits(row, v.len, left)) {
			*left_out |= 1u << i;
			continue;
		}
		left -= TLV_HEAD + v.len;
		chosen |= bit_of(row);
	}
	return chosen;
}

static void
put_ssl(struct bytes_out *w, const struct proxy_facts *f, unsigned chosen)
{
	const struct proxy_tlv_row *row;
	size_t start;

	bytes_put_number(w, PROXY_SSL, 1);
	start = bytes_begin_block(w, 2);
	bytes_put_number(w, PROXY_CLIENT_SSL |
	    (is_verified(f) ? f->client_flags & CERT_FLAGS : 0u), 1);
	/* 0 means that there is a certificate, and that it is good. */
	bytes_put_number(w,
	    is_verified(f) || f->verify != 0 ? f->verify : 1, 4);
	for (row = proxy_tlv_rows; row->name != NULL; row++, chosen >>= 1)
		if (proxy_tlv_in_ssl(row->type) && (chosen & 1) != 0)
			put_tlv(w, row->type, value_of(f, row));
	bytes_end_block(w, start, 2);
}

/* Returns where the checksum belongs; 0: nowhere. */
static size_t
put_tlvs(struct bytes_out *w, const struct proxy_facts *f, unsigned chosen)
{
	const struct proxy_tlv_row *row;
	unsigned left = chosen;
	size_t crc_at = 0;

	for (row = proxy_tlv_rows; row->name != NULL; row++, left >>= 1) {
		if (row->type == PROXY_SSL && f->tls)
			put_ssl(w, f, chosen);
		if (proxy_tlv_in_ssl(row->type) || (left & 1) == 0)
			continue;
		if (row->type == PROXY_CRC32C)
			crc_at = w->len + TLV_HEAD;
		put_tlv(w, row->type, value_of(f, row));
	}
	return crc_at;
}

/* Network order, as everything else in the header. */
static void
put_crc(struct bytes_out *w, size_t at)
{
	struct bytes_out sum = { .at = w->at + at, .size = 4 };

	if (at > 0 && !w->full)
		bytes_put_number(&sum, ~proxy_crc32c(PROXY_CRC_BEGIN, w->at,
		    w->len), 4);
}

size_t
proxy_header_v2(const struct proxy_facts *f, const struct proxy_form *form,
    uint8_t *buf, size_t size, unsigned *left_out)
{
	struct proxy_ends e = ends_of(f);
	size_t limit = smaller(form->limit, smaller(size, PROXY_HEADER_MAX));
	size_t fixed = length_without_tlvs(f, &e), start, crc_at;
	struct bytes_out w = { .at = buf, .size = limit };
	unsigned out, chosen;

	chosen = choose_tlvs(f, form, limit > fixed ? limit - fixed : 0, &out);
	if (left_out != NULL)
		*left_out = out;
	bytes_put(&w, proxy_signature, sizeof proxy_signature);
	put_command(&w, &e);
	start = bytes_begin_block(&w, 2);
	put_ends(&w, &e);
	crc_at = put_tlvs(&w, f, chosen);
	bytes_end_block(&w, start, 2);
	put_crc(&w, crc_at);
	return w.full ? 0 : w.len;
}

/* ------------------------------------------------- version 1 ------------- */

/*
 * The spec wants groups of hexadecimal digits; inet_ntop() writes the last two
 * of ::ffff:c000:201 as an IPv4 address.
 */
static const char *
text6(const struct in6_addr *a, char *out, size_t size)
{
	const uint8_t *b = a->s6_addr;

	inet_ntop(AF_INET6, a, out, (socklen_t)size);
	if (strchr(out, '.') != NULL)
		snprintf(out, size, "::%x:%x:%x", b[10] << 8 | b[11],
		    b[12] << 8 | b[13], b[14] << 8 | b[15]);
	return out;
}

static int
v1_line(const struct proxy_ends *e, char *line, size_t size)
{
	char client[INET6_ADDRSTRLEN], local[INET6_ADDRSTRLEN];
	unsigned from = ntohs(e->client_port), to = ntohs(e->local_port);

	if (e->family == AF_UNSPEC)
		return snprintf(line, size, "PROXY UNKNOWN\r\n");
	if (e->family == AF_INET6)
		return snprintf(line, size, "PROXY TCP6 %s %s %u %u\r\n",
		    text6(&e->client, client, sizeof client),
		    text6(&e->local, local, sizeof local), from, to);
	return snprintf(line, size, "PROXY TCP4 %s %s %u %u\r\n",
	    inet_ntop(AF_INET, e->client.s6_addr + 12, client, sizeof client),
	    inet_ntop(AF_INET, e->local.s6_addr + 12, local, sizeof local),
	    from, to);
}

size_t
proxy_header_v1(const struct proxy_facts *f, char *buf, size_t size)
{
	struct proxy_ends e = ends_of(f);
	char line[PROXY_V1_MAX + 1];
	int n = v1_line(&e, line, sizeof line);

	if (n < 0 || (size_t)n > size || (size_t)n >= sizeof line)
		return 0;
	memcpy(buf, line, (size_t)n);
	return (size_t)n;
}
