/*
 * top.c - how an offloader is doing, again and again.
 *
 * It is asked for all its counters, and what they are more than the last time
 * is shown as so much a second.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/os.h"
#include "ctl/client.h"
#include "ctl/view.h"
#include "ctl/top.h"

#define PATIENCE	3.0	/* seconds without a master, as at an upgrade */
#define AGAIN		0.2

struct look {
	const struct top *top;
	struct screen screen;
	struct view page;
};

/* What follows "ok", for the caller to free. NULL: an error message. */
static char *
ask_offloader(const struct look *l, const char *line, struct err *e)
{
	struct answer d;
	char *body = NULL;

	if (client_ask(&d, l->top->socket, line, l->screen.signals, e) != 0)
		return NULL;
	if (!d.ok)
		err_set_kind(e, ERR_OS, "%s", d.sentence);
	else if ((body = strdup(d.body)) == NULL)
		err_memory(e, NULL);
	answer_clear(&d);
	return body;
}

/* The newer answers in place of the older. */
static int
look_once(struct look *l, struct err *e)
{
	char *status = ask_offloader(l, "status\n", e), *stats;
	struct metrics f;

	if (status == NULL)
		return -1;
	if ((stats = ask_offloader(l, "stats\n", e)) == NULL) {
		free(status);
		return -1;
	}
	if (metrics_read(&f, stats) != 0) {
		free(status);
		metrics_clear(&f);
		return err_memory(e, NULL);
	}
	view_update(&l->page, status, &f, os_clock());
	return 0;
}

/*
 * The same, but retries once it has succeeded: during an upgrade the socket is
 * away for a moment. False: an error, or (empty) a signal to exit.
 */
static bool
take_sample(struct look *l, struct err *e)
{
	double since = os_clock();

	while (look_once(l, e) != 0) {
		enum screen_event event = screen_wait(&l->screen,
		    l->page.looks > 0 ? AGAIN : 0);

		if (event == SCREEN_END) {
			*e->text = '\0';
			return false;
		}
		if (l->page.looks == 0 || os_clock() - since > PATIENCE)
			return false;
	}
	return true;
}

static void
show(const struct look *l)
{
	char *text = view_text(&l->page);

	if (text != NULL)
		screen_show(&l->screen, text);
	free(text);
}

/* Waits for the next update. False: a signal to exit. */
static bool
rest(const struct look *l)
{
	double due = os_clock() + l->top->interval, left;
	enum screen_event event = SCREEN_TIME;

	while ((left = due - os_clock()) > 0 && event != SCREEN_END) {
		event = screen_wait(&l->screen, left);
		if (event == SCREEN_DRAW)
			show(l);
	}
	return event != SCREEN_END;
}

int
top_run(const struct top *t)
{
	struct look l = { .top = t };
	unsigned long shown = 0, wanted;
	struct err e = { .text = "" };

	if (screen_open(&l.screen) == -1) {
		fprintf(stderr, "offloaderctl: %s\n", strerror(errno));
		return EX_OSERR;
	}
	wanted = t->count != 0 ? t->count : l.screen.terminal ? 0 : 1;
	/* The first look is for the others: what was before is not known. */
	while (take_sample(&l, &e)) {
		if (l.page.looks > 1 || l.screen.terminal)
			show(&l);
		if (l.page.looks > 1 && ++shown == wanted)
			break;
		if (!rest(&l))
			break;
	}
	screen_close(&l.screen);
	view_clear(&l.page);
	if (*e.text == '\0')
		return EX_OK;
	fprintf(stderr, "offloaderctl: %s\n", e.text);
	return err_exit_status(&e);
}
