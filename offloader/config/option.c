/*
 * option.c - one row per thing a user can set.
 *
 * Each kind has a judge. It stores nothing unless the whole text is good, so
 * that a faulty value leaves the one before it in place.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/option.h"

#define WORDS_MAX	64	/* in one list */
#define REPEATS_MAX	4096	/* of an option that may be given many times */

static void *
field(const struct option_row *o, void *target)
{
	return (char *)target + o->offset;
}

static int
no_memory(const struct option_row *o, struct err *e)
{
	return err_memory(e, o->name);
}

/* "none, optional, required" */
static const char *
list_words(const char *const *words, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (; *words != NULL && n < size; words++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    n > 0 ? ", " : "", *words);
	return out;
}

/* Returns 1 + the index of a word, or 0 with a sentence. */
static unsigned
choose(const struct option_row *o, const char *text, struct err *e)
{
	char all[300];
	unsigned i;

	for (i = 0; o->words[i] != NULL; i++)
		if (strcmp(o->words[i], text) == 0)
			return i + 1;
	err_set(e, "%s: \"%s\" is not one of %s", o->name, text,
	    list_words(o->words, all, sizeof all));
	return 0;
}

static int
set_bool(const struct option_row *o, bool *v, const char *text, struct err *e)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false",
	    "true", NULL };

	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcasecmp(text, words[i]) == 0) {
			*v = i % 2 == 1;
			return 0;
		}
	return err_set(e, "%s: \"%s\" is neither on nor off", o->name, text);
}

static int
set_int(const struct option_row *o, int *v, const char *text, struct err *e)
{
	char *end;
	long n;

	/* strtol() would take blanks and a plus sign in front. */
	if (!isdigit((unsigned char)text[*text == '-']))
		return err_set(e, "%s: \"%s\" is not a number", o->name, text);
	errno = 0;
	n = strtol(text, &end, 10);
	if (*end != '\0')
		return err_set(e, "%s: \"%s\" is not a number", o->name, text);
	if (errno != 0 || n < o->min || n > o->max)
		return err_set(e, "%s: %s is not between %ld and %ld", o->name,
		    text, o->min, o->max);
	*v = (int)n;
	return 0;
}

/* Not strtod(): it takes "inf", "0x1p3" and another locale's comma. */
static double
decimal(const char **text)
{
	double n = 0, place = 1;

	for (; isdigit((unsigned char)**text); ++*text)
		n = 10 * n + (**text - '0');
	if (**text == '.' && isdigit((unsigned char)(*text)[1]))
		for (++*text; isdigit((unsigned char)**text); ++*text)
			n += (**text - '0') * (place /= 10);
	return n;
}

static int
set_seconds(const struct option_row *o, double *v, const char *text,
    struct err *e)
{
	static const struct { const char *name; double seconds; } units[] = {
		{ "", 1 }, { "ms", 0.001 }, { "s", 1 }, { "m", 60 },
		{ "h", 3600 }, { "d", 86400 },
	};
	const char *end = text;
	double max, min, n = decimal(&end);
	size_t i;

	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].name) == 0)
			break;
	if (end == text || i == sizeof units / sizeof *units)
		return err_set(e, "%s: \"%s\" is not a time, such as 500ms, "
		    "5s, 2m, 8h or 1d", o->name, text);
	n *= units[i].seconds;
	min = (double)o->min / 1000;
	max = (double)o->max / 1000;
	if (n < min || n > max)
		return err_set(e, "%s: %s is not between %.9g and %.9g "
		    "seconds", o->name, text, min, max);
	*v = n;
	return 0;
}

static int
set_choice(const struct option_row *o, unsigned *v, const char *text,
    struct err *e)
{
	unsigned choice = choose(o, text, e);

	if (choice == 0)
		return -1;
	*v = choice;
	return 0;
}

