/*
 * client_auth.c - who may come in: one policy for client certificates.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tls/pem.h"
#include "tls/client_auth.h"

#define MAX_CAS	1024

struct client_auth {
	int mode;			/* SSL_VERIFY_* */
	X509_STORE *store;		/* NULL: nobody is asked */
	STACK_OF(X509_NAME) *names;	/* advertised to clients */
	unsigned char id[CLIENT_AUTH_ID];
};

/* One CA: trusted, advertised, and part of the policy's identity. */
static int
add_ca(struct client_auth *a, X509 *ca, EVP_MD_CTX *id)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;
	X509_NAME *name = X509_NAME_dup(X509_get_subject_name(ca));

	if (name == NULL || sk_X509_NAME_push(a->names, name) == 0) {
		X509_NAME_free(name);
		return -1;
	}
	if (X509_STORE_add_cert(a->store, ca) != 1 ||
	    X509_digest(ca, EVP_sha256(), digest, &len) != 1 ||
	    EVP_DigestUpdate(id, digest, len) != 1)
		return -1;
	return 0;
}

static int
add_cas(struct client_auth *a, const char *file, EVP_MD_CTX *id,
    struct err *e)
{
	STACK_OF(X509) *cas = pem_certs(file, MAX_CAS, e);
	int r = -1;

	if (cas == NULL)
		return -1;
	a->store = X509_STORE_new();
	a->names = sk_X509_NAME_new_null();
	if (a->store == NULL || a->names == NULL)
		goto out;
	for (int i = 0; i < sk_X509_num(cas); i++)
		if (add_ca(a, sk_X509_value(cas, i), id) != 0)
			goto out;
	r = 0;
 out:
	if (r != 0)
		err_set_kind(e, ERR_OS, "%s: cannot be taken as CAs", file);
	sk_X509_pop_free(cas, X509_free);
	return r;
}

static int
begin_id(const struct client_auth *a, const char *listener, EVP_MD_CTX *id)
{
	/* The NUL keeps what follows apart from the listener's name. */
	return EVP_DigestInit_ex(id, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(id, listener, strlen(listener) + 1) == 1 &&
	    EVP_DigestUpdate(id, &a->mode, sizeof a->mode) == 1 ? 0 : -1;
}

struct client_auth *
client_auth_new(const struct client_auth_terms *t, struct err *e)
{
	struct client_auth *a = calloc(1, sizeof *a);
	EVP_MD_CTX *id = EVP_MD_CTX_new();

	err_set_kind(e, ERR_OS, "out of memory");
	if (a == NULL || id == NULL)
		goto fail;
	a->mode = !t->ask ? SSL_VERIFY_NONE : SSL_VERIFY_PEER |
	    (t->require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
	if (begin_id(a, t->listener, id) != 0 ||
	    (t->ask && add_cas(a, t->ca_file, id, e) != 0) ||
	    EVP_DigestFinal_ex(id, a->id, NULL) != 1)
		goto fail;
	EVP_MD_CTX_free(id);
	return a;
 fail:
	ERR_clear_error();
	EVP_MD_CTX_free(id);
	client_auth_free(a);
	return NULL;
}

void
client_auth_free(struct client_auth *a)
{
	if (a == NULL)
		return;
	X509_STORE_free(a->store);
	sk_X509_NAME_pop_free(a->names, X509_NAME_free);
	free(a);
}

int
client_auth_for_all(const struct client_auth *a, SSL_CTX *ctx)
{
	STACK_OF(X509_NAME) *names;

	SSL_CTX_set_verify(ctx, a->mode, NULL);
	if (SSL_CTX_set_session_id_context(ctx, a->id, sizeof a->id) != 1)
		return -1;
	if (a->store == NULL)
		return 0;
	if ((names = SSL_dup_CA_list(a->names)) == NULL)
		return -1;
	SSL_CTX_set0_CA_list(ctx, names);
	return SSL_CTX_set1_verify_cert_store(ctx, a->store) == 1 ? 0 : -1;
}

int
client_auth_for_one(const struct client_auth *a, SSL *ssl)
{
	STACK_OF(X509_NAME) *names;

	SSL_set_verify(ssl, a->mode, NULL);
	if (SSL_set_session_id_context(ssl, a->id, sizeof a->id) != 1)
		return -1;
	if (a->store == NULL)
		return 0;
	if ((names = SSL_dup_CA_list(a->names)) == NULL)
		return -1;
	SSL_set0_CA_list(ssl, names);
	return SSL_set1_verify_cert_store(ssl, a->store) == 1 ? 0 : -1;
}
