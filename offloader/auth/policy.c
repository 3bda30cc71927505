/*
 * policy.c - which clients are accepted for which certificate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "auth/policy.h"

/* What was asked for, and what was made of it. */
struct rule {
	struct client_conf conf;	/* its texts are borrowed */
	struct client_auth *auth;
};

/* What holds for one certificate, for most of them the frontend's own. */
struct exception {
	const struct cert *cert;
	const struct client_auth *auth;
	const struct cert_conf *conf;	/* where it is set; NULL: a folder */
	bool own;			/* the frontend's entry, not a global */
	size_t order;			/* of the entries, own ones first */
};

struct policy {
	struct policy_parts parts;
	struct rule *rule;		/* the frontend's own first */
	size_t n_rules;
	struct exception *exception;	/* sorted by certificate; or none */
	size_t n_exceptions;
};

static struct client_auth *
make_auth(const struct policy *p, const struct client_conf *asked,
    const char **option, struct err *e)
{
	const struct frontend_conf *f = p->parts.front;
	struct client_conf conf = *asked;
	char listener[512];

	*option = "client-verify";
	/* In a faulty conf it has been said. */
	if (p->parts.conf->faulty && conf.ca == NULL)
		conf.verify = VERIFY_NONE;
	if (conf.verify != VERIFY_NONE && conf.ca == NULL) {
		err_set(e, "client-verify needs a client-verify-ca");
		return NULL;
	}
	snprintf(listener, sizeof listener, "%s|%s",
	    f->host != NULL ? f->host : "", f->port != NULL ? f->port : "");
	return client_auth_new(&conf, listener, option, e);
}

static bool
same_conf(const struct client_conf *a, const struct client_conf *b)
{
	return options_same(client_rows, a, b);
}

/* Makes it, unless it has been made before. NULL: an error message. */
static const struct client_auth *
auth_for(struct policy *p, const struct client_conf *conf,
    const char **option, struct err *e)
{
	struct rule *more;

	for (size_t i = 0; i < p->n_rules; i++)
		if (same_conf(&p->rule[i].conf, conf))
			return p->rule[i].auth;
	*option = "client-verify";
	more = array_grow(p->rule, p->n_rules, sizeof *more);
	if (more == NULL) {
		err_memory(e, NULL);
		return NULL;
	}
	p->rule = more;
	more += p->n_rules;
	more->conf = *conf;
	if ((more->auth = make_auth(p, conf, option, e)) == NULL)
		return NULL;
	p->n_rules++;
	return more->auth;
}

static void
make_common(struct policy *p, struct faults *faults)
{
	const struct frontend_conf *f = p->parts.front;
	const char *option;
	struct err e;

	if (auth_for(p, &f->client, &option, &e) != NULL)
		return;
	err_at(&e, conf_where(p->parts.conf, f, option));
	faults_add(faults, &e);
}

static int
by_cert(const void *va, const void *vb)
{
	const struct exception *a = va, *b = vb;

	return (a->cert > b->cert) - (a->cert < b->cert);
}

/* The same, and entries of one certificate as they came. */
static int
by_cert_and_order(const void *va, const void *vb)
{
	const struct exception *a = va, *b = vb;
	int r = by_cert(a, b);

	return r != 0 ? r : (a->order > b->order) - (a->order < b->order);
}

/* Where there are exceptions, each certificate is among them. */
static const struct exception *
find(const struct policy *p, const struct cert *c)
{
	const struct exception key = { .cert = c };

	return bsearch(&key, p->exception, p->n_exceptions,
	    sizeof *p->exception, by_cert);
}

/* What a certificate does not say itself, the frontend says for it. */
static const struct client_auth *
auth_by(struct policy *p, const struct cert_conf *cc, struct faults *faults)
{
	const struct client_conf *common = &p->parts.front->client;
	const struct client_conf conf = conf_client(p->parts.conf, common, cc);
	const struct client_auth *auth;
	const char *option;
	struct err e;

	/* If that could not be made, it has been said. */
	if (same_conf(&conf, common))
		return p->n_rules > 0 ? p->rule[0].auth : NULL;
	if ((auth = auth_for(p, &conf, &option, &e)) == NULL) {
		err_at(&e, conf_where(p->parts.conf, cc, option));
		faults_add(faults, &e);
	}
	return auth;
}

