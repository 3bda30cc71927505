/*
 * ticket.c - session-ticket keys in shared memory.
 *
 * HMAC_CTX is deprecated since OpenSSL 3.0, but an EVP_MAC is given its digest
 * by name, and libssl looks up the MAC by name as well, ticket for ticket:
 * twice the time, 1 to 2 % of all that a resumed TLS 1.2 connection takes.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "tls/ticket_life.h"
#include "tls/ticket.h"

_Static_assert(sizeof(struct ticket_keys) <= SLOT_SIZE, "keys fit a slot");

struct ticket_office {
	const struct slot *slot;	/* borrowed */
	EVP_CIPHER *aes128, *aes256;	/* fetched once: see above */
	EVP_MD *sha256;
};

/* OpenSSL's answers: nothing usable, good, good but give out a new ticket. */
enum { TICKET_ERROR = -1, TICKET_NONE = 0, TICKET_GOOD = 1, TICKET_RENEW = 2 };

static int
make(struct ticket_key *k)
{
	int r = RAND_bytes((uint8_t *)k, sizeof *k) == 1 ? 0 : -1;

	k->is_short = 0;
	return r;
}

int
ticket_rotate(struct slot *slot)
{
	struct ticket_keys keys;
	size_t n = slot_read(slot, &keys, sizeof keys);
	int r = -1;

	for (int i = 1; n != sizeof keys && i < TICKET_KEYS; i++)
		if (make(&keys.key[i - 1]) != 0)
			goto out;
	memmove(&keys.key[1], &keys.key[0],
	    (TICKET_KEYS - 1) * sizeof keys.key[0]);
	if (make(&keys.key[0]) != 0)
		goto out;
	keys.seals = 0;
	r = slot_write(slot, &keys, sizeof keys) ? 0 : -1;
 out:
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

static int
set_mac(const struct ticket_office *o, const struct ticket_key *k,
    HMAC_CTX *hmac)
{
	return HMAC_Init_ex(hmac, k->hmac, k->is_short ? sizeof k->hmac / 2 :
	    sizeof k->hmac, o->sha256, NULL);
}

static int
seal(const struct ticket_office *o, const struct ticket_key *k,
    unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *aes,
    HMAC_CTX *hmac)
{
	const EVP_CIPHER *cipher = k->is_short ? o->aes128 : o->aes256;

	memcpy(name, k->name, sizeof k->name);
	if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher)) != 1 ||
	    EVP_EncryptInit_ex(aes, cipher, NULL, k->aes, iv) != 1 ||
	    set_mac(o, k, hmac) != 1)
		return TICKET_ERROR;
	return TICKET_GOOD;
}

static int
unseal(const struct ticket_office *o, const struct ticket_keys *keys,
    const unsigned char *name, const unsigned char *iv, EVP_CIPHER_CTX *aes,
    HMAC_CTX *hmac, bool tls13)
{
	for (int i = 0; i < TICKET_KEYS; i++) {
		const struct ticket_key *k = &keys->key[i];

		if (memcmp(name, k->name, sizeof k->name) != 0)
			continue;
		if (EVP_DecryptInit_ex(aes, k->is_short ? o->aes128 :
		    o->aes256, NULL, k->aes, iv) != 1 ||
		    set_mac(o, k, hmac) != 1)
			return TICKET_ERROR;
		/* A client of TLS 1.3 shows each ticket once (RFC 8446 C.4). */
		return tls13 || i > keys->seals ? TICKET_RENEW : TICKET_GOOD;
	}
	return TICKET_NONE;
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *aes, HMAC_CTX *hmac, int sealing)
{
	const struct ticket_office *o =
	    SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_keys keys;
	int r = TICKET_NONE;

	/* No keys to be read: a full handshake, not an error. */
	if (slot_read(o->slot, &keys, sizeof keys) == sizeof keys &&
	    keys.seals < TICKET_KEYS)
		r = sealing ? seal(o, &keys.key[keys.seals], name, iv, aes,
		    hmac) : unseal(o, &keys, name, iv, aes, hmac,
		    SSL_version(ssl) >= TLS1_3_VERSION);
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

struct ticket_office *
ticket_office_new(const struct slot *slot)
{
	struct ticket_office *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->slot = slot;
	o->aes128 = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	o->aes256 = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	o->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (o->aes128 != NULL && o->aes256 != NULL && o->sha256 != NULL)
		return o;
	ticket_office_free(o);
	return NULL;
}

void
ticket_office_free(struct ticket_office *o)
{
	if (o == NULL)
		return;
	EVP_CIPHER_free(o->aes128);
	EVP_CIPHER_free(o->aes256);
	EVP_MD_free(o->sha256);
	free(o);
}

void
ticket_office_serve(const struct ticket_office *o, SSL_CTX *ctx)
{
	SSL_CTX_set_app_data(ctx, (void *)o);
	SSL_CTX_set_tlsext_ticket_key_cb(ctx, on_ticket);
	ticket_life_limit(ctx);
}
