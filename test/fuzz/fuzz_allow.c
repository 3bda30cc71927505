/*
 * fuzz_allow.c - no entry of client-allow and no client's certificate is too
 * strange for each other.
 *
 * The input is an entry, a newline, and a certificate in DER. What is let in
 * by its CN or DNS name has just that: somebody else compares, naively.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "auth/client_allow.h"

#define MAX_ENTRY	4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
has_cn(X509 *x, const char *wanted)
{
	int len = 0;
	unsigned char *cn = subject_cn(x, &len);
	bool has = false;

	if (cn != NULL) {
		assert(len > 0 && memchr(cn, '\0', (size_t)len) == NULL);
		has = strcmp((char *)cn, wanted) == 0;
	}
	OPENSSL_free(cn);
	return has;
}

static bool
has_dns(X509 *x, const char *wanted)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL,
	    NULL);
	bool has = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
		char *text = NULL;

		if (g->type != GEN_DNS)
			continue;
		text = strndup((const char *)ASN1_STRING_get0_data(
		    g->d.dNSName), (size_t)ASN1_STRING_length(g->d.dNSName));
		assert(text != NULL);
		if (strlen(text) == (size_t)ASN1_STRING_length(g->d.dNSName) &&
		    strcasecmp(text, wanted) == 0)
			has = true;
		free(text);
	}
	GENERAL_NAMES_free(all);
	ERR_clear_error();
	return has;
}

static void
compare(const struct client_allow *a, const char *entry, X509 *x)
{
	bool has = client_allow_has(a, x);

	assert(ERR_peek_error() == 0);
	if (strncmp(entry, "CN=", 3) == 0)
		assert(has == has_cn(x, entry + 3));
	if (strncmp(entry, "SAN=DNS:", 8) == 0)
		assert(has == has_dns(x, entry + 8));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size), *der;
	struct client_allow *a;
	char entry[MAX_ENTRY];
	char *words[] = { entry };
	struct err e = { .text = "" };
	X509 *x;
	size_t len;

	if (end == NULL)
		return 0;
	len = (size_t)(end - data);
	if (len >= sizeof entry)
		return 0;
	memcpy(entry, data, len);
	entry[len] = '\0';
	a = client_allow_new(&(struct strlist){ words, 1 }, &e);
	assert((a == NULL) == (e.text[0] != '\0' &&
	    strncmp(e.text, "client-allow: ", 14) == 0));
	der = end + 1;
	x = d2i_X509(NULL, &der, (long)(size - len - 1));
	ERR_clear_error();
	if (a != NULL && x != NULL)
		compare(a, entry, x);
	X509_free(x);
	client_allow_free(a);
	return 0;
}
