/*
 * fuzz_names.c - the table of names and a slow, plain matcher always agree.
 *
 * The input is a list of steps: a byte that says what to do and with which
 * certificate, a byte for the length, and a name of any bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/names_oracle.h"
#include "cert/names.h"

#define ASK	0x80u		/* else: add */
#define LONG	0x40u		/* names around the limit fit no byte */
#define CERTS	8

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
add(struct names *n, struct oracle *o, const char *name, size_t len,
    const struct cert *cert)
{
	const struct cert *other = NULL, *wanted;
	enum names_added r;

	if (o->n == ORACLE_MAX)
		return;
	r = names_add(n, name, len, cert, &other);
	assert(r != NAMES_NO_MEMORY);
	assert((r == NAMES_UNUSABLE) == !oracle_usable(name, len));
	if (r == NAMES_UNUSABLE)
		return;
	assert(r == oracle_add(o, name, len, cert, &wanted));
	assert(other == wanted);
	assert(oracle_agrees_on(o, n, name, len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cert certs[CERTS];
	struct names *n = names_new();
	struct oracle o = { .n = 0 };

	assert(n != NULL);
	for (unsigned i = 0; i < CERTS; i++)
		certs[i].kind = i % CERT_KINDS;
	while (size >= 2) {
		unsigned op = data[0];
		size_t len = data[1] + (op & LONG ? 60u : 0);
		const struct cert *cert = &certs[op % CERTS];
		char *name;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		/* It stands at the end of its own memory. */
		name = malloc(len + (len == 0));
		assert(name != NULL);
		if (len > 0)
			memcpy(name, data, len);
		if (op & ASK)
			assert(oracle_agrees_on(&o, n, name, len));
		else
			add(n, &o, name, len, cert);
		free(name);
		data += len;
		size -= len;
	}
	names_free(n);
	return 0;
}
