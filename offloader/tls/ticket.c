/*
 * ticket.c - session tickets: keys in shared memory or from a file, lifetimes.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/file.h"
#include "keys/openssl_legacy.h"
#include "tls/site.h"
#include "tls/ticket.h"

_Static_assert(sizeof(struct ticket_keys) <= SLOT_SIZE, "keys fit a slot");

struct ticket_context {
	const struct slot *slot;	/* borrowed */
	EVP_CIPHER *aes128, *aes256;	/* fetched once */
	EVP_MD *sha256;
};

/* OpenSSL's answers: nothing usable, good, good but give out a new ticket. */
enum { TICKET_ERROR = -1, TICKET_NONE = 0, TICKET_GOOD = 1, TICKET_RENEW = 2 };

static int
make_key(struct ticket_key *k)
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
		if (make_key(&keys.key[i - 1]) != 0)
			goto out;
	memmove(&keys.key[1], &keys.key[0],
	    (TICKET_KEYS - 1) * sizeof keys.key[0]);
	if (make_key(&keys.key[0]) != 0)
		goto out;
	keys.encrypts = 0;
	r = slot_write(slot, &keys, sizeof keys) ? 0 : -1;
 out:
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

static int
set_mac(const struct ticket_context *o, const struct ticket_key *k,
    HMAC_CTX *hmac)
{
	return legacy_hmac_init(hmac, k->hmac, k->is_short ?
	    sizeof k->hmac / 2 : sizeof k->hmac, o->sha256);
}

static int
encrypt_ticket(const struct ticket_context *o, const struct ticket_key *k,
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
decrypt_ticket(const struct ticket_context *o, const struct ticket_keys *keys,
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
		return tls13 || i > keys->encrypts ? TICKET_RENEW : TICKET_GOOD;
	}
	return TICKET_NONE;
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *aes, HMAC_CTX *hmac, int encrypting)
{
	const struct ticket_context *o =
	    SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_keys keys;
	int r = TICKET_NONE;

	/* No keys to be read: a full handshake, not an error. */
	if (slot_read(o->slot, &keys, sizeof keys) == sizeof keys &&
	    keys.encrypts < TICKET_KEYS)
		r = encrypting ? encrypt_ticket(o, &keys.key[keys.encrypts],
		    name, iv, aes, hmac) : decrypt_ticket(o, &keys, name, iv,
		    aes, hmac, SSL_version(ssl) >= TLS1_3_VERSION);
	OPENSSL_cleanse(&keys, sizeof keys);
	return r;
}

struct ticket_context *
ticket_context_new(const struct slot *slot)
{
	struct ticket_context *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->slot = slot;
	o->aes128 = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	o->aes256 = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	o->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (o->aes128 != NULL && o->aes256 != NULL && o->sha256 != NULL)
		return o;
	ticket_context_free(o);
	return NULL;
}

void
ticket_context_free(struct ticket_context *o)
{
	if (o == NULL)
		return;
	EVP_CIPHER_free(o->aes128);
	EVP_CIPHER_free(o->aes256);
	EVP_MD_free(o->sha256);
	free(o);
}

void
ticket_context_serve(const struct ticket_context *o, SSL_CTX *ctx)
{
	SSL_CTX_set_app_data(ctx, (void *)o);
	legacy_set_on_ticket(ctx, on_ticket);
	ticket_life_limit(ctx);
}

/* ------------------------------------------------- keys from a file ------ */

#define MAX_FILE	(64 << 10)	/* bytes: some 600 keys */
#define SHORT_KEY	48		/* a name, and half of each key */
#define LONG_KEY	80
#define LINE(n)		(((n) + 2) / 3 * 4)	/* in base64 */

/* What has been read so far. */
struct reading {
	const char *file;
	struct ticket_keys *keys;
	struct err *err;
	size_t line;		/* from 1 */
	size_t each;		/* bytes of every key; 0: none was seen yet */
	size_t n;
};

/* A newer key: the oldest of those that are kept goes. */
static void
add_key(struct reading *r, const uint8_t *raw, size_t len)
{
	struct ticket_key *k = r->keys->key;
	size_t half = (len - sizeof k->name) / 2;

	memmove(&k[1], &k[0], (TICKET_KEYS - 1) * sizeof k[0]);
	memset(&k[0], 0, sizeof k[0]);
	memcpy(k->name, raw, sizeof k->name);
	memcpy(k->aes, raw + sizeof k->name, half);
	memcpy(k->hmac, raw + sizeof k->name + half, half);
	k->is_short = len == SHORT_KEY;
	r->each = len;
	r->n++;
}

