/*
 * known_key.c - what the master remembers of a key in the keyguard: its files
 * and its public half.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "keyguard/known_key.h"

#define RSA_BITS	8192	/* a reply has room for its signature */

/* In one piece, the texts behind it. */
struct known_key {
	unsigned char print[SHA256_DIGEST_LENGTH];	/* of its public half */
	struct key_source from;
	char text[];
};

static size_t
size_of(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static const char *
append(char **to, const char *text)
{
	char *at = *to;

	if (text == NULL)
		return NULL;
	memcpy(at, text, size_of(text));
	*to += size_of(text);
	return at;
}

static void
print_of(unsigned char *out, const struct public_key *h)
{
	unsigned char all[sizeof h->kind + sizeof h->curve + PUBLIC_KEY_MAX];

	memcpy(all, &h->kind, sizeof h->kind);
	memcpy(all + sizeof h->kind, &h->curve, sizeof h->curve);
	memcpy(all + sizeof h->kind + sizeof h->curve, h->bytes, h->len);
	SHA256(all, sizeof h->kind + sizeof h->curve + h->len, out);
}

struct known_key *
known_key_new(const struct key_source *from, const struct public_key *half)
{
	struct known_key *k = calloc(1, sizeof *k + size_of(from->file) +
	    size_of(from->key_file) + size_of(from->passphrase_file));
	char *to;

	if (k == NULL)
		return NULL;
	to = k->text;
	k->from = (struct key_source){ append(&to, from->file),
	    append(&to, from->key_file), append(&to, from->passphrase_file),
	    from->loose };
	print_of(k->print, half);
	return k;
}

void
known_key_free(struct known_key *k)
{
	free(k);
}

struct key_source
known_key_source(const struct known_key *k)
{
	return k->from;
}

bool
known_key_is(const struct known_key *k, const struct public_key *half)
{
	unsigned char print[SHA256_DIGEST_LENGTH];

	print_of(print, half);
	return memcmp(print, k->print, sizeof print) == 0;
}

bool
known_key_can_be(const struct public_key *h)
{
	EVP_PKEY *key = public_key_public(h->kind, h->curve, h->bytes, h->len,
	    NULL);
	bool can = key != NULL && (h->kind != PUBLIC_RSA ||
	    EVP_PKEY_get_bits(key) <= RSA_BITS);

	EVP_PKEY_free(key);
	return can;
}
