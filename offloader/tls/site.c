/*
 * site.c - a frontend ready to serve: which certificate, under which policy.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tls/context.h"
#include "tls/policy.h"
#include "tls/ticket.h"
#include "tls/site.h"

struct site {
	const struct frontend_conf *front;	/* borrowed */
	const struct cert_set *global;		/* borrowed; NULL: not for us */
	struct cert_set own;
	const struct cert *fallback;
	SSL_CTX *ctx;
	struct alpn alpn;
	struct policy *policy;
	struct ticket_office *tickets;
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

/* Makes the session what the choice asks for, where it is not so already. */
static int
adopt(const struct site *s, SSL *ssl, const struct cert *c)
{
	const struct client_auth *auth = policy_of(s->policy, c);

	if (c != s->fallback && cert_show(c, ssl) != 0)
		return -1;
	return auth == policy_of_front(s->policy) ? 0 :
	    client_auth_for_one(auth, ssl);
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

/* Only a site without a fault gets here. */
static int
equip(struct site *s, const struct slot *tickets, struct faults *faults)
{
	struct err e;

	SSL_CTX_set_client_hello_cb(s->ctx, on_hello, s);
	s->tickets = ticket_office_new(tickets);
	if (s->tickets != NULL &&
	    client_auth_for_all(policy_of_front(s->policy), s->ctx) == 0) {
		ticket_office_serve(s->tickets, s->ctx);
		return 0;
	}
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
	s->policy = policy_new(&(struct policy_parts){ .conf = p->conf,
	    .front = f, .own = &s->own, .global = s->global }, faults);
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
	policy_free(s->policy);
	ticket_office_free(s->tickets);
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
