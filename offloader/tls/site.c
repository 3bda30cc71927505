/*
 * site.c - a frontend ready to serve: which certificate, under which policy.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tls/client_auth.h"
#include "tls/context.h"
#include "tls/ticket.h"
#include "tls/site.h"

/* A certificate with client-certificate options of its own. */
struct exception {
	const struct cert *cert;
	struct client_auth *auth;
};

struct site {
	const struct frontend_conf *front;	/* borrowed */
	const struct cert_set *global;		/* borrowed; NULL: not for us */
	struct cert_set own;
	const struct cert *fallback;
	SSL_CTX *ctx;
	struct alpn alpn;
	struct client_auth *auth;
	struct exception *exception;
	size_t n_exceptions;
};

/*
 * The name in a server_name extension (RFC 6066 section 3). What cannot be
 * parsed is no name here: OpenSSL will look at it itself, and send the alert.
 */
static size_t
parse_sni(const unsigned char *ext, size_t len, const unsigned char **name)
{
	size_t n;

	if (len < 5 || (size_t)(ext[0] << 8 | ext[1]) != len - 2 ||
	    ext[2] != TLSEXT_NAMETYPE_host_name)
		return 0;
	n = (size_t)(ext[3] << 8 | ext[4]);
	if (n != len - 5 || n > TLSEXT_MAXLEN_host_name ||
	    memchr(ext + 5, '\0', n) != NULL)
		return 0;
	*name = ext + 5;
	return n;
}

static const struct cert *
find(const struct site *s, const char *name, size_t len)
{
	const struct cert *c = names_find(s->own.names, name, len);

	if (c == NULL && s->global != NULL)
		c = names_find(s->global->names, name, len);
	return c;
}

static const struct client_auth *
auth_of(const struct site *s, const struct cert *c)
{
	for (size_t i = 0; i < s->n_exceptions; i++)
		if (s->exception[i].cert == c)
			return s->exception[i].auth;
	return s->auth;
}

/* Makes the session what the choice asks for, where it is not so already. */
static int
adopt(const struct site *s, SSL *ssl, const struct cert *c)
{
	const struct client_auth *auth = auth_of(s, c);

	if (c != s->fallback && cert_show(c, ssl) != 0)
		return -1;
	return auth == s->auth ? 0 : client_auth_for_one(auth, ssl);
}

/* Chooses by name. NULL: the client must be sent away. */
static const struct cert *
choose(const struct site *s, const char *name)
{
	const struct cert *c;

	if (name == NULL)
		return s->fallback;
	c = find(s, name, strlen(name));
	return c == NULL && !s->front->tls.sni_nomatch_abort ? s->fallback : c;
}

static int
send_away(int *alert, int why)
{
	*alert = why;
	return SSL_CLIENT_HELLO_ERROR;
}

/*
 * After a HelloRetryRequest the same hello comes again (RFC 8446 4.1.2). With
 * another name in it, it would be a way around the policy of the first.
 */
static int
same_again(const struct site_choice *choice, const char *name, int *alert)
{
	bool same = name == NULL ? choice->sni == NULL :
	    choice->sni != NULL && strcmp(name, choice->sni) == 0;

	return same ? SSL_CLIENT_HELLO_SUCCESS :
	    send_away(alert, SSL_AD_ILLEGAL_PARAMETER);
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	const struct site *s = arg;
	struct site_choice *choice = SSL_get_app_data(ssl);
	const unsigned char *ext, *text;
	char name[TLSEXT_MAXLEN_host_name + 1], *sni = NULL;
	size_t len, n = 0;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &ext,
	    &len) == 1)
		n = parse_sni(ext, len, &text);
	if (n > 0) {
		memcpy(name, text, n);
		name[n] = '\0';
		sni = name;
	}
	if (choice->made)
		return same_again(choice, sni, alert);
	choice->made = true;
	if (sni != NULL && (choice->sni = strdup(sni)) == NULL)
		return send_away(alert, SSL_AD_INTERNAL_ERROR);
	if ((choice->cert = choose(s, sni)) == NULL)
		return send_away(alert, SSL_AD_UNRECOGNIZED_NAME);
	return adopt(s, ssl, choice->cert) == 0 ? SSL_CLIENT_HELLO_SUCCESS :
	    send_away(alert, SSL_AD_INTERNAL_ERROR);
}

