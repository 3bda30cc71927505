/*
 * proxy_parse.c - parses the PROXY header that a load balancer sends before a
 * connection.
 *
 * The facts in it are trusted, the lengths are not: nothing is used before the
 * header is complete and all of its lengths add up.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "relay/proxy_header.h"

#define CMD_LOCAL	0

/* ------------------------------------------------- version 2 ------------- */

bool
proxy_tlv_next(const struct proxy_value *tlvs, size_t *at, uint8_t *type,
    struct proxy_value *value)
{
	struct bytes_in r;

	assert(*at <= tlvs->len);
	if (*at == tlvs->len)
		return false;
	r = (struct bytes_in){ .at = (const uint8_t *)tlvs->bytes + *at,
	    .left = tlvs->len - *at };
	*type = (uint8_t)bytes_number(&r, 1);
	value->len = bytes_number(&r, 2);
	value->bytes = bytes_take(&r, value->len);
	if (r.bad)
		return false;
	*at = tlvs->len - r.left;
	return true;
}

/* The first of two wins: what came later may have been passed on blindly. */
static void
keep_value(struct proxy_facts *f, uint8_t type, const struct proxy_value *v)
{
	const struct proxy_tlv_row *row = proxy_tlv_row(type);
	struct proxy_value *field;

	if (row == NULL || row->field == 0)
		return;
	field = (struct proxy_value *)((char *)f + row->field);
	if (field->bytes == NULL)
		*field = *v;
}

static const char *
read_ssl(struct proxy_facts *f, const struct proxy_value *ssl)
{
	struct bytes_in r = { .at = ssl->bytes, .left = ssl->len };
	struct proxy_value v;
	size_t at = PROXY_SSL_HEAD;
	uint8_t type;

	f->client_flags = (uint8_t)bytes_number(&r, 1);
	f->verify = (uint32_t)bytes_number(&r, 4);
	if (r.bad)
		return "the SSL TLV is shorter than its flags";
	f->tls = (f->client_flags & PROXY_CLIENT_SSL) != 0;
	while (proxy_tlv_next(ssl, &at, &type, &v))
		if (proxy_tlv_in_ssl(type))
			keep_value(f, type, &v);
	return at == ssl->len ? NULL : "a TLV is longer than the SSL TLV";
}

static bool
crc_is_good(const uint8_t *header, size_t total, const uint8_t *field)
{
	static const uint8_t zeros[4];
	struct bytes_in r = { .at = field, .left = sizeof zeros };
	const uint8_t *after = field + sizeof zeros;
	uint32_t crc = PROXY_CRC_BEGIN;

	crc = proxy_crc32c(crc, header, (size_t)(field - header));
	crc = proxy_crc32c(crc, zeros, sizeof zeros);
	crc = proxy_crc32c(crc, after, (size_t)(header + total - after));
	return bytes_number(&r, sizeof zeros) == (uint32_t)~crc;
}

static const char *
read_crc(struct proxy_parsed *p, const uint8_t *header, size_t total,
    const struct proxy_value *v)
{
	if (v->len != 4)
		return "the checksum is not four bytes";
	if (!p->has_crc)
		p->crc_good = crc_is_good(header, total, v->bytes);
	p->has_crc = true;
	return NULL;
}

static const char *
read_tlvs(struct proxy_parsed *p, const uint8_t *header, size_t total)
{
	const char *fault = NULL;
	struct proxy_value v;
	bool ssl = false;
	size_t at = 0;
	uint8_t type;

	while (fault == NULL && proxy_tlv_next(&p->tlvs, &at, &type, &v)) {
		if (type == PROXY_CRC32C)
			fault = read_crc(p, header, total, &v);
		else if (type == PROXY_SSL && !ssl)
			fault = read_ssl(&p->facts, &v);
		else if (type == PROXY_UNIQUE_ID && v.len > PROXY_UNIQUE_ID_MAX)
			fault = "the unique ID is longer than 128 bytes";
		else if (!proxy_tlv_in_ssl(type))
			keep_value(&p->facts, type, &v);
		ssl = ssl || type == PROXY_SSL;
	}
	if (fault == NULL && at != p->tlvs.len)
		fault = "a TLV is longer than the header";
	return fault;
}

static void
read_inet(struct bytes_in *r, struct proxy_facts *f)
{
	f->client.family = f->local.family = AF_INET;
	bytes_copy(r, &f->client.in.sin_addr, 4);
	bytes_copy(r, &f->local.in.sin_addr, 4);
	bytes_copy(r, &f->client.in.sin_port, 2);
	bytes_copy(r, &f->local.in.sin_port, 2);
}

