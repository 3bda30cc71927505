/*
 * proxy_wire.h - what writing and parsing a PROXY header have in common.
 *
 * For proxy_header.c, proxy_parse.c and proxy_v1.c only.
 */
#ifndef OFFLOADER_PROXY_WIRE_H
#define OFFLOADER_PROXY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/proxy_header.h"

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

/* Both ends in one family, for that is all a header can say. */
struct proxy_ends {
	sa_family_t family;	/* AF_INET, AF_INET6; AF_UNSPEC: unknown */
	struct in6_addr client, local;	/* IPv4 is mapped */
	in_port_t client_port, local_port;	/* as on the wire */
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

/* IPv4 if both are, mapped or not; an unknown local end is zeros. */
struct proxy_ends proxy_ends(const struct proxy_facts *);

/* proxy_header_parse() for bytes that begin as version 1 does. */
enum proxy_parse proxy_v1_parse(const uint8_t *bytes, size_t len, size_t max,
    struct proxy_parsed *, size_t *used);

/* Goes on with a CRC32C: from PROXY_CRC_BEGIN; the sum is its complement. */
uint32_t proxy_crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
