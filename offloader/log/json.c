/*
 * json.c - JSON text, written to a stream (RFC 8259).
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "log/log.h"
#include "log/json.h"

#define LONGEST	2048	/* bytes of a string; a longer one is cut */

void
json_quote(FILE *out, const char *text)
{
	char clean[LONGEST];

	putc('"', out);
	/* It leaves no control byte and no incomplete UTF-8. */
	log_escape(clean, sizeof clean, text, strlen(text));
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', out);
		putc(*c, out);
	}
	putc('"', out);
}

/* Writes the comma and the name before a value. */
static void
begin_value(struct json *j, const char *name)
{
	if (j->comma)
		fputs(", ", j->out);
	if (name != NULL)
		fprintf(j->out, "\"%s\": ", name);
	j->comma = true;
}

static void
begin_level(struct json *j, const char *name, char open, char close)
{
	assert(j->depth < JSON_DEPTH);
	/* For people: each object of a list is on a line of its own. */
	if (open == '{' && j->depth > 0 && j->close[j->depth - 1] == ']') {
		fputs(j->comma ? ",\n" : "\n", j->out);
		j->comma = false;
	}
	begin_value(j, name);
	putc(open, j->out);
	j->close[j->depth++] = close;
	j->comma = false;
}

void
json_object(struct json *j, const char *name)
{
	begin_level(j, name, '{', '}');
}

void
json_array(struct json *j, const char *name)
{
	begin_level(j, name, '[', ']');
}

void
json_end(struct json *j)
{
	assert(j->depth > 0);
	putc(j->close[--j->depth], j->out);
	j->comma = true;
}

void
json_string(struct json *j, const char *name, const char *value)
{
	begin_value(j, name);
	json_quote(j->out, value);
}

void
json_number(struct json *j, const char *name, long long value)
{
	begin_value(j, name);
	fprintf(j->out, "%lld", value);
}

void
json_bool(struct json *j, const char *name, bool value)
{
	begin_value(j, name);
	fputs(value ? "true" : "false", j->out);
}

void
json_null(struct json *j, const char *name)
{
	begin_value(j, name);
	fputs("null", j->out);
}

void
json_micros(struct json *j, const char *name, uint64_t micros)
{
	begin_value(j, name);
	fprintf(j->out, "%" PRIu64 ".%06" PRIu64, micros / 1000000,
	    micros % 1000000);
}
