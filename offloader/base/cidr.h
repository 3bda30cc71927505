/*
 * cidr.h - ranges of addresses: "192.0.2.0/24", "2001:db8::/32".
 */
#ifndef OFFLOADER_CIDR_H
#define OFFLOADER_CIDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct cidr {
	union addr net;
	unsigned bits;		/* of it that count */
};

/* A list that owns its array; none at all has nobody in it. */
struct cidrs {
	struct cidr *at;
	size_t n;
};

/*
 * Reads one range; an address alone is a range of one. An IPv4 range that was
 * written as IPv6 (::ffff:0:0/96) is one of IPv4. -1: a sentence.
 */
int cidr_read(struct cidr *, const char *text, struct err *);

/* The same for a list. The caller calls cidrs_free(). */
int cidrs_read(struct cidrs *, char *const *text, size_t n, struct err *);
void cidrs_free(struct cidrs *);

/* An IPv4 address in IPv6 is looked for as the IPv4 address that it is. */
bool cidrs_have(const struct cidrs *, const union addr *);

#endif
