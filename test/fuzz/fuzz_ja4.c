/*
 * fuzz_ja4.c - any bytes for a ClientHello: the fingerprint has its form, and
 * no part of a message has one.
 */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tls/ja4.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* "t13d1516h2_8daaf6152771_e5627efa2ab1" */
static void
look(const char *ja4)
{
	assert(strlen(ja4) == JA4_LEN);
	assert(ja4[0] == 't' && (ja4[3] == 'd' || ja4[3] == 'i'));
	for (int i = 4; i < 8; i++)
		assert(isdigit((unsigned char)ja4[i]));
	assert(isalnum((unsigned char)ja4[8]));
	assert(isalnum((unsigned char)ja4[9]));
	assert(ja4[10] == '_' && ja4[23] == '_');
	assert(strspn(ja4 + 11, "0123456789abcdef") == 12);
	assert(strspn(ja4 + 24, "0123456789abcdef") == 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char ja4[JA4_LEN + 1], part[JA4_LEN + 1];

	if (!ja4_of(ja4, data, size)) {
		assert(ja4[0] == '\0');
		return 0;
	}
	look(ja4);
	assert(!ja4_of(part, data, size - 1));
	return 0;
}
