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

#include "base/text.h"
#include "keys/key.h"
#include "keys/key_uri.h"
#include "cert/cert_store.h"

#define MAX_CHAIN	32	/* certificates in one file */
#define NOWHERE		UINT32_MAX

struct entry {
	struct cert *cert;
	struct stamp stamp, key_stamp;
	unsigned long first, last;	/* loads that it was given to */
	uint32_t hash;
	bool replaced;			/* not found any more */
	bool loose;			/* its key can be read by others */
};

TAILQ_HEAD(cert_loads, cert_load);

struct cert_store {
	struct chains *chains;
	struct progress *progress;	/* borrowed, or NULL */
	struct cert_loads loads;
	unsigned long count;		/* of all loads there were */
	struct entry *entry;
	size_t n, room;
	uint32_t *slot;			/* entries by hash; NOWHERE: empty */
	size_t mask;			/* slots, a power of two, - 1 */
};

struct cert_store *
cert_store_new(void)
{
	struct cert_store *s = calloc(1, sizeof *s);

	if (s == NULL || (s->chains = chains_new()) == NULL) {
		free(s);
		return NULL;
	}
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

static const char *
key_name(const struct cert_source *from)
{
	return from->key_file != NULL ? from->key_file : from->file;
}

/* Makes the certificate of what was read of its files. */
static void
make(struct cert_store *s, struct entry *x, const struct pem *p,
    struct pem_block *block, const struct cert_source *from, bool loose,
    struct err *e)
{
	struct passphrase word = { .file = from->passphrase_file,
	    .loose = loose };
	EVP_PKEY *key = block != NULL ?
	    key_open(block, key_name(from), &word, e) :
	    key_uri_open(from->key_file, &word, e);

	if (key != NULL)
		x->cert = cert_new(s->chains, p, from, key, block, e);
	EVP_PKEY_free(key);
}

/* Reads the files of a new entry. */
static int
read_files(struct cert_store *s, struct entry *x,
    const struct cert_source *from, bool loose, struct err *e)
{
	struct pem p, k = { 0 };
	bool apart = from->key_file != NULL, uri = apart &&
	    key_uri_is(from->key_file);

	if (pem_read(&p, from->file, MAX_CHAIN, e) != 0)
		return -1;
	if (!apart || uri || pem_read_key(&k, from->key_file, e) == 0) {
		x->loose = uri ? false : apart ? k.loose : p.loose;
		if (x->loose && !loose)
			text_no_secret(key_name(from), e);
		else
			make(s, x, &p, uri ? NULL : apart ? &k.key : &p.key,
			    from, loose, e);
	}
	x->stamp = p.stamp;
	x->key_stamp = k.stamp;
	pem_clear(&p);
	pem_clear(&k);
	return x->cert != NULL ? 0 : -1;
}

/* What a URI names has no stamp, and is asked for anew at each load. */
static bool
is_as_it_was(const struct entry *x, const struct cert_load *load)
{
	const char *key_file = x->cert->key_file;
	bool settled = x->stamp.settled && (key_file == NULL ||
	    x->key_stamp.settled);

	if (x->loose && !load->loose_keys)
		return false;
	if (!settled && x->first != load->number)
		return false;
	return stamp_holds_at(&x->stamp, x->cert->file) && (key_file == NULL ||
	    key_uri_is(key_file) || stamp_holds_at(&x->key_stamp, key_file));
}

const struct cert *
cert_store_get(struct cert_load *load, const struct cert_source *from,
    struct err *e)
{
	struct cert_store *s = load->store;
	struct entry new = { .first = load->number, .last = load->number,
	    .hash = hash_of(from->file, from->key_file) };
	uint32_t *slot;

	if (grow(s) != 0) {
		err_set_kind(e, ERR_OS, "%s: out of memory", from->file);
		return NULL;
	}
	slot = look_up(s, new.hash, from->file, from->key_file);
	if (*slot != NOWHERE && is_as_it_was(&s->entry[*slot], load)) {
		s->entry[*slot].last = load->number;
		return s->entry[*slot].cert;
	}
	load->reads++;
	if (s->progress != NULL)
		progress_step(s->progress, load->reads);
	if (read_files(s, &new, from, load->loose_keys, e) != 0)
		return NULL;
	if (*slot != NOWHERE)
		s->entry[*slot].replaced = true;
	*slot = (uint32_t)s->n;
	s->entry[s->n++] = new;
	return new.cert;
}

const struct cert *
cert_store_keep(struct cert_load *load, const struct cert_source *from)
{
	struct cert_store *s = load->store;
	uint32_t *slot;

	if (s->n == 0)
		return NULL;
	slot = look_up(s, hash_of(from->file, from->key_file), from->file,
	    from->key_file);
	if (*slot == NOWHERE || (s->entry[*slot].loose && !load->loose_keys))
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
