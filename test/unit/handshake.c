/*
 * handshake.c - one handshake of a client with a frontend.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "config/load.h"
#include "handshake.h"
#include "keys/keyring_local.h"
#include "shake.h"
#include "tls/ticket.h"

/* Where say() writes; one frontend is built at a time. */
static struct frontend_fixture *building;

static void
say(const char *sentence)
{
	size_t n = strlen(building->said);

	snprintf(building->said + n, sizeof building->said - n, "%s\n",
	    sentence);
}

/* Copies a text with the folder's path for each "@". */
static size_t
expand(char *out, size_t size, const char *text, const char *path)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		n += (size_t)snprintf(out + n, size - n, "%.*s",
		    *text == '@' ? (int)strlen(path) : 1,
		    *text == '@' ? path : text);
		assert_true(n < size);
	}
	return n;
}

static void
read_conf(struct frontend_fixture *h, const struct folder *f,
    const char *global, const char *front)
{
	char template[2048], text[4096];
	int lines = 0;
	struct err e;
	size_t len;

	for (const char *s = global; *s != '\0'; s++)
		lines += *s == '\n';
	assert_true(lines <= 7);
	snprintf(template, sizeof template, "%s%.*sfrontend {\nport = \"443\"\n"
	    "%s}\n", global, 7 - lines, "\n\n\n\n\n\n\n", front);
	len = expand(text, sizeof text, template, f->path);
	h->conf = conf_load_text("test.conf", text, len, say, &e);
	if (h->conf == NULL)
		fail_msg("%s", h->said);
}

void
frontend_build(struct frontend_fixture *h, const struct folder *f,
    const char *global, const char *front)
{
	struct faults faults = { .say = say };
	struct cert_scope scope;
	struct site_parts parts;

	*h = (struct frontend_fixture){ .tickets = slot_new(),
	    .ring = keyring_local_new() };
	assert_non_null(h->ring);
	h->store = cert_store_new(h->ring);
	building = h;
	assert_non_null(h->tickets);
	assert_non_null(h->store);
	cert_store_begin(h->store, &h->load);
	assert_int_equal(ticket_rotate(h->tickets), 0);
	read_conf(h, f, global, front);
	scope = (struct cert_scope){ .scope = h->conf,
	    .certs = &h->conf->certs, .pem_dir = h->conf->pem_dir };
	assert_int_equal(cert_set_load(&h->global, &h->load, h->conf, &scope,
	    &faults), 0);
	parts = (struct site_parts){ .conf = h->conf,
	    .front = &h->conf->fronts[0], .global = &h->global,
	    .tickets = h->tickets, .load = &h->load };
	h->site = site_new(&parts, &faults);
	assert_int_equal(h->site == NULL, faults.n > 0);
}

void
frontend_clear(struct frontend_fixture *h)
{
	site_free(h->site);
	cert_set_clear(&h->global);
	cert_store_end(&h->load);
	cert_store_free(h->store);
	keyring_free(h->ring);
	conf_free(h->conf);
	slot_free(h->tickets);
}

static void
on_info(const SSL *ssl, int where, int ret)
{
	struct handshake *v = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (where == SSL_CB_READ_ALERT)
		v->alert = ret & 0xff;
}

SSL *
handshake_client(struct handshake *v)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	SSL_CTX_set_min_proto_version(ctx, v->version);
	SSL_CTX_set_max_proto_version(ctx, v->version);
	SSL_CTX_set_app_data(ctx, v);
	SSL_CTX_set_info_callback(ctx, on_info);
	if (v->test_cert != NULL)
		SSL_CTX_use_cert_and_key(ctx, v->test_cert->cert,
		    v->test_cert->key, NULL, 1);
	if (v->ciphers != NULL)
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, v->ciphers), 1);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	assert_non_null(ssl);
	if (v->name != NULL)
		SSL_set_tlsext_host_name(ssl, v->name);
	if (v->groups != NULL)
		assert_int_equal(SSL_set1_groups_list(ssl, v->groups), 1);
	if (v->schemes != NULL)
		assert_int_equal(SSL_set1_sigalgs_list(ssl, v->schemes), 1);
	if (v->session != NULL)
		SSL_set_session(ssl, v->session);
	SSL_set_connect_state(ssl);
	return ssl;
}

void
handshake_run(struct handshake *v, const struct frontend_fixture *h)
{
	SSL *server, *client = handshake_client(v);

	if (h->site == NULL)
		fail_msg("%s", h->said);
	server = site_open(h->site, &v->choice);
	assert_non_null(server);
	assert_ptr_equal(v->choice.cert, site_default(h->site));
	v->in = shake(server, client);
	v->resumed = v->in && SSL_session_reused(server);
	v->shown = v->in ? SSL_get1_peer_certificate(client) : NULL;
	v->next = v->in ? SSL_get1_session(client) : NULL;
	/* A session that is not closed in order is not resumed any more. */
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(server);
	SSL_free(client);
	ERR_clear_error();
}

void
handshake_clear(struct handshake *v)
{
	X509_free(v->shown);
	SSL_SESSION_free(v->next);
	site_choice_clear(&v->choice);
}

bool
handshake_saw(const struct handshake *v, const struct test_cert *p)
{
	return v->shown != NULL && X509_cmp(v->shown, p->cert) == 0;
}
