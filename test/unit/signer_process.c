/*
 * signer_process.c - a signer in a process of its own, and its keys by number.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signer_process.h"

static EVP_PKEY *
key_of(void *arg, uint32_t number)
{
	const struct signer_process *c = arg;

	return number >= SIGNER_PROCESS_FIRST && number < SIGNER_PROCESS_FIRST +
	    SIGNER_PROCESS_KEYS ? c->key[number - SIGNER_PROCESS_FIRST] : NULL;
}

static int
work(struct signer_process *c, int channel, bool stubborn)
{
	int end = (int)signer_run(channel, key_of, c);

	while (stubborn && end != SIGNER_LEFT &&
	    send(channel, &end, sizeof end, MSG_NOSIGNAL) == sizeof end)
		end = (int)signer_run(channel, key_of, c);
	return end;
}

static void
start(struct signer_process *c, bool stubborn)
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
signer_process_start(struct signer_process *c)
{
	start(c, false);
}

void
signer_process_start_stubborn(struct signer_process *c)
{
	start(c, true);
}

int
signer_process_end(const struct signer_process *c)
{
	int status;

	if (waitpid(c->pid, &status, 0) != c->pid) {
		perror("clerk");
		abort();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
