/*
 * proc.c - one child process: fork, watch, throttle.
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

static void
close_channel(struct proc *p)
{
	ev_io_stop(p->loop, &p->words);
	if (p->channel != -1)
		close(p->channel);
	p->channel = -1;
}

static void
on_words(struct ev_loop *loop, ev_io *io, int events)
{
	struct proc *p = io->data;
	char word;
	ssize_t n = read(io->fd, &word, 1);

	(void)loop;
	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* The end of the channel: SIGCHLD will say more. */
	if (n <= 0)
		ev_io_stop(p->loop, io);
	else
		p->role->on_word(p, word);
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

	(void)loop;
	(void)events;
	if (proc_start(p) == -1) {
		log_error("%s %u: fork: %s", p->role->name, p->number,
		    strerror(errno));
		proc_restart(p);
	}
}

void
proc_init(struct proc *p, struct ev_loop *loop, const struct proc_role *role,
    void *owner, unsigned number)
{
	*p = (struct proc){ .role = role, .owner = owner, .number = number,
	    .loop = loop, .channel = -1 };
	ev_init(&p->words, on_words);
	ev_init(&p->child, on_child);
	ev_init(&p->later, on_later);
	p->words.data = p->child.data = p->later.data = p;
}

/* In the child. Nothing of the master's loop may be left, signals included. */
static _Noreturn void
become(struct proc *p, int pair[2])
{
	close(pair[0]);
	p->role->leave_master(p);
	ev_loop_destroy(p->loop);
	exit(p->role->work(p, pair[1]));
}

static void
close_pair(const int pair[2])
{
	int saved_errno = errno;

	close(pair[0]);
	close(pair[1]);
	errno = saved_errno;
}

/* It runs. */
static void
watch(struct proc *p, const int pair[2])
{
	close(pair[1]);
	p->channel = pair[0];
	p->throttle.started = ev_now(p->loop);
	ev_io_set(&p->words, p->channel, EV_READ);
	ev_io_start(p->loop, &p->words);
	ev_child_set(&p->child, p->pid, 0);
	ev_child_start(p->loop, &p->child);
}

int
proc_start(struct proc *p)
{
	int pair[2], saved_errno;

	if (os_pair(pair) == -1)
		return -1;
	if (p->role->before != NULL && p->role->before(p) == -1) {
		close_pair(pair);
		return -1;
	}
	fflush(NULL);
	if ((p->pid = fork()) == 0)
		become(p, pair);
	if (p->pid == -1) {
		p->pid = 0;
		close_pair(pair);
	} else
		watch(p, pair);
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

	proc_rest(p);
	ev_timer_set(&p->later, wait, 0.);
	ev_timer_start(p->loop, &p->later);
}

void
proc_rest(struct proc *p)
{
	ev_timer_stop(p->loop, &p->later);
}

void
proc_tell(struct proc *p, char word, int fd)
{
	if (p->channel != -1 && os_channel_send(p->channel, word, fd) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		log_warn("%s %u: cannot be told \"%c\": %s", p->role->name,
		    p->number, word, strerror(errno));
}

void
proc_forget(struct proc *p)
{
	close_channel(p);
	ev_child_stop(p->loop, &p->child);
	proc_rest(p);
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
