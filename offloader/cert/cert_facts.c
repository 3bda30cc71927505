/*
 * cert_facts.c - what a certificate says, read without decoding its key.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cert/cert_facts.h"

/*
 * The fields of RFC 5280 4.1 in OpenSSL's own items, all but the public key:
 * that stays a string of bits. (The macros want names of types.)
 */
typedef struct {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *bits;
} PUBLIC;

typedef struct {
	ASN1_INTEGER *version, *serial;
	X509_ALGOR *signature;
	X509_NAME *issuer;
	X509_VAL *validity;
	X509_NAME *subject;
	PUBLIC *key;
	ASN1_BIT_STRING *issuer_id, *subject_id;
	STACK_OF(X509_EXTENSION) *extensions;
} TBS;

typedef struct cert_asn1 {
	TBS *tbs;
	X509_ALGOR *signature;
	ASN1_BIT_STRING *bits;
} WHOLE;

ASN1_SEQUENCE(PUBLIC) = {
	ASN1_SIMPLE(PUBLIC, algorithm, X509_ALGOR),
	ASN1_SIMPLE(PUBLIC, bits, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(PUBLIC)

ASN1_SEQUENCE(TBS) = {
	ASN1_EXP_OPT(TBS, version, ASN1_INTEGER, 0),
	ASN1_SIMPLE(TBS, serial, ASN1_INTEGER),
	ASN1_SIMPLE(TBS, signature, X509_ALGOR),
	ASN1_SIMPLE(TBS, issuer, X509_NAME),
	ASN1_SIMPLE(TBS, validity, X509_VAL),
	ASN1_SIMPLE(TBS, subject, X509_NAME),
	ASN1_SIMPLE(TBS, key, PUBLIC),
	ASN1_IMP_OPT(TBS, issuer_id, ASN1_BIT_STRING, 1),
	ASN1_IMP_OPT(TBS, subject_id, ASN1_BIT_STRING, 2),
	ASN1_EXP_SEQUENCE_OF_OPT(TBS, extensions, X509_EXTENSION, 3)
} static_ASN1_SEQUENCE_END(TBS)

ASN1_SEQUENCE(WHOLE) = {
	ASN1_SIMPLE(WHOLE, tbs, TBS),
	ASN1_SIMPLE(WHOLE, signature, X509_ALGOR),
	ASN1_SIMPLE(WHOLE, bits, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(WHOLE)

/* An RSA public key (RFC 8017 A.1.1), for the size of it. */
typedef struct {
	BIGNUM *modulus, *exponent;
} MODULUS;

ASN1_SEQUENCE(MODULUS) = {
	ASN1_SIMPLE(MODULUS, modulus, BIGNUM),
	ASN1_SIMPLE(MODULUS, exponent, BIGNUM)
} static_ASN1_SEQUENCE_END(MODULUS)

/* ------------------------------------------------- names --------------- */

static int
add_name(struct cert_names *names, const void *name, int len)
{
	size_t size = names->size + (size_t)len + 1;
	char *more;

	/* A NUL inside would make another name of it. */
	if (len <= 0 || memchr(name, '\0', (size_t)len) != NULL)
		return 0;
	if ((more = realloc(names->text, size)) == NULL)
		return -1;
	memcpy(more + names->size, name, (size_t)len);
	more[size - 1] = '\0';
	*names = (struct cert_names){ more, names->n + 1, size };
	return 0;
}

static int
add_address(struct cert_names *names, const ASN1_OCTET_STRING *ip)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(ip);
	char text[INET6_ADDRSTRLEN];
	int len = ASN1_STRING_length(ip);

	if (len != 4 && len != 16)
		return 0;
	inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
	return add_name(names, text, (int)strlen(text));
}

static int
add_common_name(struct cert_facts *f)
{
	const X509_NAME *subject = f->asn1->tbs->subject;
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len, r;

	if (at < 0)
		return 0;
	len = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (len < 0)
		return 0;
	r = add_name(&f->dns, utf8, len);
	OPENSSL_free(utf8);
	return r;
}

static int
read_names(struct cert_facts *f)
{
	int critical, r = 0;
	GENERAL_NAMES *sans = X509V3_get_d2i(f->asn1->tbs->extensions,
	    NID_subject_alt_name, &critical, NULL);

	/* One that cannot be read is not the same as none: -1. */
	if (sans == NULL)
		return critical == -1 ? add_common_name(f) : 0;
	for (int i = 0; r == 0 && i < sk_GENERAL_NAME_num(sans); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(sans, i);

		if (g->type == GEN_DNS)
			r = add_name(&f->dns,
			    ASN1_STRING_get0_data(g->d.dNSName),
			    ASN1_STRING_length(g->d.dNSName));
		else if (g->type == GEN_IPADD)
			r = add_address(&f->ip, g->d.iPAddress);
	}
	GENERAL_NAMES_free(sans);
	return r;
}

/* ------------------------------------------------- extensions --------- */

#define DIGITAL_SIGNATURE	0	/* bit of keyUsage, RFC 5280 4.2.1.3 */

static bool
read_key_usage(X509_EXTENSION *x)
{
	ASN1_BIT_STRING *bits = X509V3_EXT_d2i(x);
	bool sign = ASN1_BIT_STRING_get_bit(bits, DIGITAL_SIGNATURE) == 1;

	ASN1_BIT_STRING_free(bits);
	return sign;
}

/* "Any" will not do: OpenSSL's own clients do not take it either. */
static bool
read_purposes(X509_EXTENSION *x)
{
	EXTENDED_KEY_USAGE *all = X509V3_EXT_d2i(x);
	bool serve = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(all); i++)
		if (OBJ_obj2nid(sk_ASN1_OBJECT_value(all, i)) ==
		    NID_server_auth)
			serve = true;
	EXTENDED_KEY_USAGE_free(all);
	return serve;
}

static bool
read_access(X509_EXTENSION *x)
{
	AUTHORITY_INFO_ACCESS *all = X509V3_EXT_d2i(x);
	bool online = false;

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(all); i++)
		if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(all, i)->method) ==
		    NID_ad_ca_issuers)
			online = true;
	AUTHORITY_INFO_ACCESS_free(all);
	return online;
}

