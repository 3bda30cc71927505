/*
 * issuer.h - certificates and keys, made while the test waits.
 *
 * No file of them is committed: each would expire one day. Whatever cannot be
 * made ends the program.
 */
#ifndef TEST_ISSUER_H
#define TEST_ISSUER_H

#include <stdbool.h>

#include <openssl/x509.h>

/* A key and what its owner can show for it. */
struct test_cert {
	EVP_PKEY *key;
	X509 *cert;
};

/* What is to be in a certificate; what is left out is not in it. */
struct request {
	const char *cn;			/* with cn_len 0: a C string */
	int cn_len;
	int cn_type;			/* MBSTRING_UTF8 if 0 */
	const char *sans;		/* "DNS:a.example,IP:10.0.0.1" */
	const struct test_cert *by;		/* NULL: signed by itself */
	EVP_PKEY *key;			/* NULL: a new one of this kind: */
	const char *kind;		/* "RSA", "RSA1024", "RSA-PSS",
					 * "ED25519", "ED448" or a curve;
					 * NULL: P-256 */
	const char *usage, *purposes;	/* "digitalSignature", "serverAuth" */
	const char *access;		/* "caIssuers;URI:http://..." */
	const X509_EXTENSION *also;
	const EVP_MD *digest;		/* NULL: SHA-256 */
	bool ids;			/* of the two keys */
	bool ca;
};

EVP_PKEY *issuer_key(const char *kind);
struct test_cert issuer_make(const struct request *);
void issuer_free(struct test_cert *);

/* The same in one line, for most tests. */
struct test_cert issuer_name(const char *cn, const char *sans);

/*
 * PEM blocks as texts, to be freed. A key in OpenSSL's own old form, or in
 * PKCS#8; with a cipher it is encrypted.
 */
char *issuer_cert_text(const X509 *);
char *issuer_key_text(const EVP_PKEY *, const EVP_CIPHER *, bool old);

/* A key's parameters alone, and its public part. */
char *issuer_params_text(const EVP_PKEY *);
char *issuer_public_text(const EVP_PKEY *);

/* A revocation list; what is left out is not in it. */
struct crl_request {
	const struct test_cert *by;
	const struct test_cert *revoked[4];
	int begins, ends;		/* in so many days; 0: -1 and 1 */
	bool endless;			/* it does not say when it ends */
	bool delta;			/* only what another does not have */
};

char *issuer_crl_text(const struct crl_request *);

/* Writes the key and the certificate to a file of this name. */
void issuer_write(const char *path, const struct test_cert *);

#endif