static void
read_inet6(struct bytes_in *r, struct proxy_facts *f)
{
	f->client.family = f->local.family = AF_INET6;
	bytes_copy(r, &f->client.in6.sin6_addr, 16);
	bytes_copy(r, &f->local.in6.sin6_addr, 16);
	bytes_copy(r, &f->client.in6.sin6_port, 2);
	bytes_copy(r, &f->local.in6.sin6_port, 2);
}

/* NULL: a family we take, with a length that has room for it. */
static const char *
judge_family(uint8_t family, size_t len)
{
	switch (family) {
	case 0x00:
	case PROXY_INET:
	case PROXY_INET6:
	case 0x31:		/* UNIX: taken, but its path is ignored */
		break;
	case 0x12:
	case 0x22:
	case 0x32:
		return "it speaks of datagrams";
	default:
		return "the address family or transport is unknown";
	}
	if (len < proxy_block_size(family))
		return "the header is shorter than its addresses";
	return NULL;
}

/* Checks the first 16 bytes. NULL: good. */
static const char *
judge_head(const uint8_t *head, size_t total, size_t max)
{
	if (head[12] >> 4 != 2)
		return "the version is not 2";
	if ((head[12] & 15) > 1)
		return "the command is neither LOCAL nor PROXY";
	if (total > max)
		return "the header is too long";
	if ((head[12] & 15) == CMD_LOCAL)
		return NULL;
	return judge_family(head[13], total - PROXY_V2_HEAD);
}

static const char *
read_proxy(struct proxy_parsed *p, const uint8_t *header, size_t total)
{
	struct bytes_in r = { .at = header + PROXY_V2_HEAD,
	    .left = total - PROXY_V2_HEAD };

	if (header[13] == PROXY_INET)
		read_inet(&r, &p->facts);
	else if (header[13] == PROXY_INET6)
		read_inet6(&r, &p->facts);
	else
		bytes_take(&r, proxy_block_size(header[13]));
	p->tlvs = (struct proxy_value){ r.at, r.left };
	return read_tlvs(p, header, total);
}

/*
 * A LOCAL header must be taken whatever its family and addresses are. Its TLVs
 * are read if they are well-formed.
 */
static void
read_local(struct proxy_parsed *p, const uint8_t *header, size_t total)
{
	struct bytes_in r = { .at = header + PROXY_V2_HEAD,
	    .left = total - PROXY_V2_HEAD };

	bytes_take(&r, proxy_block_size(header[13]));
	p->tlvs = (struct proxy_value){ r.at, r.left };
	if (r.bad || read_tlvs(p, header, total) != NULL)
		*p = (struct proxy_parsed){ .version = 2 };
	p->local = true;
}

static enum proxy_parse
parse_v2(const uint8_t *bytes, size_t len, size_t max, struct proxy_parsed *p,
    size_t *used)
{
	size_t total = PROXY_V2_HEAD;

	p->version = 2;
	if (len >= total) {
		total += (size_t)(bytes[14] << 8 | bytes[15]);
		p->fault = judge_head(bytes, total, max);
		if (p->fault != NULL)
			return PROXY_PARSE_BAD;
	}
	*used = total;
	if (len < total)
		return PROXY_PARSE_MORE;
	if ((bytes[12] & 15) == CMD_LOCAL)
		read_local(p, bytes, total);
	else
		p->fault = read_proxy(p, bytes, total);
	return p->fault == NULL ? PROXY_PARSE_OK : PROXY_PARSE_BAD;
}

/* ------------------------------------------------- version 1 ------------- */

/* Cuts the next word off; exactly one space stands between two. */
static struct proxy_value
next_word(struct proxy_value *rest)
{
	const char *text = rest->bytes;
	struct proxy_value word = { NULL, 0 };
	size_t n = 0;

	if (text == NULL)
		return word;
	while (n < rest->len && text[n] != ' ')
		n++;
	word = (struct proxy_value){ text, n };
	rest->bytes = n < rest->len ? text + n + 1 : NULL;
	rest->len = n < rest->len ? rest->len - n - 1 : 0;
	return word;
}

static bool
is_word(struct proxy_value word, const char *text)
{
	return word.bytes != NULL && word.len == strlen(text) &&
	    memcmp(word.bytes, text, word.len) == 0;
}

