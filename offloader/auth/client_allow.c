/*
 * client_allow.c - which verified client certificates are accepted.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "auth/client_allow.h"

#define MAX_VALUE	2048	/* bytes of one entry's value */
#define DIGEST		32	/* bytes of SHA-256 */
#define BASE64		44	/* of so many in base64 */

enum kind { ALLOW_CN, ALLOW_DNS, ALLOW_EMAIL, ALLOW_URI, ALLOW_SPKI };

struct entry {
	enum kind kind;
	const char *text;	/* borrowed: all of it */
	const char *value;
	size_t len;
	unsigned char digest[DIGEST];	/* ALLOW_SPKI */
};

struct client_allow {
	struct entry *entry;
	size_t n;
};

/* ------------------------------------------------- what is asked for --- */

/* In a certificate these are IA5Strings without blanks. */
static const char *
judge_ascii(const struct entry *n)
{
	for (size_t i = 0; i < n->len; i++)
		if (n->value[i] <= ' ' || n->value[i] > '~')
			return "is not ASCII without blanks; names of other "
			    "letters are written as A-labels (xn--...)";
	return NULL;
}

static const char *
judge_cn(struct entry *n)
{
	const unsigned char *p = (const unsigned char *)n->value;
	int left = (int)n->len, used;
	unsigned long c;

	for (; left > 0; left -= used, p += used)
		if ((used = UTF8_getc(p, left, &c)) <= 0)
			return "is not UTF-8";
	return NULL;
}

static const char *
judge_dns(struct entry *n)
{
	const char *why = judge_ascii(n);

	if (why == NULL && strspn(n->value, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") != n->len)
		why = "is not a DNS name";
	return why;
}

static const char *
judge_email(struct entry *n)
{
	const char *at = strrchr(n->value, '@');

	if (at == NULL || at == n->value || at[1] == '\0')
		return "is not an address of the form LOCAL@HOST";
	return judge_ascii(n);
}

static const char *
judge_uri(struct entry *n)
{
	if (strchr(n->value, ':') == NULL || n->value[0] == ':')
		return "is not a URI";
	return judge_ascii(n);
}

/* Each digest has one way to be written, so that two are never one. */
static const char *
judge_spki(struct entry *n)
{
	unsigned char bytes[BASE64], again[BASE64 + 1];

	if (n->len != BASE64 || EVP_DecodeBlock(bytes,
	    (const unsigned char *)n->value, BASE64) != DIGEST + 1 ||
	    EVP_EncodeBlock(again, bytes, DIGEST) != BASE64 ||
	    memcmp(again, n->value, BASE64) != 0)
		return "is not a SHA-256 digest in base64, 44 characters";
	memcpy(n->digest, bytes, DIGEST);
	return NULL;
}

/* What is wrong with an entry, or NULL. */
static const char *
parse(struct entry *n, const char *text)
{
	static const struct {
		const char *prefix;
		const char *(*judge)(struct entry *);
	} kinds[] = {
		[ALLOW_CN] = { "CN=", judge_cn },
		[ALLOW_DNS] = { "SAN=DNS:", judge_dns },
		[ALLOW_EMAIL] = { "SAN=EMAIL:", judge_email },
		[ALLOW_URI] = { "SAN=URI:", judge_uri },
		[ALLOW_SPKI] = { "SPKI=sha256//", judge_spki },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, len) != 0)
			continue;
		*n = (struct entry){ .kind = (enum kind)i, .text = text,
		    .value = text + len, .len = strlen(text + len) };
		if (n->len == 0 || n->len > MAX_VALUE)
			return "has no value, or more than 2048 bytes";
		return kinds[i].judge(n);
	}
	return "does not begin with CN=, SAN=DNS:, SAN=EMAIL:, SAN=URI: or "
	    "SPKI=sha256//";
}

