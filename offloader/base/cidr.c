/*
 * cidr.c - ranges of addresses: "192.0.2.0/24", "2001:db8::/32".
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"

#define MAPPED	96		/* bits before an IPv4 address in IPv6 */

/* The bytes of an address in network order; NULL: not an IP address. */
static const uint8_t *
bytes_of(const union addr *a, unsigned *bits)
{
	switch (a->family) {
	case AF_INET:
		*bits = 32;
		return (const uint8_t *)&a->in.sin_addr;
	case AF_INET6:
		*bits = 128;
		return a->in6.sin6_addr.s6_addr;
	}
	return NULL;
}

static union addr
unmap(const union addr *a)
{
	union addr four = { .in = { .sin_family = AF_INET } };

	if (a->family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return *a;
	memcpy(&four.in.sin_addr, a->in6.sin6_addr.s6_addr + 12, 4);
	return four;
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, mask = 0xff00u >> bits % 8 & 0xff;

	return memcmp(a, b, whole) == 0 &&
	    (mask == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* A number up to max, without sign, blanks or leading zeros. */
static bool
read_bits(const char *text, unsigned max, unsigned *bits)
{
	size_t len = strlen(text);

	if (len < 1 || len > 3 || strspn(text, "0123456789") != len ||
	    (text[0] == '0' && len > 1))
		return false;
	*bits = (unsigned)strtoul(text, NULL, 10);
	return *bits <= max;
}

static bool
read_address(union addr *a, const char *text, size_t len)
{
	char copy[INET6_ADDRSTRLEN];

	*a = (union addr){ .family = AF_UNSPEC };
	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &a->in.sin_addr) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, copy, &a->in6.sin6_addr) == 1)
		a->family = AF_INET6;
	return a->family != AF_UNSPEC;
}

/* 10.1.2.3/8 is a mistake: another range, or a single address, was meant. */
static int
refuse_host_bits(const struct cidr *c, const char *text, struct err *e)
{
	char net[INET6_ADDRSTRLEN];
	uint8_t b[16] = { 0 };
	unsigned all = 0;
	const uint8_t *from = bytes_of(&c->net, &all);

	for (unsigned i = 0; i < c->bits; i++)
		b[i / 8] |= (uint8_t)(from[i / 8] & 0x80u >> i % 8);
	return err_set(e, "\"%s\" has bits set after its first %u: write "
	    "%s/%u, or the address alone", text, c->bits,
	    inet_ntop(c->net.family, b, net, sizeof net), c->bits);
}

static bool
has_host_bits(const struct cidr *c)
{
	unsigned all = 0;
	const uint8_t *b = bytes_of(&c->net, &all);

	for (unsigned i = c->bits; i < all; i++)
		if ((b[i / 8] & 0x80u >> i % 8) != 0)
			return true;
	return false;
}

int
cidr_read(struct cidr *c, const char *text, struct err *e)
{
	size_t len = strcspn(text, "/");
	unsigned all = 0;

	if (!read_address(&c->net, text, len))
		return err_set(e, "\"%.100s\" is not an address or range, such "
		    "as 192.0.2.1 or 2001:db8::/32", text);
	bytes_of(&c->net, &all);
	c->bits = all;
	if (text[len] == '/' && !read_bits(text + len + 1, all, &c->bits))
		return err_set(e, "\"%.100s\": the prefix length is not a "
		    "number from 0 to %u", text, all);
	if (has_host_bits(c))
		return refuse_host_bits(c, text, e);
	if (c->bits >= MAPPED && c->net.family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&c->net.in6.sin6_addr)) {
		c->net = unmap(&c->net);
		c->bits -= MAPPED;
	}
	return 0;
}

int
cidrs_read(struct cidrs *all, char *const *text, size_t n, struct err *e)
{
	*all = (struct cidrs){ .at = calloc(n + 1, sizeof *all->at) };
	if (all->at == NULL)
		return err_memory(e, NULL);
	for (; all->n < n; all->n++)
		if (cidr_read(&all->at[all->n], text[all->n], e) != 0) {
			cidrs_free(all);
			return -1;
		}
	return 0;
}

void
cidrs_free(struct cidrs *all)
{
	free(all->at);
	*all = (struct cidrs){ 0 };
}

bool
cidrs_have(const struct cidrs *all, const union addr *who)
{
	const union addr a = unmap(who);
	unsigned bits = 0;
	const uint8_t *b = bytes_of(&a, &bits);

	for (size_t i = 0; b != NULL && i < all->n; i++) {
		const struct cidr *c = &all->at[i];

		if (c->net.family == a.family &&
		    same_bits(bytes_of(&c->net, &bits), b, c->bits))
			return true;
	}
	return false;
}
