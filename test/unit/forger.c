/*
 * forger.c - records that no honest client would send.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "forger.h"

/* Of the last handshake of TLS 1.3: what the client seals its data with. */
static uint8_t traffic_secret[32];

static void
on_secret(const SSL *ssl, const char *line)
{
	static const char label[] = "CLIENT_TRAFFIC_SECRET_0 ";
	unsigned char *secret;
	long len;

	(void)ssl;
	if (strncmp(line, label, sizeof label - 1) != 0)
		return;
	secret = OPENSSL_hexstr2buf(strrchr(line, ' ') + 1, &len);
	if (secret != NULL && len == sizeof traffic_secret)
		memcpy(traffic_secret, secret, sizeof traffic_secret);
	OPENSSL_free(secret);
}

void
forger_listen(SSL_CTX *ctx)
{
	SSL_CTX_set_keylog_callback(ctx, on_secret);
}

static bool
derive(const char *name, OSSL_PARAM *params, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	bool good = EVP_KDF_derive(ctx, out, len, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

/* RFC 8446 section 7.1, HKDF-Expand-Label without a context. */
static bool
expand_label(const char *label, uint8_t *out, size_t len)
{
	uint8_t info[64] = { 0, (uint8_t)len,
	    (uint8_t)(6 + strlen(label)), 't', 'l', 's', '1', '3', ' ' };
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		    traffic_secret, sizeof traffic_secret),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info,
		    9 + strlen(label) + 1),
		OSSL_PARAM_construct_end()
	};

	memcpy(info + 9, label, strlen(label));
	return derive("HKDF", params, out, len);
}

/* RFC 5246 section 6.3: client key, server key, client salt, server salt. */
static bool
expand_block(SSL *client, uint8_t *out, size_t len)
{
	uint8_t master[48], seed[13 + 32 + 32] = "key expansion";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
		    master, sizeof master),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed,
		    sizeof seed),
		OSSL_PARAM_construct_end()
	};

	SSL_get_server_random(client, seed + 13, 32);
	SSL_get_client_random(client, seed + 13 + 32, 32);
	return SSL_SESSION_get_master_key(SSL_get0_session(client), master,
	    sizeof master) == sizeof master &&
	    derive("TLS1-PRF", params, out, len);
}

bool
forger_take(struct forger *f, SSL *client)
{
	uint8_t block[16 + 16 + 4 + 4];

	f->tls13 = SSL_version(client) == TLS1_3_VERSION;
	f->sequence = f->tls13 ? 0 : 1;		/* 0 was the Finished */
	if (f->tls13)
		return expand_label("key", f->key, sizeof f->key) &&
		    expand_label("iv", f->iv, sizeof f->iv);
	if (!expand_block(client, block, sizeof block))
		return false;
	memcpy(f->key, block, sizeof f->key);
	memcpy(f->iv, block + 32, 4);
	return true;
}

static void
put64(uint8_t *out, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> (56 - 8 * i));
}

/* Seals in place; the tag follows. */
static void
seal(const struct forger *f, const uint8_t nonce[12], const uint8_t *about,
    int about_len, uint8_t *bytes, size_t len)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	int n;

	EVP_EncryptInit_ex(aes, EVP_aes_128_gcm(), NULL, f->key, nonce);
	EVP_EncryptUpdate(aes, NULL, &n, about, about_len);
	EVP_EncryptUpdate(aes, bytes, &n, bytes, (int)len);
	EVP_EncryptFinal_ex(aes, bytes + len, &n);
	EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_GET_TAG, 16, bytes + len);
	EVP_CIPHER_CTX_free(aes);
}

static void
put_head(uint8_t *out, uint8_t type, size_t len)
{
	out[0] = type;
	out[1] = out[2] = 3;
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
}

/* The content's type is sealed too; padding makes the lengths the same. */
static size_t
record13(struct forger *f, uint8_t *out, uint8_t type, size_t len)
{
	uint8_t nonce[12];

	memcpy(nonce, f->iv, sizeof nonce);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(f->sequence >> (56 - 8 * i));
	f->sequence++;
	out[5 + len] = type;
	memset(out + 5 + len + 1, 0, 7);
	put_head(out, 23, len + 8 + 16);
	seal(f, nonce, out, 5, out + 5, len + 8);
	return len + FORGER_EXTRA;
}

static size_t
record12(struct forger *f, uint8_t *out, uint8_t type, size_t len)
{
	uint8_t nonce[12], about[13];

	memmove(out + 13, out + 5, len);
	put64(about, f->sequence);
	put_head(about + 8, type, len);
	put_head(out, type, 8 + len + 16);
	put64(out + 5, f->sequence++);
	memcpy(nonce, f->iv, 4);
	memcpy(nonce + 4, out + 5, 8);
	seal(f, nonce, about, sizeof about, out + 13, len);
	return len + FORGER_EXTRA;
}

size_t
forger_record(struct forger *f, uint8_t *out, uint8_t type,
    const void *content, size_t len)
{
	memcpy(out + 5, content, len);
	return f->tls13 ? record13(f, out, type, len) :
	    record12(f, out, type, len);
}
