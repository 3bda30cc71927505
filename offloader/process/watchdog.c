/*
 * watchdog.c - finds workers whose loop does not turn, and ends them.
 */
#include <signal.h>
#include <stdlib.h>

#include "log/log.h"
#include "process/watchdog.h"

#define START_LIMIT	30.0	/* seconds until the first beat */

struct watched {
	pid_t pid;			/* whom the rest is about */
	uint32_t beats;
	unsigned silent;		/* looks without another beat */
};

static double
limit(const struct watchdog *d, const struct proc *p)
{
	double given = d->look.repeat * HEARTBEAT_BEATS;

	return p->ready || given > START_LIMIT ? given : START_LIMIT;
}

/*
 * It may be stopped, and hear of its end only when it goes on. Who is there
 * still at the next look is not asked any more.
 */
static void
end(struct watched *w, const struct proc *p, bool again)
{
	if (again) {
		kill(w->pid, SIGKILL);
		return;
	}
	log_error("%s %u (process %ld) does nothing any more: watchdog ends it",
	    p->role->name, p->number, (long)w->pid);
	kill(w->pid, SIGABRT);
	kill(w->pid, SIGCONT);
}

static void
look_at(struct watchdog *d, size_t i)
{
	const struct proc *p = &d->proc[i];
	struct watched *w = &d->watched[i];
	uint32_t beats = heartbeat_count(&d->heartbeat[i]);
	unsigned most = (unsigned)(limit(d, p) / d->look.repeat + 0.5);

	if (p->pid == 0 || p->pid != w->pid || beats != w->beats) {
		*w = (struct watched){ .pid = p->pid, .beats = beats };
		return;
	}
	if (++w->silent > most)
		end(w, p, w->silent > most + 1);
}

static void
on_look(struct ev_loop *loop, ev_timer *t, int events)
{
	struct watchdog *d = t->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < d->n; i++)
		look_at(d, i);
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
	ev_timer_init(&d->look, on_look, seconds / HEARTBEAT_BEATS,
	    seconds / HEARTBEAT_BEATS);
	d->look.data = d;
	ev_timer_start(loop, &d->look);
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
		ev_timer_stop(d->loop, &d->look);
	heartbeat_free(d->heartbeat, d->n);
	free(d->watched);
	*d = (struct watchdog){ 0 };
}
