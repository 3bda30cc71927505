/*
 * fuzz_reader.c - any bytes are a configuration, or a list of what is wrong.
 *
 * A text includes no file, so nothing outside of the process is touched.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/conf.h"
#include "config/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t sentences;

static void
count(const char *sentence)
{
	assert(strlen(sentence) > 0);
	sentences++;
}

/* A conf that was handed over is one that the other floors can use. */
static void
look_at(const struct conf *c)
{
	assert(c->backend != NULL && c->n_fronts > 0);
	assert(conf_facility(c) >= 0);
	for (size_t i = 0; i < c->n_fronts; i++) {
		const struct frontend_conf *f = &c->fronts[i];

		assert(f->name != NULL && f->host != NULL && f->port != NULL);
		assert(f->tls.tls_protos.n > 0 && f->tls.ciphers != NULL);
		assert(f->client.verify != VERIFY_UNSET);
		assert(strlen(conf_where(c, f, "frontend")) > 0);
		for (size_t j = 0; j < f->certs.n; j++)
			assert(f->certs.cert[j].pem_file != NULL);
	}
	for (size_t j = 0; j < c->certs.n; j++)
		assert(strlen(conf_where(c, &c->certs.cert[j], "cert")) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct conf *c;
	struct err e;

	sentences = 0;
	c = conf_load_text("fuzz", (const char *)bytes, len, count, &e);
	if (c != NULL)
		look_at(c);
	/* Either a conf, or at least one reason why not. */
	assert((c != NULL) == (sentences == 0));
	conf_free(c);
	return 0;
}
