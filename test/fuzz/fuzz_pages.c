/*
 * fuzz_pages.c - whatever a client of the reporter asks, by whatever name, the
 * answer is one of few, and no byte of the client's is in it.
 *
 * The input: path, host, search, from and count, each with a NUL at its end.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reporter/pages.h"

#define PARTS	5
#define CERTS	3

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Linked with --wrap. */
const struct cert *__wrap_cert_store_next(const struct cert_load *, size_t *,
    bool *);

const struct cert *
__wrap_cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	static const char *const names[] = { "a.example", "\"\xff\n" };
	static const struct cert certs[CERTS] = { { .file = "a",
	    .names = names, .n_names = 2 }, { .file = "\\" },
	    { .file = "b", .names = names, .n_names = 1 } };

	(void)load;
	(void)fresh;
	return *at < CERTS ? &certs[(*at)++] : NULL;
}

static const char *
word(const struct http_request *r, const char *name)
{
	const char *const *part = r->connection;

	return part[strcmp(name, "search") == 0 ? 2 :
	    strcmp(name, "from") == 0 ? 3 : 4];
}

static void
ask(const char *part[PARTS], bool local)
{
	static const struct cert_load none;
	struct snapshot *snapshot = snapshot_new();
	struct http_request r = { .path = part[0], .host = part[1],
	    .local = local, .word = word, .connection = part };
	struct http_reply reply;
	struct pages pages;

	assert(snapshot != NULL && pages_init(&pages, &(struct pages_source){
	    .snapshot = snapshot, .load = &none, .name = "a.example:1" }) == 0);
	pages_answer(&pages, &r, &reply);
	assert(reply.status == 200 || reply.status == 404 ||
	    reply.status == 421 || reply.status == 503);
	assert(reply.status != 421 || !local);
	for (size_t i = 0; i < reply.len; i++)
		assert((unsigned char)reply.body[i] >= ' ' ||
		    reply.body[i] == '\n' || reply.body[i] == '\t');
	if (!reply.keep)
		free(reply.body);
	pages_clear(&pages);
	snapshot_free(snapshot);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = malloc(len + PARTS + 1), *at = copy;
	const char *part[PARTS];

	assert(copy != NULL);
	memset(copy, 0, len + PARTS + 1);
	if (len > 0)
		memcpy(copy, data, len);
	for (int i = 0; i < PARTS; i++) {
		part[i] = at;
		at += strlen(at) + 1;
	}
	ask(part, false);
	ask(part, true);
	free(copy);
	return 0;
}
