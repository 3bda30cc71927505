/*
 * cert_set.c - the certificates of one scope: a frontend's own, or the global.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cert/pem_dir.h"
#include "log/log.h"
#include "cert/cert_set.h"

/* So that policy.c can see whether the same clients may come to both. */
static int
remember(struct cert_set *set, const struct cert *one,
    const struct cert *other)
{
	const struct overlap *last;
	struct overlap *more;

	/* Usually they have all their names in common. */
	if (set->n_overlaps > 0) {
		last = &set->overlaps[set->n_overlaps - 1];
		if (last->one == one && last->other == other)
			return 0;
	}
	more = array_grow(set->overlaps, set->n_overlaps, sizeof *more);
	if (more == NULL)
		return -1;
	set->overlaps = more;
	more[set->n_overlaps++] = (struct overlap){ one, other };
	return 0;
}

static int
index_name(struct cert_set *set, const struct cert *c, const char *name)
{
	const struct cert *other = NULL;
	char text[NAMES_MAX + 8];

	log_escape(text, sizeof text, name, strlen(name));
	switch (names_add(set->names, name, strlen(name), c, &other)) {
	case NAMES_NEW:
		return 0;
	case NAMES_BESIDE:
		return remember(set, c, other);
	case NAMES_AGAIN:
		log_warn("%s: \"%s\" is also in %s; this one is shown",
		    c->file, text, other->file);
		return remember(set, c, other);
	case NAMES_UNUSABLE:
		log_warn("%s: \"%s\" matches no client's request", c->file,
		    text);
		return 0;
	case NAMES_NO_MEMORY:
		break;
	}
	return -1;
}

/*
 * When all have been loaded: names and certificates apart from each other, for
 * names end with their generation, and a page that is written to is a copy.
 */
static int
index_names(struct cert_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct cert *c = set->entry[i].cert;

		for (size_t k = 0; k < c->n_names; k++)
			if (index_name(set, c, c->names[k]) != 0)
				return -1;
	}
	return 0;
}

static int
add_cert(struct cert_set *set, const struct cert *c,
    const struct cert_conf *conf)
{
	struct cert_set_entry *more = array_grow(set->entry, set->n,
	    sizeof *more);

	if (more == NULL)
		return -1;
	set->entry = more;
	more[set->n++] = (struct cert_set_entry){ c, conf };
	return 0;
}

static int
load_one(struct cert_set *set, struct cert_load *load,
    const struct key_source *from, const struct cert_conf *conf,
    struct err *e)
{
	const struct cert *c = cert_store_get(load, from, e);

	if (c == NULL)
		return -1;
	return add_cert(set, c, conf) == 0 ? 0 :
	    err_memory(e, from->file);
}

/* One of a folder could not be loaded. -1: it is a fault. */
static int
make_do(struct cert_set *set, struct cert_load *load,
    const struct cert_scope *s, const struct key_source *from,
    const struct err *why)
{
	const struct cert *before = cert_store_keep(load, from);
	char name[512];

	if (before != NULL && add_cert(set, before, NULL) == 0) {
		log_error("%s; the one that was read before is still shown",
		    why->text);
		return 0;
	}
	log_escape(name, sizeof name, from->file, strlen(from->file));
	switch (load->skip_reason) {
	case PEM_FOREIGN:
		log_info("%s skipped: it contains no certificate", name);
		return 0;
	case PEM_UNFINISHED:
		log_warn("%s skipped: the file is incomplete", name);
		return 0;
	case PEM_NOT_SKIPPED:
		break;
	}
	if (cert_store_before(load) == NULL && !s->pem_dir_lenient)
		return -1;
	log_error("%s; left out", why->text);
	return 0;
}

static int
load_dir(struct cert_set *set, struct cert_load *load,
    const struct cert_scope *s, const char *where, struct faults *faults)
{
	struct pem_dir d;
	struct err e;
	int r = 0;

	if (pem_dir_read(&d, s->pem_dir, s->pem_dir_glob, &e) != 0) {
		err_at(&e, where);
		return faults_add(faults, &e);
	}
	for (size_t i = 0; i < d.n; i++) {
		const struct key_source from = { .file = d.pair[i].pem,
		    .key_file = d.pair[i].key,
		    .passphrase_file = s->passphrase_file };

		if (load_one(set, load, &from, NULL, &e) == 0)
			continue;
		err_at(&e, where);
		if (make_do(set, load, s, &from, &e) != 0)
			r = faults_add(faults, &e);
	}
	pem_dir_clear(&d);
	return r;
}

static struct key_source
source_of(const struct cert_conf *c, const struct cert_scope *s)
{
	return (struct key_source){ .file = c->pem_file,
	    .key_file = c->private_key,
	    .passphrase_file = c->key_passphrase_file != NULL ?
	    c->key_passphrase_file : s->passphrase_file };
}

int
cert_set_load(struct cert_set *set, struct cert_load *load,
    const struct conf *conf, const struct cert_scope *s,
    struct faults *faults)
{
	struct err e;
	int r = 0;

	*set = (struct cert_set){ .names = names_new() };
	if (set->names == NULL) {
		err_memory(&e, NULL);
		return faults_add(faults, &e);
	}
	for (size_t i = 0; i < s->certs->n; i++) {
		const struct cert_conf *c = &s->certs->cert[i];
		const struct key_source from = source_of(c, s);

		/* Only in a faulty conf, where it has been said. */
		if (c->pem_file == NULL)
			continue;
		if (load_one(set, load, &from, c, &e) != 0) {
			err_at(&e, conf_where(conf, c, "pem-file"));
			r = faults_add(faults, &e);
		}
	}
	if (s->pem_dir != NULL && load_dir(set, load, s,
	    conf_where(conf, s->scope, "pem-dir"), faults) != 0)
		r = -1;
	if (index_names(set) == 0)
		return r;
	err_memory(&e, NULL);
	return faults_add(faults, &e);
}

void
cert_set_clear(struct cert_set *set)
{
	free(set->entry);
	names_free(set->names);
	free(set->overlaps);
	*set = (struct cert_set){ 0 };
}
