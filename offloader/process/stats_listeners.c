/*
 * stats_listeners.c - the listening sockets of the statistics.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "process/listeners.h"
#include "process/stats_listeners.h"

#define BACKLOG	128

static bool
is_loopback(const struct endpoint *e)
{
	switch (e->sa.sa_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(e->addr.in.sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&e->addr.in6.sin6_addr);
	}
	return false;
}

static int
add(struct stats_listeners *s, const struct endpoint *at, struct err *e)
{
	char text[ENDPOINT_TEXT];

	if (!is_loopback(at))
		return err_set(e, "stats-listen: %s is not a loopback "
		    "address, and statistics need no password: listen on a "
		    "UNIX socket behind an authenticating proxy",
		    endpoint_text(at, text, sizeof text));
	if (s->n == STATS_LISTENERS)
		return err_set(e, "stats-listen: the name has more than %d "
		    "addresses", STATS_LISTENERS);
	s->listener[s->n++] = (struct stats_listener){ .asked = *at, .fd = -1 };
	return 0;
}

static int
find(struct stats_listeners *s, const char *text, struct err *e)
{
	struct endpoints at;
	int r = 0;

	if (endpoints_to_bind(text, &at, e) != 0)
		return err_at(e, "stats-listen");
	for (size_t i = 0; r == 0 && i < at.n; i++)
		r = add(s, &at.at[i], e);
	endpoints_free(&at);
	return r;
}

void
stats_listeners_find(struct stats_listeners *s, const struct conf *c,
    struct faults *faults)
{
	struct err e;

	*s = (struct stats_listeners){ .n = 0 };
	if (c->stats_listen == NULL || find(s, c->stats_listen, &e) == 0)
		return;
	err_at(&e, conf_where(c, c, "stats-listen"));
	faults_add(faults, &e);
}

static struct stats_listener *
same_listener(const struct stats_listeners *s, const struct endpoint *asked)
{
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (endpoint_equal(&s->listener[i].asked, asked))
			return (struct stats_listener *)&s->listener[i];
	return NULL;
}

bool
stats_listeners_adopt(struct stats_listeners *s, int fd,
    const struct endpoint *at, const char *name)
{
	struct stats_listener *d = same_listener(s, at);

	/* The kernel chose its port, or the name has another address. */
	for (size_t i = 0; d == NULL && strcmp(name, STATS_LISTEN_NAME) == 0 &&
	    i < s->n; i++)
		if (s->listener[i].fd == -1 &&
		    s->listener[i].asked.sa.sa_family == at->sa.sa_family)
			d = &s->listener[i];
	if (d == NULL || d->fd != -1 || !is_loopback(at))
		return false;
	d->fd = fd;
	return true;
}

static int
open_listener(struct stats_listener *d, const struct stats_listener *old,
    struct err *e)
{
	static const struct os_listen how = { .backlog = BACKLOG,
	    .first = true };

	if (d->fd != -1)
		return d->fd;
	if (old != NULL) {
		d->file = old->file;
		if ((d->fd = fcntl(old->fd, F_DUPFD_CLOEXEC, 0)) == -1)
			err_set_kind(e, ERR_OS, "dup: %s", strerror(errno));
		return d->fd;
	}
	if (d->asked.sa.sa_family == AF_UNIX)
		return d->fd = os_socket_listen_file(&d->asked, BACKLOG,
		    &d->file, e);
	return d->fd = os_socket_listen(&d->asked, &how, e);
}

int
stats_listeners_open(struct stats_listeners *s,
    const struct stats_listeners *old, const struct conf *c, struct err *e)
{
	for (size_t i = 0; i < s->n; i++)
		if (open_listener(&s->listener[i], same_listener(old,
		    &s->listener[i].asked), e) == -1)
			return err_at(e, conf_where(c, c, "stats-listen"));
	return 0;
}

void
stats_listeners_announce(const struct stats_listeners *s,
    const struct stats_listeners *old)
{
	for (size_t i = 0; i < s->n; i++)
		if (same_listener(old, &s->listener[i].asked) == NULL)
			listeners_log("statistics", s->listener[i].fd);
}

void
stats_listeners_close(struct stats_listeners *s,
    const struct stats_listeners *successor)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct stats_listener *d = &s->listener[i];

		if (d->fd == -1)
			continue;
		if (same_listener(successor, &d->asked) == NULL)
			os_socket_remove(d->asked.un.sun_path, &d->file);
		close(d->fd);
	}
	s->n = 0;
}
