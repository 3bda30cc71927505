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

#include "cert/names.h"

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

/* An address in figures: no client asks for it by name. */
static inline bool
oracle_address(const char *name, size_t len)
{
	int dots = 0, figures = 0, number = 0;

	len = oracle_len(name, len);
	for (size_t i = 0; i < len; i++)
		if (name[i] == '.') {
			dots++;
			figures = number = 0;
		} else if (name[i] < '0' || name[i] > '9' ||
		    (figures > 0 && number == 0))
			return false;
		else {
			figures++;
			number = number * 10 + (name[i] - '0');
			if (number > 255)
				return false;
		}
	return dots == 3;
}

static inline bool
oracle_usable(const char *name, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t label = 0;

	len = oracle_len(name, len);
	if (len == 0 || len > 255 || oracle_address(name, len))
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

/* The one of this kind that has the name; with no such kind, the first. */
static inline const struct cert **
oracle_row(struct oracle *o, const char *name, size_t len, unsigned kind)
{
	len = oracle_len(name, len);
	for (size_t i = 0; i < o->n; i++)
		if (o->row[i].cert->kind == kind && oracle_same(o->row[i].name,
		    o->row[i].len, name, len))
			return &o->row[i].cert;
	return NULL;
}

/* What names_add() must answer, for a name that is usable. */
static inline enum names_added
oracle_add(struct oracle *o, const char *name, size_t len,
    const struct cert *cert, const struct cert **other)
{
	const struct cert **row = oracle_row(o, name, len, cert->kind);
	enum names_added r = NAMES_NEW;

	*other = NULL;
	if (row != NULL) {
		*other = *row;
		*row = cert;
		return *other == cert ? NAMES_NEW : NAMES_AGAIN;
	}
	for (unsigned kind = 0; r == NAMES_NEW && kind < CERT_KINDS; kind++)
		if ((row = oracle_row(o, name, len, kind)) != NULL) {
			*other = *row;
			r = NAMES_BESIDE;
		}
	if (o->n == ORACLE_MAX)
		return r;
	len = oracle_len(name, len);
	memcpy(o->row[o->n].name, name, len);
	o->row[o->n].len = len;
	o->row[o->n++].cert = cert;
	return r;
}

/* Whether the holders are those of the name, one by one. */
static inline bool
oracle_agrees(struct oracle *o, const char *name, size_t len,
    const struct name_entry *h)
{
	for (unsigned kind = 0; kind < CERT_KINDS; kind++) {
		const struct cert **row = oracle_row(o, name, len, kind);

		if (row == NULL)
			continue;
		if (h == NULL || h->cert != *row)
			return false;
		h = h->next;
	}
	return h == NULL;
}

/* The same of the name's wildcard. */
static inline bool
oracle_agrees_wild(struct oracle *o, const char *name, size_t len,
    const struct name_entry *h)
{
	char star[300] = "*";
	size_t dot = 0;

	while (dot < oracle_len(name, len) && name[dot] != '.')
		dot++;
	if (oracle_len(name, len) > 255 || dot == 0 ||
	    dot == oracle_len(name, len))
		return h == NULL;
	memcpy(star + 1, name + dot, len - dot);
	return oracle_agrees(o, star, 1 + len - dot, h);
}

/* All that can be asked about a name. */
static inline bool
oracle_agrees_on(struct oracle *o, const struct names *n, const char *name,
    size_t len)
{
	if (!oracle_agrees(o, name, len, names_added_as(n, name, len)))
		return false;
	if (memchr(name, '*', len) != NULL)
		return names_exact(n, name, len) == NULL &&
		    names_wild(n, name, len) == NULL;
	return oracle_agrees(o, name, len, names_exact(n, name, len)) &&
	    oracle_agrees_wild(o, name, len, names_wild(n, name, len));
}

#endif
