/*
 * fields.c - names and values on one line, in logfmt or JSON.
 */
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "log/fields.h"

static void
put_bytes(struct fields *f, const char *bytes, size_t len)
{
	if (f->full || len > f->size - f->len) {
		f->full = true;
		return;
	}
	memcpy(f->text + f->len, bytes, len);
	f->len += len;
}

static void
put_string(struct fields *f, const char *text)
{
	put_bytes(f, text, strlen(text));
}

void
fields_begin(struct fields *f, char *text, size_t size, bool json)
{
	*f = (struct fields){ .text = text, .size = size, .json = json };
	if (json)
		put_string(f, "{");
}

static void
put_name(struct fields *f, const char *name)
{
	if (f->len > (f->json ? 1 : 0))
		put_string(f, f->json ? "," : " ");
	if (f->json)
		put_string(f, "\"");
	put_string(f, name);
	put_string(f, f->json ? "\":" : "=");
}

/* True if logfmt needs no quotes around it. */
static bool
is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text == '=' || *text == '\\' ||
		    *text >= 0x7f)
			return false;
	return true;
}

/* log_escape() has replaced quotes and control bytes already. */
static void
put_quoted(struct fields *f, const char *text)
{
	put_string(f, "\"");
	for (; *text != '\0'; text++)
		if (*text == '\\')
			put_bytes(f, "\\\\", 2);
		else
			put_bytes(f, text, 1);
	put_string(f, "\"");
}

void
fields_text(struct fields *f, const char *name, const void *bytes, size_t len)
{
	char clean[FIELDS_VALUE];

	put_name(f, name);
	log_escape(clean, sizeof clean, bytes, len);
	if (!f->json && is_plain(clean))
		put_string(f, clean);
	else
		put_quoted(f, clean);
}

void
fields_number(struct fields *f, const char *name, long long value)
{
	char digits[32];

	put_name(f, name);
	snprintf(digits, sizeof digits, "%lld", value);
	put_string(f, digits);
}

void
fields_bool(struct fields *f, const char *name, bool value)
{
	put_name(f, name);
	put_string(f, value ? "true" : "false");
}

size_t
fields_end(struct fields *f)
{
	if (f->json)
		put_string(f, "}");
	return f->full ? 0 : f->len;
}
