/*
 * signer.c - the process that signs for one worker.
 *
 * A key is decoded for its first request, and kept with its OpenSSL contexts:
 * to fetch an algorithm and to set it up takes as long as a P-256 signature.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "signing/sign_policy.h"
#include "keyguard/signer.h"

#define PLACES		256	/* keys kept ready */
#define ALGORITHMS	(KEY_EDDSA + 1)
#define HASHES		(KEY_SHA512 + 1)

struct place {
	EVP_PKEY *key;			/* NULL: it is empty */
	uint32_t number;
	enum key_type use;
	EVP_PKEY_CTX *ready[ALGORITHMS][HASHES];
};

struct signer {
	int channel;
	key_of_fn *key_of;
	void *arg;
	EVP_MD *hash[HASHES];
	EVP_MD_CTX *hashing;
	struct place *place;
};

static void
place_clear(struct place *p)
{
	if (p->key == NULL)
		return;
	for (int a = 0; a < ALGORITHMS; a++)
		for (int h = 0; h < HASHES; h++)
			EVP_PKEY_CTX_free(p->ready[a][h]);
	EVP_PKEY_free(p->key);
	*p = (struct place){ .key = NULL };
}

/* NULL if there is no such key. */
static struct place *
find_place(struct signer *s, uint32_t number)
{
	struct place *p = &s->place[number % PLACES];

	if (p->key != NULL && p->number == number)
		return p;
	place_clear(p);
	if ((p->key = s->key_of(s->arg, number)) == NULL)
		return NULL;
	EVP_PKEY_up_ref(p->key);
	p->number = number;
	p->use = key_type(p->key);
	return p;
}

static EVP_PKEY_CTX *
make_ready(struct signer *s, const struct place *p, unsigned algorithm,
    unsigned hash)
{
	static const char *const names[HASHES] = { [KEY_SHA224] = "SHA224",
	    [KEY_SHA256] = "SHA256", [KEY_SHA384] = "SHA384",
	    [KEY_SHA512] = "SHA512" };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, p->key, NULL);

	if (s->hash[hash] == NULL)
		s->hash[hash] = EVP_MD_fetch(NULL, names[hash], NULL);
	if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, s->hash[hash]) == 1 &&
	    (algorithm == KEY_ECDSA ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, algorithm == KEY_RSA_PSS ?
	    RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1) &&
	    (algorithm != KEY_RSA_PSS || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
	    RSA_PSS_SALTLEN_DIGEST) == 1))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static bool
sign_hash(struct signer *s, struct place *p, const struct sign_request *a,
    uint8_t *out, size_t *len)
{
	EVP_PKEY_CTX **ctx = &p->ready[a->algorithm][a->hash];
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n;

	if (*ctx == NULL)
		*ctx = make_ready(s, p, a->algorithm, a->hash);
	return *ctx != NULL &&
	    EVP_DigestInit_ex2(s->hashing, s->hash[a->hash], NULL) == 1 &&
	    EVP_DigestUpdate(s->hashing, a->content, a->len) == 1 &&
	    EVP_DigestFinal_ex(s->hashing, digest, &n) == 1 &&
	    EVP_PKEY_sign(*ctx, out, len, digest, n) == 1;
}

/* Ed25519 and Ed448 sign the content, not a hash. */
static bool
sign_content(const struct place *p, const struct sign_request *a, uint8_t *out,
    size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, p->key) == 1 &&
	    EVP_DigestSign(ctx, out, len, a->content, a->len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

/* SIGNER_LEFT if the request is allowed; then there is a reply. */
static enum signer_end
answer(struct signer *s, const struct sign_request *a, struct sign_reply *r)
{
	struct place *p = find_place(s, a->key);
	size_t len = sizeof r->signature;
	bool good;

	*r = (struct sign_reply){ .number = a->number, .result = KEY_FAILED };
	/* Lost with an earlier keyguard: not an error of the worker. */
	if (p == NULL)
		return SIGNER_LEFT;
	if (!sign_policy_allows(a, p->use))
		return SIGNER_ASKED;
	good = a->algorithm == KEY_EDDSA ?
	    sign_content(p, a, r->signature, &len) :
	    sign_hash(s, p, a, r->signature, &len);
	if (good) {
		r->result = KEY_SIGNED;
		r->len = (uint16_t)len;
	}
	ERR_clear_error();
	return SIGNER_LEFT;
}

static enum signer_end
serve(struct signer *s)
{
	enum signer_end end = SIGNER_LEFT;
	struct sign_request a;
	struct sign_reply r;
	ssize_t n;

	while (end == SIGNER_LEFT) {
		/* With MSG_TRUNC the length is what was sent. */
		n = recv(s->channel, &a, sizeof a, MSG_TRUNC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0 || (n == -1 && errno == ECONNRESET))
			return SIGNER_LEFT;
		if (n != sizeof a)
			return n == -1 ? SIGNER_CHANNEL : SIGNER_GARBLED;
		if ((end = answer(s, &a, &r)) != SIGNER_LEFT)
			return end;
		do
			n = send(s->channel, &r, sizeof r, MSG_NOSIGNAL);
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return errno == EPIPE || errno == ECONNRESET ?
			    SIGNER_LEFT : SIGNER_CHANNEL;
	}
	return end;
}

static void
end(struct signer *s)
{
	for (size_t i = 0; s->place != NULL && i < PLACES; i++)
		place_clear(&s->place[i]);
	free(s->place);
	EVP_MD_CTX_free(s->hashing);
	for (int i = 0; i < HASHES; i++)
		EVP_MD_free(s->hash[i]);
}

enum signer_end
signer_run(int channel, key_of_fn *key_of, void *arg)
{
	struct signer s = { .channel = channel, .key_of = key_of, .arg = arg,
	    .hashing = EVP_MD_CTX_new(),
	    .place = calloc(PLACES, sizeof *s.place) };
	enum signer_end why = s.hashing != NULL && s.place != NULL ?
	    serve(&s) : SIGNER_NO_MEMORY;

	end(&s);
	return why;
}

const char *
signer_end_text(int status)
{
	switch ((enum signer_end)status) {
	case SIGNER_LEFT:	return NULL;
	case SIGNER_ASKED:	return "the worker requested a signature that "
				    "TLS does not use";
	case SIGNER_GARBLED:	return "the worker sent a message of a wrong "
				    "size";
	case SIGNER_CHANNEL:	return "the channel to the worker failed";
	case SIGNER_NO_MEMORY:	return "out of memory";
	}
	return "unknown exit status";
}
