/*
 * inherited_sockets.c - finds the listener for each inherited socket.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"
#include "master/inherited_sockets.h"

struct inherited {
	int fd;
	struct endpoint at;
	char name[OS_HANDED_NAME];
};

static bool
has_name(const struct inherited *f, const struct frontend_conf *front)
{
	char name[OS_HANDED_NAME];

	return strcmp(os_handed_call(front->name, name), f->name) == 0;
}

/* Configured with port 0: the kernel has chosen another. */
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

/* Three ways to match, the strictest first. wanted->n if nothing does. */
static size_t
find_row(const struct inherited *f, const struct listeners *wanted,
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
add_fd(struct listener_row *row, int fd)
{
	int *more = reallocarray(row->fd, row->n + 1, sizeof *more);

	if (more == NULL)
		return -1;
	row->fd = more;
	more[row->n++] = fd;
	return 0;
}

static void
inherit_one(struct listeners *s, struct generation *g, struct inherited *f)
{
	char where[ENDPOINT_TEXT], name[2 * OS_HANDED_NAME];
	size_t n = g->listeners.n, row = n;

	if (os_handed_use(f->fd, &f->at) == 0) {
		if (stats_listeners_adopt(&g->stats_listeners, f->fd, &f->at,
		    f->name))
			return;
		row = find_row(f, &g->listeners, g->conf);
	} else
		memset(&f->at, 0, sizeof f->at);
	if (row < n && add_fd(&s->row[row], f->fd) == 0)
		return;
	log_warn("inherited descriptor %d (%s, \"%s\") belongs to no "
	    "frontend: closing it", f->fd, f->at.len > 0 ?
	    endpoint_text(&f->at, where, sizeof where) :
	    "not a listening socket",
	    log_escape(name, sizeof name, f->name, strlen(f->name)));
	close(f->fd);
}

/* Rows without a socket would hide that the address must be opened. */
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
		struct inherited f = { .fd = OS_HANDED_FIRST + (int)i };

		os_handed_name(handed, i, f.name);
		if (s->row != NULL)
			inherit_one(s, g, &f);
		else
			close(f.fd);
	}
	drop_empty(s);
}
