/*
 * proc.c - one child process: fork, watch, restart.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "base/os_channel.h"
#include "log/log.h"
#include "process/proc.h"

#define FIRST_DELAY	0.1	/* seconds */
#define LAST_DELAY	5.0
#define GOOD_LIFE	60.0	/* after which earlier ends do not count */

double
throttle_wait(struct throttle *t, double now)
{
	double wait = now - t->started > GOOD_LIFE ? 0 : t->delay;

	t->delay = wait == 0 ? FIRST_DELAY :
	    wait * 2 < LAST_DELAY ? wait * 2 : LAST_DELAY;
	return wait;
}

char *
proc_name(const struct proc *p, char out[PROC_NAME])
{
	if (p->role->count == NULL)
		snprintf(out, PROC_NAME, "%s", p->role->name);
	else
		snprintf(out, PROC_NAME, "%s %u", p->role->name, p->number);
	return out;
}

static void
close_channel(struct proc *p)
{
	ev_io_stop(p->loop, &p->messages);
	if (p->channel != -1)
		close(p->channel);
	p->channel = -1;
}

static void
on_message(struct ev_loop *loop, ev_io *io, int events)
{
	struct proc *p = io->data;
	char message;
	ssize_t n = read(io->fd, &message, 1);

	(void)loop;
	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* At the end of the channel: on_child() follows. */
	if (n <= 0)
		ev_io_stop(p->loop, io);
	else if (p->role->on_message != NULL)
		p->role->on_message(p, message);
}

static void
on_child(struct ev_loop *loop, ev_child *w, int events)
{
	struct proc *p = w->data;

	(void)events;
	ev_child_stop(loop, w);
	close_channel(p);
	p->pid = 0;
	p->ready = false;
	p->role->on_exit(p, w->rstatus);
}

static void
on_later(struct ev_loop *loop, ev_timer *t, int events)
{
	struct proc *p = t->data;
	char name[PROC_NAME];

	(void)loop;
	(void)events;
	if (proc_start(p) == -1) {
		log_error("%s: cannot fork: %s", proc_name(p, name),
		    strerror(errno));
		proc_restart(p);
	}
}

void
proc_init(struct proc *p, struct ev_loop *loop, const struct child_role *role,
    void *owner, unsigned number)
{
	*p = (struct proc){ .role = role, .owner = owner, .number = number,
	    .loop = loop, .channel = -1 };
	ev_init(&p->messages, on_message);
	ev_init(&p->child, on_child);
	ev_init(&p->later, on_later);
	p->messages.data = p->child.data = p->later.data = p;
}

static void
close_pair(const int pair[2])
{
	int saved_errno = errno;

	for (int i = 0; i < 2; i++)
		if (pair[i] != -1)
			close(pair[i]);
	errno = saved_errno;
}

/* In the child. The parent's loop handles signals, so it must be gone. */
static _Noreturn void
run_child(struct proc *p, int pair[2])
{
	log_role(p->role->name);
	if (pair[0] != -1)
		close(pair[0]);
	p->role->leave_parent(p);
	ev_loop_destroy(p->loop);
	exit(p->role->run(p, pair[1]));
}

static void
watch_child(struct proc *p, const int pair[2])
{
	if (pair[0] != -1) {
		close(pair[1]);
		p->channel = pair[0];
		ev_io_set(&p->messages, p->channel, EV_READ);
		ev_io_start(p->loop, &p->messages);
	}
	p->throttle.started = ev_now(p->loop);
	p->stopping = false;
	ev_child_set(&p->child, p->pid, 0);
	ev_child_start(p->loop, &p->child);
}

int
proc_start(struct proc *p)
{
	int pair[2] = { -1, -1 }, saved_errno;

	if (!p->role->no_channel && os_pair(pair) == -1)
		return -1;
	if (p->role->before != NULL && p->role->before(p) == -1) {
		close_pair(pair);
		return -1;
	}
	fflush(NULL);
	if ((p->pid = fork()) == 0)
		run_child(p, pair);
	if (p->pid == -1) {
		p->pid = 0;
		close_pair(pair);
	} else
		watch_child(p, pair);
	saved_errno = errno;
	if (p->role->after != NULL)
		p->role->after(p);
	errno = saved_errno;
	return p->pid != 0 ? 0 : -1;
}

void
proc_restart(struct proc *p)
{
	double wait = throttle_wait(&p->throttle, ev_now(p->loop));

	proc_cancel(p);
	ev_timer_set(&p->later, wait, 0.);
	ev_timer_start(p->loop, &p->later);
}

void
proc_cancel(struct proc *p)
{
	ev_timer_stop(p->loop, &p->later);
}

void
proc_send(struct proc *p, char message, int fd)
{
	char name[PROC_NAME];

	if (p->channel != -1 &&
	    os_channel_send(p->channel, message, fd) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		log_warn("%s: cannot send message \"%c\": %s",
		    proc_name(p, name), message, strerror(errno));
}

void
proc_forget(struct proc *p)
{
	close_channel(p);
	ev_child_stop(p->loop, &p->child);
	proc_cancel(p);
}

char *
proc_status_text(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(out, size, "status %d", WEXITSTATUS(status));
	return out;
}