SSL *
site_open(const struct site *s, struct site_choice *choice)
{
	SSL *ssl = SSL_new(s->ctx);

	if (ssl == NULL)
		return NULL;
	*choice = (struct site_choice){ .cert = s->fallback };
	if (SSL_set_app_data(ssl, choice) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	return ssl;
}

void
site_choice_clear(struct site_choice *choice)
{
	free(choice->sni);
	*choice = (struct site_choice){ 0 };
}

static struct client_auth *
make_auth(const struct site *s, const struct conf *conf, unsigned verify,
    const char *ca_file, struct err *e)
{
	const struct frontend_conf *f = s->front;
	char listener[512];
	struct client_auth_terms terms = {
		.ask = verify == VERIFY_OPTIONAL || verify == VERIFY_REQUIRED,
		.require = verify == VERIFY_REQUIRED,
		.ca_file = ca_file,
		.listener = listener
	};

	/* In a faulty conf it has been said. */
	if (conf->faulty && ca_file == NULL)
		terms.ask = false;
	if (terms.ask && ca_file == NULL) {
		err_set(e, "client-verify needs a client-verify-ca");
		return NULL;
	}
	snprintf(listener, sizeof listener, "%s|%s",
	    f->host != NULL ? f->host : "", f->port != NULL ? f->port : "");
	return client_auth_new(&terms, e);
}

/* What a certificate does not say itself, the frontend says for it. */
static int
except(struct site *s, const struct conf *conf, const struct cert *c,
    struct faults *faults)
{
	const struct cert_conf *cc = c->conf;
	struct exception *more;
	struct err e;

	if (cc == NULL || (cc->client_verify == VERIFY_UNSET &&
	    cc->client_verify_ca == NULL))
		return 0;
	more = reallocarray(s->exception, s->n_exceptions + 1, sizeof *more);
	if (more == NULL) {
		err_set_kind(&e, ERR_OS, "out of memory");
		return faults_add(faults, &e);
	}
	s->exception = more;
	more[s->n_exceptions].cert = c;
	more[s->n_exceptions].auth = make_auth(s, conf,
	    cc->client_verify != VERIFY_UNSET ? cc->client_verify :
	    s->front->tls.client_verify, cc->client_verify_ca != NULL ?
	    cc->client_verify_ca : s->front->tls.client_verify_ca, &e);
	if (more[s->n_exceptions].auth == NULL) {
		err_at(&e, conf_where(conf, cc, cc->client_verify_ca != NULL ?
		    "client-verify-ca" : "client-verify"));
		return faults_add(faults, &e);
	}
	s->n_exceptions++;
	return 0;
}

static int
except_all(struct site *s, const struct conf *conf,
    const struct cert_set *set, struct faults *faults)
{
	int r = 0;

	for (size_t i = 0; set != NULL && i < set->n; i++)
		if (except(s, conf, set->cert[i], faults) != 0)
			r = -1;
	return r;
}

/* Own certificates first. None at all: that was said of each of them. */
static int
choose_fallback(struct site *s, const struct conf *conf,
    struct faults *faults)
{
	struct err e;

	if (s->own.n > 0)
		s->fallback = s->own.cert[0];
	else if (s->global != NULL && s->global->n > 0)
		s->fallback = s->global->cert[0];
	if (s->fallback != NULL)
		return s->ctx == NULL || cert_show_by_default(s->fallback,
		    s->ctx, &e) == 0 ? 0 : faults_add(faults, &e);
	if (faults->n > 0)
		return -1;
	err_set(&e, "%s: frontend %s has no certificate",
	    conf_where(conf, s->front, "host"), s->front->name);
	return faults_add(faults, &e);
}

static int
make_own_auth(struct site *s, const struct conf *conf, struct faults *faults)
{
	const struct tls_conf *t = &s->front->tls;
	struct err e;

	s->auth = make_auth(s, conf, t->client_verify,
	    t->client_verify_ca, &e);
	if (s->auth != NULL)
		return 0;
	err_at(&e, conf_where(conf, t, "client-verify-ca"));
	return faults_add(faults, &e);
}

/* Only a site without a fault gets here. */
static int
equip(struct site *s, const struct slot *tickets, struct faults *faults)
{
	struct err e;

	ticket_use(s->ctx, tickets);
	SSL_CTX_set_client_hello_cb(s->ctx, on_hello, s);
	if (client_auth_for_all(s->auth, s->ctx) == 0)
		return 0;
	err_set_kind(&e, ERR_OS, "out of memory");
	return faults_add(faults, &e);
}

/* Each part is looked at, whatever is wrong with the others. */
static void
load(struct site *s, const struct site_parts *p, struct faults *faults)
{
	const struct frontend_conf *f = p->front;
	const struct cert_scope scope = { .scope = f, .certs = &f->certs,
	    .pem_dir = f->pem_dir, .pem_dir_glob = f->pem_dir_glob };

	s->ctx = context_new(p->conf, &f->tls, &s->alpn, faults);
	cert_set_load(&s->own, p->conf, &scope, faults);
	make_own_auth(s, p->conf, faults);
	except_all(s, p->conf, &s->own, faults);
	except_all(s, p->conf, s->global, faults);
	choose_fallback(s, p->conf, faults);
}

struct site *
site_new(const struct site_parts *p, struct faults *faults)
{
	const struct frontend_conf *f = p->front;
	struct site *s = calloc(1, sizeof *s);
	unsigned before = faults->n;
	struct err e;

	if (s == NULL) {
		err_set_kind(&e, ERR_OS, "out of memory");
		faults_add(faults, &e);
		return NULL;
	}
	s->front = f;
	/* A frontend without certificates of its own serves the global ones. */
	if (f->match_global_certs || (f->certs.n == 0 && f->pem_dir == NULL))
		s->global = p->global;
	load(s, p, faults);
	if (faults->n == before && s->fallback != NULL &&
	    equip(s, p->tickets, faults) == 0)
		return s;
	site_free(s);
	return NULL;
}

void
site_free(struct site *s)
{
	if (s == NULL)
		return;
	SSL_CTX_free(s->ctx);
	free(s->alpn.wire);
	client_auth_free(s->auth);
	for (size_t i = 0; i < s->n_exceptions; i++)
		client_auth_free(s->exception[i].auth);
	free(s->exception);
	cert_set_clear(&s->own);
	free(s);
}

const struct frontend_conf *
site_frontend(const struct site *s)
{
	return s->front;
}

const struct cert *
site_default(const struct site *s)
{
	return s->fallback;
}
