/*
 * fuzz_pem.c - no file of certificates, keys and revocation lists harms who
 * reads it.
 *
 * And nobody is asked for a passphrase, each refusal is a sentence that names
 * the file, and what is taken is whole.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../unit/no_prompt.h"
#include "auth/crl.h"
#include "cert/cert.h"
#include "keys/key.h"
#include "keys/keyring_local.h"

#define MAX	4

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
refused(const char *file, const struct err *e)
{
	assert(strncmp(e->text, file, strlen(file)) == 0);
	assert(e->text[strlen(file)] == ':');
	assert(ERR_peek_error() == 0);
}

static void
try_certs(const char *file)
{
	struct err e = { .text = "" };
	STACK_OF(X509) *all = pem_certs(file, MAX, &e);

	if (all == NULL) {
		refused(file, &e);
		return;
	}
	assert(sk_X509_num(all) >= 1 && sk_X509_num(all) <= MAX);
	sk_X509_pop_free(all, X509_free);
}

/* Signed by whoever is in the same file, or by nobody. */
static void
try_lists(const char *file)
{
	struct err e = { .text = "" };
	STACK_OF(X509) *authorities = pem_certs(file, MAX, &e);
	STACK_OF(X509_CRL) *all = crl_read(file, MAX, &e);

	if (all == NULL)
		refused(file, &e);
	for (int i = 0; i < sk_X509_CRL_num(all); i++)
		if (crl_judge(sk_X509_CRL_value(all, i), authorities, file,
		    &e) != 0)
			refused(file, &e);
	assert(all == NULL || (sk_X509_CRL_num(all) >= 1 &&
	    sk_X509_CRL_num(all) <= MAX));
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	sk_X509_pop_free(authorities, X509_free);
}

static void
try_key(const char *file)
{
	struct passphrase word = { .file = NULL };
	struct err e = { .text = "" };
	EVP_PKEY *key;
	struct pem p;

	if (pem_read_key(&p, file, &e) != 0) {
		refused(file, &e);
		return;
	}
	assert(p.n == 0 && p.key.kind >= PEM_KEY);
	if ((key = key_open(&p.key, file, &word, NULL,
	    &e)) == NULL)
		refused(file, &e);
	EVP_PKEY_free(key);
	pem_clear(&p);
}

/* What is taken at load can be shown afterwards. */
static void
try_show(const struct cert *c)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	/* What is too weak is another matter. */
	SSL_CTX_set_security_level(ctx, 0);
	ssl = SSL_new(ctx);
	assert(cert_show(c, ssl) == 0);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void
try_cert(const char *file)
{
	const struct key_source from = { .file = file };
	struct err e = { .text = "" };
	struct chains *chains = chains_new();
	struct keyring *ring = keyring_local_new();
	struct key_reading r;
	struct cert *c = NULL;

	if (keyring_read(ring, 1, &from, &r, &e) == 0) {
		assert(r.pem.key.kind == PEM_TEXT && r.pem.key.der == NULL);
		c = cert_new(chains, ring, 1, &r, &from, &e);
		key_reading_clear(&r);
	}
	if (c == NULL)
		refused(file, &e);
	else {
		try_show(c);
		for (size_t i = 0; i < c->n_names; i++)
			assert(strlen(c->names[i]) > 0);
		assert(c->sig_alg != NULL);
		assert(memchr(c->key_alg, '\0', sizeof c->key_alg) != NULL);
	}
	cert_free(c);
	chains_free(chains);
	keyring_free(ring);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static UI_METHOD *nobody;
	int fd = memfd_create("pem", MFD_CLOEXEC);
	char file[64];

	if (nobody == NULL)
		nobody = no_prompt_new();
	assert(nobody != NULL && fd != -1);
	assert(write(fd, data, size) == (ssize_t)size);
	snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
	try_certs(file);
	try_lists(file);
	try_key(file);
	try_cert(file);
	assert(ERR_peek_error() == 0);
	assert(prompts == 0);
	close(fd);
	return 0;
}
