/*
 * names.h - which certificates for this name.
 *
 * Names are compared as the DNS does: without case and without a dot at the
 * end. A wildcard stands for exactly one leftmost label (RFC 6125 6.4.3).
 */
#ifndef OFFLOADER_NAMES_H
#define OFFLOADER_NAMES_H

#include <stddef.h>

#include "cert/cert.h"

#define NAMES_MAX	255	/* longest name, RFC 1035 2.3.4 */

struct names;

/* The certificates of one name, one of each kind, most wanted first. */
struct name_entry {
	const struct cert *cert;	/* borrowed */
	struct name_entry *next;		/* NULL: the last */
};

enum names_added {
	NAMES_NEW,
	NAMES_BESIDE,		/* *other of another kind has it as well */
	NAMES_AGAIN,		/* *other of the same kind had it */
	NAMES_UNUSABLE,		/* no name a client can ask for */
	NAMES_NO_MEMORY
};

struct names *names_new(void);		/* NULL: out of memory */
void names_free(struct names *);

/*
 * Adds "www.example.com" or "*.example.com". A name that a certificate of the
 * same kind has already goes to the newcomer.
 */
enum names_added names_add(struct names *, const char *name, size_t len,
    const struct cert *, const struct cert **other);

/*
 * The entry of the name that a client asks for, exactly or by a wildcard.
 * NULL: none. The name may be any bytes.
 */
const struct name_entry *names_exact(const struct names *, const char *name,
    size_t len);
const struct name_entry *names_wild(const struct names *, const char *name,
    size_t len);

/* The entry of what was added as this name, such as "*.example.com". */
const struct name_entry *names_added_as(const struct names *, const char *name,
    size_t len);

#endif