/* Not isalnum(): that asks the locale. */
static bool
is_base64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* The bytes of a line of full length; -1: it is not base64. */
static int
decode_key(const uint8_t *text, size_t len, size_t want, uint8_t *raw)
{
	size_t pads = LINE(want) / 4 * 3 - want;

	for (size_t i = 0; i < len; i++)
		if (i < len - pads ? !is_base64(text[i]) : text[i] != '=')
			return -1;
	return EVP_DecodeBlock(raw, text, (int)len) == -1 ? -1 : 0;
}

static int
take_line(struct reading *r, const uint8_t *text, size_t len)
{
	size_t want = len == LINE(SHORT_KEY) ? SHORT_KEY : LONG_KEY;
	uint8_t raw[LINE(LONG_KEY) / 4 * 3];
	int ret = -1;

	if (len != LINE(want))
		return err_set(r->err, "%s:%zu: a key has %d or %d characters "
		    "of base64, not %zu", r->file, r->line,
		    LINE(SHORT_KEY), LINE(LONG_KEY), len);
	if (r->each != 0 && want != r->each)
		return err_set(r->err, "%s:%zu: a key of %zu bytes after a "
		    "key of %zu bytes", r->file, r->line, want, r->each);
	if (decode_key(text, len, want, raw) != 0)
		err_set(r->err, "%s:%zu: not base64", r->file, r->line);
	else {
		add_key(r, raw, want);
		ret = 0;
	}
	OPENSSL_cleanse(raw, sizeof raw);
	return ret;
}

static int
take_text(struct reading *r, const uint8_t *text, size_t len)
{
	const uint8_t *end = text + len;

	while (text < end) {
		const uint8_t *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl != NULL ? nl : end) - text);
		const uint8_t *next = text + n + (nl != NULL);

		r->line++;
		if (n > 0 && text[n - 1] == '\r')
			n--;
		if (take_line(r, text, n) != 0)
			return -1;
		text = next;
	}
	return 0;
}

/* Chance does not make records that look like lines of base64. */
static bool
is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\n' && bytes[i] != '\r' &&
		    (bytes[i] < ' ' || bytes[i] > '~'))
			return false;
	return true;
}

static int
take_records(struct reading *r, const uint8_t *bytes, size_t len)
{
	if (len % LONG_KEY != 0)
		return err_set(r->err, "%s: neither base64 lines nor records "
		    "of %d bytes", r->file, LONG_KEY);
	for (size_t i = 0; i < len; i += LONG_KEY)
		add_key(r, bytes + i, LONG_KEY);
	return 0;
}

int
ticket_file_parse(const char *file, const uint8_t *bytes, size_t len,
    struct ticket_keys *keys, struct err *e)
{
	struct reading r = { .file = file, .keys = keys, .err = e };

	memset(keys, 0, sizeof *keys);
	/* The newest waits until the other machines have it, too. */
	keys->encrypts = 1;
	if ((is_text(bytes, len) ? take_text : take_records)(&r, bytes,
	    len) != 0)
		return -1;
	if (r.n < TICKET_KEYS)
		return err_set(e, "%s: at least %d keys are needed, but it has "
		    "%zu", file, TICKET_KEYS, r.n);
	return 0;
}

int
ticket_file_load(const char *file, bool any_mode, struct ticket_keys *keys,
    struct err *e)
{
	struct file t;
	int r;

	if (file_read_secret(&t, file, MAX_FILE, any_mode, e) != 0)
		return -1;
	r = ticket_file_parse(file, (const uint8_t *)t.bytes, t.len, keys, e);
	file_clear(&t);
	return r;
}

/* ------------------------------------------------- lifetimes ------------- */

#define SKEW	60	/* seconds that two machines' clocks may be apart */

int64_t
ticket_life_of_certs(const STACK_OF(X509) *certs)
{
	int64_t ends = INT64_MAX;

	for (int i = 0; certs != NULL && i < sk_X509_num(certs); i++) {
		const ASN1_TIME *t =
		    X509_get0_notAfter(sk_X509_value(certs, i));
		struct tm tm;
		int64_t end;

		/* A malformed time counts as past. */
		end = ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
		if (end < ends)
			ends = end;
	}
	return ends;
}