static void
read_key_id(struct cert_uses *u, X509_EXTENSION *x)
{
	AUTHORITY_KEYID *id = X509V3_EXT_d2i(x);
	int len = id != NULL && id->keyid != NULL ?
	    ASN1_STRING_length(id->keyid) : 0;

	if (len > 0 && len <= CERT_KEY_ID) {
		memcpy(u->key_id, ASN1_STRING_get0_data(id->keyid),
		    (size_t)len);
		u->key_id_len = (size_t)len;
	}
	AUTHORITY_KEYID_free(id);
}

/* In one pass: looking up each extension takes longer than reading it. */
static void
read_uses(struct cert_uses *u, const STACK_OF(X509_EXTENSION) *all)
{
	*u = (struct cert_uses){ .serve = true, .sign = true };
	for (int i = 0; i < sk_X509_EXTENSION_num(all); i++) {
		X509_EXTENSION *x = sk_X509_EXTENSION_value(all, i);

		switch (OBJ_obj2nid(X509_EXTENSION_get_object(x))) {
		case NID_key_usage:
			u->sign = read_key_usage(x);
			break;
		case NID_ext_key_usage:
			u->serve = read_purposes(x);
			break;
		case NID_subject_alt_name:
			u->has_sans = true;
			break;
		case NID_info_access:
			u->issuer_online = read_access(x);
			break;
		case NID_authority_key_identifier:
			read_key_id(u, x);
			break;
		}
	}
}

/* ------------------------------------------------- the rest ------------ */

static int
read_time(time_t *out, const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	*out = timegm(&tm);
	return 0;
}

static void
read_ca(struct cert_facts *f)
{
	BASIC_CONSTRAINTS *b = X509V3_get_d2i(f->asn1->tbs->extensions,
	    NID_basic_constraints, NULL, NULL);

	f->ca = b != NULL && b->ca != 0;
	BASIC_CONSTRAINTS_free(b);
}

static int
modulus_bits(const struct cert_part *key)
{
	const unsigned char *p = key->bytes;
	MODULUS *m = (MODULUS *)ASN1_item_d2i(NULL, &p, (long)key->len,
	    ASN1_ITEM_rptr(MODULUS));
	int bits = m != NULL ? BN_num_bits(m->modulus) : 0;

	ASN1_item_free((ASN1_VALUE *)m, ASN1_ITEM_rptr(MODULUS));
	return bits;
}

