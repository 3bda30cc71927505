/*
 * watchdog.c - kills workers whose event loop has stopped.
 */
#include <signal.h>
#include <stdlib.h>

#include "log/log.h"
#include "process/watchdog.h"

#define START_LIMIT	30.0	/* seconds until it is ready */

struct watched {
	pid_t pid;			/* the process checked */
	uint32_t beats;
	unsigned silent;		/* checks without a heartbeat */
};

static double
limit(const struct watchdog *d, const struct proc *p)
{
	double given = d->check.repeat * HEARTBEAT_BEATS;

	return p->ready || given > START_LIMIT ? given : START_LIMIT;
}

/*
 * SIGCONT, because a stopped process handles SIGABRT only when it continues. If
 * it is still there at the next check it gets SIGKILL.
 */
static void
kill_silent(struct watched *w, const struct proc *p, bool again)
{
	if (again) {
		kill(w->pid, SIGKILL);
		return;
	}
	log_error("%s %u (process %ld) is not responding: watchdog kills it",
	    p->role->name, p->number, (long)w->pid);
	kill(w->pid, SIGABRT);
	kill(w->pid, SIGCONT);
}

static void
check_one(struct watchdog *d, size_t i)
{
	const struct proc *p = &d->proc[i];
	struct watched *w = &d->watched[i];
	uint32_t beats = heartbeat_count(&d->heartbeat[i]);
	unsigned most = (unsigned)(limit(d, p) / d->check.repeat + 0.5);

	if (p->pid == 0 || p->pid != w->pid || beats != w->beats) {
		*w = (struct watched){ .pid = p->pid, .beats = beats };
		return;
	}
	if (++w->silent > most)
		kill_silent(w, p, w->silent > most + 1);
}

static void
on_check(struct ev_loop *loop, ev_timer *t, int events)
{
	struct watchdog *d = t->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < d->n; i++)
		check_one(d, i);
}

int
watchdog_start(struct watchdog *d, struct ev_loop *loop, struct proc *proc,
    size_t n, double seconds)
{
	*d = (struct watchdog){ .loop = loop, .proc = proc, .n = n };
	if (seconds == 0)
		return 0;
	d->heartbeat = heartbeat_new(n);
	d->watched = calloc(n, sizeof *d->watched);
	if (d->heartbeat == NULL || d->watched == NULL) {
		watchdog_stop(d);
		return -1;
	}
	ev_timer_init(&d->check, on_check, seconds / HEARTBEAT_BEATS,
	    seconds / HEARTBEAT_BEATS);
	d->check.data = d;
	ev_timer_start(loop, &d->check);
	return 0;
}

struct heartbeat *
watchdog_heartbeat(const struct watchdog *d, size_t which)
{
	return d->heartbeat != NULL ? &d->heartbeat[which] : NULL;
}

void
watchdog_stop(struct watchdog *d)
{
	if (d->loop != NULL)
		ev_timer_stop(d->loop, &d->check);
	heartbeat_free(d->heartbeat, d->n);
	free(d->watched);
	*d = (struct watchdog){ 0 };
}
