/*
 * chain_order.h - which certificates of a file are a leaf's chain.
 *
 * Judged by names, as OpenSSL compares them: one that bears an issuer's name
 * is taken, though its key may be another, for clients may know better. No
 * signature is verified, and nothing is fetched.
 *
 * In order are certificates of which each has issued the leaf, or one before
 * it. That is more than RFC 5246 allowed, where it had to be the one before:
 * there may be two that issued the same (cross-signed ones), and a client that
 * takes the one passes over the other. What is in order is left as it is, with
 * a root at the end or without one.
 */
#ifndef OFFLOADER_CHAIN_ORDER_H
#define OFFLOADER_CHAIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#define CHAIN_ORDER_MAX	32	/* more are left out */

/*
 * The indices of those that are the leaf's chain, in order, into at, which has
 * room for CHAIN_ORDER_MAX; none is there twice, nor the leaf. Returns how
 * many. *moved: those that were chosen did not stand in order.
 */
size_t chain_order_find(X509 *leaf, const STACK_OF(X509) *, size_t *at,
    bool *moved);

/* Whether it was issued by this one: by its name, and its key if they say. */
bool chain_order_issued(X509 *, X509 *by);

#endif
