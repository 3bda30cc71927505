/*
 * facts_oracle.h - what OpenSSL's own X509 functions say of a certificate.
 */
#ifndef TEST_FACTS_ORACLE_H
#define TEST_FACTS_ORACLE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cert/cert_facts.h"

/* The test or the fuzzer ends here, in a way that both of them snapshot. */
#define AGREE(fact)	((fact) ? (void)0 : facts_disagree(#fact, __LINE__))

static inline void
facts_disagree(const char *fact, int line)
{
	fprintf(stderr, "facts_oracle.h:%d: %s\n", line, fact);
	abort();
}

static inline void
facts_time(time_t said, const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;

	AGREE(ASN1_TIME_diff(&days, &seconds, epoch, t) == 1);
	AGREE(said == (time_t)days * 86400 + seconds);
	ASN1_TIME_free(epoch);
}

static inline void
facts_part(const struct cert_part *part, const X509_NAME *name)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name, &der);

	AGREE(len > 0 && part->len == (size_t)len);
	AGREE(memcmp(part->bytes, der, part->len) == 0);
	OPENSSL_free(der);
}

/* How often a name is among them. */
static inline size_t
facts_count(const struct cert_names *names, const char *name, size_t len)
{
	const char *at = names->text;
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++, at += strlen(at) + 1)
		n += strlen(at) == len && memcmp(at, name, len) == 0;
	return n;
}

static inline void
facts_names(const struct cert_facts *f, const X509 *x)
{
	int critical;
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name,
	    &critical, NULL);
	size_t n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
		int type;
		const ASN1_STRING *s = GENERAL_NAME_get0_value(g, &type);
		const char *bytes = (const char *)ASN1_STRING_get0_data(s);
		size_t len = (size_t)ASN1_STRING_length(s);

		if (type != GEN_DNS || len == 0 || memchr(bytes, '\0', len))
			continue;
		AGREE(facts_count(&f->dns, bytes, len) > 0);
		n++;
	}
	if (all != NULL || critical != -1)
		AGREE(f->dns.n == n);
	else
		AGREE(f->dns.n <= 1);
	GENERAL_NAMES_free(all);
}

static inline void
facts_key(const struct cert_facts *f, const X509 *x)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x);
	const EVP_PKEY *key = X509_get0_pubkey(x);
	char want[32];

	AGREE(f->key.len == (size_t)ASN1_STRING_length(bits));
	AGREE(f->key.len == 0 || memcmp(f->key.bytes,
	    ASN1_STRING_get0_data(bits), f->key.len) == 0);
	AGREE(memchr(f->key_alg, '\0', sizeof f->key_alg) != NULL);
	AGREE((f->kind == CERT_ECDSA) <= (f->scheme != 0 && f->curve != 0));
	if (key == NULL || (EVP_PKEY_is_a(key, "EC") && f->curve == 0))
		return;
	snprintf(want, sizeof want, "%s%d", EVP_PKEY_is_a(key, "RSA") ? "RSA" :
	    EVP_PKEY_is_a(key, "EC") ? "EC" : EVP_PKEY_is_a(key, "ED25519") ?
	    "ED" : "", EVP_PKEY_get_bits(key));
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ||
	    EVP_PKEY_is_a(key, "RSA-PSS"))
		AGREE(strcmp(f->key_alg, want) == 0);
}

/* Of what OpenSSL itself finds no sense in nothing is expected. */
static inline void
facts_uses(const struct cert_facts *f, X509 *x)
{
	const uint32_t flags = X509_get_extension_flags(x);
	const ASN1_OCTET_STRING *id = X509_get0_authority_key_id(x);
	size_t len = id != NULL ? (size_t)ASN1_STRING_length(id) : 0;

	AGREE(f->uses.has_sans ==
	    (X509_get_ext_by_NID(x, NID_subject_alt_name, -1) >= 0));
	if (flags & EXFLAG_INVALID)
		return;
	AGREE(f->uses.sign ==
	    ((X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) != 0));
	AGREE(f->uses.serve ==
	    ((X509_get_extended_key_usage(x) & XKU_SSL_SERVER) != 0));
	AGREE(f->uses.key_id_len == (len <= CERT_KEY_ID ? len : 0));
	AGREE(len == 0 || f->uses.key_id_len == 0 ||
	    memcmp(f->uses.key_id, ASN1_STRING_get0_data(id), len) == 0);
}

/* Ends the program where the two differ. Whether the bytes were taken. */
static inline bool
facts_agree(const unsigned char *der, size_t len)
{
	const unsigned char *p = der;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	BASIC_CONSTRAINTS *b;
	struct cert_facts f;
	struct tm tm;

	ERR_clear_error();
	if (cert_facts_read(&f, der, len) != 0) {
		AGREE(ERR_peek_error() == 0);
		AGREE(x == NULL ||
		    !ASN1_TIME_to_tm(X509_get0_notBefore(x), &tm) ||
		    !ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm));
		X509_free(x);
		ERR_clear_error();
		return false;
	}
	AGREE(ERR_peek_error() == 0);
	AGREE(x != NULL);
	AGREE(f.len == (size_t)(p - der));
	AGREE(strcmp(f.sig_alg, OBJ_nid2sn(X509_get_signature_nid(x))) == 0);
	facts_time(f.not_before, X509_get0_notBefore(x));
	facts_time(f.not_after, X509_get0_notAfter(x));
	facts_part(&f.subject, X509_get_subject_name(x));
	facts_part(&f.issuer, X509_get_issuer_name(x));
	facts_names(&f, x);
	facts_key(&f, x);
	facts_uses(&f, x);
	b = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
	AGREE(f.ca == (b != NULL && b->ca));
	BASIC_CONSTRAINTS_free(b);
	cert_facts_clear(&f);
	X509_free(x);
	ERR_clear_error();
	return true;
}

#endif
