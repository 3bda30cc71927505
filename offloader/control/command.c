/*
 * command.c - one line to the control socket: what is wanted of the master.
 */
#include <string.h>

#include "control/command.h"

static const struct {
	const char *word, *help;
} verbs[] = {
	[COMMAND_STATUS] = { "status", "how it is, and how the last reload "
	    "went" },
	[COMMAND_RELOAD] = { "reload", "read the configuration again; wait "
	    "until it serves" },
	[COMMAND_DRAIN] = { "drain", "let nobody in any more, and end with "
	    "the last client" },
	[COMMAND_WORKERS] = { "workers", "every worker of every generation" },
	[COMMAND_STATS] = { "stats", "all counters, as Prometheus reads "
	    "them" },
	[COMMAND_UPGRADE] = { "upgrade", "start the program anew, and hand "
	    "over to it" }
};

const char *
command_word(enum command_verb v)
{
	return verbs[v].word;
}

const char *
command_help(enum command_verb v)
{
	return verbs[v].help;
}

static bool
is(const char *word, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(word, wanted, len) == 0;
}

bool
command_find(const char *word, size_t len, enum command_verb *verb)
{
	for (unsigned i = 0; i < COMMAND_VERBS; i++)
		if (is(word, len, verbs[i].word)) {
			*verb = (enum command_verb)i;
			return true;
		}
	return false;
}

enum command_result
command_read(struct command *c, const char *bytes, size_t len,
    const char **why)
{
	const char *end = memchr(bytes, '\n', len), *space;
	size_t word;

	if (end == NULL || (size_t)(end - bytes) >= COMMAND_LONGEST) {
		*why = "the command is too long";
		return len < COMMAND_LONGEST ? COMMAND_MORE : COMMAND_BAD;
	}
	len = (size_t)(end - bytes);
	space = memchr(bytes, ' ', len);
	word = space != NULL ? (size_t)(space - bytes) : len;
	*why = "there is no such command";
	if (!command_find(bytes, word, &c->verb))
		return COMMAND_BAD;
	c->json = space != NULL;
	*why = "a command is followed by nothing but \"json\"";
	if (space != NULL && !is(space + 1, len - word - 1, "json"))
		return COMMAND_BAD;
	return COMMAND_GOOD;
}
