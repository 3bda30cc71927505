/*
 * fuzz_ticket_file.c - no file of session-ticket keys harms who reads it.
 *
 * And each refusal is a sentence that names the file; what is taken are keys
 * of one length, of which the last but one encrypts.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tls/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
look_at(const struct ticket_keys *keys)
{
	static const uint8_t zero[16];

	assert(keys->encrypts == 1);
	for (int i = 0; i < TICKET_KEYS; i++) {
		const struct ticket_key *k = &keys->key[i];

		assert(k->is_short == keys->key[0].is_short);
		if (!k->is_short)
			continue;
		assert(memcmp(k->aes + 16, zero, sizeof zero) == 0);
		assert(memcmp(k->hmac + 16, zero, sizeof zero) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Exactly as long, so that a byte read past it is found. */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct err e = { .text = "" };
	struct ticket_keys keys;

	if (copy == NULL)
		return 0;
	if (len > 0)
		memcpy(copy, data, len);
	if (ticket_file_parse("file", copy, len, &keys, &e) == 0)
		look_at(&keys);
	else
		assert(strncmp(e.text, "file:", 5) == 0);
	free(copy);
	return 0;
}
