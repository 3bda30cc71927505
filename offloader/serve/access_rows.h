/*
 * access_rows.h - the fields of the access log, one row each.
 */
#ifndef OFFLOADER_ACCESS_ROWS_H
#define OFFLOADER_ACCESS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/proxy_header.h"

#define ACCESS_LINE	3900	/* bytes; a pipe takes it and a head at once */
#define ACCESS_ABSENT	(-1)	/* for numbers and truths */

#define ACCESS_TIMES	12	/* most names of times */

enum access_kind { ACCESS_TEXT, ACCESS_NUMBER, ACCESS_TRUTH };

/* A text is absent with bytes NULL. */
struct access_facts {
	struct proxy_value time, client, balancer, frontend, sni, version,
	    cipher, group, alpn, cn, ja4, id, backend, end, why;
	long long client_port, balancer_port, verify, up, down;
	int established, resumed;
	struct access_time {
		const char *name;	/* the field's */
		long long ms;
	} times[ACCESS_TIMES];	/* after all others */
	size_t n_times;
};

struct access_row {
	const char *name;
	enum access_kind kind;
	size_t offset;		/* in struct access_facts */
};

/* In the order of a line; ended by one without a name. */
extern const struct access_row access_rows[];

/* Everything absent. */
void access_facts_init(struct access_facts *);

/*
 * One line of what is there, as JSON or logfmt, without an end and a NUL. It
 * always fits. Returns its length.
 */
size_t access_line(const struct access_facts *, bool json,
    char out[ACCESS_LINE]);

#endif
