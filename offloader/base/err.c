/*
 * err.c - error messages for the person who must act.
 */
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"

int
err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	e->kind = ERR_CONFIG;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_set_kind(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	e->kind = kind;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_memory(struct err *e, const char *what)
{
	return err_set_kind(e, ERR_OS, "%s%sout of memory",
	    what != NULL ? what : "", what != NULL ? ": " : "");
}

int
err_at(struct err *e, const char *place)
{
	char old[sizeof e->text];

	memcpy(old, e->text, sizeof old);
	/* A message that is too long loses its end, never the place. */
	if (snprintf(e->text, sizeof e->text, "%s: %s", place, old) < 0)
		e->text[0] = '\0';
	return -1;
}

int
err_exit_status(const struct err *e)
{
	switch (e->kind) {
	case ERR_CONFIG:	return EX_CONFIG;
	case ERR_USAGE:		return EX_USAGE;
	case ERR_NO_FILE:	return EX_NOINPUT;
	case ERR_BIND:		return EX_UNAVAILABLE;
	case ERR_OS:		break;
	}
	return EX_OSERR;
}

int
faults_add(struct faults *f, const struct err *e)
{
	if (f->n++ == 0)
		f->first = *e;
	if (f->held != NULL)
		fwrite(e->text, 1, strlen(e->text) + 1, f->held);
	else
		f->say(e->text);
	return -1;
}
