/*
 * option.h - one row per thing a user can set.
 *
 * The same row serves the configuration file, the command line, --help, the
 * sample configuration, the manual pages, the completion and the tests. Values
 * are always text until option_set().
 */
#ifndef OFFLOADER_OPTION_H
#define OFFLOADER_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/err.h"

#define OPTION_MAX	128	/* rows that may stand in one scope */

enum option_kind {
	OPTION_BOOL,		/* bool */
	OPTION_INT,		/* int */
	OPTION_SECONDS,		/* double */
	OPTION_CHOICE,		/* unsigned: 1 + place in words, 0 not set */
	OPTION_TEXT,		/* char *, owned by the struct */
	OPTION_WORDS,		/* struct strlist: one value with commas */
	OPTION_SECTION		/* a block of other options; has no field */
};

struct option_part;

struct option_row {
	const char *name;	/* in the file, and after "--" */
	const char *alias;	/* another name for it, or NULL */
	char letter;		/* after "-", or 0 */
	bool repeats;		/* OPTION_WORDS: each use adds one word */
	bool cli_only;		/* --config, --test, --help ... */
	bool credential;	/* OPTION_TEXT: a file; see build.h */
	bool no_value;		/* on the command line: a switch */
	bool restart;		/* a reload cannot change it */
	bool not_policy;	/* client_rows: does not decide who may connect,
				   so sessions may be resumed across it */
	enum option_kind kind;
	size_t offset;		/* of the field it sets */
	const char *normal;	/* default, as the user would write it */
	const char *zero;	/* a word for 0, no text or no words, or NULL */
	long min, max;		/* OPTION_SECONDS: of milliseconds;
				   OPTION_WORDS: least number of words, most
				   bytes in one; OPTION_SECTION: most blocks */
	const char *const *words;	/* the only ones allowed, or NULL */
	const struct option_part *inside; /* OPTION_SECTION: what it has, */
	const char *brief;	/* what of it a value instead of a block sets */
	const char *title;	/* and what a value before a block sets */
	const char *unit;	/* what the value is called in --help */
	const char *example;	/* a value for the sample, without a default */
	const char *group;	/* a heading that begins here, or NULL */
	const char *help;	/* one sentence; also the manual's */
};

/*
 * A scope (the top of the file, a block) is several tables, each for a struct
 * somewhere inside the scope's own. A part without rows ends them.
 */
struct option_part {
	const struct option_row *rows;
	size_t offset;		/* of their struct in the scope's */
};

/* Fills offset and kind from the field itself, so they cannot disagree. */
#define OPTION_FIELD(type, field)					\
	.offset = offsetof(type, field),				\
	.kind = _Generic(((type *)0)->field,				\
	    bool: OPTION_BOOL, int: OPTION_INT, double: OPTION_SECONDS,	\
	    unsigned: OPTION_CHOICE, char *: OPTION_TEXT,		\
	    struct strlist: OPTION_WORDS)

/* Finds a row by name or alias in a table that ends with a NULL name. */
const struct option_row *option_find(const struct option_row *, const char *);

/* The same in a scope; *offset (if not NULL) is where the row's struct is. */
const struct option_row *option_look(const struct option_part *,
    const char *name, size_t *offset);

/*
 * Judges a text and stores its value. -1: an error message that names the
 * option, and the field is as it was. An empty text is the default again.
 */
int option_set(const struct option_row *, void *target, const char *text,
    struct err *);

/* Sets every field that has a default. */
int option_defaults(const struct option_row *, void *target, struct err *);

/* Whether two fields of the same row hold the same. Not for sections. */
bool option_same(const struct option_row *, const void *, const void *);

/* The same for all rows of a table. */
bool options_same(const struct option_row *, const void *, const void *);

/* Makes one field borrow what another one of the same row holds. */
void option_borrow(const struct option_row *, void *to, const void *from);

/* What a number, boolean or choice is; 1 or 0: a text or list is set or not. */
int32_t option_number(const struct option_row *, const void *);

/* Copies one field to another target of its type, deeply. */
int option_copy_one(const struct option_row *, void *to, const void *from,
    struct err *);

/* Frees what the fields own and leaves them empty. */
void option_free(const struct option_row *, void *target);

#endif
