/*
 * cert_uses.c - what a certificate's extensions say it is for.
 *
 * In one pass: finding each of them by its number takes longer than reading it.
 */
#include <string.h>

#include <openssl/x509v3.h>

#include "cert/cert_uses.h"

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

void
cert_uses_read(struct cert_uses *u, const STACK_OF(X509_EXTENSION) *all)
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
