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

/* Owns its array. An empty list matches nothing. */
struct cidrs {
	struct cidr *at;
	size_t n;
};

/*
 * Reads one range; an address alone is a range of one address. An IPv4 range in
 * IPv6 form (::ffff:0:0/96) becomes an IPv4 range. -1: an error message.
 */
int cidr_read(struct cidr *, const char *text, struct err *);

/* The same for a list. The caller calls cidrs_free(). */
int cidrs_read(struct cidrs *, char *const *text, size_t n, struct err *);
void cidrs_free(struct cidrs *);

/* True if a range contains it. IPv4 in IPv6 form is compared as IPv4. */
bool cidrs_have(const struct cidrs *, const union addr *);

#endif