/* One row for each entry. How many of them are not as the frontend says. */
static size_t
add_all(struct policy *p, const struct cert_set *set, struct faults *faults)
{
	size_t found = 0;

	for (size_t i = 0; set != NULL && i < set->n; i++) {
		const struct cert_set_entry *entry = &set->entry[i];
		struct exception *x = &p->exception[p->n_exceptions];

		*x = (struct exception){ .cert = entry->cert,
		    .conf = entry->conf, .own = set == p->parts.own,
		    .order = p->n_exceptions++ };
		x->auth = auth_by(p, entry->conf, faults);
		if (p->n_rules > 0 && x->auth != p->rule[0].auth)
			found++;
	}
	return found;
}

static const char *
place_of(const struct policy *p, const struct exception *x)
{
	const struct conf *conf = p->parts.conf;

	if (x->conf != NULL)
		return conf_where(conf, x->conf, "pem-file");
	return conf_where(conf, x->own ? (const void *)p->parts.front :
	    (const void *)conf, "pem-dir");
}

/*
 * A file may be named more than once, and is one certificate all the same. The
 * frontend's own entry counts; two of them that differ are a fault.
 */
static void
join(struct policy *p, struct faults *faults)
{
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < p->n_exceptions; i++) {
		const struct exception *x = &p->exception[i], *last;

		last = n > 0 ? &p->exception[n - 1] : NULL;
		if (last == NULL || last->cert != x->cert)
			p->exception[n++] = *x;
		else if (last->own == x->own && last->auth != x->auth) {
			err_set(&e, "%s: %s: configured twice, with other "
			    "client certificate options at %s",
			    place_of(p, x), x->cert->file, place_of(p, last));
			faults_add(faults, &e);
		}
	}
	p->n_exceptions = n;
}

static void
except(struct policy *p, struct faults *faults)
{
	size_t found = add_all(p, p->parts.own, faults);

	found += add_all(p, p->parts.global, faults);
	/* Usually there are no exceptions. */
	if (found == 0) {
		free(p->exception);
		p->exception = NULL;
		p->n_exceptions = 0;
		return;
	}
	qsort(p->exception, p->n_exceptions, sizeof *p->exception,
	    by_cert_and_order);
	join(p, faults);
}

/*
 * The client influences which of them it gets. It must not influence which
 * clients are accepted.
 */
static void
compare_overlaps(const struct policy *p, const struct cert_set *set,
    struct faults *faults)
{
	struct err e;

	for (size_t i = 0; set != NULL && i < set->n_overlaps; i++) {
		const struct cert *a = set->overlaps[i].one;
		const struct cert *b = set->overlaps[i].other;

		if (policy_of(p, a) == policy_of(p, b))
			continue;
		err_set(&e, "%s: %s: shares a name with %s (%s), but has "
		    "other client certificate options",
		    place_of(p, find(p, a)), a->file, b->file,
		    place_of(p, find(p, b)));
		faults_add(faults, &e);
	}
}

struct policy *
policy_new(const struct policy_parts *parts, struct faults *faults)
{
	struct policy *p = calloc(1, sizeof *p);
	size_t most = parts->own->n +
	    (parts->global != NULL ? parts->global->n : 0);
	unsigned before = faults->n;
	struct err e;

	if (p == NULL ||
	    (p->exception = calloc(most + 1, sizeof *p->exception)) == NULL) {
		free(p);
		err_memory(&e, NULL);
		faults_add(faults, &e);
		return NULL;
	}
	p->parts = *parts;
	make_common(p, faults);
	except(p, faults);
	if (faults->n == before) {
		compare_overlaps(p, parts->own, faults);
		compare_overlaps(p, parts->global, faults);
	}
	if (faults->n == before)
		return p;
	policy_free(p);
	return NULL;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_rules; i++)
		client_auth_free(p->rule[i].auth);
	free(p->rule);
	free(p->exception);
	free(p);
}

const struct client_auth *
policy_of_front(const struct policy *p)
{
	return p->rule[0].auth;
}

const struct client_auth *
policy_of(const struct policy *p, const struct cert *c)
{
	return p->n_exceptions > 0 ? find(p, c)->auth : p->rule[0].auth;
}
