/*
 * document.c - the option rows as people read them; --help.
 */
#include <string.h>

#include "config/cli.h"
#include "config/document.h"

#define WIDTH	78

void
document_wrap(FILE *out, const char *before, const char *text)
{
	size_t column = 0, len;

	for (; *text != '\0'; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (column > 0 && column + 1 + len > WIDTH) {
			putc('\n', out);
			column = 0;
		}
		if (column == 0)
			column = (size_t)fprintf(out, "%s%.*s", before,
			    (int)len, text);
		else
			column += (size_t)fprintf(out, " %.*s", (int)len, text);
		text += len;
	}
	putc('\n', out);
}

void
document_prose(const struct option_row *o, char *out, size_t size)
{
	snprintf(out, size, "%s%s", o->help, o->restart ?
	    " A change needs a restart." : "");
}

void
document_each(FILE *out, const struct option_part *scope,
    void (*one)(FILE *, const struct option_part *, const struct option_row *))
{
	for (const struct option_part *p = scope; p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++)
			one(out, scope, o);
}

bool
document_is_switch(const struct option_row *o)
{
	return o->no_value && !o->cli_only;
}

static void
help_row(FILE *out, const struct option_part *scope,
    const struct option_row *o)
{
	char text[512];
	size_t n;

	if (!cli_has(scope, o))
		return;
	if (o->group != NULL)
		fprintf(out, "\n%s:\n", o->group);
	if (o->letter != 0)
		fprintf(out, "  -%c, ", o->letter);
	else
		fputs("      ", out);
	fprintf(out, "--%s", o->name);
	if (!o->no_value || document_is_switch(o))
		fprintf(out, o->no_value ? "[=%s]" : "=%s", o->unit);
	document_prose(o, text, sizeof text);
	n = strlen(text);
	if (o->normal != NULL && !o->cli_only)
		snprintf(text + n, sizeof text - n, " Default: %s", o->normal);
	putc('\n', out);
	document_wrap(out, "            ", text);
}

void
document_help(FILE *out)
{
	fputs("usage: offloader [option ...] [PEMFILE ...]\n\n", out);
	document_wrap(out, "", "Terminate TLS and relay the data to a backend. "
	    "The file that --config names may set the same options; see "
	    "offloader.conf(5).");
	document_each(out, conf_scope, help_row);
	fputs("\nFor the --frontend before them:\n", out);
	document_each(out, frontend_scope, help_row);
	fputs("\nFor the --pem-file before them:\n", out);
	document_each(out, cert_scope, help_row);
}