/* A NUL would end the text for inet_pton(), but not for the sender. */
static bool
read_address(struct proxy_value word, int family, void *address)
{
	char text[INET6_ADDRSTRLEN];

	if (word.bytes == NULL || word.len >= sizeof text ||
	    memchr(word.bytes, '\0', word.len) != NULL)
		return false;
	memcpy(text, word.bytes, word.len);
	text[word.len] = '\0';
	return inet_pton(family, text, address) == 1;
}

/* Some read "010" as 8, so it is refused. */
static bool
read_port(struct proxy_value word, in_port_t *port)
{
	const char *text = word.bytes;
	unsigned n = 0;

	if (word.len < 1 || word.len > 5 || (text[0] == '0' && word.len > 1))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*port = htons((uint16_t)n);
	return n <= UINT16_MAX;
}

static const char *
read_ends(struct proxy_value rest, int family, struct proxy_facts *f)
{
	struct proxy_value client = next_word(&rest), local = next_word(&rest);
	struct proxy_value from = next_word(&rest), to = next_word(&rest);
	bool four = family == AF_INET;

	f->client.family = f->local.family = (sa_family_t)family;
	if (!read_address(client, family, four ? (void *)&f->client.in.sin_addr
	    : &f->client.in6.sin6_addr))
		return "the client's address is malformed";
	if (!read_address(local, family, four ? (void *)&f->local.in.sin_addr
	    : &f->local.in6.sin6_addr))
		return "the local address is malformed";
	if (!read_port(from, four ? &f->client.in.sin_port :
	    &f->client.in6.sin6_port))
		return "the client's port is malformed";
	if (!read_port(to, four ? &f->local.in.sin_port :
	    &f->local.in6.sin6_port))
		return "the local port is malformed";
	return rest.bytes == NULL ? NULL : "something follows the ports";
}

/* The line without "PROXY " and CRLF. NULL: good. */
static const char *
read_v1_line(struct proxy_value line, struct proxy_parsed *p)
{
	struct proxy_value protocol = next_word(&line);

	if (is_word(protocol, "TCP4"))
		return read_ends(line, AF_INET, &p->facts);
	if (is_word(protocol, "TCP6"))
		return read_ends(line, AF_INET6, &p->facts);
	if (!is_word(protocol, "UNKNOWN"))
		return "the protocol is not TCP4, TCP6 or UNKNOWN";
	p->local = true;
	return NULL;
}

/* Finds the CRLF. *end: where it begins. NULL: it is there, or may come. */
static const char *
find_end(const uint8_t *bytes, size_t len, size_t max, size_t *end)
{
	size_t i = 0, most = max < PROXY_V1_MAX ? max : PROXY_V1_MAX;

	while (i < len && i < most && bytes[i] != '\r' && bytes[i] != '\n')
		i++;
	*end = i;
	if (i + 2 > most)
		return "the line is too long";
	if ((i < len && bytes[i] != '\r') ||
	    (i + 1 < len && bytes[i + 1] != '\n'))
		return "the line does not end in CR and LF";
	return NULL;
}

static enum proxy_parse
parse_v1(const uint8_t *bytes, size_t len, size_t max,
    struct proxy_parsed *p, size_t *used)
{
	static const size_t begin = sizeof "PROXY " - 1;
	size_t end;

	p->version = 1;
	p->fault = find_end(bytes, len, max, &end);
	if (p->fault != NULL)
		return PROXY_PARSE_BAD;
	*used = end + 2;
	if (end + 2 > len)
		return PROXY_PARSE_MORE;
	p->fault = read_v1_line((struct proxy_value){ bytes + begin,
	    end - begin }, p);
	return p->fault == NULL ? PROXY_PARSE_OK : PROXY_PARSE_BAD;
}

/* ------------------------------------------------- both ------------------ */

/* Whether what is there already is, or might become, this. */
static bool
may_begin(const uint8_t *bytes, size_t len, const void *with, size_t n)
{
	return memcmp(bytes, with, len < n ? len : n) == 0;
}

enum proxy_parse
proxy_header_parse(const uint8_t *bytes, size_t len, size_t max,
    struct proxy_parsed *p, size_t *used)
{
	memset(p, 0, sizeof *p);
	*used = 1;
	if (len == 0)
		return PROXY_PARSE_MORE;
	if (may_begin(bytes, len, proxy_signature, sizeof proxy_signature))
		return parse_v2(bytes, len, max, p, used);
	if (may_begin(bytes, len, "PROXY ", 6))
		return parse_v1(bytes, len, max, p, used);
	return PROXY_PARSE_NONE;
}
