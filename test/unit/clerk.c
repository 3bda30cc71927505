/*
 * clerk.c - a signer in a process of its own, and its keys by number.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clerk.h"

static EVP_PKEY *
key_of(void *arg, uint32_t number)
{
	const struct clerk *c = arg;

	return number >= CLERK_FIRST && number < CLERK_FIRST + CLERK_KEYS ?
	    c->key[number - CLERK_FIRST] : NULL;
}

static int
work(struct clerk *c, int channel, bool stubborn)
{
	int end = (int)signer_run(channel, key_of, c);

	while (stubborn && end != SIGNER_LEFT &&
	    send(channel, &end, sizeof end, MSG_NOSIGNAL) == sizeof end)
		end = (int)signer_run(channel, key_of, c);
	return end;
}

static void
start(struct clerk *c, bool stubborn)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    (c->pid = fork()) == -1) {
		perror("clerk");
		abort();
	}
	c->channel = pair[0];
	if (c->pid == 0) {
		close(pair[0]);
		_exit(work(c, pair[1], stubborn));
	}
	close(pair[1]);
}

void
clerk_start(struct clerk *c)
{
	start(c, false);
}

void
clerk_start_stubborn(struct clerk *c)
{
	start(c, true);
}

int
clerk_end(const struct clerk *c)
{
	int status;

	if (waitpid(c->pid, &status, 0) != c->pid) {
		perror("clerk");
		abort();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
