/*
 * proxy_header.h - the PROXY header, which describes the client to the backend.
 *
 * Pure: facts to bytes, bytes to facts. Where the facts came from is not our
 * business. The format is proxy-protocol.txt (2026/04): v1 in section 2.1, v2
 * in 2.2.
 */
#ifndef OFFLOADER_PROXY_HEADER_H
#define OFFLOADER_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* The longest header that can be sent or received: 16 + 65535. */
#define PROXY_HEADER_MAX	(16 + UINT16_MAX)

/* The TLVs of v2; sub-TLVs of SSL included. The value is the wire's type. */
enum proxy_tlv {
	PROXY_ALPN = 0x01,
	PROXY_AUTHORITY = 0x02,
	PROXY_CRC32C = 0x03,
	PROXY_NOOP = 0x04,
	PROXY_UNIQUE_ID = 0x05,
	PROXY_SSL = 0x20,
	PROXY_SSL_VERSION = 0x21,
	PROXY_SSL_CN = 0x22,
	PROXY_SSL_CIPHER = 0x23,
	PROXY_SSL_SIG_ALG = 0x24,
	PROXY_SSL_KEY_ALG = 0x25,
	PROXY_SSL_GROUP = 0x26,
	PROXY_SSL_SIG_SCHEME = 0x27,
	PROXY_SSL_CLIENT_CERT = 0x28,
	PROXY_NETNS = 0x30,
	PROXY_JA4 = 0xe1		/* of the private ones; our own */
};

#define PROXY_SSL_HEAD		5	/* client and verify, before sub-TLVs */
#define PROXY_UNIQUE_ID_MAX	128	/* bytes */
#define PROXY_V1_MAX		107	/* a v1 header, CRLF included */

/* client field of PROXY_SSL */
#define PROXY_CLIENT_SSL	0x01	/* the client came by TLS */
#define PROXY_CLIENT_CERT_CONN	0x02	/* certificate on this connection */
#define PROXY_CLIENT_CERT_SESS	0x04	/* ... or on its session's first */

/* A value of bytes that live elsewhere. bytes NULL: not there. */
struct proxy_value {
	const void *bytes;
	size_t len;
};

struct proxy_facts {
	union addr client, local;	/* AF_UNSPEC client: LOCAL */
	struct proxy_value alpn, authority, unique_id, netns, ja4;
	bool tls;			/* the rest is meaningful */
	uint8_t client_flags;		/* PROXY_CLIENT_* */
	uint32_t verify;		/* 0: verified; X509_V_* or 1 else */
	struct proxy_value version, cn, cipher, sig_alg, key_alg, group,
	    sig_scheme, client_cert;
};

/* What of the facts goes into a header. */
struct proxy_form {
	uint8_t want[16];	/* TLV types, most wanted first; 0 ends */
	size_t limit;		/* bytes of a whole header */
};

/* A TLV's type by the name it has in configuration ("cipher"); 0: none. */
uint8_t proxy_tlv_type(const char *name);
const char *proxy_tlv_name(uint8_t type);	/* NULL: none we know */

/* All that can be wanted, NULL-ended: "alpn", "authority", "unique-id" ... */
extern const char *const proxy_tlv_names[];

/*
 * Writes a v2 header (section 2.2) of at most form->limit and size bytes.
 * Addresses, flags, verify and CN are always in; TLVs that pass the limit are
 * left out, the least wanted first: one is left out only if it has no room
 * beside the more wanted ones. Bits of what was left out, by place in want,
 * are stored in left_out if it is not NULL. Returns the length; 0: not even
 * what must be in has room.
 *
 * CN, certificate and its flags are written only for a verified certificate,
 * whatever the facts say, and verify is never 0 without one. An unknown local
 * address is written as zeros.
 */
size_t proxy_header_v2(const struct proxy_facts *, const struct proxy_form *,
    uint8_t *buf, size_t size, unsigned *left_out);

/* Writes a v1 header (section 2.1), 107 bytes at most. 0: no room. */
size_t proxy_header_v1(const struct proxy_facts *, char *buf, size_t size);

enum proxy_parse {
	PROXY_PARSE_OK,
	PROXY_PARSE_MORE,	/* good so far; *used says how many bytes are
				   needed at least */
	PROXY_PARSE_NONE,	/* no PROXY header stands here */
	PROXY_PARSE_BAD		/* one does, but it is malformed */
};

/* What a header contains; values point into the bytes that were parsed. */
struct proxy_parsed {
	int version;		/* 1 or 2 */
	bool local;		/* LOCAL or UNKNOWN: no addresses */
	struct proxy_facts facts;	/* a TLV that comes twice: the first */
	bool has_crc, crc_good;	/* not good: the caller must not trust it */
	struct proxy_value tlvs;	/* all of them, for proxy_tlv_next() */
	const char *fault;	/* PROXY_PARSE_BAD: a sentence */
};

/*
 * Reads a header of either version from the first len bytes. Headers longer
 * than max are PROXY_PARSE_BAD. On PROXY_PARSE_OK *used is the header's length.
 */
enum proxy_parse proxy_header_parse(const uint8_t *bytes, size_t len,
    size_t max, struct proxy_parsed *, size_t *used);

/*
 * Goes over the TLVs of a parsed v2 header: call until it returns false. *at
 * begins at 0; given a PROXY_SSL value, at PROXY_SSL_HEAD for its sub-TLVs.
 */
bool proxy_tlv_next(const struct proxy_value *tlvs, size_t *at,
    uint8_t *type, struct proxy_value *value);

/* What writing and parsing have in common. For proxy_*.c only. */

#define PROXY_V2_HEAD		16	/* signature, command, family, length */
#define PROXY_INET		0x11	/* a stream over IPv4 */
#define PROXY_INET6		0x21	/* a stream over IPv6 */
#define PROXY_CRC_BEGIN		UINT32_MAX

/* One kind of TLV. The rows stand in the order of the wire. */
struct proxy_tlv_row {
	uint8_t type;
	const char *name;
	size_t field;		/* its value in struct proxy_facts; 0: none */
};

/* Ended by a row without a name. Fewer than an unsigned has bits. */
extern const struct proxy_tlv_row proxy_tlv_rows[];

extern const uint8_t proxy_signature[12];

/* NULL: a type we do not know. */
const struct proxy_tlv_row *proxy_tlv_row(uint8_t type);

/* Whether the type stands inside of PROXY_SSL. */
bool proxy_tlv_in_ssl(uint8_t type);

/* How many bytes of addresses follow the head of a header of this family. */
size_t proxy_block_size(uint8_t family);

/* Goes on with a CRC32C: from PROXY_CRC_BEGIN; the sum is its complement. */
uint32_t proxy_crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
