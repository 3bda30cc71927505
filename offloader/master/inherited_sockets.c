/*
 * inherited_sockets.c - which of the sockets that were handed to us belongs to
 * which listener.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"
#include "master/inherited_sockets.h"

struct foundling {
	int fd;
	struct endpoint at;
	char name[OS_HANDED_NAME];
};

static bool
has_name(const struct foundling *f, const struct frontend_conf *front)
{
	char name[OS_HANDED_NAME];

	return strcmp(os_handed_call(front->name, name), f->name) == 0;
}

/* The same but for the port, which the kernel has chosen. */
static bool
same_host(const struct endpoint *asked, const struct endpoint *at)
{
	struct endpoint any = *at;

	if (any.sa.sa_family == AF_INET)
		any.addr.in.sin_port = 0;
	else if (any.sa.sa_family == AF_INET6)
		any.addr.in6.sin6_port = 0;
	return endpoint_equal(asked, &any);
}

/* Three ways to be right, the strictest first. wanted->n: none is. */
static size_t
home_of(const struct foundling *f, const struct listeners *wanted,
    const struct conf *conf)
{
	const struct listener_row *row = wanted->row;

	for (size_t i = 0; i < wanted->n; i++)
		if (endpoint_equal(&row[i].asked, &f->at))
			return i;
	for (size_t i = 0; i < wanted->n; i++)
		if (same_host(&row[i].asked, &f->at) &&
		    has_name(f, &conf->fronts[row[i].front]))
			return i;
	for (size_t i = 0; i < wanted->n; i++)
		if (has_name(f, &conf->fronts[row[i].front]))
			return i;
	return wanted->n;
}

static int
add(struct listener_row *row, int fd)
{
	int *more = reallocarray(row->fd, row->n + 1, sizeof *more);

	if (more == NULL)
		return -1;
	row->fd = more;
	more[row->n++] = fd;
	return 0;
}

static void
adopt_one(struct listeners *s, struct generation *g, struct foundling *f)
{
	char where[ENDPOINT_TEXT], name[2 * OS_HANDED_NAME];
	size_t n = g->listeners.n, home = n;

	if (os_handed_use(f->fd, &f->at) == 0) {
		if (stats_listeners_adopt(&g->stats_listeners, f->fd, &f->at,
		    f->name))
			return;
		home = home_of(f, &g->listeners, g->conf);
	} else
		memset(&f->at, 0, sizeof f->at);
	if (home < n && add(&s->row[home], f->fd) == 0)
		return;
	log_warn("descriptor %d (%s, \"%s\") was handed to us, but is no "
	    "frontend's; it is closed", f->fd, f->at.len > 0 ?
	    endpoint_text(&f->at, where, sizeof where) : "no listening socket",
	    log_escape(name, sizeof name, f->name, strlen(f->name)));
	close(f->fd);
}

/* Rows for all that is wanted; those that have no socket are not there. */
static void
drop_empty(struct listeners *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->row[i].n > 0)
			s->row[n++] = s->row[i];
	s->n = n;
}

void
inherit_sockets(struct listeners *s, struct generation *g,
    const struct os_handed *handed)
{
	const struct listeners *wanted = &g->listeners;

	*s = (struct listeners){ calloc(wanted->n + 1, sizeof *s->row), 0 };
	for (size_t i = 0; s->row != NULL && i < wanted->n; i++)
		s->row[s->n++] = (struct listener_row){
		    .asked = wanted->row[i].asked,
		    .front = wanted->row[i].front, .given = true };
	for (size_t i = 0; i < handed->n; i++) {
		struct foundling f = { .fd = OS_HANDED_FIRST + (int)i };

		os_handed_name(handed, i, f.name);
		if (s->row != NULL)
			adopt_one(s, g, &f);
		else
			close(f.fd);
	}
	drop_empty(s);
}
