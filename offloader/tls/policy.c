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

/* A certificate with client-certificate options of its own. */
struct exception {
	const struct cert *cert;
	const struct client_auth *auth;
};

struct policy {
	struct policy_parts parts;
	struct rule *rule;		/* the frontend's own first */
	size_t n_rules;
	struct exception *exception;	/* sorted by certificate */
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

/* What a certificate does not say itself, the frontend says for it. */
static int
except(struct policy *p, const struct cert *c, struct err *e)
{
	const struct tls_conf *t = &p->parts.front->tls;
	const struct cert_conf *cc = c->conf;
	const struct rule r = {
		.verify = cc->client_verify != VERIFY_UNSET ?
		    cc->client_verify : t->client_verify,
		.ca_file = cc->client_verify_ca != NULL ?
		    cc->client_verify_ca : t->client_verify_ca
	};
	struct exception *x = &p->exception[p->n_exceptions];

	x->cert = c;
	if ((x->auth = auth_for(p, r, e)) == NULL) {
		err_at(e, conf_where(p->parts.conf, cc,
		    cc->client_verify_ca != NULL ? "client-verify-ca" :
		    "client-verify"));
		return -1;
	}
	p->n_exceptions++;
	return 0;
}

static void
except_all(struct policy *p, const struct cert_set *set,
    struct faults *faults)
{
	struct err e;

	for (size_t i = 0; set != NULL && i < set->n; i++) {
		const struct cert_conf *cc = set->cert[i]->conf;

		if (cc == NULL || (cc->client_verify == VERIFY_UNSET &&
		    cc->client_verify_ca == NULL))
			continue;
		if (except(p, set->cert[i], &e) != 0)
			faults_add(faults, &e);
	}
}

static int
by_cert(const void *va, const void *vb)
{
	const struct exception *a = va, *b = vb;

	return (a->cert > b->cert) - (a->cert < b->cert);
}

static const char *
place_of(const struct policy *p, const struct cert_set *set,
    const struct cert *c)
{
	const void *scope = set == p->parts.own ?
	    (const void *)p->parts.front : (const void *)p->parts.conf;

	return c->conf != NULL ? conf_where(p->parts.conf, c->conf,
	    "pem-file") : conf_where(p->parts.conf, scope, "pem-dir");
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
		    place_of(p, set, a), a->file, b->file,
		    place_of(p, set, b));
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
	except_all(p, parts->own, faults);
	except_all(p, parts->global, faults);
	qsort(p->exception, p->n_exceptions, sizeof *p->exception, by_cert);
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
	const struct exception key = { .cert = c }, *x;

	x = bsearch(&key, p->exception, p->n_exceptions,
	    sizeof *p->exception, by_cert);
	return x != NULL ? x->auth : p->rule[0].auth;
}
