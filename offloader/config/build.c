/*
 * build.c - puts a conf together, value by value.
 *
 * Of each value it remembers the place; nothing else tells a value that was
 * set from a default.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "config/build.h"

struct conf_origin {
	struct spot spot;
	const char *option;	/* the row's own name */
	char *where;
	size_t nth;		/* of two for one option the later counts */
};

void
build_no_memory(struct build *b)
{
	diagnostics_add(b->diagnostics, ERR_OS, PLACE_WHOLE, "configuration",
	    "out of memory");
}

/* Adds a zeroed item, and returns it. */
static void *
one_more(void *arrayp, size_t *n, size_t size)
{
	void **array = arrayp, *grown = array_grow(*array, *n, size);

	if (grown == NULL)
		return NULL;
	*array = grown;
	return memset((char *)grown + size * (*n)++, 0, size);
}

const struct option_part *
spot_scope(struct spot s)
{
	if (s.cert != 0)
		return cert_scope;
	return s.front != 0 ? frontend_scope : conf_scope;
}

static struct certs_conf *
certs_of(struct conf *c, unsigned front)
{
	return front != 0 ? &c->fronts[front - 1].certs : &c->certs;
}

void *
spot_target(struct conf *c, struct spot s)
{
	if (s.cert != 0)
		return &certs_of(c, s.front)->cert[s.cert - 1];
	return s.front != 0 ? (void *)&c->fronts[s.front - 1] : c;
}

static void
remember(struct build *b, struct spot s, const struct option_row *o,
    const char *where)
{
	struct conf *c = b->conf;
	size_t nth = c->n_origins;
	struct conf_origin *new;

	new = one_more(&c->origins, &c->n_origins, sizeof *c->origins);
	if (new == NULL)
		goto fail;
	new->spot = s;
	new->option = o->name;
	new->nth = nth;
	if ((new->where = strdup(where)) != NULL)
		return;
	c->n_origins--;
 fail:
	build_no_memory(b);
}

