/*
 * handover.c - what a new master gets from the old one at an upgrade.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/handover.h"

#define ANSWER_LIMIT	10000	/* milliseconds for the old master */

static int
take_stats(const struct handover *h)
{
	const char *text = getenv(HANDOVER_STATS);
	int fd, end = 0;

	if (text == NULL || h->channel == -1 ||
	    sscanf(text, "%d%n", &fd, &end) != 1 || text[end] != '\0' ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	return fd;
}

void
handover_take(struct handover *h)
{
	const char *text = getenv(HANDOVER_ENV);
	int end = 0;

	*h = (struct handover){ .channel = -1, .tickets = -1 };
	os_handed_take(&h->sockets);
	/* Without sockets it is a variable left from something else. */
	if (text != NULL && h->sockets.n > 0 && (sscanf(text, "%d %d%n",
	    &h->channel, &h->tickets, &end) != 2 || text[end] != '\0' ||
	    fcntl(h->channel, F_SETFD, FD_CLOEXEC) == -1))
		h->channel = h->tickets = -1;
	if (h->tickets != -1 && fcntl(h->tickets, F_SETFD, FD_CLOEXEC) == -1)
		h->tickets = -1;
	h->stats = take_stats(h);
	unsetenv(HANDOVER_ENV);
	unsetenv(HANDOVER_STATS);
}

bool
handover_upgrades(const struct handover *h)
{
	return h->channel != -1;
}

static void
close_channel(struct handover *h)
{
	close(h->channel);
	h->channel = -1;
}

void
handover_fail(struct handover *h, const char *why)
{
	char message[HANDOVER_MESSAGE];
	int n;

	if (h->channel == -1)
		return;
	n = snprintf(message, sizeof message, "%c%s", HANDOVER_FAILED, why);
	(void)send(h->channel, message, (size_t)n < sizeof message ?
	    (size_t)n : sizeof message - 1, MSG_NOSIGNAL);
	close_channel(h);
}

void
handover_ready(struct handover *h)
{
	static const char ready = HANDOVER_READY;
	struct pollfd p = { .fd = h->channel, .events = POLLIN };

	if (h->channel == -1)
		return;
	/* If it is gone or does not answer, this master serves anyway. */
	if (send(h->channel, &ready, 1, MSG_NOSIGNAL) == 1)
		(void)poll(&p, 1, ANSWER_LIMIT);
	close_channel(h);
}

void
handover_leave(struct handover *h)
{
	if (h->channel != -1)
		close_channel(h);
}
