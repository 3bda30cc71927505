/*
 * site.c - a frontend ready to serve: which certificate, under which policy.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "auth/policy.h"
#include "tls/context.h"
#include "tls/hello.h"
#include "tls/ja4.h"
#include "tls/ticket.h"
#include "tls/site.h"

struct site {
	const struct frontend_conf *front;	/* borrowed */
	const struct cert_set *global;		/* borrowed; NULL: not for us */
	struct cert_set own;
	struct name_entry fallback[CERT_KINDS];	/* the default one first */
	SSL_CTX *ctx;
	struct alpn alpn;
	struct policy *policy;
	struct ticket_context *tickets;
	bool wants_ja4;
};

/* The certificates that cover a name, the closest first. */
struct candidates {
	const struct name_entry *at[4];
	size_t n;
};

static void
add_candidate(struct candidates *p, const struct name_entry *h)
{
	if (h != NULL)
		p->at[p->n++] = h;
}

static void
find_candidates(struct candidates *p, const struct site *s, const char *name)
{
	const struct names *sets[] = { s->own.names,
	    s->global != NULL ? s->global->names : NULL };
	size_t len = strlen(name);

	for (int i = 0; i < 2 && sets[i] != NULL; i++) {
		add_candidate(p, names_exact(sets[i], name, len));
		add_candidate(p, names_wild(sets[i], name, len));
	}
}

/* The first that the client can use. If none is, OpenSSL sends the alert. */
static const struct cert *
pick(const struct site *s, const struct candidates *p,
    const struct hello *hello, SSL *ssl)
{
	const struct cert *best = p->at[0]->cert;
	const struct client_auth *auth = policy_of(s->policy, best);

	if (p->n == 1 && p->at[0]->next == NULL)
		return best;
	for (size_t i = 0; i < p->n; i++) {
		const struct name_entry *h = p->at[i];

		/* Claiming to support less must not avoid a policy. */
		if (policy_of(s->policy, h->cert) != auth)
			continue;
		for (; h != NULL; h = h->next)
			if (cert_match(h->cert, hello, ssl))
				return h->cert;
	}
	return best;
}

/* NULL: the client must be sent away. */
static const struct cert *
choose_cert(const struct site *s, const struct hello *hello, SSL *ssl,
    const char **refused)
{
	const struct tls_conf *t = &s->front->tls;
	bool named = hello->name[0] != '\0' && !hello->literal;
	struct candidates p = { .n = 0 };

	if (named)
		find_candidates(&p, s, hello->name);
	if (!named && t->sni_required)
		*refused = "client asked for no name";
	else if (named && p.n == 0 && t->sni_nomatch_abort)
		*refused = "no certificate has this name";
	if (*refused != NULL)
		return NULL;
	if (p.n == 0)
		add_candidate(&p, s->fallback);
	return pick(s, &p, hello, ssl);
}

/* Makes the session what the choice asks for, where it is not so already. */
static int
apply_choice(const struct site *s, SSL *ssl, const struct cert *c)
{
	const struct client_auth *auth = policy_of(s->policy, c);

	if (c != s->fallback[0].cert && cert_show(c, ssl) != 0)
		return -1;
	return auth == policy_of_front(s->policy) ? 0 :
	    client_auth_for_one(auth, ssl);
}

static int
refuse_hello(int *alert, int why)
{
	*alert = why;
	return SSL_CLIENT_HELLO_ERROR;
}

/*
 * After a HelloRetryRequest the same hello comes again (RFC 8446 4.1.2). With
 * another name in it, it would be a way around the policy of the first.
 */
static int
check_second_hello(const struct site_choice *choice, const char *name,
    int *alert)
{
	const char *first = choice->sni != NULL ? choice->sni : "";

	return strcmp(name, first) == 0 ? SSL_CLIENT_HELLO_SUCCESS :
	    refuse_hello(alert, SSL_AD_ILLEGAL_PARAMETER);
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	const struct site *s = arg;
	struct site_choice *choice = SSL_get_app_data(ssl);
	struct hello hello;

	hello_read(&hello, ssl);
	if (choice->made)
		return check_second_hello(choice, hello.name, alert);
	choice->made = true;
	if (hello.name[0] != '\0' &&
	    (choice->sni = strdup(hello.name)) == NULL)
		return refuse_hello(alert, SSL_AD_INTERNAL_ERROR);
	choice->cert = choose_cert(s, &hello, ssl, &choice->refused);
	if (choice->cert == NULL)
		return refuse_hello(alert, SSL_AD_UNRECOGNIZED_NAME);
	return apply_choice(s, ssl, choice->cert) == 0 ?
	    SSL_CLIENT_HELLO_SUCCESS :
	    refuse_hello(alert, SSL_AD_INTERNAL_ERROR);
}

