/*
 * forger.c - records that no honest client would send.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "forger.h"

/* RFC 5246 section 6.3: client key, server key, client salt, server salt. */
bool
forger_take(struct forger *f, SSL *client)
{
	uint8_t master[48], block[16 + 16 + 4 + 4];
	uint8_t seed[13 + 32 + 32] = "key expansion";
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[4];
	bool good;

	SSL_get_server_random(client, seed + 13, 32);
	SSL_get_client_random(client, seed + 13 + 32, 32);
	good = SSL_SESSION_get_master_key(SSL_get0_session(client), master,
	    sizeof master) == sizeof master;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
	    (char[]){ "SHA256" }, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
	    master, sizeof master);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED,
	    seed, sizeof seed);
	params[3] = OSSL_PARAM_construct_end();
	good = good && EVP_KDF_derive(ctx, block, sizeof block, params) == 1;
	memcpy(f->key, block, sizeof f->key);
	memcpy(f->salt, block + 32, sizeof f->salt);
	f->sequence = 1;		/* 0 was the Finished */
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

static void
put64(uint8_t *out, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> (56 - 8 * i));
}

size_t
forger_record(struct forger *f, uint8_t *out, uint8_t type,
    const void *content, size_t len)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	uint8_t nonce[12], about[13];
	size_t wire = 8 + len + 16;
	int n;

	put64(about, f->sequence);
	memcpy(about + 8, (uint8_t[]){ type, 3, 3, (uint8_t)(len >> 8),
	    (uint8_t)len }, 5);
	memcpy(out, (uint8_t[]){ type, 3, 3, (uint8_t)(wire >> 8),
	    (uint8_t)wire }, 5);
	put64(out + 5, f->sequence++);
	memcpy(nonce, f->salt, 4);
	memcpy(nonce + 4, out + 5, 8);
	EVP_EncryptInit_ex(aes, EVP_aes_128_gcm(), NULL, f->key, nonce);
	EVP_EncryptUpdate(aes, NULL, &n, about, sizeof about);
	EVP_EncryptUpdate(aes, out + 13, &n, content, (int)len);
	EVP_EncryptFinal_ex(aes, out + 13 + len, &n);
	EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_GET_TAG, 16, out + 13 + len);
	EVP_CIPHER_CTX_free(aes);
	return len + FORGER_EXTRA;
}
