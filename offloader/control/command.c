/*
 * command.c - the commands of the control socket: one line each.
 */
#include <string.h>

#include "control/command.h"

static const struct {
	const char *word, *help;
} verbs[] = {
	[COMMAND_STATUS] = { "status", "show the state, and the results of the "
	    "last reload and upgrade" },
	[COMMAND_RELOAD] = { "reload", "read the configuration again, and wait "
	    "for the result" },
	[COMMAND_DRAIN] = { "drain", "accept no more, and exit when the last "
	    "connection closes" },
	[COMMAND_WORKERS] = { "workers", "list the workers of all "
	    "generations" },
	[COMMAND_STATS] = { "stats", "print all metrics in the text format of "
	    "Prometheus" },
	[COMMAND_UPGRADE] = { "upgrade", "start the program again, and hand "
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
	*why = "unknown command";
	if (!command_find(bytes, word, &c->verb))
		return COMMAND_BAD;
	c->json = space != NULL;
	*why = "only \"json\" may follow a command";
	if (space != NULL && !is(space + 1, len - word - 1, "json"))
		return COMMAND_BAD;
	return COMMAND_GOOD;
}
