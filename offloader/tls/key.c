/*
 * key.c - the seam: a private key, wherever it lives.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tls/pem.h"
#include "tls/key.h"

EVP_PKEY *
key_load(const char *file, struct err *e)
{
	BIO *in = pem_open(file, e);
	EVP_PKEY *key;
	int asked = 0;

	if (in == NULL)
		return NULL;
	key = PEM_read_bio_PrivateKey(in, NULL, pem_no_passphrase, &asked);
	if (key == NULL && asked)
		err_set(e, "%s: the private key is encrypted", file);
	else if (key == NULL)
		err_set(e, "%s: no private key can be read from it", file);
	ERR_clear_error();
	BIO_free(in);
	return key;
}

int
key_fits(const EVP_PKEY *key, const X509 *leaf, const char *file,
    struct err *e)
{
	if (EVP_PKEY_eq(X509_get0_pubkey(leaf), key) == 1)
		return 0;
	ERR_clear_error();
	return err_set(e, "%s: the private key belongs to another certificate",
	    file);
}
