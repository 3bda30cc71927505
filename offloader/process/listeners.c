/*
 * listeners.c - listening sockets: at each address one for each worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/os_socket.h"
#include "log/log_writer.h"
#include "process/listeners.h"

/* The kernel chooses another port each time. */
static bool
any_port(const struct endpoint *e)
{
	return (e->sa.sa_family == AF_INET && e->addr.in.sin_port == 0) ||
	    (e->sa.sa_family == AF_INET6 && e->addr.in6.sin6_port == 0);
}

/* The row for the same address. With port 0, also of the same frontend. */
static const struct listener_row *
find_row(const struct listeners *s, const struct endpoint *asked, size_t front)
{
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (endpoint_equal(&s->row[i].asked, asked) &&
		    (!any_port(asked) || s->row[i].front == front))
			return &s->row[i];
	return NULL;
}

static int
add_row(struct listeners *s, const struct endpoint *asked, size_t front,
    const struct conf *conf, struct faults *faults)
{
	const struct frontend_conf *f = &conf->fronts[front];
	const struct listener_row *same = find_row(s, asked, front);
	struct listener_row *more;
	char text[ENDPOINT_TEXT];
	struct err e;

	if (same != NULL) {
		err_set(&e, "%s: frontends %s and %s both listen on %s",
		    conf_where(conf, f, "port"),
		    conf->fronts[same->front].name, f->name,
		    endpoint_text(asked, text, sizeof text));
		return faults_add(faults, &e);
	}
	more = reallocarray(s->row, s->n + 1, sizeof *more);
	if (more == NULL) {
		err_memory(&e, NULL);
		return faults_add(faults, &e);
	}
	s->row = more;
	more[s->n++] = (struct listener_row){ .asked = *asked, .front = front };
	return 0;
}

int
listeners_find(struct listeners *s, const struct conf *conf,
    struct faults *faults)
{
	int r = 0;

	*s = (struct listeners){ 0 };
	for (size_t i = 0; i < conf->n_fronts; i++) {
		const struct frontend_conf *f = &conf->fronts[i];
		struct endpoints at;
		struct err e;

		/* Only in a faulty conf; already reported. */
		if (f->host == NULL || f->port == NULL)
			continue;
		if (addr_to_bind(f->host, f->port, &at, &e) != 0) {
			err_at(&e, conf_where(conf, f, "host"));
			r = faults_add(faults, &e);
			continue;
		}
		for (size_t k = 0; k < at.n; k++)
			if (add_row(s, &at.at[k], i, conf, faults) != 0)
				r = -1;
		endpoints_free(&at);
	}
	return r;
}

/* With the port that the kernel chose, for the other sockets there. */
static void
bound(int fd, struct endpoint *e)
{
	e->len = sizeof e->un;
	if (getsockname(fd, &e->sa, &e->len) == -1)
		e->len = 0;
}

static int
open_listener(struct listener_row *row, const struct conf *conf, struct err *e)
{
	struct os_listen how = { .backlog = conf->backlog,
	    .first = row->n == 0, .freebind = conf->freebind };
	struct endpoint at = row->asked;
	int fd;

	if (row->n > 0)
		bound(row->fd[0], &at);
	fd = os_socket_listen(&at, &how, e);
	/* Made by another user, so we cannot add one: share the last. */
	if (fd == -1 && row->given && row->n > 0)
		fd = fcntl(row->fd[row->n - 1], F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	row->fd[row->n++] = fd;
	return 0;
}

/* Options may have changed since the socket was made. */
static int
copy_listener(struct listener_row *row, int old, const struct conf *conf,
    struct err *e)
{
	int fd = fcntl(old, F_DUPFD_CLOEXEC, 0);

	if (fd == -1)
		return err_set_kind(e, ERR_OS, "dup: %s", strerror(errno));
	row->fd[row->n++] = fd;
	if (listen(fd, conf->backlog) == -1)
		return err_set_kind(e, ERR_OS, "listen: %s", strerror(errno));
	return 0;
}

static int
open_row(struct listener_row *row, const struct listener_row *old,
    const struct conf *conf, size_t workers, struct err *e)
{
	size_t n = old != NULL && old->n > workers ? old->n : workers;

	if ((row->fd = calloc(n, sizeof *row->fd)) == NULL)
		return err_memory(e, NULL);
	row->given = old != NULL && old->given;
	while (row->n < n) {
		int r = old != NULL && row->n < old->n ?
		    copy_listener(row, old->fd[row->n], conf, e) :
		    open_listener(row, conf, e);

		if (r != 0)
			return err_at(e, conf_where(conf,
			    &conf->fronts[row->front], "port"));
		/* Accepted sockets inherit it. */
		os_keepalive(row->fd[row->n - 1], conf->keepalive);
	}
	return 0;
}

int
listeners_open(struct listeners *s, const struct listeners *old,
    const struct conf *conf, size_t workers, struct err *e)
{
	for (size_t i = 0; i < s->n; i++)
		if (open_row(&s->row[i], find_row(old, &s->row[i].asked,
		    s->row[i].front), conf, workers, e) != 0)
			return -1;
	return 0;
}

void
listeners_log(const char *what, int fd)
{
	char text[ENDPOINT_TEXT], line[ENDPOINT_TEXT + 32];
	struct log_writer out = { .fd = -1 };
	struct endpoint at;

	bound(fd, &at);
	snprintf(line, sizeof line, "%s on %s\n", what, endpoint_text(&at,
	    text, sizeof text));
	/* A full pipe must not block the master. */
	log_writer_borrow(&out, STDOUT_FILENO);
	(void)log_writer_put(&out, line, strlen(line));
}

void
listeners_announce(const struct listeners *s, const struct listeners *old)
{
	for (size_t i = 0; i < s->n; i++)
		if (find_row(old, &s->row[i].asked, s->row[i].front) == NULL)
			listeners_log("listening", s->row[i].fd[0]);
}

void
listeners_close(struct listeners *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->row[i].n; k++)
			close(s->row[i].fd[k]);
		free(s->row[i].fd);
	}
	free(s->row);
	*s = (struct listeners){ 0 };
}

/* ------------------------------------------------- statistics ------------ */

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
add_address(struct stats_listeners *s, const struct endpoint *at, struct err *e)
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
		r = add_address(s, &at.at[i], e);
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
open_stats_listener(struct stats_listener *d, const struct stats_listener *old,
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
		if (open_stats_listener(&s->listener[i], same_listener(old,
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
