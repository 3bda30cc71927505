/*
 * ja4.c - the JA4 fingerprint of a ClientHello.
 *
 * OpenSSL would name only the extensions that it knows; so the message is read
 * here as it came.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "base/bytes.h"
#include "tls/ja4.h"

#define HASH_CHARS	12
#define NO_HASH		"000000000000"	/* of an empty list */

static const char digits[] = "0123456789abcdef";

struct list {
	uint16_t code[JA4_MOST];
	size_t n;
};

struct offer {
	struct list suites, extensions, schemes;
	size_t n_extensions;		/* with those that are not hashed */
	unsigned version;
	bool named;
	char alpn[3];
};

/* RFC 8701: 0x0a0a, 0x1a1a to 0xfafa are noise. */
static bool
is_grease(unsigned code)
{
	return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

static bool
add_code(struct list *l, unsigned code)
{
	if (is_grease(code))
		return true;
	if (l->n == JA4_MOST)
		return false;
	l->code[l->n++] = (uint16_t)code;
	return true;
}

static bool
add_codes(struct list *l, struct bytes_in codes)
{
	while (codes.left >= 2)
		if (!add_code(l, (unsigned)bytes_number(&codes, 2)))
			return false;
	return true;
}

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/* The first and last letter of the first protocol, or of it in hexadecimal. */
static void
read_alpn(struct offer *o, struct bytes_in ext)
{
	struct bytes_in all = bytes_block(&ext, 2);
	struct bytes_in first = bytes_block(&all, 1);
	uint8_t a, z;

	if (first.left == 0)
		return;
	a = first.at[0];
	z = first.at[first.left - 1];
	if (is_alnum(a) && is_alnum(z)) {
		o->alpn[0] = (char)a;
		o->alpn[1] = (char)z;
	} else {
		o->alpn[0] = digits[a >> 4];
		o->alpn[1] = digits[z & 15];
	}
}

static void
read_versions(struct offer *o, struct bytes_in ext)
{
	struct bytes_in all = bytes_block(&ext, 1);
	unsigned best = 0;

	while (all.left >= 2) {
		unsigned v = (unsigned)bytes_number(&all, 2);

		if (!is_grease(v) && v > best)
			best = v;
	}
	if (best != 0)
		o->version = best;
}

static bool
read_extension(struct offer *o, unsigned type, struct bytes_in ext)
{
	if (is_grease(type))
		return true;
	o->n_extensions++;
	switch (type) {
	case TLSEXT_TYPE_server_name:
		o->named = true;
		return true;
	case TLSEXT_TYPE_application_layer_protocol_negotiation:
		read_alpn(o, ext);
		return true;
	case TLSEXT_TYPE_supported_versions:
		read_versions(o, ext);
		break;
	case TLSEXT_TYPE_signature_algorithms:
		if (!add_codes(&o->schemes, bytes_block(&ext, 2)))
			return false;
		break;
	}
	return add_code(&o->extensions, type);
}

/* A ClientHello of old may have no extensions at all. */
static bool
read_extensions(struct offer *o, struct bytes_in *body)
{
	struct bytes_in all;

	if (body->left == 0)
		return true;
	all = bytes_block(body, 2);
	while (all.left > 0) {
		unsigned type = (unsigned)bytes_number(&all, 2);
		struct bytes_in ext = bytes_block(&all, 2);

		if (all.bad || !read_extension(o, type, ext))
			return false;
	}
	return !all.bad && body->left == 0;
}

static bool
read_hello(struct offer *o, struct bytes_in r)
{
	struct bytes_in body;

	if (bytes_number(&r, 1) != SSL3_MT_CLIENT_HELLO)
		return false;
	body = bytes_block(&r, 3);
	o->version = (unsigned)bytes_number(&body, 2);
	bytes_take(&body, SSL3_RANDOM_SIZE);
	(void)bytes_block(&body, 1);		/* session */
	if (!add_codes(&o->suites, bytes_block(&body, 2)))
		return false;
	(void)bytes_block(&body, 1);		/* compression */
	return !body.bad && r.left == 0 && read_extensions(o, &body);
}

static const char *
version_name(unsigned version)
{
	switch (version) {
	case TLS1_3_VERSION:	return "13";
	case TLS1_2_VERSION:	return "12";
	case TLS1_1_VERSION:	return "11";
	case TLS1_VERSION:	return "10";
	case SSL3_VERSION:	return "s3";
	case 0x0002:		return "s2";
	default:		return "00";
	}
}

static int
by_code(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static char *
put_byte(char *at, unsigned byte)
{
	*at++ = digits[byte >> 4 & 15];
	*at++ = digits[byte & 15];
	return at;
}

/* "002f,0035": returns the end of it, without a NUL. */
static char *
put_list(char *at, const struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			*at++ = ',';
		at = put_byte(at, l->code[i] >> 8);
		at = put_byte(at, l->code[i]);
	}
	return at;
}

static bool
put_hash(char out[HASH_CHARS + 1], const char *text, const char *end)
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	if (end == text) {
		memcpy(out, NO_HASH, sizeof NO_HASH);
		return true;
	}
	if (EVP_Digest(text, (size_t)(end - text), sum, NULL, EVP_sha256(),
	    NULL) != 1)
		return false;
	for (size_t i = 0; i < HASH_CHARS / 2; i++)
		out = put_byte(out, sum[i]);
	*out = '\0';
	return true;
}

static bool
put_print(char out[JA4_LEN + 1], struct offer *o)
{
	char text[2 * 5 * JA4_MOST + 1], *end;
	char suites[HASH_CHARS + 1], rest[HASH_CHARS + 1];

	qsort(o->suites.code, o->suites.n, sizeof *o->suites.code, by_code);
	qsort(o->extensions.code, o->extensions.n,
	    sizeof *o->extensions.code, by_code);
	if (!put_hash(suites, text, put_list(text, &o->suites)))
		return false;
	end = put_list(text, &o->extensions);
	/* Those of signatures are hashed as they came. */
	if (o->schemes.n > 0) {
		*end++ = '_';
		end = put_list(end, &o->schemes);
	}
	if (!put_hash(rest, text, end))
		return false;
	snprintf(out, JA4_LEN + 1, "t%s%c%02u%02u%s_%s_%s",
	    version_name(o->version), o->named ? 'd' : 'i',
	    o->suites.n < 99 ? (unsigned)o->suites.n : 99,
	    o->n_extensions < 99 ? (unsigned)o->n_extensions : 99, o->alpn,
	    suites, rest);
	return true;
}

bool
ja4_of(char out[JA4_LEN + 1], const uint8_t *message, size_t len)
{
	struct offer o = { .alpn = "00" };

	out[0] = '\0';
	return read_hello(&o, (struct bytes_in){ message, len, false }) &&
	    put_print(out, &o);
}
