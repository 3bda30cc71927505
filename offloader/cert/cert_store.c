/*
 * cert_store.c - every certificate in use, through all reloads.
 *
 * The entries stand close together, apart from the certificates: they are
 * written to at each load, and retiring workers keep copies of such pages.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keys/key_uri.h"
#include "cert/cert_store.h"

#define NOWHERE		UINT32_MAX

struct entry {
	struct cert *cert;
	struct file_id stamp, key_stamp;
	unsigned long first, last;	/* loads that it was given to */
	uint32_t hash;
	bool replaced;			/* not found any more */
	bool insecure;			/* its key can be read by others */
};

TAILQ_HEAD(cert_loads, cert_load);

struct cert_store {
	struct chains *chains;
	struct keyring *ring;		/* borrowed */
	uint32_t last_key;		/* number of a key */
	struct progress *progress;	/* borrowed, or NULL */
	struct cert_loads loads;
	unsigned long count;		/* of all loads there were */
	struct entry *entry;
	size_t n, room;
	uint32_t *slot;			/* entries by hash; NOWHERE: empty */
	size_t mask;			/* slots, a power of two, - 1 */
};

struct cert_store *
cert_store_new(struct keyring *ring)
{
	struct cert_store *s = calloc(1, sizeof *s);

	if (s == NULL || (s->chains = chains_new()) == NULL) {
		free(s);
		return NULL;
	}
	s->ring = ring;
	TAILQ_INIT(&s->loads);
	return s;
}

void
cert_store_free(struct cert_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		cert_free(s->entry[i].cert);
	free(s->entry);
	free(s->slot);
	chains_free(s->chains);
	free(s);
}

/* ------------------------------------------------- found by name ------- */

/* FNV-1a, both names with their NULs. */
static uint32_t
hash_of(const char *file, const char *key_file)
{
	uint32_t h = 2166136261u;

	do
		h = (h ^ (unsigned char)*file) * 16777619u;
	while (*file++ != '\0');
	for (; key_file != NULL && *key_file != '\0'; key_file++)
		h = (h ^ (unsigned char)*key_file) * 16777619u;
	return h;
}

static bool
is_named(const struct cert *c, const char *file, const char *key_file)
{
	if (strcmp(c->file, file) != 0 ||
	    (c->key_file == NULL) != (key_file == NULL))
		return false;
	return key_file == NULL || strcmp(c->key_file, key_file) == 0;
}

static uint32_t *
look_up(const struct cert_store *s, uint32_t hash, const char *file,
    const char *key_file)
{
	for (size_t i = hash & s->mask;; i = (i + 1) & s->mask) {
		const struct entry *x = &s->entry[s->slot[i]];

		if (s->slot[i] == NOWHERE || (x->hash == hash &&
		    is_named(x->cert, file, key_file)))
			return &s->slot[i];
	}
}

static void
index_all(struct cert_store *s)
{
	for (size_t i = 0; i <= s->mask; i++)
		s->slot[i] = NOWHERE;
	for (size_t i = 0; i < s->n; i++) {
		const struct entry *x = &s->entry[i];

		if (!x->replaced)
			*look_up(s, x->hash, x->cert->file,
			    x->cert->key_file) = (uint32_t)i;
	}
}

/* Makes room for one more. */
static int
grow(struct cert_store *s)
{
	size_t room = s->room > 0 ? 2 * s->room : 8;
	struct entry *entry;
	uint32_t *slot;

	if (s->n < s->room)
		return 0;
	if (room > NOWHERE / 4 || (entry = reallocarray(s->entry, room,
	    sizeof *entry)) == NULL)
		return -1;
	s->entry = entry;
	if ((slot = reallocarray(s->slot, 2 * room, sizeof *slot)) == NULL)
		return -1;
	s->slot = slot;
	s->room = room;
	s->mask = 2 * room - 1;
	index_all(s);
	return 0;
}

/* ------------------------------------------------- loads --------------- */

void
cert_store_begin(struct cert_store *s, struct cert_load *load)
{
	*load = (struct cert_load){ .store = s, .number = ++s->count };
	TAILQ_INSERT_TAIL(&s->loads, load, entry);
}

static bool
is_held(const struct cert_store *s, const struct entry *x)
{
	const struct cert_load *load;

	TAILQ_FOREACH(load, &s->loads, entry)
		if (load->number >= x->first && load->number <= x->last)
			return true;
	return false;
}

