/*
 * names_oracle.h - names.c once more, as slowly and plainly as can be.
 *
 * A list of what was added, and rules applied one by one. For the unit test
 * and the fuzz target, which want the two to agree on everything.
 */
#ifndef TEST_NAMES_ORACLE_H
#define TEST_NAMES_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tls/names.h"

#define ORACLE_MAX	64

struct oracle {
	struct {
		char name[300];
		size_t len;
		const struct cert *cert;
	} row[ORACLE_MAX];
	size_t n;
};

static inline char
oracle_small(char c)
{
	return strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", c) != NULL && c != '\0' ?
	    (char)(c + 32) : c;
}

static inline bool
oracle_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (oracle_small(a[i]) != oracle_small(b[i]))
			return false;
	return true;
}

/* Without the dot at the end that says "and nothing more". */
static inline size_t
oracle_len(const char *name, size_t len)
{
	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static inline bool
oracle_usable(const char *name, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t label = 0;

	len = oracle_len(name, len);
	if (len == 0 || len > 255)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool star = i == 0 && name[i] == '*' && len > 2 &&
		    name[1] == '.';

		if (name[i] == '.' && (label == 0 || i + 1 == len))
			return false;
		label = name[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
		if (name[i] != '.' && !star &&
		    (name[i] == '\0' || strchr(letters, name[i]) == NULL))
			return false;
	}
	return true;
}

/* The cert that had the name; it is the newcomer's now. */
static inline const struct cert *
oracle_add(struct oracle *o, const char *name, size_t len,
    const struct cert *cert)
{
	const struct cert *before = NULL;

	len = oracle_len(name, len);
	for (size_t i = 0; i < o->n; i++)
		if (oracle_same(o->row[i].name, o->row[i].len, name, len)) {
			before = o->row[i].cert;
			o->row[i].cert = cert;
			return before;
		}
	if (o->n == ORACLE_MAX)
		return NULL;
	memcpy(o->row[o->n].name, name, len);
	o->row[o->n].len = len;
	o->row[o->n++].cert = cert;
	return NULL;
}

static inline const struct cert *
oracle_find(const struct oracle *o, const char *name, size_t len)
{
	size_t dot = 0;

	len = oracle_len(name, len);
	if (len == 0 || len > 255 || memchr(name, '*', len) != NULL)
		return NULL;
	for (size_t i = 0; i < o->n; i++)
		if (oracle_same(o->row[i].name, o->row[i].len, name, len))
			return o->row[i].cert;
	while (dot < len && name[dot] != '.')
		dot++;
	if (dot == 0)
		return NULL;
	for (size_t i = 0; i < o->n; i++)
		if (o->row[i].name[0] == '*' &&
		    oracle_same(o->row[i].name + 1, o->row[i].len - 1,
		    name + dot, len - dot))
			return o->row[i].cert;
	return NULL;
}

#endif
