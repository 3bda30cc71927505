/*
 * ticket_file.c - session-ticket keys out of a file that machines share.
 */
#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "tls/ticket_file.h"

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
add(struct reading *r, const uint8_t *raw, size_t len)
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
decode(const uint8_t *text, size_t len, size_t want, uint8_t *raw)
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
	if (decode(text, len, want, raw) != 0)
		err_set(r->err, "%s:%zu: not base64", r->file, r->line);
	else {
		add(r, raw, want);
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
		add(r, bytes + i, LONG_KEY);
	return 0;
}

int
ticket_file_parse(const char *file, const uint8_t *bytes, size_t len,
    struct ticket_keys *keys, struct err *e)
{
	struct reading r = { .file = file, .keys = keys, .err = e };

	memset(keys, 0, sizeof *keys);
	/* The newest waits until the other machines have it, too. */
	keys->seals = 1;
	if ((is_text(bytes, len) ? take_text : take_records)(&r, bytes,
	    len) != 0)
		return -1;
	if (r.n < TICKET_KEYS)
		return err_set(e, "%s: at least %d keys are needed, but it has "
		    "%zu", file, TICKET_KEYS, r.n);
	return 0;
}

int
ticket_file_load(const char *file, bool loose_too, struct ticket_keys *keys,
    struct err *e)
{
	struct file t;
	int r;

	if (file_read_secret(&t, file, MAX_FILE, loose_too, e) != 0)
		return -1;
	r = ticket_file_parse(file, (const uint8_t *)t.bytes, t.len, keys, e);
	file_clear(&t);
	return r;
}