void
cert_store_end(struct cert_load *load)
{
	struct cert_store *s = load->store;
	size_t n = 0;

	if (s == NULL)
		return;
	TAILQ_REMOVE(&s->loads, load, entry);
	for (size_t i = 0; i < s->n; i++)
		if (is_held(s, &s->entry[i]))
			s->entry[n++] = s->entry[i];
		else
			cert_free(s->entry[i].cert);
	if (n == s->n)
		return;
	s->n = n;
	index_all(s);
}

/* ------------------------------------------------- certificates -------- */

/* Reads the files of a new entry. */
static int
read_files(struct cert_store *s, struct entry *x,
    const struct key_source *from, struct cert_load *load, struct err *e)
{
	struct key_reading r;
	uint32_t id = ++s->last_key;

	if (keyring_read(s->ring, id, from, &r, e) != 0) {
		load->skip_reason = r.skip_reason;
		return -1;
	}
	load->skip_reason = PEM_NOT_SKIPPED;
	x->cert = cert_new(s->chains, s->ring, id, &r, from, e);
	if (x->cert == NULL)
		keyring_drop(s->ring, id);
	x->insecure = r.insecure;
	x->stamp = r.pem.stamp;
	x->key_stamp = r.key_stamp;
	key_reading_clear(&r);
	return x->cert != NULL ? 0 : -1;
}

/* What a URI names has no stamp, and is asked for anew at each load. */
static bool
is_as_it_was(const struct entry *x, const struct cert_load *load)
{
	const char *key_file = x->cert->key_file;
	bool settled = x->stamp.settled && (key_file == NULL ||
	    x->key_stamp.settled);

	if (x->insecure && !load->insecure_keys)
		return false;
	if (!settled && x->first != load->number)
		return false;
	return file_id_matches_path(&x->stamp, x->cert->file) && (key_file ==
	    NULL ||
	    key_uri_is(key_file) || file_id_matches_path(&x->key_stamp,
	    key_file));
}

const struct cert *
cert_store_get(struct cert_load *load, const struct key_source *asked,
    struct err *e)
{
	struct cert_store *s = load->store;
	struct key_source from = *asked;
	struct entry new = { .first = load->number, .last = load->number,
	    .hash = hash_of(from.file, from.key_file) };
	uint32_t *slot;

	from.insecure = load->insecure_keys;
	if (grow(s) != 0) {
		err_memory(e, from.file);
		return NULL;
	}
	slot = look_up(s, new.hash, from.file, from.key_file);
	if (*slot != NOWHERE && is_as_it_was(&s->entry[*slot], load)) {
		s->entry[*slot].last = load->number;
		return s->entry[*slot].cert;
	}
	load->reads++;
	if (s->progress != NULL)
		progress_step(s->progress, load->reads);
	if (read_files(s, &new, &from, load, e) != 0)
		return NULL;
	if (*slot != NOWHERE)
		s->entry[*slot].replaced = true;
	*slot = (uint32_t)s->n;
	s->entry[s->n++] = new;
	return new.cert;
}

const struct cert *
cert_store_keep(struct cert_load *load, const struct key_source *from)
{
	struct cert_store *s = load->store;
	uint32_t *slot;

	if (s->n == 0)
		return NULL;
	slot = look_up(s, hash_of(from->file, from->key_file), from->file,
	    from->key_file);
	if (*slot == NOWHERE || (s->entry[*slot].insecure &&
	    !load->insecure_keys))
		return NULL;
	s->entry[*slot].last = load->number;
	return s->entry[*slot].cert;
}

/* ------------------------------------------------- looked over --------- */

const struct cert *
cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	const struct cert_store *s = load->store;

	while (*at < s->n) {
		const struct entry *x = &s->entry[(*at)++];

		if (load->number < x->first || load->number > x->last)
			continue;
		if (fresh != NULL)
			*fresh = x->first == load->number;
		return x->cert;
	}
	return NULL;
}

const struct cert_load *
cert_store_before(const struct cert_load *load)
{
	return TAILQ_PREV(load, cert_loads, entry);
}

void
cert_store_watch(struct cert_store *s, struct progress *progress)
{
	s->progress = progress;
}
