/*
 * client_auth.c - one policy for client certificates.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include "auth/client_allow.h"
#include "auth/trust.h"
#include "auth/client_auth.h"

/* A list of names is one of TLS 1.2's messages or of TLS 1.3's extensions. */
#define MAX_TOLD	60000	/* bytes of it; others stand beside it */

#define NOT_ALLOWED	1	/* our only reason in ERR_LIB_USER */

struct client_auth {
	struct client_conf conf;	/* its texts are borrowed */
	struct trust trust;
	struct client_allow *allow;	/* NULL: all that are verified */
	STACK_OF(X509_NAME) *told;	/* to clients; may be empty */
	unsigned char id[CLIENT_AUTH_ID];
};

static bool
asks(const struct client_auth *a)
{
	return a->conf.verify != VERIFY_NONE;
}

/*
 * A certificate that is good but not let in counts as one that is not good: it
 * has a code of its own, and OpenSSL makes bad_certificate of it. There would
 * be access_denied (RFC 8446 6.2), but no code leads to it.
 */
static bool
is_let_in(const struct client_auth *a, X509_STORE_CTX *ctx)
{
	if (X509_verify_cert(ctx) != 1) {
		/* Without a code the header would call it good. */
		if (X509_STORE_CTX_get_error(ctx) == X509_V_OK)
			X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNSPECIFIED);
		return false;
	}
	if (a->allow == NULL || client_allow_has(a->allow,
	    X509_STORE_CTX_get0_cert(ctx)))
		return true;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REJECTED);
	ERR_raise(ERR_LIB_USER, NOT_ALLOWED);
	return false;
}

/* Replaces OpenSSL's verification; the store leads to the policy. */
static int
on_verify(X509_STORE_CTX *ctx, void *arg)
{
	const struct client_auth *a = X509_STORE_get_ex_data(
	    X509_STORE_CTX_get0_store(ctx), 0);

	(void)arg;
	if (is_let_in(a, ctx))
		return 1;
	if (a->conf.verify != VERIFY_OPTIONAL_NO_CA)
		return 0;
	/* What was wrong stays in the session, and goes into the header. */
	ERR_clear_error();
	return 1;
}

bool
client_auth_is_refusal(unsigned long code)
{
	return ERR_GET_LIB(code) == ERR_LIB_USER &&
	    ERR_GET_REASON(code) == NOT_ALLOWED;
}

/* ------------------------------------------------- made ---------------- */

static int
equip_store(struct client_auth *a)
{
	X509_STORE *store = a->trust.store;
	unsigned long flags = 0;

	if (a->conf.crl != NULL)
		flags |= X509_V_FLAG_CRL_CHECK;
	if (a->conf.crl != NULL && a->conf.crl_check == CRL_CHECK_CHAIN)
		flags |= X509_V_FLAG_CRL_CHECK_ALL;
	return X509_STORE_set_flags(store, flags) == 1 &&
	    X509_STORE_set_depth(store, a->conf.depth) == 1 &&
	    X509_STORE_set_ex_data(store, 0, a) == 1 ? 0 : -1;
}

/* -1: longer than what fits into a message. */
static int
measure(const STACK_OF(X509_NAME) *names)
{
	size_t len = 0;

	for (int i = 0; i < sk_X509_NAME_num(names); i++) {
		int one = i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);

		len += one < 0 ? MAX_TOLD : (size_t)one + 2;
		if (len > MAX_TOLD)
			return -1;
	}
	return 0;
}

static int
load_authorities(struct client_auth *a, const char **option, struct err *e)
{
	*option = "client-verify-ca";
	if (trust_load_authorities(&a->trust, a->conf.ca, e) != 0)
		return -1;
	a->told = a->conf.advertise ? trust_names(&a->trust) :
	    sk_X509_NAME_new_null();
	if (a->told == NULL)
		return err_memory(e, a->conf.ca);
	if (measure(a->told) != 0)
		return err_set(e, "%s: the names of these authorities are too "
		    "long to be sent to clients: set client-verify-advertise "
		    "= off", a->conf.ca);
	return 0;
}

