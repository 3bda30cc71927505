/*
 * fuzz_fields.c - whatever a value holds, its line has the fields it should.
 *
 * The input is cut at each 0xFE into values of one line; a plain reader of
 * each form finds as many, and nothing that a terminal would act on.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"

#define MOST	8

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Past a quoted string; NULL: it has no end, or an escape nobody knows. */
static const char *
past_quoted(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && (++at == end || *at != '\\'))
			return NULL;
	}
	return NULL;
}

/* Past a value without quotes. */
static const char *
past_plain(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && *at != ' ')
		if (*at == '"' || *at == '=' || *at == '\\')
			return NULL;
		else
			at++;
	return at > from ? at : NULL;
}

static size_t
count(const char *at, const char *end, bool json)
{
	const char *name = json ? "\"n\":" : "n=";
	size_t n = 0, len = strlen(name);

	for (; at < end; n++) {
		if (n > 0)
			assert(*at++ == (json ? ',' : ' '));
		assert((size_t)(end - at) > len && memcmp(at, name, len) == 0);
		at += len;
		assert(!json || *at == '"');
		at = *at == '"' ? past_quoted(at, end) : past_plain(at, end);
		assert(at != NULL);
	}
	assert(at == end);
	return n;
}

static void
look(const uint8_t *data, size_t size, bool json)
{
	char line[MOST * 2 * FIELDS_VALUE];
	const uint8_t *end = data + size, *to;
	struct fields f;
	size_t n = 0, len;

	fields_begin(&f, line, sizeof line, json);
	for (; n < MOST; data = to + 1) {
		to = data < end ? memchr(data, 0xfe, (size_t)(end - data)) :
		    NULL;
		fields_text(&f, "n", data,
		    (size_t)((to != NULL ? to : end) - data));
		n++;
		if (to == NULL)
			break;
	}
	len = fields_end(&f);
	assert(len > 0);
	for (size_t i = 0; i < len; i++)
		assert((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	assert(count(line + json, line + len - json, json) == n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nothing;

	look(size > 0 ? data : &nothing, size, false);
	look(size > 0 ? data : &nothing, size, true);
	return 0;
}
