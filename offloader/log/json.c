/*
 * json.c - JSON text, written to a stream.
 */
#include <string.h>

#include "log/log.h"
#include "log/json.h"

void
json_string(const char *text, FILE *out)
{
	char clean[2048];

	putc('"', out);
	/* No control byte is left by it, and whole letters only. */
	log_escape(clean, sizeof clean, text, strlen(text));
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', out);
		putc(*c, out);
	}
	putc('"', out);
}