/*
 * Sees a ClientHello before OpenSSL acts on it. Other messages do not matter,
 * and a second hello repeats the first.
 */
static void
on_tls_message(int sent, int version, int type, const void *bytes, size_t len,
    SSL *ssl, void *arg)
{
	struct site_choice *choice = arg;
	char ja4[JA4_LEN + 1];

	(void)version;
	if (sent || type != SSL3_RT_HANDSHAKE)
		return;
	SSL_set_msg_callback(ssl, NULL);
	if (ja4_of(ja4, bytes, len))
		choice->ja4 = strdup(ja4);
}

SSL *
site_open(const struct site *s, struct site_choice *choice)
{
	SSL *ssl = SSL_new(s->ctx);

	if (ssl == NULL)
		return NULL;
	*choice = (struct site_choice){ .cert = s->fallback[0].cert };
	if (SSL_set_app_data(ssl, choice) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	if (s->wants_ja4) {
		SSL_set_msg_callback(ssl, on_tls_message);
		SSL_set_msg_callback_arg(ssl, choice);
	}
	SSL_set_accept_state(ssl);
	return ssl;
}

void
site_choice_clear(struct site_choice *choice)
{
	free(choice->sni);
	free(choice->ja4);
	*choice = (struct site_choice){ 0 };
}

/*
 * The default certificate comes with those of other kinds that have its first
 * name, for clients that cannot use it.
 */
static void
set_fallback(struct site *s, const struct cert_set *set)
{
	const struct cert *c = set->entry[0].cert;
	struct name_entry *last = s->fallback;
	const struct name_entry *h = NULL;

	last->cert = c;
	for (size_t i = 0; h == NULL && i < c->n_names; i++)
		h = names_added_as(set->names, c->names[i],
		    strlen(c->names[i]));
	for (; h != NULL; h = h->next)
		if (h->cert->kind != c->kind) {
			last->next = last + 1;
			last = last->next;
			last->cert = h->cert;
		}
}

/* Own certificates first. If none was loaded, each has a fault. */
static int
choose_fallback(struct site *s, const struct conf *conf,
    struct faults *faults)
{
	struct err e;

	if (s->own.n > 0)
		set_fallback(s, &s->own);
	else if (s->global != NULL && s->global->n > 0)
		set_fallback(s, s->global);
	if (s->fallback[0].cert != NULL)
		return s->ctx == NULL ||
		    cert_show_by_default(s->fallback[0].cert, s->ctx, &e) ==
		    0 ? 0 : faults_add(faults, &e);
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
	s->tickets = ticket_context_new(tickets);
	if (s->tickets != NULL &&
	    client_auth_for_all(policy_of_front(s->policy), s->ctx) == 0) {
		ticket_context_serve(s->tickets, s->ctx);
		return 0;
	}
	err_memory(&e, NULL);
	return faults_add(faults, &e);
}

/* Each part is checked, even if another has a fault. */
static void
load_parts(struct site *s, const struct site_parts *p, struct faults *faults)
{
	const struct frontend_conf *f = p->front;
	const struct cert_scope scope = { .scope = f, .certs = &f->certs,
	    .pem_dir = f->pem_dir, .pem_dir_glob = f->pem_dir_glob,
	    .pem_dir_lenient = f->pem_dir_lenient,
	    .passphrase_file = f->tls.key_passphrase_file };

	s->ctx = context_new(p->conf, &f->tls, &s->alpn, faults);
	cert_set_load(&s->own, p->load, p->conf, &scope, faults);
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
		err_memory(&e, NULL);
		faults_add(faults, &e);
		return NULL;
	}
	s->front = f;
	s->wants_ja4 = conf_wants_ja4(p->conf);
	/* A frontend without certificates of its own serves the global ones. */
	if (f->match_global_certs || (f->certs.n == 0 && f->pem_dir == NULL))
		s->global = p->global;
	load_parts(s, p, faults);
	if (faults->n == before && s->fallback[0].cert != NULL &&
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
	ticket_context_free(s->tickets);
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
	return s->fallback[0].cert;
}
