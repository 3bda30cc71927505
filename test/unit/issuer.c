/*
 * issuer.c - certificates and keys, made while the test waits.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "issuer.h"

#define DAY	(24 * 60 * 60)
#define RSA_BITS	2048

static void
must(bool good)
{
	if (good)
		return;
	ERR_print_errors_fp(stderr);
	abort();
}

/* Of which there is no short way. */
static EVP_PKEY *
pss_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	must(EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, RSA_BITS) == 1 &&
	    EVP_PKEY_generate(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
issuer_key(const char *kind)
{
	EVP_PKEY *key;

	if (kind == NULL)
		key = EVP_EC_gen("P-256");
	else if (strcmp(kind, "RSA-PSS") == 0)
		key = pss_key();
	else if (strncmp(kind, "RSA", 3) == 0)
		key = EVP_RSA_gen(kind[3] != '\0' ?
		    strtoul(kind + 3, NULL, 10) : RSA_BITS);
	else if (strncmp(kind, "ED", 2) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	else
		key = EVP_EC_gen(kind);
	must(key != NULL);
	return key;
}

static void
extend(X509 *x, const X509 *by, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, (X509 *)by, x, NULL, NULL, 0);
	e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	must(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void
name(X509 *x, const struct request *r)
{
	X509_NAME *subject = X509_get_subject_name(x);

	if (r->cn == NULL)
		return;
	must(X509_NAME_add_entry_by_NID(subject, NID_commonName,
	    r->cn_type != 0 ? r->cn_type : MBSTRING_UTF8,
	    (const unsigned char *)r->cn, r->cn_len > 0 ? r->cn_len : -1, -1,
	    0) == 1);
}

static void
extend_all(X509 *x, const struct request *r)
{
	const X509 *by = r->by != NULL ? r->by->cert : x;

	extend(x, by, NID_subject_alt_name, r->sans);
	extend(x, by, NID_basic_constraints, r->ca ? "critical,CA:TRUE" :
	    NULL);
	extend(x, by, NID_key_usage, r->usage);
	extend(x, by, NID_ext_key_usage, r->purposes);
	extend(x, by, NID_info_access, r->access);
	extend(x, by, NID_subject_key_identifier, r->ids ? "hash" : NULL);
	extend(x, by, NID_authority_key_identifier, r->ids ? "keyid:always" :
	    NULL);
	if (r->also != NULL)
		must(X509_add_ext(x, (X509_EXTENSION *)r->also, -1) == 1);
}

struct test_cert
issuer_make(const struct request *r)
{
	static long serial = 1;
	struct test_cert p = { r->key, X509_new() };
	EVP_PKEY *sign;

	must(p.cert != NULL);
	if (p.key == NULL)
		p.key = issuer_key(r->kind);
	else
		EVP_PKEY_up_ref(p.key);
	X509_set_version(p.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -DAY);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), DAY);
	must(X509_set_pubkey(p.cert, p.key) == 1);
	name(p.cert, r);
	must(X509_set_issuer_name(p.cert, X509_get_subject_name(r->by != NULL ?
	    r->by->cert : p.cert)) == 1);
	extend_all(p.cert, r);
	sign = r->by != NULL ? r->by->key : p.key;
	must(X509_sign(p.cert, sign, EVP_PKEY_is_a(sign, "ED25519") ||
	    EVP_PKEY_is_a(sign, "ED448") ? NULL : r->digest != NULL ?
	    r->digest : EVP_sha256()) > 0);
	return p;
}

struct test_cert
issuer_name(const char *cn, const char *sans)
{
	return issuer_make(&(struct request){ .cn = cn, .sans = sans });
}

void
issuer_free(struct test_cert *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
	*p = (struct test_cert){ NULL, NULL };
}

/* Takes what was written as a text, and ends the BIO. */
static char *
text_of(BIO *out)
{
	char *bytes, *text;
	long len = BIO_get_mem_data(out, &bytes);

	text = strndup(bytes, (size_t)len);
	must(text != NULL);
	BIO_free(out);
	return text;
}

char *
issuer_cert_text(const X509 *x)
{
	BIO *out = BIO_new(BIO_s_mem());

	must(PEM_write_bio_X509(out, x) == 1);
	return text_of(out);
}

static void
revoke(X509_CRL *crl, const struct test_cert *p)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);

	must(r != NULL && X509_REVOKED_set_serialNumber(r,
	    (ASN1_INTEGER *)X509_get0_serialNumber(p->cert)) == 1);
	must(X509_REVOKED_set_revocationDate(r, now) == 1);
	must(X509_CRL_add0_revoked(crl, r) == 1);
	ASN1_TIME_free(now);
}

static void
mark_delta(X509_CRL *crl)
{
	ASN1_INTEGER *base = ASN1_INTEGER_new();

	must(ASN1_INTEGER_set(base, 1) == 1);
	must(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0) == 1);
	ASN1_INTEGER_free(base);
}

static X509_CRL *
make_crl(const struct crl_request *r)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *begin, *end;

	begin = X509_gmtime_adj(NULL, DAY * (r->begins != 0 ? r->begins : -1));
	end = X509_gmtime_adj(NULL, DAY * (r->ends != 0 ? r->ends : 1));
	must(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(r->by->cert))
	    == 1 && X509_CRL_set1_lastUpdate(crl, begin) == 1);
	must(r->endless || X509_CRL_set1_nextUpdate(crl, end) == 1);
	for (int i = 0; i < 4 && r->revoked[i] != NULL; i++)
		revoke(crl, r->revoked[i]);
	if (r->delta)
		mark_delta(crl);
	must(X509_CRL_sign(crl, r->by->key, EVP_sha256()) > 0);
	ASN1_TIME_free(begin);
	ASN1_TIME_free(end);
	return crl;
}

char *
issuer_crl_text(const struct crl_request *r)
{
	BIO *out = BIO_new(BIO_s_mem());
	X509_CRL *crl = make_crl(r);

	must(PEM_write_bio_X509_CRL(out, crl) == 1);
	X509_CRL_free(crl);
	return text_of(out);
}

char *
issuer_key_text(const EVP_PKEY *key, const EVP_CIPHER *cipher, bool old)
{
	unsigned char word[] = "secret";
	BIO *out = BIO_new(BIO_s_mem());

	if (old)
		must(PEM_write_bio_PrivateKey_traditional(out, key, cipher,
		    word, sizeof word - 1, NULL, NULL) == 1);
	else
		must(PEM_write_bio_PKCS8PrivateKey(out, key, cipher,
		    (char *)word, sizeof word - 1, NULL, NULL) == 1);
	return text_of(out);
}

char *
issuer_params_text(const EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_mem());

	must(PEM_write_bio_Parameters(out, key) == 1);
	return text_of(out);
}

char *
issuer_public_text(const EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_mem());

	must(PEM_write_bio_PUBKEY(out, key) == 1);
	return text_of(out);
}

void
issuer_write(const char *path, const struct test_cert *p)
{
	FILE *f = fopen(path, "w");

	must(f != NULL && PEM_write_PrivateKey(f, p->key, NULL, NULL, 0, NULL,
	    NULL) == 1 && PEM_write_X509(f, p->cert) == 1 && fclose(f) == 0);
}
