/*
 * fuzz_command.c - a line to the control socket means the same in one piece
 * and byte by byte, and nothing behind its end is looked at.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum command_result
read_some(struct command *c, const uint8_t *data, size_t len)
{
	char *copy = malloc(len + (len == 0));
	const char *why = NULL;
	enum command_result r;

	assert(copy != NULL);
	memcpy(copy, data, len);
	r = command_read(c, copy, len, &why);
	assert(r != COMMAND_BAD || why != NULL);
	assert(r != COMMAND_GOOD || (unsigned)c->verb < COMMAND_VERBS);
	free(copy);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct command whole, part;
	enum command_result r, all;
	size_t n = 0;

	if (len > COMMAND_LONGEST)
		len = COMMAND_LONGEST;
	all = read_some(&whole, data, len);
	while ((r = read_some(&part, data, n)) == COMMAND_MORE && n < len)
		n++;
	assert(r == all);
	if (r == COMMAND_GOOD)
		assert(whole.verb == part.verb && whole.json == part.json);
	return 0;
}
