/*
 * cert.c - a certificate ready to be shown: chain, key, names, expiry.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tls/key.h"
#include "tls/pem.h"
#include "tls/cert.h"

#define MAX_CHAIN	32	/* certificates in one file */

/* The leaf is the certificate that the key belongs to, wherever it stands. */
static int
pick_leaf(struct cert *c, const char *key_file, struct err *e)
{
	for (int i = 0; i < sk_X509_num(c->chain); i++) {
		X509 *x = sk_X509_value(c->chain, i);

		if (key_fits(c->key, x, key_file, e) == 0) {
			c->leaf = x;
			sk_X509_delete(c->chain, i);
			return 0;
		}
	}
	return -1;
}

static int
add_name(struct cert *c, const unsigned char *name, int len)
{
	char **more = reallocarray(c->names, c->n_names + 1, sizeof *more);

	if (more == NULL)
		return -1;
	c->names = more;
	/* A NUL inside would make another name of it. */
	if (len <= 0 || memchr(name, '\0', (size_t)len) != NULL)
		return 0;
	more[c->n_names] = strndup((const char *)name, (size_t)len);
	return more[c->n_names] == NULL ? -1 : (c->n_names++, 0);
}

static int
add_common_name(struct cert *c)
{
	const X509_NAME *subject = X509_get_subject_name(c->leaf);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len, r;

	if (at < 0)
		return 0;
	len = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (len < 0)
		return 0;
	r = add_name(c, utf8, len);
	OPENSSL_free(utf8);
	return r;
}

static int
read_names(struct cert *c)
{
	int critical, r = 0;
	GENERAL_NAMES *sans = X509_get_ext_d2i(c->leaf, NID_subject_alt_name,
	    &critical, NULL);

	/* One that cannot be read is not the same as none: -1. */
	if (sans == NULL)
		return critical == -1 ? add_common_name(c) : 0;
	for (int i = 0; r == 0 && i < sk_GENERAL_NAME_num(sans); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(sans, i);

		if (g->type == GEN_DNS)
			r = add_name(c, ASN1_STRING_get0_data(g->d.dNSName),
			    ASN1_STRING_length(g->d.dNSName));
	}
	GENERAL_NAMES_free(sans);
	return r;
}

/* Keys of other curves than these serve no client of today. */
static void
classify_ec(struct cert *c, const EVP_PKEY *key)
{
	static const struct { const char *group; unsigned scheme; } rows[] = {
		{ SN_X9_62_prime256v1, 0x0403 },
		{ SN_secp384r1, 0x0503 },
		{ SN_secp521r1, 0x0603 },
	};
	char group[32];
	size_t len;

	if (EVP_PKEY_get_group_name(key, group, sizeof group, &len) != 1)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(group, rows[i].group) == 0) {
			c->kind = CERT_ECDSA;
			c->scheme = rows[i].scheme;
		}
}

static void
classify(struct cert *c, const EVP_PKEY *key)
{
	c->kind = CERT_OTHER;
	if (EVP_PKEY_is_a(key, "EC"))
		classify_ec(c, key);
	else if (EVP_PKEY_is_a(key, "RSA"))
		c->kind = CERT_RSA;
	else if (EVP_PKEY_is_a(key, "ED25519")) {
		c->kind = CERT_ED25519;
		c->scheme = 0x0807;
	}
}

/* What the PROXY header says of the certificate, in HAProxy's words. */
static void
describe(struct cert *c)
{
	const EVP_PKEY *key = X509_get0_pubkey(c->leaf);
	const char *kind = "";

	c->sig_alg = OBJ_nid2sn(X509_get_signature_nid(c->leaf));
	if (EVP_PKEY_is_a(key, "RSA"))
		kind = "RSA";
	else if (EVP_PKEY_is_a(key, "EC"))
		kind = "EC";
	else if (EVP_PKEY_is_a(key, "ED25519"))
		kind = "ED";
	classify(c, key);
	BIO_snprintf(c->key_alg, sizeof c->key_alg, "%s%d", kind,
	    EVP_PKEY_get_bits(key));
}

struct cert *
cert_load(const char *pem_file, const char *key_file, struct err *e)
{
	struct cert *c = calloc(1, sizeof *c), *done = NULL;

	if (key_file == NULL)
		key_file = pem_file;
	if (c == NULL || (c->file = strdup(pem_file)) == NULL) {
		err_set_kind(e, ERR_OS, "%s: out of memory", pem_file);
		goto out;
	}
	if ((c->chain = pem_certs(pem_file, MAX_CHAIN, e)) == NULL ||
	    (c->key = key_load(key_file, e)) == NULL ||
	    pick_leaf(c, key_file, e) != 0)
		goto out;
	if (read_names(c) != 0) {
		err_set_kind(e, ERR_OS, "%s: out of memory", pem_file);
		goto out;
	}
	describe(c);
	done = c;
	c = NULL;
 out:
	ERR_clear_error();
	cert_free(c);
	return done;
}

void
cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_names; i++)
		free(c->names[i]);
	free(c->names);
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	free(c->file);
	free(c);
}

int
cert_show(const struct cert *c, SSL *ssl)
{
	/* Or one of another kind, the default, might be shown all the same. */
	SSL_certs_clear(ssl);
	return SSL_use_cert_and_key(ssl, c->leaf, c->key, c->chain, 1) == 1 ?
	    0 : -1;
}

int
cert_show_by_default(const struct cert *c, SSL_CTX *ctx, struct err *e)
{
	if (SSL_CTX_use_cert_and_key(ctx, c->leaf, c->key, c->chain, 1) == 1)
		return 0;
	err_set(e, "%s: OpenSSL refuses it: %s", c->file,
	    ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	return -1;
}
