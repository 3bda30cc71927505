/*
 * context.c - a frontend's options as an SSL_CTX.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tls/context.h"

#define MAX_ALPN	255	/* bytes of one protocol's name (RFC 7301) */

/* Says what OpenSSL thought of an option's value. */
static int
refused(const struct conf *conf, const struct tls_conf *t, const char *option,
    const char *value, struct faults *faults)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(code);
	struct err e;

	err_set(&e, "%s: %s: OpenSSL does not accept \"%s\"%s%s",
	    conf_where(conf, t, option), option, value, why ? ": " : "",
	    why ? why : "");
	ERR_clear_error();
	return faults_add(faults, &e);
}

/* No key exchange without forward secrecy, no cipher without a peer. */
static int
check_ciphers(SSL_CTX *ctx, const struct conf *conf, const struct tls_conf *t,
    struct faults *faults)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
		int kx = SSL_CIPHER_get_kx_nid(c);
		struct err e;

		if ((kx == NID_kx_any || kx == NID_kx_ecdhe) &&
		    SSL_CIPHER_get_auth_nid(c) != NID_auth_null &&
		    SSL_CIPHER_get_cipher_nid(c) != NID_undef)
			continue;
		err_set(&e, "%s: ciphers: %s lacks forward secrecy, "
		    "encryption or server authentication",
		    conf_where(conf, t, "ciphers"), SSL_CIPHER_get_name(c));
		return faults_add(faults, &e);
	}
	return 0;
}

static int
set_versions(SSL_CTX *ctx, const struct strlist *protos)
{
	int min = TLS1_3_VERSION, max = TLS1_2_VERSION;

	for (size_t i = 0; i < protos->n; i++)
		if (strcmp(protos->word[i], "TLSv1.2") == 0)
			min = TLS1_2_VERSION;
		else
			max = TLS1_3_VERSION;
	return SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1 ? 0 : -1;
}

/* One "Command:value" of openssl-conf. */
static int
command(SSL_CONF_CTX *cctx, const char *text)
{
	const char *colon = strchr(text, ':');
	char *name;
	int r;

	if (colon == NULL || (name = strndup(text, (size_t)(colon - text))) ==
	    NULL)
		return -1;
	r = SSL_CONF_cmd(cctx, name, colon + 1);
	free(name);
	return r > 0 ? 0 : -1;
}

static int
run_commands(SSL_CTX *ctx, const struct conf *conf, const struct tls_conf *t,
    struct faults *faults)
{
	SSL_CONF_CTX *cctx = SSL_CONF_CTX_new();
	int r = 0;

	if (cctx == NULL)
		return refused(conf, t, "openssl-conf", "", faults);
	SSL_CONF_CTX_set_flags(cctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER |
	    SSL_CONF_FLAG_SHOW_ERRORS);
	SSL_CONF_CTX_set_ssl_ctx(cctx, ctx);
	for (size_t i = 0; i < t->openssl_conf.n; i++)
		if (command(cctx, t->openssl_conf.word[i]) != 0)
			r = refused(conf, t, "openssl-conf",
			    t->openssl_conf.word[i], faults);
	if (SSL_CONF_CTX_finish(cctx) != 1)
		r = refused(conf, t, "openssl-conf", "", faults);
	SSL_CONF_CTX_free(cctx);
	return r;
}

static int
set_alpn(struct alpn *alpn, const struct strlist *protos)
{
	size_t len = 0;

	for (size_t i = 0; i < protos->n; i++)
		len += 1 + strlen(protos->word[i]);
	if (len > UINT16_MAX || (alpn->wire = malloc(len + 1)) == NULL)
		return -1;
	for (size_t i = 0; i < protos->n; i++) {
		size_t n = strlen(protos->word[i]);

		if (n == 0 || n > MAX_ALPN)
			return -1;
		alpn->wire[alpn->len++] = (unsigned char)n;
		memcpy(alpn->wire + alpn->len, protos->word[i], n);
		alpn->len += (unsigned)n;
	}
	return 0;
}

/* Our order decides. Nothing in common ends the handshake (RFC 7301 3.2). */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	const struct alpn *alpn = arg;

	(void)ssl;
	return SSL_select_next_proto((unsigned char **)out, out_len,
	    alpn->wire, alpn->len, in, in_len) == OPENSSL_NPN_NEGOTIATED ?
	    SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What no option changes, openssl-conf included. */
static void
set_fixed(SSL_CTX *ctx)
{
	SSL_CTX_clear_options(ctx,
	    SSL_OP_ALLOW_CLIENT_RENEGOTIATION |
	    SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_RENEGOTIATION);
	/* A KeyUpdate must give the loop back to us: it may be a flood. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_early_data(ctx, 0);
}

/* "Options:-SessionTicket" in openssl-conf turns tickets off, too. */
static void
set_resumption(SSL_CTX *ctx, const struct tls_conf *t)
{
	if (!t->session_tickets)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx,
	    (SSL_CTX_get_options(ctx) & SSL_OP_NO_TICKET) != 0 ? 0 :
	    (size_t)t->session_ticket_count);
	SSL_CTX_set_timeout(ctx, (long)t->session_timeout);
}

static int
apply(SSL_CTX *ctx, const struct conf *conf, const struct tls_conf *t,
    struct alpn *alpn, struct faults *faults)
{
	int r = 0;

	if (t->prefer_server_ciphers)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE |
		    SSL_OP_PRIORITIZE_CHACHA);
	if (set_versions(ctx, &t->tls_protos) != 0)
		r = refused(conf, t, "tls-protos", "", faults);
	if (t->ciphers != NULL && SSL_CTX_set_cipher_list(ctx, t->ciphers) != 1)
		r = refused(conf, t, "ciphers", t->ciphers, faults);
	if (t->ciphersuites != NULL &&
	    SSL_CTX_set_ciphersuites(ctx, t->ciphersuites) != 1)
		r = refused(conf, t, "ciphersuites", t->ciphersuites, faults);
	if (t->groups != NULL &&
	    SSL_CTX_set1_groups_list(ctx, t->groups) != 1)
		r = refused(conf, t, "groups", t->groups, faults);
	if (t->alpn_protos.n > 0) {
		if (set_alpn(alpn, &t->alpn_protos) != 0)
			r = refused(conf, t, "alpn-protos", "", faults);
		SSL_CTX_set_alpn_select_cb(ctx, on_alpn, alpn);
	}
	if (run_commands(ctx, conf, t, faults) != 0)
		r = -1;
	set_fixed(ctx);
	set_resumption(ctx, t);
	return check_ciphers(ctx, conf, t, faults) == 0 ? r : -1;
}

SSL_CTX *
context_new(const struct conf *conf, const struct tls_conf *t,
    struct alpn *alpn, struct faults *faults)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	*alpn = (struct alpn){ 0 };
	if (ctx == NULL) {
		refused(conf, t, "tls-protos", "", faults);
		return NULL;
	}
	if (apply(ctx, conf, t, alpn, faults) == 0)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}
