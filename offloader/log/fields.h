/*
 * fields.h - names and values on one line, in logfmt or JSON.
 *
 * A value may come from a client. It goes through log_escape() first: even
 * after a reader has undone the quoting of logfmt or JSON, it can end neither
 * the line nor its field, nor send anything to a terminal.
 */
#ifndef OFFLOADER_FIELDS_H
#define OFFLOADER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#define FIELDS_VALUE	288	/* one value and a NUL; a longer one is cut */

struct fields {
	char *text;		/* borrowed */
	size_t len, size;
	bool json;
	bool full;		/* the text was too small and is of no use */
};

void fields_begin(struct fields *, char *text, size_t size, bool json);

/* The names are ours: letters, digits, "_" and ".". */
void fields_text(struct fields *, const char *name, const void *bytes,
    size_t len);
void fields_number(struct fields *, const char *name, long long);
void fields_bool(struct fields *, const char *name, bool);

/* Returns the length of the line, without newline and NUL. 0: no room. */
size_t fields_end(struct fields *);

#endif
