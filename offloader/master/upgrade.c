/*
 * upgrade.c - starts the program again and hands over to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os.h"
#include "log/log.h"
#include "process/proc.h"
#include "master/upgrade.h"

#define LIMIT		60.0		/* seconds until it must serve */
#define NAMES_MAX	(100 * 1024)	/* execve() takes 128 KB a variable */

/* ------------------------------------------------- the child ------------ */

/* Descriptors for the new program, in their order. */
struct passed {
	int *fd;
	size_t n, sockets;
	char *names;
};

static void
list_names(struct passed *l, const struct upgrade_args *g)
{
	char name[OS_HANDED_NAME];
	size_t size;
	FILE *out = open_memstream(&l->names, &size);

	if (out == NULL)
		return;
	for (size_t i = 0; i < g->listeners->n; i++)
		for (size_t k = 0; k < g->listeners->row[i].n; k++)
			fprintf(out, "%s%s", i + k > 0 ? ":" : "",
			    os_handed_call(g->conf->fronts[
			    g->listeners->row[i].front].name, name));
	for (size_t i = 0; i < g->stats_listeners->n; i++)
		fputs(":" STATS_LISTEN_NAME, out);
	if (fclose(out) != 0 || size > NAMES_MAX) {
		/* Only listeners with port 0 need them. */
		free(l->names);
		l->names = NULL;
	}
}

static int
list_descriptors(struct passed *l, const struct upgrade_args *g, int channel)
{
	size_t n = 3 + g->stats_listeners->n;

	for (size_t i = 0; i < g->listeners->n; i++)
		n += g->listeners->row[i].n;
	*l = (struct passed){ .fd = calloc(n, sizeof *l->fd) };
	if (l->fd == NULL)
		return -1;
	for (size_t i = 0; i < g->listeners->n; i++)
		for (size_t k = 0; k < g->listeners->row[i].n; k++)
			l->fd[l->n++] = g->listeners->row[i].fd[k];
	for (size_t i = 0; i < g->stats_listeners->n; i++)
		l->fd[l->n++] = g->stats_listeners->listener[i].fd;
	l->sockets = l->n;
	l->fd[l->n++] = channel;
	if (g->stats != -1)
		l->fd[l->n++] = g->stats;
	if (g->tickets != -1)
		l->fd[l->n++] = g->tickets;
	list_names(l, g);
	return 0;
}

/* First copied beyond the range, so that no dup2() overwrites another. */
static int
put_in_order(struct passed *l)
{
	int beyond = OS_HANDED_FIRST + (int)l->n;

	for (size_t i = 0; i < l->n; i++)
		if ((l->fd[i] = fcntl(l->fd[i], F_DUPFD_CLOEXEC,
		    beyond)) == -1)
			return -1;
	for (size_t i = 0; i < l->n; i++)
		if (dup2(l->fd[i], OS_HANDED_FIRST + (int)i) == -1)
			return -1;
	return 0;
}

static int
set_number(const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof text, "%ld", value);
	return setenv(name, text, 1);
}

static int
set_environment(const struct passed *l, const struct upgrade_args *g)
{
	int channel = OS_HANDED_FIRST + (int)l->sockets;
	char text[64];

	snprintf(text, sizeof text, "%d %d", channel,
	    g->tickets == -1 ? -1 : g->stats == -1 ? channel + 1 :
	    channel + 2);
	return set_number("LISTEN_PID", getpid()) == -1 ||
	    set_number("LISTEN_FDS", (long)l->sockets) == -1 ||
	    (l->names != NULL && setenv("LISTEN_FDNAMES", l->names, 1) == -1) ||
	    setenv(HANDOVER_ENV, text, 1) == -1 ||
	    (g->stats != -1 &&
	    set_number(HANDOVER_STATS, channel + 1) == -1) ||
	    os_notify_pass(g->notify) == -1 ? -1 : 0;
}

static _Noreturn void
execute(const struct upgrade *u, const struct upgrade_args *g, int channel)
{
	struct handover self = { .channel = channel };
	struct passed load;
	sigset_t none;
	struct err e;

	/* The handlers would write to the pipe of the old master's loop. */
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The channel's descriptor may be in the range of dup2(). */
	self.channel = fcntl(channel, F_DUPFD_CLOEXEC, 1024);
	if (self.channel == -1)
		self.channel = channel;
	if (list_descriptors(&load, g, channel) == 0 &&
	    set_environment(&load, g) == 0 && put_in_order(&load) == 0)
		execv(u->program, g->argv);
	err_set(&e, "cannot execute %s: %s", u->program, strerror(errno));
	handover_fail(&self, e.text);
	_exit(EX_OSERR);
}

/* ------------------------------------------------- the old master ------- */

