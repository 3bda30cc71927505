/*
 * command.h - one line to the control socket: what is wanted of the master.
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

/* Reads a line that may not be whole. BAD: *why is a sentence. */
enum command_result command_read(struct command *, const char *bytes,
    size_t len, const char **why);

/* Each verb's word, and what it does in a few. */
const char *command_word(enum command_verb);
const char *command_help(enum command_verb);

/* The verb of a word; false: there is none. */
bool command_find(const char *word, size_t len, enum command_verb *);

#endif
