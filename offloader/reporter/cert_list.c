/*
 * cert_list.c - certificates by the time that is left to them, for people who
 * look at a few of very many.
 */
#include <stdlib.h>
#include <string.h>

#include "log/json.h"
#include "reporter/cert_list.h"

#define NAMES_SHOWN	8	/* of one certificate; the others are counted */

static int
by_end(const void *a, const void *b)
{
	const struct cert *one = *(const struct cert *const *)a;
	const struct cert *other = *(const struct cert *const *)b;

	if (one->not_after != other->not_after)
		return one->not_after < other->not_after ? -1 : 1;
	return strcmp(one->file, other->file);
}

int
cert_list_make(struct cert_list *l, const struct cert_load *load)
{
	size_t at = 0, n = 0;

	while (cert_store_next(load, &at, NULL) != NULL)
		n++;
	*l = (struct cert_list){ .cert = calloc(n + 1, sizeof *l->cert) };
	if (l->cert == NULL)
		return -1;
	for (at = 0; l->n < n; l->n++)
		l->cert[l->n] = cert_store_next(load, &at, NULL);
	qsort(l->cert, l->n, sizeof *l->cert, by_end);
	return 0;
}

void
cert_list_free(struct cert_list *l)
{
	free(l->cert);
	*l = (struct cert_list){ .n = 0 };
}

size_t
cert_list_until(const struct cert_list *l, time_t when)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->cert[middle]->not_after < when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has(const struct cert *c, const char *text)
{
	if (*text == '\0' || strcasestr(c->file, text) != NULL)
		return true;
	for (size_t i = 0; i < c->n_names; i++)
		if (strcasestr(c->names[i], text) != NULL)
			return true;
	return false;
}

static void
put_cert(const struct cert *c, FILE *out)
{
	size_t shown = c->n_names < NAMES_SHOWN ? c->n_names : NAMES_SHOWN;

	fputs("{\"file\": ", out);
	json_string(c->file, out);
	fputs(", \"names\": [", out);
	for (size_t i = 0; i < shown; i++) {
		fputs(i > 0 ? ", " : "", out);
		json_string(c->names[i], out);
	}
	fprintf(out, "], \"more_names\": %zu, \"key\": ", c->n_names - shown);
	json_string(c->key_alg, out);
	fprintf(out, ", \"not_before\": %lld, \"not_after\": %lld}",
	    (long long)c->not_before, (long long)c->not_after);
}

void
cert_list_json(const struct cert_list *l, const char *text, size_t from,
    size_t count, FILE *out)
{
	const char *between = "\n";
	size_t found = 0;

	fputs("{\"certificates\": [", out);
	for (size_t i = 0; i < l->n; i++) {
		if (!has(l->cert[i], text))
			continue;
		if (found >= from && found - from < count) {
			fputs(between, out);
			put_cert(l->cert[i], out);
			between = ",\n";
		}
		found++;
	}
	fprintf(out, "],\n\"from\": %zu, \"found\": %zu, \"total\": %zu}\n",
	    from, found, l->n);
}
