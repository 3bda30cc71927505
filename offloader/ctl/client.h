/*
 * client.h - one question to a master, and its answer.
 */
#ifndef OFFLOADER_CTL_CLIENT_H
#define OFFLOADER_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct answer {
	char *text;		/* all that was answered, with a NUL */
	size_t len;
	bool ok;		/* the master did it */
	const char *sentence;	/* what it said of it, perhaps "" */
	const char *body;	/* what follows that line, perhaps "" */
};

/*
 * Sends the line to the socket and waits for the whole answer, which may take
 * as long as a reload does; or only until another descriptor, if it is not -1,
 * can be read. -1: an error message. The caller calls answer_clear() after
 * success.
 */
int client_ask(struct answer *, const char *path, const char *line,
    int other, struct err *);

void answer_clear(struct answer *);

#endif
