/*
 * sd_notify.c - keeps the supervisor that started us (systemd) informed.
 *
 * RELOADING=1 with its time is what Type=notify-reload waits for; Type=notify
 * shows it.
 */
#include <time.h>
#include <unistd.h>

#include "master/sd_notify.h"

static void
on_alive(struct ev_loop *loop, ev_timer *t, int events)
{
	const struct sd_notify *h = t->data;

	(void)loop;
	(void)events;
	os_notify(&h->to, "WATCHDOG=1");
}

void
sd_notify_init(struct sd_notify *h, struct ev_loop *loop)
{
	h->loop = loop;
	os_notify_init(&h->to);
	ev_timer_init(&h->alive, on_alive, h->to.watchdog, h->to.watchdog);
	h->alive.data = h;
	if (h->to.watchdog > 0)
		ev_timer_start(loop, &h->alive);
}

/* A daemon has another process id than the one that systemd started. */
void
sd_notify_ready(const struct sd_notify *h, const char *status)
{
	os_notify(&h->to, "READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(),
	    status);
}

static long long
monotonic_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void
sd_notify_reloading(const struct sd_notify *h, const char *status)
{
	os_notify(&h->to, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s",
	    monotonic_usec(), status);
}

void
sd_notify_stopping(const struct sd_notify *h, const char *status)
{
	os_notify(&h->to, "STOPPING=1\nSTATUS=%s", status);
}

void
sd_notify_yield(struct sd_notify *h, pid_t successor, const char *status)
{
	os_notify(&h->to, "MAINPID=%ld\nREADY=1\nSTATUS=%s", (long)successor,
	    status);
	h->to.len = 0;
	ev_timer_stop(h->loop, &h->alive);
}
