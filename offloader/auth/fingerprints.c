/*
 * fingerprints.c - a set of fingerprints, the same in whatever order it was
 * filled.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "auth/fingerprints.h"

int
fingerprints_add(struct fingerprints *p, const void *bytes, size_t len)
{
	unsigned char (*more)[FINGERPRINT_SIZE] = array_grow(p->print, p->n,
	    sizeof *more);

	if (more == NULL)
		return -1;
	p->print = more;
	if (EVP_Digest(bytes, len, more[p->n], NULL, EVP_sha256(), NULL) != 1)
		return -1;
	p->n++;
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, FINGERPRINT_SIZE);
}

int
fingerprints_digest(struct fingerprints *p, EVP_MD_CTX *to)
{
	uint64_t n = 0;

	if (p->n > 0)
		qsort(p->print, p->n, sizeof *p->print, by_bytes);
	for (size_t i = 0; i < p->n; i++)
		if (i == 0 || by_bytes(p->print[i - 1], p->print[i]) != 0)
			memmove(p->print[n++], p->print[i], FINGERPRINT_SIZE);
	p->n = n;
	/* The number keeps one set apart from the next. */
	return EVP_DigestUpdate(to, &n, sizeof n) == 1 &&
	    EVP_DigestUpdate(to, p->print, n * FINGERPRINT_SIZE) == 1 ? 0 : -1;
}

void
fingerprints_clear(struct fingerprints *p)
{
	free(p->print);
	*p = (struct fingerprints){ NULL, 0 };
}