static void
end_upgrade(struct upgrade *u)
{
	ev_io_stop(u->loop, &u->messages);
	ev_child_stop(u->loop, &u->child);
	ev_timer_stop(u->loop, &u->limit);
	if (u->channel != -1)
		close(u->channel);
	u->channel = -1;
	u->pid = 0;
}

static void
serves(struct upgrade *u)
{
	static const char go = HANDOVER_GO;
	pid_t pid = u->pid;
	int channel = u->channel;

	u->channel = -1;
	ev_io_stop(u->loop, &u->messages);
	end_upgrade(u);
	u->watch->serves(u->master, pid);
	(void)send(channel, &go, 1, MSG_NOSIGNAL);
	close(channel);
}

static void
on_message(struct ev_loop *loop, ev_io *io, int events)
{
	struct upgrade *u = io->data;
	char message[HANDOVER_MESSAGE];
	ssize_t n = recv(io->fd, message, sizeof message - 1, 0);

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		/* on_child() follows. */
		ev_io_stop(loop, io);
		return;
	}
	message[n] = '\0';
	if (message[0] == HANDOVER_READY)
		serves(u);
	else if (message[0] == HANDOVER_FAILED)
		snprintf(u->why, sizeof u->why, "%s", message + 1);
}

/* Its last message may not have been read yet. */
static void
read_last_messages(struct upgrade *u)
{
	char message[HANDOVER_MESSAGE];
	ssize_t n;

	while ((n = recv(u->channel, message, sizeof message - 1,
	    MSG_DONTWAIT)) > 0) {
		message[n] = '\0';
		if (message[0] == HANDOVER_FAILED)
			snprintf(u->why, sizeof u->why, "%s", message + 1);
	}
}

static void
on_child(struct ev_loop *loop, ev_child *w, int events)
{
	struct upgrade *u = w->data;
	char status[64];
	struct err e;

	(void)loop;
	(void)events;
	read_last_messages(u);
	proc_status_text(w->rstatus, status, sizeof status);
	if (*u->why != '\0')
		err_set(&e, "%.*s", (int)sizeof e.text - 1, u->why);
	else
		err_set(&e, "%s ended by %s before it served", u->program,
		    status);
	end_upgrade(u);
	u->watch->failed(u->master, e.text);
}

/* Its workers see their channel end, and drain. */
static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	struct upgrade *u = t->data;

	(void)loop;
	(void)events;
	kill(u->pid, SIGKILL);
	end_upgrade(u);
	u->watch->failed(u->master, "the new program did not serve in time");
}

void
upgrade_init(struct upgrade *u, struct ev_loop *loop, const char *argv0,
    const struct upgrade_watch *watch, void *master)
{
	*u = (struct upgrade){ .loop = loop, .watch = watch, .master = master,
	    .program = os_program(argv0), .channel = -1 };
	ev_init(&u->messages, on_message);
	ev_init(&u->child, on_child);
	ev_timer_init(&u->limit, on_limit, LIMIT, 0.);
	u->messages.data = u->child.data = u->limit.data = u;
}

int
upgrade_begin(struct upgrade *u, const struct upgrade_args *g, struct err *e)
{
	sigset_t all, before;
	int pair[2];

	if (u->pid != 0)
		return err_set_kind(e, ERR_OS, "an upgrade to process %ld is "
		    "already in progress", (long)u->pid);
	if (u->program == NULL)
		return err_set_kind(e, ERR_OS, "cannot find the program: "
		    "start it by its path");
	if (os_pair(pair) == -1)
		return err_set_kind(e, ERR_OS, "cannot create a channel: %s",
		    strerror(errno));
	fflush(NULL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	if ((u->pid = fork()) == 0)
		execute(u, g, pair[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (u->pid == -1) {
		u->pid = 0;
		err_set_kind(e, ERR_OS, "cannot fork: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	close(pair[1]);
	u->channel = pair[0];
	u->why[0] = '\0';
	ev_io_set(&u->messages, u->channel, EV_READ);
	ev_io_start(u->loop, &u->messages);
	ev_child_set(&u->child, u->pid, 0);
	ev_child_start(u->loop, &u->child);
	ev_timer_set(&u->limit, LIMIT, 0.);
	ev_timer_start(u->loop, &u->limit);
	log_info("upgrade: process %ld is %s", (long)u->pid, u->program);
	return 0;
}

void
upgrade_cancel(struct upgrade *u)
{
	if (u->pid != 0)
		kill(u->pid, SIGTERM);
	end_upgrade(u);
}

void
upgrade_clear(struct upgrade *u)
{
	if (u->loop != NULL)
		end_upgrade(u);
	free(u->program);
	u->program = NULL;
}

void
upgrade_leave(struct upgrade *u)
{
	if (u->channel != -1)
		close(u->channel);
}
