/*
 * chain_order.c - which certificates of a file are a leaf's chain.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "cert/chain_order.h"

/* A leaf, and some of those that stand beside it. */
struct line {
	X509 *leaf;
	const STACK_OF(X509) *all;
	size_t *at;		/* indices of all */
	size_t n;		/* of them, and of the leaf */
};

static X509 *
nth(const struct line *l, size_t i)
{
	return i == 0 ? l->leaf : sk_X509_value(l->all, (int)l->at[i - 1]);
}

static bool
is_named(const X509 *x, const X509 *by)
{
	return X509_NAME_cmp(X509_get_issuer_name(x),
	    X509_get_subject_name(by)) == 0;
}

/* Also where one of the two does not say which key it is. */
static bool
may_be_signed(X509 *x, X509 *by)
{
	const ASN1_OCTET_STRING *asked = X509_get0_authority_key_id(x);
	const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(by);

	return asked == NULL || has == NULL ||
	    ASN1_OCTET_STRING_cmp(asked, has) == 0;
}

bool
chain_order_issued(X509 *x, X509 *by)
{
	return is_named(x, by) && may_be_signed(x, by);
}

static bool
is_in(const struct line *l, const X509 *x)
{
	for (size_t i = 0; i < l->n; i++)
		if (X509_cmp(nth(l, i), x) == 0)
			return true;
	return false;
}

/* The first issuer of x that has the key, else of any key. */
static bool
add_issuer(struct line *l, X509 *x)
{
	int found = -1;

	for (int i = 0; i < sk_X509_num(l->all); i++) {
		X509 *by = sk_X509_value(l->all, i);

		if (!is_named(x, by) || is_in(l, by))
			continue;
		if (found == -1 || may_be_signed(x, by))
			found = i;
		if (may_be_signed(x, by))
			break;
	}
	if (found != -1)
		l->at[l->n++ - 1] = (size_t)found;
	return found != -1;
}

/* The issuer of the last one, or else of one before it. */
static bool
grow(struct line *l)
{
	for (size_t i = l->n; i > 0; i--)
		if (add_issuer(l, nth(l, i - 1)))
			return true;
	return false;
}

/* Whether each has issued one before it. */
static bool
is_in_order(const struct line *l)
{
	for (size_t i = 1, k; i < l->n; i++) {
		for (k = 0; k < i && !is_named(nth(l, k), nth(l, i)); k++)
			continue;
		if (k == i)
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	const size_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

size_t
chain_order_find(X509 *leaf, const STACK_OF(X509) *all, size_t *at,
    bool *moved)
{
	size_t found[CHAIN_ORDER_MAX];
	struct line l = { leaf, all, found, 1 };

	while (l.n <= CHAIN_ORDER_MAX && grow(&l))
		continue;
	memcpy(at, found, (l.n - 1) * sizeof *at);
	qsort(found, l.n - 1, sizeof *found, compare);
	*moved = !is_in_order(&l);
	if (!*moved)
		memcpy(at, found, (l.n - 1) * sizeof *at);
	return l.n - 1;
}
