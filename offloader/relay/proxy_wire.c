/*
 * proxy_wire.c - the TLVs there are, both ends of a connection, the checksum.
 */
#include <string.h>

#include "relay/proxy_wire.h"

#define FIELD(name)	offsetof(struct proxy_facts, name)

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

struct proxy_ends
proxy_ends(const struct proxy_facts *f)
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
