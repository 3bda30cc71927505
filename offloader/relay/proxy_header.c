/*
 * proxy_header.c - facts to bytes: the header that the backend gets.
 *
 * One send() carries it, and most receivers have room for little more than
 * 200 bytes: so the length is known before the first byte is written, and what
 * does not fit is left out whole.
 */
#include <string.h>

#include "base/bytes.h"
#include "relay/proxy_wire.h"
#include "relay/proxy_header.h"

#define CMD_LOCAL	0x20
#define CMD_PROXY	0x21
#define TLV_HEAD	3
#define CERT_FLAGS	(PROXY_CLIENT_CERT_CONN | PROXY_CLIENT_CERT_SESS)

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
 * LOCAL says that the sender speaks for itself. It is what every receiver
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

/* What a TLV would hold; bytes NULL: there is nothing to say. */
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
length_without_wishes(const struct proxy_facts *f, const struct proxy_ends *e)
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
has_room(const struct proxy_tlv_row *row, size_t len, size_t left)
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
 * Takes each wish, the most wanted first, that still has room. So a long name
 * which a client asked for may cost the header that name, but nothing else.
 * Returns bits of rows.
 */
static unsigned
choose(const struct proxy_facts *f, const struct proxy_form *form, size_t left,
    unsigned *left_out)
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
		if (!has_room(row, v.len, left)) {
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
	/* 0 says that there is a certificate, and that it is good. */
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
	struct proxy_ends e = proxy_ends(f);
	size_t limit = smaller(form->limit, smaller(size, PROXY_HEADER_MAX));
	size_t fixed = length_without_wishes(f, &e), start, crc_at;
	struct bytes_out w = { .at = buf, .size = limit };
	unsigned out, chosen;

	chosen = choose(f, form, limit > fixed ? limit - fixed : 0, &out);
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