int64_t
ticket_life_left(const struct ticket_life *l, int64_t timeout, int64_t now)
{
	int64_t left;

	if (l->begun < 0 || l->begun - now > SKEW || l->ends <= now)
		return 0;
	left = l->begun > now ? timeout : timeout - (now - l->begun);
	if (l->ends - now < left)
		left = l->ends - now;
	return left > 0 ? left : 0;
}

void
ticket_life_put(const struct ticket_life *l, uint8_t bytes[TICKET_LIFE_SIZE])
{
	struct bytes_out out = { .at = bytes, .size = TICKET_LIFE_SIZE };

	bytes_put_number(&out, (uint64_t)l->begun, 8);
	bytes_put_number(&out, (uint64_t)l->ends, 8);
}

bool
ticket_life_get(struct ticket_life *l, const uint8_t *bytes, size_t len)
{
	struct bytes_in in = { .at = bytes, .left = len };

	if (len != TICKET_LIFE_SIZE)
		return false;
	l->begun = (int64_t)bytes_number(&in, 8);
	l->ends = (int64_t)bytes_number(&in, 8);
	return true;
}

static bool
life_of(SSL_SESSION *s, struct ticket_life *l)
{
	void *bytes;
	size_t len;

	return SSL_SESSION_get0_ticket_appdata(s, &bytes, &len) == 1 &&
	    ticket_life_get(l, bytes, len);
}

/* Of the certificates that were looked at, or else of the client's own. */
static int64_t
end_of_certs(const SSL *ssl)
{
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	X509 *peer = SSL_get0_peer_certificate(ssl);
	STACK_OF(X509) *one;
	int64_t ends = 0;

	if (peer == NULL)
		return INT64_MAX;
	if (chain != NULL && sk_X509_num(chain) > 0)
		return ticket_life_of_certs(chain);
	/* Without memory: a session that is not resumed. */
	if ((one = sk_X509_new_null()) != NULL && sk_X509_push(one, peer) > 0)
		ends = ticket_life_of_certs(one);
	sk_X509_free(one);
	return ends;
}

/* A session that is no site's has none. */
static void
count_tickets(SSL *ssl, unsigned issued, unsigned expired)
{
	struct site_choice *choice = SSL_get_app_data(ssl);

	if (choice == NULL)
		return;
	choice->tickets.issued += issued;
	choice->tickets.expired += expired;
}

/* A ticket is about to be given out. 0 would end the connection. */
static int
on_give(SSL *ssl, void *arg)
{
	SSL_SESSION *s = SSL_get_session(ssl);
	uint8_t bytes[TICKET_LIFE_SIZE];
	int64_t now = time(NULL), end;
	struct ticket_life l;

	(void)arg;
	if (!SSL_session_reused(ssl) || !life_of(s, &l))
		l = (struct ticket_life){ now, end_of_certs(ssl) };
	ticket_life_put(&l, bytes);
	end = now + ticket_life_left(&l,
	    SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)), now);
	/* The lifetime sent to the client; TLS 1.3 counts from each ticket. */
	end -= SSL_SESSION_get_time(s);
	/* Never 0: OpenSSL reads that back as 3, and takes it for a bug. */
	SSL_SESSION_set_timeout(s, end > 0 ? (long)end : 1);
	count_tickets(ssl, 1, 0);
	return SSL_SESSION_set1_ticket_appdata(s, bytes, sizeof bytes);
}

static SSL_TICKET_RETURN
on_take(SSL *ssl, SSL_SESSION *s, const unsigned char *name, size_t len,
    SSL_TICKET_STATUS status, void *arg)
{
	bool opened = status == SSL_TICKET_SUCCESS ||
	    status == SSL_TICKET_SUCCESS_RENEW;
	struct ticket_life l;

	(void)name;
	(void)len;
	(void)arg;
	if (!opened || !life_of(s, &l) || ticket_life_left(&l,
	    SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)), time(NULL)) == 0) {
		/* EMPTY: the client only offers to take one. */
		count_tickets(ssl, 0,
		    opened || status == SSL_TICKET_NO_DECRYPT);
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	}
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE :
	    SSL_TICKET_RETURN_USE_RENEW;
}

void
ticket_life_limit(SSL_CTX *ctx)
{
	SSL_CTX_set_session_ticket_cb(ctx, on_give, on_take, NULL);
}
