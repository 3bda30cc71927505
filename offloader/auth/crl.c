/*
 * crl.c - what authorities have revoked, out of a PEM file.
 */
#include <stdint.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "auth/crl.h"

#define MAX_FILE	(64 << 20)	/* bytes; a million entries: 40 MB */

static int
damaged(const char *file, const STACK_OF(X509_CRL) *all, struct err *e)
{
	return err_set(e, "%s: revocation list %d is damaged", file,
	    sk_X509_CRL_num(all) + 1);
}

/* Encrypted it would be, which no list has a reason to be: a header. */
static X509_CRL *
decode_crl(const char *header, const unsigned char *data, long len)
{
	return *header == '\0' ? d2i_X509_CRL(NULL, &data, len) : NULL;
}

/* Adds the list in a block, if one is in it. -1: an error message. */
static int
add_block(STACK_OF(X509_CRL) *all, const char *name, const char *header,
    const unsigned char *data, long len, int max, const char *file,
    struct err *e)
{
	X509_CRL *crl;

	if (strcmp(name, PEM_STRING_X509_CRL) != 0)
		return 0;
	if ((crl = decode_crl(header, data, len)) == NULL)
		return damaged(file, all, e);
	if (sk_X509_CRL_num(all) < max && sk_X509_CRL_push(all, crl) > 0)
		return 0;
	X509_CRL_free(crl);
	return err_set(e, "%s: more than %d revocation lists", file, max);
}

static int
read_all(BIO *in, STACK_OF(X509_CRL) *all, int max, const char *file,
    struct err *e)
{
	char *name, *header;
	unsigned char *data;
	long len;
	int r = 0;

	while (r == 0 && PEM_read_bio(in, &name, &header, &data, &len) == 1) {
		r = add_block(all, name, header, data, len, max, file, e);
		OPENSSL_free(name);
		OPENSSL_free(header);
		/* The file may contain a private key too. */
		OPENSSL_clear_free(data, (size_t)len);
	}
	if (r != 0)
		return -1;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return damaged(file, all, e);
	return sk_X509_CRL_num(all) > 0 ? 0 :
	    err_set(e, "%s: no revocation list in it", file);
}

STACK_OF(X509_CRL) *
crl_read(const char *file, int max, struct err *e)
{
	STACK_OF(X509_CRL) *all = sk_X509_CRL_new_null();
	struct file t;
	BIO *in;
	int r = -1;

	if (file_read(&t, file, MAX_FILE, e) != 0) {
		sk_X509_CRL_free(all);
		return NULL;
	}
	in = BIO_new_mem_buf(t.bytes, (int)t.len);
	if (all == NULL || in == NULL)
		err_memory(e, file);
	else
		r = read_all(in, all, max, file, e);
	ERR_clear_error();
	BIO_free(in);
	file_clear(&t);
	if (r == 0)
		return all;
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	return NULL;
}

/* An authority of this name may have had several keys. */
static const X509 *
signer(X509_CRL *crl, const STACK_OF(X509) *authorities)
{
	for (int i = 0; i < sk_X509_num(authorities); i++) {
		const X509 *ca = sk_X509_value(authorities, i);
		EVP_PKEY *key = X509_get0_pubkey(ca);

		if (X509_NAME_cmp(X509_get_subject_name(ca),
		    X509_CRL_get_issuer(crl)) == 0 && key != NULL &&
		    X509_CRL_verify(crl, key) == 1)
			return ca;
	}
	return NULL;
}

/* What is wrong with a list, or NULL. */
static const char *
fault_of(X509_CRL *crl, const X509 *ca)
{
	const ASN1_TIME *end = X509_CRL_get0_nextUpdate(crl);

	if (ca == NULL)
		return "none of the authorities in client-verify-ca signed it";
	/* Without a usage there is every one. */
	if ((X509_get_key_usage((X509 *)ca) & X509v3_KU_CRL_SIGN) == 0)
		return "the keyUsage of its authority does not allow it to "
		    "sign lists";
	/* OpenSSL ignores a delta CRL, and would accept revoked clients. */
	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return "it is a delta list; a complete list is needed";
	if (X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) >= 0)
		return "it is not in force yet";
	if (end != NULL && X509_cmp_current_time(end) <= 0)
		return "it has expired";
	return NULL;
}

int
crl_judge(X509_CRL *crl, const STACK_OF(X509) *authorities, const char *file,
    struct err *e)
{
	const char *fault = fault_of(crl, signer(crl, authorities));
	char name[160];

	ERR_clear_error();
	if (fault == NULL)
		return 0;
	X509_NAME_oneline(X509_CRL_get_issuer(crl), name, sizeof name);
	return err_set(e, "%s: revocation list of %s: %s", file, name, fault);
}