struct client_allow *
client_allow_new(const struct strlist *words, struct err *e)
{
	struct client_allow *a = calloc(1, sizeof *a);
	const char *why;

	err_memory(e, NULL);
	if (a == NULL ||
	    (a->entry = calloc(words->n + 1, sizeof *a->entry)) == NULL)
		goto fail;
	for (; a->n < words->n; a->n++)
		if ((why = parse(&a->entry[a->n], words->word[a->n])) != NULL) {
			err_set(e, "client-allow: \"%.80s\" %s",
			    words->word[a->n], why);
			goto fail;
		}
	ERR_clear_error();
	return a;
 fail:
	ERR_clear_error();
	client_allow_free(a);
	return NULL;
}

void
client_allow_free(struct client_allow *a)
{
	if (a == NULL)
		return;
	free(a->entry);
	free(a);
}

int
client_allow_print(const struct client_allow *a, struct fingerprints *p)
{
	for (size_t i = 0; i < a->n; i++)
		if (fingerprints_add(p, a->entry[i].text,
		    strlen(a->entry[i].text)) != 0)
			return -1;
	return 0;
}

/* ------------------------------------------------- what is shown ------- */

unsigned char *
subject_cn(const X509 *x, int *len)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;

	if (at < 0)
		return NULL;
	*len = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (*len > 0 && memchr(utf8, '\0', (size_t)*len) == NULL)
		return utf8;
	if (*len >= 0)
		OPENSSL_free(utf8);
	return NULL;
}

/* What entries are compared with; what a certificate has not is NULL. */
struct shown {
	unsigned char *cn;
	int cn_len;
	GENERAL_NAMES *sans;
	unsigned char digest[DIGEST];
	bool has_digest;
};

static void
look(struct shown *s, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	*s = (struct shown){ .cn_len = 0 };
	s->cn = subject_cn(x, &s->cn_len);
	s->sans = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	s->has_digest = len > 0 && EVP_Digest(der, (size_t)len, s->digest,
	    NULL, EVP_sha256(), NULL) == 1;
	OPENSSL_free(der);
	ERR_clear_error();
}

static void
forget(struct shown *s)
{
	OPENSSL_free(s->cn);
	GENERAL_NAMES_free(s->sans);
}

/* From this byte on the case of letters does not count. */
static size_t
caseless_from(const struct entry *n)
{
	switch (n->kind) {
	case ALLOW_DNS:
		return 0;
	case ALLOW_EMAIL:
		return (size_t)(strrchr(n->value, '@') - n->value);
	case ALLOW_CN:
	case ALLOW_URI:
	case ALLOW_SPKI:
		break;
	}
	return n->len;
}

static bool
is_same(const struct entry *n, const void *bytes, int len)
{
	size_t from = caseless_from(n);

	/* A NUL among the bytes ends strncasecmp(), but not memchr(). */
	return len >= 0 && (size_t)len == n->len &&
	    memchr(bytes, '\0', n->len) == NULL &&
	    memcmp(n->value, bytes, from) == 0 &&
	    strncasecmp(n->value + from, (const char *)bytes + from,
	    n->len - from) == 0;
}

static bool
has_san(const struct entry *n, const struct shown *s, int type)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(s->sans); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(s->sans, i);

		/* All three kinds are an IA5String in the same place. */
		if (g->type == type && is_same(n,
		    ASN1_STRING_get0_data(g->d.ia5),
		    ASN1_STRING_length(g->d.ia5)))
			return true;
	}
	return false;
}

static bool
matches(const struct entry *n, const struct shown *s)
{
	switch (n->kind) {
	case ALLOW_CN:
		return s->cn != NULL && is_same(n, s->cn, s->cn_len);
	case ALLOW_DNS:
		return has_san(n, s, GEN_DNS);
	case ALLOW_EMAIL:
		return has_san(n, s, GEN_EMAIL);
	case ALLOW_URI:
		return has_san(n, s, GEN_URI);
	case ALLOW_SPKI:
		break;
	}
	return s->has_digest && memcmp(n->digest, s->digest, DIGEST) == 0;
}

bool
client_allow_has(const struct client_allow *a, X509 *x)
{
	struct shown s;
	bool has = false;

	look(&s, x);
	for (size_t i = 0; !has && i < a->n; i++)
		has = matches(&a->entry[i], &s);
	forget(&s);
	return has;
}
