/*
 * cert_list.c - certificates by expiry, a page at a time.
 */
#include <stdlib.h>
#include <string.h>

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
put_cert(struct json *j, const struct cert *c)
{
	size_t shown = c->n_names < NAMES_SHOWN ? c->n_names : NAMES_SHOWN;

	json_object(j, NULL);
	json_string(j, "file", c->file);
	json_array(j, "names");
	for (size_t i = 0; i < shown; i++)
		json_string(j, NULL, c->names[i]);
	json_end(j);
	json_number(j, "more_names", (long long)(c->n_names - shown));
	json_string(j, "key", c->key_alg);
	json_number(j, "not_before", c->not_before);
	json_number(j, "not_after", c->not_after);
	json_end(j);
}

void
cert_list_json(struct json *j, const char *name, const struct cert_list *l,
    const char *text, size_t from, size_t count)
{
	size_t found = 0;

	json_object(j, name);
	json_array(j, "certificates");
	for (size_t i = 0; i < l->n; i++) {
		if (!has(l->cert[i], text))
			continue;
		if (found >= from && found - from < count)
			put_cert(j, l->cert[i]);
		found++;
	}
	json_end(j);
	json_number(j, "from", (long long)from);
	json_number(j, "found", (long long)found);
	json_number(j, "total", (long long)l->n);
	json_end(j);
}
