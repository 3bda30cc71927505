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
