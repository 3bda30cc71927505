/*
 * policy.c - who may come in for which certificate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/policy.h"

/* What was asked for, and what was made of it. */
struct rule {
	unsigned verify;		/* enum client_verify */
	const char *ca_file;		/* borrowed; NULL: none */
	struct client_auth *auth;
};

/* What holds for one certificate, for most of them the frontend's own. */
struct exception {
	const struct cert *cert;
	const struct client_auth *auth;
	const struct cert_conf *conf;	/* who says so; NULL: a folder */
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
make_auth(const struct policy *p, const struct rule *r, struct err *e)
{
	const struct frontend_conf *f = p->parts.front;
	char listener[512];
	struct client_auth_terms terms = {
		.ask = r->verify == VERIFY_OPTIONAL ||
		    r->verify == VERIFY_REQUIRED,
		.require = r->verify == VERIFY_REQUIRED,
		.ca_file = r->ca_file,
		.listener = listener
	};

	/* In a faulty conf it has been said. */
	if (p->parts.conf->faulty && r->ca_file == NULL)
		terms.ask = false;
	if (terms.ask && r->ca_file == NULL) {
		err_set(e, "client-verify needs a client-verify-ca");
		return NULL;
	}
	snprintf(listener, sizeof listener, "%s|%s",
	    f->host != NULL ? f->host : "", f->port != NULL ? f->port : "");
	return client_auth_new(&terms, e);
}

static bool
same_rule(const struct rule *a, const struct rule *b)
{
	if (a->verify != b->verify ||
	    (a->ca_file == NULL) != (b->ca_file == NULL))
		return false;
	return a->ca_file == NULL || strcmp(a->ca_file, b->ca_file) == 0;
}

/* Keeps the rule, unless it has been made before. NULL: a sentence. */
static const struct client_auth *
auth_for(struct policy *p, struct rule r, struct err *e)
{
	struct rule *more;

	for (size_t i = 0; i < p->n_rules; i++)
		if (same_rule(&p->rule[i], &r))
			return p->rule[i].auth;
	more = reallocarray(p->rule, p->n_rules + 1, sizeof *more);
	if (more == NULL) {
		err_set_kind(e, ERR_OS, "out of memory");
		return NULL;
	}
	p->rule = more;
	if ((r.auth = make_auth(p, &r, e)) == NULL)
		return NULL;
	more[p->n_rules++] = r;
	return r.auth;
}

static void
make_common(struct policy *p, struct faults *faults)
{
	const struct tls_conf *t = &p->parts.front->tls;
	const struct rule r = { .verify = t->client_verify,
	    .ca_file = t->client_verify_ca };
	struct err e;

	if (auth_for(p, r, &e) != NULL)
		return;
	err_at(&e, conf_where(p->parts.conf, t, "client-verify-ca"));
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

static bool
says_itself(const struct cert_conf *cc)
{
	return cc != NULL && (cc->client_verify != VERIFY_UNSET ||
	    cc->client_verify_ca != NULL);
}

/* What a certificate does not say itself, the frontend says for it. */
static const struct client_auth *
own_auth(struct policy *p, const struct cert_conf *cc, struct err *e)
{
	const struct tls_conf *t = &p->parts.front->tls;
	const struct rule r = {
		.verify = cc->client_verify != VERIFY_UNSET ?
		    cc->client_verify : t->client_verify,
		.ca_file = cc->client_verify_ca != NULL ?
		    cc->client_verify_ca : t->client_verify_ca
	};
	const struct client_auth *auth = auth_for(p, r, e);

	if (auth == NULL)
		err_at(e, conf_where(p->parts.conf, cc,
		    cc->client_verify_ca != NULL ? "client-verify-ca" :
		    "client-verify"));
	return auth;
}

/* One row for each entry. How many of them say something themselves. */
static size_t
add_all(struct policy *p, const struct cert_set *set, struct faults *faults)
{
	size_t found = 0;
	struct err e;

	for (size_t i = 0; set != NULL && i < set->n; i++) {
		const struct cert_set_entry *entry = &set->entry[i];
		struct exception *x = &p->exception[p->n_exceptions];

		*x = (struct exception){ .cert = entry->cert,
		    .conf = entry->conf, .own = set == p->parts.own,
		    .order = p->n_exceptions };
		if (says_itself(entry->conf)) {
			if ((x->auth = own_auth(p, entry->conf, &e)) == NULL)
				faults_add(faults, &e);
			found++;
		} else if (p->n_rules > 0)
			x->auth = p->rule[0].auth;
		p->n_exceptions++;
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
			err_set(&e, "%s: %s: is named twice, at %s with "
			    "another client-verify or client-verify-ca",
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
	/* Mostly there are none at all. */
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
 * Which of them is shown depends on what the client says of itself, and who
 * may come in must not.
 */
static void
compare_twins(const struct policy *p, const struct cert_set *set,
    struct faults *faults)
{
	struct err e;

	for (size_t i = 0; set != NULL && i < set->n_twins; i++) {
		const struct cert *a = set->twins[i].one;
		const struct cert *b = set->twins[i].other;

		if (policy_of(p, a) == policy_of(p, b))
			continue;
		err_set(&e, "%s: %s: has a name in common with %s (%s), which "
		    "has another client-verify or client-verify-ca",
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
		err_set_kind(&e, ERR_OS, "out of memory");
		faults_add(faults, &e);
		return NULL;
	}
	p->parts = *parts;
	make_common(p, faults);
	except(p, faults);
	if (faults->n == before) {
		compare_twins(p, parts->own, faults);
		compare_twins(p, parts->global, faults);
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
