/*
 * control.c - the control socket of the master.
 *
 * The master has more important work, so the number of clients, the length of a
 * command and the time to send it are limited. Only to wait for a result has no
 * limit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"
#include "control/control.h"

#define CLIENTS_MAX	16
#define CLIENT_LIMIT	5.0	/* seconds for a client to ask, or to read */
#define BACKLOG		16

struct control_client {
	LIST_ENTRY(control_client) entry;
	struct control *home;
	ev_io io;
	ev_timer limit;
	char line[COMMAND_LONGEST];
	size_t len;
	bool waits;			/* for a result */
	struct ask ask;
	char *answer;			/* or NULL */
	size_t size, sent;
};

static void
client_free(struct control_client *c)
{
	ev_io_stop(c->home->loop, &c->io);
	ev_timer_stop(c->home->loop, &c->limit);
	close(c->io.fd);
	LIST_REMOVE(c, entry);
	c->home->n_clients--;
	free(c->answer);
	free(c);
}

/* ------------------------------------------------- answers -------------- */

/* As much as the client takes now. False if it is done. */
static bool
send_answer(struct control_client *c)
{
	ssize_t n;

	while (c->sent < c->size) {
		n = send(c->io.fd, c->answer + c->sent, c->size - c->sent,
		    MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN;
		c->sent += (size_t)n;
	}
	return false;
}

static void
watch(struct control_client *c, int events)
{
	ev_io_stop(c->home->loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	ev_io_start(c->home->loop, &c->io);
}

static void
restart_limit(struct control_client *c)
{
	ev_timer_stop(c->home->loop, &c->limit);
	ev_timer_set(&c->limit, CLIENT_LIMIT, 0.);
	ev_timer_start(c->home->loop, &c->limit);
}

/* The client may be gone after this. */
static void
begin_answer(struct control_client *c)
{
	c->waits = false;
	restart_limit(c);
	if (send_answer(c))
		watch(c, EV_WRITE);
	else
		client_free(c);
}

static void
refuse(struct control_client *c, const char *why)
{
	int n = asprintf(&c->answer, "failed %s\n", why);

	if (n == -1) {
		c->answer = NULL;
		client_free(c);
		return;
	}
	c->size = (size_t)n;
	begin_answer(c);
}

/* Gets the answer, if it is known already. */
static void
ask(struct control_client *c)
{
	FILE *out = open_memstream(&c->answer, &c->size);
	bool known;

	if (out == NULL) {
		refuse(c, "out of memory");
		return;
	}
	known = c->home->answer(c->home->master, &c->ask, out);
	if (fclose(out) != 0) {
		free(c->answer);
		refuse(c, "out of memory");
	} else if (known)
		begin_answer(c);
	else {
		free(c->answer);
		c->answer = NULL;
		c->waits = true;
		ev_timer_stop(c->home->loop, &c->limit);
	}
}

/* ------------------------------------------------- clients -------------- */

static void
read_request(struct control_client *c)
{
	const char *why;
	ssize_t n = recv(c->io.fd, c->line + c->len,
	    sizeof c->line - c->len, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(c);
		return;
	}
	c->len += (size_t)n;
	switch (command_read(&c->ask.command, c->line, c->len, &why)) {
	case COMMAND_MORE:	return;
	case COMMAND_BAD:	refuse(c, why); return;
	case COMMAND_GOOD:	ask(c); return;
	}
}

/* After its command, only the end of the connection matters. */
static void
look_for_end(struct control_client *c)
{
	char more[64];
	ssize_t n = recv(c->io.fd, more, sizeof more, 0);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		client_free(c);
}

static void
on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct control_client *c = io->data;

	(void)loop;
	(void)events;
	if (c->answer != NULL) {
		if (!send_answer(c))
			client_free(c);
	} else if (c->waits)
		look_for_end(c);
	else
		read_request(c);
}

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	client_free(t->data);
}

static int
on_connect(struct accept_loop *loop, size_t listener, int fd,
    const union addr *peer)
{
	struct control *home = loop->owner;
	struct control_client *c = calloc(1, sizeof *c);

	(void)listener;
	(void)peer;
	if (c == NULL) {
		close(fd);
		return ENOMEM;
	}
	c->home = home;
	home->n_clients++;
	LIST_INSERT_HEAD(&home->clients, c, entry);
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_init(&c->limit, on_limit);
	c->io.data = c->limit.data = c;
	ev_io_start(home->loop, &c->io);
	restart_limit(c);
	if (!os_socket_is_ours(fd))
		refuse(c, "permission denied: only root and the user of the "
		    "master may use this socket");
	else if (home->n_clients > CLIENTS_MAX)
		refuse(c, "too many clients; try again later");
	return 0;
}

/* ------------------------------------------------- listener ------------- */

void
control_init(struct control *c, struct ev_loop *loop, control_answer *answer,
    void *master)
{
	*c = (struct control){ .loop = loop, .answer = answer,
	    .master = master, .fd = -1 };
	accept_loop_init(&c->listener, loop, on_connect, c);
	LIST_INIT(&c->clients);
}

int
control_open(struct control *c, const char *path, struct err *e)
{
	struct endpoints at;

	if (addr_unix(path, &at, e) != 0)
		return -1;
	/* Before the socket: control_close() removes its file by the path. */
	if ((c->path = strdup(path)) == NULL) {
		endpoints_free(&at);
		return err_memory(e, NULL);
	}
	c->fd = os_socket_listen_file(&at.at[0], BACKLOG, &c->file, e);
	endpoints_free(&at);
	if (c->fd == -1 || accept_loop_add(&c->listener, c->fd) != 0) {
		if (c->fd != -1)
			err_memory(e, NULL);
		control_close(c);
		return -1;
	}
	accept_loop_open(&c->listener);
	return 0;
}

void
control_again(struct control *c)
{
	struct control_client *one, *next;

	for (one = LIST_FIRST(&c->clients); one != NULL; one = next) {
		next = LIST_NEXT(one, entry);
		if (one->waits)
			ask(one);
	}
}

void
control_close(struct control *c)
{
	accept_loop_clear(&c->listener);
	if (c->path != NULL)
		os_socket_remove(c->path, &c->file);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	free(c->path);
	c->path = NULL;
}

void
control_end(struct control *c)
{
	struct control_client *one, *next;

	control_close(c);
	for (one = LIST_FIRST(&c->clients); one != NULL; one = next) {
		next = LIST_NEXT(one, entry);
		if (one->waits)
			refuse(one, "the master has exited");
	}
	while ((one = LIST_FIRST(&c->clients)) != NULL)
		client_free(one);
}

void
control_leave(struct control *c)
{
	struct control_client *one;

	LIST_FOREACH(one, &c->clients, entry)
		close(one->io.fd);
	if (c->fd != -1)
		close(c->fd);
}
