/*
 * cert_report.c - warnings about certificates, and a table of them.
 */
#include <limits.h>
#include <string.h>

#include "cert/cert_check.h"
#include "cert/names.h"
#include "log/log.h"
#include "cert/cert_report.h"

/* ------------------------------------------------- warnings ----------- */

static unsigned
new_faults(const struct cert *c, bool fresh, time_t before, time_t now)
{
	unsigned ages = cert_check_time(c, now);

	return fresh ? ages | (c->findings & CERT_FAULTS) :
	    ages & ~cert_check_time(c, before);
}

void
cert_warn(struct cert_load *load, time_t now)
{
	const struct cert_load *last = cert_store_before(load);
	time_t before = last != NULL ? last->warned : 0;
	size_t n[CERT_VERDICTS] = { 0 }, at = 0;
	const struct cert *c;
	char text[256];
	bool fresh;

	while ((c = cert_store_next(load, &at, &fresh)) != NULL) {
		unsigned set = new_faults(c, fresh, before, now);

		for (unsigned v = 0; v < CERT_VERDICTS; v++)
			if ((set & CERT_BIT(v)) && n[v]++ < CERT_WARN_MOST)
				log_warn("%s: %s", c->file, cert_check_say(text,
				    sizeof text, v, c, now));
	}
	for (unsigned v = 0; v < CERT_VERDICTS; v++)
		if (n[v] > CERT_WARN_MOST)
			log_warn("%s", cert_check_say_more(text, sizeof text,
			    v, n[v] - CERT_WARN_MOST));
	load->warned = now;
}

/* ------------------------------------------------- the table ---------- */

enum column { FILE_COLUMN, NAMES, KEY, DAYS, CHAIN, COLUMNS };

#define GAP	2		/* between columns */
#define ESCAPED	4		/* columns that one byte may take */

struct row {
	char file[ESCAPED * PATH_MAX];
	char names[ESCAPED * NAMES_MAX + 32];
	char key[24], days[24];
	const char *cell[COLUMNS];
};

/* Letters; that is what most terminals take a column for. */
static size_t
letters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The text from its n-th letter on. */
static const char *
skip_letters(const char *text, size_t n)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80 && n-- == 0)
			break;
	return text;
}

static void
put_names(char *out, size_t size, const struct cert *c)
{
	char first[ESCAPED * NAMES_MAX];

	if (c->n_names == 0) {
		snprintf(out, size, "-");
		return;
	}
	log_escape(first, sizeof first, c->names[0], strlen(c->names[0]));
	if (c->n_names == 1)
		snprintf(out, size, "%s", first);
	else
		snprintf(out, size, "%s +%zu more", first, c->n_names - 1);
}

static void
fill(struct row *r, const struct cert *c, time_t now)
{
	log_escape(r->file, sizeof r->file, c->file, strlen(c->file));
	put_names(r->names, sizeof r->names, c);
	snprintf(r->key, sizeof r->key, "%s", c->key_alg);
	snprintf(r->days, sizeof r->days, "%ld", cert_check_days(c, now));
	r->cell[FILE_COLUMN] = r->file;
	r->cell[NAMES] = r->names;
	r->cell[KEY] = r->key;
	r->cell[DAYS] = r->days;
	r->cell[CHAIN] = cert_check_chain(c);
}

static const struct row head = { .cell = { "FILE", "NAMES", "KEY", "DAYS",
    "CHAIN" } };

static void
widen(size_t *wide, const struct row *r)
{
	for (int i = 0; i < COLUMNS; i++)
		if (letters(r->cell[i]) > wide[i])
			wide[i] = letters(r->cell[i]);
}

/* Takes from the widest of the two that can be shortened. */
static void
narrow(size_t *wide, size_t width)
{
	size_t all = (COLUMNS - 1) * GAP, room;

	for (int i = 0; i < COLUMNS; i++)
		all += wide[i];
	if (width == 0 || all <= width)
		return;
	room = width - (all - wide[FILE_COLUMN] - wide[NAMES]);
	if (wide[FILE_COLUMN] <= room / 2)
		wide[NAMES] = room - wide[FILE_COLUMN];
	else if (wide[NAMES] <= room / 2)
		wide[FILE_COLUMN] = room - wide[NAMES];
	else {
		wide[NAMES] = room / 2;
		wide[FILE_COLUMN] = room - room / 2;
	}
}

/* A text that is too wide loses its middle: both its ends tell more. */
static void
put_cell(FILE *f, const char *text, size_t wide)
{
	size_t n = letters(text), tail = (wide - 3) / 2;

	if (n <= wide)
		fprintf(f, "%s%*s", text, (int)(wide - n), "");
	else
		fprintf(f, "%.*s...%s", (int)(skip_letters(text,
		    wide - 3 - tail) -
		    text), text, skip_letters(text, n - tail));
}

static void
put_row(FILE *f, const struct row *r, const size_t *wide)
{
	put_cell(f, r->cell[FILE_COLUMN], wide[FILE_COLUMN]);
	fprintf(f, "%*s", GAP, "");
	put_cell(f, r->cell[NAMES], wide[NAMES]);
	fprintf(f, "%*s%-*s%*s%*s%*s%s\n", GAP, "", (int)wide[KEY],
	    r->cell[KEY], GAP, "", (int)wide[DAYS], r->cell[DAYS], GAP, "",
	    r->cell[CHAIN]);
}

void
cert_table_print(FILE *f, const struct cert_load *load, time_t now,
    size_t width)
{
	size_t wide[COLUMNS] = { 0 }, at = 0, n = 0;
	const struct cert *c;
	struct row r;

	for (; (c = cert_store_next(load, &at, NULL)) != NULL; n++) {
		fill(&r, c, now);
		widen(wide, &r);
	}
	if (n == 0)
		return;
	widen(wide, &head);
	narrow(wide, width);
	put_row(f, &head, wide);
	for (at = 0; (c = cert_store_next(load, &at, NULL)) != NULL;) {
		fill(&r, c, now);
		put_row(f, &r, wide);
	}
}