static int
load(struct client_auth *a, const char **option, struct err *e)
{
	if (load_authorities(a, option, e) != 0)
		return -1;
	*option = "client-verify-crl";
	if (a->conf.crl != NULL &&
	    trust_load_lists(&a->trust, a->conf.crl, e) != 0)
		return -1;
	if (a->conf.crl != NULL && a->conf.crl_check == CRL_CHECK_CHAIN)
		trust_warn(&a->trust, a->conf.crl);
	*option = "client-allow";
	if (a->conf.allow.n > 0 &&
	    (a->allow = client_allow_new(&a->conf.allow, e)) == NULL)
		return -1;
	return equip_store(a) == 0 ? 0 :
	    err_memory(e, NULL);
}

/* All that decides, but for the names told: they decide nothing. */
static int
digest(struct client_auth *a, EVP_MD_CTX *id)
{
	const struct option_row *o = client_rows;
	struct fingerprints allowed = { NULL, 0 };
	int r = -1;

	/* For files and lists their content counts, too: see below. */
	for (; o->name != NULL; o++) {
		int32_t number = option_number(o, &a->conf);

		if (!o->not_policy &&
		    EVP_DigestUpdate(id, &number, sizeof number) != 1)
			return -1;
	}
	if (fingerprints_digest(&a->trust.ca_prints, id) != 0 ||
	    fingerprints_digest(&a->trust.crl_prints, id) != 0)
		return -1;
	if (a->allow == NULL || client_allow_print(a->allow, &allowed) == 0)
		r = fingerprints_digest(&allowed, id);
	fingerprints_clear(&allowed);
	return r;
}

static int
make_id(struct client_auth *a, const char *listener, struct err *e)
{
	EVP_MD_CTX *id = EVP_MD_CTX_new();
	int r = -1;

	/* The NUL keeps what follows apart from the listener's name. */
	if (id != NULL && EVP_DigestInit_ex(id, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(id, listener, strlen(listener) + 1) == 1 &&
	    EVP_DigestUpdate(id, &a->conf.verify, sizeof a->conf.verify) == 1
	    && (!asks(a) || digest(a, id) == 0) &&
	    EVP_DigestFinal_ex(id, a->id, NULL) == 1)
		r = 0;
	EVP_MD_CTX_free(id);
	return r == 0 ? 0 : err_memory(e, NULL);
}

struct client_auth *
client_auth_new(const struct client_conf *conf, const char *listener,
    const char **option, struct err *e)
{
	struct client_auth *a = calloc(1, sizeof *a);

	*option = "client-verify";
	err_memory(e, NULL);
	if (a == NULL)
		return NULL;
	a->conf = *conf;
	if ((!asks(a) || load(a, option, e) == 0) &&
	    make_id(a, listener, e) == 0) {
		ERR_clear_error();
		return a;
	}
	ERR_clear_error();
	client_auth_free(a);
	return NULL;
}

void
client_auth_free(struct client_auth *a)
{
	if (a == NULL)
		return;
	trust_clear(&a->trust);
	client_allow_free(a->allow);
	sk_X509_NAME_pop_free(a->told, X509_NAME_free);
	free(a);
}

/* ------------------------------------------------- used ---------------- */

static int
mode(const struct client_auth *a)
{
	if (!asks(a))
		return SSL_VERIFY_NONE;
	return SSL_VERIFY_PEER | (a->conf.verify == VERIFY_REQUIRED ?
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

int
client_auth_for_all(const struct client_auth *a, SSL_CTX *ctx)
{
	STACK_OF(X509_NAME) *names;

	SSL_CTX_set_verify(ctx, mode(a), NULL);
	/* For all: a session may have a policy that asks, and this one not. */
	SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
	if (SSL_CTX_set_session_id_context(ctx, a->id, sizeof a->id) != 1)
		return -1;
	if (!asks(a))
		return 0;
	if ((names = SSL_dup_CA_list(a->told)) == NULL)
		return -1;
	SSL_CTX_set0_CA_list(ctx, names);
	return SSL_CTX_set1_verify_cert_store(ctx, a->trust.store) == 1 ?
	    0 : -1;
}

int
client_auth_for_one(const struct client_auth *a, SSL *ssl)
{
	STACK_OF(X509_NAME) *names;

	SSL_set_verify(ssl, mode(a), NULL);
	if (SSL_set_session_id_context(ssl, a->id, sizeof a->id) != 1)
		return -1;
	if (!asks(a))
		return 0;
	if ((names = SSL_dup_CA_list(a->told)) == NULL)
		return -1;
	SSL_set0_CA_list(ssl, names);
	return SSL_set1_verify_cert_store(ssl, a->trust.store) == 1 ? 0 : -1;
}
