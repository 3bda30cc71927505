/*
 * ticket.c - session-ticket keys in shared memory.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "tls/ticket.h"

_Static_assert(sizeof(struct ticket_keys) <= SLOT_SIZE, "keys fit a slot");

/* OpenSSL's answers: nothing usable, good, good but give out a new ticket. */
enum { TICKET_ERROR = -1, TICKET_NONE = 0, TICKET_GOOD = 1, TICKET_RENEW = 2 };

int
ticket_rotate(struct slot *slot)
{
	struct ticket_keys keys;
	size_t n = slot_read(slot, &keys, sizeof keys);
	int r = -1;

	if (n != sizeof keys && RAND_bytes((uint8_t *)&keys, sizeof keys) != 1)
		goto out;
	memmove(&keys.key[1], &keys.key[0],
	    (TICKET_KEYS - 1) * sizeof keys.key[0]);
	if (RAND_bytes((uint8_t *)&keys.key[0], sizeof keys.key[0]) != 1)
		goto out;
	r = slot_write(slot, &keys, sizeof keys) ? 0 : -1;
 out:
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

static int
set_mac(EVP_MAC_CTX *mac, struct ticket_key *k)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, k->hmac,
		    sizeof k->hmac),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		    (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end()
	};

	return EVP_MAC_CTX_set_params(mac, params);
}

static int
seal(struct ticket_key *k, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *aes, EVP_MAC_CTX *mac)
{
	memcpy(name, k->name, sizeof k->name);
	if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1 ||
	    EVP_EncryptInit_ex(aes, EVP_aes_256_cbc(), NULL, k->aes, iv) != 1 ||
	    set_mac(mac, k) != 1)
		return TICKET_ERROR;
	return TICKET_GOOD;
}

static int
unseal(struct ticket_keys *keys, const unsigned char *name,
    const unsigned char *iv, EVP_CIPHER_CTX *aes, EVP_MAC_CTX *mac)
{
	for (int i = 0; i < TICKET_KEYS; i++) {
		struct ticket_key *k = &keys->key[i];

		if (memcmp(name, k->name, sizeof k->name) != 0)
			continue;
		if (EVP_DecryptInit_ex(aes, EVP_aes_256_cbc(), NULL, k->aes,
		    iv) != 1 || set_mac(mac, k) != 1)
			return TICKET_ERROR;
		return i == 0 ? TICKET_GOOD : TICKET_RENEW;
	}
	return TICKET_NONE;
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *aes, EVP_MAC_CTX *mac, int sealing)
{
	const struct slot *slot = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_keys keys;
	int r = TICKET_NONE;

	/* No keys to be read: a full handshake, not an error. */
	if (slot_read(slot, &keys, sizeof keys) == sizeof keys)
		r = sealing ? seal(&keys.key[0], name, iv, aes, mac) :
		    unseal(&keys, name, iv, aes, mac);
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

void
ticket_use(SSL_CTX *ctx, const struct slot *slot)
{
	SSL_CTX_set_app_data(ctx, (void *)slot);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
}
