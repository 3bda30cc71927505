/*
 * policy.h - which clients are accepted for which certificate.
 *
 * A frontend has one policy for client certificates, and each certificate with
 * options of its own may have another. Equal ones are made once.
 */
#ifndef OFFLOADER_POLICY_H
#define OFFLOADER_POLICY_H

#include "auth/client_auth.h"
#include "base/err.h"
#include "cert/cert_set.h"
#include "config/conf.h"

struct policy;

/* For the certificates of both sets; global may be NULL. All are borrowed. */
struct policy_parts {
	const struct conf *conf;
	const struct frontend_conf *front;
	const struct cert_set *own, *global;
};

/* Every fault is added; NULL if there was one. The caller frees it. */
struct policy *policy_new(const struct policy_parts *, struct faults *);
void policy_free(struct policy *);

/* The same policy is the same pointer. */
const struct client_auth *policy_of_front(const struct policy *);
const struct client_auth *policy_of(const struct policy *,
    const struct cert *);

#endif
