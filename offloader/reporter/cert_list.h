/*
 * cert_list.h - certificates by expiry, a page at a time.
 */
#ifndef OFFLOADER_CERT_LIST_H
#define OFFLOADER_CERT_LIST_H

#include <time.h>

#include "cert/cert_store.h"
#include "log/json.h"

struct cert_list {
	const struct cert **cert;	/* borrowed; the next to expire first */
	size_t n;
};

/* All that a load was given. -1: out of memory. */
int cert_list_make(struct cert_list *, const struct cert_load *);
void cert_list_free(struct cert_list *);

/* How many of them expire before that time. */
size_t cert_list_until(const struct cert_list *, time_t);

/*
 * One page of them, as an object of this name: those whose file or one of
 * their names has this text in it ("": all); count of them, from the from-th.
 */
void cert_list_json(struct json *, const char *name, const struct cert_list *,
    const char *text, size_t from, size_t count);

#endif