char *
build_credential(const char *name)
{
	const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (*name == '\0' || *name == '/' || dir == NULL || *dir != '/' ||
	    access(name, F_OK) == 0)
		return NULL;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

void
build_set(struct build *b, struct spot s, const struct option_row *o,
    const char *text, const struct place *at)
{
	char *found = o->credential ? build_credential(text) : NULL;
	struct err e;
	size_t offset = 0;

	option_look(spot_scope(s), o->name, &offset);
	/* Empty in a block: taken from around it; but a list may be empty. */
	if (*text == '\0' && offset != 0 && (s.front != 0 || s.cert != 0) &&
	    (o->kind != OPTION_WORDS || o->repeats))
		return;
	if (option_set(o, (char *)spot_target(b->conf, s) + offset,
	    found != NULL ? found : text, &e) != 0)
		diagnostics_add(b->diagnostics,
		    at->order == PLACE_CLI ? ERR_USAGE : e.kind, at->order,
		    at->where, "%s", e.text);
	else
		remember(b, s, o, at->where);
	free(found);
}

bool
build_add(struct build *b, struct spot s, const struct option_row *section,
    struct spot *added)
{
	struct conf *c = b->conf;
	struct certs_conf *certs = certs_of(c, s.front);
	struct frontend_conf *f;
	struct err e;

	if (section->inside == cert_scope) {
		if (one_more(&certs->cert, &certs->n, sizeof *certs->cert)) {
			*added = (struct spot){ s.front, (unsigned)certs->n };
			return true;
		}
	} else {
		f = one_more(&c->fronts, &c->n_fronts, sizeof *c->fronts);
		if (f != NULL && option_defaults(frontend_rows, f, &e) == 0) {
			*added = (struct spot){ (unsigned)c->n_fronts, 0 };
			return true;
		}
	}
	build_no_memory(b);
	return false;
}

static int
by_spot(const void *a, const void *b)
{
	const struct conf_origin *x = a, *y = b;

	if (x->spot.front != y->spot.front)
		return x->spot.front < y->spot.front ? -1 : 1;
	if (x->spot.cert != y->spot.cert)
		return x->spot.cert < y->spot.cert ? -1 : 1;
	return strcmp(x->option, y->option);
}

static int
by_spot_and_age(const void *a, const void *b)
{
	const struct conf_origin *x = a, *y = b;
	int r = by_spot(a, b);

	return r != 0 ? r : x->nth < y->nth ? -1 : x->nth > y->nth;
}

void
build_sort(struct build *b)
{
	struct conf *c = b->conf;

	if (c->n_origins > 0)
		qsort(c->origins, c->n_origins, sizeof *c->origins,
		    by_spot_and_age);
	c->n_sorted = c->n_origins;
}

/* The last one said, or NULL. */
static const struct conf_origin *
origin(const struct conf *c, struct spot s, const char *option)
{
	const struct conf_origin key = { .spot = s, .option = option };
	const struct conf_origin *o, *sorted_end;

	for (size_t i = c->n_origins; i > c->n_sorted; i--)
		if (by_spot(&c->origins[i - 1], &key) == 0)
			return &c->origins[i - 1];
	if (c->n_sorted == 0)
		return NULL;
	sorted_end = c->origins + c->n_sorted;
	o = bsearch(&key, c->origins, c->n_sorted, sizeof *o, by_spot);
	while (o != NULL && o + 1 < sorted_end && by_spot(o + 1, &key) == 0)
		o++;
	return o;
}

bool
build_has(const struct conf *c, struct spot s, const struct option_row *o)
{
	return origin(c, s, o->name) != NULL;
}

void
build_forget(struct conf *c)
{
	for (size_t i = 0; i < c->n_origins; i++)
		free(c->origins[i].where);
	free(c->origins);
	c->origins = NULL;
	c->n_origins = c->n_sorted = 0;
}

static bool
within(const void *p, const void *array, size_t n, size_t size)
{
	const uintptr_t at = (uintptr_t)p, begin = (uintptr_t)array;

	return at >= begin && at < begin + n * size;
}

/* Which spot a pointer into a conf means. */
static struct spot
spot_of(const struct conf *c, const void *p)
{
	const struct certs_conf *certs = &c->certs;

	for (unsigned i = 0;; certs = &c->fronts[i++].certs) {
		if (within(p, certs->cert, certs->n, sizeof *certs->cert))
			return (struct spot){ i, 1 + (unsigned)
			    ((const struct cert_conf *)p - certs->cert) };
		if (i == c->n_fronts)
			break;
	}
	if (within(p, c->fronts, c->n_fronts, sizeof *c->fronts))
		return (struct spot){ 1 + (unsigned)(((uintptr_t)p -
		    (uintptr_t)c->fronts) / sizeof *c->fronts), 0 };
	return (struct spot){ 0, 0 };
}

bool
build_says(const struct conf *c, const void *scope, const char *option)
{
	return origin(c, spot_of(c, scope), option) != NULL;
}

const char *
build_where(const struct conf *c, struct spot here, const char *option)
{
	const struct conf_origin *found = NULL;
	const struct option_row *o;
	struct spot s = here;

	for (;;) {
		if ((o = option_look(spot_scope(s), option, NULL)) != NULL)
			found = origin(c, s, o->name);
		if (found != NULL || (s.front == 0 && s.cert == 0))
			break;
		/* An option that a block does not set comes from around it. */
		s = (struct spot){ s.cert != 0 ? s.front : 0, 0 };
	}
	/* An option of blocks only has at least the place of its block. */
	if (found == NULL && option_look(conf_scope, option, NULL) == NULL)
		found = origin(c, here, here.cert != 0 ? "cert" : "address");
	return found != NULL ? found->where : "default";
}

const char *
conf_where(const struct conf *c, const void *scope, const char *option)
{
	return build_where(c, spot_of(c, scope), option);
}
