/*
 * names.h - which certificate for this name.
 *
 * Names are compared as the DNS does: without case and without a dot at the
 * end. A wildcard stands for exactly one leftmost label (RFC 6125 6.4.3).
 */
#ifndef OFFLOADER_NAMES_H
#define OFFLOADER_NAMES_H

#include <stddef.h>

#define NAMES_MAX	255	/* longest name, RFC 1035 2.3.4 */

struct cert;
struct names;

enum names_added {
	NAMES_NEW,
	NAMES_AGAIN,		/* another certificate had it: *before */
	NAMES_UNUSABLE,		/* no name a client can ask for */
	NAMES_NO_MEMORY
};

struct names *names_new(void);		/* NULL: out of memory */
void names_free(struct names *);

/*
 * Adds "www.example.com" or "*.example.com". The certificate is borrowed. A
 * name that is there already goes to the newcomer.
 */
enum names_added names_add(struct names *, const char *name, size_t len,
    const struct cert *, const struct cert **before);

/* The exact name first, then its wildcard. NULL: none. Any bytes will do. */
const struct cert *names_find(const struct names *, const char *name,
    size_t len);

#endif