static int
set_text(const struct option_row *o, char **v, const char *text, struct err *e)
{
	char *copy = NULL;

	if (*text != '\0' && (copy = strdup(text)) == NULL)
		return no_memory(o, e);
	free(*v);
	*v = copy;
	return 0;
}

/* Adds one word, if it may be one of the option's. */
static int
add_word(const struct option_row *o, struct strlist *w, const char *text,
    size_t len, struct err *e)
{
	const size_t most = o->repeats ? REPEATS_MAX : WORDS_MAX;
	char name[32];

	if (o->max > 0 && len > (size_t)o->max)
		return err_set(e, "%s: \"%.40s\"... is longer than %ld bytes",
		    o->name, text, o->max);
	if (w->n == most)
		return err_set(e, "%s: more than %zu values", o->name, most);
	if (strlist_has(w, text, len))
		return err_set(e, "%s: \"%.*s\" is repeated", o->name,
		    (int)len, text);
	snprintf(name, sizeof name, "%.*s", (int)len, text);
	if (o->words != NULL && choose(o, name, e) == 0)
		return -1;
	return strlist_add(w, text, len) == 0 ? 0 : no_memory(o, e);
}

/* Splits at commas and blanks. */
static int
set_words(const struct option_row *o, struct strlist *v, const char *text,
    struct err *e)
{
	static const char between[] = ", \t";
	struct strlist w = { NULL, 0 };
	size_t len;

	for (text += strspn(text, between); *text != '\0';
	    text += len + strspn(text + len, between)) {
		len = strcspn(text, between);
		if (add_word(o, &w, text, len, e) != 0)
			goto fail;
	}
	if (w.n < (size_t)o->min) {
		err_set(e, "%s: needs at least %ld value(s)", o->name, o->min);
		goto fail;
	}
	strlist_free(v);
	*v = w;
	return 0;
 fail:
	strlist_free(&w);
	return -1;
}

/* The word for nothing ("auto", "none"), whatever nothing is for this kind. */
static int
set_zero(const struct option_row *o, void *v)
{
	switch (o->kind) {
	case OPTION_BOOL:	*(bool *)v = false; break;
	case OPTION_INT:	*(int *)v = 0; break;
	case OPTION_SECONDS:	*(double *)v = 0; break;
	case OPTION_CHOICE:	*(unsigned *)v = 0; break;
	case OPTION_TEXT:	free(*(char **)v); *(char **)v = NULL; break;
	case OPTION_WORDS:	strlist_free(v); break;
	case OPTION_SECTION:	break;
	}
	return 0;
}

const struct option_row *
option_find(const struct option_row *o, const char *name)
{
	for (; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0 ||
		    (o->alias != NULL && strcmp(o->alias, name) == 0))
			return o;
	return NULL;
}

const struct option_row *
option_look(const struct option_part *p, const char *name, size_t *offset)
{
	const struct option_row *o;

	for (; p->rows != NULL; p++)
		if ((o = option_find(p->rows, name)) != NULL) {
			if (offset != NULL)
				*offset = p->offset;
			return o;
		}
	return NULL;
}

int
option_set(const struct option_row *o, void *target, const char *text,
    struct err *e)
{
	void *v = field(o, target);

	if (*text == '\0' && o->normal != NULL)
		text = o->normal;
	if (o->zero != NULL && (strcmp(text, o->zero) == 0 ||
	    (o->kind == OPTION_SECONDS && strcmp(text, "0") == 0)))
		return set_zero(o, v);
	switch (o->kind) {
	case OPTION_BOOL:	return set_bool(o, v, text, e);
	case OPTION_INT:	return set_int(o, v, text, e);
	case OPTION_SECONDS:	return set_seconds(o, v, text, e);
	case OPTION_CHOICE:	return set_choice(o, v, text, e);
	case OPTION_TEXT:	return set_text(o, v, text, e);
	case OPTION_WORDS:
		if (!o->repeats)
			return set_words(o, v, text, e);
		if (*text == '\0')
			return 0;
		return add_word(o, v, text, strlen(text), e);
	case OPTION_SECTION:	break;
	}
	return err_set(e, "%s: is a block, not a value", o->name);
}

