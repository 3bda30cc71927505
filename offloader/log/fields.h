/*
 * fields.h - names and values on one line, as logfmt or as JSON.
 *
 * A value may be anybody's bytes: it can end neither the line nor its field,
 * nor say anything to a terminal, also when whoever reads the line has undone
 * what its form asks for. So it goes through log_escape() first.
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
	bool full;		/* it was too small: of no use */
};

void fields_begin(struct fields *, char *text, size_t size, bool json);

/* The names are ours: letters, digits, "_" and ".". */
void fields_text(struct fields *, const char *name, const void *bytes,
    size_t len);
void fields_number(struct fields *, const char *name, long long);
void fields_bool(struct fields *, const char *name, bool);

/* The length of the line, without an end and without a NUL. 0: no room. */
size_t fields_end(struct fields *);

#endif