static int
curve_bits(int curve)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
	int bits = group != NULL ? EC_GROUP_order_bits(group) : 0;

	EC_GROUP_free(group);
	return bits;
}

/* Sets kind, scheme and curve; returns the bits. */
static int
read_curve(struct cert_facts *f, const X509_ALGOR *a)
{
	static const struct {
		int curve, bits;
		uint16_t scheme;	/* RFC 8446 4.2.3 */
	} curves[] = {
		{ NID_X9_62_prime256v1, 256, 0x0403 },
		{ NID_secp384r1, 384, 0x0503 },
		{ NID_secp521r1, 521, 0x0603 },
	};

	if (a->parameter == NULL || a->parameter->type != V_ASN1_OBJECT)
		return 0;
	f->curve = OBJ_obj2nid(a->parameter->value.object);
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if (curves[i].curve == f->curve) {
			f->kind = CERT_ECDSA;
			f->scheme = curves[i].scheme;
			return curves[i].bits;
		}
	return curve_bits(f->curve);
}

/* In HAProxy's words, which the PROXY header has as well. */
static void
read_key(struct cert_facts *f)
{
	const PUBLIC *public = f->asn1->tbs->key;
	const char *word = "";
	int bits = 0;

	f->key.bytes = ASN1_STRING_get0_data(public->bits);
	f->key.len = (size_t)ASN1_STRING_length(public->bits);
	f->kind = CERT_OTHER;
	switch (OBJ_obj2nid(public->algorithm->algorithm)) {
	case NID_X9_62_id_ecPublicKey:
		word = "EC";
		bits = f->ec_bits = read_curve(f, public->algorithm);
		break;
	case NID_rsaEncryption:
		word = "RSA";
		f->kind = CERT_RSA;
		bits = f->rsa_bits = modulus_bits(&f->key);
		break;
	case NID_rsassaPss:
		bits = f->rsa_bits = modulus_bits(&f->key);
		break;
	case NID_ED25519:
		word = "ED";
		f->kind = CERT_ED25519;
		f->scheme = 0x0807;
		bits = 256;
		break;
	case NID_ED448:
		bits = 456;
		break;
	}
	BIO_snprintf(f->key_alg, sizeof f->key_alg, "%s%d", word, bits);
}

static void
read_signature(struct cert_facts *f, const X509_ALGOR *a)
{
	int nid = OBJ_obj2nid(a->algorithm);

	f->sig_alg = OBJ_nid2sn(nid);
	/* That of RSA-PSS is among the parameters, and is not looked for. */
	if (OBJ_find_sigid_algs(nid, &f->digest, NULL) != 1)
		f->digest = 0;
}

static void
read_part(struct cert_part *part, const X509_NAME *name)
{
	X509_NAME_get0_der(name, &part->bytes, &part->len);
}

int
cert_facts_read(struct cert_facts *f, const unsigned char *der, size_t len)
{
	const unsigned char *p = der;
	const TBS *tbs;

	*f = (struct cert_facts){ .asn1 = (struct cert_asn1 *)ASN1_item_d2i(
	    NULL, &p, (long)len, ASN1_ITEM_rptr(WHOLE)) };
	if (f->asn1 == NULL)
		goto fail;
	tbs = f->asn1->tbs;
	f->len = (size_t)(p - der);
	if (read_time(&f->not_before, tbs->validity->notBefore) != 0 ||
	    read_time(&f->not_after, tbs->validity->notAfter) != 0 ||
	    read_names(f) != 0)
		goto fail;
	read_part(&f->subject, tbs->subject);
	read_part(&f->issuer, tbs->issuer);
	read_ca(f);
	read_key(f);
	read_signature(f, f->asn1->signature);
	read_uses(&f->uses, tbs->extensions);
	ERR_clear_error();
	return 0;
 fail:
	ERR_clear_error();
	cert_facts_clear(f);
	return -1;
}

void
cert_facts_clear(struct cert_facts *f)
{
	ASN1_item_free((ASN1_VALUE *)f->asn1, ASN1_ITEM_rptr(WHOLE));
	free(f->dns.text);
	free(f->ip.text);
	*f = (struct cert_facts){ 0 };
}