int
option_defaults(const struct option_row *o, void *target, struct err *e)
{
	for (; o->name != NULL; o++)
		if (o->normal != NULL && o->kind != OPTION_SECTION &&
		    option_set(o, target, o->normal, e) != 0)
			return -1;
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
option_same(const struct option_row *o, const void *one, const void *other)
{
	const void *a = (const char *)one + o->offset;
	const void *b = (const char *)other + o->offset;

	switch (o->kind) {
	case OPTION_BOOL:	return *(const bool *)a == *(const bool *)b;
	case OPTION_SECONDS:	return memcmp(a, b, sizeof(double)) == 0;
	case OPTION_INT:
	case OPTION_CHOICE:	return memcmp(a, b, sizeof(int)) == 0;
	case OPTION_TEXT:
		return same_text(*(char *const *)a, *(char *const *)b);
	case OPTION_WORDS:	return strlist_same(a, b);
	case OPTION_SECTION:	break;
	}
	return false;
}

bool
options_same(const struct option_row *o, const void *a, const void *b)
{
	for (; o->name != NULL; o++)
		if (!option_same(o, a, b))
			return false;
	return true;
}

static size_t
field_size(const struct option_row *o)
{
	switch (o->kind) {
	case OPTION_BOOL:	return sizeof(bool);
	case OPTION_INT:	return sizeof(int);
	case OPTION_SECONDS:	return sizeof(double);
	case OPTION_CHOICE:	return sizeof(unsigned);
	case OPTION_TEXT:	return sizeof(char *);
	case OPTION_WORDS:	return sizeof(struct strlist);
	case OPTION_SECTION:	break;
	}
	return 0;
}

void
option_borrow(const struct option_row *o, void *to, const void *from)
{
	memcpy((char *)to + o->offset, (const char *)from + o->offset,
	    field_size(o));
}

int32_t
option_number(const struct option_row *o, const void *target)
{
	const void *v = (const char *)target + o->offset;

	switch (o->kind) {
	case OPTION_BOOL:	return *(const bool *)v;
	case OPTION_INT:	return *(const int *)v;
	case OPTION_CHOICE:	return (int32_t)*(const unsigned *)v;
	case OPTION_TEXT:	return *(char *const *)v != NULL;
	case OPTION_WORDS:	return ((const struct strlist *)v)->n > 0;
	case OPTION_SECONDS:
	case OPTION_SECTION:	break;
	}
	return 0;
}

int
option_copy_one(const struct option_row *o, void *to, const void *from,
    struct err *e)
{
	void *v = field(o, to);
	const void *old = (const char *)from + o->offset;
	const struct strlist *w = old;

	set_zero(o, v);
	switch (o->kind) {
	case OPTION_BOOL:	*(bool *)v = *(const bool *)old; break;
	case OPTION_INT:	*(int *)v = *(const int *)old; break;
	case OPTION_SECONDS:	*(double *)v = *(const double *)old; break;
	case OPTION_CHOICE:
		*(unsigned *)v = *(const unsigned *)old;
		break;
	case OPTION_TEXT:
		if (*(char *const *)old == NULL)
			break;
		return set_text(o, v, *(char *const *)old, e);
	case OPTION_WORDS:
		for (size_t i = 0; i < w->n; i++)
			if (strlist_add(v, w->word[i], strlen(w->word[i])) != 0)
				return no_memory(o, e);
		break;
	case OPTION_SECTION:	break;
	}
	return 0;
}

void
option_free(const struct option_row *o, void *target)
{
	for (; o->name != NULL; o++)
		if (o->kind == OPTION_TEXT || o->kind == OPTION_WORDS)
			set_zero(o, field(o, target));
}
