/*
 * command.h - the commands of the control socket: one line each.
 *
 *	COMMAND [json] LF
 */
#ifndef OFFLOADER_COMMAND_H
#define OFFLOADER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum command_verb {
	COMMAND_STATUS,
	COMMAND_RELOAD,
	COMMAND_DRAIN,
	COMMAND_WORKERS,
	COMMAND_STATS,
	COMMAND_UPGRADE
};

#define COMMAND_VERBS	(COMMAND_UPGRADE + 1)
#define COMMAND_LONGEST	64	/* bytes of the line, its end included */

struct command {
	enum command_verb verb;
	bool json;		/* how to answer */
};

enum command_result {
	COMMAND_MORE,		/* the line has no end yet */
	COMMAND_GOOD,
	COMMAND_BAD
};

/* Reads a line that may be incomplete. If it is bad, *why says why. */
enum command_result command_read(struct command *, const char *bytes,
    size_t len, const char **why);

/* The name of a command, and one line of help. */
const char *command_word(enum command_verb);
const char *command_help(enum command_verb);

/* Finds a command by its name. */
bool command_find(const char *word, size_t len, enum command_verb *);

#endif
